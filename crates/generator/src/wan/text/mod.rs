//! A prompt to what the transformer attends to.
//!
//! 1. `prompt` cleans the text.
//! 2. `tokenizer` cuts it into at most 512 tokens.
//! 3. `encoder` turns tokens into vectors, layer by layer (`block`), by what they are and how far apart they
//!    stand (`distance`).

mod block;
mod config;
mod distance;
mod encoder;
mod prompt;
mod tokenizer;

pub(crate) use config::Config;
pub(crate) use encoder::{encode, padded};
pub(crate) use tokenizer::{TOKENS, Tokenizer};
