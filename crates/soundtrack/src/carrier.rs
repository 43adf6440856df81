//! The carrier of late sound: noise in eight bands, of even power over time.
//!
//! Noise has quiet stretches, in a band the lower the longer. The sum of all voices is therefore levelled in each band
//! over a few of its periods, so that what shapes it decides its energy. Numbers come from counters: the first second is
//! the same however much is asked for.

use std::sync::{Arc, Mutex, PoisonError};

use maquette_conditioning::SAMPLE_RATE_HZ;

use crate::{
    noise::finalised,
    octave::{Octaves, REACH},
};

/// How many independent noises there are.
pub(crate) const VOICES: usize = 6;
/// Half the length over which a band is levelled: three periods of its centre, and never less than 1 ms.
const LEVEL_REACH: [usize; 8] = [576, 288, 144, 72, 48, 48, 48, 48];
/// The longest of them.
const MOST_LEVEL_REACH: usize = LEVEL_REACH[0];
/// Quiet stretches are not raised beyond this.
const MOST_LIFT: f64 = 4.0;
/// Made in pieces of a second.
const PIECE: usize = SAMPLE_RATE_HZ as usize;

type Bands = Arc<[[f32; 8]]>;

/// At least `length` samples of a noise whose bands add up to white noise of power 1. What the last seed needed is kept.
pub(crate) fn noise(seed: u64, voice: usize, length: usize) -> Vec<Bands> {
    static MADE: Mutex<(u64, Vec<[Bands; VOICES]>)> = Mutex::new((0, Vec::new()));
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if made.0 != seed {
        *made = (seed, Vec::new());
    }
    let made = &mut made.1;
    let pieces = length.div_ceil(PIECE);
    while made.len() < pieces {
        let next = piece(seed, made.len());
        made.push(next);
    }
    made[..pieces].iter().map(|piece| piece[voice].clone()).collect()
}

/// Samples of a piece of the noise of [`noise`].
pub(crate) const fn piece_length() -> usize {
    PIECE
}

fn piece(seed: u64, index: usize) -> [Bands; VOICES] {
    let margin = MOST_LEVEL_REACH + 1;
    let first = (index * PIECE) as i64 - (margin + REACH) as i64;
    let length = PIECE + 2 * (margin + REACH);
    let voices: [Vec<[f32; 8]>; VOICES] = std::array::from_fn(|voice| {
        let white: Vec<f32> = (0..length as i64).map(|n| sign(seed, voice, first + n)).collect();
        Octaves::get().split(&white)
    });
    let lifts: [Vec<f32>; 8] = std::array::from_fn(|band| lifts(&voices, band));
    voices.map(|bands| {
        let levelled = |n: usize| std::array::from_fn(|band| bands[n + margin][band] * lifts[band][n]);
        (0..PIECE).map(levelled).collect()
    })
}

/// What brings the sum of all voices to the power that a band of white noise has.
fn lifts(voices: &[Vec<[f32; 8]>; VOICES], band: usize) -> Vec<f32> {
    let power = Octaves::get().power(band) * VOICES as f64;
    let mut sum = 0.0;
    // Energy up to each sample, so that any stretch's is a difference.
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain((0..voices[0].len()).map(|n| {
            sum += voices.iter().map(|voice| f64::from(voice[n][band])).sum::<f64>().powi(2);
            sum
        }))
        .collect();
    let (margin, reach) = (MOST_LEVEL_REACH + 1, LEVEL_REACH[band]);
    let lift = |n: usize| {
        let local = (sums[n + margin + reach + 1] - sums[n + margin - reach]) / (2 * reach + 1) as f64;
        (power / local.max(1e-12)).sqrt().min(MOST_LIFT) as f32
    };
    (0..PIECE).map(lift).collect()
}

/// Plus or minus one, by seed, voice and counter.
fn sign(seed: u64, voice: usize, n: i64) -> f32 {
    let counter = (n as u64).wrapping_add(seed.wrapping_mul(0xd134_2543_de82_ef95));
    let word = counter.wrapping_add(voice as u64 * 0x1_0000_0000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    if finalised(word) & 1 == 0 { 1.0 } else { -1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_voices_together_have_power_one_over_any_short_stretch() {
        let voices: Vec<Vec<Bands>> = (0..VOICES).map(|voice| noise(0, voice, PIECE)).collect();
        let sum = |n: usize| voices.iter().flat_map(|voice| voice[0][n]).sum::<f32>();
        for start in (0..PIECE - 4800).step_by(4800) {
            let power = (start..start + 4800).map(|n| sum(n).powi(2)).sum::<f32>() / (4800 * VOICES) as f32;
            assert!((power - 1.0).abs() < 0.05, "{start}: {power}");
        }
    }

    #[test]
    fn voices_are_independent_and_the_beginning_does_not_depend_on_the_length() {
        let [a, b] = [0, 1].map(|voice| noise(0, voice, 10)[0].clone());
        let product: f32 = a.iter().zip(b.iter()).map(|(a, b)| a[4] * b[4]).sum();
        let power: f32 = a.iter().map(|a| a[4] * a[4]).sum();
        assert!(product.abs() < 0.1 * power, "{product} of {power}");
        let before = noise(0, 2, 10)[0].clone();
        assert_eq!(before, noise(0, 2, 3 * PIECE)[0]);
    }
}
