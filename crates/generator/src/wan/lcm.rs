//! The way of networks that guess the picture at once: go there, take fresh noise, go there again with less of it.
//!
//! Luo et al., "Latent Consistency Models", 2023, algorithm 3, over the straight paths of flow matching, as in diffusers'
//! `FlowMatchLCMScheduler`. Networks that were distilled to a few steps by matching distributions (Yin et al.,
//! "Improved Distribution Matching Distillation", 2024) are sampled so, too.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::noise::noise;
use super::schedule::{Memory, Sampler, Schedule};

/// Spreads the seeds of the steps over all 64 bits: 2⁶⁴ over the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Latent consistency sampling.
#[derive(Debug)]
pub(crate) struct Lcm {
    schedule: Schedule,
    seed: u64,
    /// Of the latents' frames, as [`noise`] counts them.
    first_frame: i32,
    /// Steps done.
    done: usize,
}

impl Lcm {
    /// Over these levels ([`Schedule::euler`]), with fresh noise by this seed for latents that begin at this frame.
    pub(crate) fn new(schedule: Schedule, seed: u64, first_frame: i32) -> Self {
        Self { schedule, seed, first_frame, done: 0 }
    }

    /// The picture that the velocity leads to, with noise to the next level; all `[batch, channel, frame, row, column]`.
    fn noised_again<B: Backend>(
        &self,
        velocity: Tensor<B, 5>,
        latents: Tensor<B, 5>,
        noise: Tensor<B, 5>,
    ) -> Tensor<B, 5> {
        let [from, to] = [0, 1].map(|step| self.schedule.sigmas[self.done + step]);
        (latents - velocity * from) * (1.0 - to) + noise * to
    }
}

impl<B: Backend> Sampler<B> for Lcm {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn done(&self) -> usize {
        self.done
    }

    fn step(&mut self, velocity: Tensor<B, 5>, latents: Tensor<B, 5>) -> Tensor<B, 5> {
        let [_, _, frames, rows, columns] = latents.dims();
        let seed = self.seed ^ SPREAD.wrapping_mul(self.done as u64 + 1);
        let frames = self.first_frame..self.first_frame + frames as i32;
        let fresh = match self.schedule.steps() - self.done {
            1 => latents.zeros_like(),
            _ => noise(seed, frames, [rows, columns], &latents.device()),
        };
        let next = self.noised_again(velocity, latents, fresh);
        self.done += 1;
        next
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::Levels;
    use crate::wan::tests::{Cpu, Fixture, assert_close};

    #[test]
    fn every_step_lands_where_that_of_diffusers_does() {
        let fixture = Fixture::open("variants.safetensors");
        let levels = Levels::Listed(vec![1.0, 0.75, 0.5, 0.25]);
        let mut sampler = Lcm::new(Schedule::euler(&levels, 5.0), 0, 0);
        let of = |name: &str, step| fixture.tensor::<6>(name).narrow(0, step, 1).squeeze_dim::<5>(0);
        let mut latents: Tensor<Cpu, 5> = fixture.tensor("in.lcm.latents");
        for step in 0..4 {
            latents = sampler.noised_again(of("in.lcm.velocities", step), latents, of("in.lcm.noises", step));
            sampler.done += 1;
            assert_close(&format!("step {step}"), latents.clone(), of("out.lcm.latents", step), 1e-5);
        }
    }

    #[test]
    fn noise_is_fresh_at_every_step_and_the_same_at_a_place() {
        let zeros = |frames| Tensor::<Cpu, 5>::zeros([1, 16, frames, 6, 8], &Default::default());
        let run = |first_frame, frames| {
            let schedule = Schedule::euler(&Levels::Listed(vec![1.0, 0.5, 0.25]), 1.0);
            let mut sampler = Lcm::new(schedule, 7, first_frame);
            // A picture of nothing: what is left is the noise of the next level.
            [0.5, 0.25].map(|level| sampler.step(zeros(frames), zeros(frames)) / level)
        };
        let [first, second] = run(0, 4);
        let correlation = (first.clone() * second.clone()).mean().into_scalar();
        assert!(correlation.abs() < 5.0 / (4.0 * 16.0 * 48.0_f32).sqrt(), "{correlation}");
        for (noise, later) in [first, second].into_iter().zip(run(2, 2)) {
            assert_close("frames 2 and 3", later, noise.narrow(2, 2, 2), 1e-6);
        }
    }
}
