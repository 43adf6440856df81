//! The achromatic channel to how much more edge or point one picture has than the other.

use std::f32::consts::FRAC_1_SQRT_2;

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{
    PIXELS_PER_DEGREE,
    filter::{Kernel, sampled, scaled, separable},
    opponent::brightness,
};

/// Peak-to-trough width of the detectors in degrees.
const WIDTH: f64 = 0.082;

/// Feature difference from 0 to 1.
pub(super) fn differences(image: &Plane<f32>, reference: &Plane<f32>) -> Plane<f32> {
    let detectors = Detectors::new();
    let (image, reference) = (detectors.features(image), detectors.features(reference));
    let mut difference = Plane::<f32>::new(image.width(), image.height());
    difference.data.par_iter_mut().zip(&image.data).zip(&reference.data).for_each(|((to, a), b)| {
        let more = (a[0] - b[0]).abs().max((a[1] - b[1]).abs());
        *to = (FRAC_1_SQRT_2 * more).sqrt();
    });
    difference
}

/// A Gaussian and its first two derivatives, whose positive and negative weights sum to ±1.
struct Detectors {
    gaussian: Kernel,
    edge: Kernel,
    point: Kernel,
}

impl Detectors {
    fn new() -> Self {
        let deviation = 0.5 * WIDTH * PIXELS_PER_DEGREE;
        let radius = (3.0 * deviation).ceil() as usize;
        let gaussian = |x: f64| (-x * x / (2.0 * deviation * deviation)).exp();
        let balanced = |weights: Vec<f64>| {
            let sum = |sign: f64| weights.iter().filter(|&&w| w * sign > 0.0).sum::<f64>().abs();
            let (positive, negative) = (sum(1.0), sum(-1.0));
            scaled(&weights, |weight| if weight > 0.0 { 1.0 / positive } else { 1.0 / negative })
        };
        let weights = sampled(radius, gaussian);
        let sum: f64 = weights.iter().sum();
        Self {
            gaussian: scaled(&weights, |_| 1.0 / sum),
            edge: balanced(sampled(radius, |x| -x * gaussian(x))),
            point: balanced(sampled(radius, |x| (x * x / (deviation * deviation) - 1.0) * gaussian(x))),
        }
    }

    /// Strength of edge and point at each pixel.
    fn features(&self, achromatic: &Plane<f32>) -> Plane<[f32; 2]> {
        let brightness = brightness(achromatic);
        let [edge, point] = [&self.edge, &self.point].map(|detector| {
            let along_x = separable(&brightness, detector, &self.gaussian);
            let along_y = separable(&brightness, &self.gaussian, detector);
            (along_x, along_y)
        });
        let mut features = Plane::<[f32; 2]>::new(brightness.width(), brightness.height());
        features.data.par_iter_mut().enumerate().for_each(|(i, to)| {
            *to = [&edge, &point].map(|(x, y)| x.data[i].hypot(y.data[i]));
        });
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detectors_are_balanced() {
        let detectors = Detectors::new();
        let sums = [&detectors.edge, &detectors.point].map(|kernel| kernel.iter().sum::<f32>());
        assert!(sums.iter().all(|sum| sum.abs() < 1e-5), "{sums:?}");
        assert!((detectors.gaussian.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
