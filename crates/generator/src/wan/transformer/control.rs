//! Control by pictures: a second, shallower transformer whose states are added to the first (VACE).
//!
//! Jiang et al., "VACE: All-in-One Video Creation and Editing", 2025. The second one starts from the first
//! one's tokens and the control's; behind each chosen layer of the first, one of its states comes in, times a
//! strength.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::block::{Block, Surroundings};
use super::config::Config;
use super::patch;
use crate::Error;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;

/// What guides the video.
#[derive(Clone, Debug)]
pub(crate) struct Control<'a, B: Backend> {
    /// `[batch, channel, frame, row, column]`: 16 channels of latents of what stays, 16 of what changes, 64
    /// of the mask.
    pub(crate) latents: Tensor<B, 5>,
    /// How strongly each of the `vace_layers` comes in; 0 for nothing, 1 as trained.
    pub(crate) strengths: &'a [f64],
}

/// The second transformer.
#[derive(Debug)]
pub(super) struct Guide<B: Backend> {
    patch: Linear<B>,
    begin: Linear<B>,
    /// Each behind which layer, with what it says there.
    blocks: Vec<(usize, Block<B>, Linear<B>)>,
}

impl<B: Backend> Guide<B> {
    pub(super) fn load(parameters: &Parameters<'_, B>, config: &Config) -> Result<Self, Error> {
        let width = config.width();
        let name = "vace_patch_embedding";
        let patch = patch::load(parameters, name, config.vace_in_channels, config.patch_size, width)?;
        let begin = Linear::load(&parameters.within("vace_blocks.0"), "proj_in", width, width)?;
        let block = |(index, &layer): (usize, &usize)| {
            let parameters = parameters.within(&format!("vace_blocks.{index}"));
            let block = Block::load(&parameters, config)?;
            Ok((layer, block, Linear::load(&parameters, "proj_out", width, width)?))
        };
        let blocks = config.vace_layers.iter().enumerate().map(block).collect::<Result<_, Error>>()?;
        Ok(Self { patch, begin, blocks })
    }

    /// What is added to the tokens behind which layers, given the tokens before the first one, `[batch,
    /// token, channel]`.
    pub(super) fn hints(
        &self,
        control: &Control<'_, B>,
        patch: [usize; 3],
        tokens: &Tensor<B, 3>,
        around: &Surroundings<'_, B>,
    ) -> Vec<(usize, Tensor<B, 3>)> {
        let embedded = self.patch.forward(patch::cut(control.latents.clone(), patch));
        let mut state = self.begin.forward(filled(embedded, tokens.dims()[1])) + tokens.clone();
        let mut hints = Vec::with_capacity(self.blocks.len());
        for ((layer, block, say), &strength) in self.blocks.iter().zip(control.strengths) {
            state = block.forward(state, around);
            hints.push((*layer, say.forward(state.clone()) * strength));
        }
        hints
    }
}

/// Tokens with zeros behind, up to so many: control may be shorter than the video.
fn filled<B: Backend>(tokens: Tensor<B, 3>, count: usize) -> Tensor<B, 3> {
    let [batch, present, channels] = tokens.dims();
    if present == count {
        return tokens;
    }
    let zeros = Tensor::zeros([batch, count - present, channels], &tokens.device());
    Tensor::cat(vec![tokens, zeros], 1)
}
