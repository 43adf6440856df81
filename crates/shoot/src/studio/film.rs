//! A shot through a video model: first its set, frame by frame, then all of it as one.
//!
//! What the set gives stays in `.film/<shot>`: a run that was stopped goes on at the next frame of the set or the next step
//! of the sampler, and another prompt begins with the set as it is.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use maquette_conditioning::{Frame, FrameNumber, Plane};
use maquette_delivery::{
    eight_bits, load_conditioning, read_reference, save_conditioning, write_file, write_png,
};
use maquette_generator::{
    Brief, GuideFrame, ModelFiles, Progress, Sampling, Savepoint, VideoKind, VideoModel,
};
use maquette_metrics::AdherenceMeter;
use maquette_models::Installed;
use maquette_scene::document::{Look, Lora};

use super::{
    Studio,
    frame::Clock,
    session::{Session, Wanted},
};
use crate::{
    Error, Event, Seconds, adherence, consent::home, losses::Losses, past::Past, plan::PlannedShot,
    statement::Video, weights, writer::Contents,
};

/// Where what the set gives is kept, by shot.
const FOLDER: &str = ".film";

/// A shot as it is filmed.
struct Film<'a> {
    shot: &'a PlannedShot,
    ev100: f32,
    brief: Brief,
    /// The identity of each frame's set.
    set: Vec<String>,
    /// The identity of each finished frame.
    finished: Vec<String>,
    folder: PathBuf,
}

impl Film<'_> {
    /// What leads the model at a frame.
    fn guide(&self, frame: FrameNumber) -> PathBuf {
        self.folder.join(format!("{frame:04}.guide"))
    }

    /// Every plane of the frame's set.
    fn conditioning(&self, frame: FrameNumber) -> PathBuf {
        self.folder.join(format!("{frame:04}.exr"))
    }

    /// The guide of a frame that an earlier run left.
    fn kept(&self, frame: FrameNumber, identity: &str) -> Option<GuideFrame> {
        let bytes = fs::read(self.guide(frame)).ok()?;
        GuideFrame::from_bytes(bytes.strip_prefix(identity.as_bytes())?).ok()
    }
}

impl Studio {
    /// A whole shot, unless it is complete already.
    pub(super) fn film(
        &mut self,
        session: &mut Session<'_>,
        shot: &PlannedShot,
        ev100: f32,
        kind: VideoKind,
        look: &Look,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), Error> {
        if !shot.is_gapless() {
            return Err(Error::Gaps(shot.name.clone()));
        }
        let model = model_files(session, kind, look)?;
        let brief = brief(session, look)?;
        let set = self.set_identities(session, shot, ev100)?;
        let whole = format!("{} {} {}", set.concat(), model.identity()?, brief.identity());
        let of = |frame| blake3::hash(format!("{whole} {frame}").as_bytes()).to_hex().to_string();
        let finished: Vec<String> = shot.frames.iter().map(of).collect();
        session.writer.finished_by(&shot.name, maker(kind, &model, look)?);
        let mut files: Vec<_> =
            shot.frames.iter().map(|&frame| session.writer.frame_files(&shot.name, frame)).collect();
        files.iter_mut().take(1).for_each(|files| files.push(adherence::file(&shot.name)));
        if session.keep_all(&finished, &files) {
            session.note_film(shot, &brief)?;
            for &frame in &shot.frames {
                on_event(Event::Frame { shot: shot.name.clone(), frame, seconds: None, rays: 0 });
            }
            return Ok(());
        }
        let folder = session.shelf.place(Path::new(FOLDER)).join(&shot.name);
        let film = Film { shot, ev100, brief, set, finished, folder };
        let model = self.video_model(kind, model, on_event)?;
        let guides = self.guides(session, &film, on_event)?;
        let file = film.folder.join("sampling.safetensors");
        let savepoint = Savepoint { file, identity: film.finished.concat() };
        let frames = model.render(&guides, ev100, &film.brief, &savepoint, &mut |progress| {
            if let Progress::Preview(picture) = &progress {
                on_event(preview(&film.folder.join("preview.png"), picture));
            }
            on_event(Event::Video { shot: shot.name.clone(), progress });
        })?;
        let mut meter = AdherenceMeter::default();
        let mut written = Vec::with_capacity(frames.len());
        for (guide, frame) in guides.iter().zip(&frames) {
            written.push(deliver(session, &film, guide, frame, &mut meter, on_event)?);
        }
        let report = adherence::report(&meter, session.stage.object_names());
        write_file(&session.shelf.place(&adherence::file(&shot.name)), format!("{report:#}\n").as_bytes())?;
        for ((key, files), contents) in film.finished.iter().zip(&files).zip(written) {
            session.journal.note(key.clone(), files, Losses::default(), &contents)?;
            session.contents.extend(contents);
        }
        savepoint.forget();
        session.note_film(shot, &film.brief)
    }

