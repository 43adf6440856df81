//! A set piece's shape to what it rings as when it is touched.

use glam::Vec3;
use maquette_conditioning::{Body, BodyShape};
use maquette_scene::document::Shape;

use crate::pose::vec3;

/// Shape and size of something solid, in its own axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build {
    shape: BodyShape,
    size_m: Vec3,
    /// Middle of its extents.
    centre_m: Vec3,
    fixed: bool,
}

/// A plane stands for a floor or a tabletop of this thickness.
const SHEET_M: f32 = 0.04;

impl Build {
    /// Of a piece at its scale. `low` and `high` bound its meshes, unscaled.
    pub(crate) fn of(shape: &Shape, scale: f32, (low, high): (Vec3, Vec3), fixed: bool) -> Self {
        let bounds = high - low;
        let (kind, size_m) = match shape {
            Shape::Sphere { radius_m } => (BodyShape::Ball, Vec3::splat(2.0 * radius_m)),
            Shape::Cylinder { radius_m, height_m } | Shape::Capsule { radius_m, height_m } => {
                (BodyShape::Cylinder, Vec3::new(2.0 * radius_m, *height_m, 2.0 * radius_m))
            }
            Shape::Plane { size_m } => (BodyShape::Box, Vec3::new(size_m.0, SHEET_M, size_m.1)),
            // One struck wall, floor or ceiling.
            Shape::Room { size_m, thickness_m, .. } => {
                (BodyShape::Box, Vec3::new(size_m.0, *thickness_m, size_m.2))
            }
            // One step.
            Shape::Stairs { size_m, steps } => {
                let (width, height, depth) = *size_m;
                let steps = *steps as f32;
                (BodyShape::Box, Vec3::new(width, height / steps, depth / steps))
            }
            Shape::Box { size_m } => (BodyShape::Box, vec3(*size_m)),
            Shape::Wedge { .. } | Shape::Mesh { .. } | Shape::Gltf(_) => (BodyShape::Box, bounds),
        };
        Self { shape: kind, size_m: size_m * scale, centre_m: 0.5 * (low + high) * scale, fixed }
    }

    /// A standing person.
    pub(crate) fn person(height_m: f32) -> Self {
        let size_m = Vec3::new(0.2 * height_m, height_m, 0.2 * height_m);
        Self { shape: BodyShape::Cylinder, size_m, centre_m: Vec3::Y * 0.5 * height_m, fixed: false }
    }

    /// The body, touched at a point of its own space.
    pub(crate) fn touched(&self, at: Vec3, mass_kg: f32) -> Body {
        let share = (at - self.centre_m) / self.size_m.max(Vec3::splat(1e-4));
        let touched_at = share.clamp(Vec3::splat(-0.5), Vec3::splat(0.5));
        Body { shape: self.shape, size_m: self.size_m, mass_kg, touched_at, fixed: self.fixed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_touch_is_a_share_of_the_extents() {
        let shape = Shape::Box { size_m: (0.4, 0.2, 1.0) };
        let build = Build::of(&shape, 2.0, (Vec3::splat(-1.0), Vec3::splat(1.0)), false);
        let body = build.touched(Vec3::new(0.2, -0.2, 9.0), 3.0);
        assert_eq!((body.size_m, body.mass_kg), (Vec3::new(0.8, 0.4, 2.0), 3.0));
        assert_eq!(body.touched_at, Vec3::new(0.25, -0.5, 0.5));
    }
}
