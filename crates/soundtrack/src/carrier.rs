//! The carrier of late sound: noise in half-octave bands, of even power over time in each octave.
//!
//! One noise of a few seconds serves all voices: each reads it from another place, and it is made by one inverse
//! transform a band, so that its end runs into its beginning.

use std::sync::{Arc, Mutex, PoisonError};

use maquette_conditioning::SAMPLE_RATE_HZ;
use realfft::RealFftPlanner;

use crate::{
    half_octave::{BANDS, weight},
    low_noise,
};

/// How many voices there are.
pub(crate) const VOICES: usize = 7;
/// Gains are known this many samples apart and run in straight lines between.
pub(crate) const KNOT: usize = 16;
/// Samples after which the noise begins anew: 5.5 s.
const PERIOD: usize = 1 << 18;
const KNOTS: usize = PERIOD / KNOT;
/// Where in the noise each voice begins, in knots: 0.7 s apart or more, no two voices by as much as two others.
const BEGINS: [usize; VOICES] = [0, 2053, 4402, 6911, 9308, 11_533, 14_201];

/// White noise of power 1, split into bands.
pub(crate) struct Carrier {
    bands: [Vec<f32>; BANDS],
}

impl Carrier {
    /// The noise of a seed. That of the last is kept.
    pub(crate) fn of(seed: u64) -> Arc<Self> {
        static MADE: Mutex<Option<(u64, Arc<Carrier>)>> = Mutex::new(None);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((of, carrier)) if *of == seed => carrier.clone(),
            _ => {
                let carrier = Arc::new(Self { bands: bands(seed) });
                *made = Some((seed, carrier.clone()));
                carrier
            }
        }
    }

    /// A voice from knot to knot, a band's samples at a time.
    pub(crate) fn stretch(&self, voice: usize, knot: usize, band: usize) -> &[f32; KNOT] {
        &self.bands[band].as_chunks().0[(BEGINS[voice] + knot) % KNOTS]
    }
}

/// White noise, a band at a time.
fn bands(seed: u64) -> [Vec<f32>; BANDS] {
    let rate_hz = f64::from(SAMPLE_RATE_HZ);
    let white = low_noise::spectrum(seed, PERIOD, rate_hz);
    let line_hz = rate_hz / PERIOD as f64;
    let inverse = RealFftPlanner::<f32>::new().plan_fft_inverse(PERIOD);
    let mut spectrum = inverse.make_input_vec();
    let mut scratch = inverse.make_scratch_vec();
    std::array::from_fn(|band| {
        let weighed = |(at, line)| line * weight(band, at as f64 * line_hz) as f32;
        spectrum.iter_mut().zip(white.iter().enumerate().map(weighed)).for_each(|(to, line)| *to = line);
        let mut samples = inverse.make_output_vec();
        let result = inverse.process_with_scratch(&mut spectrum, &mut samples, &mut scratch);
        debug_assert!(result.is_ok(), "lengths come from the transform itself");
        samples
    })
}

#[cfg(test)]
mod tests {
    use maquette_conditioning::BAND_CENTRES_HZ;

    use super::*;
    use crate::octave::split_apart;

    /// A voice in eight octaves, where all bands have the same gain.
    fn octaves(carrier: &Carrier, voice: usize, knots: usize) -> Vec<[f32; 8]> {
        let sum = |knot: usize, n: usize| (0..BANDS).map(|band| carrier.stretch(voice, knot, band)[n]).sum();
        let samples: Vec<f32> = (0..knots).flat_map(|knot| (0..KNOT).map(move |n| sum(knot, n))).collect();
        split_apart(&samples)
    }

    /// How much the energy of four periods of an octave's centre spreads, as a share of its mean.
    fn unevenness(samples: &[[f32; 8]], octave: usize) -> f32 {
        let window = (4.0 * SAMPLE_RATE_HZ as f32 / BAND_CENTRES_HZ[octave]) as usize;
        let energy = |window: &[[f32; 8]]| window.iter().map(|x| x[octave] * x[octave]).sum::<f32>();
        let energies: Vec<f32> = samples.chunks_exact(window).map(energy).collect();
        let mean = energies.iter().sum::<f32>() / energies.len() as f32;
        let square = energies.iter().map(|energy| (energy / mean - 1.0).powi(2)).sum::<f32>();
        (square / energies.len() as f32).sqrt()
    }

    #[test]
    fn a_low_octave_has_the_same_energy_every_four_periods() {
        let octaves = octaves(&Carrier::of(0), 0, KNOTS);
        // Left to chance it spreads by 1/√(B·T), bandwidth and time: 0.6, whatever the octave.
        for octave in 1..5 {
            let found = unevenness(&octaves, octave);
            assert!(found < 0.2, "octave {octave}: {found}");
        }
        assert!(unevenness(&octaves, 7) > 0.4, "an octave left to chance");
    }

    #[test]
    fn no_voice_repeats_another_within_half_a_second() {
        let carrier = Carrier::of(0);
        let middle = |voice| octaves(&carrier, voice, 1500).into_iter().map(|x| x[4]).collect();
        let voices: Vec<Vec<f32>> = (0..VOICES).map(middle).collect();
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
        // White in each octave, too: its share of the power is its share of the lines.
        let octaves = split_apart(&sum);
        for octave in 1..7 {
            let power = octaves.iter().map(|x| x[octave] * x[octave]).sum::<f32>() / PERIOD as f32;
            let share =
                BAND_CENTRES_HZ[octave] * std::f32::consts::FRAC_1_SQRT_2 / (0.5 * SAMPLE_RATE_HZ as f32);
            // Measured through filters that cross over as amplitudes, which takes 4 %.
            assert!((power / share - 0.96).abs() < 0.02, "octave {octave}: {power} for {share}");
        }
        // The lowest band cannot jump from one sample to the next.
        let step = |n: usize| (bands[0][(n + 1) % PERIOD] - bands[0][n]).abs();
        let largest = (0..PERIOD - 1).map(step).fold(0.0, f32::max);
        assert!(step(PERIOD - 1) <= largest);
    }
}
