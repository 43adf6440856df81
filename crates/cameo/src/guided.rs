//! A rough matte to one whose edges lie where the picture's do: the guided filter (He, Sun, Tang, "Guided Image Filtering",
//! IEEE TPAMI 35(6), 2013, equations 5 to 8), with a grey guide.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::window::mean;

/// `input` as a locally linear function of `guide` within windows of `radius`; guides that vary less than √`epsilon` are
/// smoothed over. The result may overshoot where `input` has steps.
pub(crate) fn guided(guide: &Plane<f32>, input: &Plane<f32>, radius: usize, epsilon: f32) -> Plane<f32> {
    let mean_guide = mean(guide, radius);
    let mean_input = mean(input, radius);
    let mut slope = mean(&product(guide, input), radius);
    let square = mean(&product(guide, guide), radius);
    let mut offset = mean_input;
    let terms = slope.data.par_iter_mut().zip(&mut offset.data).zip(&mean_guide.data).zip(&square.data);
    terms.for_each(|(((slope, offset), &guide), &square)| {
        let variance = (square - guide * guide).max(0.0);
        *slope = (*slope - guide * *offset) / (variance + epsilon);
        *offset -= *slope * guide;
    });
    let (slope, mut result) = (mean(&slope, radius), mean(&offset, radius));
    let terms = result.data.par_iter_mut().zip(&slope.data).zip(&guide.data);
    terms.for_each(|((result, &slope), &guide)| *result += slope * guide);
    result
}

fn product(a: &Plane<f32>, b: &Plane<f32>) -> Plane<f32> {
    let mut result = a.clone();
    result.data.par_iter_mut().zip(&b.data).for_each(|(value, &factor)| *value *= factor);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_step_moves_to_the_guides_edge() {
        let step = |edge: usize| {
            let values = (0..64 * 32).map(|i| if i % 64 < edge { 0.1 } else { 0.9 }).collect();
            Plane::from_vec(64, 32, values).unwrap()
        };
        let (guide, rough) = (step(32), step(35).map(|&v: &f32| f32::from(v > 0.5)));
        let refined = guided(&guide, &rough, 8, 1e-4);
        let jump = |x: usize| refined.at(x + 1, 16) - refined.at(x, 16);
        assert!(jump(31) > 0.5, "{}", jump(31));
        assert!(jump(34).abs() < 0.25, "{}", jump(34));
    }

    #[test]
    fn what_follows_the_guide_is_kept() {
        let guide = Plane::from_vec(40, 40, (0..1600).map(|i| (i % 40) as f32 / 40.0).collect()).unwrap();
        let found = guided(&guide, &guide, 4, 1e-6);
        assert!(found.data.iter().zip(&guide.data).all(|(a, b)| (a - b).abs() < 0.01));
    }
}
