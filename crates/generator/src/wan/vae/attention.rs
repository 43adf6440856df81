//! Attention of a frame's pixels to each other, one head, at the smallest size.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::norm::ChannelNorm;
use crate::Error;
use crate::wan::attention::attention;
use crate::wan::checkpoint::Parameters;
use crate::wan::convolution::{Channels, Convolution};

/// `WanAttentionBlock`.
#[derive(Debug)]
pub(crate) struct AttentionBlock<B: Backend> {
    norm: ChannelNorm<B>,
    to_qkv: Convolution<B>,
    proj: Convolution<B>,
}

impl<B: Backend> AttentionBlock<B> {
    pub(crate) fn load(parameters: &Parameters<'_, B>, channels: usize) -> Result<Self, Error> {
        let threefold = Channels { input: channels, output: 3 * channels };
        let same = Channels { input: channels, output: channels };
        Ok(Self {
            norm: ChannelNorm::load(&parameters.within("norm"), channels, 2)?,
            to_qkv: Convolution::load_pointwise(&parameters.within("to_qkv"), threefold, 2)?,
            proj: Convolution::load_pointwise(&parameters.within("proj"), same, 2)?,
        })
    }

    pub(crate) fn forward(&self, frames: Tensor<B, 4>) -> Tensor<B, 4> {
        let [count, channels, rows, columns] = frames.dims();
        let joined = self.to_qkv.forward(self.norm.forward(frames.clone()));
        // `[frame, 1, pixel, channel]`.
        let joined = joined.reshape([count, 1, 3 * channels, rows * columns]).swap_dims(2, 3);
        let [query, key, value] = [0, 1, 2].map(|part| joined.clone().narrow(3, part * channels, channels));
        let scale = (channels as f64).powf(-0.5);
        let seen = attention(query, key, value, scale, None);
        let seen = seen.swap_dims(2, 3).reshape([count, channels, rows, columns]);
        self.proj.forward(seen) + frames
    }
}
