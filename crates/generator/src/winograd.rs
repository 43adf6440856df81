//! The minimal filtering algorithm F(4×4, 3×3).
//!
//! Sixteen outputs of a 3×3 convolution take 144 multiplications a pair of channels by definition and 36 here
//! (Winograd 1980; Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.3). A patch of
//! 6×6 inputs and the kernel each go to 36 values; their products, summed over the input channels, go back to 4×4
//! outputs. Each map evaluates or interpolates polynomials at 0, ±a, ±b and ∞ along both axes. Of the usual a = 1,
//! b = 2 and this a = √½, b = √2, the latter keeps the values closer in size and so loses fewer digits.

// Counted loops: with iterators the compiler keeps vectors in memory instead of registers, nine times slower.
#![allow(clippy::needless_range_loop)]

use std::f64::consts::{FRAC_1_SQRT_2 as A, SQRT_2 as B};

use crate::vector::Vector;

/// Outputs along a side.
pub(crate) const OUTPUT: usize = 4;
/// Inputs along a side.
pub(crate) const PATCH: usize = OUTPUT + 2;
/// Values of a patch or a kernel at the points.
pub(crate) const VALUES: usize = PATCH * PATCH;

/// a² and b².
const A2: f64 = 0.5;
const B2: f64 = 2.0;

/// A 3×3 kernel's values, row by row. In double precision: it is done once a network.
pub(crate) fn kernel(taps: [f64; 9]) -> [f64; VALUES] {
    let columns: [[f64; PATCH]; 3] = std::array::from_fn(|x| axis([taps[x], taps[3 + x], taps[6 + x]]));
    let mut values = [0.0; VALUES];
    for (y, row) in values.chunks_mut(PATCH).enumerate() {
        row.copy_from_slice(&axis(columns.map(|column| column[y])));
    }
    values
}

/// The polynomial p + q·x + r·x² at the points, each over the product of its differences from the other points.
fn axis([p, q, r]: [f64; 3]) -> [f64; PATCH] {
    let (at_a, at_b) = (2.0 * A2 * (A2 - B2), 2.0 * B2 * (B2 - A2));
    [
        p / (A2 * B2),
        (p + A * q + A2 * r) / at_a,
        (p - A * q + A2 * r) / at_a,
        (p + B * q + B2 * r) / at_b,
        (p - B * q + B2 * r) / at_b,
        r,
    ]
}

/// A patch's inputs along an axis to their values: the transposed interpolation, whose rows are the coefficients of
/// Π(x − other points).
#[inline(always)]
pub(crate) fn forward<const FUSED: bool>(d: [Vector; PATCH]) -> [Vector; PATCH] {
    const SUM: f32 = (A2 + B2) as f32;
    const PRODUCT: f32 = (A2 * B2) as f32;
    // Points come in pairs ±x: what is even in x is shared, what is odd changes sign.
    let even_a = d[2].times_plus::<FUSED>(-B2 as f32, d[4]);
    let even_b = d[2].times_plus::<FUSED>(-A2 as f32, d[4]);
    let odd_a = d[1].times_plus::<FUSED>(-B2 as f32, d[3]);
    let odd_b = d[1].times_plus::<FUSED>(-A2 as f32, d[3]);
    [
        d[2].times_plus::<FUSED>(-SUM, d[0].times_plus::<FUSED>(PRODUCT, d[4])),
        odd_a.times_plus::<FUSED>(A as f32, even_a),
        odd_a.times_plus::<FUSED>(-A as f32, even_a),
        odd_b.times_plus::<FUSED>(B as f32, even_b),
        odd_b.times_plus::<FUSED>(-B as f32, even_b),
        d[3].times_plus::<FUSED>(-SUM, d[1].times_plus::<FUSED>(PRODUCT, d[5])),
    ]
}

/// Values along an axis to outputs: the transposed evaluation, where output n sums the values times their points to the n-th.
#[inline(always)]
pub(crate) fn backward<const FUSED: bool>(m: [Vector; PATCH]) -> [Vector; OUTPUT] {
    let (even_a, odd_a) = (m[1].plus(m[2]), m[1].minus(m[2]));
    let (even_b, odd_b) = (m[3].plus(m[4]), m[3].minus(m[4]));
    [
        m[0].plus(even_a).plus(even_b),
        odd_b.times_plus::<FUSED>(B as f32, odd_a.times(A as f32)),
        even_b.times_plus::<FUSED>(B2 as f32, even_a.times(A2 as f32)),
        odd_b.times_plus::<FUSED>((B * B2) as f32, odd_a.times((A * A2) as f32)).plus(m[5]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::LANES;

    #[test]
    fn one_patch_through_the_points_equals_the_sliding_sums() {
        let taps: [f64; 9] = std::array::from_fn(|tap| (tap as f64 * 0.7).sin());
        let input = |y: usize, x: usize| ((y * 6 + x) as f64 * 1.3).cos();
        let weights = kernel(taps);
        let columns: [_; PATCH] = std::array::from_fn(|x| {
            forward::<false>(std::array::from_fn(|y| Vector([input(y, x) as f32; LANES])))
        });
        let rows: [_; PATCH] = std::array::from_fn(|y| {
            let values = forward::<false>(columns.map(|column| column[y]));
            backward::<false>(std::array::from_fn(|x| values[x].times(weights[y * PATCH + x] as f32)))
        });
        let outputs: [_; OUTPUT] = std::array::from_fn(|x| backward::<false>(rows.map(|row| row[x])));
        for (y, x) in (0..OUTPUT).flat_map(|y| (0..OUTPUT).map(move |x| (y, x))) {
            let expected: f64 = (0..9).map(|tap| taps[tap] * input(y + tap / 3, x + tap % 3)).sum();
            let found = outputs[x][y].0;
            assert!(
                found.iter().all(|&lane| (f64::from(lane) - expected).abs() < 2e-6),
                "{y} {x}: {found:?}"
            );
        }
    }
}
