//! A shot through a video model: first its set, frame by frame, then all of it as one.
//!
//! What the set gives, and the sampler's last state, stay in `.film/<shot>`: a run that was stopped goes on at the next frame
//! of the set or the next step of the sampler, another prompt begins with the set as it is, and another grading with what was
//! sampled. Of people who gave a grant nothing stays.

mod order;
mod set;

use std::{ops::ControlFlow, path::PathBuf, sync::Arc};

use maquette_conditioning::FrameNumber;
use maquette_delivery::{eight_bits, load_conditioning, write_file};
use maquette_generator::{Finished, Progress, Savepoint, VideoModel};
use maquette_metrics::AdherenceMeter;

pub(super) use self::order::{Order, orders};
use super::{Studio, frame::Clock, session::Session};
use crate::{Error, Event, Seconds, adherence, consent::home, plan::PlannedShot, writer::Contents};

/// A shot as it is filmed.
struct Film<'a> {
    shot: &'a PlannedShot,
    ev100: f32,
    order: &'a Order,
    /// The identity of each frame's set.
    set: Vec<String>,
    folder: PathBuf,
}

impl Studio {
    /// A whole shot, unless it is complete already.
    pub(super) fn film(
        &mut self,
        session: &mut Session<'_>,
        shot: &PlannedShot,
        ev100: f32,
        order: &Order,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), Error> {
        let set = self.set_identities(session, shot, ev100)?;
        let sampled = blake3::hash(format!("{} {}", set.concat(), order.identity()).as_bytes()).to_hex();
        let key = |frame| session.key(&format!("{} {sampled} {frame}", shot.name));
        let keys: Vec<String> = shot.frames.iter().map(key).collect();
        let files = files(session, shot);
        session.writer.finished_by(&shot.name, order.video());
        if session.keep_all(&keys, &files) {
            for &frame in &shot.frames {
                on_event(Event::Frame { shot: shot.name.clone(), frame, seconds: None, rays: 0 });
            }
            return session.note_film(shot, order);
        }
        let folder = session.shelf.film(&shot.name);
        let film = Film { shot, ev100, order, set, folder };
        let model = self.video_model(order, on_event)?;
        let losses = self.set(session, &film, on_event)?;
        let file = film.folder.join("sampling.safetensors");
        let savepoint = Savepoint { file, identity: sampled.to_string() };
        let delivery = direct(session, &film, &model, &savepoint, on_event)?;
        let report = adherence::report(&delivery.meter, &delivery.frames, |id| session.stage.object_name(id));
        let path = session.shelf.place(&adherence::file(&shot.name));
        session.writer.beside(
            &path,
            &format!("shot {}, how well it keeps to the set", shot.name),
            |path| Ok(write_file(path, format!("{report:#}\n").as_bytes())?),
        )?;
        let frames = keys.into_iter().zip(&files).zip(delivery.written).zip(losses);
        for (((key, files), contents), losses) in frames {
            session.journal.note(key, files, losses, &contents)?;
            session.losses.push(losses);
            session.contents.extend(contents);
        }
        session.shelf.finish_film(&shot.name)?;
        session.note_film(shot, order)
    }

    /// The model, which stays for the next shot.
    fn video_model(
        &mut self,
        order: &Order,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Arc<VideoModel>, Error> {
        let wanted = (order.kind, order.files.clone());
        match &self.video {
            Some((known, model)) if *known == wanted => return Ok(model.clone()),
            // Two models rarely fit into memory.
            _ => self.video = None,
        }
        let cache = home()?.join("cache").join("prompts");
        let model = Arc::new(VideoModel::open(order.kind, &order.files, &cache, self.device.clone())?);
        on_event(Event::Note(format!("video model: {}", model.describe())));
        self.video = Some((wanted, model.clone()));
        Ok(model)
    }
}

/// The files of each frame; the first has those of the shot.
fn files(session: &Session<'_>, shot: &PlannedShot) -> Vec<Vec<PathBuf>> {
    let of = |&frame: &u32| {
        let mut files = session.writer.frame_files(&shot.name, frame);
        files.extend(session.settings.video.overlay.then(|| adherence::overlay_file(&shot.name, frame)));
        files
    };
    let mut files: Vec<_> = shot.frames.iter().map(of).collect();
    files.iter_mut().take(1).for_each(|files| files.push(adherence::file(&shot.name)));
    files
}

/// What came out of the model.
#[derive(Default)]
struct Delivery {
    meter: AdherenceMeter,
    /// The same of each frame.
    frames: Vec<(FrameNumber, AdherenceMeter)>,
    /// The files of each frame.
    written: Vec<Contents>,
}

/// Lets the model work, writes its frames, and asks before every step whether everybody's consent still holds.
fn direct(
    session: &Session<'_>,
    film: &Film<'_>,
    model: &VideoModel,
    savepoint: &Savepoint,
    on_event: &mut dyn FnMut(Event),
) -> Result<Delivery, Error> {
    let shot = &film.shot.name;
    let (mut delivery, mut stopped) = (Delivery::default(), None);
    let rendered = model.render(film, film.ev100, &film.order.brief, savepoint, &mut |progress| {
        let on = || {
            session.company.still_holds()?;
            match progress {
                Progress::Preview(picture) => {
                    let path = film.folder.join("preview.png");
                    session.writer.chart(&path, shot, film.shot.frames[0], &eight_bits(&picture))?;
                    on_event(Event::Note(format!("preview: {}", path.display())));
                }
                Progress::Frame(finished) => {
                    on_event(deliver(session, film, &finished, &mut delivery)?);
                }
                progress => on_event(Event::Video { shot: shot.clone(), progress }),
            }
            Ok(())
        };
        match on() {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                stopped = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    match stopped {
        Some(error) => Err(error),
        None => Ok(rendered.map(|()| delivery)?),
    }
}

/// Writes a frame, and measures how well what the model made keeps to the set.
fn deliver(
    session: &Session<'_>,
    film: &Film<'_>,
    finished: &Finished,
    delivery: &mut Delivery,
) -> Result<Event, Error> {
    let (shot, number) = (&film.shot.name, finished.frame.number);
    let mut clock = Clock::start();
    let conditioning = load_conditioning(&film.conditioning(number))?;
    let found = adherence::measured(&conditioning, &film.guide(number)?, &finished.made)?;
    delivery.meter.add(&found);
    let mut alone = AdherenceMeter::default();
    alone.add(&found);
    delivery.frames.push((number, alone));
    let mut contents = session.writer.frame(session.shelf, shot, &finished.frame, &conditioning)?;
    if session.settings.video.overlay {
        let name = adherence::overlay_file(shot, number);
        let drawn = adherence::overlay(&found, &finished.made)?;
        let content = session.writer.chart(&session.shelf.place(&name), shot, number, &drawn)?;
        contents.insert(name, content);
    }
    delivery.written.push(contents);
    let seconds = Seconds { delivery: clock.lap(), ..Seconds::default() };
    Ok(Event::Frame { shot: shot.clone(), frame: number, seconds: Some(seconds), rays: 0 })
}
