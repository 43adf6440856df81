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
    /// The most of them that are kept.
    longest: usize,
    pub(super) layers: Vec<Kept<B>>,
    /// Of each control's own layers.
    pub(super) controls: Vec<Vec<Kept<B>>>,
}

/// Those of one layer, `[batch, head, token, channel]`, if there are any.
#[derive(Clone, Debug)]
pub(super) struct Kept<B: Backend>(Option<[Tensor<B, 4>; 2]>);

impl<B: Backend> Past<B> {
    /// Nothing yet, for so many controls. At most so many latent frames are kept, the latest.
    pub(super) fn new(config: &Config, controls: usize, longest: usize) -> Self {
        let layers = |count| vec![Kept(None); count];
        Self {
            frames: 0,
            longest,
            layers: layers(config.num_layers),
            controls: vec![layers(config.vace_layers.len()); controls],
        }
    }

    /// So many more frames are done, of so many tokens each: what is too long ago is forgotten.
    pub(super) fn advance(&mut self, frames: usize, frame_tokens: usize) {
        self.frames += frames;
        let most = self.longest * frame_tokens;
        self.layers.iter_mut().chain(self.controls.iter_mut().flatten()).for_each(|kept| kept.cut(most));
    }
}

impl<B: Backend> Kept<B> {
    /// What was kept, and `new` behind it; which is kept, too, if `keeps`.
    pub(super) fn with(&mut self, new: [Tensor<B, 4>; 2], keeps: bool) -> [Tensor<B, 4>; 2] {
        let all = match (&self.0, new) {
            (Some([old_key, old_value]), [key, value]) => {
                [[old_key.clone(), key], [old_value.clone(), value]].map(|pair| Tensor::cat(pair.into(), 2))
            }
            (None, new) => new,
        };
        if keeps {
            self.0 = Some(all.clone());
        }
        all
    }

    fn cut(&mut self, most: usize) {
        let last = |tensor: Tensor<B, 4>| {
            let count = tensor.dims()[2];
            tensor.narrow(2, count.saturating_sub(most), count.min(most))
        };
        self.0 = self.0.take().filter(|_| most > 0).map(|pair| pair.map(last));
    }
}
