//! Scenes to a temporal head: renders every shot twice, then lets the generator learn from the pairs.
//!
//! The pairs are ordinary raw takes with saved conditioning and different seeds, so an interrupted course keeps what is
//! rendered, and an edited scene renders what the edit touches. The course's state is saved every hundred steps.

use std::{collections::HashMap, fs, path::PathBuf};

use maquette_conditioning::{Frame, Plane, exposure_factor};
use maquette_delivery::{Image8, ToneMap, grade, load_conditioning, write_file, write_png};
use maquette_generator::{Course, Lesson, Loss};
use maquette_scene::LoadedScene;

use crate::{Error, Event, Selection, Settings, Studio, journal::hash};

/// How a head is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Folder of the course: `data/`, `state`, `loss.csv`, `validation.png` and `temporal_head.safetensors`.
    pub out: PathBuf,
    /// Size of the rendered frames.
    pub size: (usize, usize),
    /// Light samples a pixel.
    pub samples: u32,
    /// Steps in all, those of an earlier run included.
    pub steps: usize,
    /// Seed of the first of each pair; the second's is one more.
    pub seed: u64,
}

/// What a course says while it goes on.
#[derive(Clone, Debug)]
pub enum Lecture {
    /// Rendering the data of a scene.
    Rendering(String, Event),
    /// Mean losses over the last steps.
    Learnt(Loss),
}

/// A trained head.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The head, for `render --head`.
    pub head: PathBuf,
    /// The last frame of the validation shot: new light, plain accumulation, the head, and an independent render.
    pub strip: PathBuf,
    /// Loss of the head over that of plain accumulation, on the validation shot.
    pub ratio: f32,
}

/// Steps between two reports, and two saved states.
const REPORT: usize = 50;

impl Studio {
    /// Trains a temporal head on every shot of `scenes` (name and scene; at least two shots in all). The last shot of
    /// the last scene is kept for validation.
    pub fn train(
        &mut self,
        scenes: &[(String, LoadedScene)],
        training: &Training,
        on_lecture: &mut dyn FnMut(Lecture),
    ) -> Result<Trained, Error> {
        let mut sequences = Vec::new();
        for (name, scene) in scenes {
            sequences.extend(self.pairs(name, scene, training, on_lecture)?);
        }
        let Some(validation) = sequences.pop().filter(|_| !sequences.is_empty()) else {
            return Err(Error::TooFewShots);
        };
        let mut course = open(training)?;
        let mut sum: Option<Loss> = None;
        while !course.is_done() {
            let loss = course.step(&sequences)?;
            let so_far = sum.get_or_insert(Loss { step: 0, head: 0.0, plain: 0.0 });
            so_far.head += loss.head;
            so_far.plain += loss.plain;
            so_far.step += 1;
            if loss.step % REPORT == 0 || course.is_done() {
                let steps = so_far.step as f32;
                let mean = Loss { step: loss.step, head: so_far.head / steps, plain: so_far.plain / steps };
                sum = None;
                report(training, &course, mean)?;
                on_lecture(Lecture::Learnt(mean));
            }
        }
        finish(scenes, training, &course, &validation)
    }

    /// The lessons of each shot of a scene.
    fn pairs(
        &mut self,
        name: &str,
        scene: &LoadedScene,
        training: &Training,
        on_lecture: &mut dyn FnMut(Lecture),
    ) -> Result<Vec<Vec<Lesson>>, Error> {
        let folder = |seed: u64| training.out.join("data").join(format!("{name}.{seed}"));
        for seed in [training.seed, training.seed + 1] {
            let settings = Settings {
                size: Some(training.size),
                samples: Some(training.samples),
                raw: true,
                seed: Some(seed),
                movie: false,
                conditioning: true,
                ..Settings::draft(folder(seed))
            };
            let said = format!("{name} ({} of 2)", seed - training.seed + 1);
            self.shoot(scene, &Selection::default(), &settings, &mut |event| {
                on_lecture(Lecture::Rendering(said.clone(), event));
            })?;
        }
        let stage = maquette_stage::Stage::new(scene)?;
        let mut sequences = Vec::new();
        for shot in &scene.scene.shots {
            let load = |frame: u32, seed: u64| {
                load_conditioning(&folder(seed).join(&shot.name).join(format!("conditioning.{frame:04}.exr")))
            };
            let lesson = |frame| -> Result<Lesson, Error> {
                let conditioning = load(frame, training.seed)?;
                Ok(Lesson { conditioning, target: load(frame, training.seed + 1)?.light })
            };
            sequences.push(stage.frames(&shot.name)?.map(lesson).collect::<Result<_, _>>()?);
        }
        Ok(sequences)
    }
}

