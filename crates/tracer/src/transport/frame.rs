//! Orthonormal frames and simple warps of the unit square.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec2Swizzles, Vec3};

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
    match p.x.abs() > p.y.abs() {
        true => p.x * eighth(0.25 * PI * (p.y / p.x)),
        false => p.y * eighth(0.25 * PI * (p.x / p.y)).yx(),
    }
}

/// Cosine and sine of `turns` times a full turn, for turns from 0 to 1: exact to a float's last digits in a fraction of
/// the library's time.
#[inline(always)]
pub(crate) fn turn(turns: f32) -> Vec2 {
    let quarter = (4.0 * turns).round();
    let near = eighth(TAU * (turns - 0.25 * quarter));
    let turned = if quarter as u32 & 1 == 0 { near } else { Vec2::new(-near.y, near.x) };
    if quarter as u32 & 2 == 0 { turned } else { -turned }
}

/// Cosine and sine of an angle between −π/4 and π/4 (coefficients of Moshier's Cephes library, `sinf` and `cosf`).
#[inline(always)]
fn eighth(angle: f32) -> Vec2 {
    let square = angle * angle;
    let sine = ((-1.951_529_6e-4 * square + 8.332_161e-3) * square - 1.666_665_5e-1) * square * angle + angle;
    let cosine = (2.443_315_7e-5 * square - 1.388_731_6e-3) * square + 4.166_664_6e-2;
    Vec2::new(cosine * square * square - 0.5 * square + 1.0, sine)
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
    (sine * turn(u.y)).extend(1.0 - h)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_cosines_and_sines() {
        for i in 0..=4096 {
            let turns = i as f32 / 4096.0;
            let angle = std::f64::consts::TAU * f64::from(turns);
            let wanted = Vec2::new(angle.cos() as f32, angle.sin() as f32);
            assert!((turn(turns) - wanted).abs().max_element() < 2e-7, "{turns}: {} {wanted}", turn(turns));
        }
    }
}
