//! Attention with learned queries, keys and values, in heads.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::block::Surroundings;
use super::config::Config;
use super::past::Kept;
use crate::Error;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;
use crate::wan::norm::RmsNorm;

/// `attn1` and `attn2`.
#[derive(Debug)]
pub(super) struct Heads<B: Backend> {
    count: usize,
    to_q: Linear<B>,
    norm_q: RmsNorm<B>,
    source: Source<B>,
    pictures: Option<Source<B>>,
    to_out: Linear<B>,
}

/// Keys and values of what is attended to.
#[derive(Debug)]
struct Source<B: Backend> {
    to_k: Linear<B>,
    norm_k: RmsNorm<B>,
    to_v: Linear<B>,
}

impl<B: Backend> Heads<B> {
    /// Reads the heads within `name`; with those for pictures, if `pictures`.
    pub(super) fn load(
        parameters: &Parameters<'_, B>,
        name: &str,
        config: &Config,
        pictures: bool,
    ) -> Result<Self, Error> {
        let parameters = parameters.within(name);
        let width = config.width();
        let linear = |name: &str| Linear::load(&parameters, name, width, width);
        let norm = |name: &str| RmsNorm::load(&parameters, name, width, config.eps);
        let source = |k: &str, norm_k: &str, v: &str| {
            Ok::<_, Error>(Source { to_k: linear(k)?, norm_k: norm(norm_k)?, to_v: linear(v)? })
        };
        let pictures = pictures.then(|| source("add_k_proj", "norm_added_k", "add_v_proj"));
        Ok(Self {
            count: config.num_attention_heads,
            to_q: linear("to_q")?,
            norm_q: norm("norm_q")?,
            source: source("to_k", "norm_k", "to_v")?,
            pictures: pictures.transpose()?,
            to_out: linear("to_out.0")?,
        })
    }

    /// Tokens to what they see in each other and in those before them, `[batch, token, channel]`.
    pub(super) fn among(
        &self,
        tokens: Tensor<B, 3>,
        around: &Surroundings<'_, B>,
        kept: Option<&mut Kept<B>>,
    ) -> Tensor<B, 3> {
        let turn = |tokens| around.rotary.turn(self.split(tokens)).swap_dims(1, 2);
        let query = turn(self.norm_q.forward(self.to_q.forward(tokens.clone())));
        let key = turn(self.source.norm_k.forward(self.source.to_k.forward(tokens.clone())));
        let value = self.split(self.source.to_v.forward(tokens)).swap_dims(1, 2);
        let [key, value] = match kept {
            Some(kept) => kept.with([key, value], around.keeps),
            None => [key, value],
        };
        self.to_out.forward(joined(around.kernel.attend(query, key, value)))
    }

    /// Tokens to what they see in the context, `[batch, token, channel]`. Pictures are attended to apart from
    /// text.
    pub(super) fn towards(&self, tokens: Tensor<B, 3>, around: &Surroundings<'_, B>) -> Tensor<B, 3> {
        let context = around.context;
        let query = self.split(self.norm_q.forward(self.to_q.forward(tokens))).swap_dims(1, 2);
        let see = |source: &Source<B>, seen: &Tensor<B, 3>| {
            let key = source.norm_k.forward(source.to_k.forward(seen.clone()));
            let [key, value] =
                [key, source.to_v.forward(seen.clone())].map(|all| self.split(all).swap_dims(1, 2));
            around.kernel.attend(query.clone(), key, value)
        };
        let text = see(&self.source, &context.text);
        let all = match self.pictures.as_ref().zip(context.picture.as_ref()) {
            Some((source, picture)) => text + see(source, picture),
            None => text,
        };
        self.to_out.forward(joined(all))
    }

    /// `[batch, token, channel]` to `[batch, token, head, channel]`.
    fn split(&self, tokens: Tensor<B, 3>) -> Tensor<B, 4> {
        let [batch, count, channels] = tokens.dims();
        tokens.reshape([batch, count, self.count, channels / self.count])
    }
}

/// `[batch, head, token, channel]` to `[batch, token, channel]`.
fn joined<B: Backend>(tokens: Tensor<B, 4>) -> Tensor<B, 3> {
    let [batch, heads, count, channels] = tokens.dims();
    tokens.swap_dims(1, 2).reshape([batch, count, heads * channels])
}
