//! Two pictures to a picture of where they differ.

use maquette_conditioning::Plane;

use crate::{Error, error::same_size};

/// Mid-grey where equal, brighter where the image is, darker where the reference is, per channel; differences are
/// multiplied by `gain` (8 makes one code value just visible) and clipped.
///
/// Errors: sizes differ, no pixels.
pub fn difference(
    image: &Plane<[u8; 3]>,
    reference: &Plane<[u8; 3]>,
    gain: f32,
) -> Result<Plane<[u8; 3]>, Error> {
    same_size(image, reference)?;
    let mut picture = image.clone();
    for (code, reference) in picture.data.iter_mut().zip(&reference.data) {
        *code = std::array::from_fn(|channel| {
            let difference = f32::from(code[channel]) - f32::from(reference[channel]);
            (128.0 + gain * difference).round().clamp(0.0, 255.0) as u8
        });
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_gain_show() {
        let image = Plane::from_vec(3, 1, vec![[10, 20, 30], [11, 0, 255], [0, 0, 0]]).unwrap();
        let reference = Plane::from_vec(3, 1, vec![[10, 20, 30], [10, 2, 0], [0, 0, 255]]).unwrap();
        let got = difference(&image, &reference, 8.0).unwrap();
        assert_eq!(got.data, [[128, 128, 128], [136, 112, 255], [128, 128, 0]]);
        assert!(difference(&image, &Plane::new(2, 1), 8.0).is_err());
    }
}
