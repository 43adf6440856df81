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
    let mut meter = FlickerMeter::default();
    frames.iter().try_for_each(|frame| meter.add(frame))?;
    meter.flicker()
}

/// Measures [`flicker`] of a sequence too long to keep: mean and squares grow with each frame (Welford 1962).
#[derive(Clone, Debug, Default)]
pub struct FlickerMeter {
    frames: usize,
    /// Mean luminance and summed squared deviations from it, pixel by pixel.
    moments: Option<Plane<[f64; 2]>>,
}

impl FlickerMeter {
    /// Takes in a frame.
    ///
    /// Errors: of another size than those before, a value that is no number.
    pub fn add(&mut self, frame: &Plane<[f32; 3]>) -> Result<(), Error> {
        finite("a frame", frame)?;
        let moments = self.moments.get_or_insert_with(|| frame.map(|_| [0.0; 2]));
        same_size(frame, moments)?;
        self.frames += 1;
        for ([mean, squares], &color) in moments.data.iter_mut().zip(&frame.data) {
            let value = luminance(color);
            let before = value - *mean;
            *mean += before / self.frames as f64;
            *squares += before * (value - *mean);
        }
        Ok(())
    }

    /// The flicker so far. Errors: fewer than two frames.
    pub fn flicker(&self) -> Result<Flicker, Error> {
        at_least("the sequence", self.frames, 2)?;
        let still = Plane::new(0, 0);
        let moments = self.moments.as_ref().unwrap_or(&still);
        let deviation = |squares: f64| (squares / (self.frames - 1) as f64).sqrt();
        let map =
            moments.map(|&[mean, squares]| if mean > 0.0 { (deviation(squares) / mean) as f32 } else { 0.0 });
        let deviations: f64 = moments.data.iter().map(|&[_, squares]| deviation(squares)).sum();
        let means: f64 = moments.data.iter().map(|&[mean, _]| mean).sum();
        Ok(Flicker { overall: if means > 0.0 { deviations / means } else { 0.0 }, map })
    }
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
