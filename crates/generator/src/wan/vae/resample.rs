//! Halving and doubling of the picture, alone or with time.
//!
//! A video's first frame is a picture by itself: time is neither halved nor doubled over it, so that 1 + 4n frames are
//! 1 + n latents.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use super::memory::Memory;
use crate::Error;
use crate::wan::checkpoint::Parameters;
use crate::wan::convolution::{CausalConvolution, Channels, Convolution, join, latest};

/// `WanResample` of the encoder.
#[derive(Debug)]
pub(crate) struct Halving<B: Backend> {
    resample: Convolution<B>,
    /// If time is halved too.
    time_conv: Option<CausalConvolution<B>>,
}

/// `WanResample` of the decoder.
#[derive(Debug)]
pub(crate) struct Doubling<B: Backend> {
    resample: Convolution<B>,
    /// If time is doubled too: to twice the channels, two frames' worth.
    time_conv: Option<CausalConvolution<B>>,
}

impl<B: Backend> Halving<B> {
    pub(crate) fn load(parameters: &Parameters<'_, B>, channels: usize, time: bool) -> Result<Self, Error> {
        let same = Channels { input: channels, output: channels };
        let time_conv = time.then(|| CausalConvolution::load(&parameters.within("time_conv"), same, 1));
        let resample = Convolution::load_halving(&parameters.within("resample.1"), same)?;
        Ok(Self { resample, time_conv: time_conv.transpose()? })
    }

    pub(crate) fn forward(&self, frames: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        let frames = self.resample.forward(frames);
        match &self.time_conv {
            Some(convolution) => halve_time(convolution, frames, memory),
            None => frames,
        }
    }
}

/// Each pair of frames, with the one before it, to one.
fn halve_time<B: Backend>(
    convolution: &CausalConvolution<B>,
    frames: Tensor<B, 4>,
    memory: &mut Memory<B>,
) -> Tensor<B, 4> {
    let past = memory.layer();
    let first = past.is_none().then(|| frames.clone().narrow(0, 0, 1));
    let frames = join(past.take(), frames);
    *past = Some(latest(&frames, 1));
    if frames.dims()[0] == 1 {
        return frames;
    }
    join(first, convolution.halve(frames))
}

impl<B: Backend> Doubling<B> {
    /// To half the channels.
    pub(crate) fn load(parameters: &Parameters<'_, B>, channels: usize, time: bool) -> Result<Self, Error> {
        let twice = Channels { input: channels, output: 2 * channels };
        let time_conv = time.then(|| CausalConvolution::load(&parameters.within("time_conv"), twice, 1));
        let half = Channels { input: channels, output: channels / 2 };
        let resample = Convolution::load(&parameters.within("resample.1"), half)?;
        Ok(Self { resample, time_conv: time_conv.transpose()? })
    }

    pub(crate) fn forward(&self, frames: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        let frames = match &self.time_conv {
            Some(convolution) => double_time(convolution, frames, memory),
            None => frames,
        };
        let [_, _, rows, columns] = frames.dims();
        let options = InterpolateOptions::new(InterpolateMode::Nearest);
        self.resample.forward(interpolate(frames, [2 * rows, 2 * columns], options))
    }
}

/// Each frame to two, but a video's first to one, which the others do not see.
fn double_time<B: Backend>(
    convolution: &CausalConvolution<B>,
    frames: Tensor<B, 4>,
    memory: &mut Memory<B>,
) -> Tensor<B, 4> {
    let start = memory.at_start();
    let past = memory.layer();
    let [count, channels, rows, columns] = frames.dims();
    let (first, rest) = match (start, count) {
        (true, 1) => return frames,
        (true, _) => (Some(frames.clone().narrow(0, 0, 1)), frames.narrow(0, 1, count - 1)),
        (false, _) => (None, frames),
    };
    let pairs = convolution.forward(rest, past);
    let count = pairs.dims()[0];
    join(first, pairs.reshape([2 * count, channels, rows, columns]))
}
