//! People and creatures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cameo, Turn};

/// Someone on the set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Their name.
    pub name: String,
    /// Their body.
    pub form: Form,
    /// A material of the scene for the whole body. Default: the mannequin's own, or what a model brings along.
    #[serde(default)]
    #[schemars(extend("x-ref" = "material"))]
    pub material: Option<String>,
    /// Where they are and when. Between marks they walk; before the first and after the last they stand.
    #[schemars(length(min = 1, max = 10000))]
    pub marks: Vec<Mark>,
}

/// The body of an actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Form {
    /// A jointed grey figure that walks.
    Mannequin {
        /// Height in metres. Default 1.75.
        #[serde(default = "default_height")]
        #[schemars(range(min = 0.3, max = 3.0))]
        height_m: f32,
    },
    /// A rigged model with named clips: `Gltf(file: "models/fox.glb", clips: [(t_s: 0.0, clip: "Walk")])`.
    Gltf {
        /// The model file.
        #[schemars(extend("x-path" = true, "x-files" = ["glb", "gltf"]))]
        file: String,
        /// Uniform scale. Default 1.
        #[serde(default = "one")]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1000.0))]
        scale: f32,
        /// Which clip plays from when on.
        #[serde(default)]
        #[schemars(length(max = 10000))]
        clips: Vec<Play>,
    },
    /// A recorded person, keyed and lit by the set: `Cameo((plate: "plates/maya.mp4", person: Grant("consent/maya.grant"),
    /// height_m: 1.68))`. They stand or glide where the marks say and face the camera; where a mark has a
    /// `turn_deg`, they face it only so far as the recording shows them, 25 degrees.
    Cameo(Cameo),
}

/// A clip of a rigged model, from a time on, looped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Play {
    /// Start on the world's clock.
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub t_s: f64,
    /// The clip's name in the model.
    pub clip: String,
    /// Playback speed. Default 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub speed: f32,
}

/// A place an actor must be at a time. Marks are in order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Time on the world's clock.
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub t_s: f64,
    /// On the floor, between the feet.
    #[schemars(extend("x-each-within" = 1e6))]
    pub at_m: (f32, f32, f32),
    /// Which way they face while standing here. Default: the way they came.
    #[serde(default)]
    pub turn_deg: Option<Turn>,
}

fn default_height() -> f32 {
    1.75
}

fn one() -> f32 {
    1.0
}
