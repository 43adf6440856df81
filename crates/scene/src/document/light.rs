//! Lamps, the sun and the sky.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Color, MotionKey, Turn};

/// Correlated colour temperature in kelvin: candle 1900, tungsten 3200, daylight 5600, blue sky 10000.
pub type Temperature = f32;

/// A lamp, or the sun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Light {
    /// Its name.
    pub name: String,
    /// What kind of lamp it is.
    pub kind: LightKind,
    /// How much light, of which colour.
    pub output: Output,
    /// Where it hangs. The sun ignores it.
    #[serde(default)]
    #[schemars(extend("x-each-within" = 1e6))]
    pub at_m: (f32, f32, f32),
    /// Where it points; at rest along −Z.
    #[serde(default)]
    pub turn_deg: Turn,
    /// It switches on at this time. Default: always on.
    #[serde(default)]
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub on_at_s: Option<f64>,
    /// It switches off at this time.
    #[serde(default)]
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub off_at_s: Option<f64>,
    /// A path it travels.
    #[serde(default)]
    #[schemars(length(max = 10000))]
    pub path: Vec<MotionKey>,
}

/// The kinds of lamp.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum LightKind {
    /// Parallel light. `angle_deg` is the disc's diameter (the sun's is 0.53).
    Sun {
        /// Apparent diameter in degrees. Larger softens shadows.
        #[serde(default = "sun_angle")]
        #[schemars(range(min = 0.0, max = 90.0))]
        angle_deg: f32,
    },
    /// A bare bulb. A larger radius softens shadows.
    Point {
        /// Radius of the bulb in metres. Default 0: a true point.
        #[serde(default)]
        #[schemars(range(min = 0.0, max = 10.0))]
        radius_m: f32,
    },
    /// A bulb behind a cone. Narrowing the cone does not brighten it.
    Spot {
        /// Full angle inside which the beam is even.
        #[schemars(range(min = 0.0, max = 179.0))]
        inner_deg: f32,
        /// Full angle outside which there is nothing.
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 179.0))]
        outer_deg: f32,
        /// Radius of the bulb in metres. Default 0.
        #[serde(default)]
        #[schemars(range(min = 0.0, max = 10.0))]
        radius_m: f32,
    },
    /// A glowing rectangle in its local XY plane that shines along −Z, to one side.
    Rect {
        /// Width and height in metres.
        #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 1000.0))]
        size_m: (f32, f32),
    },
}

/// How much light a lamp gives. Exactly one of `lumen`, `nit` and `lux`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// Luminous flux: point, spot, rectangle. A 60 W bulb gives 800.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub lumen: Option<f32>,
    /// Luminance: rectangle.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub nit: Option<f32>,
    /// Illuminance on a plane that faces it: sun. Full sun is 100 000, overcast 10 000, the moon 0.2.
    #[schemars(range(min = 0.0, max = 1e6))]
    pub lux: Option<f32>,
    /// Colour, normalised to luminance 1. Default white.
    pub color: Option<Color>,
    /// Colour as a black body's temperature, instead of `color`.
    #[schemars(range(min = 1000.0, max = 40000.0))]
    pub kelvin: Option<Temperature>,
}

/// What surrounds the set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Environment {
    /// An even sky of one colour.
    pub sky: Option<Sky>,
    /// An equirectangular HDR panorama (`.hdr`), instead of `sky`.
    #[schemars(extend("x-path" = true, "x-files" = ["hdr"]))]
    pub hdr: Option<String>,
    /// Nits for a panorama value of 1. Default 1.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub hdr_nit: Option<f32>,
    /// Turns the panorama about +Y.
    #[schemars(range(min = -360.0, max = 360.0))]
    pub yaw_deg: f32,
}

/// An even sky.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sky {
    /// Luminance. A clear sky is about 5000, an overcast one 2000, night 0.001.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub nit: f32,
    /// Colour, normalised to luminance 1. Default white.
    #[serde(default)]
    pub color: Option<Color>,
    /// Colour as a black body's temperature, instead of `color`.
    #[serde(default)]
    #[schemars(range(min = 1000.0, max = 40000.0))]
    pub kelvin: Option<Temperature>,
}

fn sun_angle() -> f32 {
    0.53
}
