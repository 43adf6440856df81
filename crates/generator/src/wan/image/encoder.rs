//! Pictures to tokens, a layer at a time.
//!
//! The published encoder has 0.6 billion parameters and is needed once a shot. So, as the text encoder, it is never in memory
//! as a whole: each layer is read, applied and dropped.

use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::block::Block;
use super::config::Config;
use super::embedding::Embedding;
use super::preparation::Preparation;
use crate::Error;
use crate::wan::Video;
use crate::wan::checkpoint::{Checkpoint, Names, Parameters, Precision};
use crate::wan::norm::LayerNorm;
use crate::wan::transformer;

/// An image encoder on disk, checked.
#[derive(Debug)]
pub(crate) struct ImageEncoder {
    checkpoint: Checkpoint,
    pub(super) config: Config,
    preparation: Preparation,
}

impl ImageEncoder {
    /// Of an `image_encoder` folder (`config.json` and safetensors) and a `preprocessor_config.json`; reads no values yet.
    ///
    /// Errors name all tensors that are missing, misshapen or left over, and what the two configurations do not agree on.
    pub(crate) fn open<B: Backend>(
        encoder: &Path,
        processor: &Path,
        device: &B::Device,
    ) -> Result<Self, Error> {
        let config = Config::read(&encoder.join("config.json"))?;
        let preparation = Preparation::read(processor)?;
        if preparation.side() != config.image_size {
            let problem = format!(
                "`crop_size` is {}, the encoder's `image_size` {}",
                preparation.side(),
                config.image_size
            );
            return Err(Error::Config { file: processor.display().to_string(), problem });
        }
        let checkpoint = Checkpoint::open(encoder, Names::Image)?;
        checkpoint.check::<B, _>(device, |parameters| whole(parameters, &config))?;
        Ok(Self { checkpoint, config, preparation })
    }

    /// What keeps a transformer from attending to this encoder's tokens.
    pub(crate) fn check(&self, transformer: &transformer::Config) -> Result<(), String> {
        let (width, tokens) = (self.config.hidden_size, self.config.tokens());
        match (transformer.image_dim, transformer.pos_embed_seq_len) {
            (None, _) => {
                Err("`image_dim` is missing: the transformer does not attend to pictures".to_owned())
            }
            (Some(channels), _) if channels != width => {
                Err(format!("`image_dim` is {channels}, the image encoder gives {width} channels"))
            }
            (_, Some(both)) if both != 2 * tokens => {
                Err(format!("`pos_embed_seq_len` is {both}, it must be {}: two pictures' tokens", 2 * tokens))
            }
            _ => Ok(()),
        }
    }

    /// Pictures `[1, 3, any, any]`, −1 to 1, of any sizes, to `[picture, token, channel]`.
    pub(crate) fn encode<B: Backend>(
        &self,
        pictures: &[Video],
        device: &B::Device,
        precision: Precision,
    ) -> Result<Tensor<B, 3>, Error> {
        let prepared = pictures.iter().map(|picture| self.preparation.prepared(picture));
        let pictures = Tensor::cat(prepared.collect::<Result<_, _>>()?, 0).into_data();
        let pictures = Tensor::from_data(pictures, (device, precision.kind()));
        let parameters = self.checkpoint.parameters::<B>(device, precision);
        let tokens = Embedding::load(&parameters, &self.config)?.forward(pictures);
        (0..self.config.num_hidden_layers - 1)
            .try_fold(tokens, |tokens, layer| Ok(block(&parameters, &self.config, layer)?.forward(tokens)))
    }
}

fn block<B: Backend>(
    parameters: &Parameters<'_, B>,
    config: &Config,
    layer: usize,
) -> Result<Block<B>, Error> {
    Block::load(&parameters.within(&format!("encoder.layers.{layer}")), config)
}

/// Asks for all that a whole encoder has, also for what comes behind the tokens that are wanted.
fn whole<B: Backend>(parameters: &Parameters<'_, B>, config: &Config) -> Result<(), Error> {
    Embedding::load(parameters, config)?;
    (0..config.num_hidden_layers).try_for_each(|layer| block(parameters, config, layer).map(drop))?;
    LayerNorm::load(parameters, "post_layernorm", config.hidden_size, config.layer_norm_eps)?;
    // What leads to the space that CLIP shares with words.
    parameters.ignore("visual_projection.weight");
    Ok(())
}
