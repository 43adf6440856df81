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
    #[schemars(extend("x-path" = true, "x-files" = ["mov", "mp4", "mkv", "webm", "png", "tif", "tiff", "exr"]))]
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
    #[schemars(extend("x-path" = true, "x-files" = ["mov", "mp4", "mkv", "webm", "png", "tif", "tiff", "exr"]))]
    pub clean_plate: Option<String>,
    /// Parts of the picture of which it is known whether they are the person.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub mattes: Vec<Matte>,
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

/// An outline in a plate, and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matte {
    /// What is known.
    pub kind: MatteKind,
    /// Corners of a closed outline: shares of the picture's width and height from its top left, three at least. It stays where
    /// it is for the whole recording.
    #[schemars(length(min = 3, max = 1000), extend("x-each-within" = 10.0))]
    pub outline: Vec<(f32, f32)>,
    /// Width of its soft edge, in shares of the picture's height. Default 0.01.
    #[serde(default = "default_feather")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub feather: f32,
}

/// What is known of a part of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MatteKind {
    /// Nothing inside is the person: stands, tape, the end of the cloth.
    Garbage,
    /// Nothing outside is the person.
    GarbageOutside,
    /// All inside is the person: a green shirt before green cloth.
    Holdout,
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

fn default_feather() -> f32 {
    0.01
}

fn default_relight() -> f32 {
    0.8
}

fn default_level() -> Option<f32> {
    Some(62.0)
}
