//! A linear picture and its reference to a relative error.
//!
//! Squared error weighs highlights only; divided by the reference's own square, a shadow counts as much as a lamp.

use maquette_conditioning::Plane;

use crate::{
    Error,
    error::{at_least, comparable, same_size},
};

/// The share of pixels, the worst ones, that [`relative_mse`] leaves out: fireflies of either renderer.
const DROPPED: f64 = 0.001;

/// mean((x−r)²/(r² + 0.01·mean(r)²)) over linear pictures, with the worst 0.1 % of pixels dropped.
///
/// mean(r) is over all values of the reference; a pixel's error is the mean of its three channels; of n pixels the
/// ⌊0.999·n⌋ best count. 0 is identical; Cornell box: 1.4e-3 is another renderer's own noise at 256 samples.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn relative_mse(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> Result<f64, Error> {
    Ok(mean_of_best(pixel_errors([image; 2], [reference; 2])?))
}

/// [`relative_mse`] without the references' own noise, given two whose noise is independent: mean((x−r₁)(x−r₂)/(r²+0.01·mean(r)²))
/// with r = (r₁+r₂)/2. Noise of mean 0 that one of them has alone adds nothing to the mean of the product, as long as it is small
/// beside r. Of an image that
/// is exactly right the result may fall a little below 0.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn relative_mse_of_two(image: &Plane<[f32; 3]>, references: [&Plane<[f32; 3]>; 2]) -> Result<f64, Error> {
    Ok(mean_of_best(pixel_errors([image; 2], references)?))
}

/// [`relative_mse_of_two`] over the pixels where `mask` holds, of an image for each reference; mean(r) is still over the
/// whole reference.
///
/// Errors: sizes differ, no pixel holds, a value that is no number.
pub(crate) fn relative_mse_where(
    images: [&Plane<[f32; 3]>; 2],
    references: [&Plane<[f32; 3]>; 2],
    mask: &Plane<bool>,
) -> Result<f64, Error> {
    same_size(mask, references[0])?;
    let errors = pixel_errors(images, references)?.into_iter().zip(&mask.data);
    let errors: Vec<f64> = errors.filter_map(|(error, &holds)| holds.then_some(error)).collect();
    at_least("the mask", errors.len(), 1)?;
    Ok(mean_of_best(errors))
}

fn mean_of_best(mut errors: Vec<f64>) -> f64 {
    errors.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    let kept = ((errors.len() as f64 * (1.0 - DROPPED)) as usize).max(1);
    errors[..kept].iter().sum::<f64>() / kept as f64
}

/// How many pixels have a relative squared error over `limit`: what [`relative_mse`] may have dropped.
pub fn outliers(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>, limit: f64) -> Result<usize, Error> {
    Ok(pixel_errors([image; 2], [reference; 2])?.into_iter().filter(|&error| error > limit).count())
}

