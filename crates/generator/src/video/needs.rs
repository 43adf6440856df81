//! A model's files and a shot's size to the memory that a run takes, from configurations and headers alone: known before
//! anything large is read or traced.

use super::steps::Sight;
use super::{Brief, ModelFiles, VideoKind};
use crate::Error;
use crate::guide::Padding;
use crate::wan::{
    Checkpoint, FRAMES, ImageConfig, Names, Plan, Precision, TransformerConfig, VaeConfig, Work, text,
};

/// What memory depends on.
#[derive(Clone, Debug)]
pub(crate) struct Needs {
    pub(super) kind: VideoKind,
    pub(super) transformer: TransformerConfig,
    pub(super) precision: Precision,
    vae: VaeConfig,
    text: text::Config,
    image: Option<ImageConfig>,
    /// Values in the transformer's and the autoencoder's files.
    values: [u64; 2],
    /// Whether it runs in the computer's own memory.
    beside_video: bool,
}

impl Needs {
    /// Of a model whose transformer computes in this precision.
    ///
    /// Errors name files that are missing or say something impossible.
    pub(crate) fn read(
        kind: VideoKind,
        files: &ModelFiles,
        precision: Precision,
        beside_video: bool,
    ) -> Result<Self, Error> {
        let transformer = Checkpoint::open(&files.transformer, Names::Transformer)?;
        let vae = Checkpoint::open(&files.vae, Names::Vae)?;
        let image = files.image.as_ref().filter(|_| kind == VideoKind::Image);
        Ok(Self {
            kind,
            transformer: TransformerConfig::of(&files.transformer, &transformer)?,
            precision,
            vae: VaeConfig::beside(&files.vae)?,
            text: text::Config::read(&files.text_encoder.join("config.json"))?,
            image: image.map(|[encoder, _]| ImageConfig::read(&encoder.join("config.json"))).transpose()?,
            values: [transformer.values(), vae.values()],
            beside_video,
        })
    }

    /// How a shot runs, if what it needs is `free`. `has_poses` is whether anybody's pose can be seen.
    pub(crate) fn plan(
        &self,
        padding: Padding,
        has_poses: bool,
        brief: &Brief,
        free: Option<u64>,
    ) -> Result<Plan, Error> {
        let layers = self.transformer.vace_layers.len();
        if self.kind == VideoKind::Vace && ![0, layers].contains(&brief.blocks.len()) {
            let problem = format!(
                "`blocks` has {} strengths, and the model has {layers} control blocks; write as many, or leave it out",
                brief.blocks.len()
            );
            return Err(Error::Lead { problem });
        }
        let (width, height) = padding.size();
        let Sight { together, past } = Sight::new(&brief.sampling)?;
        let contexts = if brief.sampling.guidance == 1.0 { 1 } else { 2 };
        let references = if self.kind == VideoKind::Vace { brief.references.len() } else { 0 };
        // The latest are kept until those behind them are, too.
        let kept = |past: usize| (past + together).min(1 + padding.frames() / FRAMES) + references;
        let controls = [brief.has_main_video(), brief.edges > 0.0, has_poses && brief.pose > 0.0];
        let controls = controls.into_iter().filter(|led| *led && self.kind == VideoKind::Vace).count();
        let work = Work {
            transformer: &self.transformer,
            vae: &self.vae,
            text: &self.text,
            image: self.image.as_ref(),
            values: self.values,
            precision: self.precision,
            controls,
            references,
            past: past.map_or(0, |past| contexts * kept(past)),
            size: [padding.frames().min(1 + (together - 1) * FRAMES), height, width],
            length: padding.frames(),
            beside_video: self.beside_video,
        };
        work.plan(free).map_err(|problem| Error::Memory { problem: problem.to_string() })
    }
}
