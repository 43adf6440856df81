//! Marks that stay in pixels and samples.

pub mod audio;
mod key;
pub mod video;

pub use key::{InstallKey, KeyError, PublicKey};
