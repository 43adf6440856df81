//! Opponent channels to how far apart the colours are that the eye still resolves.

use std::f64::consts::PI;

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{
    PIXELS_PER_DEGREE,
    filter::{Kernel, sampled, scaled, separable},
    opponent::{display, hunt_lab},
};

/// Gaussians of the contrast sensitivity functions, a·√(π/b)·exp(−π²x²/b) with x in degrees (Johnson and Fairchild, in
/// the paper's table 1): achromatic, red-green, and the two that blue-yellow is a sum of.
const ACHROMATIC: (f64, f64) = (1.0, 0.0047);
const RED_GREEN: (f64, f64) = (1.0, 0.0053);
const BLUE_YELLOW: [(f64, f64); 2] = [(34.1, 0.04), (13.5, 0.025)];

/// Exponent that compresses large differences.
const COMPRESSION: f32 = 0.7;
/// Differences up to this share of the largest take …
const KNEE: f32 = 0.4;
/// … this share of the scale.
const KNEE_ERROR: f32 = 0.95;

/// Colour difference from 0 to 1 of two pictures in opponent channels.
pub(super) fn differences(image: &[Plane<f32>; 3], reference: &[Plane<f32>; 3]) -> Plane<f32> {
    let kernels = Kernels::new();
    let largest = largest_distance();
    let (image, reference) = (kernels.seen(image), kernels.seen(reference));
    let mut difference = Plane::<f32>::new(image.width(), image.height());
    difference.data.par_iter_mut().zip(&image.data).zip(&reference.data).for_each(|((to, a), b)| {
        *to = spread(distance(*a, *b).powf(COMPRESSION), largest);
    });
    difference
}

/// The kernels of both axes.
struct Kernels {
    achromatic: Kernel,
    red_green: Kernel,
    blue_yellow: [Kernel; 2],
}

impl Kernels {
    fn new() -> Self {
        let widest = BLUE_YELLOW[0].1;
        let radius = (3.0 * (widest / (2.0 * PI * PI)).sqrt() * PIXELS_PER_DEGREE).ceil() as usize;
        let gaussian =
            |b: f64| sampled(radius, |pixels| (-PI * PI * (pixels / PIXELS_PER_DEGREE).powi(2) / b).exp());
        let normal = |(_, b): (f64, f64)| {
            let weights = gaussian(b);
            let sum: f64 = weights.iter().sum();
            scaled(&weights, |_| 1.0 / sum)
        };
        // A sum of two Gaussians is no product, so each is filtered alone; √ of its share belongs to each axis, and
        // together they weigh 1.
        let raw = BLUE_YELLOW.map(|(a, b)| {
            let strength = (a * (PI / b).sqrt()).sqrt();
            gaussian(b).into_iter().map(|weight| strength * weight).collect::<Vec<_>>()
        });
        let sum = raw.iter().map(|weights| weights.iter().sum::<f64>().powi(2)).sum::<f64>().sqrt();
        Self {
            achromatic: normal(ACHROMATIC),
            red_green: normal(RED_GREEN),
            blue_yellow: raw.map(|weights| scaled(&weights, |_| 1.0 / sum)),
        }
    }

    /// L*a*b* (Hunt-adjusted) of what is left of a picture after the eye's filters.
    fn seen(&self, [achromatic, red_green, blue_yellow]: &[Plane<f32>; 3]) -> Plane<[f32; 3]> {
        let y = separable(achromatic, &self.achromatic, &self.achromatic);
        let cx = separable(red_green, &self.red_green, &self.red_green);
        let [wide, narrow] = [0, 1].map(|i| {
            let kernel = &self.blue_yellow[i];
            separable(blue_yellow, kernel, kernel)
        });
        let mut seen = Plane::<[f32; 3]>::new(y.width(), y.height());
        seen.data.par_iter_mut().enumerate().for_each(|(i, to)| {
            let filtered = [y.data[i], cx.data[i], wide.data[i] + narrow.data[i]];
            *to = hunt_lab(display(filtered).map(|value| value.clamp(0.0, 1.0)));
        });
        seen
    }
}

/// HyAB: city blocks in lightness, a straight line in chroma. Abasi, Amani Tehran, Fairchild, "Distance Metrics for
/// Very Large Color Differences", 2019.
fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (a[0] - b[0]).abs() + (a[1] - b[1]).hypot(a[2] - b[2])
}

/// The largest compressed distance on a display: green to blue.
fn largest_distance() -> f32 {
    distance(hunt_lab([0.0, 1.0, 0.0]), hunt_lab([0.0, 0.0, 1.0])).powf(COMPRESSION)
}

/// Gives most of the scale to the smaller differences.
fn spread(difference: f32, largest: f32) -> f32 {
    let knee = KNEE * largest;
    if difference < knee {
        KNEE_ERROR / knee * difference
    } else {
        KNEE_ERROR + (difference - knee) / (largest - knee) * (1.0 - KNEE_ERROR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_keeps_a_flat_picture() {
        let kernels = Kernels::new();
        let total = |kernel: &Kernel| kernel.iter().sum::<f32>();
        assert!((total(&kernels.achromatic) - 1.0).abs() < 1e-5);
        assert!((total(&kernels.red_green) - 1.0).abs() < 1e-5);
        let [wide, narrow] = &kernels.blue_yellow;
        assert!((total(wide).powi(2) + total(narrow).powi(2) - 1.0).abs() < 1e-5);
    }
}
