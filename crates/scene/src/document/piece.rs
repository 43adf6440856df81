//! Set pieces: shapes, where they stand, and how they move.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Easing;

/// Something solid on the set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// A material of the scene, or a preset's name. Default: matte grey, or what a model brings along.
    #[serde(default)]
    #[schemars(extend("x-ref" = "material"))]
    pub material: Option<String>,
    /// Where its origin stands.
    #[serde(default)]
    #[schemars(extend("x-each-within" = 1e6))]
    pub at_m: (f32, f32, f32),
    /// How it is turned.
    #[serde(default)]
    pub turn_deg: Turn,
    /// Uniform scale. Default 1.
    #[serde(default = "one")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1000.0))]
    pub scale: f32,
    /// Copies beside itself: this many in all, each `repeat_step_m` from the last. Default 1.
    #[serde(default = "one_copy")]
    #[schemars(range(min = 1, max = 10000))]
    pub repeat: u32,
    /// Offset from one copy to the next.
    #[serde(default)]
    #[schemars(extend("x-each-within" = 1e6))]
    pub repeat_step_m: (f32, f32, f32),
    /// What physics does with it. Default: it stands still and things collide with it.
    #[serde(default)]
    pub body: Body,
    /// Coulomb friction of its surface. Two surfaces combine as their mean. Default 0.5.
    #[serde(default = "default_friction")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub friction: f32,
    /// Bounce of its surface: 0 stays, 1 comes back to full height. Two surfaces combine as the larger. Default 0.2.
    #[serde(default = "default_restitution")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub restitution: f32,
    /// Whether it is seen. Invisible pieces still collide. Default true.
    #[serde(default = "yes")]
    pub visible: bool,
}

/// Yaw about +Y, then pitch about X, then roll about Z: R = Ry·Rx·Rz. Degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Turn {
    /// About +Y; positive turns to the left.
    #[schemars(range(min = -36000.0, max = 36000.0))]
    pub yaw: f32,
    /// About X; positive looks up.
    #[schemars(range(min = -36000.0, max = 36000.0))]
    pub pitch: f32,
    /// About Z.
    #[schemars(range(min = -36000.0, max = 36000.0))]
    pub roll: f32,
}

/// Shapes. Primitives are centred on their origin; sizes are full extents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Shape {
    /// A box.
    Box {
        /// Width, height and depth.
        #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 100000.0))]
        size_m: (f32, f32, f32),
    },
    /// A sphere.
    Sphere {
        /// Its radius.
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 100000.0))]
        radius_m: f32,
    },
    /// A cylinder along +Y.
    Cylinder {
        /// Its radius.
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 100000.0))]
        radius_m: f32,
        /// Its full height.
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 100000.0))]
        height_m: f32,
    },
    /// A cylinder along +Y with round ends.
    Capsule {
        /// Its radius.
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 100000.0))]
        radius_m: f32,
        /// Its full height, ends included; at least twice the radius.
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 100000.0))]
        height_m: f32,
    },
    /// A rectangle in XZ that faces +Y. It has a front and a back but no thickness.
    Plane {
        /// Width (x) and depth (z).
        #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 100000.0))]
        size_m: (f32, f32),
    },
    /// A ramp: a box cut from its lower front (+Z) edge to its upper back (−Z) edge.
    Wedge {
        /// Width, height and depth of the box it is cut from.
        #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 100000.0))]
        size_m: (f32, f32, f32),
    },
    /// A straight flight that rises from front (+Z) to back (−Z).
    Stairs {
        /// Width, height and depth of the whole flight.
        #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 100000.0))]
        size_m: (f32, f32, f32),
        /// How many steps.
        #[schemars(range(min = 1, max = 1000))]
        steps: u32,
    },
    /// A room seen from inside: floor, ceiling and four walls with doors and windows cut out. Its origin is
    /// the middle of the floor.
    Room {
        /// Inner width, height and depth.
        #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 100000.0))]
        size_m: (f32, f32, f32),
        /// Thickness of walls, floor and ceiling, outside the inner size. Default 0.1.
        #[serde(default = "default_thickness")]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 100.0))]
        thickness_m: f32,
        /// Doors and windows.
        #[serde(default)]
        #[schemars(length(max = 1000))]
        openings: Vec<Opening>,
        /// Leaves the ceiling out. Default false.
        #[serde(default)]
        open_top: bool,
    },
    /// Triangles written out. Counter-clockwise seen from the front.
    Mesh {
        /// Corner positions.
        #[schemars(length(min = 3, max = 1000000), extend("x-each-within" = 1e6))]
        vertices_m: Vec<(f32, f32, f32)>,
        /// Three corners a triangle.
        #[schemars(length(min = 1, max = 1000000))]
        triangles: Vec<(u32, u32, u32)>,
    },
    /// A model file, `.glb` or `.gltf`: `Gltf("models/wrench.glb")`.
    Gltf(#[schemars(extend("x-path" = true, "x-files" = ["glb", "gltf"]))] String),
}

