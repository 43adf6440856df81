//! A take's folder: where everything goes.
//!
//! ```text
//! <out>/<shot>/beauty.1001.exr   every plane     <out>/sound.wav           the edit's sound
//! <out>/<shot>/beauty.1001.png   for the screen  <out>/movie.mp4           the edit
//! <out>/<shot>/sound.wav         the shot's      <out>/contact_sheet.png   the edit at a glance
//! <out>/<shot>/dialogue.wav …    its stems
//! ```

use std::path::{Path, PathBuf};

use maquette_conditioning::{Conditioning, Frame, FrameNumber, Stems, Take};
use maquette_delivery::{
    Image8, Movie, Sheet, grade, read_png, save_conditioning, write_channels, write_contact_sheet, write_exr,
    write_movie, write_png, write_wav,
};
use maquette_scene::LoadedScene;

use crate::{Error, Event, Settings, plan::PlannedShot, receipt::RECEIPT, sound::Programme};

/// A frame's files: name and extension.
const BEAUTY: (&str, &str) = ("beauty", "exr");
const SCREEN: (&str, &str) = ("beauty", "png");
const CONDITIONING: (&str, &str) = ("conditioning", "exr");
/// Thumbnails a contact sheet holds at most, evenly spread over the edit.
const MOST_THUMBNAILS: usize = 24;

/// Writes a take.
pub(crate) struct Writer {
    settings: Settings,
    fps: (u32, u32),
}

impl Writer {
    pub(crate) fn new(scene: &LoadedScene, settings: &Settings) -> Self {
        Self { settings: settings.clone(), fps: scene.scene.fps }
    }

    /// The files of a frame.
    pub(crate) fn frame_files(&self, shot: &str, frame: FrameNumber) -> Vec<PathBuf> {
        let passes: &[(&str, &str)] = match self.settings.conditioning {
            true => &[BEAUTY, SCREEN, CONDITIONING],
            false => &[BEAUTY, SCREEN],
        };
        passes.iter().map(|pass| self.pass(shot, frame, *pass)).collect()
    }

    fn pass(&self, shot: &str, frame: FrameNumber, (pass, extension): (&str, &str)) -> PathBuf {
        self.settings.out.join(shot).join(format!("{pass}.{frame:04}.{extension}"))
    }

    pub(crate) fn frame(&self, shot: &str, frame: &Frame, conditioning: &Conditioning) -> Result<(), Error> {
        write_exr(&self.pass(shot, frame.number, BEAUTY), frame, Some(conditioning))?;
        write_png(&self.pass(shot, frame.number, SCREEN), &grade(frame, self.settings.tone_map))?;
        if self.settings.conditioning {
            save_conditioning(&self.pass(shot, frame.number, CONDITIONING), conditioning)?;
        }
        Ok(())
    }

    /// Sound, movie and contact sheet, once every frame is there.
    pub(crate) fn finish(
        &self,
        shots: &[PlannedShot],
        programme: &Programme,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        let folder = &self.settings.out;
        let pictures: Vec<PathBuf> = shots
            .iter()
            .flat_map(|shot| shot.frames.iter().map(|&frame| self.pass(&shot.name, frame, SCREEN)))
            .collect();
        let sound = write_sound(folder, programme, self.settings.sound.stems)?;
        let movie = self.movie(shots, &pictures, programme, on_event)?;
        let contact_sheet = folder.join("contact_sheet.png");
        write_contact_sheet(&contact_sheet, &thumbnails(&pictures)?, Sheet::default())?;
        Ok(Take {
            folder: folder.clone(),
            pictures,
            sound,
            movie,
            contact_sheet,
            receipt: folder.join(RECEIPT),
        })
    }

    fn movie(
        &self,
        shots: &[PlannedShot],
        pictures: &[PathBuf],
        programme: &Programme,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Option<PathBuf>, Error> {
        if !self.settings.movie {
            return Ok(None);
        }
        if !shots.iter().all(PlannedShot::is_gapless) {
            on_event(Event::Note("no movie: the range leaves frames out".to_owned()));
            return Ok(None);
        }
        let path = self.settings.out.join("movie.mp4");
        // Movies have two channels.
        let sound = self.settings.out.join("movie.wav");
        write_wav(&sound, &programme.sequence.stereo())?;
        let pictures = pictures.iter().map(|p| read_png(p));
        let written = write_movie(&path, pictures, &Movie { fps: self.fps, audio: Some(&sound) });
        let _ = std::fs::remove_file(&sound);
        written?;
        Ok(Some(path))
    }
}

/// Writes every shot's sound, and its stems if asked for, and the edit's; returns the path of the last.
pub(crate) fn write_sound(folder: &Path, programme: &Programme, stems: bool) -> Result<PathBuf, Error> {
    for (shot, heard) in &programme.shots {
        let write = |name: &str, channels| write_channels(&folder.join(shot).join(name), channels);
        write("sound.wav", &heard.whole)?;
        if stems {
            let Stems { dialogue, effects, ambience, music } = &heard.stems;
            write("dialogue.wav", dialogue)?;
            write("effects.wav", effects)?;
            write("ambience.wav", ambience)?;
            write("music.wav", music)?;
        }
    }
    let sound = folder.join("sound.wav");
    write_channels(&sound, &programme.sequence)?;
    Ok(sound)
}

fn thumbnails(pictures: &[PathBuf]) -> Result<Vec<Image8>, Error> {
    let count = pictures.len().min(MOST_THUMBNAILS);
    let picked = (0..count).map(|i| &pictures[i * pictures.len() / count]);
    Ok(picked.map(|path| read_png(path)).collect::<Result<_, _>>()?)
}
