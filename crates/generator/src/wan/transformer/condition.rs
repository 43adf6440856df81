//! Time, text and pictures to the transformer's own channels.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, activation};

use super::config::Config;
use super::time::waves;
use crate::Error;
use crate::wan::activation::{gelu, silu};
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;
use crate::wan::norm::LayerNorm;

/// What the tokens of the video attend to; the same in all steps.
#[derive(Clone, Debug)]
pub(crate) struct Context<B: Backend> {
    /// `[batch, token, channel]`.
    pub(super) text: Tensor<B, 3>,
    /// `[batch, token, channel]`.
    pub(super) picture: Option<Tensor<B, 3>>,
}

/// Two layers with an activation between them.
#[derive(Debug)]
struct Projection<B: Backend> {
    first: Linear<B>,
    second: Linear<B>,
}

impl<B: Backend> Projection<B> {
    fn load(parameters: &Parameters<'_, B>, name: &str, inputs: usize, width: usize) -> Result<Self, Error> {
        let parameters = parameters.within(name);
        Ok(Self {
            first: Linear::load(&parameters, "linear_1", inputs, width)?,
            second: Linear::load(&parameters, "linear_2", width, width)?,
        })
    }

    fn precision(&self) -> DType {
        self.first.precision()
    }

    fn forward<const D: usize>(
        &self,
        input: Tensor<B, D>,
        activation: fn(Tensor<B, D>) -> Tensor<B, D>,
    ) -> Tensor<B, D> {
        self.second.forward(activation(self.first.forward(input)))
    }
}

/// `condition_embedder`.
#[derive(Debug)]
pub(super) struct Conditions<B: Backend> {
    waves: usize,
    time: Projection<B>,
    time_to_modulation: Linear<B>,
    text: Projection<B>,
    pictures: Option<Pictures<B>>,
}

impl<B: Backend> Conditions<B> {
    pub(super) fn load(parameters: &Parameters<'_, B>, config: &Config) -> Result<Self, Error> {
        let width = config.width();
        let pictures = config.image_dim.map(|channels| {
            Pictures::load(&parameters.within("image_embedder"), channels, width, config.pos_embed_seq_len)
        });
        Ok(Self {
            waves: config.freq_dim,
            time: Projection::load(parameters, "time_embedder", config.freq_dim, width)?,
            time_to_modulation: Linear::load(parameters, "time_proj", width, 6 * width)?,
            text: Projection::load(parameters, "text_embedder", config.text_dim, width)?,
            pictures: pictures.transpose()?,
        })
    }

    /// Time 0 to 1000, to what modulates the last layer, `[1, 1, channel]`, and each block, `[1, 6,
    /// channel]`.
    pub(super) fn time(&self, time: f32, device: &B::Device) -> (Tensor<B, 3>, Tensor<B, 3>) {
        let waves = waves(time, self.waves, device).cast(self.time.precision());
        let time = self.time.forward(waves, silu);
        let blocks = self.time_to_modulation.forward(silu(time.clone()));
        let width = time.dims()[1];
        (time.reshape([1, 1, width]), blocks.reshape([1, 6, width]))
    }

    /// Text and pictures as their encoders give them, `[batch, token, channel]`. Pictures are left out by a
    /// network that was not trained with them.
    pub(super) fn context(&self, text: Tensor<B, 3>, pictures: Option<Tensor<B, 3>>) -> Context<B> {
        let precision = self.text.precision();
        let embed =
            |(embedder, pictures): (&Pictures<B>, Tensor<B, 3>)| embedder.forward(pictures.cast(precision));
        Context {
            text: self.text.forward(text.cast(precision), gelu),
            picture: self.pictures.as_ref().zip(pictures).map(embed),
        }
    }
}

/// `image_embedder`.
#[derive(Debug)]
struct Pictures<B: Backend> {
    /// Of a first and a last frame, `[1, token, channel]`.
    positions: Option<Tensor<B, 3>>,
    before: LayerNorm<B>,
    first: Linear<B>,
    second: Linear<B>,
    after: LayerNorm<B>,
}

impl<B: Backend> Pictures<B> {
    fn load(
        parameters: &Parameters<'_, B>,
        channels: usize,
        width: usize,
        positions: Option<usize>,
    ) -> Result<Self, Error> {
        const EPS: f64 = 1e-5;
        let positions = positions.map(|tokens| parameters.tensor("pos_embed", [1, tokens, channels]));
        Ok(Self {
            positions: positions.transpose()?,
            before: LayerNorm::load(parameters, "norm1", channels, EPS)?,
            first: Linear::load(parameters, "ff.net.0.proj", channels, channels)?,
            second: Linear::load(parameters, "ff.net.2", channels, width)?,
            after: LayerNorm::load(parameters, "norm2", width, EPS)?,
        })
    }

    /// `[picture, token, channel]` to `[batch, token, channel]`: a first and a last frame become one
    /// sequence.
    fn forward(&self, pictures: Tensor<B, 3>) -> Tensor<B, 3> {
        let pictures = match &self.positions {
            Some(positions) => {
                let [count, tokens, channels] = pictures.dims();
                pictures.reshape([count / 2, 2 * tokens, channels]) + positions.clone()
            }
            None => pictures,
        };
        let hidden = activation::gelu(self.first.forward(self.before.forward(pictures)));
        self.after.forward(self.second.forward(hidden))
    }
}