    /// The model, which stays for the next shot.
    fn video_model(
        &mut self,
        kind: VideoKind,
        files: ModelFiles,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Arc<VideoModel>, Error> {
        match &self.video {
            Some((known, model)) if *known == (kind, files.clone()) => return Ok(model.clone()),
            // Two models rarely fit into memory.
            _ => self.video = None,
        }
        let cache = home()?.join("cache").join("prompts");
        let model = Arc::new(VideoModel::open(kind, &files, &cache, self.device.clone())?);
        on_event(Event::Note(format!("video model: {}", model.describe())));
        self.video = Some(((kind, files), model.clone()));
        Ok(model)
    }

    /// What each frame's set depends on.
    fn set_identities(
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

    /// What leads the model at every frame.
    fn guides(
        &mut self,
        session: &mut Session<'_>,
        film: &Film<'_>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Vec<GuideFrame>, Error> {
        let mut past = Past::new(session.settings.limits_fireflies());
        let mut guides = Vec::with_capacity(film.shot.frames.len());
        for (&frame, identity) in film.shot.frames.iter().zip(&film.set) {
            guides.push(match film.kept(frame, identity) {
                Some(guide) => guide,
                None => self.guide(session, film, &mut past, (frame, identity), on_event)?,
            });
        }
        Ok(guides)
    }

    /// What leads the model at a frame; kept for later runs.
    fn guide(
        &mut self,
        session: &mut Session<'_>,
        film: &Film<'_>,
        past: &mut Past,
        (frame, identity): (FrameNumber, &str),
        on_event: &mut dyn FnMut(Event),
    ) -> Result<GuideFrame, Error> {
        let wanted = Wanted { shot: &film.shot.name, frame, ev100: film.ev100 };
        let mut clock = Clock::start();
        session.company.still_holds()?;
        let moment = session.moment(wanted, on_event)?;
        let mut seconds = Seconds { stage: clock.lap(), ..Seconds::default() };
        let mut rays = self.warm_up(session, past, wanted, on_event)?;
        let (conditioning, traced, _) = self.condition(&moment, film.ev100, session)?;
        rays += traced;
        seconds.tracer = clock.lap();
        let finished = self.finish(&conditioning, session.settings, past)?;
        seconds.generator = clock.lap();
        save_conditioning(&film.conditioning(frame), &conditioning)?;
        let guide = GuideFrame::new(&conditioning, &finished)?;
        // Written last: where it is, the rest is.
        write_file(&film.guide(frame), &[identity.as_bytes(), &guide.to_bytes()].concat())?;
        seconds.delivery = clock.lap();
        on_event(Event::Set { shot: film.shot.name.clone(), frame, seconds, rays });
        Ok(guide)
    }
}

/// Where the model lies: the one asked for, or the kind's own.
fn model_files(session: &Session<'_>, kind: VideoKind, look: &Look) -> Result<ModelFiles, Error> {
    let own = match kind {
        VideoKind::Vace => "wan-vace-1.3b",
        VideoKind::GBuffer => "wan-gbuffer",
    };
    let name = session.settings.video.model.as_deref().unwrap_or(own);
    let Installed { transformer, vae, text_encoder, tokenizer } = Installed::find(&home()?, name)?;
    let lora = |lora: &Lora| (session.scene.resolve(&lora.file), lora.strength);
    Ok(ModelFiles { transformer, vae, text_encoder, tokenizer, loras: look.loras.iter().map(lora).collect() })
}

/// What the model is told, beside the set.
fn brief(session: &Session<'_>, look: &Look) -> Result<Brief, Error> {
    let names = session.stage.object_names();
    let stays = |name: &str| {
        // Copies of a piece are numbered.
        let piece = name.rsplit_once('.').map_or(name, |(piece, _)| piece);
        look.keep.iter().any(|kept| kept == name || kept == piece) || session.cast.has(name)
    };
    let keep = (1..).zip(names.iter()).filter(|(_, name)| stays(name)).map(|(id, _)| id);
    let picture = |file: &String| read_reference(&session.scene.resolve(file));
    let anchor = |file: &Option<String>| file.as_ref().map(picture).transpose();
    Ok(Brief {
        prompt: look.prompt.clone(),
        avoid: look.avoid.clone().unwrap_or_else(|| Brief::USUAL_FAULTS.to_owned()),
        references: look.references.iter().map(picture).collect::<Result<_, _>>()?,
        anchors: [anchor(&look.first_frame)?, anchor(&look.last_frame)?],
        keep: keep.collect(),
        depth: look.adherence * look.depth,
        edges: look.adherence * look.edges,
        start: look.start,
        light: look.light,
        colors: look.colors,
        sampling: Sampling { seed: session.seed, ..session.settings.video.sampling.clone() },
    })
}

/// Writes what a shot is going to look like; says if that fails.
fn preview(path: &Path, picture: &Plane<[f32; 3]>) -> Event {
    Event::Note(match write_png(path, &eight_bits(picture)) {
        Ok(()) => format!("preview: {}", path.display()),
        Err(error) => format!("no preview: {error}"),
    })
}

/// What credentials say of the model.
fn maker(kind: VideoKind, files: &ModelFiles, look: &Look) -> Result<Video, Error> {
    let model = match kind {
        VideoKind::Vace => "Wan 2.1 VACE in burn 0.21",
        VideoKind::GBuffer => "Wan 2.1 with G-buffer input in burn 0.21",
    };
    Ok(Video { model: model.to_owned(), weights: weights::hashes(files)?, prompt: look.prompt.clone() })
}

/// Writes a frame, and measures how well it keeps to the set.
fn deliver(
    session: &Session<'_>,
    film: &Film<'_>,
    guide: &GuideFrame,
    frame: &Frame,
    meter: &mut AdherenceMeter,
    on_event: &mut dyn FnMut(Event),
) -> Result<Contents, Error> {
    let shot = &film.shot.name;
    let mut clock = Clock::start();
    let conditioning = load_conditioning(&film.conditioning(frame.number))?;
    let found = adherence::measured(&conditioning, guide, frame)?;
    meter.add(&found);
    let contents = session.writer.frame(session.shelf, shot, frame, &conditioning)?;
    if session.settings.video.overlay {
        let path = session.shelf.place(&adherence::overlay_file(shot, frame.number));
        session.writer.chart(&path, shot, frame.number, &adherence::overlay(&found, frame)?)?;
    }
    let seconds = Seconds { delivery: clock.lap(), ..Seconds::default() };
    on_event(Event::Frame { shot: shot.clone(), frame: frame.number, seconds: Some(seconds), rays: 0 });
    Ok(contents)
}
