//! Two pictures to how much brighter one is: as a whole and object by object.
//!
//! Noise averages out of a mean, so a wrong factor anywhere in the light shows here long before it shows in an error.

use std::collections::BTreeMap;

use maquette_conditioning::Plane;

use crate::{
    Error,
    error::{comparable, same_size},
};

/// Luminance of linear Rec.709.
pub fn luminance([r, g, b]: [f32; 3]) -> f64 {
    0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
}

/// Mean luminance of the image over that of the reference; 1 is equally bright, NaN both black.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn mean_ratio(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> Result<f64, Error> {
    comparable(image, reference)?;
    let sum = |plane: &Plane<[f32; 3]>| plane.data.iter().map(|&color| luminance(color)).sum::<f64>();
    Ok(sum(image) / sum(reference))
}

/// One object's brightness in two pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectRatio {
    /// Its id; 0 is where nothing was hit.
    pub object_id: u32,
    /// Pixels it covers.
    pub pixels: usize,
    /// Its mean luminance in the image.
    pub image_mean: f64,
    /// Its mean luminance in the reference.
    pub reference_mean: f64,
    /// The one over the other.
    pub ratio: f64,
}

/// Energy ratio of every object, in order of id.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn object_ratios(
    image: &Plane<[f32; 3]>,
    reference: &Plane<[f32; 3]>,
    object_id: &Plane<u32>,
) -> Result<Vec<ObjectRatio>, Error> {
    comparable(image, reference)?;
    same_size(object_id, reference)?;
    let mut sums = BTreeMap::<u32, (usize, f64, f64)>::new();
    for ((&id, &x), &r) in object_id.data.iter().zip(&image.data).zip(&reference.data) {
        let (pixels, of_image, of_reference) = sums.entry(id).or_default();
        *pixels += 1;
        *of_image += luminance(x);
        *of_reference += luminance(r);
    }
    let ratio = |(object_id, (pixels, x, r))| {
        let (image_mean, reference_mean) = (x / pixels as f64, r / pixels as f64);
        ObjectRatio { object_id, pixels, image_mean, reference_mean, ratio: x / r }
    };
    Ok(sums.into_iter().map(ratio).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_light_not_of_pixels() {
        let reference = Plane::from_vec(2, 1, vec![[1.0; 3], [9.0; 3]]).unwrap();
        let image = Plane::from_vec(2, 1, vec![[2.0; 3], [9.0; 3]]).unwrap();
        assert!((mean_ratio(&image, &reference).unwrap() - 1.1).abs() < 1e-6);
    }

    #[test]
    fn green_weighs_as_the_eye_does() {
        let green = Plane::from_vec(1, 1, vec![[0.0, 1.0, 0.0]]).unwrap();
        let white = Plane::from_vec(1, 1, vec![[1.0; 3]]).unwrap();
        assert!((mean_ratio(&green, &white).unwrap() - 0.7152).abs() < 1e-6);
    }

    #[test]
    fn each_object_has_its_own_ratio_in_order_of_id() {
        let reference = Plane::new(4, 1).map(|_: &[f32; 3]| [2.0; 3]);
        let image = Plane::from_vec(4, 1, vec![[2.0; 3], [3.0; 3], [5.0; 3], [4.0; 3]]).unwrap();
        let ids = Plane::from_vec(4, 1, vec![7, 0, 7, 3]).unwrap();
        let got = object_ratios(&image, &reference, &ids).unwrap();
        let expected = [(0, 1, 1.5), (3, 1, 2.0), (7, 2, 1.75)];
        assert_eq!(got.len(), 3);
        for (got, (object_id, pixels, ratio)) in got.iter().zip(expected) {
            assert_eq!((got.object_id, got.pixels), (object_id, pixels));
            assert!((got.ratio - ratio).abs() < 1e-9);
        }
        assert!(object_ratios(&image, &reference, &Plane::new(3, 1)).is_err());
    }
}
