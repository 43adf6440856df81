//! A mix to the same mix with a number in it that survives codecs, and any sound to the number found there.
//!
//! A patchwork (Bender et al., "Techniques for data hiding", 1996) on the plane of time and frequency: 32 bands from 0.3 to 5.6 kHz,
//! pairs of neighbouring tiles of 43 ms, one a little louder, the other as much quieter. Which one, says a keyed sign and the
//! code word; 2048 pairs carry 40 bits every 5.5 seconds. In steps:
//!
//! 1. `spectrogram`: levels of the tiles, and how they differ within pairs, measured against what is usual around them;
//! 2. `pattern`: which pair carries which chip of which symbol, with which sign, by the published key;
//! 3. `payload`: 24 bits of id, a check that everybody can make and one for the install key, as four symbols of ten bits;
//! 4. `embedding`: gains that bring every symbol to a fixed strength, whatever the sound itself says along it
//!    (Malvar and Florêncio, "Improved spread spectrum", 2003), none where it is silent;
//! 5. `peak`: no true peak higher than before;
//! 6. `detection`: all periods folded onto one, all offsets and symbols tried, and an honest bound on chance.
//!
//! One gain serves all channels, so directions stay (Ambisonics included), and any downmix carries the mark. It is for final mixes:
//! a bare voice has too few cells to hide in.

mod detection;
mod embedding;
mod pattern;
mod payload;
mod peak;
mod spectrogram;

pub use detection::{CHANCE, Found, detect, strongest};
pub use embedding::AudioMark;
pub use payload::ID_BITS;
