//! Noise to the latents of a whole shot, step by step, and going on where an earlier run was stopped.

use std::num::NonZero;
use std::ops::Range;
use std::path::PathBuf;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::kept::{self, Tensors};
use super::lead::Lead;
use super::steps::Sight;
use crate::Error;
use crate::wan::{Limit, Memory, Past, Sampler, Transformer, Windows};

/// Latent frames that neighbouring windows share: 20 frames.
const SHARED: usize = 5;

/// Names beside those of the sampler.
const LATENTS: &str = "at";
const DONE: &str = "done";

/// All that takes noise to latents.
pub(super) struct Course<'a, B: Backend> {
    pub(super) lead: &'a Lead<B>,
    pub(super) transformer: &'a Transformer<B>,
    /// All frames are made together, in windows whose answers go over into each other; or one stretch after the other, by a
    /// network that looks back only.
    pub(super) sight: Sight,
    /// Makes a sampler for latents that begin at this frame; those of reference pictures are negative.
    pub(super) sampler: &'a dyn Fn(i32) -> Box<dyn Sampler<B>>,
}

/// What a run does.
#[derive(Debug)]
pub(super) enum Step<B: Backend> {
    /// It looks once more at a stretch that is done, for those that come.
    Past,
    /// Steps are done.
    Done {
        /// How many, of how many.
        done: [usize; 2],
        /// What the middle of the stretch is expected to become, `[1, channel, 1, row, column]`.
        middle: Tensor<B, 5>,
    },
}

/// Where a run leaves, after every step, all that the next ones need, so that one that is stopped can go on.
#[derive(Clone, Debug)]
pub struct Savepoint {
    /// The file.
    pub file: PathBuf,
    /// All that the run depends on, in words or hashes: another run starts anew.
    pub identity: String,
}

impl<B: Backend> Course<'_, B> {
    /// Frames that are made together, counted from the first reference picture; these belong to the first stretch.
    fn stretches(&self, frames: usize) -> Vec<Range<usize>> {
        let references = self.lead.references;
        let stretch = if self.sight.past.is_some() { self.sight.together } else { frames };
        let range = |start| {
            let first = if start == references { 0 } else { start };
            first..(start + stretch).min(frames)
        };
        (references..frames).step_by(stretch).map(range).collect()
    }

    fn sampler(&self, frames: &Range<usize>) -> Box<dyn Sampler<B>> {
        (self.sampler)(frames.start as i32 - self.lead.references as i32)
    }

    /// Of what is wanted and what is not.
    fn pasts(&self) -> [Past<B>; 2] {
        let limit = Limit { first: self.lead.references, latest: self.sight.past.unwrap_or_default() };
        std::array::from_fn(|_| self.transformer.past(self.lead.controls.len(), limit))
    }

    /// The velocity of these frames.
    fn velocity(
        &self,
        pasts: &mut [Past<B>; 2],
        frames: &Range<usize>,
        latents: &Tensor<B, 5>,
        time: f32,
    ) -> Tensor<B, 5> {
        if self.sight.past.is_some() {
            return self.look_back(pasts, false, frames, latents, time);
        }
        let shot = latents.dims()[2] - self.lead.references;
        let windows = Windows::new(shot, self.sight.together, SHARED);
        self.lead.velocity(self.transformer, &windows, latents, time)
    }

    /// These frames of all are done: those behind them see them from now on.
    fn remember(&self, pasts: &mut [Past<B>; 2], frames: &Range<usize>, latents: &Tensor<B, 5>) {
        let done = latents.clone().narrow(2, frames.start, frames.len());
        self.look_back(pasts, true, frames, &done, 0.0);
    }

    fn look_back(
        &self,
        pasts: &mut [Past<B>; 2],
        keeps: bool,
        frames: &Range<usize>,
        latents: &Tensor<B, 5>,
        time: f32,
    ) -> Tensor<B, 5> {
        let guidance = self.lead.guidance(|all| all.clone().narrow(2, frames.start, frames.len()));
        guidance.velocity_after(self.transformer, pasts, keeps, latents.clone(), time).cast(latents.dtype())
    }
}

/// Where an earlier run was stopped.
struct Stop<B: Backend> {
    latents: Tensor<B, 5>,
    /// Steps done, of all stretches together.
    done: usize,
    /// In the middle of whose walk it was; none at its end.
    sampler: Option<Box<dyn Sampler<B>>>,
}

