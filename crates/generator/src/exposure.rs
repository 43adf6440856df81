//! The scale that brings a picture to middle grey before the network sees it.
//!
//! The library's own automatic exposure: the picture is averaged into bins of at most 16×16 pixels, so that
//! noise hardly moves the result, and the geometric mean of the bins' luminance maps to 0.18.

use maquette_conditioning::Plane;

use crate::features::clean;

const BIN_PIXELS: usize = 16;
const KEY: f64 = 0.18;
/// Bins darker than this do not count.
const DARKEST: f64 = 1e-8;
/// A pixel counts as no brighter than this, so that one infinite pixel does not blacken the picture.
const BRIGHTEST: f32 = 1e30;

/// The factor for `color` (scene-linear, any unit); 1 for a black picture. NaN and negative values count as 0.
pub(crate) fn input_scale(color: &Plane<[f32; 3]>) -> f32 {
    let (across, down) = (color.width().div_ceil(BIN_PIXELS), color.height().div_ceil(BIN_PIXELS));
    let logs: Vec<f64> = (0..down)
        .flat_map(|row| (0..across).map(move |column| (column, row)))
        .map(|(column, row)| {
            mean_luminance(color, span(column, across, color.width()), span(row, down, color.height()))
        })
        .filter(|&luminance| luminance > DARKEST)
        .map(f64::log2)
        .collect();
    if logs.is_empty() {
        return 1.0;
    }
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    (KEY / mean.exp2()) as f32
}

/// The pixels of bin `index` of `count` along an axis.
fn span(index: usize, count: usize, extent: usize) -> std::ops::Range<usize> {
    index * extent / count..(index + 1) * extent / count
}

fn mean_luminance(
    color: &Plane<[f32; 3]>,
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
) -> f64 {
    let pixels = columns.len() * rows.len();
    let sum: f64 = rows
        .flat_map(|y| color.data[y * color.width()..][columns.clone()].iter())
        .map(|&pixel| luminance(pixel))
        .sum();
    sum / pixels as f64
}

/// Rec.709 luminance with the library's weights.
fn luminance(pixel: [f32; 3]) -> f64 {
    let [r, g, b] = pixel.map(|value| f64::from(clean(value, 0.0, BRIGHTEST)));
    0.212671 * r + 0.715160 * g + 0.072169 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize, value: f32) -> Plane<[f32; 3]> {
        Plane::new(width, height).map(|_: &[f32; 3]| [value; 3])
    }

    #[test]
    fn constant_picture_comes_to_middle_grey() {
        for (width, height, value) in [(1, 1, 3.0), (17, 5, 1e-4), (50, 33, 9e3)] {
            let scale = input_scale(&grey(width, height, value));
            assert!((scale * value - 0.18).abs() < 1e-5, "{width}×{height} at {value}: {scale}");
        }
    }

    #[test]
    fn geometric_mean_of_two_bins_decides() {
        let mut color = grey(32, 16, 1.0);
        for y in 0..16 {
            color.data[y * 32 + 16..][..16].fill([100.0; 3]);
        }
        assert!((input_scale(&color) - 0.18 / 10.0).abs() < 1e-6);
    }

    #[test]
    fn black_nan_and_infinity_leave_a_usable_scale() {
        assert_eq!(input_scale(&grey(20, 20, 0.0)), 1.0);
        assert_eq!(input_scale(&grey(20, 20, f32::NAN)), 1.0);
        let mut color = grey(64, 64, 1.0);
        color.data[5] = [f32::INFINITY; 3];
        let scale = input_scale(&color);
        assert!(scale.is_finite() && scale > 0.0, "{scale}");
    }
}
