//! The noises and cells that a pattern is mixed from.

use glam::{Vec3, Vec4};

use super::{
    ASPHALT, BRICK, BRUSHED, CONCRETE, GRAINED, LEATHER, SKIN, TILED, TUFTED, VEINED, WOOD, WORN, WOVEN,
    layout::Spot,
};
use crate::transport::noise::{Cells, cells, fade, fractal_noise, unit};

/// What a pattern is mixed from.
#[derive(Clone, Copy)]
pub(crate) struct Noises {
    /// Up to four noises.
    pub(crate) n: Vec4,
    /// Cells, and how much of them the footprint leaves to see.
    pub(crate) cells: Cells,
    pub(crate) share: f32,
}

/// One noise: `octaves` from wavelength 1 in the space of `at`.
#[derive(Clone, Copy)]
struct Part {
    at: Vec3,
    octaves: u32,
    seed: u32,
    /// Of the footprint, in the space of `at`.
    width: f32,
}

impl Part {
    const NONE: Self = Self { at: Vec3::ZERO, octaves: 0, seed: 0, width: 0.0 };

    /// In a space stretched by the same factor everywhere.
    fn even(p: Vec3, scale: f32, octaves: u32, seed: u32, width: f32) -> Self {
        Self { at: p * scale, octaves, seed, width: width * scale }
    }

    /// In a space stretched along its axes, of a footprint of its own.
    fn drawn(at: Vec3, octaves: u32, seed: u32, width: f32) -> Self {
        Self { at, octaves, seed, width }
    }
}

pub(crate) fn noises(pattern: u32, p: Vec3, spot: &Spot, width: f32) -> Noises {
    let mut n = [0.0; 4];
    for (i, value) in n.iter_mut().enumerate() {
        let part = part(pattern, i as u32, p, spot, width);
        *value = fractal_noise(part.at, part.octaves, part.seed, part.width);
    }
    let n = Vec4::from_array(n);
    let (at, seed, wavelength, cell_width) = cell_space(pattern, p, n, width);
    let share = if seed == 0 { 0.0 } else { fade(wavelength, cell_width) };
    let cells = if share > 0.0 { cells(at, seed) } else { Cells { nearest: 0.5, next: 1.0, id: 0 } };
    Noises { n, cells, share }
}

/// The pattern's noise of a number.
fn part(pattern: u32, i: u32, p: Vec3, spot: &Spot, w: f32) -> Part {
    let own = 40.0 * unit(spot.id);
    let (x, y) = (spot.flat.x, spot.flat.y);
    match (pattern, i) {
        (BRUSHED, 0) => Part::drawn(p * Vec3::new(0.02, 1.0, 1.0), 3, 1, w),
        (BRUSHED, 1) => Part::drawn(p * Vec3::new(0.004, 0.12, 0.12), 2, 5, 0.12 * w),
        (GRAINED, 0) => Part::even(p, 1.0, 2, 11, w),
        (GRAINED, 1) => Part::even(p, 0.03, 2, 13, w),
        (WORN, 0) => Part::even(p, 1.0, 5, 21, w),
        (WORN, 1) => Part::even(p, 0.2, 1, 27, w),
        (WORN, 2) => Part::even(p, 8.0, 1, 29, w),
        (WORN, 3) => Part::drawn(p * Vec3::new(0.5, 3.0, 0.5), 3, 31, w),
        (CONCRETE, 0) => Part::even(p, 1.0, 4, 41, w),
        (CONCRETE, 1) => Part::even(p, 50.0, 2, 47, w),
        (WOOD, 0) => Part::drawn(Vec3::new(0.25 * x, 1.3 * y, 1.3 * (spot.depth + own)), 3, 55, w),
        (WOOD, 1) => Part::drawn(Vec3::new(4.0 * x, 90.0 * y, 90.0 * spot.depth + own), 1, 57, 90.0 * w),
        (WOVEN, 0) => {
            let (along, across) = (spot.inner.x, spot.inner.y);
            let twist = Vec3::new(2.0 * along + 3.0 * across, 9.0 * across - 3.0 * along, 0.5);
            Part::drawn(twist, 1, 63, 6.0 * w)
        }
        (WOVEN, 1) => Part::even(Vec3::new(x, y, 0.0), 0.02, 2, 65, w),
        (LEATHER, 0) => Part::even(p, 0.12, 3, 73, w),
        (LEATHER, 1) => Part::even(p, 0.7, 1, 75, w),
        (LEATHER, 2) => Part::even(p, 0.7, 1, 77, w),
        (LEATHER, 3) => Part::even(p, 8.0, 1, 79, w),
        (SKIN, 0) => Part::even(p, 0.03, 4, 83, w),
        (ASPHALT, 0) => Part::even(p, 0.02, 3, 93, w),
        (ASPHALT, 1) => Part::even(p, 7.0, 1, 95, w),
        (BRICK, 0) => Part::even(p, 14.0, 1, 105, w),
        (BRICK, 1) => Part::even(p, 5.0, 4, 103, w),
        (BRICK, 2) => Part::even(p, 90.0, 1, 107, w),
        (TILED, 0) => Part::even(p, 4.0, 2, 113, w),
        (TILED, 1) => Part::even(p, 60.0, 1, 115, w),
        (TUFTED, 0) => Part::even(p, 0.05, 3, 125, w),
        (TUFTED, 1) => Part::even(p, 1.7, 1, 127, w),
        (TUFTED, 2) => Part::drawn(p * Vec3::new(9.0, 2.5, 7.0), 1, 123, 7.0 * w),
        (VEINED, 0) => Part::even(p, 1.0, 5, 131, w),
        (VEINED, 1) => Part::even(p, 1.7, 4, 137, w),
        (BRUSHED..=VEINED, _) => Part::NONE,
        (_, 0) => Part::even(p, 1.0, 4, 141, w),
        (_, 1) => Part::drawn(p * Vec3::new(0.3, 2.5, 0.6), 4, 145, w),
        _ => Part::NONE,
    }
}

/// Where the pattern's cells lie, their seed (0 is none), the wavelength that fades first, and the footprint there.
fn cell_space(pattern: u32, p: Vec3, n: Vec4, w: f32) -> (Vec3, u32, f32, f32) {
    match pattern {
        CONCRETE => (9.0 * p, 43, 0.6, 9.0 * w),
        LEATHER => (p + 0.35 * Vec3::new(n.y, n.z, 0.0), 71, 0.9, w),
        SKIN => (p, 81, 0.9, w),
        ASPHALT => (p, 91, 1.2, w),
        TUFTED => (p + 0.25 * n.y, 121, 1.0, w),
        BRUSHED..=VEINED => (p, 0, 1.0, w),
        _ => (14.0 * p, 147, 0.42, 14.0 * w),
    }
}
