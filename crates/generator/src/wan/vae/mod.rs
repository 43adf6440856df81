//! Wan 2.1's causal video autoencoder: 1 + 4n frames to 1 + n latents of an eighth of the size, and back.
//!
//! After `AutoencoderKLWan` of diffusers 0.42.1 (Wan Team, "Wan: open and advanced large-scale video generative
//! models", 2025, section 4.1). Every layer sees the past only, so a video runs through in pieces, one latent's frames
//! each, while `memory` keeps the last frames of each layer; the pieces give what the whole would. Pictures too large
//! for memory run in `tile`s. Videos themselves lie in the computer's memory: the device holds a piece.
//!
//! A video is `[frame, channel, row, column]`, linear in the display's code values, −1 to 1; latents have the same
//! axes, and zero mean and unit deviation a channel over the training set, as the transformer wants them.

mod attention;
mod coder;
mod config;
mod memory;
mod norm;
mod resample;
mod residual;
#[cfg(test)]
pub(crate) mod tests;
mod tile;

use std::ops::Range;
use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn_flex::Flex;

pub(crate) use config::VaeConfig;
pub(crate) use memory::Memory;
pub(crate) use tile::Tiling;

use self::coder::Coder;
use self::tile::tiled;
use super::checkpoint::{Checkpoint, Names, Parameters, Precision};
use super::convolution::{Channels, Convolution};
use crate::Error;

/// Frames of every latent but the first, which has one.
pub(crate) const FRAMES: usize = 4;

/// Frames `[frame, channel, row, column]` in the computer's memory.
pub(crate) type Video = Tensor<Flex, 4>;

/// The autoencoder.
#[derive(Debug)]
pub(crate) struct Vae<B: Backend> {
    encoder: Coder<B>,
    quant_conv: Convolution<B>,
    post_quant_conv: Convolution<B>,
    decoder: Coder<B>,
    /// Of each latent channel, `[1, channel, 1, 1]`.
    mean: Tensor<B, 4>,
    deviation: Tensor<B, 4>,
    /// Channels of a latent.
    channels: usize,
    /// Pixels a latent, along an axis.
    scale: usize,
}

impl<B: Backend> Vae<B> {
    /// Reads a folder as diffusers writes it, or a file, which holds Wan 2.1's shape.
    pub(crate) fn open(path: &Path, device: &B::Device, precision: Precision) -> Result<Self, Error> {
        let config = VaeConfig::beside(path)?;
        let checkpoint = Checkpoint::open(path, Names::Vae)?;
        checkpoint.load(device, precision, |parameters| Self::load(parameters, &config))
    }

    /// Reads an autoencoder of this shape.
    pub(crate) fn load(parameters: &Parameters<'_, B>, config: &VaeConfig) -> Result<Self, Error> {
        let (one, two) = (config.z_dim, 2 * config.z_dim);
        let pointwise = |name: &str, width| {
            Convolution::load_pointwise(&parameters.within(name), Channels { input: width, output: width }, 3)
        };
        let constant = |values: &[f32]| parameters.constant(values).reshape([1, one, 1, 1]);
        Ok(Self {
            encoder: Coder::encoder(&parameters.within("encoder"), config)?,
            quant_conv: pointwise("quant_conv", two)?,
            post_quant_conv: pointwise("post_quant_conv", one)?,
            decoder: Coder::decoder(&parameters.within("decoder"), config)?,
            mean: constant(&config.latents_mean),
            deviation: constant(&config.latents_std),
            channels: one,
            scale: 1 << config.halvings(),
        })
    }

    /// A video of 1 + 4n frames, sides multiples of 8, to the most likely latents.
    pub(crate) fn encode(&self, video: &Video, tiling: Option<Tiling>) -> Result<Tensor<B, 4>, Error> {
        self.encode_each(video.dims(), tiling, |frames| video.clone().slice([frames]))
    }

    /// The same for a video `[frame, channel, row, column]` whose frames are made when they are needed, again for every tile.
    pub(crate) fn encode_each(
        &self,
        dims: [usize; 4],
        tiling: Option<Tiling>,
        made: impl Fn(Range<usize>) -> Video,
    ) -> Result<Tensor<B, 4>, Error> {
        let [frames, channels, rows, columns] = dims;
        let sides =
            rows.min(columns) > 0 && [rows, columns].iter().all(|side| side.is_multiple_of(self.scale));
        if frames % FRAMES != 1 || channels != 3 || !sides {
            let expected =
                format!("1 + {FRAMES}n frames, 3 channels, sides that are multiples of {}", self.scale);
            return Err(Error::Video { what: "video", found: dims, expected });
        }
        let (device, kind) = (self.mean.device(), self.mean.dtype());
        let encode = |rows: Range<usize>, columns: Range<usize>| {
            let mut memory = Memory::new();
            let rest = (1..frames).step_by(FRAMES).map(|first| first..first + FRAMES);
            let pieces = std::iter::once(0..1).chain(rest).map(|frames| {
                let [count, channels] = [frames.len(), channels];
                let piece = made(frames).slice([0..count, 0..channels, rows.clone(), columns.clone()]);
                self.encode_next(Tensor::from_data(piece.into_data(), (&device, kind)), &mut memory)
            });
            Tensor::cat(pieces.collect(), 0)
        };
        Ok(match tiling {
            Some(tiling) => tiled([rows, columns], tiling.encoding(self.scale), encode),
            None => encode(0..rows, 0..columns),
        })
    }

    /// Latents to a video, −1 to 1.
    pub(crate) fn decode(&self, latents: &Tensor<B, 4>, tiling: Option<Tiling>) -> Result<Video, Error> {
        let [frames, channels, rows, columns] = latents.dims();
        if channels != self.channels || frames * rows * columns == 0 {
            let expected = format!("{} channels", self.channels);
            return Err(Error::Video { what: "latents", found: latents.dims(), expected });
        }
        let decode = |rows: Range<usize>, columns: Range<usize>| {
            let mut memory = Memory::new();
            let pieces = (0..frames).map(|frame| {
                let place = [frame..frame + 1, 0..channels, rows.clone(), columns.clone()];
                let piece = self.decode_next(latents.clone().slice(place), &mut memory);
                Tensor::from_data(piece.into_data().convert::<f32>(), &Default::default())
            });
            Tensor::cat(pieces.collect(), 0)
        };
        let video: Video = match tiling {
            Some(tiling) => tiled([rows, columns], tiling.decoding(self.scale), decode),
            None => decode(0..rows, 0..columns),
        };
        Ok(video.clamp(-1, 1))
    }

    /// The next frames of a video that comes in pieces (1 + 4n at its start, then 4n) to their latents.
    pub(crate) fn encode_next(&self, frames: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        let distribution = self.quant_conv.forward(self.encoder.forward(frames, memory));
        (distribution.narrow(1, 0, self.channels) - self.mean.clone()) / self.deviation.clone()
    }

    /// The next latents of a video that leaves in pieces to their frames, which go slightly beyond −1 and 1.
    pub(crate) fn decode_next(&self, latents: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        let latents = latents * self.deviation.clone() + self.mean.clone();
        self.decoder.forward(self.post_quant_conv.forward(latents), memory)
    }
}
