//! A course of training: sequences in, a head out; can be interrupted and resumed.
//!
//! A few streams play sequences in order, each with a last picture of its own that the head under training finished,
//! so that it learns on the pasts it will meet. Every step learns from one random part of each stream's frame.

use std::{collections::HashMap, sync::Arc};

use burn::{
    module::Module,
    optim::Optimizer,
    record::{FullPrecisionSettings, NamedMpkBytesRecorder, Recorder},
};
use maquette_conditioning::{Conditioning, Light, Plane};

use super::{Differentiable, Example, Model, Trainer, device, random::Random};
use crate::{
    Error, Generator,
    pool::Pool,
    temporal::{Head, History, Seen, Shown, Views, finished},
};

/// One frame to learn from.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// What the head will see.
    pub conditioning: Conditioning,
    /// The same frame's light, traced with other random numbers.
    pub target: Light,
}

/// A shot to learn from.
pub struct Sequence {
    exercises: Vec<Exercise>,
    /// What the generator remembers after the last of them.
    history: History,
}

/// One frame of it: all that does not depend on the head.
struct Exercise {
    views: Views,
    seen: Seen,
    /// The right answer, nits.
    target: Plane<[f32; 3]>,
}

impl Default for Sequence {
    fn default() -> Self {
        Self { exercises: Vec::new(), history: History::new(true) }
    }
}

impl Sequence {
    /// Prepares the shot's next frame as `generator` will see it.
    pub fn push(&mut self, generator: &Generator, lesson: Lesson) -> Result<(), Error> {
        let Lesson { conditioning, target } = lesson;
        let gbuffer = &conditioning.gbuffer;
        let views = generator.views(&conditioning, &mut self.history)?;
        self.history.forget(&views.doubt);
        let target = generator.denoise(&target.total(), &gbuffer.albedo_mean, &gbuffer.normal_mean)?;
        self.exercises.push(Exercise { views, seen: Seen::new(gbuffer), target });
        Ok(())
    }

    /// A frame, what was shown before it, and the example that the two make.
    pub(crate) fn example(&self, frame: usize, shown: Option<&Shown>) -> (Shown, Example) {
        let Exercise { views, seen, target } = &self.exercises[frame];
        let size = (target.width(), target.height());
        let past = frame.checked_sub(1).and_then(|last| Some((shown?, &self.exercises[last])));
        let (shown, past_target) = match past {
            Some((shown, last)) => {
                let (picture, lamps) = (last.target.clone(), last.views.lamps.clone());
                let answer = Shown { picture, lamps, age: shown.age.clone() };
                (shown.warped(&last.seen, seen), answer.warped(&last.seen, seen).picture)
            }
            None => (Shown::nothing(size), Plane::new(size.0, size.1)),
        };
        let example = Example::new(views, &shown, target, &past_target);
        (shown, example)
    }
}

/// What one step learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Steps so far.
    pub step: usize,
    /// Of the head: mean squared error against noisy light, so it does not go to zero.
    pub head: f32,
    /// Of plain accumulation on the same frames.
    pub plain: f32,
}

/// A head in training.
pub struct Course {
    trainer: Trainer,
    streams: Vec<Stream>,
    random: Random,
    step: usize,
    steps: usize,
}

#[derive(Default)]
struct Stream {
    sequence: usize,
    frame: usize,
    shown: Option<Shown>,
}

/// Sequences played at a time.
const STREAMS: usize = 6;
/// Side of the part of a frame a step learns from; a smaller frame counts whole.
const CROP: usize = 64;
/// Learning rate at the start; it falls linearly to a fiftieth.
const RATE: f64 = 2e-3;
const LAST_RATE: f64 = RATE / 50.0;
/// A stream jumps elsewhere about once in this many frames, so that short memories are learnt, too.
const JUMP: usize = 40;

type Recorded = NamedMpkBytesRecorder<FullPrecisionSettings>;

impl Course {
    /// A new head, to be trained for `steps` steps.
    pub fn new(steps: usize, seed: u64) -> Self {
        Self::with_trainer(Trainer::new(Model::new(&device(), seed)), 0, steps, seed)
    }

    fn with_trainer(trainer: Trainer, step: usize, steps: usize, seed: u64) -> Self {
        let streams = (0..STREAMS).map(|_| Stream { frame: usize::MAX, ..Stream::default() }).collect();
        Self { trainer, streams, random: Random::new(seed ^ step as u64), step, steps }
    }

    /// Steps done.
    pub fn step_count(&self) -> usize {
        self.step
    }

    /// Whether all steps are done.
    pub fn is_done(&self) -> bool {
        self.step >= self.steps
    }

    /// One step. `sequences` are the shots to learn from, at least one, none empty.
    pub fn step(&mut self, sequences: &[Sequence]) -> Result<Loss, Error> {
        let head = self.head();
        let mut batch = Vec::with_capacity(STREAMS);
        for stream in &mut self.streams {
            stream.move_on(sequences, &mut self.random);
            let sequence = &sequences[stream.sequence];
            let (shown, example) = sequence.example(stream.frame, stream.shown.as_ref());
            stream.shown = Some(finished(&sequence.exercises[stream.frame].views, &shown, Some(&head))?);
            batch.push(example.random_part(CROP, &mut self.random));
        }
        let plain = self.trainer.plain_loss(&batch);
        let head = self.trainer.step(&batch, self.rate());
        self.step += 1;
        Ok(Loss { step: self.step, head, plain })
    }

