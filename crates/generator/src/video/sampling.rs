//! Noise to the latents of a whole shot: windows, steps, and going on where an earlier run was stopped.

use std::path::PathBuf;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::kept::{self, Tensors};
use crate::Error;
use crate::wan::{Context, Control, Guidance, Memory, Sampler, Transformer, Windows};

/// Names beside those of the sampler.
const LATENTS: &str = "at";
const DONE: &str = "done";

/// What leads a whole shot.
#[derive(Debug)]
pub(super) struct Lead<B: Backend> {
    /// What is wanted.
    pub(super) wanted: Context<B>,
    /// What is not, and how strongly it is avoided.
    pub(super) unwanted: Option<(Context<B>, f64)>,
    /// Guiding videos (VACE).
    pub(super) controls: Vec<Leader<B>>,
    /// Channels behind the noisy ones, `[1, channel, frame, row, column]`.
    pub(super) beside: Option<Tensor<B, 5>>,
    /// Latent frames of reference pictures, before those of the shot.
    pub(super) references: usize,
}

/// A guiding video.
#[derive(Debug)]
pub(super) struct Leader<B: Backend> {
    /// `[1, channel, frame, row, column]`.
    pub(super) latents: Tensor<B, 5>,
    /// How strongly it leads at each layer.
    pub(super) strengths: Vec<f64>,
}

/// A step that is done.
#[derive(Debug)]
pub(super) struct Step<B: Backend> {
    /// How many are.
    pub(super) done: usize,
    /// Where it began, and at which level.
    latents: Tensor<B, 5>,
    sigma: f32,
    velocity: Tensor<B, 5>,
}

impl<B: Backend> Step<B> {
    /// The latents that all steps together are expected to lead to.
    pub(super) fn expected(&self) -> Tensor<B, 5> {
        self.latents.clone() - self.velocity.clone() * self.sigma
    }
}

impl<B: Backend> Lead<B> {
    /// The velocity of all latents `[1, channel, reference + frame, row, column]`, in single precision.
    fn velocity(
        &self,
        transformer: &Transformer<B>,
        windows: &Windows,
        latents: &Tensor<B, 5>,
        time: f32,
    ) -> Tensor<B, 5> {
        let references = self.references;
        let kind = latents.dtype();
        let mut whole = latents.zeros_like();
        let count = windows.iter().len() as f64;
        for window in windows.iter() {
            let (first, frames) = (references + window.frames.start, window.frames.len());
            let part = |all: &Tensor<B, 5>| {
                let shot = all.clone().narrow(2, first, frames);
                match references {
                    0 => shot,
                    _ => Tensor::cat(vec![all.clone().narrow(2, 0, references), shot], 2),
                }
            };
            let controls = self
                .controls
                .iter()
                .map(|leader| Control { latents: part(&leader.latents), strengths: &leader.strengths });
            let guidance = Guidance {
                wanted: &self.wanted,
                unwanted: self.unwanted.as_ref().map(|(context, scale)| (context, *scale)),
                controls: controls.collect(),
                beside: self.beside.as_ref().map(part),
            };
            let velocity = guidance.velocity(transformer, part(latents), time).cast(kind);
            let mut weights = vec![(1.0 / count) as f32; references];
            weights.extend(&window.weights);
            let shape = [1, 1, weights.len(), 1, 1];
            let weights = Tensor::from_data(TensorData::new(weights, shape), &latents.device());
            let velocity: Tensor<B, 5> = velocity * weights;
            let mut add = |at: usize, velocity: Tensor<B, 5>| {
                let [batch, channels, frames, rows, columns] = velocity.dims();
                let place = [0..batch, 0..channels, at..at + frames, 0..rows, 0..columns];
                let sum = whole.clone().slice(place.clone()) + velocity;
                whole = whole.clone().slice_assign(place, sum);
            };
            if references > 0 {
                add(0, velocity.clone().narrow(2, 0, references));
            }
            add(first, velocity.narrow(2, references, frames));
        }
        whole
    }
}

/// Where a run leaves, after every step, all that the next ones need, so that one that is stopped can go on.
#[derive(Clone, Debug)]
pub struct Savepoint {
    /// The file.
    pub file: PathBuf,
    /// All that the run depends on, in words or hashes: another run starts anew.
    pub identity: String,
}

