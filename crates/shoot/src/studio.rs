//! The studio: what is costly to make, and the walk down the line.

use std::{path::PathBuf, sync::Arc, time::Instant};

use maquette_conditioning::{Conditioning, Frame, FrameNumber, Moment, Take, exposure_factor};
use maquette_generator::{DeviceChoice, Generator, Network};
use maquette_gpu::Gpu;
use maquette_scene::LoadedScene;
use maquette_stage::Stage;
use maquette_tracer::{Clamped, PixelFilter, Tracer};

use crate::{
    Error, Event, Seconds, Selection, Settings,
    exposure::shot_ev100,
    fingerprint::fingerprint,
    journal::Journal,
    losses::Losses,
    past::Past,
    plan::{PlannedShot, plan},
    receipt,
    sound::programme,
    writer::Writer,
};

/// Owns devices, networks and caches; shoots takes.
pub struct Studio {
    tracer: Tracer,
    device: DeviceChoice,
    generator: Option<((Network, Option<PathBuf>), Generator)>,
}

impl Studio {
    /// Uses a GPU when a real one answers, else all CPU cores. A software Vulkan driver is never used: the CPU
    /// executor is four times faster.
    pub fn new() -> Result<Self, Error> {
        let (tracer, device) = match Gpu::detect().map(Arc::new) {
            Some(gpu) => (Tracer::gpu(gpu.clone())?, DeviceChoice::Gpu(gpu)),
            None => (Tracer::cpu(), DeviceChoice::Cpu),
        };
        Ok(Self { tracer, device, generator: None })
    }

    /// Walks the line: renders the selection of `scene` into `settings.out`. Files appear under their final names only
    /// when complete; frames that an earlier call finished under the same conditions are kept.
    pub fn shoot(
        &mut self,
        scene: &LoadedScene,
        selection: &Selection,
        settings: &Settings,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        let stage = Stage::new(scene)?;
        let shots = plan(&scene.scene, &stage, selection)?;
        self.prepare_generator(settings)?;
        if settings.movie {
            maquette_delivery::check_ffmpeg()?;
        }
        on_event(self.started(&shots, settings));

        let mut session = Session {
            settings,
            seed: settings.seed.unwrap_or(scene.scene.seed),
            stage,
            journal: Journal::open(&settings.out)?,
            writer: Writer::new(scene, settings),
            losses: Vec::new(),
        };
        for shot in &shots {
            let ev100 = self.expose(&mut session, &shot.name)?;
            let mut past = Past::new(settings.limits_fireflies());
            for &frame in &shot.frames {
                let wanted = Wanted { shot: &shot.name, frame, ev100 };
                let event = self.shoot_frame(&mut session, &mut past, wanted, on_event)?;
                on_event(event);
            }
        }

        on_event(Event::Sound);
        let programme = programme(&mut session.stage, &shots, &settings.sound, &settings.out)?;
        if settings.movie {
            on_event(Event::Movie);
        }
        let take = session.writer.finish(&shots, &programme, on_event)?;
        let losses = Losses::mean(&session.losses);
        receipt::write(&take, scene, settings, &shots, &programme.master, &self.makers(settings), losses)?;
        Ok(take)
    }

    fn expose(&mut self, session: &mut Session<'_>, shot: &str) -> Result<f32, Error> {
        let size = session.settings.picture_size();
        shot_ev100(&mut session.stage, &mut self.tracer, shot, size, session.seed)
    }

