//! The carrier of late sound: noise in eight bands, of even power over time.
//!
//! One noise of a few seconds serves all voices: each reads it from another place, and it is made by one inverse
//! transform a band, so that its end runs into its beginning. Noise has quiet stretches, in a band the lower the longer.
//! The sum of all voices is therefore levelled in each band over a few of its periods, so that what shapes it decides its
//! energy.

use std::sync::{Arc, Mutex, PoisonError};

use realfft::{RealFftPlanner, num_complex::Complex};

use crate::{noise::finalised, octave::Octaves};

/// How many voices there are.
pub(crate) const VOICES: usize = 6;
/// Gains are known this many samples apart and run in straight lines between.
pub(crate) const KNOT: usize = 16;
/// Samples after which the noise begins anew: 5.5 s.
const PERIOD: usize = 1 << 18;
const KNOTS: usize = PERIOD / KNOT;
/// Where in the noise each voice begins, in knots: 0.6 s apart or more, no two voices by as much as two others.
const BEGINS: [usize; VOICES] = [0, 1893, 4102, 6949, 10_007, 13_619];
/// Half the length over which a band is levelled, in knots: three periods of its centre, and never less than 1 ms.
const LEVEL_REACH: [usize; 8] = [36, 18, 9, 5, 3, 3, 3, 3];
/// Quiet stretches are not raised beyond this.
const MOST_LIFT: f64 = 4.0;

/// White noise of power 1, split into bands.
pub(crate) struct Carrier {
    bands: [Vec<f32>; 8],
    /// What brings the sum of all voices to the power that a band of white noise has, at each knot.
    lifts: [Vec<f32>; 8],
}

impl Carrier {
    /// The noise of a seed. That of the last is kept.
    pub(crate) fn of(seed: u64) -> Arc<Self> {
        static MADE: Mutex<Option<(u64, Arc<Carrier>)>> = Mutex::new(None);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((of, carrier)) if *of == seed => carrier.clone(),
            _ => {
                let carrier = Arc::new(Self::new(seed));
                *made = Some((seed, carrier.clone()));
                carrier
            }
        }
    }

    fn new(seed: u64) -> Self {
        let bands = bands(seed);
        let lifts = std::array::from_fn(|band| lifts(&bands[band], band));
        Self { bands, lifts }
    }

    /// What levels each band at a knot.
    pub(crate) fn lifts(&self, knot: usize) -> [f32; 8] {
        std::array::from_fn(|band| self.lifts[band][knot % KNOTS])
    }

    /// A voice from knot to knot, a band's samples at a time.
    pub(crate) fn stretch(&self, voice: usize, knot: usize, band: usize) -> &[f32] {
        let first = (BEGINS[voice] + knot) % KNOTS * KNOT;
        &self.bands[band][first..first + KNOT]
    }
}

/// Equal amounts at all frequencies with one of four phases each, weighed by the bands' filters.
fn bands(seed: u64) -> [Vec<f32>; 8] {
    let inverse = RealFftPlanner::<f32>::new().plan_fft_inverse(PERIOD);
    let mut spectrum = inverse.make_input_vec();
    let mut scratch = inverse.make_scratch_vec();
    let scale = 1.0 / (2.0 * PERIOD as f32).sqrt();
    std::array::from_fn(|band| {
        for (bin, (value, weight)) in
            spectrum.iter_mut().zip(Octaves::get().weights(band, PERIOD)).enumerate()
        {
            let signs = finalised(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(bin as u64 / 32))
                >> (bin % 32 * 2);
            let [re, im] = [signs & 1, signs >> 1 & 1].map(|sign| if sign == 0 { scale } else { -scale });
            *value = Complex::new(re, im) * weight;
        }
        // A real signal has no imaginary part at 0 Hz and at half the rate.
        spectrum[0] = Complex::default();
        spectrum[PERIOD / 2].im = 0.0;
        let mut samples = inverse.make_output_vec();
        let result = inverse.process_with_scratch(&mut spectrum, &mut samples, &mut scratch);
        debug_assert!(result.is_ok(), "lengths come from the transform itself");
        samples
    })
}