impl Savepoint {
    /// All steps that are left, from `latents` at the sampler's first level. `on_step` hears of each.
    pub(super) fn run<B: Backend>(
        &self,
        lead: &Lead<B>,
        transformer: &Transformer<B>,
        windows: &Windows,
        sampler: &mut dyn Sampler<B>,
        mut latents: Tensor<B, 5>,
        on_step: &mut dyn FnMut(&Step<B>) -> Result<(), Error>,
    ) -> Result<Tensor<B, 5>, Error> {
        if let Some((kept, done, memory)) = self.state(&latents.device())
            && sampler.resume(done, memory).is_ok()
        {
            latents = kept;
        }
        let schedule = sampler.schedule().clone();
        for step in sampler.done()..schedule.steps() {
            let velocity = lead.velocity(transformer, windows, &latents, schedule.timesteps[step]);
            let taken = Step {
                done: step + 1,
                latents: latents.clone(),
                sigma: schedule.sigmas[step],
                velocity: velocity.clone(),
            };
            latents = sampler.step(velocity, latents);
            let values = latents.to_data();
            if !values.iter::<f32>().all(f32::is_finite) {
                return Err(Error::NotFinite { step: step + 1, steps: schedule.steps() });
            }
            self.write(sampler, values)?;
            on_step(&taken)?;
        }
        Ok(latents)
    }

    /// What an earlier run left: latents, steps done, and what the sampler remembered of them.
    fn state<B: Backend>(&self, device: &B::Device) -> Option<(Tensor<B, 5>, usize, Memory<B>)> {
        let mut state = kept::read(&self.file, &self.identity)?;
        let latents = Tensor::from_data(state.remove(LATENTS)?, device);
        let done = state.remove(DONE)?.iter::<f32>().next()? as usize;
        let memory = state.into_iter().map(|(name, data)| (name, Tensor::from_data(data, device)));
        Some((latents, done, memory.collect()))
    }

    fn write<B: Backend>(&self, sampler: &dyn Sampler<B>, latents: TensorData) -> Result<(), Error> {
        let memory = sampler.memory().into_iter().map(|(name, tensor)| (name, tensor.into_data()));
        let mut state: Tensors = memory.collect();
        state.insert(LATENTS.to_owned(), latents);
        state.insert(DONE.to_owned(), TensorData::new(vec![sampler.done() as f32], [1]));
        kept::write(&self.file, &self.identity, &state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::TransformerConfig;
    use crate::wan::checkpoint::Precision;
    use crate::wan::tests::{Cpu, checkpoint, path};

    /// Numbers spread over −2 to 2 without a period.
    fn spread(count: usize, seed: usize) -> Vec<f32> {
        let number = |index: usize| ((index + 1000 * seed) as f64 * 0.618_033_988_749_895).fract();
        (0..count).map(|index| (4.0 * number(index) - 2.0) as f32).collect()
    }

    /// The velocity's value at every latent frame, for latents and leads that are the same in all of them.
    fn still(frames: usize, windows: &Windows) -> Vec<Vec<f32>> {
        let device = Default::default();
        let config = TransformerConfig::read(&path("vace/config.json")).unwrap();
        let transformer = checkpoint("vace")
            .load(&device, Precision::Single, |parameters| {
                Transformer::<Cpu>::load(parameters, config.clone())
            })
            .unwrap();
        let picture = |channels, seed| {
            let shape = [1, channels, 1, 4, 6];
            Tensor::<Cpu, 5>::from_data(TensorData::new(spread(channels * 24, seed), shape), &device)
                .repeat_dim(2, frames)
        };
        let words = |seed| {
            let tokens = Tensor::from_data(TensorData::new(spread(8 * 24, seed), [1, 8, 24]), &device);
            transformer.context(tokens, None)
        };
        let lead = Lead {
            wanted: words(1),
            unwanted: Some((words(2), 5.0)),
            controls: vec![Leader { latents: picture(96, 3), strengths: vec![1.0, 1.0] }],
            beside: None,
            references: 0,
        };
        let velocity = lead.velocity(&transformer, windows, &picture(16, 4), 800.0);
        (0..frames).map(|frame| velocity.clone().narrow(2, frame, 1).into_data().iter().collect()).collect()
    }

    /// The largest change from a frame to the next.
    fn largest_step(velocity: &[Vec<f32>]) -> f32 {
        let step =
            |pair: &[Vec<f32>]| pair[0].iter().zip(&pair[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        velocity.windows(2).map(step).fold(0.0, f32::max)
    }

    #[test]
    fn what_stands_still_stands_no_less_still_where_windows_meet() {
        let (longest, shared) = (12, 5);
        let within = largest_step(&still(longest, &Windows::new(longest, longest, shared)));
        let across = largest_step(&still(31, &Windows::new(31, longest, shared)));
        assert!(across <= 1.01 * within, "largest step: {within} within a window, {across} across");
    }
}
