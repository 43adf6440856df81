//! What became of points to a picture of where.

use maquette_conditioning::Plane;

use super::{Adherence, verdict::Verdict};
use crate::Error;

/// How much of the result is left behind the marks.
const DIMMED: f32 = 0.35;
const KEPT: [f32; 3] = [0.1, 0.9, 0.25];
const HALF_WAY: [f32; 3] = [1.0, 0.85, 0.1];
const OFF: [f32; 3] = [1.0, 0.1, 0.1];
const NOT_JUDGED: [f32; 3] = [0.45; 3];

/// The result, dimmed and without colour, under its outlines and creases: green where they are kept, through yellow to red
/// at 1 % of the height or where the result has no step, grey where they could not be judged. Display codes, 0 to 1.
///
/// Errors: sizes differ.
pub fn adherence_overlay(adherence: &Adherence, result: &Plane<[f32; 3]>) -> Result<Plane<[f32; 3]>, Error> {
    let got = (result.width(), result.height());
    if got != adherence.size {
        return Err(Error::Size { what: "the result", got, expected: adherence.size });
    }
    let mut picture = result.map(|&[r, g, b]| [DIMMED * (0.299 * r + 0.587 * g + 0.114 * b); 3]);
    let far = 0.01 * result.height() as f32;
    for mark in &adherence.marks {
        mark.pixels.into_iter().for_each(|pixel| picture.data[pixel] = color(&mark.verdict, far));
    }
    Ok(picture)
}

fn color(verdict: &Verdict, far: f32) -> [f32; 3] {
    let mix = |a: [f32; 3], b: [f32; 3], t: f32| std::array::from_fn(|i| a[i] + t * (b[i] - a[i]));
    match verdict.displacement.map(|displacement| 2.0 * (displacement.abs() / far).min(1.0)) {
        _ if !verdict.judged => NOT_JUDGED,
        None => OFF,
        Some(t) if t < 1.0 => mix(KEPT, HALF_WAY, t),
        Some(t) => mix(HALF_WAY, OFF, t - 1.0),
    }
}
