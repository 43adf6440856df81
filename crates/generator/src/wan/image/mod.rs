//! Pictures to what an image-to-video transformer attends to: the vision transformer of CLIP.
//!
//! Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, section 2.4, after
//! Dosovitskiy et al., "An Image is Worth 16x16 Words", 2021; parameters are named as in transformers' `CLIPVisionModel`.
//! Wan takes the tokens before the last layer, which still know where they are, instead of the one vector that CLIP itself
//! ends in.
//!
//! 1. `preparation` brings a picture to the size and colours that the encoder was trained with (`resize`).
//! 2. `embedding` cuts it into patches, which become tokens beside a token of the whole.
//! 3. `encoder` takes them through every layer (`block`) but the last.

mod block;
mod config;
mod embedding;
mod encoder;
mod preparation;
mod resize;
#[cfg(test)]
mod tests;

pub(crate) use config::Config;
pub(crate) use encoder::ImageEncoder;
