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
    /// How the intensity of a point or spot varies with direction: a photometric file (`.ies`, LM-63) of its luminaire,
    /// whose vertical axis is the lamp's −Z. With `lumen` the file only says how that light is spread; without, how
    /// much there is.
    #[serde(default)]
    #[schemars(extend("x-path" = true, "x-files" = ["ies"]))]
    pub profile: Option<String>,
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

/// How much light a lamp gives. Exactly one of `lumen`, `nit`, `lux` and `daylight`.
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
    /// Sun: as much light, and in the colour, as clear air of the daylight's turbidity lets through at its height.
    pub daylight: bool,
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
    /// The sky of a cloudless day around the first light of kind `Sun`, instead of `sky`.
    pub daylight: Option<Daylight>,
    /// An equirectangular HDR panorama (`.hdr`), instead of `sky`.
    #[schemars(extend("x-path" = true, "x-files" = ["hdr"]))]
    pub hdr: Option<String>,
    /// Nits for a panorama value of 1. Default 1.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub hdr_nit: Option<f32>,
    /// Turns the panorama about +Y.
    #[schemars(range(min = -360.0, max = 360.0))]
    pub yaw_deg: f32,
    /// Mist, smoke or dust in the air, in which light has a beam. Default: clear air.
    pub haze: Option<Haze>,
}

/// The sky of a cloudless day, with a flat ground below the horizon (Hosek and Wilkie 2012). Its luminance is absolute:
/// about 3000 nits overhead and 10 000 at the horizon at noon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Daylight {
    /// How much the air scatters: 2 is clear as over mountains, 3 a clear day, 6 hazy, 10 white. Default 3.
    #[schemars(range(min = 1.0, max = 10.0))]
    pub turbidity: f32,
    /// Colour of the ground below the horizon, which also brightens the sky. Default a dark grey.
    pub ground: Color,
}

impl Default for Daylight {
    fn default() -> Self {
        Self { turbidity: 3.0, ground: Color::Linear((0.2, 0.2, 0.2)) }
    }
}

/// Haze: homogeneous, and light is scattered in it once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Haze {
    /// How far one can see: at this distance 2 % of a thing's light is left. Dense fog 50, stage haze 100, mist 1000.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1e6))]
    pub visibility_m: f32,
    /// Mean cosine of the angle by which light is turned, −0.95 to 0.95: 0 is even, more keeps to its way. Default 0.3;
    /// mist has 0.8.
    #[serde(default = "haze_anisotropy")]
    #[schemars(range(min = -0.95, max = 0.95))]
    pub anisotropy: f32,
    /// Share of the lost light that is scattered and not absorbed: white mist, dark smoke. Default white.
    #[serde(default)]
    pub color: Option<Color>,
    /// The box it fills. Default: everywhere, and then sun and sky light the set as if they stood in the haze with it.
    #[serde(default)]
    pub within: Option<HazeBox>,
}

/// A box of air.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HazeBox {
    /// Its middle.
    #[schemars(extend("x-each-within" = 1e6))]
    pub at_m: (f32, f32, f32),
    /// Its width, height and depth.
    #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 1e6))]
    pub size_m: (f32, f32, f32),
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

fn haze_anisotropy() -> f32 {
    0.3
}

fn sun_angle() -> f32 {
    0.53
}