impl Savepoint {
    /// All steps that are left, from `latents` at the first level. `on_step` hears of each, and may end the run.
    pub(super) fn run<B: Backend>(
        &self,
        course: &Course<'_, B>,
        latents: Tensor<B, 5>,
        on_step: &mut dyn FnMut(Step<B>) -> Result<(), Error>,
    ) -> Result<Tensor<B, 5>, Error> {
        let stretches = course.stretches(latents.dims()[2]);
        let Some(steps) = NonZero::new(course.sampler(&stretches[0]).schedule().steps()) else {
            return Ok(latents);
        };
        let stop = self.stop(course, &stretches, steps, &latents.device());
        let Stop { mut latents, done, mut sampler } =
            stop.unwrap_or(Stop { latents, done: 0, sampler: None });
        let mut pasts = course.pasts();
        for (index, frames) in stretches.iter().enumerate() {
            if index >= done / steps {
                let sampler = sampler.take().unwrap_or_else(|| course.sampler(frames));
                let count = [index * steps.get(), stretches.len() * steps.get()];
                let velocity = |begin: &Tensor<B, 5>, time| course.velocity(&mut pasts, frames, begin, time);
                latents = self.walk(sampler, velocity, latents, frames, count, &mut |done, expected| {
                    let first = course.lead.references.saturating_sub(frames.start);
                    let middle = expected.narrow(2, first + (frames.len() - first) / 2, 1);
                    on_step(Step::Done { done, middle })
                })?;
            }
            // Where all is done, nothing comes that would look back.
            if index + 1 < stretches.len() && done < stretches.len() * steps.get() {
                on_step(Step::Past)?;
                course.remember(&mut pasts, frames, &latents);
            }
        }
        Ok(latents)
    }

    /// The steps of one stretch that are left; `count` is how many there are before it, and in all.
    fn walk<B: Backend>(
        &self,
        mut sampler: Box<dyn Sampler<B>>,
        mut velocity: impl FnMut(&Tensor<B, 5>, f32) -> Tensor<B, 5>,
        mut latents: Tensor<B, 5>,
        frames: &Range<usize>,
        [before, total]: [usize; 2],
        on_step: &mut dyn FnMut([usize; 2], Tensor<B, 5>) -> Result<(), Error>,
    ) -> Result<Tensor<B, 5>, Error> {
        while sampler.done() < sampler.schedule().steps() {
            let begin = latents.clone().narrow(2, frames.start, frames.len());
            let (sigma, time) = sampler.schedule().at(sampler.done());
            let velocity = velocity(&begin, time);
            let end = sampler.step(velocity.clone(), begin.clone());
            let [batch, channels, _, rows, columns] = end.dims();
            latents = latents.slice_assign([0..batch, 0..channels, frames.clone(), 0..rows, 0..columns], end);
            let (done, values) = (before + sampler.done(), latents.to_data());
            if !values.iter::<f32>().all(f32::is_finite) {
                return Err(Error::NotFinite { step: done, steps: total });
            }
            self.write(sampler.as_ref(), done, values)?;
            on_step([done, total], begin - velocity * sigma)?;
        }
        Ok(latents)
    }

    /// Where an earlier run of the same course was stopped.
    fn stop<B: Backend>(
        &self,
        course: &Course<'_, B>,
        stretches: &[Range<usize>],
        steps: NonZero<usize>,
        device: &B::Device,
    ) -> Option<Stop<B>> {
        let mut state = kept::read(&self.file, &self.identity)?;
        let latents = Tensor::from_data(state.remove(LATENTS)?, device);
        let done = state.remove(DONE)?.iter::<f32>().next()? as usize;
        let memory = state.into_iter().map(|(name, data)| (name, Tensor::from_data(data, device)));
        let sampler = match stretches.get(done / steps) {
            Some(frames) => {
                let mut sampler = course.sampler(frames);
                sampler.resume(done % steps, memory.collect()).ok()?;
                Some(sampler)
            }
            None if done == stretches.len() * steps.get() => None,
            None => return None,
        };
        Some(Stop { latents, done, sampler })
    }

    fn write<B: Backend>(
        &self,
        sampler: &dyn Sampler<B>,
        done: usize,
        latents: TensorData,
    ) -> Result<(), Error> {
        // At the end of a stretch the next one begins without memories.
        let is_over = sampler.done() == sampler.schedule().steps();
        let memory = if is_over { Memory::new() } else { sampler.memory() };
        let mut state: Tensors =
            memory.into_iter().map(|(name, tensor)| (name, tensor.into_data())).collect();
        state.insert(LATENTS.to_owned(), latents);
        state.insert(DONE.to_owned(), TensorData::new(vec![done as f32], [1]));
        kept::write(&self.file, &self.identity, &state)
    }
}
