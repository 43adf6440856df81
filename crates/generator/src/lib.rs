//! The neural generator: conditioning in, finished frame out.
//!
//! It runs the `RT` HDR networks of Open Image Denoise (light, albedo and normal in; clean light out), at parity with
//! the original library. The steps of one frame:
//!
//! 1. `prefilter` cleans albedo and normal by networks of their own, if asked to.
//! 2. `exposure` finds the scale that brings the picture to middle grey.
//! 3. `tile` cuts the picture so that memory stays bounded.
//! 4. `features` turns a tile's planes into the network's input channels, through the `transfer` curve.
//! 5. `unet` runs the network as its table in `topology` says, on a `gpu` through burn or on the `cpu`; there
//!    `convolution` is ours, over channels-last maps, by `winograd`'s algorithm.
//! 6. `features` takes the result back through the curve into nits.
//!
//! Before that, frames of a shot share their light through `temporal`, so that the picture holds still; `training` makes the
//! small network in it.
//!
//! Backends are generic only inside this crate. What leaves it is concrete, because code that is generic over a
//! burn backend takes minutes to compile wherever it is used.

mod convolution;
mod cpu;
mod device;
mod error;
mod exposure;
mod features;
mod filter;
mod generator;
mod gpu;
mod guide;
mod instructions;
mod map;
mod network;
mod pass;
mod pool;
mod prefilter;
mod product;
mod temporal;
/// Where unit tests compute; `tests/wan_gpu.rs` names another.
#[cfg(test)]
mod test_backend {
    pub(crate) type TestBackend = burn_flex::Flex;
    pub(crate) use crate::wan::attention::on_cpu as flash;
}
mod tile;
mod topology;
mod training;
mod transfer;
mod unet;
mod vector;
mod video;
mod wan;
mod weights;
mod winograd;

pub use device::DeviceChoice;
pub use error::Error;
pub use generator::Generator;
pub use guide::{BlobError, GuideFrame, GuideFrames};
pub use network::{BuiltIn, Guides, Network, Size, TEMPORAL_HEAD};
pub use prefilter::{Guide, Prefilter};
pub use temporal::History;
pub use training::{Course, Lesson, Loss, Sequence, Validation};
pub use video::{
    Brief, Finished, Levels, ModelFiles, Progress, SamplerKind, Sampling, Savepoint, VideoKind, VideoModel,
    weights_metadata,
};
