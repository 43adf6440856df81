//! The set of a filmed shot, traced frame by frame and kept for later runs.

use std::{borrow::Cow, fs, path::PathBuf};

use maquette_conditioning::FrameNumber;
use maquette_delivery::{save_conditioning, write_file};
use maquette_generator::{GuideFrame, GuideFrames};
use maquette_tracer::Clamped;
use serde::{Deserialize, Serialize};

use super::Film;
use crate::{
    Error, Event, Seconds,
    journal::hash,
    losses::Losses,
    past::Past,
    plan::PlannedShot,
    studio::{
        Studio,
        frame::Clock,
        session::{Session, Wanted},
    },
};

/// The first line of a kept guide, as JSON.
#[derive(Serialize, Deserialize)]
struct Head {
    /// What the set depends on.
    identity: String,
    /// Hash of the file with all planes.
    planes: String,
    /// Light kept and taken away by the clamp, nits.
    clamped: (f64, f64),
    /// The same of the limit in the history.
    limited: (f64, f64),
}

impl Film<'_> {
    /// Every plane of a frame's set.
    pub(super) fn conditioning(&self, frame: FrameNumber) -> PathBuf {
        self.folder.join(format!("{frame:04}.exr"))
    }

    fn guide_file(&self, frame: FrameNumber) -> PathBuf {
        self.folder.join(format!("{frame:04}.guide"))
    }

    /// What was taken from the light of a frame that an earlier run left, if it is whole.
    fn kept(&self, frame: FrameNumber, identity: &str) -> Option<Losses> {
        let (head, _) = self.read(frame).ok()?;
        if head.identity != identity || head.planes != hash(&self.conditioning(frame)).ok()? {
            return None;
        }
        let of = |(kept_nits, removed_nits)| Clamped { kept_nits, removed_nits };
        Some(Losses { clamp: of(head.clamped), history: of(head.limited) })
    }

    fn keep(
        &self,
        frame: FrameNumber,
        identity: &str,
        guide: &GuideFrame,
        losses: Losses,
    ) -> Result<(), Error> {
        let of = |clamped: Clamped| (clamped.kept_nits, clamped.removed_nits);
        let head = Head {
            identity: identity.to_owned(),
            planes: hash(&self.conditioning(frame))?,
            clamped: of(losses.clamp),
            limited: of(losses.history),
        };
        let path = self.guide_file(frame);
        let head = serde_json::to_string(&head)
            .map_err(|error| Error::Io { path: path.clone(), source: error.into() })?;
        Ok(write_file(&path, &[head.as_bytes(), b"\n", &guide.to_bytes()].concat())?)
    }

    /// What leads the model at a frame whose set is traced.
    pub(super) fn guide(&self, frame: FrameNumber) -> Result<GuideFrame, maquette_generator::Error> {
        self.read(frame).map(|(_, guide)| guide)
    }

    fn read(&self, frame: FrameNumber) -> Result<(Head, GuideFrame), maquette_generator::Error> {
        let path = self.guide_file(frame);
        let failed = |problem: String| maquette_generator::Error::Guide { path: path.clone(), problem };
        let bytes = fs::read(&path).map_err(|error| failed(error.to_string()))?;
        let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
        let (head, guide) = bytes.split_at(end);
        let head = serde_json::from_slice(head).map_err(|error| failed(error.to_string()))?;
        let guide = guide.get(1..).unwrap_or_default();
        let guide = GuideFrame::from_bytes(guide).map_err(|error| failed(error.to_string()))?;
        Ok((head, guide))
    }
}

impl GuideFrames for Film<'_> {
    fn count(&self) -> usize {
        self.shot.frames.len()
    }

    fn guide(&self, index: usize) -> Result<Cow<'_, GuideFrame>, maquette_generator::Error> {
        self.guide(self.shot.frames[index]).map(Cow::Owned)
    }
}

impl Studio {
    /// What each frame's set depends on.
    pub(super) fn set_identities(
        &mut self,
        session: &mut Session<'_>,
        shot: &PlannedShot,
        ev100: f32,
    ) -> Result<Vec<String>, Error> {
        let mut past = Past::new(session.settings.limits_fireflies());
        let identity = |&frame: &FrameNumber| {
            let wanted = Wanted { shot: &shot.name, frame, ev100 };
            let moment = session.moment(wanted, &mut |_| ())?;
            self.identity(session, &mut past, wanted, &moment)
        };
        shot.frames.iter().map(identity).collect()
    }

    /// Traces the set of every frame that is not there yet. Returns what was taken from the light of each.
    pub(super) fn set(
        &mut self,
        session: &mut Session<'_>,
        film: &Film<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Vec<Losses>, Error> {
        let mut past = Past::new(session.settings.limits_fireflies());
        let set = |(&frame, identity): (&FrameNumber, &String)| match film.kept(frame, identity) {
            Some(losses) => Ok(losses),
            None => {
                let (guide, losses) = self.set_frame(session, film, &mut past, frame, on_event)?;
                film.keep(frame, identity, &guide, losses)?;
                Ok(losses)
            }
        };
        film.shot.frames.iter().zip(&film.set).map(set).collect()
    }

    fn set_frame(
        &mut self,
        session: &mut Session<'_>,
        film: &Film<'_>,
        past: &mut Past,
        frame: FrameNumber,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(GuideFrame, Losses), Error> {
        let wanted = Wanted { shot: &film.shot.name, frame, ev100: film.ev100 };
        let mut clock = Clock::start();
        session.company.still_holds()?;
        let moment = session.moment(wanted, on_event)?;
        let mut seconds = Seconds { stage: clock.lap(), ..Seconds::default() };
        let mut rays = self.warm_up(session, past, wanted, on_event)?;
        let (conditioning, traced, clamp) = self.condition(&moment, film.ev100, session)?;
        rays += traced;
        seconds.tracer = clock.lap();
        let finished = self.finish(&conditioning, session.settings, past)?;
        seconds.generator = clock.lap();
        save_conditioning(&film.conditioning(frame), &conditioning)?;
        let figures = session.stage.figures(moment.shutter.open_s);
        let guide = GuideFrame::new(&conditioning, &finished, &figures)?;
        seconds.delivery = clock.lap();
        on_event(Event::Set { shot: film.shot.name.clone(), frame, seconds, rays });
        Ok((guide, Losses { clamp, history: past.limited() }))
    }
}
