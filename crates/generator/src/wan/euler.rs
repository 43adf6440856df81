//! Euler's method on the flow: one straight step along the predicted velocity.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::schedule::{Memory, Sampler, Schedule};

/// Euler's method.
#[derive(Debug)]
pub(crate) struct Euler {
    schedule: Schedule,
    /// Steps done.
    done: usize,
}

impl Euler {
    /// Over these levels ([`Schedule::euler`]).
    pub(crate) fn new(schedule: Schedule) -> Self {
        Self { schedule, done: 0 }
    }
}

impl<B: Backend> Sampler<B> for Euler {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn done(&self) -> usize {
        self.done
    }

    fn step(&mut self, velocity: Tensor<B, 5>, latents: Tensor<B, 5>) -> Tensor<B, 5> {
        let sigmas = &self.schedule.sigmas;
        let distance = sigmas[self.done + 1] - sigmas[self.done];
        self.done += 1;
        latents + velocity * distance
    }

    fn memory(&self) -> Memory<B> {
        Memory::new()
    }

    fn resume(&mut self, done: usize, memory: Memory<B>) -> Result<(), String> {
        self.schedule.check_done_alone(done, &memory)?;
        self.done = done;
        Ok(())
    }
}
