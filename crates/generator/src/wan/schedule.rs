//! A number of steps to the noise levels that sampling visits.
//!
//! Flow matching (Lipman et al. 2023, Liu et al. 2023) mixes `x_σ = (1 − σ)·data + σ·noise`, and the network
//! predicts the velocity `noise − data`. Samplers walk σ from 1 to 0. A shift s moves the levels towards
//! noise, `σ' = s·σ / (1 + (s − 1)·σ)` (Esser et al. 2024, equation 23): larger pictures need more of the
//! walk there.
//!
//! The samplers space their levels differently, and the networks were judged with these spacings; so they
//! are kept, to the last bit, as in diffusers' schedulers. Networks that were distilled to a few steps know only the
//! levels they were distilled at, which are listed instead.
//!
//! A walk may begin from a picture instead of from noise (Meng et al., "SDEdit", 2022): some noise is mixed in, and
//! only the levels from there on are visited.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The noise levels that are visited, before the shift moves them: 1 is noise, 0 the picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Levels {
    /// So many, spaced as the sampler's makers do.
    Spaced(usize),
    /// These, falling, at most 1 and above 0.
    Listed(Vec<f64>),
}

impl Levels {
    /// How many there are: one evaluation of the network each.
    pub fn count(&self) -> usize {
        match self {
            Self::Spaced(count) => *count,
            Self::Listed(levels) => levels.len(),
        }
    }
}

/// The network's steps from data to noise.
const TRAINING_STEPS: f64 = 1000.0;

/// Noise levels, and what the network is told of each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    /// From about 1 down to exactly 0: one more than there are steps.
    pub(crate) sigmas: Vec<f32>,
    /// The network's time input at each level but the last, 1000 (noise) to 0 (data).
    pub(crate) timesteps: Vec<f32>,
}

/// Walks from noise to data, one evaluation of the network a step.
pub(crate) trait Sampler<B: Backend> {
    /// The levels that it visits.
    fn schedule(&self) -> &Schedule;

    /// Steps done.
    fn done(&self) -> usize;

    /// From the latents at the current level and the network's `velocity` there to the latents at the next
    /// level; `[batch, channel, frame, row, column]`.
    fn step(&mut self, velocity: Tensor<B, 5>, latents: Tensor<B, 5>) -> Tensor<B, 5>;

    /// What it remembers of the steps done, beside their number and the latents that the last one gave.
    fn memory(&self) -> Memory<B>;

    /// Goes on after so many steps, of which another sampler of the same schedule remembered this; gives the same
    /// latents to the bit. Or says what does not fit.
    fn resume(&mut self, done: usize, memory: Memory<B>) -> Result<(), String>;
}

/// Latents by name, `[batch, channel, frame, row, column]` each.
pub(crate) type Memory<B> = BTreeMap<String, Tensor<B, 5>>;

impl Schedule {
    /// For [`Euler`](super::euler::Euler) and [`Lcm`](super::lcm::Lcm): spaced, even levels from 1 to 1/1000, of which the
    /// least is shifted twice, as in the original.
    pub(crate) fn euler(levels: &Levels, shift: f64) -> Self {
        let levels = match levels {
            Levels::Listed(levels) => levels.clone(),
            Levels::Spaced(steps) => {
                // The original keeps the unshifted levels in single precision.
                let (single, level) = (shift as f32, 1.0 / TRAINING_STEPS as f32);
                let least = f64::from(single * level / (1.0 + (single - 1.0) * level));
                let levels = spaced(TRAINING_STEPS, least * TRAINING_STEPS, *steps);
                levels.into_iter().map(|level| level / TRAINING_STEPS).collect()
            }
        };
        let mut sigmas: Vec<f32> = levels.into_iter().map(|level| shifted(level, shift) as f32).collect();
        let timesteps = sigmas.iter().map(|sigma| sigma * TRAINING_STEPS as f32).collect();
        sigmas.push(0.0);
        Self { sigmas, timesteps }
    }

