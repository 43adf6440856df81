//! Two pictures to a peak signal-to-noise ratio.

use maquette_conditioning::Plane;

use crate::{
    Error,
    error::{comparable, same_size},
};

/// 10·log₁₀(peak²/mean((x−r)²)) in dB over all channels of linear or encoded pictures with the given peak; infinite
/// for equal pictures.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn psnr_db(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>, peak: f32) -> Result<f64, Error> {
    comparable(image, reference)?;
    let pairs = image.data.as_flattened().iter().zip(reference.data.as_flattened());
    let squares = pairs.map(|(&x, &r)| (f64::from(x) - f64::from(r)).powi(2)).sum();
    Ok(ratio_db(squares, image.data.len(), f64::from(peak)))
}

/// The same of 8-bit pictures, with a peak of 255.
pub fn psnr8_db(image: &Plane<[u8; 3]>, reference: &Plane<[u8; 3]>) -> Result<f64, Error> {
    same_size(image, reference)?;
    let pairs = image.data.as_flattened().iter().zip(reference.data.as_flattened());
    let squares = pairs.map(|(&x, &r)| f64::from(x.abs_diff(r)).powi(2)).sum();
    Ok(ratio_db(squares, image.data.len(), 255.0))
}

fn ratio_db(squares: f64, pixels: usize, peak: f64) -> f64 {
    10.0 * (peak * peak * 3.0 * pixels as f64 / squares).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uniform_error_has_its_closed_form() {
        let black = Plane::<[f32; 3]>::new(8, 8);
        let grey = black.map(|_| [0.1; 3]);
        assert!((psnr_db(&grey, &black, 1.0).unwrap() - 20.0).abs() < 1e-5);
        assert!((psnr_db(&grey, &black, 10.0).unwrap() - 40.0).abs() < 1e-5);
        assert_eq!(psnr_db(&grey, &grey, 1.0).unwrap(), f64::INFINITY);
    }

    #[test]
    fn one_code_value_everywhere_is_48_13_db() {
        let a = Plane::<[u8; 3]>::new(9, 5).map(|_| [100; 3]);
        let b = a.map(|_| [101, 99, 101]);
        assert!((psnr8_db(&b, &a).unwrap() - 48.1308).abs() < 1e-4);
        assert!(psnr8_db(&a, &Plane::new(9, 6)).is_err());
    }
}
