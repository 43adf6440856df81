//! Scenes to a temporal head: renders every shot twice, then lets the generator learn from the pairs.
//!
//! The pairs are ordinary raw takes with saved conditioning and different seeds, so an interrupted course keeps what is
//! rendered, and an edited scene renders what the edit touches. The course's state is saved every hundred steps.

use std::{collections::HashMap, fs, path::PathBuf};

use maquette_conditioning::{FIRST_FRAME, Frame, Plane};
use maquette_delivery::{Image8, ToneMap, grade, load_conditioning, write_file};
use maquette_generator::{Course, DeviceChoice, Generator, Lesson, Loss, Network, Sequence};
use maquette_scene::LoadedScene;

use crate::{
    Error, Event, Selection, Settings, Studio,
    consent::{Company, Purpose},
    journal::hash,
    writer::Writer,
};

/// How a head is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Folder of the course: `data/`, `state`, `loss.csv`, `validation.png` and `temporal_head.safetensors`.
    pub out: PathBuf,
    /// Size of the rendered frames.
    pub size: (usize, usize),
    /// Light samples a pixel of the frames to be finished.
    pub samples: u32,
    /// Light samples a pixel of the independent renders that they are compared with.
    pub target_samples: u32,
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
    /// The last frame of the validation shot: by itself, by plain accumulation, by the head, and an independent render.
    pub strip: PathBuf,
    /// Loss of the head over that of plain accumulation, on the validation shot.
    pub ratio: f32,
}

/// Steps between two reports, and two saved states.
const REPORT: usize = 50;
/// What the people of the scenes are asked for.
const PURPOSE: Purpose = Purpose { draft: false, training: true };

impl Studio {
    /// Trains a temporal head on every shot of `scenes` (name and scene; at least two shots in all). The last shot of
    /// the last scene is kept for validation. Whoever is in them is asked before, at each report and at the end whether a model
    /// may learn from them; once refused, the rendered data and the course's state are deleted.
    pub fn train(
        &mut self,
        scenes: &[(String, LoadedScene)],
        training: &Training,
        on_lecture: &mut dyn FnMut(Lecture),
    ) -> Result<Trained, Error> {
        let trained = self.learn(scenes, training, on_lecture);
        if let Err(Error::Refused(_)) = trained {
            forget(training)?;
        }
        trained
    }

    fn learn(
        &mut self,
        scenes: &[(String, LoadedScene)],
        training: &Training,
        on_lecture: &mut dyn FnMut(Lecture),
    ) -> Result<Trained, Error> {
        let companies = scenes.iter().map(|(_, scene)| company(scene)).collect::<Result<Vec<_>, _>>()?;
        let generator = Generator::new(Network::BASE, DeviceChoice::Cpu)?;
        let mut sequences = Vec::new();
        for (name, scene) in scenes {
            sequences.extend(self.pairs(&generator, name, scene, training, on_lecture)?);
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
                companies.iter().try_for_each(Company::still_holds)?;
                report(training, &course, mean)?;
                on_lecture(Lecture::Learnt(mean));
            }
        }
        companies.iter().try_for_each(Company::seal)?;
        finish(scenes, training, &course, &validation, &companies)
    }

    /// Each shot of a scene, rendered twice.
    fn pairs(
        &mut self,
        generator: &Generator,
        name: &str,
        scene: &LoadedScene,
        training: &Training,
        on_lecture: &mut dyn FnMut(Lecture),
    ) -> Result<Vec<Sequence>, Error> {
        let folder = |seed: u64| training.out.join("data").join(format!("{name}.{seed}"));
        let passes = [(training.seed, training.samples), (training.seed + 1, training.target_samples)];
        for (seed, samples) in passes {
            let settings = Settings {
                size: Some(training.size),
                samples: Some(samples),
                raw: true,
                seed: Some(seed),
                movie: false,
                conditioning: true,
                ..Settings::draft(folder(seed))
            };
            let said = format!("{name} ({} of 2)", seed - training.seed + 1);
            self.shoot_for(PURPOSE, scene, &Selection::default(), &settings, &mut |event| {
                on_lecture(Lecture::Rendering(said.clone(), event));
            })?;
        }
        let stage = maquette_stage::Stage::new(scene)?;
        let mut sequences = Vec::new();
        for shot in &scene.scene.shots {
            let load = |frame: u32, seed: u64| {
                load_conditioning(&folder(seed).join(&shot.name).join(format!("conditioning.{frame:04}.exr")))
            };
            let mut sequence = Sequence::default();
            for frame in stage.frames(&shot.name)? {
                let conditioning = load(frame, training.seed)?;
                let target = load(frame, training.seed + 1)?.light;
                sequence.push(generator, Lesson { conditioning, target })?;
            }
            sequences.push(sequence);
        }
        Ok(sequences)
    }
}

/// Everybody in any shot of a scene.
fn company(scene: &LoadedScene) -> Result<Company, Error> {
    let shots = scene.scene.shots.iter().map(|shot| shot.name.as_str()).collect();
    Company::admit(scene, &shots, PURPOSE)
}

/// Deletes what was rendered and learnt.
fn forget(training: &Training) -> Result<(), Error> {
    let gone = |path: PathBuf, result: std::io::Result<()>| match result {
        Err(source) if path.exists() => Err(Error::Io { path, source }),
        _ => Ok(()),
    };
    let (data, state) = (training.out.join("data"), training.out.join("state"));
    gone(data.clone(), fs::remove_dir_all(&data))?;
    gone(state.clone(), fs::remove_file(&state))
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
    validation: &Sequence,
    companies: &[Company],
) -> Result<Trained, Error> {
    let result = course.validate(validation)?;
    let ratio = result.head / result.plain;
    let head = training.out.join("temporal_head.safetensors");
    write_file(&head, &course.head_file(recipe(scenes, training, course, ratio)?)?)?;
    let strip = training.out.join("validation.png");
    if let (Some((_, scene)), Some(company)) = (scenes.last(), companies.last())
        && let Some(shot) = scene.scene.shots.last()
    {
        let writer = Writer::new(scene, &Settings::draft(&training.out), None, company)?;
        writer.chart(&strip, &shot.name, FIRST_FRAME, &side_by_side(&graded(&result.pictures)))?;
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
        ("target samples".to_owned(), training.target_samples.to_string()),
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

/// Pictures for the screen, all exposed so that the last one's mean is middle grey.
fn graded(pictures: &[Plane<[f32; 3]>]) -> Vec<Image8> {
    let values = pictures.last().map_or(&[][..], |last| last.data.as_flattened());
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    let factor = 0.18 / mean.max(1e-20);
    let exposed = |nits: &Plane<[f32; 3]>| nits.map(|pixel| pixel.map(|value| value * factor));
    let frame = |nits| Frame { number: FIRST_FRAME, color: exposed(nits), ev100: 0.0 };
    pictures.iter().map(|nits| grade(&frame(nits), ToneMap::Agx)).collect()
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
