//! What leads a shot, and where its latents should go: window by window, or a part of it.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::wan::{Context, Control, Guidance, Transformer, Windows};

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

impl<B: Backend> Lead<B> {
    /// What leads a part of the shot: the frames that `part` takes of all.
    pub(super) fn guidance(&self, part: impl Fn(&Tensor<B, 5>) -> Tensor<B, 5>) -> Guidance<'_, B> {
        Guidance {
            wanted: &self.wanted,
            unwanted: self.unwanted.as_ref().map(|(context, scale)| (context, *scale)),
            controls: self
                .controls
                .iter()
                .map(|leader| Control { latents: part(&leader.latents), strengths: &leader.strengths })
                .collect(),
            beside: self.beside.as_ref().map(&part),
        }
    }

    /// The velocity of all latents `[1, channel, reference + frame, row, column]`, in single precision.
    pub(super) fn velocity(
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
            let velocity = self.guidance(part).velocity(transformer, part(latents), time).cast(kind);
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
