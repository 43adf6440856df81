//! One GPU device and queue for the tracer and the generator.
//!
//! [`Gpu::detect`] finds a real GPU or nothing: a software adapter runs these shaders slower than the CPU runs their
//! Rust twins (measured: a quarter of the rays), so it serves tests only, through [`Gpu::software_or_real`]. Whatever
//! the device complains about becomes an [`Error`] instead of a panic.

mod device;
mod error;
mod transfer;

pub use device::Gpu;
pub use error::Error;
