//! A take's folder: where everything goes.
//!
//! ```text
//! <out>/<shot>/beauty.1001.exr   every plane     <out>/sound.wav           the edit's sound
//! <out>/<shot>/beauty.1001.png   for the screen  <out>/movie.mp4           the edit
//! <out>/<shot>/sound.wav         the shot's      <out>/contact_sheet.png   the edit at a glance
//! <out>/<shot>/dialogue.wav …    its stems
//! ```

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use maquette_conditioning::{Channels, Conditioning, FIRST_FRAME, Frame, FrameNumber, Layout, Take};
use maquette_delivery::{
    Image8, Movie, Seal, Sheet, contact_sheet, grade, label, read_png, save_conditioning, write_channels,
    write_exr, write_movie, write_mp3, write_png,
};
use maquette_provenance::{
    credential::{Frames, Medium, Statement, sidecar_of},
    mark::video::Position,
};
use maquette_scene::LoadedScene;

use crate::{
    Certificate, Error, Event, Settings, SoundSettings,
    consent::{Company, home},
    plan::PlannedShot,
    receipt::RECEIPT,
    shelf::Shelf,
    sound::{Programme, parts},
    statement::{Statements, Video},
};

/// A frame's files: name and extension.
const BEAUTY: (&str, &str) = ("beauty", "exr");
const SCREEN: (&str, &str) = ("beauty", "png");
const CONDITIONING: (&str, &str) = ("conditioning", "exr");
/// Thumbnails a contact sheet holds at most, evenly spread over the edit.
const MOST_THUMBNAILS: usize = 24;

/// Hashes of files as they were before they were signed, by path in the take.
pub(crate) type Contents = BTreeMap<PathBuf, String>;

/// Writes a take: every file marked and signed.
pub(crate) struct Writer {
    settings: Settings,
    fps: (u32, u32),
    seal: Seal,
    statements: Statements,
}

impl Writer {
    /// For a take of `scene`; `generator` is what finishes its frames, in words, none for radiance as traced.
    pub(crate) fn new(
        scene: &LoadedScene,
        settings: &Settings,
        generator: Option<String>,
        company: &Company,
    ) -> Result<Self, Error> {
        let statements = Statements::new(scene, settings, generator, company)?;
        let production = scene.scene.project.as_ref().unwrap_or(&scene.scene.title);
        let seal = Seal::of_home(&home()?, production, settings.certificate.as_ref())?;
        Ok(Self { settings: settings.clone(), fps: scene.scene.fps, seal, statements })
    }

    /// For sound alone.
    pub(crate) fn of_sound(
        scene: &LoadedScene,
        sound: &SoundSettings,
        certificate: Option<&Certificate>,
        out: &Path,
        company: &Company,
    ) -> Result<Self, Error> {
        let (sound, certificate) = (sound.clone(), certificate.cloned());
        Self::new(scene, &Settings { sound, certificate, ..Settings::draft(out) }, None, company)
    }

    /// The files of a frame in the take, sidecars included.
    pub(crate) fn frame_files(&self, shot: &str, frame: FrameNumber) -> Vec<PathBuf> {
        let beauty = pass(shot, frame, BEAUTY);
        let mut files = vec![sidecar_of(&beauty), beauty, pass(shot, frame, SCREEN)];
        if self.settings.conditioning {
            let conditioning = pass(shot, frame, CONDITIONING);
            files.extend([sidecar_of(&conditioning), conditioning]);
        }
        files
    }

    /// From now on says what finishes a shot.
    pub(crate) fn finished_by(&mut self, shot: &str, video: Video) {
        self.statements.finished_by(shot, video);
    }

