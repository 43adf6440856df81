//! Each pixel's channels to one length.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, FloatDType, Tensor};

use crate::Error;
use crate::wan::checkpoint::Parameters;

/// The most channels that are summed at once: some drivers reduce longer rows wrongly.
const LONGEST: usize = 256;
/// The least length that is divided by, as in PyTorch's `normalize`.
const MIN_LENGTH: f64 = 1e-12;

/// `WanRMS_norm`: a pixel's channels over their root mean square, times a learned gain.
#[derive(Debug)]
pub(crate) struct ChannelNorm<B: Backend> {
    /// `[1, channel, 1, 1]`, already times the root of the number of channels.
    gain: Tensor<B, 4>,
}

impl<B: Backend> ChannelNorm<B> {
    /// Reads a gain that is kept with `axes` further axes of length 1: 2 or 3.
    pub(crate) fn load(parameters: &Parameters<'_, B>, channels: usize, axes: usize) -> Result<Self, Error> {
        let gain = match axes {
            2 => parameters.tensor("gamma", [channels, 1, 1])?.reshape([1, channels, 1, 1]),
            _ => parameters.tensor("gamma", [channels, 1, 1, 1])?.reshape([1, channels, 1, 1]),
        };
        Ok(Self { gain: gain * (channels as f64).sqrt() })
    }

    /// Frames to frames. Squares of half precision overflow, so lengths are taken in single.
    pub(crate) fn forward(&self, frames: Tensor<B, 4>) -> Tensor<B, 4> {
        let precision = frames.dtype();
        let frames = frames.cast(FloatDType::F32);
        let length = sum_channels(frames.clone().square()).sqrt().clamp_min(MIN_LENGTH);
        let direction = frames / length;
        let direction = if precision == DType::F16 { direction.cast(FloatDType::F16) } else { direction };
        direction * self.gain.clone()
    }
}

/// `[frame, channel, row, column]` to `[frame, 1, row, column]`.
fn sum_channels<B: Backend>(frames: Tensor<B, 4>) -> Tensor<B, 4> {
    let channels = frames.dims()[1];
    let sum = |first| frames.clone().narrow(1, first, LONGEST.min(channels - first)).sum_dim(1);
    (LONGEST..channels).step_by(LONGEST).fold(sum(0), |sums, first| sums + sum(first))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::wan::tests::{Cpu, assert_close};

    #[test]
    fn a_pixel_of_any_number_of_channels_gets_unit_mean_square() {
        let device = Default::default();
        for channels in [1, 3, 256, 257, 600] {
            let norm = ChannelNorm {
                gain: Tensor::<Cpu, 4>::ones([1, channels, 1, 1], &device) * (channels as f64).sqrt(),
            };
            let frames = Tensor::random([2, channels, 3, 4], Distribution::Normal(0.5, 3.0), &device);
            let found = norm.forward(frames).square().mean_dim(1);
            let one = Tensor::<Cpu, 4>::ones([2, 1, 3, 4], &device);
            assert_close(&format!("{channels} channels"), found, one, 1e-5);
        }
    }
}
