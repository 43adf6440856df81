//! Convolutions over the frames of a video.
//!
//! A video is `[frame, channel, row, column]`, frames first: then a convolution in the plane takes all frames at once
//! as they lie, time steps are joined and cut without moving values, and a three-dimensional convolution is a sum of
//! plane ones, one a time tap. That is as quick as burn's own (on the CPU within 3 %), spares the taps that would meet
//! nothing, and needs plane kernels alone, which are right on every driver tried.

use burn::tensor::backend::Backend;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, s};

use super::checkpoint::Parameters;
use crate::Error;

/// A convolution in the plane, of each frame by itself.
#[derive(Debug)]
pub(crate) struct Convolution<B: Backend> {
    /// `[output, input, row, column]`.
    weight: Tensor<B, 4>,
    /// `[output]`.
    bias: Tensor<B, 1>,
    options: ConvOptions<2>,
    /// Whether a row and a column of zeros follow the last ones first.
    extended: bool,
}

impl<B: Backend> Convolution<B> {
    /// Reads a 3×3 convolution that keeps the size.
    pub(crate) fn load(parameters: &Parameters<'_, B>, channels: Channels) -> Result<Self, Error> {
        let weight = parameters.tensor("weight", [channels.output, channels.input, 3, 3])?;
        Self::new(parameters, weight, same(3), false)
    }

    /// Reads a 3×3 convolution of every second pixel: the first output's centre is the second pixel of both axes, and
    /// beyond the last row and column there are zeros.
    pub(crate) fn load_halving(parameters: &Parameters<'_, B>, channels: Channels) -> Result<Self, Error> {
        let weight = parameters.tensor("weight", [channels.output, channels.input, 3, 3])?;
        Self::new(parameters, weight, ConvOptions::new([2, 2], [0, 0], [1, 1], 1), true)
    }

    /// Reads a matrix of channels, kept with `axes` kernel axes of length 1: 2 or 3.
    pub(crate) fn load_pointwise(
        parameters: &Parameters<'_, B>,
        channels: Channels,
        axes: usize,
    ) -> Result<Self, Error> {
        let Channels { input, output } = channels;
        let weight = match axes {
            2 => parameters.tensor("weight", [output, input, 1, 1])?,
            _ => parameters.tensor("weight", [output, input, 1, 1, 1])?.reshape([output, input, 1, 1]),
        };
        Self::new(parameters, weight, same(1), false)
    }

    fn new(
        parameters: &Parameters<'_, B>,
        weight: Tensor<B, 4>,
        options: ConvOptions<2>,
        extended: bool,
    ) -> Result<Self, Error> {
        let bias = parameters.tensor("bias", [weight.dims()[0]])?;
        Ok(Self { weight, bias, options, extended })
    }

    /// Frames to frames.
    pub(crate) fn forward(&self, frames: Tensor<B, 4>) -> Tensor<B, 4> {
        let frames = if self.extended { extend(frames) } else { frames };
        conv2d(frames, self.weight.clone(), Some(self.bias.clone()), self.options.clone())
    }
}

/// A convolution over three frames, the present one and the two before it; in the plane 3×3 or 1×1.
#[derive(Debug)]
pub(crate) struct CausalConvolution<B: Backend> {
    /// `[output, input, row, column]`, the earliest frame's first.
    taps: [Tensor<B, 4>; 3],
    /// `[output]`.
    bias: Tensor<B, 1>,
}

/// Channels in and out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Channels {
    pub(crate) input: usize,
    pub(crate) output: usize,
}

impl<B: Backend> CausalConvolution<B> {
    /// Reads a convolution of three frames and `side`×`side` pixels.
    pub(crate) fn load(
        parameters: &Parameters<'_, B>,
        channels: Channels,
        side: usize,
    ) -> Result<Self, Error> {
        let Channels { input, output } = channels;
        let weight = parameters.tensor("weight", [output, input, 3, side, side])?;
        let tap = |time| weight.clone().narrow(2, time, 1).reshape([output, input, side, side]);
        Ok(Self { taps: [tap(0), tap(1), tap(2)], bias: parameters.tensor("bias", [output])? })
    }

