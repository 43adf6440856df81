//! Wan 2.1, the video model: words and guiding video in, a photoreal video out.
//!
//! After the reference implementation in diffusers 0.42.1 (Wan Team, "Wan: open and advanced large-scale video
//! generative models", 2025), with its names, so that published weights fit. Generic over burn's backends, and
//! therefore private to this crate.

mod activation;
pub(crate) mod attention;
mod budget;
pub(crate) mod checkpoint;
mod config;
mod control_video;
mod convolution;
mod end_frames;
mod euler;
mod image;
mod layout;
mod lcm;
mod linear;
mod noise;
mod norm;
mod reduce;
mod sample;
mod schedule;
pub(crate) mod self_test;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;
mod transformer;
mod unipc;
mod vae;
mod windows;

pub(crate) use budget::{Plan, Work};
pub(crate) use checkpoint::{Checkpoint, Names, Precision};
pub(crate) use control_video::{ControlVideo, SCALE, covering, on_canvas, without_references};
pub(crate) use end_frames::EndFrames;
pub(crate) use euler::Euler;
pub(crate) use image::{Config as ImageConfig, ImageEncoder};
pub(crate) use lcm::Lcm;
pub(crate) use noise::noise;
pub(crate) use sample::Guidance;
pub use schedule::Levels;
pub(crate) use schedule::{Memory, Sampler, Schedule};
pub(crate) use transformer::{Config as TransformerConfig, Context, Control, Limit, Past, Transformer};
pub(crate) use unipc::UniPc;
pub(crate) use vae::{FRAMES, Tiling, Vae, VaeConfig, Video};
pub(crate) use windows::Windows;
