//! Real people, and recordings of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose likeness or voice a recording is. A real person appears only with a grant that they signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Person {
    /// The file of their grant: `Grant("consent/maya.grant")`. `maquette consent` makes one.
    Grant(#[schemars(extend("x-path" = true))] String),
    /// No real person; the text says what it is instead: `NotReal("rendered from scenes/performer.ron")`. The words go
    /// into every file's credential.
    NotReal(String),
}

/// A recorded person on a card that stands in the set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cameo {
    /// The recording: a movie, or the first of numbered pictures (`plates/maya.1001.png`) at the scene's frame rate.
    #[schemars(extend("x-path" = true, "x-files" = ["mov", "mp4", "mkv", "webm", "png", "tif", "tiff"]))]
    pub plate: String,
    /// Who it is.
    pub person: Person,
    /// Their height in metres, from the soles to the top of the head.
    #[schemars(range(min = 0.3, max = 3.0))]
    pub height_m: f32,
    /// What they were recorded before. Default `Green`.
    #[serde(default)]
    pub backdrop: Backdrop,
    /// A picture or movie of the backdrop without the person, from the same camera: uneven light then keys as well as even.
    #[serde(default)]
    #[schemars(extend("x-path" = true, "x-files" = ["mov", "mp4", "mkv", "webm", "png", "tif", "tiff"]))]
    pub clean_plate: Option<String>,
    /// When the recording starts to play, on the world's clock. Before it and after its end its first and last frame stand
    /// still. Default 0.
    #[serde(default)]
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub at_s: f64,
    /// Seconds of the recording that are skipped: the slate, for instance. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 86400.0))]
    pub plate_from_s: f64,
    /// How much of the set's light falls on them, 0 (as recorded) to 1. Default 0.8.
    #[serde(default = "default_relight")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub relight: f32,
    /// Level of their recorded voice: active RMS in dB SPL at one metre. `None` leaves the recording's sound out. Default 62.
    #[serde(default = "default_level")]
    #[schemars(range(min = -20.0, max = 140.0))]
    pub voice_db_spl_1m: Option<f32>,
    /// The words that are heard, line by line. Needed where the grant allows certain lines only.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub says: Vec<String>,
}

/// What a person was recorded before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Backdrop {
    /// Green cloth or paint.
    #[default]
    Green,
    /// Blue cloth or paint.
    Blue,
    /// Neutral grey. Needs a clean plate.
    Grey,
    /// White. Needs a clean plate.
    White,
    /// Nothing: the pictures carry their own alpha.
    Alpha,
}

fn default_relight() -> f32 {
    0.8
}

fn default_level() -> Option<f32> {
    Some(62.0)
}
