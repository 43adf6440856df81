//! Two pictures to how much of the reference's detail is left.
//!
//! A denoiser that smears loses gradients, noise adds them; either way the ratio leaves 1.

use maquette_conditioning::Plane;

use crate::{Error, error::comparable, luminance};

/// Gradient energy of the image over that of the reference; 1 is as sharp, less is smeared, more is noisy or ringing.
///
/// Gradient energy is the sum of squared differences to the right and lower neighbours of Y/(Y + mean Y of the
/// reference): compressed, because linear light would weigh the outlines of lamps and nothing else. NaN where neither
/// picture has a gradient.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn gradient_ratio(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> Result<f64, Error> {
    comparable(image, reference)?;
    let mean =
        reference.data.iter().map(|&color| luminance(color)).sum::<f64>() / reference.data.len() as f64;
    Ok(energy(image, mean) / energy(reference, mean))
}

fn energy(picture: &Plane<[f32; 3]>, mean: f64) -> f64 {
    let compressed = picture.map(|&color| {
        let y = luminance(color).max(0.0);
        if y > 0.0 { y / (y + mean) } else { 0.0 }
    });
    let mut sum = 0.0;
    for y in 0..picture.height() {
        for x in 0..picture.width() {
            let here = compressed.at(x, y);
            if x + 1 < picture.width() {
                sum += (compressed.at(x + 1, y) - here).powi(2);
            }
            if y + 1 < picture.height() {
                sum += (compressed.at(x, y + 1) - here).powi(2);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(rise: impl Fn(usize) -> f32) -> Plane<[f32; 3]> {
        Plane::from_vec(16, 4, (0..64).map(|i| [rise(i % 16); 3]).collect()).unwrap()
    }

    #[test]
    fn an_edge_spread_over_four_pixels_keeps_a_quarter_of_its_energy() {
        let step = ramp(|x| if x < 8 { 0.0 } else { 2.0 });
        // The reference's mean is 1, so y/(y+1) runs 0, 1/6, 1/3, 1/2, 2/3 in four equal steps of a quarter each.
        let smeared = ramp(|x| {
            let compressed = (x as f32 - 7.0).clamp(0.0, 4.0) / 6.0;
            compressed / (1.0 - compressed)
        });
        assert!((gradient_ratio(&smeared, &step).unwrap() - 0.25).abs() < 1e-6);
        assert_eq!(gradient_ratio(&step, &step).unwrap(), 1.0);
    }

    #[test]
    fn brightness_alone_is_no_loss_of_detail_in_a_unit_of_its_own() {
        let step = ramp(|x| if x < 8 { 1.0 } else { 3.0 });
        let in_nits = step.map(|color| color.map(|value| value * 1e4));
        assert_eq!(gradient_ratio(&in_nits, &in_nits).unwrap(), 1.0);
        assert!(gradient_ratio(&ramp(|_| 1.0), &step).unwrap() < 1e-12);
    }
}
