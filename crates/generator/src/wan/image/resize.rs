//! Bytes of a picture at another size, exactly as Pillow's `Image.resize` makes them with its bicubic filter.
//!
//! The encoder learned from pictures that Pillow had made smaller. So this follows its `Resample.c` to the bit: the filter
//! is as wide as what a new pixel covers, its weights have 22 binary places, and what the first pass leaves is rounded to
//! bytes before the second.

use std::ops::Range;

/// Pixels to either side that the filter reaches.
const REACH: f64 = 2.0;
/// Binary places of a weight.
const PLACES: u32 = 22;

/// Rows of `from` bytes as if each were resized to `to`, of which `kept` come out, transposed: as many rows as are kept. A
/// plane that goes through twice is resized along both axes and lies as before.
pub(super) fn resized(plane: &[u8], from: usize, to: usize, kept: Range<usize>) -> Vec<u8> {
    let column = |place| {
        let taps = Taps::new(from, to, place);
        plane.chunks_exact(from).map(move |row| taps.apply(row))
    };
    kept.flat_map(column).collect()
}

/// What a new pixel is made of.
struct Taps {
    /// The first old pixel.
    first: usize,
    /// Of it and those behind it; 2²² together.
    weights: Vec<i64>,
}

impl Taps {
    /// Of pixel `place` of a row that goes from one length to another.
    fn new(from: usize, to: usize, place: usize) -> Self {
        let scale = from as f64 / to as f64;
        let (wide, centre) = (scale.max(1.0), (place as f64 + 0.5) * scale);
        let first = (centre - REACH * wide + 0.5).max(0.0) as usize;
        let end = ((centre + REACH * wide + 0.5) as usize).min(from);
        let weights: Vec<f64> =
            (first..end).map(|pixel| cubic((pixel as f64 - centre + 0.5) / wide)).collect();
        let one = f64::from(1 << PLACES) / weights.iter().sum::<f64>();
        Self { first, weights: weights.iter().map(|weight| (weight * one).round() as i64).collect() }
    }

    fn apply(&self, row: &[u8]) -> u8 {
        let pairs = self.weights.iter().zip(&row[self.first..]);
        let sum: i64 = pairs.map(|(weight, &byte)| weight * i64::from(byte)).sum();
        ((sum + (1 << (PLACES - 1))) >> PLACES).clamp(0, 255) as u8
    }
}

/// Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 15: a = −1/2.
fn cubic(distance: f64) -> f64 {
    const A: f64 = -0.5;
    match distance.abs() {
        x if x < 1.0 => ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0,
        x if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * A,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_resized_to_its_own_size_stays_as_it_is() {
        let plane: Vec<u8> = (0..7 * 5).map(|index| (index * 37 % 256) as u8).collect();
        let turned = resized(&plane, 7, 7, 0..7);
        assert_eq!(resized(&turned, 5, 5, 0..5), plane);
    }

    #[test]
    fn a_straight_ramp_stays_straight_and_what_is_kept_is_a_piece_of_the_whole() {
        // 0, 8, 16 … 248 at half and at twice the size, away from the edges.
        let ramp: Vec<u8> = (0..32).map(|index| 8 * index).collect();
        let half = resized(&ramp, 32, 16, 0..16);
        assert_eq!(half[2..14], (2..14).map(|index| 16 * index + 4).collect::<Vec<u8>>());
        let double = resized(&ramp, 32, 64, 0..64);
        assert_eq!(double[4..60], (4..60).map(|index| 4 * index - 2).collect::<Vec<u8>>());
        assert_eq!(resized(&ramp, 32, 64, 20..30), double[20..30]);
    }
}
