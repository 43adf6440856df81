//! Scene-linear pictures to the exposures worth looking at, and to display light at one of them.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::luminance;

/// Narkowicz's fit of the ACES curve, (ax² + bx)/(dx² + ex + f), its built-in exposure of 0.6 taken out.
const CURVE: [f32; 5] = [0.6 * 0.6 * 2.51, 0.6 * 0.03, 0.6 * 0.6 * 2.43, 0.6 * 0.59, 0.14];
/// Display value that the brightest, and at the other end the median, pixel of the reference gets.
const TARGET: f64 = 0.85;
/// Far above where the curve has reached white; keeps squares finite.
const WHITE_FOR_SURE: f32 = 1.0e6;

/// Exposures in stops, about one apart: from where the reference's brightest pixel is just not white to where its
/// median pixel is.
pub(super) fn exposures(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> Vec<f64> {
    let Some((largest, median)) = levels(reference).or_else(|| levels(image)) else { return vec![] };
    let white = just_not_white();
    let (start, stop) = ((white / largest).log2(), (white / median).log2());
    let count = (stop - start).ceil().max(2.0) as usize;
    (0..count).map(|i| start + (stop - start) * i as f64 / (count - 1) as f64).collect()
}

/// Display light, 0 to 1, of a picture exposed by so many stops.
pub(super) fn developed(picture: &Plane<[f32; 3]>, exposure: f64) -> Plane<[f32; 3]> {
    let factor = exposure.exp2() as f32;
    let [a, b, d, e, f] = CURVE;
    let mut developed = picture.clone();
    developed.data.as_flattened_mut().par_iter_mut().for_each(|value| {
        let x = (*value * factor).clamp(0.0, WHITE_FOR_SURE);
        *value = ((x * x * a + x * b) / (x * x * d + x * e + f)).min(1.0);
    });
    developed
}

/// Largest and median luminance; `None` where all is black.
fn levels(picture: &Plane<[f32; 3]>) -> Option<(f64, f64)> {
    let mut all: Vec<f64> =
        picture.data.iter().map(|color| luminance(color.map(|value| value.max(0.0)))).collect();
    if median(&mut all) == 0.0 {
        all.retain(|&value| value > 0.0);
    }
    let largest = all.iter().copied().fold(0.0, f64::max);
    (largest > 0.0).then(|| (largest, median(&mut all)))
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The light that the curve shows as [`TARGET`].
fn just_not_white() -> f64 {
    let [a, b, d, e, f] = CURVE.map(f64::from);
    let (a, b, c) = (a - TARGET * d, b - TARGET * e, -TARGET * f);
    let half = -0.5 * b / a;
    half + (half * half - c / a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brightest_pixel_lands_on_the_target_first_and_the_median_last() {
        let data = (0..101).map(|i| [(i as f32 * 0.1).exp2(); 3]).collect();
        let picture = Plane::from_vec(101, 1, data).unwrap();
        let exposures = exposures(&picture, &picture);
        assert_eq!(exposures.len(), 5);
        let shown = |exposure: f64, i: usize| f64::from(developed(&picture, exposure).data[i][0]);
        assert!((shown(exposures[0], 100) - TARGET).abs() < 1e-4);
        assert!((shown(exposures[4], 50) - TARGET).abs() < 1e-4);
    }
}
