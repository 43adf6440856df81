//! Whether the people of a scene may be shown: asked before anything of theirs is opened, and again while it lasts.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use maquette_cameo::pattern_of;
use maquette_provenance::{
    consent::{Claim, ClaimedShot, Desk, Hash, Permit, Person, Recording, Time, scene_hash},
    credential::{ConsentNote, LogHead},
    policy::{Policy, Reviewed, ReviewedPerson, ReviewedShot, review},
};
use maquette_scene::{
    LoadedScene,
    document::{self, Emitter, Scene, Shot, Sound, Stem},
};

use crate::{Error, weights};

/// What is asked for, beside what the scene says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Purpose {
    /// Nobody but the people themselves will see it.
    pub(crate) draft: bool,
    /// A model learns from it.
    pub(crate) training: bool,
}

/// What a permit is for. Names are the scene's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// A recorded person on the set.
    Actor(String),
    /// A recorded voice.
    Sound(String),
    /// What another sound puts into a recorded person's mouth.
    Mouth(String),
    /// A shot's picture to take after.
    Picture(String, String),
}

/// Everybody in a scene, with leave to be shown.
pub(crate) struct Company {
    permits: BTreeMap<Part, Permit>,
    policy: Policy,
}

impl Company {
    /// Asks for everybody who is in `shots`. Refused for one, nobody is shown.
    pub(crate) fn admit(
        scene: &LoadedScene,
        shots: &BTreeSet<&str>,
        purpose: Purpose,
    ) -> Result<Self, Error> {
        let home = home()?;
        let policy = noted(Policy::of_home(&home).map_err(Error::from))?;
        allowed(&policy, &reviewed(scene, shots))?;
        let mut permits = BTreeMap::new();
        let people = people(scene, shots, purpose)?;
        if !people.is_empty() {
            let now = Time::now();
            let desk = Desk::open(&home, &policy.sensitive_tags(), now).map_err(Error::refused)?;
            for (part, claim) in people {
                permits.insert(part, desk.permit(claim, now).map_err(Error::refused)?);
            }
        }
        let company = Self { permits, policy };
        company.check_clips(scene)?;
        Ok(company)
    }

    /// A recording that somebody here granted needs their grant also where the scene calls it something else.
    fn check_clips(&self, scene: &LoadedScene) -> Result<(), Error> {
        if !self.is_granted() {
            return Ok(());
        }
        for sound in scene.scene.sounds.iter().filter(|sound| sound.person.is_none()) {
            let Some(clip) = &sound.clip else { continue };
            let sha256 = Recording::read(&scene.resolve(clip))?.sha256;
            if self.permits.values().any(|permit| permit.is_granted(sha256)) {
                let person = ReviewedPerson { place: format!("sound {}", sound.name), declared: false };
                let undeclared = Reviewed { people: vec![person], ..Reviewed::default() };
                return allowed(&self.policy, &undeclared);
            }
        }
        Ok(())
    }

    /// Whether the policy lets pass what is said of something beside the scene, such as a model.
    pub(crate) fn reviews(&self, place: String, text: String) -> Result<(), Error> {
        let declared = |part: &Part| ReviewedPerson { place: format!("{part:?}"), declared: true };
        let people = self.permits.keys().map(declared).collect();
        allowed(&self.policy, &Reviewed { texts: vec![(place, text)], shots: Vec::new(), people })
    }

    /// Whether anybody recorded is in it: until the last check they may still be refused.
    pub(crate) fn has_people(&self) -> bool {
        !self.permits.is_empty()
    }

    /// Whether somebody in it has yet to approve it: only they themselves are to see it.
    pub(crate) fn is_draft(&self) -> bool {
        self.permits.values().any(Permit::is_draft)
    }

    /// Whether somebody in it may take their grant back.
    pub(crate) fn is_granted(&self) -> bool {
        self.permits.values().any(|permit| permit.declared().is_none())
    }

    pub(crate) fn actor(&self, name: &str) -> Option<&Permit> {
        self.permits.get(&Part::Actor(name.to_owned()))
    }

    pub(crate) fn sound(&self, name: &str) -> Option<&Permit> {
        self.permits.get(&Part::Sound(name.to_owned()))
    }

    /// Recorded voices by their sounds' names, each where it was read for leave.
    pub(crate) fn voices(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.permits.iter().filter_map(|(part, permit)| match part {
            Part::Sound(name) => Some((name.as_str(), permit.recording())),
            _ => None,
        })
    }

    /// A picture that a shot takes after, where it was read for leave; none that was not asked for.
    pub(crate) fn picture(&self, shot: &str, file: &str) -> Option<&Path> {
        self.permits.get(&Part::Picture(shot.to_owned(), file.to_owned())).map(Permit::recording)
    }