    /// One frame down the line, unless it is complete already.
    fn shoot_frame(
        &mut self,
        session: &mut Session<'_>,
        past: &mut Past,
        wanted: Wanted<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Event, Error> {
        let Wanted { shot, frame, ev100 } = wanted;
        let mut clock = Clock::start();
        let moment = session.stage.moment(shot, frame)?;
        let mut seconds = Seconds { stage: clock.lap(), ..Seconds::default() };
        let key = self.identity(session, past, wanted, &moment)?;
        let files = session.writer.frame_files(shot, frame);
        let event = |seconds, rays| Event::Frame { shot: shot.to_owned(), frame, seconds, rays };
        if session.journal.is_complete(&key, &files) {
            session.losses.push(session.journal.losses(&key));
            return Ok(event(None, 0));
        }
        let mut rays = self.warm_up(session, past, wanted, on_event)?;
        let (conditioning, traced, clamp) = self.condition(&moment, ev100, session)?;
        rays += traced;
        seconds.tracer = clock.lap();
        let finished = self.finish(&conditioning, session.settings, past)?;
        let losses = Losses { clamp, history: past.limited() };
        seconds.generator = clock.lap();
        session.writer.frame(shot, &finished, &conditioning)?;
        session.journal.note(key, &files, losses)?;
        session.losses.push(losses);
        seconds.delivery = clock.lap();
        Ok(event(Some(seconds), rays))
    }

    /// The frame's identity: its own moment, and with a history those of the frames before.
    fn identity(
        &self,
        session: &mut Session<'_>,
        past: &mut Past,
        wanted: Wanted<'_>,
        moment: &Moment,
    ) -> Result<String, Error> {
        let Session { settings, seed, stage, .. } = session;
        let own =
            |moment: &Moment| fingerprint(moment, wanted.ev100, *seed, settings, &self.makers(settings));
        if !settings.remembers() {
            return Ok(own(moment));
        }
        for earlier in past.to_identify(wanted.frame) {
            past.identify(earlier, &own(&stage.moment(wanted.shot, earlier)?));
        }
        Ok(past.identify(wanted.frame, &own(moment)))
    }

    /// Goes through the frames that the wanted one's history lacks. Returns the rays traced.
    fn warm_up(
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
            let moment = session.stage.moment(shot, earlier)?;
            let (conditioning, traced, _) = self.condition(&moment, ev100, session)?;
            rays += traced;
            if let Some((_, generator)) = &self.generator {
                generator.generate_next(&conditioning, &mut past.history)?;
            }
        }
        Ok(rays)
    }

    fn condition(
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

    fn finish(
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

    fn prepare_generator(&mut self, settings: &Settings) -> Result<(), Error> {
        let wanted = (settings.quality.network(), settings.head.clone());
        let ready = self.generator.as_ref().is_some_and(|(loaded, _)| *loaded == wanted);
        if !settings.raw && !ready {
            let mut generator = Generator::new(wanted.0, self.device.clone())?;
            if let Some(head) = &wanted.1 {
                generator = generator.with_head(head)?;
            }
            self.generator = Some((wanted, generator));
        }
        Ok(())
    }

    fn started(&self, shots: &[PlannedShot], settings: &Settings) -> Event {
        let generator = self.generator.as_ref().filter(|_| !settings.raw);
        Event::Started {
            frames: shots.iter().map(|shot| shot.frames.len()).sum(),
            tracer: self.tracer.describe(),
            generator: generator.map(|(_, generator)| generator.describe()),
        }
    }

    /// What makes pixels, in words: part of a frame's identity. Cores do not count: they do not change pixels.
    fn makers(&self, settings: &Settings) -> String {
        let device = match self.device {
            DeviceChoice::Gpu(_) => self.tracer.describe(),
            DeviceChoice::Cpu => "CPU".to_owned(),
        };
        format!("{device}, {}", if settings.raw { "raw" } else { "network" })
    }
}

/// A frame to shoot.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    shot: &'a str,
    frame: FrameNumber,
    ev100: f32,
}

/// One call of [`Studio::shoot`]: what its frames share.
struct Session<'a> {
    settings: &'a Settings,
    seed: u64,
    stage: Stage,
    journal: Journal,
    writer: Writer,
    /// What was taken from each frame.
    losses: Vec<Losses>,
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
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> f64 {
        let lap = self.0.elapsed().as_secs_f64();
        self.0 = Instant::now();
        lap
    }
}
