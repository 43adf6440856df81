//! Backgrounds out of nothing: noise of a given spectrum, breathing slowly.
//!
//! A background is made in the frequency domain as a loop of 22 s: each line has the level of a published octave-band
//! shape and a random phase, so that the spectrum is exact and the loop has no seam. What moves (gusts, drops, passing
//! cars) is periodic over the same loop.

use std::f64::consts::{PI, TAU};

use maquette_conditioning::{Ambience, SAMPLE_RATE_HZ};
use realfft::{RealFftPlanner, num_complex::Complex};

use crate::noise::{bell, mixed, uniform};

/// Samples of a loop.
pub(crate) const LOOP: usize = 1 << 20;
const RATE: f64 = SAMPLE_RATE_HZ as f64;

/// Octave-band levels in dB at 31.5, 63, 125 … 16 000 Hz.
type Spectrum = [f64; 10];

/// The NC-20 curve (Beranek 1957; ANSI/ASA S12.2), which quiet rooms follow.
const ROOM_TONE: Spectrum = [60.0, 51.0, 40.0, 33.0, 26.0, 22.0, 19.0, 17.0, 16.0, 12.0];
/// Fans and ducts: about −5 dB an octave, the neutral slope of RC Mark II (ASHRAE Handbook, Applications, 49).
const DUCT: Spectrum = [60.0, 58.0, 55.0, 51.0, 46.0, 41.0, 36.0, 31.0, 25.0, 18.0];
/// Wind in trees and around edges, the steady part and what gusts add.
const BREEZE: Spectrum = [62.0, 60.0, 56.0, 50.0, 44.0, 38.0, 32.0, 25.0, 18.0, 10.0];
const GUST: Spectrum = [50.0, 54.0, 57.0, 58.0, 55.0, 50.0, 44.0, 38.0, 31.0, 22.0];
/// Rain on hard ground: flat in the middle, strong above 2 kHz.
const DOWNPOUR: Spectrum = [30.0, 33.0, 37.0, 41.0, 45.0, 48.0, 50.0, 51.0, 50.0, 46.0];
/// Road traffic from afar: the normalised spectrum of EN 1793-3 without its A-weighting.
const TRAFFIC: Spectrum = [66.0, 67.0, 64.0, 60.0, 57.0, 56.0, 52.0, 45.0, 36.0, 26.0];
/// What a car that passes adds.
const PASSING: Spectrum = [50.0, 55.0, 57.0, 58.0, 60.0, 61.0, 58.0, 51.0, 42.0, 30.0];

/// A seamless loop, of no particular level.
pub(crate) fn ambience(kind: Ambience, seed: u64) -> Vec<f32> {
    let seed = mixed(seed, kind as u64);
    let noise = |spectrum: &Spectrum, n: u64| shaped(spectrum, mixed(seed, n));
    let samples: Vec<f64> = match kind {
        Ambience::RoomTone => noise(&ROOM_TONE, 1),
        Ambience::Ventilation => swelling(noise(&DUCT, 1), &slow(seed, 0.5), 0.06),
        Ambience::Hum => hum(seed, noise(&DUCT, 1)),
        Ambience::Wind => wind(seed, &noise(&BREEZE, 1), &noise(&GUST, 2)),
        Ambience::Rain => rain(seed, noise(&DOWNPOUR, 1)),
        Ambience::City => city(seed, &noise(&TRAFFIC, 1), &noise(&PASSING, 2)),
    };
    samples.into_iter().map(|sample| sample as f32).collect()
}

/// Noise whose octave bands have these levels, up to one factor.
fn shaped(spectrum: &Spectrum, seed: u64) -> Vec<f64> {
    let mut planner = RealFftPlanner::<f64>::new();
    let inverse = planner.plan_fft_inverse(LOOP);
    let mut lines = inverse.make_input_vec();
    let bin_hz = RATE / LOOP as f64;
    for (bin, line) in lines.iter_mut().enumerate() {
        let hz = bin as f64 * bin_hz;
        if !(20.0..20_000.0).contains(&hz) {
            continue;
        }
        // An octave holds lines in proportion to its frequency.
        let level = 10f64.powf(level_db(spectrum, hz) / 20.0) / hz.sqrt();
        let n = 2 * bin as u64;
        *line = Complex::new(bell(seed, n), bell(seed, n + 1)) * level;
    }
    let mut samples = inverse.make_output_vec();
    // The lengths are the transform's own.
    let _ = inverse.process(&mut lines, &mut samples);
    samples
}

