//! What a surface does to sound.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Centres of the eight octave bands, in hertz. Where fewer numbers are given, the last repeats.
pub const BAND_CENTRES_HZ: [f32; 8] = [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0];

/// A named acoustic preset, or numbers of one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Acoustic {
    /// A preset: `acoustic: "sealed concrete"`.
    Preset(#[schemars(extend("x-ref" = "acoustic-preset"))] String),
    /// Numbers a band: `acoustic: (absorption: [0.1, 0.2], scattering: [0.3])`.
    Bands(AcousticBands),
}

/// Absorption, scattering and transmission loss by octave band from 125 Hz up; one to eight numbers each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcousticBands {
    /// Share of the arriving energy that does not come back, 0 to 1.
    #[schemars(length(min = 1, max = 8), inner(range(min = 0.0, max = 1.0)))]
    pub absorption: Vec<f32>,
    /// Share of the reflected energy that leaves in other than the mirror direction, 0 to 1. Default 0.1.
    #[serde(default = "default_scattering")]
    #[schemars(length(min = 1, max = 8), inner(range(min = 0.0, max = 1.0)))]
    pub scattering: Vec<f32>,
    /// Transmission loss (sound reduction index) of the partition in dB, 0 to 120: what comes out behind is this much
    /// weaker. Both faces of a wall together count once. Default: nothing comes out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8), inner(range(min = 0.0, max = 120.0)))]
    pub transmission_loss_db: Option<Vec<f32>>,
}

fn default_scattering() -> Vec<f32> {
    vec![0.1]
}
