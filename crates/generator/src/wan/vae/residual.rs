//! The autoencoder's workhorse: two causal convolutions beside a short cut.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::memory::Memory;
use super::norm::ChannelNorm;
use crate::Error;
use crate::wan::activation::silu;
use crate::wan::checkpoint::Parameters;
use crate::wan::convolution::{CausalConvolution, Channels, Convolution};

/// `WanResidualBlock`.
#[derive(Debug)]
pub(crate) struct ResidualBlock<B: Backend> {
    norm1: ChannelNorm<B>,
    conv1: CausalConvolution<B>,
    norm2: ChannelNorm<B>,
    conv2: CausalConvolution<B>,
    /// Where the number of channels changes.
    conv_shortcut: Option<Convolution<B>>,
}

impl<B: Backend> ResidualBlock<B> {
    pub(crate) fn load(parameters: &Parameters<'_, B>, channels: Channels) -> Result<Self, Error> {
        let Channels { input, output } = channels;
        let shortcut = parameters.within("conv_shortcut");
        let shortcut = (input != output).then(|| Convolution::load_pointwise(&shortcut, channels, 3));
        Ok(Self {
            norm1: ChannelNorm::load(&parameters.within("norm1"), input, 3)?,
            conv1: CausalConvolution::load(&parameters.within("conv1"), channels, 3)?,
            norm2: ChannelNorm::load(&parameters.within("norm2"), output, 3)?,
            conv2: CausalConvolution::load(
                &parameters.within("conv2"),
                Channels { input: output, output },
                3,
            )?,
            conv_shortcut: shortcut.transpose()?,
        })
    }

    pub(crate) fn forward(&self, frames: Tensor<B, 4>, memory: &mut Memory<B>) -> Tensor<B, 4> {
        let shortcut = match &self.conv_shortcut {
            Some(convolution) => convolution.forward(frames.clone()),
            None => frames.clone(),
        };
        let hidden = silu(self.norm1.forward(frames));
        let hidden = self.conv1.forward(hidden, memory.layer());
        let hidden = silu(self.norm2.forward(hidden));
        self.conv2.forward(hidden, memory.layer()) + shortcut
    }
}
