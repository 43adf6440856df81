//! Solid noise: gradient noise, sums of its octaves, and cells, all of a point in space.
//!
//! Hashes are whole numbers, so both executors find the same lattice. An octave fades out as a ray's footprint grows
//! to its wavelength: what would alias is not evaluated, and costs nothing far away.

use glam::{IVec3, Vec2, Vec3};

pub(crate) use super::sampler::unit;

/// Well-mixed bits of a lattice point (Wellons, lowbias32).
#[inline(always)]
pub(crate) fn lattice(cell: IVec3, seed: u32) -> u32 {
    let mut h = (cell.x as u32).wrapping_mul(0x8da6_b343)
        ^ (cell.y as u32).wrapping_mul(0xd816_3841)
        ^ (cell.z as u32).wrapping_mul(0xcb1a_b31f)
        ^ seed.wrapping_mul(0x9e37_79b9);
    h = (h ^ (h >> 16)).wrapping_mul(0x7feb_352d);
    h = (h ^ (h >> 15)).wrapping_mul(0x846c_a68b);
    h ^ (h >> 16)
}

/// Three numbers from −1 to 1.
#[inline(always)]
pub(crate) fn triple(h: u32) -> Vec3 {
    Vec3::new((h & 1023) as f32, ((h >> 10) & 1023) as f32, ((h >> 20) & 1023) as f32) * (2.0 / 1023.0) - 1.0
}

/// How much of a feature remains when averaged over `width`, both in the same unit: all below half of it, none above.
#[inline(always)]
pub(crate) fn fade(wavelength: f32, width: f32) -> f32 {
    (2.0 - 2.0 * width / wavelength).clamp(0.0, 1.0)
}

/// Gradient noise, about −1 to 1, of wavelength 1 (Perlin, "Improving Noise", 2002, with hashed gradients).
#[inline]
pub(crate) fn gradient_noise(p: Vec3, seed: u32) -> f32 {
    let floor = p.floor();
    let cell = floor.as_ivec3();
    let f = p - floor;
    let at = |x: i32, y: i32, z: i32| {
        let corner = IVec3::new(x, y, z);
        triple(lattice(cell + corner, seed)).dot(f - corner.as_vec3())
    };
    let s = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
    let near = mix(mix(at(0, 0, 0), at(1, 0, 0), s.x), mix(at(0, 1, 0), at(1, 1, 0), s.x), s.y);
    let far = mix(mix(at(0, 0, 1), at(1, 0, 1), s.x), mix(at(0, 1, 1), at(1, 1, 1), s.x), s.y);
    1.4 * mix(near, far, s.z)
}

/// Octaves of gradient noise, each of half the wavelength and half the height; the first has wavelength 1.
#[inline]
pub(crate) fn fractal_noise(p: Vec3, octaves: u32, seed: u32, width: f32) -> f32 {
    let (mut sum, mut at, mut size) = (0.0, p, 1.0);
    for octave in 0..octaves {
        let share = fade(size, width);
        if share <= 0.0 {
            break;
        }
        sum += size * share * gradient_noise(at, seed + octave);
        at *= 2.0;
        size *= 0.5;
    }
    sum
}

/// The cells around points scattered one a lattice cell (Worley, "A Cellular Texture Basis Function", 1996).
#[derive(Clone, Copy)]
pub(crate) struct Cells {
    /// Distances to the nearest point and to the next.
    pub(crate) nearest: f32,
    pub(crate) next: f32,
    /// Bits of the cell.
    pub(crate) id: u32,
}

#[inline]
pub(crate) fn cells(p: Vec3, seed: u32) -> Cells {
    let floor = p.floor();
    let (base, f) = (floor.as_ivec3(), p - floor);
    let mut found = Cells { nearest: 9.0, next: 9.0, id: 0 };
    for i in 0..27 {
        let offset = IVec3::new(i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1);
        let id = lattice(base + offset, seed);
        let square = (offset.as_vec3() + 0.5 + 0.4 * triple(id) - f).length_squared();
        if square < found.nearest {
            found = Cells { nearest: square, next: found.nearest, id };
        } else {
            found.next = found.next.min(square);
        }
    }
    Cells { nearest: found.nearest.sqrt(), next: found.next.sqrt(), ..found }
}

/// 0 below `low`, 1 above `high`, smooth between.
#[inline(always)]
pub(crate) fn ramp(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The point on the plane that a normal points out of most, across and up.
#[inline(always)]
pub(crate) fn flattened(p: Vec3, normal: Vec3) -> Vec2 {
    let n = normal.abs();
    if n.y >= n.x && n.y >= n.z {
        Vec2::new(p.x, p.z)
    } else if n.x >= n.z {
        Vec2::new(p.z, p.y)
    } else {
        Vec2::new(p.x, p.y)
    }
}
