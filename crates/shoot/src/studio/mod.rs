//! The studio: what is costly to make, and the walk down the line.

mod film;
mod frame;
mod session;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use maquette_conditioning::Take;
use maquette_delivery::Seal;
use maquette_generator::{DeviceChoice, Generator, ModelFiles, Network, VideoKind, VideoModel};
use maquette_gpu::Gpu;
use maquette_scene::{LoadedScene, document::Generator as Finisher};
use maquette_stage::Stage;
use maquette_tracer::Tracer;

use self::{
    film::orders,
    session::{Session, Wanted},
};
use crate::{
    Error, Event, Selection, Settings,
    cast::Cast,
    consent::{Company, Purpose},
    exposure::shot_ev100,
    journal::Journal,
    losses::Losses,
    memory,
    past::Past,
    plan::{PlannedShot, plan},
    receipt::{self, RECEIPT},
    shelf::Shelf,
    sound::{self, programme},
    weights,
    writer::{Contents, Writer},
};

/// Owns devices, networks and caches; shoots takes.
pub struct Studio {
    tracer: Tracer,
    device: DeviceChoice,
    generator: Option<((Network, Option<PathBuf>), Generator)>,
    video: Option<((VideoKind, ModelFiles), Arc<VideoModel>)>,
}

impl Studio {
    /// Uses a GPU when a real one answers, else all CPU cores. A software Vulkan driver is never used: the CPU
    /// executor is four times faster.
    pub fn new() -> Result<Self, Error> {
        let (tracer, device) = match Gpu::detect().map(Arc::new) {
            Some(gpu) => (Tracer::gpu(gpu.clone())?, DeviceChoice::Gpu(gpu)),
            None => (Tracer::cpu(), DeviceChoice::Cpu),
        };
        Ok(Self { tracer, device, generator: None, video: None })
    }

    /// Walks the line: renders the selection of `scene` into `settings.out`. Files appear under their final names only
    /// when complete; frames that an earlier call finished under the same conditions are kept.
    ///
    /// With recorded people in it, files wait until the last check of their grants and recordings, and a refusal deletes them.
    pub fn shoot(
        &mut self,
        scene: &LoadedScene,
        selection: &Selection,
        settings: &Settings,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        // What a video model makes is no draft, whatever the set was traced with.
        let is_draft = settings.is_draft()
            && scene.scene.shots.iter().all(|shot| settings.finishes(&shot.look) == Finisher::Reconstruct);
        let purpose = Purpose { draft: is_draft, training: false };
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
        let waits = company.as_ref().map_or(true, Company::has_people);
        let forgets = company.as_ref().map_or(true, Company::is_granted);
        let shelf = Shelf::new(&settings.out, waits, forgets);
        let walked = company.and_then(|company| {
            self.prepare_generator(settings)?;
            if settings.movie {
                maquette_delivery::check_ffmpeg()?;
            }
            shelf.open()?;
            on_event(self.started(&shots, settings));
            let (width, height) = settings.picture_size();
            if !Seal::fits(width, height) {
                on_event(Event::Note(format!(
                    "pictures of {width}x{height} have no room for a mark; 64 pixels a side have"
                )));
            }
            let session = self.session(scene, settings, stage, company, &shelf)?;
            self.walk(session, &shots, on_event)
        });
        if let Err(Error::Refused(_)) = walked {
            shelf.discard()?;
            shelf.forget_film()?;
        }
        walked
    }

    fn session<'a>(
        &self,
        scene: &'a LoadedScene,
        settings: &'a Settings,
        mut stage: Stage,
        company: Company,
        shelf: &'a Shelf,
    ) -> Result<Session<'a>, Error> {
        if let Some(head) = &settings.head {
            let name = head.file_name().unwrap_or_default().to_string_lossy();
            company
                .reviews(format!("head {}", head.display()), format!("{name} {}", weights::words(head)))?;
        }
        let cast = Cast::of(scene);
        sound::speak(&mut stage, &cast, &company)?;
        let generator = self.generator.as_ref().filter(|_| !settings.raw);
        let generator = generator.map(|(_, generator)| generator.describe());
        let writer = Writer::new(scene, settings, generator, &company)?;
        Ok(Session {
            scene,
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
            films: BTreeMap::new(),
        })
    }

    /// Memory that a video model may take where that is known: what the system has, unless a model has taken some already.
    fn free_bytes(&self) -> Option<u64> {
        let is_known = matches!(self.device, DeviceChoice::Cpu) && self.video.is_none();
        is_known.then(memory::available_bytes)?
    }

    fn walk(
        &mut self,
        mut session: Session<'_>,
        shots: &[PlannedShot],
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        let (scene, settings) = (session.scene, session.settings);
        let orders = orders(&session, shots, &self.device, self.free_bytes(), on_event)?;
        for shot in shots {
            let ev100 = self.expose(&mut session, &shot.name)?;
            if let Some(order) = orders.get(&shot.name) {
                self.film(&mut session, shot, ev100, order, on_event)?;
                continue;
            }
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
        let Session { writer, shelf, contents, company, films, .. } = &mut session;
        let take = writer.finish(shelf, shots, &programme, contents, on_event)?;
        let receipt = shelf.place(Path::new(RECEIPT));
        let makers = self.makers(settings);
        writer.beside(&receipt, "the take's receipt", |path| {
            let master = &programme.master;
            receipt::write(scene, settings, shots, films, master, &makers, losses, contents, company, path)
        })?;
        company.seal()?;
        session.publish()?;
        Ok(take)
    }

    fn expose(&mut self, session: &mut Session<'_>, shot: &str) -> Result<f32, Error> {
        let size = session.settings.picture_size();
        shot_ev100(&mut session.stage, &mut self.tracer, shot, size, session.seed)
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
