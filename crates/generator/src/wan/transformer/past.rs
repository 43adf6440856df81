//! What a network that only looks back keeps of the frames that are done.
//!
//! Causal variants of Wan make a video stretch by stretch: tokens see those of their own stretch and of the ones before,
//! whose keys and values never change again and are kept instead of computed anew (Yin et al., "From Slow Bidirectional
//! to Fast Autoregressive Video Diffusion Models", 2025; Huang et al., "Self Forcing", 2025).

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::config::Config;

/// Keys and values of all layers, of the frames that are done.
#[derive(Clone, Debug)]
pub(crate) struct Past<B: Backend> {
    /// Latent frames that are done: where the next ones stand in time.
    pub(super) frames: usize,
    limit: Limit,
    pub(super) layers: Vec<Kept<B>>,
    /// Of each control's own layers.
    pub(super) controls: Vec<Vec<Kept<B>>>,
}

/// How much is kept, in latent frames or in tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    /// The very first, for good: reference pictures.
    pub(crate) first: usize,
    /// The latest of the others.
    pub(crate) latest: usize,
}

/// Those of one layer, `[batch, head, token, channel]`, if there are any.
#[derive(Clone, Debug)]
pub(super) struct Kept<B: Backend>(Option<[Tensor<B, 4>; 2]>);

impl<B: Backend> Past<B> {
    /// Nothing yet, for so many controls.
    pub(super) fn new(config: &Config, controls: usize, limit: Limit) -> Self {
        let layers = |count| vec![Kept(None); count];
        Self {
            frames: 0,
            limit,
            layers: layers(config.num_layers),
            controls: vec![layers(config.vace_layers.len()); controls],
        }
    }

    /// The limit in tokens, of which a frame has so many.
    pub(super) fn limit(&self, frame_tokens: usize) -> Limit {
        Limit { first: self.limit.first * frame_tokens, latest: self.limit.latest * frame_tokens }
    }
}

impl<B: Backend> Kept<B> {
    /// What was kept, and `new` behind it; which is kept, too, as far as the limit goes, where there is one.
    pub(super) fn with(&mut self, new: [Tensor<B, 4>; 2], keeps: Option<Limit>) -> [Tensor<B, 4>; 2] {
        let all = match (&self.0, new) {
            (Some([old_key, old_value]), [key, value]) => {
                [[old_key.clone(), key], [old_value.clone(), value]].map(|pair| Tensor::cat(pair.into(), 2))
            }
            (None, new) => new,
        };
        if let Some(limit) = keeps {
            self.0 = limit.of(&all);
        }
        all
    }
}

impl Limit {
    /// What is kept of tokens `[batch, head, token, channel]`.
    fn of<B: Backend>(self, tokens: &[Tensor<B, 4>; 2]) -> Option<[Tensor<B, 4>; 2]> {
        let count = tokens[0].dims()[2];
        if count <= self.first + self.latest {
            return Some(tokens.clone());
        }
        let parts = [(0, self.first), (count - self.latest, self.latest)];
        let parts: Vec<_> = parts.into_iter().filter(|(_, count)| *count > 0).collect();
        let kept = |tensor: Tensor<B, 4>| {
            Tensor::cat(parts.iter().map(|&(at, count)| tensor.clone().narrow(2, at, count)).collect(), 2)
        };
        (!parts.is_empty()).then(|| tokens.clone().map(kept))
    }
}
