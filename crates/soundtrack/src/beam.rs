//! The bending shapes of a straight bar with free ends, alone and as the factors of a plate's shapes.
//!
//! Roots of cos λ·cosh λ = 1 (Blevins, Formulas for Natural Frequency and Mode Shape, table 8-1).

use std::f64::consts::PI;

/// λ of the n-th bending mode, n from 1.
pub(crate) fn root(n: usize) -> f64 {
    const FIRST: [f64; 5] = [4.730_040_74, 7.853_204_62, 10.995_607_8, 14.137_165_5, 17.278_759_7];
    FIRST.get(n - 1).copied().unwrap_or((n as f64 + 0.5) * PI)
}

/// The n-th bending shape at a share of the length, mean square 1 over the bar.
pub(crate) fn free(n: usize, share: f64) -> f64 {
    let lambda = root(n);
    let x = lambda * share.clamp(0.0, 1.0);
    // cosh x − σ·sinh x as ½(1−σ)·eˣ + ½(1+σ)·e⁻ˣ, with 1−σ written out: in high modes it is far below σ's rounding.
    let end = (-lambda).exp();
    let (sin, cos) = lambda.sin_cos();
    let below = 1.0 - end * end - 2.0 * end * sin;
    let sigma = (1.0 + end * end - 2.0 * end * cos) / below;
    let grows = (cos - sin - end) / below * (x - lambda).exp();
    let falls = 0.5 * (1.0 + sigma) * (-x).exp();
    grows + falls + x.cos() - sigma * x.sin()
}

/// Shapes across a plate with free edges: 0 moves as a whole, 1 tilts, from 2 on it bends.
pub(crate) fn across(m: usize, share: f64) -> f64 {
    match m {
        0 => 1.0,
        1 => 3f64.sqrt() * (2.0 * share.clamp(0.0, 1.0) - 1.0),
        _ => free(m - 1, share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_orthogonal_and_of_mean_square_one() {
        let mean = |a: usize, b: usize| {
            let n = 20_000;
            let at = |i: usize| (i as f64 + 0.5) / n as f64;
            (0..n).map(|i| across(a, at(i)) * across(b, at(i))).sum::<f64>() / n as f64
        };
        for a in 0..8 {
            for b in 0..=a {
                let expected = f64::from(u8::from(a == b));
                assert!((mean(a, b) - expected).abs() < 2e-4, "{a} {b}: {}", mean(a, b));
            }
        }
    }

    #[test]
    fn free_ends_move_twice_the_mean() {
        for n in 1..12 {
            assert!((free(n, 0.0) - 2.0).abs() < 1e-6 && (free(n, 1.0).abs() - 2.0).abs() < 1e-3, "{n}");
        }
    }
}
