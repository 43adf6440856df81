//! Samples between samples: a windowed sinc.
//!
//! Thirty-two taps under a Kaiser window: flat to 0.001 dB up to 19 kHz at any fraction, and exact at whole samples.

use std::sync::OnceLock;

/// Taps.
pub(crate) const TAPS: usize = 32;
/// Taps before the sample at or before the position.
pub(crate) const BEFORE: i64 = TAPS as i64 / 2 - 1;
/// Kaiser's shape: side lobes at −80 dB.
const BETA: f64 = 8.0;
/// Rows of the table; between two rows, weights are linear (error below −115 dB).
const PHASES: usize = 1024;

/// Weights by fraction of a sample.
pub(crate) struct Interpolator {
    rows: Vec<[f32; TAPS]>,
}

impl Interpolator {
    /// The one table.
    pub(crate) fn get() -> &'static Self {
        static TABLE: OnceLock<Interpolator> = OnceLock::new();
        TABLE.get_or_init(|| Self { rows: (0..=PHASES).map(|p| row(p as f64 / PHASES as f64)).collect() })
    }

    /// Weights of the taps for a position `fraction` (0 to 1) behind the sample at [`BEFORE`].
    #[inline]
    pub(crate) fn weights(&self, fraction: f64) -> [f32; TAPS] {
        let at = fraction * PHASES as f64;
        let phase = (at as usize).min(PHASES - 1);
        let share = (at - phase as f64) as f32;
        let (a, b) = (&self.rows[phase], &self.rows[phase + 1]);
        std::array::from_fn(|tap| a[tap] + share * (b[tap] - a[tap]))
    }
}

fn row(fraction: f64) -> [f32; TAPS] {
    let taps: [f64; TAPS] = std::array::from_fn(|tap| {
        let away = tap as f64 - BEFORE as f64 - fraction;
        sinc(away) * kaiser(away / (TAPS / 2) as f64)
    });
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| (tap / sum) as f32)
}

fn sinc(x: f64) -> f64 {
    // Exactly zero at whole distances, where sin(πx) leaves a residue.
    if x == 0.0 {
        1.0
    } else if x.fract() == 0.0 {
        0.0
    } else {
        let turn = std::f64::consts::PI * x;
        turn.sin() / turn
    }
}

/// Kaiser's window over −1 to 1.
fn kaiser(x: f64) -> f64 {
    bessel_i0(BETA * (1.0 - x * x).max(0.0).sqrt()) / bessel_i0(BETA)
}

/// The modified Bessel function of order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let mut term = 1.0;
    (1..40).fold(1.0, |sum, k| {
        term *= quarter / f64::from(k * k);
        sum + term
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_positions_are_exact() {
        let weights = Interpolator::get().weights(0.0);
        assert!(weights.iter().enumerate().all(|(tap, &w)| w == f32::from(u8::from(tap as i64 == BEFORE))));
    }

    #[test]
    fn tones_keep_level_and_phase_at_any_fraction() {
        for fraction in [0.0137, 0.25, 0.5, 0.7719, 0.9999] {
            let weights = Interpolator::get().weights(fraction);
            for hz in [60.0, 1000.0, 8000.0, 16_000.0, 19_000.0] {
                let turn = std::f64::consts::TAU * hz / 48_000.0;
                let (re, im) = weights.iter().enumerate().fold((0.0, 0.0), |(re, im), (tap, &w)| {
                    let angle = turn * (tap as f64 - BEFORE as f64 - fraction);
                    (re + f64::from(w) * angle.cos(), im + f64::from(w) * angle.sin())
                });
                assert!((re - 1.0).abs() < 2e-4 && im.abs() < 2e-4, "{hz} Hz at {fraction}: {re} {im}");
            }
        }
    }
}
