//! Rays and what they hit.

use glam::Vec3;

/// A ray. The direction need not be a unit vector: distances are in multiples of its length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it starts.
    pub origin: Vec3,
    /// Where it goes.
    pub direction: Vec3,
    /// Hits nearer than this are ignored.
    pub t_min: f32,
    /// Hits farther than this are ignored; may be infinite.
    pub t_max: f32,
}

impl Ray {
    /// A ray without end.
    #[inline]
    pub fn new(origin: Vec3, direction: Vec3) -> Self {
        Self { origin, direction, t_min: 0.0, t_max: f32::INFINITY }
    }

    /// The point at a distance.
    #[inline]
    pub fn at(&self, t: f32) -> Vec3 {
        self.origin + self.direction * t
    }
}

/// Where a ray meets a triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Distance in multiples of the ray direction's length.
    pub t: f32,
    /// Index of the instance in the order given to [`InstanceBvh::build`](crate::InstanceBvh::build).
    pub instance: u32,
    /// Index of the triangle in its mesh.
    pub triangle: u32,
    /// Barycentric weight of the triangle's second corner.
    pub u: f32,
    /// Barycentric weight of the triangle's third corner.
    pub v: f32,
}

/// A zero component, of either sign, loses hits in slab tests (0 · ∞): it becomes a tiny number, too small to carry the
/// ray from one box into the next.
const TINY: f32 = 1e-20;

/// A direction with components too small to divide by nudged away from zero.
#[inline(always)]
pub(crate) fn nudged(direction: Vec3) -> Vec3 {
    let nudged = |c: f32| if c.abs() < TINY { TINY.copysign(c + 0.0) } else { c };
    Vec3::new(nudged(direction.x), nudged(direction.y), nudged(direction.z))
}

/// By how much boxes must be widened so that a ray meets all whose triangles it meets by the sheared test, which rounds
/// each coordinate and the farthest-reaching one's share in it (Woop, Benthin and Wald, JCGT 2013, section 4; which axis
/// the ray runs along is not asked, the largest is as safe). The origin's own share is for the rounding of moving it.
#[inline(always)]
pub(crate) fn slack(origin: Vec3, (low, high): (Vec3, Vec3)) -> Vec3 {
    let reach = (low - origin).abs().max((high - origin).abs());
    2.5 * f32::EPSILON * (reach + reach.max_element()) + f32::EPSILON * origin.abs()
}