/// A hole in a room's wall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Which wall.
    pub wall: Wall,
    /// Width and height of the hole.
    #[schemars(extend("x-each-over" = 0.0, "x-each-up-to" = 100000.0))]
    pub size_m: (f32, f32),
    /// Its middle along the wall, from the wall's middle; +X on front and back walls, +Z on left and right.
    #[serde(default)]
    #[schemars(range(min = -100000.0, max = 100000.0))]
    pub offset_m: f32,
    /// Height of its lower edge above the floor. Default 0: a door.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 100000.0))]
    pub sill_m: f32,
}

/// The walls of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Wall {
    /// At −Z.
    Back,
    /// At +Z.
    Front,
    /// At −X.
    Left,
    /// At +X.
    Right,
}

/// What physics does with a piece.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Body {
    /// It stands still; things collide with it.
    #[default]
    Fixed,
    /// Nothing collides with it.
    Ghost,
    /// It falls, rolls and bounces.
    Dynamic {
        /// Density; the shape gives the volume. Steel 7850, wood 600. Default 1000, unless `mass_kg` is given.
        #[serde(default)]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 100000.0))]
        density_kg_m3: Option<f32>,
        /// Mass, instead of a density.
        #[serde(default)]
        #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 1e9))]
        mass_kg: Option<f32>,
        /// Velocity when let go.
        #[serde(default)]
        #[schemars(extend("x-each-within" = 1e6))]
        velocity_m_s: (f32, f32, f32),
        /// Spin when let go, in degrees a second about each axis.
        #[serde(default)]
        #[schemars(extend("x-each-within" = 1e6))]
        spin_deg_s: (f32, f32, f32),
        /// When it is let go. Default 0: at the start.
        #[serde(default)]
        #[schemars(range(min = 0.0, max = 86400.0))]
        release_s: f64,
    },
    /// It follows a path and pushes what is in the way.
    Kinematic {
        /// The path; times on the world's clock.
        #[schemars(length(min = 1, max = 10000))]
        path: Vec<MotionKey>,
    },
}

/// Where something is at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MotionKey {
    /// Time on the world's clock.
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub t_s: f64,
    /// Position.
    #[schemars(extend("x-each-within" = 1e6))]
    pub at_m: (f32, f32, f32),
    /// Orientation. Default: as the piece.
    #[serde(default)]
    pub turn_deg: Option<Turn>,
    /// How it leaves this key for the next.
    #[serde(default)]
    pub ease: Easing,
}

fn one() -> f32 {
    1.0
}

fn one_copy() -> u32 {
    1
}

fn yes() -> bool {
    true
}

fn default_thickness() -> f32 {
    0.1
}

fn default_friction() -> f32 {
    0.5
}

fn default_restitution() -> f32 {
    0.2
}