fn level_db(spectrum: &Spectrum, hz: f64) -> f64 {
    let octave = (hz / 31.25).log2().clamp(0.0, 9.0);
    let low = (octave as usize).min(8);
    spectrum[low] + (octave - low as f64) * (spectrum[low + 1] - spectrum[low])
}

/// A slow periodic wander of mean 0 and variance 1, up to some hertz.
fn slow(seed: u64, highest_hz: f64) -> Vec<f64> {
    let count = (highest_hz * LOOP as f64 / RATE).ceil().max(1.0) as u64;
    let scale = (2.0 / count as f64).sqrt();
    let phases: Vec<f64> = (0..count).map(|k| TAU * uniform(seed ^ 0x5157, k)).collect();
    // A point every 256 samples, straight in between: 5 ms.
    const STRIDE: usize = 256;
    let at = |n: usize| -> f64 {
        let turn = TAU * n as f64 / LOOP as f64;
        phases.iter().enumerate().map(|(k, phase)| scale * (turn * (k + 1) as f64 + phase).sin()).sum()
    };
    let points: Vec<f64> = (0..=LOOP / STRIDE).map(|n| at(n * STRIDE)).collect();
    let between = |n: usize| {
        let (first, share) = (n / STRIDE, (n % STRIDE) as f64 / STRIDE as f64);
        points[first] + share * (points[first + 1] - points[first])
    };
    (0..LOOP).map(between).collect()
}

fn swelling(samples: Vec<f64>, wander: &[f64], depth: f64) -> Vec<f64> {
    samples.iter().zip(wander).map(|(sample, wander)| sample * (1.0 + depth * wander)).collect()
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|s| s * s).sum::<f64>() / samples.len() as f64).sqrt().max(1e-30)
}

/// Harmonics of the mains' second, odd ones weaker, over a tenth of duct noise. Whole periods fit the loop.
fn hum(seed: u64, air: Vec<f64>) -> Vec<f64> {
    let base = (100.0 * LOOP as f64 / RATE).round();
    let wander = slow(seed, 0.4);
    let scale = 0.1 / rms(&air);
    let harmonics: Vec<(f64, f64, f64)> = (1..=14)
        .map(|k| {
            let k = f64::from(k);
            let level = k.powf(-1.3) * (0.5 + uniform(seed, k as u64));
            (base * k / LOOP as f64, TAU * uniform(seed, 100 + k as u64), level)
        })
        .collect();
    let tone = |n: usize| -> f64 {
        let turn = |turns: f64| TAU * (turns * n as f64).fract();
        harmonics.iter().map(|(turns, phase, level)| level * (turn(*turns) + phase).sin()).sum()
    };
    air.iter()
        .zip(&wander)
        .enumerate()
        .map(|(n, (air, w))| tone(n) * (1.0 + 0.08 * w) + scale * air)
        .collect()
}

/// A breeze with gusts that brighten it.
fn wind(seed: u64, breeze: &[f64], gust: &[f64]) -> Vec<f64> {
    let (long, short) = (slow(seed, 0.25), slow(seed ^ 9, 1.2));
    let strength = |n: usize| (0.8 * long[n] + 0.35 * short[n]).exp();
    (0..LOOP).map(|n| breeze[n] * strength(n).sqrt() + 0.6 * gust[n] * strength(n)).collect()
}

/// A steady patter and single drops: short rings of bubbles and splashes.
fn rain(seed: u64, patter: Vec<f64>) -> Vec<f64> {
    const DROPS_A_SECOND: f64 = 90.0;
    let scale = rms(&patter);
    let mut samples = patter;
    for drop in 0..(DROPS_A_SECOND * LOOP as f64 / RATE) as u64 {
        let of = |n: u64| uniform(seed ^ 0xd409, 5 * drop + n);
        let start = (of(0) * LOOP as f64) as usize;
        let hz = 1200.0 * 8f64.powf(of(1));
        let level = scale * 12.0 * of(2).powi(4);
        let decay = 1.0 / (0.0008 + 0.004 * of(3));
        let length = (7.0 / decay * RATE) as usize;
        for n in 0..length {
            let t = n as f64 / RATE;
            samples[(start + n) % LOOP] += level * (-decay * t).exp() * (TAU * hz * t).sin();
        }
    }
    samples
}

