//! Cameras, lenses and their moves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Turn;

/// A camera with a real sensor and lens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Sensor preset or size. Default `"super35"`. Its width and the focal length fix the horizontal field of view.
    #[serde(default)]
    pub sensor: Sensor,
    /// Focal length in millimetres. Shorter sees wider.
    #[schemars(range(min = 1.0, max = 5000.0))]
    pub focal_length_mm: f32,
    /// Aperture. Lower blurs more outside the focus. Default: none, everything is sharp.
    #[serde(default)]
    #[schemars(range(min = 0.1, max = 512.0))]
    pub f_stop: Option<f32>,
    /// Blades of the iris: lights out of focus become polygons of so many sides. Default: a round opening.
    #[serde(default)]
    #[schemars(range(min = 3, max = 32))]
    pub blades: Option<u32>,
    /// Turns the iris about the view axis, counter-clockwise as the camera sees it. At rest a corner points right.
    #[serde(default)]
    #[schemars(range(min = -360.0, max = 360.0))]
    pub blade_turn_deg: f32,
    /// What is sharp. Default: what the camera aims at, or else 3 m.
    #[serde(default)]
    pub focus: Option<Focus>,
    /// Shutter angle; 180 exposes half of each frame's time. Default 180; 0 freezes motion.
    #[serde(default = "default_shutter")]
    #[schemars(range(min = 0.0, max = 360.0))]
    pub shutter_deg: f32,
    /// Exposure. Default `Auto`.
    #[serde(default)]
    pub exposure: Exposure,
    /// Where the camera is; times count from the shot's start.
    #[schemars(length(min = 1, max = 10000))]
    pub keys: Vec<CameraKey>,
}

/// A sensor, by name or by size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Sensor {
    /// `"super35"`, `"full_frame"`, `"academy"`, `"super16"`, `"imax"`, `"micro_four_thirds"`.
    Preset(#[schemars(extend("x-ref" = "sensor"))] String),
    /// Width and height in millimetres.
    SizeMm(#[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 1000.0))] (f32, f32)),
}

impl Default for Sensor {
    fn default() -> Self {
        Self::Preset("super35".to_owned())
    }
}

/// What is sharp.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Focus {
    /// A plane at this distance along the view axis.
    DistanceM(#[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1e6))] f32),
    /// A thing or an actor, followed.
    On(#[schemars(extend("x-ref" = "thing"))] String),
}

/// Exposure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Exposure {
    /// One value a shot, measured on its first frame.
    #[default]
    Auto,
    /// Fixed: a lit room 7, a night street 4, full sun 15. Higher is darker.
    Ev100(#[schemars(range(min = -20.0, max = 30.0))] f32),
}

/// Where the camera is at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraKey {
    /// Seconds from the shot's start.
    #[schemars(range(min = 0.0, max = 86400.0))]
    pub t_s: f64,
    /// Position.
    #[schemars(extend("x-each-within" = 1e6))]
    pub at_m: (f32, f32, f32),
    /// What it looks at. Without it, `turn_deg` decides.
    #[serde(default)]
    pub aim: Option<Aim>,
    /// Orientation when nothing is aimed at; at rest along −Z. With `aim`, only its roll counts.
    #[serde(default)]
    pub turn_deg: Turn,
    /// How it leaves this key for the next.
    #[serde(default)]
    pub ease: Easing,
}

/// What a camera looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Aim {
    /// A point.
    At(#[schemars(extend("x-each-within" = 1e6))] (f32, f32, f32)),
    /// A thing or an actor (at eye height), followed.
    On(#[schemars(extend("x-ref" = "thing"))] String),
}

/// How a move leaves a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Easing {
    /// Starts and ends gently (smoothstep).
    #[default]
    Smooth,
    /// Even speed.
    Linear,
    /// Starts gently.
    In,
    /// Ends gently.
    Out,
    /// Stays, then jumps at the next key.
    Hold,
}

fn default_shutter() -> f32 {
    180.0
}
