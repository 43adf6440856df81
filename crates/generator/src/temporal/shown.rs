//! The last finished picture, moved to where its surfaces are seen now.
//!
//! It is clean, so it can be interpolated, unlike noisy memory: by Catmull-Rom's cubic, which keeps edges sharp, held within
//! the four nearest pixels, which keeps it from ringing. What the lamps' light on its surfaces has changed since is added.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::reproject::{Seen, around};

/// A finished picture.
pub(crate) struct Shown {
    /// Nits.
    pub(crate) picture: Plane<[f32; 3]>,
    /// The lamps' light that it shows, nits.
    pub(crate) lamps: Plane<[f32; 3]>,
    /// How many frames' worth of information each pixel holds; 0 where nothing is known.
    pub(crate) age: Plane<f32>,
}

/// Least weight of a pixel around a place, where others are of another surface.
const LEAST: f32 = 1e-3;

impl Shown {
    /// No picture yet.
    pub(crate) fn nothing((width, height): (usize, usize)) -> Self {
        let dark = Plane::new(width, height);
        Self { picture: dark.clone(), lamps: dark, age: Plane::new(width, height) }
    }

    /// The picture, whose surfaces were `seen`, where they are seen and as they are lit `now`. What was hidden is black and of
    /// age 0.
    pub(crate) fn warped(&self, seen: &Seen, now: &Seen) -> Self {
        let mut moved = Self::nothing((self.picture.width(), self.picture.height()));
        let lit = moved.picture.data.par_iter_mut().zip(&mut moved.lamps.data);
        lit.zip(&mut moved.age.data).enumerate().for_each(|(i, ((pixel, lamps), age))| {
            let Some((color, before, known)) = self.at_origin(seen, now, i) else { return };
            *lamps = now.lamp_light(i, before);
            *pixel = std::array::from_fn(|c| (color[c] + lamps[c] - before[c]).max(0.0));
            *age = known;
        });
        moved
    }

    /// Colour, lamps' light and age at the place where pixel `i` was.
    fn at_origin(&self, seen: &Seen, now: &Seen, i: usize) -> Option<([f32; 3], [f32; 3], f32)> {
        let place = now.origin(i)?;
        let [u, v] = place.map(|at| at - at.floor());
        let four = around(place).map(|at| seen.matching(at, now, i));
        let weights = [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v];
        let (mut color, mut lamps, mut age, mut total) = ([0.0; 3], [0.0; 3], 0.0, 0.0);
        for (at, weight) in four.iter().zip(weights) {
            let Some(at) = *at else { continue };
            let weight = weight + LEAST;
            (0..3).for_each(|c| color[c] += weight * self.picture.data[at][c]);
            (0..3).for_each(|c| lamps[c] += weight * self.lamps.data[at][c]);
            age += weight * self.age.data[at];
            total += weight;
        }
        if total <= 0.0 {
            return None;
        }
        let mean = |sum: [f32; 3]| sum.map(|sum| sum / total);
        let color = match four {
            [Some(a), Some(b), Some(c), Some(d)] => {
                self.cubic(place, [a, b, c, d].map(|at| self.picture.data[at]))
            }
            _ => mean(color),
        };
        Some((color, mean(lamps), age / total))
    }

    /// Catmull-Rom interpolation at a place, within the `near`est four.
    fn cubic(&self, place: [f32; 2], near: [[f32; 3]; 4]) -> [f32; 3] {
        let (width, height) = (self.picture.width() as i64, self.picture.height() as i64);
        let [columns, rows] = place.map(|at| catmull_rom(at - at.floor()));
        let [left, top] = place.map(|at| at.floor() as i64 - 1);
        let mut sum = [0.0; 3];
        for (y, row) in (top..).zip(rows) {
            for (x, column) in (left..).zip(columns) {
                let at = y.clamp(0, height - 1) * width + x.clamp(0, width - 1);
                let pixel = &self.picture.data[at as usize];
                (0..3).for_each(|c| sum[c] += row * column * pixel[c]);
            }
        }
        std::array::from_fn(|c| {
            let of_near = near.map(|pixel| pixel[c]);
            let (least, most) = of_near.iter().fold((f32::MAX, f32::MIN), |(a, b), &v| (a.min(v), b.max(v)));
            sum[c].clamp(least, most)
        })
    }
}

/// Weights of four values in a row for a place `t` between the two in the middle.
fn catmull_rom(t: f32) -> [f32; 4] {
    let (square, cube) = (t * t, t * t * t);
    [
        -0.5 * t + square - 0.5 * cube,
        1.0 - 2.5 * square + 1.5 * cube,
        0.5 * t + 2.0 * square - 1.5 * cube,
        -0.5 * square + 0.5 * cube,
    ]
}
