//! What the frames of one call share.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use maquette_conditioning::{FrameNumber, Moment};
use maquette_provenance::credential::sidecar_of;
use maquette_scene::{LoadedScene, document::Look};
use maquette_stage::Stage;
use serde_json::{Value, json};

use super::film::Order;
use crate::{
    Error, Event, Settings, adherence,
    cast::Cast,
    consent::Company,
    journal::Journal,
    losses::Losses,
    plan::PlannedShot,
    receipt::RECEIPT,
    shelf::Shelf,
    statement::Video,
    writer::{Contents, Writer},
};

/// A frame to shoot.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) shot: &'a str,
    pub(super) frame: FrameNumber,
    pub(super) ev100: f32,
}

/// One call of [`Studio::shoot`]: what its frames share.
pub(super) struct Session<'a> {
    pub(super) scene: &'a LoadedScene,
    pub(super) settings: &'a Settings,
    pub(super) seed: u64,
    pub(super) stage: Stage,
    pub(super) cast: Cast,
    pub(super) company: Company,
    pub(super) shelf: &'a Shelf,
    /// Of the files on the shelf; and, while those wait, of the ones in the take.
    pub(super) journal: Journal,
    pub(super) published: Option<Journal>,
    pub(super) writer: Writer,
    /// What was taken from each frame.
    pub(super) losses: Vec<Losses>,
    /// What is in the take.
    pub(super) contents: Contents,
    /// What is to be said of shots that a video model finished.
    pub(super) films: BTreeMap<String, Value>,
}

impl Session<'_> {
    /// The world at a frame, with everybody in it.
    pub(super) fn moment(
        &mut self,
        wanted: Wanted<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Moment, Error> {
        let mut moment = self.stage.moment(wanted.shot, wanted.frame)?;
        let people = self.stage.stand_ins(&moment.shutter);
        for note in self.cast.enter(&people, &mut moment, wanted.ev100, &self.company)? {
            on_event(Event::Note(note));
        }
        Ok(moment)
    }

    /// What a shot should look like.
    pub(super) fn look(&self, shot: &str) -> Look {
        let mut shots = self.scene.scene.shots.iter();
        shots.find(|known| known.name == shot).map(|shot| shot.look.clone()).unwrap_or_default()
    }

    /// Notes what the receipt says of a shot that a video model finished: what led it, and how well it kept to that.
    pub(super) fn note_film(&mut self, shot: &PlannedShot, order: &Order) -> Result<(), Error> {
        let path = self.shelf.find(&adherence::file(&shot.name));
        let text = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let mut adherence: Value = serde_json::from_slice(&text).unwrap_or_default();
        adherence.as_object_mut().and_then(|report| report.remove(adherence::FRAMES));
        let Video { model, weights, settings } = order.video();
        let kept: Vec<String> = order.brief.keep.iter().map(|&id| self.stage.object_name(id)).collect();
        let film = json!({
            "model": model,
            "weights": weights,
            "settings": settings,
            "avoid": order.brief.avoid,
            "references": order.brief.references.len(),
            "anchors": order.brief.anchors.each_ref().map(Option::is_some),
            "keep": kept,
            "adherence": adherence,
        });
        self.films.insert(shot.name.clone(), film);
        Ok(())
    }

    /// The key of a finished frame: what made it, how it is graded, and what its credential says of people in it.
    pub(super) fn key(&self, identity: &str) -> String {
        let Settings { tone_map, label, certificate, .. } = self.settings;
        let (said, project) = (self.company.said(), &self.scene.scene.project);
        let key = format!("{identity} {tone_map:?} {label} {certificate:?} {said} {project:?}");
        blake3::hash(key.as_bytes()).to_hex().to_string()
    }

    /// Keeps a frame that is complete, on the shelf or in the take.
    pub(super) fn keep(&mut self, key: &str, files: &[PathBuf]) -> bool {
        let Some((losses, contents)) = self.complete(key, files) else { return false };
        self.losses.push(losses);
        self.contents.extend(contents);
        true
    }

    /// Keeps frames, each with its key and files, if all of them are complete.
    pub(super) fn keep_all(&mut self, keys: &[String], files: &[Vec<PathBuf>]) -> bool {
        let frames = keys.iter().zip(files);
        let complete: Option<Vec<_>> = frames.map(|(key, files)| self.complete(key, files)).collect();
        let Some(complete) = complete else { return false };
        for (losses, contents) in complete {
            self.losses.push(losses);
            self.contents.extend(contents);
        }
        true
    }

    fn complete(&self, key: &str, files: &[PathBuf]) -> Option<(Losses, Contents)> {
        let mut journals = std::iter::once(&self.journal).chain(&self.published);
        journals.find_map(|journal| journal.complete(key, files))
    }

    /// Lets the take's files go where they belong.
    pub(super) fn publish(self) -> Result<(), Error> {
        let Self { journal, published, shelf, contents, films, .. } = self;
        if let Some(mut published) = published {
            journal.hand_over(&mut published)?;
        }
        let beside = films.keys().map(|shot| adherence::file(shot)).chain([PathBuf::from(RECEIPT)]);
        let made: BTreeSet<PathBuf> =
            contents.into_keys().chain(beside).flat_map(|name| [sidecar_of(&name), name]).collect();
        shelf.publish(&made)
    }
}