    /// Asks again for everybody: grants end, and people change their minds.
    pub(crate) fn still_holds(&self) -> Result<(), Error> {
        let now = Time::now();
        self.permits.values().try_for_each(|permit| permit.still_holds(now)).map_err(Error::refused)
    }

    /// The last check, after which what was made may be published.
    pub(crate) fn seal(&self) -> Result<(), Error> {
        let now = Time::now();
        self.permits.values().try_for_each(|permit| permit.seal(now).map(drop)).map_err(Error::refused)
    }

    /// What a credential says of them.
    pub(crate) fn notes(&self) -> Vec<ConsentNote> {
        let mut notes: Vec<ConsentNote> = Vec::new();
        for note in self.permits.values().map(ConsentNote::from) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }

    /// One hash of all that is said of them: what says otherwise is not the same.
    pub(crate) fn said(&self) -> String {
        let said = format!("{:?} {} {}", self.notes(), self.policy_hash(), self.is_draft());
        blake3::hash(said.as_bytes()).to_hex().to_string()
    }

    /// The log of decisions when the last of them was admitted.
    pub(crate) fn log_head(&self) -> Option<LogHead> {
        self.permits
            .values()
            .map(|permit| LogHead::from(permit.statement().log))
            .max_by_key(|head| head.entries)
    }

    pub(crate) fn policy_hash(&self) -> String {
        format!("sha256:{}", self.policy.sha256())
    }
}

/// An error with all that the policy refuses.
fn allowed(policy: &Policy, scene: &Reviewed) -> Result<(), Error> {
    let refusals = review(policy, scene);
    noted(if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) })
}

/// What a policy refuses is a decision like others: it goes to the log.
fn noted<T>(judged: Result<T, Error>) -> Result<T, Error> {
    if let Err(Error::Refused(refusals)) = &judged {
        Desk::note(&home()?, refusals, Time::now());
    }
    judged
}

/// The folder of this installation's keys, lists and log.
pub(crate) fn home() -> Result<PathBuf, Error> {
    maquette_provenance::home::data_folder().ok_or(Error::NoHome)
}

/// Everybody who was recorded or pictured for the shots, and what is claimed of them. An actor on the set is in every shot: whether a camera
/// sees them is known too late.
fn people(
    scene: &LoadedScene,
    shots: &BTreeSet<&str>,
    purpose: Purpose,
) -> Result<Vec<(Part, Claim)>, Error> {
    let claim = |person: &document::Person, recording: PathBuf, lines: &[String], voice: bool| Claim {
        person: match person {
            document::Person::Grant(file) => Person::Grant(scene.resolve(file)),
            document::Person::NotReal(why) => Person::NotReal(why.clone()),
        },
        recording,
        project: scene.scene.project.clone().unwrap_or_default(),
        scene: scene.scene.title.clone(),
        scene_sha256: Hash::of(b""),
        shots: claimed(&scene.scene, shots),
        uses: scene.scene.uses.clone(),
        voice,
        lines: lines.to_vec(),
        training: purpose.training,
        draft: purpose.draft,
    };
    let recording = |file: &str| recording_of(scene.resolve(file));
    let cameos = scene.scene.cameos().map(|(name, cameo)| {
        let plate = recording(&cameo.plate);
        let voice = cameo.voice_db_spl_1m.is_some();
        (Part::Actor(name.to_owned()), claim(&cameo.person, plate, &cameo.says, voice))
    });
    // Whoever's voice it is, the words are theirs who seem to say them.
    let mouths = scene.scene.sounds.iter().filter_map(|sound| {
        let Emitter::Actor(actor) = &sound.on else { return None };
        let (_, cameo) = scene.scene.cameos().find(|(name, _)| name == actor)?;
        let lines = match &sound.speech {
            Some(speech) => vec![speech.text.clone()],
            None if sound.clip.is_some() => sound.says.clone(),
            None => return None,
        };
        Some((Part::Mouth(sound.name.clone()), claim(&cameo.person, recording(&cameo.plate), &lines, true)))
    });
    let voices = scene.scene.sounds.iter().filter_map(|sound| {
        let (person, clip) = (sound.person.as_ref()?, sound.clip.as_ref()?);
        Some((Part::Sound(sound.name.clone()), claim(person, recording(clip), &sound.says, true)))
    });
    let pictures = chosen(&scene.scene, shots).flat_map(|shot| {
        let claims = shot.look.pictures().zip(shot.look.person.iter().cycle());
        claims.map(move |(file, person)| (shot, file, person))
    });
    let pictures = pictures.map(|(shot, file, person)| {
        let part = Part::Picture(shot.name.clone(), file.to_owned());
        (part, claim(person, scene.resolve(file), &[], false))
    });
    let mut people: Vec<(Part, Claim)> = cameos.chain(mouths).chain(voices).chain(pictures).collect();
    if !people.is_empty() {
        let scene_sha256 = scene_hash(&scene.contents())?;
        people.iter_mut().for_each(|(_, claim)| claim.scene_sha256 = scene_sha256);
    }
    Ok(people)
}

