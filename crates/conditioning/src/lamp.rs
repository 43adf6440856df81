//! Lamps and the sun, in photometric units.

use glam::{Affine3A, Vec3};

use crate::Moving;

/// A lamp during one frame. Shines along its local −Z where it has a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lamp {
    /// Which thing of the scene it is; from 1.
    pub object_id: u32,
    /// Its geometry.
    pub kind: LampKind,
    /// Linear Rec.709 strength: lux for the sun, candela for point and spot (Φ/4π), nits for a rectangle (Φ/(π·A)).
    pub strength: Vec3,
    /// Rigid pose.
    pub world_from_lamp: Moving<Affine3A>,
    /// The part of the shutter interval during which it shines: 0 is open, 1 is close.
    pub lit: (f32, f32),
    /// Of a point or spot: how the strength varies with direction, an index into
    /// [`Moment::profiles`](crate::Moment::profiles).
    pub profile: Option<usize>,
}

impl Lamp {
    /// The whole shutter interval.
    pub const ALWAYS: (f32, f32) = (0.0, 1.0);
}

/// The geometry of a lamp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LampKind {
    /// Parallel light from a disc in the sky.
    Sun {
        /// Half its apparent diameter; 0 gives hard shadows.
        half_angle_rad: f32,
    },
    /// Even in all directions.
    Point {
        /// Radius of the ball that shines; 0 gives hard shadows and is never seen.
        radius_m: f32,
    },
    /// As a point, faded from full at the inner to nothing at the outer cone by smoothstep of the cosine.
    Spot {
        /// Cosine of half the inner angle.
        cos_inner: f32,
        /// Cosine of half the outer angle; smaller than `cos_inner`.
        cos_outer: f32,
        /// As for a point.
        radius_m: f32,
    },
    /// A rectangle in local XY, seen and shining from its −Z side only.
    Rect {
        /// Half its width.
        half_width_m: f32,
        /// Half its height.
        half_height_m: f32,
    },
}