    pub(crate) fn frame(
        &self,
        shelf: &Shelf,
        shot: &str,
        frame: &Frame,
        conditioning: &Conditioning,
    ) -> Result<Contents, Error> {
        let number = frame.number;
        let statement = self.statements.frame(shot, number);
        let mut contents = Contents::new();
        let mut deliver = |name: PathBuf, is_marked: bool, write: &dyn Fn(&Path) -> Result<(), Error>| {
            let statement = self.with_mark(statement.clone(), Medium::Picture, is_marked);
            let content = self.seal.deliver(&shelf.place(&name), &statement, write)?;
            contents.insert(name, content);
            Ok::<_, Error>(())
        };
        let position = if number == FIRST_FRAME { Position::Opening } else { Position::Within };
        let light = self.seal.frame(frame, position);
        let mut planes = conditioning.clone();
        Seal::light(&mut planes.light, frame, &light);
        let write = |path: &Path| Ok(write_exr(path, &light, Some(&planes))?);
        deliver(pass(shot, number, BEAUTY), light != *frame, &write)?;
        let mut graded = grade(frame, self.settings.tone_map);
        if self.settings.label {
            label(&mut graded, number);
        }
        let screen = self.seal.image(&graded, position);
        deliver(pass(shot, number, SCREEN), screen != graded, &|path| Ok(write_png(path, &screen)?))?;
        if self.settings.conditioning {
            let name = pass(shot, number, CONDITIONING);
            let write = |path: &Path| Ok::<_, Error>(save_conditioning(path, conditioning)?);
            let content =
                self.seal.deliver(&shelf.place(&name), &self.statements.set(shot, number), write)?;
            contents.insert(name, content);
        }
        Ok(contents)
    }

    /// Writes, marks and signs a picture about a frame. Returns the hash of what is in it.
    pub(crate) fn chart(
        &self,
        path: &Path,
        shot: &str,
        frame: FrameNumber,
        image: &Image8,
    ) -> Result<String, Error> {
        self.marked(path, self.statements.frame(shot, frame), image)
    }

    /// Writes, marks and signs a picture of a sound.
    pub(crate) fn drawing(&self, path: &Path, what: &str, image: &Image8) -> Result<(), Error> {
        self.marked(path, self.statements.sound(what), image).map(drop)
    }

    fn marked(&self, path: &Path, statement: Statement, image: &Image8) -> Result<String, Error> {
        let marked = self.seal.image(image, Position::Within);
        let statement = self.with_mark(statement, Medium::Picture, marked != *image);
        self.seal.deliver(path, &statement, |path| Ok::<_, Error>(write_png(path, &marked)?))
    }

