//! Small tables: sRGB decoding, the pixel filter's inverse distribution, the albedo of GGX.
//!
//! One float array, because shaders read it as one buffer.

use std::{f64::consts::TAU, sync::LazyLock};

use glam::Vec2;

use crate::transport::microfacet;

/// Decoded sRGB for each byte.
pub(crate) const SRGB_TABLE: usize = 0;
/// Blackman-Harris offset in pixels for even steps of a uniform number, [`FILTER_STEPS`] + 1 entries.
pub(crate) const FILTER_TABLE: usize = 256;
/// Steps of the filter table.
pub(crate) const FILTER_STEPS: usize = 256;
/// Directional albedo of GGX with Fresnel 1 − f, f = (1 − v·h)⁵; [`ALBEDO_SIDE`] rows of roughness.
pub(crate) const ALBEDO_TABLE: usize = FILTER_TABLE + FILTER_STEPS + 1;
/// Entries along each side: perceptual roughness down, the root of the cosine across.
pub(crate) const ALBEDO_SIDE: usize = 32;
/// The same with Fresnel f.
pub(crate) const ALBEDO_EDGE_TABLE: usize = ALBEDO_TABLE + ALBEDO_SIDE * ALBEDO_SIDE;
/// The same with a dielectric's own Fresnel edge instead of f.
pub(crate) const ALBEDO_DIELECTRIC_TABLE: usize = ALBEDO_EDGE_TABLE + ALBEDO_SIDE * ALBEDO_SIDE;
const LENGTH: usize = ALBEDO_DIELECTRIC_TABLE + ALBEDO_SIDE * ALBEDO_SIDE;

/// Radius of the Blackman-Harris filter in pixels.
const FILTER_RADIUS: f64 = 1.5;

/// The tables, made once a process.
pub(crate) fn tables() -> &'static [f32] {
    static TABLES: LazyLock<Vec<f32>> = LazyLock::new(make);
    &TABLES
}

fn make() -> Vec<f32> {
    let mut table = vec![0.0; LENGTH];
    for byte in 0..256 {
        table[SRGB_TABLE + byte] = decoded_srgb(byte as f64 / 255.0) as f32;
    }
    for step in 0..=FILTER_STEPS {
        table[FILTER_TABLE + step] = filter_offset(step as f64 / FILTER_STEPS as f64) as f32;
    }
    for row in 0..ALBEDO_SIDE {
        for column in 0..ALBEDO_SIDE {
            let at = |i: usize| i as f32 / (ALBEDO_SIDE - 1) as f32;
            let [centre, edge, dielectric] = albedo(at(column).powi(2), at(row));
            table[ALBEDO_TABLE + row * ALBEDO_SIDE + column] = centre;
            table[ALBEDO_EDGE_TABLE + row * ALBEDO_SIDE + column] = edge;
            table[ALBEDO_DIELECTRIC_TABLE + row * ALBEDO_SIDE + column] = dielectric;
        }
    }
    table
}

/// IEC 61966-2-1.
fn decoded_srgb(v: f64) -> f64 {
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// Where the filter's distribution reaches `u`: bisection on the integral of the four-term window (Harris 1978).
fn filter_offset(u: f64) -> f64 {
    let integral = |n: f64| {
        let term = |a: f64, k: f64| a * (TAU * k * n).sin() / (TAU * k);
        n - (term(0.48829, 1.0) - term(0.14128, 2.0) + term(0.01168, 3.0)) / 0.35875
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if integral(middle) < u { low = middle } else { high = middle }
    }
    FILTER_RADIUS * (low + high - 1.0)
}

/// Directional albedo by quadrature over the directions that the lobe's own sampling chooses, split by Schlick's
/// Fresnel. Bounded normals matter: with those that reflect downwards the integrand has a step, and the sum an error
/// of a hundredth.
fn albedo(cosine: f32, roughness: f32) -> [f32; 3] {
    const STEPS: usize = 32;
    let alpha = microfacet::alpha(roughness);
    let cosine = cosine.max(1e-4);
    let wo = glam::Vec3::new((1.0 - cosine * cosine).max(0.0).sqrt(), 0.0, cosine);
    let (lambda, bound) = (microfacet::lambda(wo, alpha), microfacet::reflection_bound(wo, alpha));
    let mut sums = [0.0f64; 3];
    for i in 0..STEPS * STEPS {
        let u = Vec2::new((i % STEPS) as f32 + 0.5, (i / STEPS) as f32 + 0.5) / STEPS as f32;
        let wi = microfacet::sample_reflection(wo, alpha, u);
        if wi.z > 0.0 {
            let h = (wo + wi).normalize();
            let (lobe, pdf) = microfacet::lobe_and_pdf(wo, lambda, bound, wi, h, alpha);
            let weight = lobe / pdf;
            let edge = microfacet::schlick(wo.dot(h));
            sums[0] += f64::from(weight * (1.0 - edge));
            sums[1] += f64::from(weight * edge);
            sums[2] += f64::from(weight * microfacet::dielectric_edge(wo.dot(h)));
        }
    }
    sums.map(|sum| (sum / (STEPS * STEPS) as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_offsets_follow_the_window() {
        let table = tables();
        assert_eq!(table[FILTER_TABLE + FILTER_STEPS / 2], 0.0);
        assert!((table[FILTER_TABLE] + 1.5).abs() < 1e-6);
        // Standard deviation of the window on [−1.5, 1.5], by direct integration.
        let window = |x: f64| {
            let n = 0.5 * (x / 1.5 + 1.0);
            0.35875 - 0.48829 * (TAU * n).cos() + 0.14128 * (2.0 * TAU * n).cos()
                - 0.01168 * (3.0 * TAU * n).cos()
        };
        let xs = || (0..3000).map(|i| (i as f64 + 0.5) / 1000.0 - 1.5);
        let wanted = xs().map(|x| x * x * window(x)).sum::<f64>() / xs().map(window).sum::<f64>();
        let mean_square = (0..FILTER_STEPS).map(|i| {
            let (a, b) = (f64::from(table[FILTER_TABLE + i]), f64::from(table[FILTER_TABLE + i + 1]));
            (a * a + a * b + b * b) / 3.0
        });
        let got = mean_square.sum::<f64>() / FILTER_STEPS as f64;
        assert!((got / wanted - 1.0).abs() < 0.02, "{got} {wanted}");
    }

    #[test]
    fn smooth_ggx_reflects_everything() {
        let table = tables();
        // The first columns are as grazing as the lobe is wide.
        for column in 3..ALBEDO_SIDE {
            let sum = table[ALBEDO_TABLE + column] + table[ALBEDO_EDGE_TABLE + column];
            assert!((sum - 1.0).abs() < 1e-2, "{column} {sum}");
        }
    }
}
