//! Finished sound.

/// Sample rate of everything delivered.
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// A stereo programme at 48 kHz. Full scale is ±1.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// Left and right.
    pub samples: Vec<[f32; 2]>,
}
