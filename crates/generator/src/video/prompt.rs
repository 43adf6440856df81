//! Words to what the transformer attends to; kept on disk, because the encoder is ten times the transformer's size.

use std::fs;
use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::ModelFiles;
use super::files::traces;
use super::kept::{self, Tensors};
use crate::Error;
use crate::wan::text::{self, TOKENS, Tokenizer};
use crate::wan::{Checkpoint, Names, Precision};

const ENCODING: &str = "encoding";

/// Both prompts' encodings `[1, 512, channel]`, from `cache` where it is known. The encoder is opened only for what is not.
pub(super) fn encoded<B: Backend>(
    files: &ModelFiles,
    prompts: [&str; 2],
    cache: &Path,
    device: &B::Device,
) -> Result<[Tensor<B, 3>; 2], Error> {
    let tokenizer = Tokenizer::read(&files.tokenizer)?;
    let tokens = [tokenizer.tokens(prompts[0])?, tokenizer.tokens(prompts[1])?];
    let encoder = traces(&files.text_encoder)?;
    let owners = tokens.each_ref().map(|tokens| format!("{encoder} {tokens:?}"));
    let place = |owner: &str| cache.join(format!("{}.safetensors", blake3::hash(owner.as_bytes()).to_hex()));
    let known = |owner: &String| {
        let data = kept::read(&place(owner), owner)?.remove(ENCODING)?;
        Some(Tensor::<B, 3>::from_data(data, device))
    };
    let mut encodings = owners.each_ref().map(known);
    let missing: Vec<usize> = (0..2).filter(|&index| encodings[index].is_none()).collect();
    if !missing.is_empty() {
        let config = text::Config::read(&files.text_encoder.join("config.json"))?;
        let checkpoint = Checkpoint::open(&files.text_encoder, Names::Diffusers)?;
        let wanted: Vec<_> = missing.iter().map(|&index| tokens[index].clone()).collect();
        // Half precision is too little for it: its states grow beyond 65 504.
        let made = text::encode(&checkpoint, &config, &wanted, device, Precision::Single)?;
        for (&index, made) in missing.iter().zip(made) {
            let data = Tensors::from([(ENCODING.to_owned(), made.to_data())]);
            // Another run may be writing the same.
            let place = place(&owners[index]);
            let own = place.with_extension(format!("{}.safetensors", std::process::id()));
            kept::write(&own, &owners[index], &data)?;
            fs::rename(&own, &place).map_err(|source| Error::Keep { path: place, source })?;
            encodings[index] = Some(made);
        }
    }
    let lost = || Error::Prompt { problem: "the encoder gave nothing".to_owned() };
    let [wanted, unwanted] = encodings.map(|encoding| encoding.map(|tokens| text::padded(tokens, TOKENS)));
    Ok([wanted.ok_or_else(lost)?, unwanted.ok_or_else(lost)?])
}
