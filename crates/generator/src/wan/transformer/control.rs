//! Control by pictures: a second, shallower transformer whose states are added to the first (VACE).
//!
//! Jiang et al., "VACE: All-in-One Video Creation and Editing", 2025. The second one starts from the first
//! one's tokens and the control's; behind each chosen layer of the first, one of its states comes in, times a
//! strength. Several controls are looked at one after the other, and what they say is added.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::block::{Block, Surroundings};
use super::config::Config;
use super::patch;
use crate::Error;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;

/// One of what guides the video.
#[derive(Clone, Debug)]
pub(crate) struct Control<'a, B: Backend> {
    /// `[batch, channel, frame, row, column]`: 16 channels of latents of what stays, 16 of what changes, 64
    /// of the mask.
    pub(crate) latents: Tensor<B, 5>,
    /// How strongly each of the `vace_layers` comes in; 0 for nothing, 1 as trained. Behind the last that is not 0
    /// nothing is computed.
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

    /// What all controls together add to the tokens, by the layer behind which they do, given the tokens before
    /// the first one, `[batch, token, channel]`.
    pub(super) fn hints(
        &self,
        controls: &[Control<'_, B>],
        patch: [usize; 3],
        tokens: &Tensor<B, 3>,
        around: &Surroundings<'_, B>,
    ) -> BTreeMap<usize, Tensor<B, 3>> {
        let mut hints = BTreeMap::new();
        for control in controls {
            let strengths = control.effective();
            if strengths.is_empty() {
                continue;
            }
            let embedded = self.patch.forward(patch::cut(control.latents.clone(), patch));
            let mut state = self.begin.forward(filled(embedded, tokens.dims()[1])) + tokens.clone();
            for ((layer, block, say), &strength) in self.blocks.iter().zip(strengths) {
                state = block.forward(state, around);
                let hint = say.forward(state.clone()) * strength;
                // Sums are kept, not the parts: they have the size of all tokens.
                let sum = match hints.remove(layer) {
                    Some(others) => others + hint,
                    None => hint,
                };
                hints.insert(*layer, sum);
            }
        }
        hints
    }
}

impl<B: Backend> Control<'_, B> {
    /// The strengths up to the last that is not 0.
    fn effective(&self) -> &[f64] {
        let count = self.strengths.iter().rposition(|&strength| strength != 0.0).map_or(0, |last| last + 1);
        &self.strengths[..count]
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
