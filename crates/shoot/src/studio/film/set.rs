//! The set of a filmed shot, traced frame by frame and kept for later runs.

use std::{fs, path::PathBuf};

use maquette_conditioning::FrameNumber;
use maquette_delivery::{save_conditioning, write_file};
use maquette_generator::GuideFrame;
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

/// What the set gives for a frame.
pub(super) struct SetFrame {
    /// What leads the model.
    pub(super) guide: GuideFrame,
    /// What was taken from its light.
    pub(super) losses: Losses,
}

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

    fn guide(&self, frame: FrameNumber) -> PathBuf {
        self.folder.join(format!("{frame:04}.guide"))
    }

    /// What an earlier run left of a frame, if it is whole.
    fn kept(&self, frame: FrameNumber, identity: &str) -> Option<SetFrame> {
        let bytes = fs::read(self.guide(frame)).ok()?;
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
        if head.identity != identity || head.planes != hash(&self.conditioning(frame)).ok()? {
            return None;
        }
        let of = |(kept_nits, removed_nits)| Clamped { kept_nits, removed_nits };
        let losses = Losses { clamp: of(head.clamped), history: of(head.limited) };
        Some(SetFrame { guide: GuideFrame::from_bytes(&bytes[end + 1..]).ok()?, losses })
    }

    fn keep(&self, frame: FrameNumber, identity: &str, set: &SetFrame) -> Result<(), Error> {
        let of = |clamped: Clamped| (clamped.kept_nits, clamped.removed_nits);
        let head = Head {
            identity: identity.to_owned(),
            planes: hash(&self.conditioning(frame))?,
            clamped: of(set.losses.clamp),
            limited: of(set.losses.history),
        };
        let path = self.guide(frame);
        let head = serde_json::to_string(&head)
            .map_err(|error| Error::Io { path: path.clone(), source: error.into() })?;
        Ok(write_file(&path, &[head.as_bytes(), b"\n", &set.guide.to_bytes()].concat())?)
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

    /// The set of every frame.
    pub(super) fn set(
        &mut self,
        session: &mut Session<'_>,
        film: &Film<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Vec<SetFrame>, Error> {
        let mut past = Past::new(session.settings.limits_fireflies());
        let mut frames = Vec::with_capacity(film.shot.frames.len());
        for (&frame, identity) in film.shot.frames.iter().zip(&film.set) {
            frames.push(match film.kept(frame, identity) {
                Some(set) => set,
                None => {
                    let set = self.set_frame(session, film, &mut past, frame, on_event)?;
                    film.keep(frame, identity, &set)?;
                    set
                }
            });
        }
        Ok(frames)
    }

    fn set_frame(
        &mut self,
        session: &mut Session<'_>,
        film: &Film<'_>,
        past: &mut Past,
        frame: FrameNumber,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<SetFrame, Error> {
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
        let guide = GuideFrame::new(&conditioning, &finished)?;
        seconds.delivery = clock.lap();
        on_event(Event::Set { shot: film.shot.name.clone(), frame, seconds, rays });
        Ok(SetFrame { guide, losses: Losses { clamp, history: past.limited() } })
    }
}
