//! The document's root.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Actor, Boom, Cameo, Cut, Environment, Form, Light, Material, Perspective, Piece, Shot, Sound};

/// A scene: what is on the set, what happens on it, and the shots that look at it.
///
/// Units are in the field names. Axes are right-handed, +Y up, in metres; cameras, lights and actors at rest
/// look along −Z.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Document version. Only 1 exists.
    #[serde(default = "version_one")]
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// What the scene is called, on slates and in receipts.
    pub title: String,
    /// The production, as grants name it. Needed where a grant is.
    #[serde(default)]
    pub project: Option<String>,
    /// What the film is for, in the words of grants: "festival", "advertising".
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub uses: Vec<String>,
    /// Frames a second as a fraction: `(24, 1)`, `(24000, 1001)`. Default (24, 1); 1 to 240.
    #[serde(default = "default_fps")]
    pub fps: (u32, u32),
    /// Seed of everything random. The same seed gives the same frames.
    #[serde(default)]
    pub seed: u64,
    /// Downward acceleration in m/s². Default 9.81.
    #[serde(default = "default_gravity")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub gravity_m_s2: f32,
    /// The air: it decides the speed of sound and how high frequencies die away.
    #[serde(default)]
    pub air: Air,
    /// Other scene files whose materials or set join this one.
    #[serde(default)]
    pub include: Vec<Include>,
    /// Named materials.
    #[serde(default)]
    pub materials: BTreeMap<String, Material>,
    /// Set pieces: everything solid that is not an actor.
    #[serde(default)]
    pub set: Vec<Piece>,
    /// Lamps and the sun.
    #[serde(default)]
    pub lights: Vec<Light>,
    /// Sky colour or an HDR panorama. Default: black.
    #[serde(default)]
    pub environment: Environment,
    /// People and creatures.
    #[serde(default)]
    pub actors: Vec<Actor>,
    /// What plays in the space or under it.
    #[serde(default)]
    pub sounds: Vec<Sound>,
    /// Microphones that shots may be heard by.
    #[serde(default)]
    pub booms: Vec<Boom>,
    /// Where one hears from when the picture cuts. Default: as each shot says.
    #[serde(default)]
    pub perspective: Perspective,
    /// The shots, in no particular order.
    #[serde(default)]
    pub shots: Vec<Shot>,
    /// The edit: which shots follow one another. Default: every shot once, as listed.
    #[serde(default)]
    pub sequence: Vec<Cut>,
}

/// Another scene file whose parts join this one. Names must not clash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Include {
    /// The other file, relative to this one.
    #[schemars(extend("x-path" = true, "x-files" = ["ron"]))]
    pub file: String,
    /// Take its materials. Default true.
    #[serde(default = "yes")]
    pub materials: bool,
    /// Take its set pieces and lights. Default false.
    #[serde(default)]
    pub set: bool,
}

/// The air of the scene.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Air {
    /// Temperature in °C. Default 20; sound is faster in warm air.
    #[schemars(range(min = -60.0, max = 60.0))]
    pub temperature_c: f32,
    /// Relative humidity, 0 to 1. Default 0.5.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub humidity: f32,
    /// Static pressure in kPa. Default 101.325.
    #[schemars(range(min = 50.0, max = 120.0))]
    pub pressure_kpa: f32,
    /// Fixes the speed of sound instead of deriving it from the temperature.
    #[schemars(range(min = 100.0, max = 2000.0))]
    pub speed_of_sound_m_s: Option<f32>,
    /// Whether air absorbs high frequencies. Default: ISO 9613-1.
    pub absorption: AirAbsorption,
}

/// How air absorbs sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AirAbsorption {
    /// ISO 9613-1 from temperature, humidity and pressure.
    #[default]
    Iso9613,
    /// None at all: for comparison with textbook rooms.
    None,
}

impl Default for Air {
    fn default() -> Self {
        Self {
            temperature_c: 20.0,
            humidity: 0.5,
            pressure_kpa: 101.325,
            speed_of_sound_m_s: None,
            absorption: AirAbsorption::Iso9613,
        }
    }
}

impl Scene {
    /// The recorded people and the names of the actors they play.
    pub fn cameos(&self) -> impl Iterator<Item = (&str, &Cameo)> {
        self.actors.iter().filter_map(|actor| match &actor.form {
            Form::Cameo(cameo) => Some((actor.name.as_str(), cameo)),
            _ => None,
        })
    }

    /// Frames a second as a number.
    pub fn frames_per_second(&self) -> f64 {
        f64::from(self.fps.0) / f64::from(self.fps.1)
    }
}

fn version_one() -> u32 {
    1
}

fn default_fps() -> (u32, u32) {
    (24, 1)
}

fn default_gravity() -> f32 {
    9.81
}

fn yes() -> bool {
    true
}
