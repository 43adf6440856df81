//! One function walks the whole line from scene to take.
//!
//! 1. `stage` plays the scene and yields the frame's [`Moment`](maquette_conditioning::Moment);
//! 2. `tracer` turns it into geometry planes and light;
//! 3. `generator` turns these, and what it remembers of the frames before, into a finished frame (unless raw radiance is
//!    asked for);
//! 4. `delivery` writes it, and the journal notes that it is complete;
//! 5. `acoustics` and `soundtrack` make each shot's sound, joined in the order of the edit;
//! 6. `delivery` writes sound, movie, contact sheet and receipt.
//!
//! A [`Studio`] owns what is costly to make and can shoot again and again; [`listen`] makes the sound alone, [`play`] plays it.

mod adherence;
mod cast;
mod consent;
mod error;
mod event;
mod exposure;
mod fingerprint;
mod frame_range;
mod journal;
mod listen;
mod losses;
mod memory;
mod past;
mod plan;
mod play;
mod receipt;
mod settings;
mod shelf;
mod sound;
mod statement;
mod studio;
mod train;
mod weights;
mod writer;

pub use error::Error;
pub use event::{Event, Progress, Seconds};
pub use frame_range::{FrameRange, FrameRangeError};
pub use listen::{Listened, listen};
pub use maquette_generator::Error as GeneratorError;
pub use maquette_provenance::credential::Error as CredentialError;
pub use maquette_soundtrack::{Cost, Output};
pub use plan::Selection;
pub use play::{Playing, play};
pub use settings::{
    Certificate, Ears, Levels, Quality, SamplerKind, Sampling, Settings, SoundSettings, Sync, ToneMap,
    VideoSettings,
};
pub use studio::Studio;
pub use train::{Lecture, Trained, Training};
