//! Separable convolution with edges held.

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// An odd number of weights, centred.
pub(super) type Kernel = Vec<f32>;

/// Samples `weight` at −radius…radius.
pub(super) fn sampled(radius: usize, weight: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..=2 * radius).map(|i| weight(i as f64 - radius as f64)).collect()
}

/// Weights times a factor each, in single precision.
pub(super) fn scaled(weights: &[f64], factor: impl Fn(f64) -> f64) -> Kernel {
    weights.iter().map(|&weight| (weight * factor(weight)) as f32).collect()
}

/// The plane convolved along rows, then along columns; beyond an edge its last value goes on.
pub(super) fn separable(plane: &Plane<f32>, along_x: &Kernel, along_y: &Kernel) -> Plane<f32> {
    let (width, height) = (plane.width(), plane.height());
    let mut rows = Plane::<f32>::new(width, height);
    rows.data
        .par_chunks_mut(width)
        .zip(plane.data.par_chunks(width))
        .for_each(|(to, from)| filter_row(to, from, along_x));
    let mut both = Plane::<f32>::new(width, height);
    let radius = along_y.len() / 2;
    both.data.par_chunks_mut(width).enumerate().for_each(|(y, to)| {
        for (k, &weight) in along_y.iter().enumerate() {
            let from = (y + k).saturating_sub(radius).min(height - 1) * width;
            add_scaled(to, &rows.data[from..from + width], weight);
        }
    });
    both
}

fn filter_row(to: &mut [f32], from: &[f32], kernel: &Kernel) {
    let radius = kernel.len() / 2;
    let (first, last) = (from[0], from[from.len() - 1]);
    let held = std::iter::repeat_n(first, radius)
        .chain(from.iter().copied())
        .chain(std::iter::repeat_n(last, radius));
    let held: Vec<f32> = held.collect();
    for (k, &weight) in kernel.iter().enumerate() {
        add_scaled(to, &held[k..k + from.len()], weight);
    }
}

/// The one inner loop: plain enough that the compiler makes vector code of it.
fn add_scaled(to: &mut [f32], from: &[f32], weight: f32) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += weight * from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_becomes_the_kernel_and_edges_hold_their_value() {
        let mut plane = Plane::<f32>::new(5, 5);
        plane.data[12] = 1.0;
        let got = separable(&plane, &vec![0.25, 0.5, 0.25], &vec![0.1, 0.2, 0.7]);
        // Correlation: what lies below is weighted by the last weight, so the impulse spreads upwards with it.
        assert_eq!(*got.at(2, 1), 0.5 * 0.7);
        assert_eq!(*got.at(1, 3), 0.25 * 0.1);
        let flat = separable(&plane.map(|_| 3.0), &vec![0.25, 0.5, 0.25], &vec![0.1, 0.2, 0.7]);
        assert!(flat.data.iter().all(|value| (value - 3.0).abs() < 1e-6));
    }
}
