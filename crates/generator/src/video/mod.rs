//! A shot of the set to the finished shot, by a video model.
//!
//! 1. `prompt` turns words into what the transformer attends to.
//! 2. `shot` turns the set's frames into tensors: what leads, what stays, what the sampler begins with.
//! 3. `lead` is what leads it, window by window; `steps` are the noise levels, and `sampling` goes through them to latents, and
//!    can be stopped at any step.
//! 4. `render` decodes them, gives them the set's exposure and colour, and puts back what must stay.
//!
//! `needs` tells beforehand how much memory that takes; `model` is the door: concrete types only.

mod brief;
mod files;
mod kept;
mod lead;
mod model;
mod needs;
mod prompt;
mod render;
mod sampling;
mod shot;
mod steps;
#[cfg(test)]
mod tests;

pub use crate::wan::Levels;
pub use brief::{Brief, SamplerKind, Sampling};
pub use files::{ModelFiles, weights_metadata};
pub(crate) use model::Render;
pub use model::{Finished, Progress, VideoKind, VideoModel};
pub(crate) use needs::Needs;
pub(crate) use render::Wan;
pub use sampling::Savepoint;
