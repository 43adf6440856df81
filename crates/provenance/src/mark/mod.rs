//! Marks that stay in pixels and samples.

pub mod audio;
mod bch;
mod key;
mod payload;
pub mod video;

pub use key::{InstallKey, KeyError, PublicKey};
pub use payload::Payload;
