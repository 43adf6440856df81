//! A moment to its G-buffer and light, on a GPU or a CPU.
//!
//! Unidirectional path tracing with next-event estimation and multiple importance sampling, twice: in Rust over all
//! cores, and in WGSL compute. Both read the same flat arrays (`world`), draw the same counter-based samples and
//! have the same file split (`transport/*.rs` and `shaders/shared/*.wgsl`), so that they agree pixel by pixel and
//! each tests the other.

mod bvh;
mod cpu;
mod develop;
mod error;
mod gpu;
mod lanes;
mod settings;
#[cfg(test)]
mod strategies;
mod tracer;
mod transport;
mod world;

pub use error::Error;
pub use settings::{PixelFilter, Settings};
pub use tracer::{Clamped, Traced, Tracer};

#[cfg(test)]
#[path = "../tests/set/mod.rs"]
mod set;
