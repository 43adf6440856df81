//! Control by pictures: a second, shallower transformer whose states are added to the first (VACE).
//!
//! Jiang et al., "VACE: All-in-One Video Creation and Editing", 2025. The second one starts from the first
//! one's tokens and the control's; behind each chosen layer of the first, one of its states comes in, times a
//! strength. Several controls are looked at one after the other, and what they say is added.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::block::{Block, Surroundings};
use super::config::Config;
use super::past::Kept;
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

    /// The controls in the first one's channels, given its tokens before the first layer, `[batch, token, channel]`.
    /// `kept` is what each control's layers kept of the tokens before.
    pub(super) fn begin<'a>(
        &'a self,
        controls: &[Control<'a, B>],
        kept: Option<&'a mut [Vec<Kept<B>>]>,
        patch: [usize; 3],
        tokens: &Tensor<B, 3>,
    ) -> Hints<'a, B> {
        let begun = |control: &Control<'a, B>| {
            let latents = control.latents.clone().cast(tokens.dtype());
            let embedded = self.patch.forward(patch::cut(latents, patch));
            self.begin.forward(filled(embedded, tokens.dims()[1])) + tokens.clone()
        };
        let mut kept = kept.into_iter().flatten();
        let states = controls.iter().map(|control| (control, control.effective(), kept.next()));
        let states = states.filter(|(_, strengths, _)| !strengths.is_empty());
        let states = states.map(|(control, strengths, kept)| State {
            tokens: begun(control),
            strengths,
            kept: kept.map(|layers| layers.iter_mut()),
        });
        Hints { left: &self.blocks, states: states.collect() }
    }
}

/// Controls on their way through the second transformer, which goes along with the first: what they say has the size of
/// all tokens, and is held for one layer only.
#[derive(Debug)]
pub(super) struct Hints<'a, B: Backend> {
    /// The blocks that come.
    left: &'a [(usize, Block<B>, Linear<B>)],
    /// Each control's.
    states: Vec<State<'a, B>>,
}

/// A control on its way.
#[derive(Debug)]
struct State<'a, B: Backend> {
    tokens: Tensor<B, 3>,
    /// In the blocks that come.
    strengths: &'a [f64],
    /// Likewise, what each kept of the tokens before.
    kept: Option<std::slice::IterMut<'a, Kept<B>>>,
}

impl<B: Backend> Hints<'_, B> {
    /// What all controls together add to the tokens behind a layer; layers are asked for in order.
    pub(super) fn behind(&mut self, layer: usize, around: &Surroundings<'_, B>) -> Option<Tensor<B, 3>> {
        let ((_, block, say), left) = self.left.split_first().filter(|((at, ..), _)| *at == layer)?;
        self.left = left;
        let mut sum = None;
        let states = std::mem::take(&mut self.states).into_iter().filter_map(|state| {
            let State { tokens, strengths, mut kept } = state;
            let (&strength, strengths) = strengths.split_first()?;
            let tokens = block.forward(tokens, around, kept.as_mut().and_then(Iterator::next));
            let hint = say.forward(tokens.clone()) * strength;
            sum = Some(match sum.take() {
                Some(others) => others + hint,
                None => hint,
            });
            (!strengths.is_empty()).then_some(State { tokens, strengths, kept })
        });
        self.states = states.collect();
        sum
    }
}

impl<'a, B: Backend> Control<'a, B> {
    /// The strengths up to the last that is not 0.
    fn effective(&self) -> &'a [f64] {
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
    let zeros = Tensor::zeros([batch, count - present, channels], (&tokens.device(), tokens.dtype()));
    Tensor::cat(vec![tokens, zeros], 1)
}