    /// Sound, movie and contact sheet, once every frame is there. `contents` has the frames' and gains those.
    pub(crate) fn finish(
        &self,
        shelf: &Shelf,
        shots: &[PlannedShot],
        programme: &Programme,
        contents: &mut Contents,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Take, Error> {
        let names: Vec<PathBuf> = shots
            .iter()
            .flat_map(|shot| shot.frames.iter().map(|&frame| pass(&shot.name, frame, SCREEN)))
            .collect();
        let pictures: Vec<PathBuf> = names.iter().map(|name| shelf.find(name)).collect();
        let frames = Frames::of_files(&pictures)?;
        let edit = |what: &str, is_marked: bool| {
            self.with_mark(self.statements.edit(what, frames.clone()), Medium::Picture, is_marked)
        };
        let (width, height) = self.settings.picture_size();
        contents.extend(self.sounds(shelf, programme)?);
        let movie = self.movie(
            shelf,
            shots,
            &pictures,
            programme,
            edit("edit", Seal::fits(width, height)),
            on_event,
        )?;
        let sheet = PathBuf::from("contact_sheet.png");
        let plain = contact_sheet(&thumbnails(&pictures)?, Sheet::default());
        let content = self.marked(&shelf.place(&sheet), edit("contact sheet", false), &plain)?;
        contents.insert(sheet.clone(), content);
        contents.extend(movie.clone());
        let out = |name: &Path| self.settings.out.join(name);
        Ok(Take {
            folder: self.settings.out.clone(),
            pictures: names.iter().map(|name| out(name)).collect(),
            sound: out(Path::new("sound.wav")),
            movie: movie.map(|(name, _)| out(&name)),
            contact_sheet: out(&sheet),
            receipt: out(Path::new(RECEIPT)),
        })
    }

    fn movie(
        &self,
        shelf: &Shelf,
        shots: &[PlannedShot],
        pictures: &[PathBuf],
        programme: &Programme,
        statement: Statement,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Option<(PathBuf, String)>, Error> {
        if !self.settings.movie {
            return Ok(None);
        }
        if !shots.iter().all(PlannedShot::is_gapless) {
            on_event(Event::Note("no movie: the range leaves frames out".to_owned()));
            return Ok(None);
        }
        let name = PathBuf::from("movie.mp4");
        // Movies have two channels.
        let sound = shelf.place(Path::new("movie.wav"));
        let (statement, mix) = self.mixed(statement, &two_channels(&programme.sequence));
        write_channels(&sound, &mix)?;
        let written = self.seal.deliver(&shelf.place(&name), &statement, |path| {
            let pictures = pictures.iter().map(|picture| read_png(picture));
            write_movie(path, pictures, &Movie { fps: self.fps, audio: Some(&sound) })?;
            Ok::<_, Error>(())
        });
        let _ = std::fs::remove_file(&sound);
        Ok(Some((name, written?)))
    }

    /// Writes every shot's sound, and its stems if asked for, and the edit's. A stem is not marked: there is too little in a bare
    /// voice to hide a mark in, and the mix of all stems is what leaves the house.
    pub(crate) fn sounds(&self, shelf: &Shelf, programme: &Programme) -> Result<Contents, Error> {
        let mut contents = Contents::new();
        let mut deliver = |name: PathBuf, statement: &Statement, channels: &Channels| {
            let content = self.seal.deliver(&shelf.place(&name), statement, |path| {
                write_channels(path, channels)?;
                Ok::<_, Error>(())
            })?;
            contents.insert(name, content);
            Ok::<_, Error>(())
        };
        for (shot, heard) in &programme.shots {
            let folder = PathBuf::from(shot);
            let of_shot = |what: &str| self.statements.sound(&format!("shot {shot}, {what}"));
            let (statement, mix) = self.mixed(of_shot("sound"), &heard.whole);
            deliver(folder.join("sound.wav"), &statement, &mix)?;
            for (stem, channels) in parts(&heard.stems).into_iter().filter(|_| self.settings.sound.stems) {
                deliver(folder.join(format!("{stem}.wav")), &of_shot(stem), channels)?;
            }
        }
        let (statement, mix) = self.mixed(self.statements.sound("sound of the edit"), &programme.sequence);
        deliver(PathBuf::from("sound.wav"), &statement, &mix)?;
        if self.settings.sound.mp3 {
            let name = PathBuf::from("sound.mp3");
            let wav = shelf.place(Path::new("sound.wav"));
            let content = self
                .seal
                .deliver(&shelf.place(&name), &statement, |path| Ok::<_, Error>(write_mp3(path, &wav)?))?;
            contents.insert(name, content);
        }
        Ok(contents)
    }

    /// Writes and signs what is told of pictures and sounds beside them: a drawing, a response, figures, the receipt.
    pub(crate) fn beside(
        &self,
        path: &Path,
        what: &str,
        write: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.seal.deliver(path, &self.statements.sound(what), write).map(drop)
    }

    /// A mix with its mark, and a statement that tells.
    fn mixed(&self, statement: Statement, mix: &Channels) -> (Statement, Channels) {
        let marked = self.seal.mix(mix);
        (self.with_mark(statement, Medium::Sound, marked != *mix), marked)
    }

    fn with_mark(&self, mut statement: Statement, medium: Medium, is_marked: bool) -> Statement {
        statement.marks.extend(is_marked.then(|| self.seal.note(medium)));
        statement
    }
}

/// Any layout as a movie has it.
fn two_channels(programme: &Channels) -> Channels {
    let mix = programme.stereo();
    let side = |side: usize| mix.samples.iter().map(|sample| sample[side]).collect();
    Channels { layout: Layout::Stereo, channels: vec![side(0), side(1)] }
}

fn pass(shot: &str, frame: FrameNumber, (pass, extension): (&str, &str)) -> PathBuf {
    Path::new(shot).join(format!("{pass}.{frame:04}.{extension}"))
}

fn thumbnails(pictures: &[PathBuf]) -> Result<Vec<Image8>, Error> {
    let count = pictures.len().min(MOST_THUMBNAILS);
    let picked = (0..count).map(|i| &pictures[i * pictures.len() / count]);
    Ok(picked.map(|path| read_png(path)).collect::<Result<_, _>>()?)
}