    #[cfg(test)]
    pub(crate) fn model(&self) -> &Model<Differentiable> {
        &self.trainer.model
    }

    fn rate(&self) -> f64 {
        (RATE * (1.0 - self.step as f64 / self.steps.max(1) as f64)).max(LAST_RATE)
    }

    fn head(&self) -> Head {
        Head::new(&self.trainer.model.weights(), Arc::new(Pool::new(0)))
    }

    /// Mean loss of the head and of plain accumulation over a whole sequence, each on its own past, without learning from
    /// it; and the last frame by each.
    pub fn validate(&self, sequence: &Sequence) -> Result<Validation, Error> {
        let head = self.head();
        let mut validation = Validation::default();
        let [mut by_head, mut by_plain] = [None, None];
        for (frame, Exercise { views, .. }) in sequence.exercises.iter().enumerate() {
            let (shown, example) = sequence.example(frame, by_head.as_ref());
            validation.head += self.trainer.judge(&[example]) / sequence.exercises.len() as f32;
            by_head = Some(finished(views, &shown, Some(&head))?);
            let (shown, example) = sequence.example(frame, by_plain.as_ref());
            validation.plain += self.trainer.plain_loss(&[example]) / sequence.exercises.len() as f32;
            by_plain = Some(finished(views, &shown, None)?);
        }
        if let (Some(head), Some(plain), Some(last)) = (by_head, by_plain, sequence.exercises.last()) {
            validation.pictures =
                [last.views.alone.clone(), plain.picture, head.picture, last.target.clone()];
        }
        Ok(validation)
    }

    /// The head so far, as a file for [`Generator::with_head`](crate::Generator::with_head); `recipe` goes into its header.
    pub fn head_file(&self, recipe: HashMap<String, String>) -> Result<Vec<u8>, Error> {
        self.trainer.model.weights().to_safetensors(recipe)
    }

    /// All that [`resume`](Self::resume) needs.
    pub fn state(&self) -> Result<Vec<u8>, Error> {
        let record = (self.trainer.model.clone().into_record(), self.trainer.optimizer.to_record());
        let failed = |error: burn::record::RecorderError| unfit(error.to_string());
        let model = Recorder::<Differentiable>::record(&Recorded::default(), record.0, ()).map_err(failed)?;
        let optimizer =
            Recorder::<Differentiable>::record(&Recorded::default(), record.1, ()).map_err(failed)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.step as u64).to_le_bytes());
        bytes.extend((model.len() as u64).to_le_bytes());
        bytes.extend(model);
        bytes.extend(optimizer);
        Ok(bytes)
    }

    /// Goes on where [`state`](Self::state) was taken.
    pub fn resume(state: &[u8], steps: usize, seed: u64) -> Result<Self, Error> {
        let (step, model, optimizer) =
            split(state).ok_or_else(|| unfit("it is cut short or something else".to_owned()))?;
        let failed = |error: burn::record::RecorderError| unfit(error.to_string());
        let mut trainer = Trainer::new(Model::new(&device(), seed));
        let record = Recorder::<Differentiable>::load(&Recorded::default(), model.to_vec(), &device())
            .map_err(failed)?;
        trainer.model = trainer.model.load_record(record);
        let record = Recorder::<Differentiable>::load(&Recorded::default(), optimizer.to_vec(), &device())
            .map_err(failed)?;
        trainer.optimizer = trainer.optimizer.load_record(record);
        Ok(Self::with_trainer(trainer, step, steps, seed))
    }
}

/// How a head does on frames it did not learn from.
#[derive(Clone, Debug)]
pub struct Validation {
    /// Mean loss of the head.
    pub head: f32,
    /// Mean loss of plain accumulation.
    pub plain: f32,
    /// The last frame, nits: cleaned by itself, by plain accumulation, by the head, and the independent render cleaned.
    pub pictures: [Plane<[f32; 3]>; 4],
}

impl Default for Validation {
    fn default() -> Self {
        Self { head: 0.0, plain: 0.0, pictures: std::array::from_fn(|_| Plane::new(0, 0)) }
    }
}

impl Stream {
    /// To the next frame of the sequence, or the start of another.
    fn move_on(&mut self, sequences: &[Sequence], random: &mut Random) {
        self.frame = self.frame.saturating_add(1);
        if self.frame >= sequences[self.sequence].exercises.len() || random.below(JUMP) == 0 {
            let sequence = random.below(sequences.len());
            let frame = random.below(sequences[sequence].exercises.len().div_ceil(2));
            *self = Self { sequence, frame, shown: None };
        }
    }
}

const MAGIC: &[u8; 8] = b"mqcourse";

/// Step, model and optimizer of a state.
fn split(state: &[u8]) -> Option<(usize, &[u8], &[u8])> {
    let rest = state.strip_prefix(MAGIC)?;
    let (step, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let (model, optimizer) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((usize::try_from(u64::from_le_bytes(*step)).ok()?, model, optimizer))
}

fn unfit(problem: String) -> Error {
    Error::Format { file: "the state of the training".to_owned(), problem }
}
