//! Dry sounds through the room's acoustics to a programme at 48 kHz: in stereo, 5.1, for headphones, or in Ambisonics.
//!
//! The steps of [`render_whole`]:
//!
//! 1. `source`: what plays becomes pascals at one metre. `clip`, `level`: recordings; `ambience`: backgrounds; `strike`,
//!    `slide`: bodies that hit, rub and roll, by their modes (`substance` → `form` → `mode` → `resonator`, `hertz`).
//! 2. `octave`: each dry sound is split into eight bands that add up to it exactly.
//! 3. `path`, `stem`: each way to the listener is a fractional delay with a gain a band (`voice`: and a mouth's direction).
//!    Doppler shifts come out of the changing delay.
//!    `tail`: the late field becomes noise (`low_noise` → `carrier`) from six directions, shaped over time by the energies of
//!    eight octaves (`half_octave`).
//! 4. `ears`, `head`, `pan`: directions become channels.
//! 5. `bed`: what bypasses the room joins. `console`: everything meets on the tracks of a kira mixer that is pulled
//!    offline, block by block, without a device.
//!
//! [`Live`] plays a timeline through the same tracks on an [`Output`], the sound card or `nobody`, while [`Updates`] bring
//! acoustics from another thread, where `room` has made them one filter.
//!
//! Delivery then has [`Master`] bring all shots to one loudness. [`speak`] reads a line to a file beforehand, and [`jaw`](fn@jaw)
//! tells how a mannequin's mouth moves with it, by [`visemes`] where the synthesiser gives them.

mod ambience;
mod beam;
mod bed;
mod carrier;
mod clip;
mod console;
mod convolution;
mod dry;
mod ears;
mod error;
mod form;
mod half_octave;
mod head;
mod hertz;
mod interpolator;
mod jaw;
mod level;
mod limiter;
mod live;
mod loudness;
mod low_noise;
mod master;
mod mode;
mod nobody;
mod noise;
mod octave;
mod output;
mod pan;
mod path;
mod render;
mod resonator;
mod response;
mod room;
mod slide;
mod source;
mod speech;
mod stem;
mod strike;
mod substance;
mod sync;
mod tail;
mod viseme;
mod voice;

pub use ears::Listening;
pub use error::Error;
pub use head::Head;
pub use jaw::jaw;
pub use live::{Live, Updates};
pub use loudness::{Loudness, loudness};
pub use maquette_conditioning::{Mix, Stems};
pub use master::{Master, MasterSettings};
pub use nobody::{Cost, Spent};
pub use output::Output;
pub use render::{Settings, render, render_stems, render_whole};
pub use response::{ImpulseResponse, impulse_response};
pub use speech::{Line, speak};
pub use sync::Sync;
pub use viseme::{Viseme, visemes};
