//! One frame down the line.

use std::time::Instant;

use maquette_conditioning::{Conditioning, Frame, Moment, exposure_factor};
use maquette_tracer::{Clamped, PixelFilter};

use super::{
    Studio,
    session::{Session, Wanted},
};
use crate::{Error, Event, Seconds, Settings, fingerprint::fingerprint, losses::Losses, past::Past};

impl Studio {
    /// One frame down the line, unless it is complete already.
    pub(super) fn shoot_frame(
        &mut self,
        session: &mut Session<'_>,
        past: &mut Past,
        wanted: Wanted<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Event, Error> {
        let Wanted { shot, frame, ev100 } = wanted;
        let mut clock = Clock::start();
        session.company.still_holds()?;
        let moment = session.moment(wanted, on_event)?;
        let mut seconds = Seconds { stage: clock.lap(), ..Seconds::default() };
        let identity = self.identity(session, past, wanted, &moment)?;
        // Two shots may show the same.
        let key = session.key(&format!("{shot} {frame} {identity}"));
        let files = session.writer.frame_files(shot, frame);
        let event = |seconds, rays| Event::Frame { shot: shot.to_owned(), frame, seconds, rays };
        if session.keep(&key, &files) {
            return Ok(event(None, 0));
        }
        let mut rays = self.warm_up(session, past, wanted, on_event)?;
        let (conditioning, traced, clamp) = self.condition(&moment, ev100, session)?;
        rays += traced;
        seconds.tracer = clock.lap();
        let finished = self.finish(&conditioning, session.settings, past)?;
        let losses = Losses { clamp, history: past.limited() };
        seconds.generator = clock.lap();
        let contents = session.writer.frame(session.shelf, shot, &finished, &conditioning)?;
        session.journal.note(key, &files, losses, &contents)?;
        session.contents.extend(contents);
        session.losses.push(losses);
        seconds.delivery = clock.lap();
        Ok(event(Some(seconds), rays))
    }

    /// The frame's identity: its own moment, and with a history those of the frames before.
    pub(super) fn identity(
        &self,
        session: &mut Session<'_>,
        past: &mut Past,
        wanted: Wanted<'_>,
        moment: &Moment,
    ) -> Result<String, Error> {
        let (settings, seed) = (session.settings, session.seed);
        let own = |moment: &Moment| fingerprint(moment, wanted.ev100, seed, settings, &self.makers(settings));
        if !settings.remembers() {
            return Ok(own(moment));
        }
        for earlier in past.to_identify(wanted.frame) {
            let moment = session.moment(Wanted { frame: earlier, ..wanted }, &mut |_| ())?;
            past.identify(earlier, &own(&moment));
        }
        Ok(past.identify(wanted.frame, &own(moment)))
    }

    /// Goes through the frames that the wanted one's history lacks. Returns the rays traced.
    pub(super) fn warm_up(
        &mut self,
        session: &mut Session<'_>,
        past: &mut Past,
        wanted: Wanted<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<u64, Error> {
        let Wanted { shot, frame, ev100 } = wanted;
        let frames = past.to_remember(frame);
        if !session.settings.remembers() || frames.is_empty() {
            return Ok(0);
        }
        on_event(Event::Note(format!(
            "{shot} {frame}: first traces the {} frames before it, so that it matches its neighbours (--no-history goes without)",
            frames.len()
        )));
        let mut rays = 0;
        for earlier in frames {
            let moment = session.moment(Wanted { frame: earlier, ..wanted }, &mut |_| ())?;
            let (conditioning, traced, _) = self.condition(&moment, ev100, session)?;
            rays += traced;
            if let Some((_, generator)) = &self.generator {
                generator.generate_next(&conditioning, &mut past.history)?;
            }
        }
        Ok(rays)
    }

    pub(super) fn condition(
        &mut self,
        moment: &Moment,
        ev100: f32,
        session: &Session<'_>,
    ) -> Result<(Conditioning, u64, Clamped), Error> {
        let Session { settings, seed, .. } = session;
        let (width, height) = settings.picture_size();
        let trace = maquette_tracer::Settings {
            width,
            height,
            samples: settings.light_samples(),
            first_sample: 0,
            // Each frame has its own samples; otherwise noise would stick to the screen.
            seed: seed ^ (u64::from(moment.frame) << 32),
            max_bounces: settings.quality.bounces(),
            filter: PixelFilter::BlackmanHarris,
            clamp: settings.clamp_nits,
        };
        let traced = self.tracer.trace(moment, &trace)?;
        let (gbuffer, light) = (traced.gbuffer, traced.light);
        let conditioning = Conditioning { frame: moment.frame, camera: moment.camera, ev100, gbuffer, light };
        Ok((conditioning, traced.rays, traced.clamped))
    }

    pub(super) fn finish(
        &self,
        conditioning: &Conditioning,
        settings: &Settings,
        past: &mut Past,
    ) -> Result<Frame, Error> {
        match &self.generator {
            Some((_, generator)) if settings.remembers() => {
                Ok(generator.generate_next(conditioning, &mut past.history)?)
            }
            Some((_, generator)) if !settings.raw => Ok(generator.generate(conditioning)?),
            _ => Ok(radiance(conditioning)),
        }
    }
}

/// Light as traced, exposed.
fn radiance(conditioning: &Conditioning) -> Frame {
    let factor = exposure_factor(conditioning.ev100);
    Frame {
        number: conditioning.frame,
        color: conditioning.light.total().map(|nits| nits.map(|channel| channel * factor)),
        ev100: conditioning.ev100,
    }
}

/// Wall-clock laps. Times are for people to read; no pixel depends on them.
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn lap(&mut self) -> f64 {
        let lap = self.0.elapsed().as_secs_f64();
        self.0 = Instant::now();
        lap
    }
}