    /// For [`UniPc`](super::unipc::UniPc): spaced, even levels from 1 towards 1/1000, which is left out. Time is cut
    /// to whole steps.
    pub(crate) fn unipc(levels: &Levels, shift: f64) -> Self {
        // At 1 the logarithm of the signal's share would be infinite.
        const NEAREST_TO_NOISE: f64 = 1.0 - 1e-6;
        let levels = match levels {
            Levels::Listed(levels) => levels.clone(),
            Levels::Spaced(steps) => {
                let mut levels = spaced(1.0, 1.0 / TRAINING_STEPS, steps + 1);
                levels.truncate(*steps);
                levels
            }
        };
        let levels: Vec<f64> =
            levels.into_iter().map(|level| shifted(level, shift).min(NEAREST_TO_NOISE)).collect();
        let timesteps = levels.iter().map(|level| (level * TRAINING_STEPS).trunc() as f32).collect();
        let sigmas = levels.iter().map(|&level| level as f32).chain([0.0]).collect();
        Self { sigmas, timesteps }
    }

    /// The last steps alone, a share of `strength` of them (0 to 1, rounded down): those that change as much of
    /// what is there. 1 keeps all, 0 none.
    pub(crate) fn beginning_at(mut self, strength: f64) -> Self {
        let steps = self.steps();
        let left = ((steps as f64 * strength) as usize).min(steps);
        self.sigmas.drain(..steps - left);
        self.timesteps.drain(..steps - left);
        self
    }

    /// Data with as much noise as the first level has, `[batch, channel, frame, row, column]` each: noise alone at 1,
    /// data alone at 0.
    pub(crate) fn noised<B: Backend>(&self, data: Tensor<B, 5>, noise: Tensor<B, 5>) -> Tensor<B, 5> {
        let sigma = self.sigmas.first().copied().unwrap_or_default();
        data * (1.0 - sigma) + noise * sigma
    }

    /// Says whether so many steps can have been done.
    pub(crate) fn check_done(&self, done: usize) -> Result<(), String> {
        let steps = self.steps();
        if done <= steps { Ok(()) } else { Err(format!("{done} steps are done, of {steps}")) }
    }

    /// The same for a sampler that remembers nothing of its steps, and so must be given nothing.
    pub(crate) fn check_done_alone<B: Backend>(&self, done: usize, memory: &Memory<B>) -> Result<(), String> {
        self.check_done(done)?;
        match memory.keys().next() {
            Some(name) => Err(format!("this sampler remembers nothing, and `{name}` is there")),
            None => Ok(()),
        }
    }

    /// The noise level that a step begins at, and the network's time there.
    pub(crate) fn at(&self, step: usize) -> (f32, f32) {
        (self.sigmas[step], self.timesteps[step])
    }

    /// How many steps there are.
    pub(crate) fn steps(&self) -> usize {
        self.timesteps.len()
    }
}

fn shifted(level: f64, shift: f64) -> f64 {
    shift * level / (1.0 + (shift - 1.0) * level)
}

