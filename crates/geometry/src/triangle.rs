//! A triangle ready for intersection.

use glam::Vec3;

use crate::Ray;

/// One corner and two edges: what Möller and Trumbore (1997) need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangle {
    /// First corner.
    pub corner: Vec3,
    /// Second corner minus first.
    pub edge_1: Vec3,
    /// Third corner minus first.
    pub edge_2: Vec3,
}

impl Triangle {
    /// From three corners.
    pub fn new(a: Vec3, b: Vec3, c: Vec3) -> Self {
        Self { corner: a, edge_1: b - a, edge_2: c - a }
    }

    /// Distance and barycentric weights (second, third corner) of the ray's hit on either side within its range.
    #[inline(always)]
    pub fn intersect(&self, ray: &Ray) -> Option<(f32, f32, f32)> {
        let p = ray.direction.cross(self.edge_2);
        let inverse_determinant = 1.0 / self.edge_1.dot(p);
        let from_corner = ray.origin - self.corner;
        let u = from_corner.dot(p) * inverse_determinant;
        let q = from_corner.cross(self.edge_1);
        let v = ray.direction.dot(q) * inverse_determinant;
        let t = self.edge_2.dot(q) * inverse_determinant;
        // A degenerate triangle gives NaN, which fails every comparison.
        let inside = u >= 0.0 && v >= 0.0 && u + v <= 1.0;
        (inside && t >= ray.t_min && t <= ray.t_max).then_some((t, u, v))
    }
}
