//! Frames and mixes to finished files.
//!
//! A [`Frame`](maquette_conditioning::Frame) becomes a graded PNG and a multi-layer OpenEXR; a
//! [`Mix`](maquette_conditioning::Mix) becomes a WAV; PNGs and WAV become a movie and a contact sheet; a
//! [`Conditioning`](maquette_conditioning::Conditioning) is saved and loaded without losing a bit; finished pictures are
//! read back to be measured, and sound is drawn to be looked at. The same input
//! gives the same bytes, and a file has its final name only when it is complete.

mod agx;
mod atomic;
mod attributes;
mod contact_sheet;
mod dither;
mod error;
mod grade;
mod label;
mod movie;
mod mp3;
mod multilayer;
mod passes;
mod picture;
mod png;
mod reference;
mod saved_conditioning;
mod seal;
mod sound_sheet;
mod transfer;
mod wav;

pub use agx::agx;
pub use atomic::{write_file, write_shared_file};
pub use contact_sheet::{Sheet, contact_sheet, write_contact_sheet};
pub use error::Error;
pub use grade::{Image8, ToneMap, eight_bits, grade};
pub use label::label;
pub use movie::{Movie, check_ffmpeg, write_movie};
pub use mp3::write_mp3;
pub use multilayer::write_exr;
pub use picture::{Picture, read_exr};
pub use png::{read_png, write_png};
pub use reference::read_reference;
pub use saved_conditioning::{MAX_PIXELS, load_conditioning, save_conditioning};
pub use seal::{Certificate, Seal};
pub use sound_sheet::{Decay, Mark, SoundSheet, sound_sheet};
pub use transfer::{linear_from_srgb, srgb_from_linear};
pub use wav::{WavReport, write_channels, write_wav};
