//! What a take's files state about themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use maquette_conditioning::FrameNumber;
use maquette_generator::TEMPORAL_HEAD;
use maquette_provenance::credential::{Frames, Input, Making, Method, Role, Statement};
use maquette_scene::LoadedScene;
use serde_json::{Value, json};

use crate::{Error, Settings, consent::Company, journal::hash};

/// The statement that all files of a take share, and the titles of each.
pub(crate) struct Statements {
    shared: Statement,
    title: String,
    /// What finishes a shot, where that is not what finishes the others.
    videos: BTreeMap<String, Video>,
}

/// A video model that finishes a shot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Video {
    /// The model, in words.
    pub(crate) model: String,
    /// Hash of each of its files.
    pub(crate) weights: BTreeMap<String, String>,
    /// What it was told, and how it was sampled.
    pub(crate) settings: Value,
}

impl Statements {
    /// `generator` is what finishes frames, in words; none for radiance as traced.
    pub(crate) fn new(
        scene: &LoadedScene,
        settings: &Settings,
        generator: Option<String>,
        company: &Company,
    ) -> Result<Self, Error> {
        let making = Making {
            project: scene.scene.project.clone(),
            scene: Some(format!("blake3:{}", scene_hash(scene)?)),
            settings: how(settings, scene.scene.seed, company),
            generator: generator.clone(),
            weights: if generator.is_some() { weights(settings)? } else { BTreeMap::new() },
            policy: Some(company.policy_hash()),
            frames: None,
        };
        let method = if generator.is_some() { Method::Neural } else { Method::Traced };
        let shared = Statement {
            method,
            people: company.notes(),
            log: company.log_head(),
            making,
            inputs: inputs(scene, company)?,
            ..Statement::default()
        };
        Ok(Self { shared, title: scene.scene.title.clone(), videos: BTreeMap::new() })
    }

    /// From now on says what finishes a shot.
    pub(crate) fn finished_by(&mut self, shot: &str, video: Video) {
        self.videos.insert(shot.to_owned(), video);
    }

    /// Of a frame's file.
    pub(crate) fn frame(&self, shot: &str, frame: FrameNumber) -> Statement {
        let mut statement = self.named(&format!("shot {shot}, frame {frame}"));
        let making = &mut statement.making;
        making.settings.extend([("shot".to_owned(), json!(shot)), ("frame".to_owned(), json!(frame))]);
        if let Some(Video { model, weights, settings }) = self.videos.get(shot) {
            statement.method = Method::Neural;
            making.generator = Some(model.clone());
            making.weights.extend(weights.clone());
            making.settings.insert("video_model".to_owned(), settings.clone());
        }
        statement
    }

    /// Of what was traced of a frame, whatever finishes it.
    pub(crate) fn set(&self, shot: &str, frame: FrameNumber) -> Statement {
        self.computed(&format!("shot {shot}, frame {frame}, its set"))
    }

    /// Of a sound: computed, whatever finished the pictures.
    pub(crate) fn sound(&self, what: &str) -> Statement {
        self.computed(what)
    }

    /// Of a file made from finished frames.
    pub(crate) fn edit(&self, what: &str, frames: Frames) -> Statement {
        let mut statement = self.named(what);
        let making = &mut statement.making;
        making.frames = Some(frames);
        let models: BTreeSet<&str> = self.videos.values().map(|video| video.model.as_str()).collect();
        if !models.is_empty() {
            statement.method = Method::Neural;
            let all = making.generator.as_deref().into_iter().chain(models);
            making.generator = Some(all.collect::<Vec<_>>().join("; "));
            // Two shots may have two models.
            let named = |(shot, video): (&String, &Video)| {
                let names = video.weights.iter().map(|(name, hash)| (format!("{shot}/{name}"), hash.clone()));
                names.collect::<Vec<_>>()
            };
            making.weights.extend(self.videos.iter().flat_map(named));
        }
        statement
    }

    /// Of what no network had a part in.
    fn computed(&self, what: &str) -> Statement {
        let named = self.named(what);
        let making = Making { generator: None, weights: BTreeMap::new(), ..named.making };
        Statement { method: Method::Traced, making, ..named }
    }

    fn named(&self, what: &str) -> Statement {
        Statement { title: format!("{}, {what}", self.title), ..self.shared.clone() }
    }
}

fn how(settings: &Settings, seed: u64, company: &Company) -> BTreeMap<String, serde_json::Value> {
    let (width, height) = settings.picture_size();
    let entries = [
        ("size", json!([width, height])),
        ("samples", json!(settings.light_samples())),
        ("seed", json!(settings.seed.unwrap_or(seed))),
        ("history", json!(settings.remembers())),
    ];
    let draft = company.is_draft().then(|| ("draft", json!(true)));
    let entries = entries.into_iter().chain(draft);
    entries.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// BLAKE3 of the networks that finish frames, by their names.
fn weights(settings: &Settings) -> Result<BTreeMap<String, String>, Error> {
    let head = settings.head.as_ref();
    let mut built_in = settings.quality.network().files();
    built_in.extend((settings.remembers() && head.is_none()).then_some(TEMPORAL_HEAD));
    let built_in = built_in
        .into_iter()
        .map(|weights| (weights.name.to_owned(), blake3::hash(weights.bytes).to_hex().to_string()));
    let chosen = head.map(|path| Ok::<_, Error>(("temporal head".to_owned(), hash(path)?))).transpose()?;
    Ok(built_in.chain(chosen).collect())
}

/// One hash of a scene and all that it includes.
fn scene_hash(scene: &LoadedScene) -> Result<String, Error> {
    let hashes = scene.files.iter().map(|file| hash(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(blake3::hash(hashes.concat().as_bytes()).to_hex().to_string())
}

/// Pictures and sounds that carry a credential of their own; of a sequence the first picture's. Nothing of anybody is opened
/// that leave was not asked for.
fn inputs(loaded: &LoadedScene, company: &Company) -> Result<Vec<Input>, Error> {
    let scene = &loaded.scene;
    let cameos = || scene.cameos().filter_map(|(name, cameo)| Some((cameo, company.actor(name)?)));
    let plates = cameos().map(|(_, permit)| permit.first_file().to_owned());
    let clean = cameos().filter_map(|(cameo, _)| Some(loaded.resolve(cameo.clean_plate.as_ref()?)));
    let clips = scene.sounds.iter().filter_map(|sound| {
        let clip = loaded.resolve(sound.clip.as_ref()?);
        Some(company.sound(&sound.name).map_or(clip, |permit| permit.first_file().to_owned()))
    });
    let pictures = scene.shots.iter().flat_map(|shot| {
        shot.look.pictures().filter_map(|file| company.picture(&shot.name, file).map(Path::to_owned))
    });
    let parts = plates.chain(clean).chain(clips).map(|file| (Role::Plate, file));
    let all = parts.chain(pictures.map(|file| (Role::Reference, file)));
    let read = all.map(|(role, file)| Input::read(&file, role));
    Ok(read.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
