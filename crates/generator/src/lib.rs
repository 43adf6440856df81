//! The neural generator: conditioning in, finished frame out.
//!
//! This version runs the `RT` HDR networks of Open Image Denoise (light, albedo and normal in; clean light out)
//! in burn, at parity with the original library. The steps of one frame:
//!
//! 1. `exposure` finds the scale that brings the picture to middle grey.
//! 2. `tile` cuts the picture so that memory stays bounded.
//! 3. `features` turns a tile's planes into the network's nine input channels, through the `transfer` curve.
//! 4. `unet` runs the network on a burn backend, flex or wgpu; `layers` says what it needs of them, `convolution` does it
//!    quickly on a CPU.
//! 5. `features` takes the result back through the curve into nits.
//!
//! Backends are generic only inside this crate. What leaves it is concrete, because code that is generic over a
//! burn backend takes minutes to compile wherever it is used.

mod convolution;
mod device;
mod error;
mod exposure;
mod features;
mod generator;
mod instructions;
mod layers;
mod network;
mod temporal;
mod tile;
mod training;
mod transfer;
mod unet;
mod weights;

pub use device::DeviceChoice;
pub use error::Error;
pub use generator::Generator;
pub use network::Network;
pub use temporal::History;
pub use training::{Course, Lesson, Loss, Validation};
