//! What a take's files state about themselves.

use std::collections::{BTreeMap, BTreeSet};

use maquette_conditioning::FrameNumber;
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
        let head = settings.head.iter().map(|path| Ok(("temporal head".to_owned(), hash(path)?)));
        let making = Making {
            project: scene.scene.project.clone(),
            scene: Some(format!("blake3:{}", scene_hash(scene)?)),
            settings: how(settings, scene.scene.seed),
            generator: generator.clone(),
            weights: head.collect::<Result<_, Error>>()?,
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
        Statement { method: Method::Traced, ..self.named(&format!("shot {shot}, frame {frame}, its set")) }
    }

    /// Of a sound: computed, whatever finished the pictures.
    pub(crate) fn sound(&self, what: &str) -> Statement {
        Statement { method: Method::Traced, ..self.named(what) }
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

    fn named(&self, what: &str) -> Statement {
        Statement { title: format!("{}, {what}", self.title), ..self.shared.clone() }
    }
}

fn how(settings: &Settings, seed: u64) -> BTreeMap<String, serde_json::Value> {
    let (width, height) = settings.picture_size();
    let entries = [
        ("size", json!([width, height])),
        ("samples", json!(settings.light_samples())),
        ("seed", json!(settings.seed.unwrap_or(seed))),
        ("history", json!(settings.remembers())),
    ];
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One hash of a scene and all that it includes.
fn scene_hash(scene: &LoadedScene) -> Result<String, Error> {
    let hashes = scene.files.iter().map(|file| hash(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(blake3::hash(hashes.concat().as_bytes()).to_hex().to_string())
}

/// Pictures and recordings that carry a credential of their own. Nothing is opened that leave was not asked for.
fn inputs(scene: &LoadedScene, company: &Company) -> Result<Vec<Input>, Error> {
    let plates = scene.scene.cameos().filter_map(|(name, _)| company.permit(name));
    let plates = plates.map(|permit| (Role::Plate, permit.recording()));
    let pictures = scene
        .scene
        .shots
        .iter()
        .flat_map(|shot| shot.look.pictures().filter_map(|file| company.picture(&shot.name, file)));
    let read = plates
        .chain(pictures.map(|file| (Role::Reference, file)))
        .map(|(role, file)| Input::read(file, role));
    Ok(read.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
