//! Recordings that play in the space.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A recording on an emitter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    /// Its name.
    pub name: String,
    /// A WAV, FLAC or OGG file. Channels are summed: the room makes the width.
    #[schemars(extend("x-path" = true, "x-files" = ["wav", "flac", "ogg"]))]
    pub clip: String,
    /// Where it comes from.
    pub on: Emitter,
    /// Start on the world's clock. Default 0.
    #[serde(default)]
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub at_s: f64,
    /// Level at one metre: active RMS in dB SPL. Quiet speech 55, speech 62, a shout 85.
    #[schemars(range(min = -20.0, max = 140.0))]
    pub level_db_spl_1m: f32,
    /// Plays again and again. Default false.
    #[serde(default)]
    pub looped: bool,
}

/// Where a sound comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Emitter {
    /// A fixed point.
    At(#[schemars(extend("x-each-within" = 1e6))] (f32, f32, f32)),
    /// An actor's mouth.
    Actor(#[schemars(extend("x-ref" = "actor"))] String),
    /// A set piece's middle.
    Piece(#[schemars(extend("x-ref" = "piece"))] String),
}