/// The product of both images' errors, each against its own reference.
fn pixel_errors(images: [&Plane<[f32; 3]>; 2], references: [&Plane<[f32; 3]>; 2]) -> Result<Vec<f64>, Error> {
    images.iter().zip(references).try_for_each(|(image, reference)| comparable(image, reference))?;
    same_size(references[0], references[1])?;
    let wanted = |pixel: usize, c: usize| references.map(|reference| f64::from(reference.data[pixel][c]));
    let middle = |[first, second]: [f64; 2]| 0.5 * (first + second);
    let pixels = references[0].data.len();
    let values = (0..pixels).flat_map(|pixel| (0..3).map(move |c| (pixel, c)));
    let mean = values.map(|(pixel, c)| middle(wanted(pixel, c))).sum::<f64>() / (3 * pixels) as f64;
    // An all-black reference has no scale of its own; then any light at all is a large error.
    let floor = (0.01 * mean * mean).max(f64::MIN_POSITIVE);
    let channel = |pixel: usize, c: usize| {
        let wanted = wanted(pixel, c);
        let [first, second] = [0, 1].map(|of| f64::from(images[of].data[pixel][c]) - wanted[of]);
        first * second / (middle(wanted).powi(2) + floor)
    };
    Ok((0..pixels).map(|pixel| (0..3).map(|c| channel(pixel, c)).sum::<f64>() / 3.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(value: f32) -> Plane<[f32; 3]> {
        Plane::<[f32; 3]>::new(50, 40).map(|_| [value; 3])
    }

    #[test]
    fn a_uniform_excess_has_its_closed_form() {
        // x = 1.1·r everywhere: 0.01·r²/(1.01·r²).
        for scale in [1e-3, 1.0, 1e4] {
            let error = relative_mse(&flat(1.1 * scale), &flat(scale)).unwrap();
            assert!((error - 0.01 / 1.01).abs() < 1e-6, "{error} at {scale}");
        }
        assert_eq!(relative_mse(&flat(3.0), &flat(3.0)).unwrap(), 0.0);
    }

    #[test]
    fn channels_are_averaged_within_a_pixel() {
        let image = flat(1.0).map(|_| [1.1, 1.0, 1.0]);
        assert!((relative_mse(&image, &flat(1.0)).unwrap() - 0.01 / 1.01 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn one_pixel_in_a_thousand_is_dropped_and_not_one_more() {
        let mut image = flat(1.0);
        image.data[7] = [1.0e6; 3];
        image.data[1999] = [1.0e6; 3];
        assert_eq!(relative_mse(&image, &flat(1.0)).unwrap(), 0.0);
        assert_eq!(outliers(&image, &flat(1.0), 1.0).unwrap(), 2);
        image.data[3] = [3.0; 3];
        let kept = 2000.0 * 0.999;
        assert!((relative_mse(&image, &flat(1.0)).unwrap() - 4.0 / 1.01 / f64::floor(kept)).abs() < 1e-9);
    }

    #[test]
    fn a_mask_decides_what_counts() {
        let mut image = flat(1.0);
        image.data[..1000].fill([1.1; 3]);
        let mut index = 0;
        let first_half = image.map(|_| {
            index += 1;
            index <= 1000
        });
        let even = flat(1.0);
        let (image, reference) = ([&image; 2], [&even; 2]);
        let error = relative_mse_where(image, reference, &first_half).unwrap();
        assert!((error - 0.01 / 1.01).abs() < 1e-6);
        let second_half = first_half.map(|holds| !holds);
        assert_eq!(relative_mse_where(image, reference, &second_half).unwrap(), 0.0);
        assert!(relative_mse_where(image, reference, &first_half.map(|_| false)).is_err());
    }

    #[test]
    fn the_noise_of_two_references_is_no_error_of_the_image() {
        let mut state = 1_u64;
        let mut noisy = || {
            flat(1.0).map(|color| {
                color.map(|value| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    value + 0.1 * ((state >> 40) as f32 / (1 << 24) as f32 - 0.5)
                })
            })
        };
        // Variance of an even distribution of width 0.1.
        let (references, variance) = ([noisy(), noisy()], 0.1_f64.powi(2) / 12.0);
        let references = [&references[0], &references[1]];
        let single = relative_mse(&flat(1.0), references[0]).unwrap();
        assert!((single / variance - 1.0).abs() < 0.1, "{single}");
        let error = relative_mse_of_two(&flat(1.0), references).unwrap();
        assert!(error.abs() < 5.0 * variance / (6000_f64).sqrt(), "{error}");
        // A real error stays: 0.1 too bright everywhere.
        let error = relative_mse_of_two(&flat(1.1), references).unwrap();
        assert!((error * 1.01 / 0.01 - 1.0).abs() < 0.05, "{error}");
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        assert!(matches!(relative_mse(&flat(1.0), &Plane::new(50, 41)), Err(Error::Size { .. })));
        assert!(matches!(relative_mse(&Plane::new(0, 0), &Plane::new(0, 0)), Err(Error::TooFew { .. })));
        let mut image = flat(1.0);
        image.data[12][1] = f32::NAN;
        let error = relative_mse(&image, &flat(1.0)).unwrap_err();
        assert!(error.to_string().contains("index 12"), "{error}");
        assert!(relative_mse(&flat(1.0), &flat(0.0)).unwrap() > 1e100);
    }
}
