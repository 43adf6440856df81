//! Tokens to what they mean in their context, by the encoder of UMT5 (Chung et al. 2023).
//!
//! The published encoder has 5.7 billion parameters and is needed once a prompt. So it is never in memory as
//! a whole: each layer is read, applied to all prompts and dropped, and of the table of tokens only the rows
//! in use are read.
//!
//! The original fills prompts up to 512 tokens and hides the filling from attention; here there is no filling
//! in the first place, which gives the same numbers for less work.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::block::Block;
use super::config::Config;
use super::distance;
use crate::Error;
use crate::wan::checkpoint::{Checkpoint, Parameters, Precision};
use crate::wan::norm::RmsNorm;

/// Each prompt's tokens, `[token]`, to `[1, token, channel]`.
pub(crate) fn encode<B: Backend>(
    checkpoint: &Checkpoint,
    config: &Config,
    prompts: &[Vec<u32>],
    device: &B::Device,
    precision: Precision,
) -> Result<Vec<Tensor<B, 3>>, Error> {
    checkpoint.check::<B, _>(device, |parameters| {
        parameters.ignore("encoder.embed_tokens.weight");
        embed(parameters, config, &[0])?;
        (0..config.num_layers).try_for_each(|layer| block(parameters, config, layer).map(drop))?;
        last(parameters, config)
    })?;
    let parameters = checkpoint.parameters::<B>(device, precision);
    let prompts = prompts.iter().map(|tokens| embed(&parameters, config, tokens));
    let mut prompts = prompts.collect::<Result<Vec<_>, Error>>()?;
    for layer in 0..config.num_layers {
        let block = block(&parameters, config, layer)?;
        prompts = prompts.into_iter().map(|tokens| forward(&block, config, tokens)).collect();
    }
    let norm = last(&parameters, config)?;
    Ok(prompts.into_iter().map(|tokens| norm.forward(tokens)).collect())
}

/// `[token]` to `[1, token, channel]`.
fn embed<B: Backend>(
    parameters: &Parameters<'_, B>,
    config: &Config,
    tokens: &[u32],
) -> Result<Tensor<B, 3>, Error> {
    Ok(parameters.rows("shared.weight", [config.vocab_size, config.d_model], tokens)?.unsqueeze())
}

fn block<B: Backend>(
    parameters: &Parameters<'_, B>,
    config: &Config,
    layer: usize,
) -> Result<Block<B>, Error> {
    Block::load(&parameters.within(&format!("encoder.block.{layer}")), config)
}

fn last<B: Backend>(parameters: &Parameters<'_, B>, config: &Config) -> Result<RmsNorm<B>, Error> {
    RmsNorm::load(parameters, "encoder.final_layer_norm", config.d_model, config.layer_norm_epsilon)
}

fn forward<B: Backend>(block: &Block<B>, config: &Config, tokens: Tensor<B, 3>) -> Tensor<B, 3> {
    let (count, farthest) = (config.relative_attention_num_buckets, config.relative_attention_max_distance);
    let buckets = distance::buckets(tokens.dims()[1], count, farthest, &tokens.device());
    block.forward(tokens, buckets)
}

/// `[1, token, channel]` with zeros behind, up to `length` tokens: what the transformer was trained to attend
/// to.
pub(crate) fn padded<B: Backend>(tokens: Tensor<B, 3>, length: usize) -> Tensor<B, 3> {
    let [batch, count, channels] = tokens.dims();
    if count >= length {
        return tokens.narrow(1, 0, length);
    }
    let zeros = Tensor::zeros([batch, length - count, channels], (&tokens.device(), tokens.dtype()));
    Tensor::cat(vec![tokens, zeros], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::tests::{Cpu, Fixture, assert_close, checkpoint, path};
    use crate::wan::text::TOKENS;

    const LIMIT: f32 = 1e-4;

    fn config() -> Config {
        Config::read(&path("text_encoder/config.json")).unwrap()
    }

    fn encoded(tokens: Vec<u32>) -> Tensor<Cpu, 3> {
        let device = Default::default();
        let all = encode(&checkpoint("text_encoder"), &config(), &[tokens], &device, Precision::Single);
        all.unwrap().remove(0)
    }

    #[test]
    fn every_layer_gives_what_transformers_gives() {
        let fixture = Fixture::open("text_encoder.safetensors");
        let tokens: Vec<f32> = fixture.tensor::<2>("in.tokens").into_data().into_vec().unwrap();
        let tokens: Vec<u32> = tokens.into_iter().map(|token| token as u32).collect();
        let (checkpoint, config, device) = (checkpoint("text_encoder"), config(), Default::default());
        let parameters = checkpoint.parameters::<Cpu>(&device, Precision::Single);
        let mut state = embed(&parameters, &config, &tokens).unwrap();
        // The original lists each layer's input; its last entry is the normalised output.
        for layer in 0..config.num_layers {
            let name = format!("out.state.{layer}");
            assert_close(&name, state.clone(), fixture.tensor(&name), LIMIT);
            state = forward(&block(&parameters, &config, layer).unwrap(), &config, state);
        }
        assert_close("out.last", encoded(tokens), fixture.tensor("out.last"), LIMIT);
    }

    #[test]
    fn prompts_give_what_the_pipeline_gives_filled_up_with_zeros() {
        let fixture = Fixture::open("text_encoder.safetensors");
        for (index, prompt) in crate::wan::text::tokenizer::prompts().into_iter().enumerate() {
            if ![1, 4, 6].contains(&index) {
                continue;
            }
            let name = format!("out.prompt.{index}");
            assert_close(&name, padded(encoded(prompt.tokens), TOKENS), fixture.tensor(&name), LIMIT);
        }
    }

    #[test]
    fn a_token_beyond_the_table_is_refused() {
        let rows = config().vocab_size as u32;
        let (checkpoint, device) = (checkpoint("text_encoder"), Default::default());
        let result = encode::<Cpu>(&checkpoint, &config(), &[vec![rows]], &device, Precision::Single);
        let message = result.unwrap_err().to_string();
        assert!(message.contains(&format!("shared.weight` has no row {rows}")), "{message}");
    }
}
