//! A prepared picture to tokens that know where they are.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::config::Config;
use crate::Error;
use crate::wan::checkpoint::Parameters;
use crate::wan::norm::LayerNorm;

/// `embeddings` and `pre_layrnorm`, which the original spells so.
#[derive(Debug)]
pub(super) struct Embedding<B: Backend> {
    patches: usize,
    /// `[colour · row · column, channel]` of a patch.
    patch: Tensor<B, 2>,
    /// `[1, 1, channel]`.
    whole: Tensor<B, 3>,
    /// `[1, token, channel]`.
    positions: Tensor<B, 3>,
    norm: LayerNorm<B>,
}

impl<B: Backend> Embedding<B> {
    pub(super) fn load(parameters: &Parameters<'_, B>, config: &Config) -> Result<Self, Error> {
        let (width, side) = (config.hidden_size, config.patch_size);
        let within = parameters.within("embeddings");
        // Files of older programs hold the numbers of the positions, which are 0, 1, 2 …
        within.ignore("position_ids");
        let positions: Tensor<B, 2> = within.tensor("position_embedding.weight", [config.tokens(), width])?;
        Ok(Self {
            patches: config.patches(),
            patch: within.matrix("patch_embedding.weight", [width, config.num_channels, side, side])?,
            whole: within.tensor::<1>("class_embedding", [width])?.reshape([1, 1, width]),
            positions: positions.unsqueeze(),
            norm: LayerNorm::load(parameters, "pre_layrnorm", width, config.layer_norm_eps)?,
        })
    }

    /// `[picture, 3, row, column]` to `[picture, token, channel]`, the token of the whole first.
    pub(super) fn forward(&self, pictures: Tensor<B, 4>) -> Tensor<B, 3> {
        let [count, colours, rows, _] = pictures.dims();
        let ([inputs, width], side) = (self.patch.dims(), rows / self.patches);
        let patches = pictures
            .cast(self.patch.dtype())
            .reshape([count, colours, self.patches, side, self.patches, side])
            .permute([0, 2, 4, 1, 3, 5])
            .reshape([count * self.patches * self.patches, inputs]);
        let tokens = patches.matmul(self.patch.clone()).reshape([count, self.patches * self.patches, width]);
        let tokens = Tensor::cat(vec![self.whole.clone().expand([count, 1, width]), tokens], 1);
        self.norm.forward(tokens + self.positions.clone())
    }
}