/// What a policy looks at: who is in the shots, what happens there, and every text that guides a picture or is spoken.
fn reviewed(loaded: &LoadedScene, shots: &BTreeSet<&str>) -> Reviewed {
    let scene = &loaded.scene;
    let cameos =
        scene.cameos().map(|(name, _)| ReviewedPerson { place: format!("actor {name}"), declared: true });
    // What comes out of a mouth is a voice, whatever stem it is mixed into.
    let is_voice = |sound: &&Sound| sound.stem() == Stem::Dialogue || matches!(sound.on, Emitter::Actor(_));
    let recorded = scene.sounds.iter().filter(|sound| sound.clip.is_some()).filter(is_voice);
    let voices = recorded.map(|sound| ReviewedPerson {
        place: format!("sound {}", sound.name),
        declared: sound.person.is_some(),
    });
    let chosen = || chosen(scene, shots);
    let pictured = chosen().filter(|shot| shot.look.pictures().next().is_some());
    let likenesses = pictured.map(|shot| ReviewedPerson {
        place: format!("shot {}, look", shot.name),
        declared: shot.look.person.is_some(),
    });
    let people: Vec<ReviewedPerson> = cameos.chain(voices).chain(likenesses).collect();
    let has_person = !people.is_empty();
    let seen =
        chosen().map(|shot| ReviewedShot { name: shot.name.clone(), tags: shot.tags.clone(), has_person });
    let prompts = chosen().map(|shot| (format!("shot {}, look", shot.name), shot.look.prompt.clone()));
    let loras = chosen().flat_map(|shot| {
        shot.look.loras.iter().map(move |lora| {
            let words = weights::words(&loaded.resolve(&lora.file));
            (format!("shot {}, {}", shot.name, lora.file), format!("{} {words}", lora.file))
        })
    });
    let spoken = scene.sounds.iter().filter_map(|sound| Some((&sound.name, &sound.speech.as_ref()?.text)));
    let lines = spoken.map(|(name, text)| (format!("sound {name}"), text.clone()));
    let said = scene
        .sounds
        .iter()
        .flat_map(|sound| sound.says.iter().map(move |line| (format!("sound {}", sound.name), line)));
    let played = scene
        .cameos()
        .flat_map(|(name, cameo)| cameo.says.iter().map(move |line| (format!("actor {name}"), line)));
    let said = said.chain(played).map(|(place, line)| (place, line.clone()));
    let title = std::iter::once(("the title".to_owned(), scene.title.clone()));
    let project = scene.project.iter().map(|project| ("project".to_owned(), project.clone()));
    let uses = scene.uses.iter().map(|usage| ("uses".to_owned(), usage.clone()));
    let names = scene.cameos().flat_map(|(name, cameo)| {
        let reason = match &cameo.person {
            document::Person::NotReal(why) => Some((format!("actor {name}, person"), why.clone())),
            document::Person::Grant(_) => None,
        };
        [(format!("actor {name}"), name.to_owned())].into_iter().chain(reason)
    });
    let about = title.chain(project).chain(uses).chain(names);
    Reviewed {
        texts: about.chain(prompts).chain(loras).chain(lines).chain(said).collect(),
        shots: seen.collect(),
        people,
    }
}

fn claimed(scene: &Scene, shots: &BTreeSet<&str>) -> Vec<ClaimedShot> {
    let claimed = |shot: &Shot| ClaimedShot { name: shot.name.clone(), tags: shot.tags.clone() };
    chosen(scene, shots).map(claimed).collect()
}

/// The scene's shots of these names.
fn chosen<'a>(scene: &'a Scene, shots: &'a BTreeSet<&str>) -> impl Iterator<Item = &'a Shot> {
    scene.shots.iter().filter(|shot| shots.contains(shot.name.as_str()))
}

/// A numbered picture stands for the sequence that it begins: `maya.1001.png` for `maya.%04d.png`.
pub(crate) fn recording_of(file: PathBuf) -> PathBuf {
    pattern_of(&file).unwrap_or(file)
}

#[cfg(test)]
mod tests;
