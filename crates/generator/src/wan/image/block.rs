//! One layer of the image encoder: tokens look at each other, then each is worked on by itself.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, activation};

use super::config::{Activation, Config};
use crate::Error;
use crate::wan::activation::quick_gelu;
use crate::wan::attention::attention;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;
use crate::wan::norm::LayerNorm;

/// A layer's parameters, by the names in the file.
#[derive(Debug)]
pub(super) struct Block<B: Backend> {
    heads: usize,
    activation: Activation,
    layer_norm1: LayerNorm<B>,
    q_proj: Linear<B>,
    k_proj: Linear<B>,
    v_proj: Linear<B>,
    out_proj: Linear<B>,
    layer_norm2: LayerNorm<B>,
    fc1: Linear<B>,
    fc2: Linear<B>,
}

impl<B: Backend> Block<B> {
    /// Reads a layer; the parameters are those within it.
    pub(super) fn load(parameters: &Parameters<'_, B>, config: &Config) -> Result<Self, Error> {
        let (width, wide) = (config.hidden_size, config.intermediate_size);
        let norm = |name: &str| LayerNorm::load(parameters, name, width, config.layer_norm_eps);
        let heads = parameters.within("self_attn");
        let projection = |name: &str| Linear::load(&heads, name, width, width);
        Ok(Self {
            heads: config.num_attention_heads,
            activation: config.hidden_act,
            layer_norm1: norm("layer_norm1")?,
            q_proj: projection("q_proj")?,
            k_proj: projection("k_proj")?,
            v_proj: projection("v_proj")?,
            out_proj: projection("out_proj")?,
            layer_norm2: norm("layer_norm2")?,
            fc1: Linear::load(parameters, "mlp.fc1", width, wide)?,
            fc2: Linear::load(parameters, "mlp.fc2", wide, width)?,
        })
    }

    /// `[picture, token, channel]` to the same.
    pub(super) fn forward(&self, tokens: Tensor<B, 3>) -> Tensor<B, 3> {
        let tokens = tokens.clone() + self.attend(self.layer_norm1.forward(tokens));
        tokens.clone() + self.feed_forward(self.layer_norm2.forward(tokens))
    }

    fn attend(&self, tokens: Tensor<B, 3>) -> Tensor<B, 3> {
        let [pictures, count, width] = tokens.dims();
        let channels = width / self.heads;
        let [query, key, value] = [&self.q_proj, &self.k_proj, &self.v_proj].map(|projection| {
            let all = projection.forward(tokens.clone());
            all.reshape([pictures, count, self.heads, channels]).swap_dims(1, 2)
        });
        let seen = attention(query, key, value, (channels as f64).sqrt().recip(), None);
        self.out_proj.forward(seen.swap_dims(1, 2).reshape([pictures, count, width]))
    }

    fn feed_forward(&self, tokens: Tensor<B, 3>) -> Tensor<B, 3> {
        let bend = match self.activation {
            Activation::Gelu => activation::gelu,
            Activation::QuickGelu => quick_gelu,
        };
        self.fc2.forward(bend(self.fc1.forward(tokens)))
    }
}
