//! The encoder and the decoder: a convolution in, stages, a convolution out.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::attention::AttentionBlock;
use super::config::VaeConfig;
use super::memory::Memory;
use super::norm::ChannelNorm;
use super::resample::{Doubling, Halving};
use super::residual::ResidualBlock;
use crate::Error;
use crate::wan::activation::silu;
use crate::wan::checkpoint::Parameters;
use crate::wan::convolution::{CausalConvolution, Channels};

/// `WanEncoder3d` or `WanDecoder3d`.
#[derive(Debug)]
pub(crate) struct Coder<B: Backend> {
    pub(super) conv_in: CausalConvolution<B>,
    pub(super) stages: Vec<Stage<B>>,
    norm_out: ChannelNorm<B>,
    conv_out: CausalConvolution<B>,
}

/// One step between the convolutions.
#[derive(Debug)]
pub(crate) enum Stage<B: Backend> {
    Residual(ResidualBlock<B>),
    Attention(AttentionBlock<B>),
    Halving(Halving<B>),
    Doubling(Doubling<B>),
}

/// Stages as they are read, and the channels that the last one gives.
struct Stages<'a, B: Backend> {
    parameters: &'a Parameters<'a, B>,
    stages: Vec<Stage<B>>,
    channels: usize,
}

impl<B: Backend> Coder<B> {
    /// Video to mean and logarithm of the variance of each latent channel.
    pub(crate) fn encoder(parameters: &Parameters<'_, B>, config: &VaeConfig) -> Result<Self, Error> {
        let mut stages = Stages { parameters, stages: Vec::new(), channels: config.base_dim };
        for (size, multiple) in config.dim_mult.iter().enumerate() {
            for _ in 0..config.num_res_blocks {
                let name = format!("down_blocks.{}", stages.stages.len());
                stages.residual(&name, config.base_dim * multiple)?;
            }
            if let Some(&time) = config.temporal_downsample.get(size) {
                let name = format!("down_blocks.{}", stages.stages.len());
                let halving = Halving::load(&parameters.within(&name), stages.channels, time)?;
                stages.stages.push(Stage::Halving(halving));
            }
        }
        stages.middle()?;
        stages.finish(Channels { input: 3, output: config.base_dim }, 2 * config.z_dim)
    }

    /// Latents to video.
    pub(crate) fn decoder(parameters: &Parameters<'_, B>, config: &VaeConfig) -> Result<Self, Error> {
        let base = config.decoder_base_dim.unwrap_or(config.base_dim);
        let widths: Vec<usize> = config.dim_mult.iter().rev().map(|multiple| base * multiple).collect();
        let mut stages = Stages { parameters, stages: Vec::new(), channels: widths[0] };
        stages.middle()?;
        for (size, &width) in widths.iter().enumerate() {
            let name = format!("up_blocks.{size}");
            for block in 0..=config.num_res_blocks {
                stages.residual(&format!("{name}.resnets.{block}"), width)?;
            }
            if size < config.halvings() {
                let time = config.temporal_downsample[config.halvings() - 1 - size];
                let doubling =
                    Doubling::load(&parameters.within(&format!("{name}.upsamplers.0")), width, time)?;
                stages.stages.push(Stage::Doubling(doubling));
                stages.channels = width / 2;
            }
        }
        stages.finish(Channels { input: config.z_dim, output: widths[0] }, 3)
    }

    /// A piece of a video, or of its latents, through the whole.
    pub(crate) fn forward(&self, piece: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        let mut hidden = self.conv_in.forward(piece, memory.layer());
        for stage in &self.stages {
            hidden = stage.forward(hidden, memory);
        }
        let result = self.leave(hidden, memory);
        memory.advance();
        result
    }

    /// What follows the stages.
    pub(super) fn leave(&self, hidden: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        self.conv_out.forward(silu(self.norm_out.forward(hidden)), memory.layer())
    }
}

impl<B: Backend> Stage<B> {
    pub(super) fn forward(&self, frames: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        match self {
            Self::Residual(block) => block.forward(frames, memory),
            Self::Attention(block) => block.forward(frames),
            Self::Halving(halving) => halving.forward(frames, memory),
            Self::Doubling(doubling) => doubling.forward(frames, memory),
        }
    }
}

impl<B: Backend> Stages<'_, B> {
    fn residual(&mut self, name: &str, output: usize) -> Result<(), Error> {
        let channels = Channels { input: self.channels, output };
        self.stages.push(Stage::Residual(ResidualBlock::load(&self.parameters.within(name), channels)?));
        self.channels = output;
        Ok(())
    }

    /// `WanMidBlock`.
    fn middle(&mut self) -> Result<(), Error> {
        self.residual("mid_block.resnets.0", self.channels)?;
        let attention =
            AttentionBlock::load(&self.parameters.within("mid_block.attentions.0"), self.channels)?;
        self.stages.push(Stage::Attention(attention));
        self.residual("mid_block.resnets.1", self.channels)
    }

    fn finish(self, first: Channels, outputs: usize) -> Result<Coder<B>, Error> {
        let last = Channels { input: self.channels, output: outputs };
        Ok(Coder {
            conv_in: CausalConvolution::load(&self.parameters.within("conv_in"), first, 3)?,
            stages: self.stages,
            norm_out: ChannelNorm::load(&self.parameters.within("norm_out"), self.channels, 3)?,
            conv_out: CausalConvolution::load(&self.parameters.within("conv_out"), last, 3)?,
        })
    }
}
