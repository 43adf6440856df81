//! What a plate's camera adds to the person and a set does not have, taken away: grain, and blacks that glow.
//!
//! A set is traced without noise, and nothing in it is lighter than its light. A card with the noise of a small camera and
//! its milky blacks looks pasted; it has to meet the set, for the set is what the other cards meet, too. The noise is known from the
//! backdrop, so the guided filter can be told apart from detail: what varies less than it is smoothed.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::{guided::guided, screen::quantile};

/// Pixels around that are smoothed over.
const RADIUS: usize = 2;
/// What varies by so many deviations of the noise is half kept, and more than that nearly whole.
const KEPT: f32 = 2.5;
/// A black that is lighter than this, of white, is a light costume.
const MOST_BLACK: f32 = 0.05;

/// A picture without its grain: lightness is smoothed, colours follow. `noise` is the deviation of a channel in linear light
/// on a backdrop of middle brightness; on the scale of lightness, its square root, it is about the same everywhere.
pub(crate) fn take_grain(picture: &mut Plane<[f32; 3]>, noise: f32) {
    if noise <= 0.0 {
        return;
    }
    let lightness = picture.map(|color| luminance(color).sqrt());
    let smooth = guided(&lightness, &lightness, RADIUS, (KEPT * noise).powi(2));
    let pixels = picture.data.par_iter_mut().zip(&lightness.data).zip(&smooth.data);
    pixels.with_min_len(4096).for_each(|((color, &grained), &smooth)| {
        let factor = (smooth / grained.max(1e-3)).clamp(0.5, 2.0).powi(2);
        *color = color.map(|channel| channel * factor);
    });
}

/// How light the plate's black is: half a percent of the person's pixels are darker in their darkest channel. 0 where
/// nothing is black.
pub(crate) fn black(picture: &Plane<[f32; 3]>, alpha: &Plane<f32>) -> f32 {
    let inside = picture.data.iter().zip(&alpha.data).filter(|(_, alpha)| **alpha >= 1.0);
    let mut darkest: Vec<f32> =
        inside.map(|(color, _)| color.iter().copied().fold(f32::INFINITY, f32::min)).collect();
    if darkest.is_empty() {
        return 0.0;
    }
    let black = quantile(&mut darkest, 0.005).max(0.0);
    if black > MOST_BLACK { 0.0 } else { black }
}

/// Moves a black to none and leaves white.
pub(crate) fn take_black(picture: &mut Plane<[f32; 3]>, black: f32) {
    let taken = |channel: f32| ((channel - black) / (1.0 - black)).max(0.0);
    picture.data.par_iter_mut().with_min_len(4096).for_each(|color| *color = color.map(taken));
}

fn luminance([r, g, b]: &[f32; 3]) -> f32 {
    (0.2126 * r + 0.7152 * g + 0.0722 * b).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: f32 = 0.012;

    /// Left dark, right light, an edge between; in the lower half stripes, `amplitude` of lightness either way.
    fn clean(amplitude: f32) -> Plane<[f32; 3]> {
        let lightness = |i: usize| {
            let stripe = if i / 240 < 80 { 0.0 } else { amplitude * if i % 4 < 2 { 1.0 } else { -1.0 } };
            stripe + if i % 240 < 120 { 0.4 } else { 0.7 }
        };
        Plane::from_vec(240, 160, (0..240 * 160).map(|i| [lightness(i).powi(2); 3]).collect()).unwrap()
    }

    /// Noise that is even in lightness: a sum of uniform numbers.
    fn grained(clean: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
        let mut state = 7u32;
        let mut uniform = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 - 0.5
        };
        clean.map(|color| {
            let noise = NOISE * (0..12).map(|_| uniform()).sum::<f32>();
            [(color[0].sqrt() + noise).powi(2); 3]
        })
    }

    /// Deviation of lightness from the clean picture, within rows and columns.
    fn deviation(found: &Plane<[f32; 3]>, clean: &Plane<[f32; 3]>, rows: std::ops::Range<usize>) -> f32 {
        let inside = rows.flat_map(|y| (10..110).chain(130..230).map(move |x| y * 240 + x));
        let squares: Vec<f32> =
            inside.map(|i| (found.data[i][0].sqrt() - clean.data[i][0].sqrt()).powi(2)).collect();
        (squares.iter().sum::<f32>() / squares.len() as f32).sqrt()
    }

    #[test]
    fn grain_goes_and_detail_stays() {
        let clean = clean(0.1);
        let mut found = grained(&clean);
        assert!((deviation(&found, &clean, 10..70) / NOISE - 1.0).abs() < 0.1);
        take_grain(&mut found, NOISE);
        let left = deviation(&found, &clean, 10..70) / NOISE;
        assert!(left < 0.4, "{left} of the grain is left");
        let lightness = |x: usize| (10..70).map(|y| found.data[y * 240 + x][0].sqrt()).sum::<f32>() / 60.0;
        let edge = lightness(121) - lightness(118);
        assert!((edge / 0.3 - 1.0).abs() < 0.05, "an edge of {edge}");
        let stripes = deviation(&found, &clean, 90..150) / 0.1;
        assert!(stripes < 0.16, "stripes lose {stripes}");
    }

    #[test]
    fn a_plate_without_noise_stays_as_it_is() {
        let mut picture = clean(0.01);
        take_grain(&mut picture, 0.0);
        assert_eq!(picture, clean(0.01));
    }

    #[test]
    fn black_goes_and_white_stays() {
        let ramp = |from: f32| {
            let values = (0..48_000).map(|i| [from + (1.0 - from) * (i % 240) as f32 / 239.0; 3]);
            Plane::from_vec(240, 200, values.collect()).unwrap()
        };
        let mut milky = ramp(0.03);
        let everywhere = milky.map(|_| 1.0);
        assert!((black(&milky, &everywhere) - 0.034).abs() < 0.005);
        take_black(&mut milky, 0.03);
        let differs = milky.data.iter().zip(&ramp(0.0).data).any(|(a, b)| (a[0] - b[0]).abs() > 1e-6);
        assert!(!differs);
        // Somebody in white has no black to go by.
        assert_eq!(black(&ramp(0.2), &everywhere), 0.0);
        assert_eq!(black(&ramp(0.03), &everywhere.map(|_| 0.5)), 0.0);
    }
}
