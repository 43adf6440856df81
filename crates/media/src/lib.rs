//! Movies and sounds to frames and samples, and frames to movies, through the system's `ffmpeg`.
//!
//! A program, not a library: no build step, the system's codecs, and its licence stays its own. This crate starts it, feeds
//! it, reads it and reports its last words; what is encoded how is for those to say who deliver.

mod error;
mod ffmpeg;
mod frames;
mod probe;
mod samples;

pub use error::Error;
pub use ffmpeg::{Ffmpeg, Running};
pub use frames::{Frames, PixelFormat, Reading, read_frames};
pub use probe::{PictureStream, Probe, SoundStream, probe};
pub use samples::read_samples;
