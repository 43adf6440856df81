//! The video model's own tests once more, on burn-wgpu.
#![allow(dead_code, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../src/error.rs"]
mod error;
#[path = "../src/wan/mod.rs"]
mod wan;

pub use error::Error;

mod test_backend {
    pub(crate) type TestBackend = burn_wgpu::Wgpu;
}
