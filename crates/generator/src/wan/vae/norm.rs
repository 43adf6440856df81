//! Each pixel's channels to one length.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, FloatDType, Tensor};

use crate::Error;
use crate::wan::checkpoint::Parameters;

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
        let length = frames.clone().square().sum_dim(1).sqrt().clamp_min(MIN_LENGTH);
        let direction = frames / length;
        let direction = if precision == DType::F16 { direction.cast(FloatDType::F16) } else { direction };
        direction * self.gain.clone()
    }
}