    /// Frames to as many frames. `past` holds the two frames before them, or one, or none at a video's start, where
    /// zeros stand for what is missing; it is left with those before the next ones.
    pub(crate) fn forward(&self, frames: Tensor<B, 4>, past: &mut Option<Tensor<B, 4>>) -> Tensor<B, 4> {
        let count = frames.dims()[0];
        let frames = join(past.take(), frames);
        let known = frames.dims()[0];
        *past = Some(latest(&frames, 2));
        let (before, bias) = (known - count, Some(self.bias.clone()));
        let mut sums = self.tap(2, frames.clone().narrow(0, before, count), bias);
        for lag in 1..=2_usize {
            // The first outputs have no frame that lies so far back.
            let without = lag.saturating_sub(before);
            if without < count {
                let from = frames.clone().narrow(0, before + without - lag, count - without);
                sums = add_behind(sums, self.tap(2 - lag, from, None), without);
            }
        }
        sums
    }

    /// Every second frame with the two before it: `2n + 1` frames to `n`.
    pub(crate) fn halve(&self, frames: Tensor<B, 4>) -> Tensor<B, 4> {
        let steps = frames.dims()[0] - 1;
        let part = |time: usize, bias| {
            let every_second = s![time..time + steps - 1;2];
            self.tap(time, frames.clone().slice_dim(0, every_second), bias)
        };
        part(2, Some(self.bias.clone())) + part(1, None) + part(0, None)
    }

    /// One time tap's share of the sums.
    fn tap(&self, time: usize, frames: Tensor<B, 4>, bias: Option<Tensor<B, 1>>) -> Tensor<B, 4> {
        let tap = self.taps[time].clone();
        let side = tap.dims()[3];
        conv2d(frames, tap, bias, same(side))
    }
}

/// Frames after those before them.
pub(crate) fn join<B: Backend>(past: Option<Tensor<B, 4>>, frames: Tensor<B, 4>) -> Tensor<B, 4> {
    match past {
        Some(past) => Tensor::cat(vec![past, frames], 0),
        None => frames,
    }
}

/// The last `count` frames, or all if there are fewer, in memory of their own: a mere view would keep all the others.
pub(crate) fn latest<B: Backend>(frames: &Tensor<B, 4>, count: usize) -> Tensor<B, 4> {
    let known = frames.dims()[0];
    if known <= count {
        return frames.clone();
    }
    frames.clone().narrow(0, known - count, count).mul_scalar(1)
}

/// Frames with a row and a column of zeros after the last ones. Burn's own padding of convolutions fails in half
/// precision.
fn extend<B: Backend>(frames: Tensor<B, 4>) -> Tensor<B, 4> {
    let [count, channels, rows, columns] = frames.dims();
    let options = (&frames.device(), frames.dtype());
    let below = Tensor::zeros([count, channels, 1, columns], options);
    let right = Tensor::zeros([count, channels, rows + 1, 1], options);
    Tensor::cat(vec![Tensor::cat(vec![frames, below], 2), right], 3)
}

/// Adds a part to all but the first frames.
fn add_behind<B: Backend>(sums: Tensor<B, 4>, part: Tensor<B, 4>, first: usize) -> Tensor<B, 4> {
    if first == 0 {
        return sums + part;
    }
    let count = part.dims()[0];
    Tensor::cat(vec![sums.clone().narrow(0, 0, first), sums.narrow(0, first, count) + part], 0)
}

/// A kernel of so many pixels a side that keeps the size.
fn same(side: usize) -> ConvOptions<2> {
    ConvOptions::new([1, 1], [side / 2; 2], [1, 1], 1)
}
