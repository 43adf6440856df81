//! Noisy latents to the velocity that leads to a video: Wan's diffusion transformer.
//!
//! "Wan: Open and Advanced Large-Scale Video Generative Models", 2025; parameters are named as in diffusers'
//! `WanTransformer3DModel` and `WanVACETransformer3DModel`. The steps of one evaluation:
//!
//! 1. `condition` turns time (`time`), text and pictures into the network's channels.
//! 2. `patch` cuts the latents into tokens; `rotary` knows where each is.
//! 3. `control` runs a second, shallower transformer over what guides the video, if anything does.
//! 4. Each `block` lets tokens look at each other and at the context (`heads`), and takes in what `control` says.
//! 5. `patch` puts the last tokens together.
//!
//! A network that looks back only goes stretch by stretch, and `past` is what it keeps of the ones before.

mod block;
mod condition;
mod config;
mod control;
mod heads;
mod inferred;
mod model;
mod past;
mod patch;
mod rotary;
#[cfg(test)]
mod tests;
mod time;

pub(crate) use condition::Context;
pub(crate) use config::Config;
pub(crate) use control::Control;
pub(crate) use model::Transformer;
pub(crate) use past::{Limit, Past};
