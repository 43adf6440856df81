//! The studio: what is costly to make, and the walk down the line.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use maquette_conditioning::{Conditioning, Frame, FrameNumber, Moment, Take, exposure_factor};
use maquette_generator::{DeviceChoice, Generator, Network};
use maquette_gpu::Gpu;
use maquette_scene::LoadedScene;
use maquette_stage::Stage;
use maquette_tracer::{Clamped, PixelFilter, Tracer};

use crate::{
    Error, Event, Quality, Seconds, Selection, Settings,
    cast::Cast,
    consent::{Company, Purpose},
    exposure::shot_ev100,
    fingerprint::fingerprint,
    journal::Journal,
    losses::Losses,
    past::Past,
    plan::{PlannedShot, plan},
    receipt::{self, RECEIPT},
    shelf::Shelf,
    sound::{self, programme},
    writer::{Contents, Writer},
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
    ///
    /// With people in it who gave a grant, files wait until its last check, and a refusal deletes them.
    pub fn shoot(
        &mut self,
        scene: &LoadedScene,
        selection: &Selection,
        settings: &Settings,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        let purpose = Purpose { draft: settings.quality == Quality::Draft, training: false };
        self.shoot_for(purpose, scene, selection, settings, on_event)
    }

    /// Shoots for what the people in it have allowed.
    pub(crate) fn shoot_for(
        &mut self,
        purpose: Purpose,
        scene: &LoadedScene,
        selection: &Selection,
        settings: &Settings,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        let stage = Stage::new(scene)?;
        let shots = plan(&scene.scene, &stage, selection)?;
        let names = shots.iter().map(|shot| shot.name.as_str()).collect();
        let company = Company::admit(scene, &names, purpose);
        // What waited before a refusal goes as well.
        let shelf = Shelf::new(&settings.out, company.as_ref().map_or(true, Company::is_granted));
        let walked = company.and_then(|company| {
            self.prepare_generator(settings)?;
            if settings.movie {
                maquette_delivery::check_ffmpeg()?;
            }
            on_event(self.started(&shots, settings));
            let session = self.session(scene, settings, stage, company, &shelf)?;
            self.walk(session, scene, &shots, on_event)
        });
        if let Err(Error::Refused(_)) = walked {
            shelf.discard()?;
        }
        walked
    }

    fn session<'a>(
        &self,
        scene: &LoadedScene,
        settings: &'a Settings,
        mut stage: Stage,
        company: Company,
        shelf: &'a Shelf,
    ) -> Result<Session<'a>, Error> {
        let cast = Cast::of(scene);
        sound::speak(&mut stage, &cast, &company, &settings.out)?;
        let generator = self.generator.as_ref().filter(|_| !settings.raw);
        let generator = generator.map(|(_, generator)| generator.describe());
        let writer = Writer::new(scene, settings, generator, &company)?;
        Ok(Session {
            settings,
            seed: settings.seed.unwrap_or(scene.scene.seed),
            stage,
            cast,
            company,
            shelf,
            journal: Journal::open(shelf.desk())?,
            published: shelf.waits().then(|| Journal::open(shelf.folder())).transpose()?,
            writer,
            losses: Vec::new(),
            contents: Contents::new(),
        })
    }

    fn walk(
        &mut self,
        mut session: Session<'_>,
        scene: &LoadedScene,
        shots: &[PlannedShot],
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        let settings = session.settings;
        for shot in shots {
            let ev100 = self.expose(&mut session, &shot.name)?;
            let mut past = Past::new(settings.limits_fireflies());
            for &frame in &shot.frames {
                let wanted = Wanted { shot: &shot.name, frame, ev100 };
                let event = self.shoot_frame(&mut session, &mut past, wanted, on_event)?;
                on_event(event);
            }
        }
        on_event(Event::Sound);
        session.company.still_holds()?;
        let programme = programme(&mut session.stage, shots, &settings.sound)?;
        if settings.movie {
            on_event(Event::Movie);
        }
        let losses = Losses::mean(&session.losses);
        let Session { writer, shelf, contents, company, .. } = &mut session;
        let take = writer.finish(shelf, shots, &programme, contents, on_event)?;
        let receipt = shelf.place(Path::new(RECEIPT));
        let makers = self.makers(settings);
        receipt::write(
            scene,
            settings,
            shots,
            &programme.master,
            &makers,
            losses,
            contents,
            company,
            &receipt,
        )?;
        company.seal()?;
        session.publish()?;
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
        session.company.still_holds()?;
        let moment = session.moment(wanted, on_event)?;
        let mut seconds = Seconds { stage: clock.lap(), ..Seconds::default() };
        let key = self.identity(session, past, wanted, &moment)?;
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
    fn identity(
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
            let moment = session.moment(Wanted { frame: earlier, ..wanted }, &mut |_| ())?;
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
    cast: Cast,
    company: Company,
    shelf: &'a Shelf,
    /// Of the files on the shelf; and, while those wait, of the ones in the take.
    journal: Journal,
    published: Option<Journal>,
    writer: Writer,
    /// What was taken from each frame.
    losses: Vec<Losses>,
    /// What is in the take.
    contents: Contents,
}

impl Session<'_> {
    /// The world at a frame, with everybody in it.
    fn moment(&mut self, wanted: Wanted<'_>, on_event: &mut dyn FnMut(Event)) -> Result<Moment, Error> {
        let mut moment = self.stage.moment(wanted.shot, wanted.frame)?;
        let people = self.stage.stand_ins(&moment.shutter);
        for note in self.cast.enter(&people, &mut moment, wanted.ev100, &self.company)? {
            on_event(Event::Note(note));
        }
        Ok(moment)
    }

    /// Keeps a frame that is complete, on the shelf or in the take.
    fn keep(&mut self, key: &str, files: &[PathBuf]) -> bool {
        let mut journals = std::iter::once(&self.journal).chain(&self.published);
        let complete = journals.find_map(|journal| journal.complete(key, files));
        let Some((losses, contents)) = complete else { return false };
        self.losses.push(losses);
        self.contents.extend(contents);
        true
    }

    /// Lets the take's files go where they belong.
    fn publish(self) -> Result<(), Error> {
        let Self { journal, published, shelf, .. } = self;
        if let Some(mut published) = published {
            journal.hand_over(&mut published)?;
        }
        shelf.publish()
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
