//! A sequence in which nothing moves to how much it flickers.

use maquette_conditioning::Plane;

use crate::{
    Error,
    brightness::luminance,
    error::{at_least, finite, same_size},
};

/// Flicker of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Flicker {
    /// Mean over pixels of the standard deviation in time of luminance, over the mean luminance: 0.025 is 2.5 %.
    pub overall: f64,
    /// The same quotient pixel by pixel, against the pixel's own mean in time; 0 where black.
    pub map: Plane<f32>,
}

/// Standard deviation over mean across the frames of a still scene (n − 1 in the denominator).
///
/// Errors: fewer than two frames, sizes differ, a value that is no number.
pub fn flicker(frames: &[Plane<[f32; 3]>]) -> Result<Flicker, Error> {
    at_least("the sequence", frames.len(), 2)?;
    for frame in frames {
        same_size(frame, &frames[0])?;
        finite("a frame", frame)?;
    }
    let count = frames.len() as f64;
    let mut map = frames[0].map(|_| 0.0f32);
    let (mut deviations, mut means) = (0.0, 0.0);
    for (pixel, relative) in map.data.iter_mut().enumerate() {
        let values = || frames.iter().map(|frame| luminance(frame.data[pixel]));
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        *relative = if mean > 0.0 { (variance.sqrt() / mean) as f32 } else { 0.0 };
        deviations += variance.sqrt();
        means += mean;
    }
    Ok(Flicker { overall: if means > 0.0 { deviations / means } else { 0.0 }, map })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternating_frames_have_their_closed_form() {
        // ±10 % around 1 over four frames: a deviation of 0.1·√(4/3).
        let frames = [0.9, 1.1, 0.9, 1.1].map(|value| Plane::new(5, 4).map(|_: &[f32; 3]| [value; 3]));
        let flicker = flicker(&frames).unwrap();
        let expected = 0.1 * (4.0f64 / 3.0).sqrt();
        assert!((flicker.overall - expected).abs() < 1e-6);
        assert!(flicker.map.data.iter().all(|&value| (f64::from(value) - expected).abs() < 1e-6));
    }

    #[test]
    fn a_still_sequence_does_not_flicker_and_black_is_no_division_by_zero() {
        let frame = Plane::from_vec(2, 1, vec![[0.3, 0.2, 0.1], [0.0; 3]]).unwrap();
        let still = flicker(&[frame.clone(), frame.clone(), frame]).unwrap();
        assert!(still.overall < 1e-12 && still.map.data[1] == 0.0);
    }

    #[test]
    fn one_frame_or_frames_of_other_sizes_are_errors() {
        assert!(matches!(flicker(&[Plane::new(2, 2)]), Err(Error::TooFew { .. })));
        assert!(matches!(flicker(&[Plane::new(2, 2), Plane::new(3, 2)]), Err(Error::Size { .. })));
    }
}
