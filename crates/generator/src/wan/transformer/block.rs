//! One layer: tokens look at each other, then at the context, then each is worked on by itself; time
//! modulates all of it.
//!
//! Modulation shifts and scales a normalised input and gates the result, by six vectors each block adds to
//! those of time (Peebles and Xie, "Scalable Diffusion Models with Transformers", 2023).

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::condition::Context;
use super::config::Config;
use super::heads::Heads;
use super::past::{Kept, Limit};
use super::rotary::Rotary;
use crate::Error;
use crate::wan::activation::gelu;
use crate::wan::attention::Kernel;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;
use crate::wan::norm::LayerNorm;

/// The most values of widened tokens that are held at once: as many as scores.
const MAX_WIDE: usize = 16 << 20;

/// A layer's parameters.
#[derive(Debug)]
pub(super) struct Block<B: Backend> {
    /// `[1, 6, channel]`.
    modulation: Tensor<B, 3>,
    norm: LayerNorm<B>,
    attn1: Heads<B>,
    norm2: Option<LayerNorm<B>>,
    attn2: Heads<B>,
    widen: Linear<B>,
    narrow: Linear<B>,
}

/// What is the same in all blocks of one evaluation.
#[derive(Debug)]
pub(super) struct Surroundings<'a, B: Backend> {
    pub(super) context: &'a Context<B>,
    /// `[1, 6, channel]`.
    pub(super) time: Tensor<B, 3>,
    pub(super) rotary: Rotary<B>,
    pub(super) kernel: Kernel<B>,
    /// How many keys and values are kept for the frames that come, if any are.
    pub(super) keeps: Option<Limit>,
}

impl<B: Backend> Block<B> {
    /// Reads a layer; the parameters are those within it.
    pub(super) fn load(parameters: &Parameters<'_, B>, config: &Config) -> Result<Self, Error> {
        let width = config.width();
        let norm2 = config.cross_attn_norm.then(|| LayerNorm::load(parameters, "norm2", width, config.eps));
        Ok(Self {
            modulation: parameters.tensor("scale_shift_table", [1, 6, width])?,
            norm: LayerNorm::plain(config.eps),
            attn1: Heads::load(parameters, "attn1", config, false)?,
            norm2: norm2.transpose()?,
            attn2: Heads::load(parameters, "attn2", config, config.added_kv_proj_dim.is_some())?,
            widen: Linear::load(parameters, "ffn.net.0.proj", width, config.ffn_dim)?,
            narrow: Linear::load(parameters, "ffn.net.2", config.ffn_dim, width)?,
        })
    }

    /// `[batch, token, channel]` to the same. `kept` is what the layer kept of the tokens before.
    pub(super) fn forward(
        &self,
        tokens: Tensor<B, 3>,
        around: &Surroundings<'_, B>,
        kept: Option<&mut Kept<B>>,
    ) -> Tensor<B, 3> {
        let modulation = self.modulation.clone() + around.time.clone();
        let part = |index| modulation.clone().narrow(1, index, 1);
        let seen = self.attn1.among(self.modulated(&tokens, part(0), part(1)), around, kept);
        let tokens = tokens + seen * part(2);
        let asking = self.norm2.as_ref().map_or(tokens.clone(), |norm| norm.forward(tokens.clone()));
        let tokens = tokens + self.attn2.towards(asking, around);
        let worked = self.feed_forward(self.modulated(&tokens, part(3), part(4)));
        tokens + worked * part(5)
    }

    fn modulated(&self, tokens: &Tensor<B, 3>, shift: Tensor<B, 3>, scale: Tensor<B, 3>) -> Tensor<B, 3> {
        modulated(self.norm.forward(tokens.clone()), shift, scale)
    }

    /// In parts, since tokens do not see each other here and become many times as wide.
    fn feed_forward(&self, tokens: Tensor<B, 3>) -> Tensor<B, 3> {
        let [batch, count, _] = tokens.dims();
        let parts = (batch * count * self.widen.outputs()).div_ceil(MAX_WIDE);
        let part = count.div_ceil(parts);
        let parts = (0..count).step_by(part).map(|first| {
            let tokens = tokens.clone().narrow(1, first, part.min(count - first));
            self.narrow.forward(gelu(self.widen.forward(tokens)))
        });
        Tensor::cat(parts.collect(), 1)
    }
}

/// Normalised tokens, scaled by `1 + scale` and shifted.
pub(super) fn modulated<B: Backend>(
    normal: Tensor<B, 3>,
    shift: Tensor<B, 3>,
    scale: Tensor<B, 3>,
) -> Tensor<B, 3> {
    normal * (scale + 1.0) + shift
}