/// `count` even numbers from `first` to `last`.
fn spaced(first: f64, last: f64, count: usize) -> Vec<f64> {
    let spacing = (last - first) / count.saturating_sub(1).max(1) as f64;
    let mut numbers: Vec<f64> = (0..count).map(|index| index as f64 * spacing + first).collect();
    if let (Some(number), true) = (numbers.last_mut(), count > 1) {
        *number = last;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::tests::{Cpu, Fixture, assert_close, euler, unipc};
    use crate::wan::{Euler, UniPc};

    /// Steps and shifts that the oracle took.
    const RUNS: [(usize, f64); 8] =
        [(1, 3.0), (2, 1.0), (3, 5.0), (4, 3.0), (4, 8.0), (20, 1.0), (20, 5.0), (50, 3.0)];

    fn samplers(steps: usize, shift: f64) -> [(&'static str, Box<dyn Sampler<Cpu>>); 2] {
        [("euler", Box::new(euler(steps, shift, 1.0))), ("unipc", Box::new(unipc(steps, shift, 1.0)))]
    }

    #[test]
    fn levels_are_those_of_diffusers_to_the_last_bit() {
        let fixture = Fixture::open("samplers.safetensors");
        for (steps, shift) in RUNS {
            for (kind, sampler) in samplers(steps, shift) {
                let numbers = |part| {
                    let tensor = fixture.tensor::<1>(&format!("out.{kind}.{steps}.{shift}.{part}"));
                    tensor.into_data().into_vec::<f32>().unwrap()
                };
                assert_eq!(sampler.schedule().sigmas, numbers("sigmas"), "{kind} {steps} {shift}");
                assert_eq!(sampler.schedule().timesteps, numbers("timesteps"), "{kind} {steps} {shift}");
            }
        }
    }

    #[test]
    fn every_step_lands_where_that_of_diffusers_does() {
        let fixture = Fixture::open("samplers.safetensors");
        for (steps, shift) in RUNS {
            for (kind, mut sampler) in samplers(steps, shift) {
                let name = format!("{kind}.{steps}.{shift}");
                let of = |tensor: Tensor<Cpu, 6>, step| tensor.narrow(0, step, 1).squeeze_dim::<5>(0);
                let mut latents = fixture.tensor(&format!("in.{name}.latents"));
                for step in 0..steps {
                    let velocity = of(fixture.tensor(&format!("in.{name}.velocities")), step);
                    latents = sampler.step(velocity, latents);
                    let expected = of(fixture.tensor(&format!("out.{name}.latents")), step);
                    assert_close(&format!("{name} step {step}"), latents.clone(), expected, 1e-4);
                }
            }
        }
    }

    #[test]
    fn levels_that_are_listed_lead_where_diffusers_goes() {
        let fixture = Fixture::open("variants.safetensors");
        let levels = Levels::Listed(vec![1.0, 0.75, 0.5, 0.25]);
        let runs: [(_, Box<dyn Sampler<Cpu>>); 2] = [
            ("euler", Box::new(Euler::new(Schedule::euler(&levels, 5.0)))),
            ("unipc", Box::new(UniPc::new(Schedule::unipc(&levels, 5.0)))),
        ];
        for (kind, mut sampler) in runs {
            let numbers = |part: &str, found: &[f32]| {
                let found = Tensor::<Cpu, 1>::from_floats(found, &Default::default());
                let name = format!("out.{kind}.{part}");
                assert_close(&name, found, fixture.tensor(&name), 1e-6);
            };
            numbers("sigmas", &sampler.schedule().sigmas);
            numbers("timesteps", &sampler.schedule().timesteps);
            let of = |name: String, step| fixture.tensor::<6>(&name).narrow(0, step, 1).squeeze_dim::<5>(0);
            let mut latents = fixture.tensor(&format!("in.{kind}.latents"));
            for step in 0..levels.count() {
                latents = sampler.step(of(format!("in.{kind}.velocities"), step), latents);
                let expected = of(format!("out.{kind}.latents"), step);
                assert_close(&format!("{kind} step {step}"), latents.clone(), expected, 1e-4);
            }
        }
    }

    #[test]
    fn one_certain_picture_is_reached_from_any_noise() {
        let device = Default::default();
        let data = Tensor::<Cpu, 5>::from_data([[[[[0.5, -1.5, 2.0]]]]], &device);
        for steps in [1, 2, 3, 7] {
            for (kind, mut sampler) in samplers(steps, 3.0) {
                let mut latents = Tensor::from_data([[[[[-2.0, 0.1, 1.0]]]]], &device);
                let sigmas = sampler.schedule().sigmas.clone();
                for &sigma in &sigmas[..steps] {
                    // The velocity that would lead straight to the data.
                    let velocity = (latents.clone() - data.clone()) / sigma;
                    latents = sampler.step(velocity, latents);
                }
                assert_close(&format!("{kind} {steps}"), latents, data.clone(), 1e-5);
            }
        }
    }

    #[test]
    fn a_beginning_at_a_strength_visits_the_last_levels() {
        let levels = Levels::Spaced(6);
        for (kind, schedule) in
            [("euler", Schedule::euler(&levels, 3.0)), ("unipc", Schedule::unipc(&levels, 3.0))]
        {
            let [data, noise] =
                [0.5, -2.0].map(|value| Tensor::<Cpu, 5>::full([1; 5], value, &Default::default()));
            for (strength, left) in [(0.0, 0), (0.1, 0), (0.5, 3), (0.7, 4), (0.99, 5), (1.0, 6), (7.0, 6)] {
                let last = schedule.clone().beginning_at(strength);
                assert_eq!(last.timesteps, schedule.timesteps[6 - left..], "{kind} {strength}");
                assert_eq!(last.sigmas, schedule.sigmas[6 - left..], "{kind} {strength}");
            }
            let begin =
                |strength| schedule.clone().beginning_at(strength).noised(data.clone(), noise.clone());
            assert_eq!(begin(0.0).into_scalar(), 0.5, "{kind}: data alone");
            assert_close(kind, begin(1.0), noise.clone(), 2e-6);
        }
    }

    /// Latents after steps of a made-up network.
    fn walk(sampler: &mut dyn Sampler<Cpu>, mut latents: Tensor<Cpu, 5>, steps: usize) -> Tensor<Cpu, 5> {
        for _ in 0..steps {
            let time = sampler.schedule().timesteps[sampler.done()];
            let velocity = (latents.clone() * 3.0 + time).sin() - latents.clone() * 0.3;
            latents = sampler.step(velocity, latents);
        }
        latents
    }

    #[test]
    fn a_walk_that_was_interrupted_ends_at_the_same_bits() {
        let noise = Fixture::open("samplers.safetensors").tensor("in.unipc.4.3.latents");
        for split in 0..=6 {
            for ((kind, mut whole), (_, mut first)) in samplers(6, 3.0).into_iter().zip(samplers(6, 3.0)) {
                let expected = walk(whole.as_mut(), noise.clone(), 6);
                let latents = walk(first.as_mut(), noise.clone(), split);
                // Through what a file holds.
                let saved = first.memory().into_iter().map(|(name, tensor)| (name, tensor.into_data()));
                let read =
                    saved.map(|(name, data)| (name, Tensor::from_data(data, &Default::default()))).collect();
                let [(_, mut euler), (_, mut unipc)] = samplers(6, 3.0);
                let second = if kind == "euler" { &mut euler } else { &mut unipc };
                second.resume(split, read).unwrap();
                let found = walk(second.as_mut(), latents, 6 - split);
                assert_eq!(found.into_data(), expected.into_data(), "{kind} after {split}");
            }
        }
    }

    #[test]
    fn what_another_walk_remembered_is_refused() {
        let noise = Fixture::open("samplers.safetensors").tensor("in.unipc.4.3.latents");
        let [(_, mut euler), (_, mut unipc)] = samplers(3, 3.0);
        walk(unipc.as_mut(), noise, 2);
        let memory = unipc.memory();
        let refuse = |sampler: &mut dyn Sampler<Cpu>, done, memory, says: &str| {
            let message = sampler.resume(done, memory).unwrap_err();
            assert!(message.contains(says), "{message}");
        };
        refuse(euler.as_mut(), 2, memory.clone(), "`data` is there");
        refuse(euler.as_mut(), 4, Memory::new(), "4 steps are done, of 3");
        refuse(unipc.as_mut(), 4, memory.clone(), "4 steps are done, of 3");
        refuse(
            unipc.as_mut(),
            1,
            memory,
            r#"["latents", "data"], and there are ["data", "earlier", "latents"]"#,
        );
        refuse(unipc.as_mut(), 2, Memory::new(), "there are []");
    }
}
