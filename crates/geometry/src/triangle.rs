//! A triangle, and the test that no ray slips past between two that share an edge.
//!
//! The world is moved and sheared so that the ray runs along an axis from the origin (Woop, Benthin and Wald,
//! "Watertight Ray/Triangle Intersection", JCGT 2013). What is left is flat: on which side of each edge the origin
//! lies. Two triangles work that out for a shared edge from the same two numbers, and come to opposite answers or both
//! to "on it", which counts as inside. Rounding cannot turn an answer around, since it keeps the order of two products;
//! the paper's second look in double precision would only take hits away.

use glam::Vec3;

use crate::Ray;

/// Three corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangle {
    /// Its corners.
    pub corners: [Vec3; 3],
}

impl Triangle {
    /// From three corners.
    pub fn new(a: Vec3, b: Vec3, c: Vec3) -> Self {
        Self { corners: [a, b, c] }
    }

    /// Distance and barycentric weights (second, third corner) of the ray's hit on either side within its range.
    #[inline(always)]
    pub fn intersect(&self, ray: &Ray) -> Option<(f32, f32, f32)> {
        let Shear { axes: [x, y, z], slope_x, slope_y, per_z } = Shear::new(ray.direction);
        let [a, b, c] = self.corners.map(|corner| corner - ray.origin);
        let [(ax, ay), (bx, by), (cx, cy)] =
            [a, b, c].map(|p| (p[x] - slope_x * p[z], p[y] - slope_y * p[z]));
        let (u, v, w) = (cx * by - cy * bx, ax * cy - ay * cx, bx * ay - by * ax);
        let inverse_area = 1.0 / (u + v + w);
        let t = (u * a[z] + v * b[z] + w * c[z]) * per_z * inverse_area;
        // Seen from its edge or without area it gives NaN, which fails every comparison.
        let inside = u.min(v).min(w) >= 0.0 || u.max(v).max(w) <= 0.0;
        let within = t >= ray.t_min && t <= ray.t_max.min(f32::MAX);
        (inside && within).then_some((t, v * inverse_area, w * inverse_area))
    }
}

/// What makes a ray run along an axis. The same for all triangles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shear {
    /// The last is the axis that the ray goes along most.
    pub(crate) axes: [usize; 3],
    /// How far it goes along the others meanwhile.
    pub(crate) slope_x: f32,
    pub(crate) slope_y: f32,
    /// Distance for a step along the last axis.
    pub(crate) per_z: f32,
}

impl Shear {
    #[inline(always)]
    pub(crate) fn new(direction: Vec3) -> Self {
        let size = direction.abs();
        let axes = match (size.x >= size.y && size.x >= size.z, size.y >= size.z) {
            (true, _) => [1, 2, 0],
            (_, true) => [2, 0, 1],
            _ => [0, 1, 2],
        };
        let [x, y, z] = axes.map(|axis| direction[axis]);
        Self { axes, slope_x: x / z, slope_y: y / z, per_z: 1.0 / z }
    }
}
