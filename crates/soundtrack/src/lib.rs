//! Dry sounds through the room's acoustics to a stereo programme at 48 kHz.
//!
//! The steps of [`render`]:
//!
//! 1. `clip`, `level`: recordings are decoded, brought to 48 kHz and scaled to pascals at one metre.
//!    `strike`: hits become decaying tones of the materials that met.
//! 2. `octave`: each dry sound is split into eight bands that add up to it exactly.
//! 3. `path`, `stem`: each way to the listener is a fractional delay with a gain a band, panned by where it comes from.
//!    Doppler shifts come out of the changing delay.
//!    `tail`: the late field becomes noise from six directions, shaped in eight bands over time.
//! 4. `console`: the stems meet on the tracks of a kira mixer that is pulled offline, block by block, without a device.
//!
//! Delivery then asks [`programme_gain`] for one gain a sequence and [`applied`] for the samples. There is no late
//! reverberation, no head-related filtering and no time difference between the ears yet.

mod clip;
mod console;
mod dry;
mod error;
mod interpolator;
mod level;
mod loudness;
mod noise;
mod octave;
mod pan;
mod path;
mod render;
mod response;
mod stem;
mod strike;
mod substance;
mod tail;

pub use error::Error;
pub use loudness::{applied, programme_gain};
pub use maquette_conditioning::Mix;
pub use render::{Settings, render};
pub use response::{ImpulseResponse, impulse_response};
