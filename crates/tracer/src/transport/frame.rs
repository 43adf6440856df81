//! Orthonormal frames and simple warps of the unit square.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

/// A right-handed frame around a normal.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) tangent: Vec3,
    pub(crate) bitangent: Vec3,
    pub(crate) normal: Vec3,
}

impl Frame {
    /// Without branches (Duff et al., "Building an Orthonormal Basis, Revisited", JCGT 2017).
    #[inline(always)]
    pub(crate) fn new(normal: Vec3) -> Self {
        let sign = if normal.z < 0.0 { -1.0 } else { 1.0 };
        let a = -1.0 / (sign + normal.z);
        let b = normal.x * normal.y * a;
        let tangent = Vec3::new(1.0 + sign * normal.x * normal.x * a, sign * b, -sign * normal.x);
        let bitangent = Vec3::new(b, sign + normal.y * normal.y * a, -normal.y);
        Self { tangent, bitangent, normal }
    }

    /// World to local.
    #[inline(always)]
    pub(crate) fn local(&self, v: Vec3) -> Vec3 {
        Vec3::new(self.tangent.dot(v), self.bitangent.dot(v), self.normal.dot(v))
    }

    /// Local to world.
    #[inline(always)]
    pub(crate) fn world(&self, v: Vec3) -> Vec3 {
        self.tangent * v.x + self.bitangent * v.y + self.normal * v.z
    }
}

/// Uniform in the unit disc (Shirley and Chiu's concentric map).
#[inline(always)]
pub(crate) fn disc(u: Vec2) -> Vec2 {
    let p = 2.0 * u - 1.0;
    if p.x == 0.0 && p.y == 0.0 {
        return Vec2::ZERO;
    }
    let (radius, angle) = match p.x.abs() > p.y.abs() {
        true => (p.x, 0.25 * PI * (p.y / p.x)),
        false => (p.y, 0.5 * PI - 0.25 * PI * (p.x / p.y)),
    };
    radius * Vec2::new(angle.cos(), angle.sin())
}

/// Uniform in the regular polygon around the unit circle's centre whose first corner stands at the angle `turn`.
#[inline(always)]
pub(crate) fn polygon(u: Vec2, corners: u32, turn: f32) -> Vec2 {
    let scaled = u.x * corners as f32;
    let wedge = (scaled as u32).min(corners - 1) as f32;
    let step = TAU / corners as f32;
    let corner = |n: f32| {
        let angle = turn + step * n;
        Vec2::new(angle.cos(), angle.sin())
    };
    // A triangle from the centre: the root makes its width even.
    let out = (scaled - wedge).clamp(0.0, 1.0).sqrt();
    out * (corner(wedge) * (1.0 - u.y) + corner(wedge + 1.0) * u.y)
}

/// Cosine-weighted in the hemisphere around +Z (Malley's method).
#[inline(always)]
pub(crate) fn cosine_hemisphere(u: Vec2) -> Vec3 {
    let p = disc(u);
    p.extend((1.0 - p.length_squared()).max(0.0).sqrt())
}

/// Uniform in the cone around +Z with `height` = 1 − cosine of its half angle, exact for tiny cones.
#[inline(always)]
pub(crate) fn cone(u: Vec2, height: f32) -> Vec3 {
    let h = u.x * height;
    let sine = (h * (2.0 - h)).max(0.0).sqrt();
    let angle = TAU * u.y;
    Vec3::new(sine * angle.cos(), sine * angle.sin(), 1.0 - h)
}

/// 1 − cosine of an angle given by its sine, exact for tiny angles.
#[inline(always)]
pub(crate) fn cap_height(sine: f32) -> f32 {
    let square = (sine * sine).min(1.0);
    square / (1.0 + (1.0 - square).sqrt())
}

/// Moves a ray's origin off its surface along `direction`, by a distance that suits the floats there (Wächter and
/// Binder, "A Fast and Robust Method for Avoiding Self-Intersection", Ray Tracing Gems 2019).
#[inline(always)]
pub(crate) fn off_surface(p: Vec3, direction: Vec3) -> Vec3 {
    Vec3::new(off(p.x, direction.x), off(p.y, direction.y), off(p.z, direction.z))
}

#[inline(always)]
fn off(p: f32, direction: f32) -> f32 {
    const ORIGIN: f32 = 1.0 / 32.0;
    const FLOAT_SCALE: f32 = 1.0 / 65_536.0;
    const INTEGER_SCALE: f32 = 256.0;
    if p.abs() < ORIGIN {
        return p + FLOAT_SCALE * direction;
    }
    let steps = (INTEGER_SCALE * direction) as i32;
    f32::from_bits((p.to_bits() as i32).wrapping_add(if p < 0.0 { -steps } else { steps }) as u32)
}
