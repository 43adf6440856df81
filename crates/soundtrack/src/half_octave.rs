//! Energies by octave to a spectrum without steps.
//!
//! Noise that is level within each octave steps at every octave's edge, the more the later, which no room's does. So late sound
//! is put together of fifteen bands: around the octaves' centres and around the seven edges between them. Each crosses over to
//! the next as cos² and sin² of frequency, so their gains are the spectrum at fifteen frequencies. At an edge it is the mean in
//! dB of the octaves on both sides; at a centre it is what gives the octave the energy it has.

use maquette_conditioning::BAND_CENTRES_HZ;

/// Centres are even, edges odd.
pub(crate) const BANDS: usize = 15;
/// Of an octave's energy, what its edges may take at most: with more, nothing would be left for the middle of one that is much
/// quieter than its neighbours.
const MOST: f32 = 0.7;
/// Share of an octave's width, in Hz, that lies below and above its centre.
const HALVES: [f32; 2] = [std::f32::consts::SQRT_2 - 1.0, 2.0 - std::f32::consts::SQRT_2];
/// Between amplitudes a and b that cross over as cos² and sin², mean power is this times a² + b², and a third of it times 2ab.
const OWN: f32 = 0.375;

/// Amplitudes at centres and edges, of powers by octave.
pub(crate) fn gains(powers: [f32; 8]) -> [f32; BANDS] {
    let level = powers.map(f32::sqrt);
    // Below and above each octave; none below the first and above the last.
    let mut edges = [0.0; 9];
    for (edge, pair) in edges[1..8].iter_mut().zip(level.windows(2)) {
        *edge = (pair[0] * pair[1]).sqrt();
    }
    // Few periods of the lowest octave make up a tail: it keeps the noise that was made even for it, and the next one slopes.
    edges[1] = level[0];
    (0..8).for_each(|octave| hold(level[octave], &mut edges[octave..octave + 2]));
    let mut gains = [0.0; BANDS];
    for octave in 0..8 {
        gains[2 * octave] = middle(powers[octave], octave, [edges[octave], edges[octave + 1]]);
        if let Some(edge) = gains.get_mut(2 * octave + 1) {
            *edge = edges[octave + 1];
        }
    }
    gains
}

/// Lowers edges that stand above an octave, until they leave enough of its energy.
fn hold(level: f32, edges: &mut [f32]) {
    let part = |edge: f32, half: f32| OWN * half * edge * edge;
    let taken = |is_above: bool| -> f32 {
        let those = edges.iter().zip(HALVES).filter(|(edge, _)| (**edge > level) == is_above);
        those.map(|(edge, half)| part(*edge, half)).sum()
    };
    let (above, below) = (taken(true), taken(false));
    let left = MOST * level * level - below;
    if above > left {
        let scale = (left.max(0.0) / above).sqrt();
        edges.iter_mut().filter(|edge| **edge > level).for_each(|edge| *edge *= scale);
    }
}

/// The amplitude at an octave's centre that makes up its power, by those at its edges; without an edge it runs on.
fn middle(power: f32, octave: usize, edges: [f32; 2]) -> f32 {
    let (mut square, mut mixed, mut rest) = (0.0, 0.0, -power);
    for (side, (half, edge)) in HALVES.into_iter().zip(edges).enumerate() {
        let is_open = (octave, side) == (0, 0) || (octave, side) == (7, 1);
        square += if is_open { half } else { OWN * half };
        mixed += OWN / 3.0 * half * edge;
        rest += OWN * half * edge * edge;
    }
    ((mixed * mixed - square * rest).max(0.0).sqrt() - mixed) / square
}

/// How much a band takes at a frequency, of amplitude; all add up to 1. The first reaches down to 0 Hz, the last up to all
/// there is.
pub(crate) fn weight(band: usize, frequency_hz: f64) -> f64 {
    let here_hz = middle_hz(band);
    let next = if frequency_hz < here_hz {
        band.checked_sub(1)
    } else {
        Some(band + 1).filter(|next| *next < BANDS)
    };
    let Some(next) = next else { return 1.0 };
    let away = (frequency_hz - here_hz) / (middle_hz(next) - here_hz);
    if away < 1.0 { (std::f64::consts::FRAC_PI_2 * away).cos().powi(2) } else { 0.0 }
}

/// Where a band is all there is.
fn middle_hz(band: usize) -> f64 {
    let edge = if band % 2 == 1 { std::f64::consts::SQRT_2 } else { 1.0 };
    edge * f64::from(BAND_CENTRES_HZ[band / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amplitude at a frequency.
    fn amplitude(gains: &[f32; BANDS], frequency_hz: f64) -> f64 {
        gains.iter().enumerate().map(|(band, gain)| f64::from(*gain) * weight(band, frequency_hz)).sum()
    }

    /// Power of an octave by sums over its frequencies.
    fn power(gains: &[f32; BANDS], octave: usize) -> f64 {
        const STEPS: usize = 20_000;
        let centre_hz = f64::from(BAND_CENTRES_HZ[octave]);
        let [from, to] =
            [std::f64::consts::FRAC_1_SQRT_2, std::f64::consts::SQRT_2].map(|edge| edge * centre_hz);
        let at = |step: usize| from + (to - from) * (step as f64 + 0.5) / STEPS as f64;
        (0..STEPS).map(|step| amplitude(gains, at(step)).powi(2)).sum::<f64>() / STEPS as f64
    }

    const SPECTRA: [[f32; 8]; 4] = [
        [1.0; 8],
        [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10],
        [1e-6, 1.0, 1e-6, 3e-6, 1e-9, 2e-6, 1.0, 0.5],
        [0.0, 0.0, 1.0, 0.0, 2.0, 0.5, 0.0, 1e-12],
    ];

    #[test]
    fn every_octave_keeps_its_energy() {
        for powers in SPECTRA {
            let gains = gains(powers);
            for (octave, expected) in powers.into_iter().enumerate() {
                let found = power(&gains, octave);
                assert!(
                    (found - f64::from(expected)).abs() <= 1e-3 * f64::from(expected),
                    "{octave}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn equal_energies_are_level_and_a_slope_has_no_steps() {
        assert!(gains([4.0; 8]).iter().all(|gain| (gain - 2.0).abs() < 1e-5));
        // 10 dB an octave: over a twelfth of an octave a quarter of what level octaves step by, which take a sixth; above the
        // lowest, which stays level, a third.
        let gains = gains(SPECTRA[1]);
        let level_db = |n: i32| 20.0 * amplitude(&gains, 125.0 * 2f64.powf(f64::from(n) / 12.0)).log10();
        for n in 0..84 {
            let step_db = level_db(n) - level_db(n + 1);
            let most_db = if n < 18 { 3.3 } else { 2.5 };
            assert!((-1e-6..most_db).contains(&step_db), "{n}: {step_db} dB");
        }
    }

    #[test]
    fn weights_add_up_to_one() {
        for n in 0..2000 {
            let hz = 12.0 * f64::from(n);
            let sum: f64 = (0..BANDS).map(|band| weight(band, hz)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{hz} Hz: {sum}");
        }
    }
}
