//! A surface's fine structure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Relief, wear and grain computed where they are seen, in the piece's own space: they hold up close to the lens and stay
/// on what moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// What it is.
    pub pattern: Pattern,
    /// Size of its main feature: a scratch's width, a thread, a stone, the length of a brick. Default: as in life.
    #[serde(default)]
    #[schemars(range(min = 1e-5, max = 100.0))]
    pub scale_m: Option<f32>,
    /// Depth of its relief and contrast of its colours: 1, the default, is as in life, 0 is none.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 4.0))]
    pub strength: f32,
    /// Share of the second thing there is: bare metal of `Worn`, water of `Asphalt`; 0 leaves out the joints of `Wood`.
    /// Default: what is usual.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub amount: Option<f32>,
}

/// Kinds of fine structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Pattern {
    /// Even all over.
    Plain,
    /// Fine scratches along X, as of a sanded metal.
    Brushed,
    /// Small even bumps: rolled paint, cast metal, moulded plastic, rubber.
    Grained,
    /// Paint that is chipped down to bare metal.
    Worn,
    /// Clouds, sand and pores.
    Concrete,
    /// Planks along X with grain, pores and joints.
    Wood,
    /// Threads over and under each other.
    Woven,
    /// Cells between folds.
    Leather,
    /// Fine lines and mottled blood.
    Skin,
    /// Stones in a binder, with water on them.
    Asphalt,
    /// Bricks in mortar.
    Brick,
    /// Glazed tiles with joints.
    Tiled,
    /// Tufts of pile.
    Tufted,
    /// Veins in a clouded ground.
    Veined,
    /// Finger marks, wipes and dust.
    Smudged,
}

impl Pattern {
    /// Its scale and amount as in life.
    fn usual(self) -> (f32, f32) {
        match self {
            Self::Plain => (1.0, 0.0),
            Self::Brushed => (0.0004, 0.0),
            Self::Grained => (0.0015, 0.0),
            Self::Worn => (0.02, 0.25),
            Self::Concrete => (0.12, 0.0),
            Self::Wood => (0.14, 1.0),
            Self::Woven => (0.001, 0.0),
            Self::Leather => (0.0018, 0.0),
            Self::Skin => (0.0006, 0.0),
            Self::Asphalt => (0.008, 0.0),
            Self::Brick => (0.22, 0.0),
            Self::Tiled => (0.15, 0.0),
            Self::Tufted => (0.004, 0.0),
            Self::Veined => (0.35, 0.0),
            Self::Smudged => (0.05, 0.0),
        }
    }
}

impl Detail {
    /// A pattern as in life.
    pub fn usual(pattern: Pattern) -> Self {
        Self { pattern, scale_m: None, strength: 1.0, amount: None }
    }

    /// Size of the main feature in metres.
    pub fn scale(&self) -> f32 {
        self.scale_m.unwrap_or(self.pattern.usual().0)
    }

    /// Share of the second thing.
    pub fn amount(&self) -> f32 {
        self.amount.unwrap_or(self.pattern.usual().1)
    }
}

fn one() -> f32 {
    1.0
}
