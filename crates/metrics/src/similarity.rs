//! Two 8-bit pictures to a structural similarity.
//!
//! Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity",
//! IEEE Transactions on Image Processing 13(4), 2004: an 11×11 Gaussian window of σ 1.5 on luma, K₁ = 0.01,
//! K₂ = 0.03, L = 255, averaged over the windows that lie wholly in the picture.

use maquette_conditioning::Plane;

use crate::{
    Error,
    error::{at_least, same_size},
};

const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);

/// Luma of an sRGB code value, 0 to 255: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), as the paper's own programs use.
pub fn luma([r, g, b]: [u8; 3]) -> f64 {
    0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)
}

/// Mean structural similarity: 1 for equal pictures, near 0 for unrelated ones, negative for inverted structure.
///
/// Errors: sizes differ, or a side is under 11 pixels.
pub fn ssim(image: &Plane<[u8; 3]>, reference: &Plane<[u8; 3]>) -> Result<f64, Error> {
    same_size(image, reference)?;
    at_least("a side of the pictures", image.width().min(image.height()), WINDOW)?;
    let (x, y) = (image.map(|&c| luma(c)), reference.map(|&c| luma(c)));
    let product = |a: &Plane<f64>, b: &Plane<f64>| {
        let mut product = a.clone();
        product.data.iter_mut().zip(&b.data).for_each(|(value, b)| *value *= b);
        smooth(&product)
    };
    let (xx, yy, xy) = (product(&x, &x), product(&y, &y), product(&x, &y));
    let (mx, my) = (smooth(&x), smooth(&y));
    let local = |i: usize| {
        let (mx, my) = (mx.data[i], my.data[i]);
        let (vx, vy, cov) = (xx.data[i] - mx * mx, yy.data[i] - my * my, xy.data[i] - mx * my);
        (2.0 * mx * my + C1) * (2.0 * cov + C2) / ((mx * mx + my * my + C1) * (vx + vy + C2))
    };
    let windows = mx.data.len();
    Ok((0..windows).map(local).sum::<f64>() / windows as f64)
}

/// Gaussian-weighted means of the windows that fit; 10 pixels narrower and lower than the picture.
fn smooth(plane: &Plane<f64>) -> Plane<f64> {
    let weights = window();
    let (width, height) = (plane.width() + 1 - WINDOW, plane.height() + 1 - WINDOW);
    let mut rows = Plane::<f64>::new(width, plane.height());
    for (i, value) in rows.data.iter_mut().enumerate() {
        *value = weights.iter().enumerate().map(|(k, w)| w * plane.at(i % width + k, i / width)).sum();
    }
    let mut smoothed = Plane::<f64>::new(width, height);
    for (i, value) in smoothed.data.iter_mut().enumerate() {
        *value = weights.iter().enumerate().map(|(k, w)| w * rows.at(i % width, i / width + k)).sum();
    }
    smoothed
}

fn window() -> [f64; WINDOW] {
    let weights: [f64; WINDOW] = std::array::from_fn(|i| {
        let distance = i as f64 - (WINDOW / 2) as f64;
        (-distance * distance / (2.0 * SIGMA * SIGMA)).exp()
    });
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(f: impl Fn(usize, usize) -> u8) -> Plane<[u8; 3]> {
        Plane::from_vec(40, 30, (0..1200).map(|i| [f(i % 40, i / 40); 3]).collect()).unwrap()
    }

    #[test]
    fn equal_pictures_score_one() {
        let image = picture(|x, y| (x * 6 + y) as u8);
        assert!((ssim(&image, &image).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn flat_pictures_have_the_luminance_terms_closed_form() {
        let (a, b) = (100.0, 150.0);
        let expected = (2.0 * a * b + C1) / (a * a + b * b + C1);
        let got = ssim(&picture(|_, _| 100), &picture(|_, _| 150)).unwrap();
        assert!((got - expected).abs() < 1e-6, "{got} {expected}");
    }

    #[test]
    fn inverted_structure_is_negative_and_noise_lowers_the_score() {
        let stripes = |phase: usize| picture(move |x, _| if (x + phase) % 4 < 2 { 60 } else { 190 });
        assert!(ssim(&stripes(2), &stripes(0)).unwrap() < -0.8);
        let smooth = picture(|x, y| (60 + x * 2 + y) as u8);
        let noisy = |amount: usize| {
            picture(move |x, y| (60 + x * 2 + y + (x * 7919 + y * 104_729) % (2 * amount + 1) - amount) as u8)
        };
        let (a, b) = (ssim(&noisy(2), &smooth).unwrap(), ssim(&noisy(20), &smooth).unwrap());
        assert!(1.0 > a && a > b && b > 0.0, "{a} {b}");
    }

    /// `skimage.metrics.structural_similarity(a @ w, b @ w, gaussian_weights=True, sigma=1.5,
    /// use_sample_covariance=False, data_range=255)` of scikit-image on the same two pictures.
    #[test]
    fn agrees_with_scikit_image() {
        let picture = |f: &dyn Fn(usize, usize) -> [usize; 3]| {
            let data = (0..64 * 48).map(|i| f(i % 64, i / 64).map(|v| (v % 256) as u8)).collect();
            Plane::from_vec(64, 48, data).unwrap()
        };
        let a = picture(&|x, y| [x * 3 + y, x * y / 4, x * x / 7 + 5 * y]);
        let b = picture(&|x, y| {
            [x * 3 + y + (x * 7 + y * 13) % 9, x * y / 4 + x * 5 % 7, x * x / 7 + 5 * y + y * 3 % 11]
        });
        let got = ssim(&a, &b).unwrap();
        assert!((got - 0.909_889_646_738_639).abs() < 1e-9, "{got}");
    }

    #[test]
    fn small_pictures_are_an_error() {
        let small = Plane::<[u8; 3]>::new(10, 40);
        assert!(matches!(ssim(&small, &small), Err(Error::TooFew { least: 11, .. })));
    }
}