/// Far traffic, and cars that come and go nearer by.
fn city(seed: u64, traffic: &[f64], passing: &[f64]) -> Vec<f64> {
    let wander = slow(seed, 0.15);
    let cars: Vec<(f64, f64, f64)> = (0..5)
        .map(|car| {
            let of = |n: u64| uniform(seed ^ 0xca45, 3 * car + n);
            (of(0), 0.05 + 0.09 * of(1), 0.3 + 0.7 * of(2))
        })
        .collect();
    let near = |n: usize| -> f64 {
        let at = n as f64 / LOOP as f64;
        let rise = |&(middle, width, level): &(f64, f64, f64)| {
            let away = ((at - middle + 1.5).fract() - 0.5) / width;
            if away.abs() < 1.0 { level * (0.5 * PI * away).cos().powi(4) } else { 0.0 }
        };
        cars.iter().map(rise).sum()
    };
    (0..LOOP).map(|n| traffic[n] * (1.0 + 0.12 * wander[n]) + passing[n] * near(n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Ambience; 6] = [
        Ambience::RoomTone,
        Ambience::Ventilation,
        Ambience::Hum,
        Ambience::Wind,
        Ambience::Rain,
        Ambience::City,
    ];

    /// Octave-band levels of a loop, dB.
    fn octaves(samples: &[f32]) -> Vec<f64> {
        let mut planner = RealFftPlanner::<f64>::new();
        let forward = planner.plan_fft_forward(LOOP);
        let mut time: Vec<f64> = samples.iter().map(|&s| f64::from(s)).collect();
        let mut lines = forward.make_output_vec();
        forward.process(&mut time, &mut lines).unwrap();
        let power = |centre: f64| {
            let bin = |hz: f64| (hz * LOOP as f64 / RATE) as usize;
            lines[bin(centre / 2f64.sqrt())..bin(centre * 2f64.sqrt())]
                .iter()
                .map(|l| l.norm_sqr())
                .sum::<f64>()
        };
        (2..9).map(|octave| 10.0 * power(31.25 * f64::from(1 << octave)).log10()).collect()
    }

    #[test]
    fn room_tone_has_the_published_octaves() {
        let found = octaves(&ambience(Ambience::RoomTone, 3));
        for (n, level) in found.iter().enumerate() {
            let (shape, published) = (level - found[3], ROOM_TONE[n + 2] - ROOM_TONE[5]);
            assert!((shape - published).abs() < 1.5, "octave {n}: {shape} against {published}");
        }
    }

    #[test]
    fn loops_have_no_seam_and_seeds_differ() {
        for kind in ALL {
            let samples = ambience(kind, 1);
            assert_eq!(samples.len(), LOOP);
            assert!(samples.iter().all(|s| s.is_finite()));
            let step = |n: usize| f64::from(samples[(n + 1) % LOOP] - samples[n]).abs();
            let usual = (0..LOOP).map(step).sum::<f64>() / LOOP as f64;
            assert!(step(LOOP - 1) < 8.0 * usual, "{kind:?}");
            let other = ambience(kind, 2);
            let product: f64 = samples.iter().zip(&other).map(|(a, b)| f64::from(a * b)).sum();
            let power: f64 = samples.iter().map(|a| f64::from(a * a)).sum();
            assert!(kind == Ambience::Hum || product.abs() < 0.2 * power, "{kind:?}");
        }
    }

    #[test]
    fn wind_gusts_and_room_tone_does_not() {
        let swing = |kind| {
            let samples = ambience(kind, 5);
            let levels: Vec<f64> = samples
                .chunks(24_000)
                .map(|c| 10.0 * (c.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>()).log10())
                .collect();
            let mean = levels.iter().sum::<f64>() / levels.len() as f64;
            (levels.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / levels.len() as f64).sqrt()
        };
        let [wind, tone] = [Ambience::Wind, Ambience::RoomTone].map(swing);
        assert!(wind > 2.0 && wind > 2.5 * tone, "{wind} {tone}");
    }

    #[test]
    fn hum_is_a_hundred_hertz_and_its_harmonics() {
        let samples = ambience(Ambience::Hum, 1);
        let at = |hz: f64| {
            let turn = TAU * hz / RATE;
            let sum: Complex<f64> =
                samples.iter().enumerate().map(|(n, &s)| Complex::cis(turn * n as f64) * f64::from(s)).sum();
            sum.norm()
        };
        assert!(at(100.0) > 30.0 * at(150.0) && at(200.0) > 10.0 * at(150.0));
    }
}