fn lifts(samples: &[f32], band: usize) -> Vec<f32> {
    let energy = |knot: usize| -> f32 {
        let voices = BEGINS.map(|begin| &samples[(begin + knot) % KNOTS * KNOT..][..KNOT]);
        (0..KNOT).map(|n| voices.iter().map(|voice| voice[n]).sum::<f32>().powi(2)).sum()
    };
    let energies: Vec<f32> = (0..KNOTS).map(energy).collect();
    let reach = LEVEL_REACH[band];
    let power = Octaves::get().power(band) * (VOICES * 2 * reach * KNOT) as f64;
    let around = |knot: usize| {
        let near = (knot + KNOTS - reach..knot + KNOTS + reach).map(|k| f64::from(energies[k % KNOTS]));
        (power / near.sum::<f64>().max(1e-12)).sqrt().min(MOST_LIFT) as f32
    };
    (0..KNOTS).map(around).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice, levelled, all its bands together or one.
    fn voice(carrier: &Carrier, voice: usize, bands: std::ops::Range<usize>, knots: usize) -> Vec<f32> {
        let sample = |n: usize| {
            let lifts = carrier.lifts(n / KNOT);
            bands.clone().map(|b| lifts[b] * carrier.stretch(voice, n / KNOT, b)[n % KNOT]).sum()
        };
        (0..knots * KNOT).map(sample).collect()
    }

    #[test]
    fn all_voices_together_have_power_one_over_any_short_stretch() {
        let carrier = Carrier::of(0);
        let voices: Vec<Vec<f32>> = (0..VOICES).map(|v| voice(&carrier, v, 0..8, 3000)).collect();
        let sum = |n: usize| voices.iter().map(|voice| voice[n]).sum::<f32>();
        for start in (0..43_200).step_by(4800) {
            let power = (start..start + 4800).map(|n| sum(n).powi(2)).sum::<f32>() / (4800 * VOICES) as f32;
            assert!((power - 1.0).abs() < 0.05, "{start}: {power}");
        }
    }

    #[test]
    fn no_voice_repeats_another_within_half_a_second() {
        let carrier = Carrier::of(0);
        let voices: Vec<Vec<f32>> = (0..VOICES).map(|v| voice(&carrier, v, 4..5, 1500)).collect();
        let length = 12_000;
        let alike = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        for (a, one) in voices.iter().enumerate() {
            for other in &voices[a + 1..] {
                for lag in (0..12_000).step_by(7) {
                    let found = alike(&one[..length], &other[lag..lag + length]);
                    let power = alike(&one[..length], &one[..length]);
                    assert!(found.abs() < 0.2 * power, "voice {a}, lag {lag}: {found} of {power}");
                }
            }
        }
    }

    #[test]
    fn bands_add_up_to_white_noise_that_runs_on_from_its_end() {
        let bands = bands(3);
        let sum: Vec<f32> = (0..PERIOD).map(|n| bands.iter().map(|band| band[n]).sum()).collect();
        let power =
            |lag: usize| (0..PERIOD).map(|n| sum[n] * sum[(n + lag) % PERIOD]).sum::<f32>() / PERIOD as f32;
        assert!((power(0) - 1.0).abs() < 0.01, "{}", power(0));
        assert!((1..20).all(|lag| power(lag).abs() < 0.01), "neighbours are unrelated");
        // The lowest band cannot jump from one sample to the next.
        let step = |n: usize| (bands[0][(n + 1) % PERIOD] - bands[0][n]).abs();
        let largest = (0..PERIOD - 1).map(step).fold(0.0, f32::max);
        assert!(step(PERIOD - 1) <= largest);
    }
}
