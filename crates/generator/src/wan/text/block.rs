//! One layer of the text encoder: tokens look at each other, then each is worked on by itself.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

use super::config::Config;
use super::distance;
use crate::Error;
use crate::wan::activation::gelu;
use crate::wan::attention::attention;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;
use crate::wan::norm::RmsNorm;

/// A layer's parameters, by the names in the file.
#[derive(Debug)]
pub(super) struct Block<B: Backend> {
    heads: usize,
    attention_norm: RmsNorm<B>,
    q: Linear<B>,
    k: Linear<B>,
    v: Linear<B>,
    o: Linear<B>,
    /// `[bucket, head]`.
    distance: Tensor<B, 2>,
    feed_forward_norm: RmsNorm<B>,
    wi_0: Linear<B>,
    wi_1: Linear<B>,
    wo: Linear<B>,
}

impl<B: Backend> Block<B> {
    /// Reads a layer; the parameters are those within it.
    pub(super) fn load(parameters: &Parameters<'_, B>, config: &Config) -> Result<Self, Error> {
        let (width, inner, wide) = (config.d_model, config.inner(), config.d_ff);
        let norm = |name: &str| RmsNorm::load(parameters, name, width, config.layer_norm_epsilon);
        let scores = parameters.within("layer.0.SelfAttention");
        let dense = parameters.within("layer.1.DenseReluDense");
        let buckets = config.relative_attention_num_buckets;
        Ok(Self {
            heads: config.num_heads,
            attention_norm: norm("layer.0.layer_norm")?,
            q: Linear::load_without_bias(&scores, "q", width, inner)?,
            k: Linear::load_without_bias(&scores, "k", width, inner)?,
            v: Linear::load_without_bias(&scores, "v", width, inner)?,
            o: Linear::load_without_bias(&scores, "o", inner, width)?,
            distance: scores.tensor("relative_attention_bias.weight", [buckets, config.num_heads])?,
            feed_forward_norm: norm("layer.1.layer_norm")?,
            wi_0: Linear::load_without_bias(&dense, "wi_0", width, wide)?,
            wi_1: Linear::load_without_bias(&dense, "wi_1", width, wide)?,
            wo: Linear::load_without_bias(&dense, "wo", wide, width)?,
        })
    }

    /// `[1, token, channel]` to the same, with each pair's distance bucket, `[query · key]`.
    pub(super) fn forward(&self, tokens: Tensor<B, 3>, buckets: Tensor<B, 1, Int>) -> Tensor<B, 3> {
        let tokens = tokens.clone() + self.attend(self.attention_norm.forward(tokens), buckets);
        tokens.clone() + self.feed_forward(self.feed_forward_norm.forward(tokens))
    }

    /// Scores are not scaled by the heads' width: the queries' weights were trained to do that.
    fn attend(&self, tokens: Tensor<B, 3>, buckets: Tensor<B, 1, Int>) -> Tensor<B, 3> {
        let [batch, count, _] = tokens.dims();
        let split = |projection: &Linear<B>| {
            let all = projection.forward(tokens.clone());
            let channels = all.dims()[2] / self.heads;
            all.reshape([batch, count, self.heads, channels]).swap_dims(1, 2)
        };
        let bias = distance::bias(self.distance.clone(), buckets, count);
        let joined = attention(split(&self.q), split(&self.k), split(&self.v), 1.0, Some(bias));
        let inner = self.heads * joined.dims()[3];
        self.o.forward(joined.swap_dims(1, 2).reshape([batch, count, inner]))
    }

    fn feed_forward(&self, tokens: Tensor<B, 3>) -> Tensor<B, 3> {
        let gate = gelu(self.wi_0.forward(tokens.clone()));
        self.wo.forward(gate * self.wi_1.forward(tokens))
    }
}
