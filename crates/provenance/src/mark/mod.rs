//! Marks that stay in pixels and samples.

pub mod audio;
pub mod video;
