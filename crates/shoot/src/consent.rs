//! Whether the people of a scene may be shown: asked before anything of theirs is opened, and again while it lasts.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use maquette_cameo::pattern_of;
use maquette_provenance::{
    consent::{Claim, ClaimedShot, Desk, Permit, Person, Time, scene_hash},
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

/// Everybody in a scene, with leave to be shown.
pub(crate) struct Company {
    /// Permits by the actor, sound or picture that they are for.
    permits: BTreeMap<String, Permit>,
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
        let policy = Policy::of_home(&home).map_err(Error::from);
        let policy = noted(policy.and_then(|policy| allowed(policy, &reviewed(scene, shots))))?;
        let mut permits = BTreeMap::new();
        let people = people(scene, shots, purpose)?;
        if !people.is_empty() {
            let now = Time::now();
            let desk = Desk::open(&home, &policy.sensitive_tags(), now).map_err(Error::refused)?;
            for (name, claim) in people {
                permits.insert(name, desk.permit(claim, now).map_err(Error::refused)?);
            }
        }
        Ok(Self { permits, policy })
    }

    /// Whether the policy lets pass what is said of something beside the scene, such as a model.
    pub(crate) fn reviews(&self, place: String, text: String) -> Result<(), Error> {
        let declared = |name: &String| ReviewedPerson { place: name.clone(), declared: true };
        let people = self.permits.keys().map(declared).collect();
        let said = Reviewed { texts: vec![(place, text)], shots: Vec::new(), people };
        noted(allowed(self.policy.clone(), &said)).map(drop)
    }

    /// Whether anybody recorded is in it: until the last check they may still be refused.
    pub(crate) fn has_people(&self) -> bool {
        !self.permits.is_empty()
    }

    /// Whether somebody in it may take their grant back.
    pub(crate) fn is_granted(&self) -> bool {
        self.permits.values().any(|permit| permit.declared().is_none())
    }

    pub(crate) fn permit(&self, name: &str) -> Option<&Permit> {
        self.permits.get(name)
    }

    /// What leave was given for, by the actor, sound or picture, each where it was read for that.
    pub(crate) fn recordings(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.permits.iter().map(|(name, permit)| (name.as_str(), permit.recording()))
    }

    /// A picture that a shot takes after, where it was read for leave; none that was not asked for.
    pub(crate) fn picture(&self, shot: &str, file: &str) -> Option<&Path> {
        self.permit(&picture_name(shot, file)).map(Permit::recording)
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
        self.permits.values().map(ConsentNote::from).collect()
    }

    /// One hash of all that is said of them: what says otherwise is not the same.
    pub(crate) fn said(&self) -> String {
        blake3::hash(format!("{:?} {}", self.notes(), self.policy_hash()).as_bytes()).to_hex().to_string()
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

/// The policy, or an error with all that it refuses.
fn allowed(policy: Policy, scene: &Reviewed) -> Result<Policy, Error> {
    let refusals = review(&policy, scene);
    if refusals.is_empty() { Ok(policy) } else { Err(Error::Refused(refusals)) }
}

/// What a policy refuses is a decision like others: it goes to the log.
fn noted(judged: Result<Policy, Error>) -> Result<Policy, Error> {
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
) -> Result<Vec<(String, Claim)>, Error> {
    let scene_sha256 = scene_hash(&scene.files)?;
    let claim = |person: &document::Person, recording: PathBuf, lines: &[String], voice: bool| Claim {
        person: match person {
            document::Person::Grant(file) => Person::Grant(scene.resolve(file)),
            document::Person::NotReal(why) => Person::NotReal(why.clone()),
        },
        recording,
        project: scene.scene.project.clone().unwrap_or_default(),
        scene: scene.scene.title.clone(),
        scene_sha256,
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
        (name.to_owned(), claim(&cameo.person, plate, &cameo.says, cameo.voice_db_spl_1m.is_some()))
    });
    let voices = scene.scene.sounds.iter().filter_map(|sound| {
        let (person, clip) = (sound.person.as_ref()?, sound.clip.as_ref()?);
        Some((sound.name.clone(), claim(person, recording(clip), &sound.says, true)))
    });
    let pictures = chosen(&scene.scene, shots).flat_map(|shot| {
        let claims = shot.look.pictures().zip(shot.look.person.iter().cycle());
        claims.map(move |(file, person)| (shot, file, person))
    });
    let pictures = pictures.map(|(shot, file, person)| {
        (picture_name(&shot.name, file), claim(person, scene.resolve(file), &[], false))
    });
    Ok(cameos.chain(voices).chain(pictures).collect())
}

fn picture_name(shot: &str, file: &str) -> String {
    format!("shot {shot}, {file}")
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
    Reviewed {
        texts: title.chain(prompts).chain(loras).chain(lines).chain(said).collect(),
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
