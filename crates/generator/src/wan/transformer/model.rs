//! Noisy latents, time and context to the velocity from data to noise.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::block::{Block, Surroundings, modulated};
use super::condition::{Conditions, Context};
use super::config::Config;
use super::control::{Control, Guide, Hints};
use super::past::{Kept, Limit, Past};
use super::patch;
use super::rotary::Rotary;
use crate::Error;
use crate::wan::attention::Kernel;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;
use crate::wan::norm::LayerNorm;

/// Wan's diffusion transformer.
#[derive(Debug)]
pub(crate) struct Transformer<B: Backend> {
    config: Config,
    pub(super) patch: Linear<B>,
    pub(super) conditions: Conditions<B>,
    pub(super) blocks: Vec<Block<B>>,
    pub(super) guide: Option<Guide<B>>,
    norm_out: LayerNorm<B>,
    proj_out: Linear<B>,
    /// `[1, 2, channel]`.
    modulation: Tensor<B, 3>,
    pub(super) kernel: Kernel<B>,
}

impl<B: Backend> Transformer<B> {
    /// Reads all parameters, named as in diffusers.
    pub(crate) fn load(parameters: &Parameters<'_, B>, config: Config) -> Result<Self, Error> {
        let width = config.width();
        let block = |layer| Block::load(&parameters.within(&format!("blocks.{layer}")), &config);
        let guide = (!config.vace_layers.is_empty()).then(|| Guide::load(parameters, &config));
        let name = "patch_embedding";
        Ok(Self {
            patch: patch::load(parameters, name, config.in_channels, config.patch_size, width)?,
            conditions: Conditions::load(&parameters.within("condition_embedder"), &config)?,
            blocks: (0..config.num_layers).map(block).collect::<Result<_, Error>>()?,
            guide: guide.transpose()?,
            norm_out: LayerNorm::plain(config.eps),
            proj_out: Linear::load(parameters, "proj_out", width, config.out_channels * config.patch())?,
            modulation: parameters.tensor("scale_shift_table", [1, 2, width])?,
            kernel: Kernel::chunked(),
            config,
        })
    }

    /// The same, computing attention in this way; without it, in chunks of queries.
    #[must_use]
    pub(crate) fn attending_by(self, kernel: Kernel<B>) -> Self {
        Self { kernel, ..self }
    }

    /// Its sizes.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What the tokens attend to: the text's encoding, `[batch, 512, channel]`, and that of pictures,
    /// `[batch, token, channel]` (first and last frame: `[2 · batch, token, channel]`). Made once for all
    /// steps.
    pub(crate) fn context(&self, text: Tensor<B, 3>, pictures: Option<Tensor<B, 3>>) -> Context<B> {
        self.conditions.context(text, pictures)
    }

    /// The velocity, `[batch, out channel, frame, row, column]`, at a time from 1000 (noise) to 0 (data).
    /// Latents are `[batch, in channel, frame, row, column]`, with whole boxes along the last three axes; they, the
    /// context and control may have another precision than the network, and the velocity has that of the latents.
    pub(crate) fn forward(
        &self,
        latents: Tensor<B, 5>,
        time: f32,
        context: &Context<B>,
        controls: &[Control<'_, B>],
    ) -> Tensor<B, 5> {
        self.evaluate(latents, time, context, controls, None, false)
    }

    /// Nothing yet, for [`forward_after`](Self::forward_after) with so many controls, which keeps latent frames to a limit.
    pub(crate) fn past(&self, controls: usize, limit: Limit) -> Past<B> {
        Past::new(&self.config, controls, limit)
    }

    /// [`forward`](Self::forward) for latents whose tokens see those of the frames in `past`, too, and stand behind them in
    /// time. If `keeps`, they are in it from then on.
    pub(crate) fn forward_after(
        &self,
        past: &mut Past<B>,
        keeps: bool,
        latents: Tensor<B, 5>,
        time: f32,
        context: &Context<B>,
        controls: &[Control<'_, B>],
    ) -> Tensor<B, 5> {
        let [frames, ..] = patch::grid(&latents, self.config.patch_size);
        let velocity = self.evaluate(latents, time, context, controls, Some(past), keeps);
        if keeps {
            past.frames += frames;
        }
        velocity
    }

    fn evaluate(
        &self,
        latents: Tensor<B, 5>,
        time: f32,
        context: &Context<B>,
        controls: &[Control<'_, B>],
        past: Option<&mut Past<B>>,
        keeps: bool,
    ) -> Tensor<B, 5> {
        let (patch, device) = (self.config.patch_size, latents.device());
        let (outer, inner) = (latents.dtype(), self.patch.precision());
        let grid = patch::grid(&latents, patch);
        let (time, blocks) = self.conditions.time(time, &device);
        let first = past.as_ref().map_or(0, |past| past.frames);
        let rotary = Rotary::new(first, grid, self.config.attention_head_dim, &device, inner);
        let keeps = past.as_ref().filter(|_| keeps).map(|past| past.limit(grid[1] * grid[2]));
        let around = Surroundings { context, time: blocks, rotary, kernel: self.kernel.clone(), keeps };
        let tokens = self.patch.forward(patch::cut(latents.cast(inner), patch));
        let (layers, said) =
            past.map(|past| (past.layers.as_mut_slice(), past.controls.as_mut_slice())).unzip();
        let hints = self.guide.as_ref().map(|guide| guide.begin(controls, said, patch, &tokens));
        let tokens = self.run(tokens, &around, hints, layers.unwrap_or_default());
        patch::join(self.finish(tokens, time), grid, patch).cast(outer)
    }

    /// All blocks, with what each kept of the tokens before.
    fn run(
        &self,
        mut tokens: Tensor<B, 3>,
        around: &Surroundings<'_, B>,
        mut hints: Option<Hints<'_, B>>,
        kept: &mut [Kept<B>],
    ) -> Tensor<B, 3> {
        let mut kept = kept.iter_mut();
        for (layer, block) in self.blocks.iter().enumerate() {
            tokens = block.forward(tokens, around, kept.next());
            if let Some(hint) = hints.as_mut().and_then(|hints| hints.behind(layer, around)) {
                tokens = tokens + hint;
            }
        }
        tokens
    }

    /// `[batch, token, channel]` to `[batch, token, box · out channel]`.
    fn finish(&self, tokens: Tensor<B, 3>, time: Tensor<B, 3>) -> Tensor<B, 3> {
        let modulation = self.modulation.clone() + time;
        let [shift, scale] = [0, 1].map(|index| modulation.clone().narrow(1, index, 1));
        self.proj_out.forward(modulated(self.norm_out.forward(tokens), shift, scale))
    }
}