/// The course so far, or a new one.
fn open(training: &Training) -> Result<Course, Error> {
    match fs::read(training.out.join("state")) {
        Ok(state) => Ok(Course::resume(&state, training.steps, training.seed)?),
        Err(_) => Ok(Course::new(training.steps, training.seed)),
    }
}

fn report(training: &Training, course: &Course, mean: Loss) -> Result<(), Error> {
    let path = training.out.join("loss.csv");
    let mut table = fs::read_to_string(&path).unwrap_or_else(|_| "step,head,plain\n".to_owned());
    table.push_str(&format!("{},{},{}\n", mean.step, mean.head, mean.plain));
    write_file(&path, table.as_bytes())?;
    write_file(&training.out.join("state"), &course.state()?)?;
    Ok(())
}

fn finish(
    scenes: &[(String, LoadedScene)],
    training: &Training,
    course: &Course,
    validation: &[Lesson],
) -> Result<Trained, Error> {
    let result = course.validate(validation)?;
    let ratio = result.head / result.plain;
    let head = training.out.join("temporal_head.safetensors");
    write_file(&head, &course.head_file(recipe(scenes, training, course, ratio)?)?)?;
    let strip = training.out.join("validation.png");
    if let Some(last) = validation.last() {
        let (new, truth) = (last.conditioning.light.total(), last.target.total());
        let pictures = [&new, &result.plain_light, &result.head_light, &truth];
        write_png(&strip, &side_by_side(&pictures.map(|nits| graded(nits, last.conditioning.ev100))))?;
    }
    Ok(Trained { head, strip, ratio })
}

/// What a head was made from and how, for its file's header.
fn recipe(
    scenes: &[(String, LoadedScene)],
    training: &Training,
    course: &Course,
    ratio: f32,
) -> Result<HashMap<String, String>, Error> {
    let mut recipe = HashMap::from([
        ("program".to_owned(), concat!("maquette ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("size".to_owned(), format!("{}x{}", training.size.0, training.size.1)),
        ("samples".to_owned(), training.samples.to_string()),
        ("steps".to_owned(), course.step_count().to_string()),
        ("seed".to_owned(), training.seed.to_string()),
        ("validation loss over plain accumulation's".to_owned(), format!("{ratio:.4}")),
    ]);
    for (name, scene) in scenes {
        if let Some(file) = scene.files.first() {
            recipe.insert(format!("scene {name}"), hash(file)?);
        }
    }
    Ok(recipe)
}

fn graded(nits: &Plane<[f32; 3]>, ev100: f32) -> Image8 {
    let factor = exposure_factor(ev100);
    let color = nits.map(|pixel| pixel.map(|value| value * factor));
    grade(&Frame { number: 1001, color, ev100 }, ToneMap::Agx)
}

/// Pictures of one size in a row.
fn side_by_side(pictures: &[Image8]) -> Image8 {
    let (width, height) = pictures.first().map_or((0, 0), |first| (first.width(), first.height()));
    let mut row = Image8::new(width * pictures.len(), height);
    for (y, line) in row.data.chunks_mut((width * pictures.len()).max(1)).enumerate() {
        for (part, picture) in line.chunks_mut(width.max(1)).zip(pictures) {
            part.copy_from_slice(&picture.data[y * width..][..width]);
        }
    }
    row
}
