//! The carrier of late sound: noise in eight bands, of even power over time.
//!
//! Random signs are as white as noise gets and have no quiet stretches. Split into octaves they do have, the lower the
//! longer; each band is therefore levelled over a few of its periods, so that what shapes it decides its energy. Numbers
//! come from counters: the first second is the same however much is asked for.

use std::sync::{Arc, Mutex, PoisonError};

use maquette_conditioning::SAMPLE_RATE_HZ;

use crate::octave::{Octaves, REACH};

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

/// At least `length` samples of a noise whose bands add up to white noise of power 1.
pub(crate) fn noise(voice: usize, length: usize) -> Vec<Bands> {
    static MADE: [Mutex<Vec<Bands>>; VOICES] = [const { Mutex::new(Vec::new()) }; VOICES];
    let mut made = MADE[voice].lock().unwrap_or_else(PoisonError::into_inner);
    let pieces = length.div_ceil(PIECE);
    while made.len() < pieces {
        let next = piece(voice, made.len());
        made.push(next);
    }
    made[..pieces].to_vec()
}

/// Samples of a piece of the noise of [`noise`].
pub(crate) const fn piece_length() -> usize {
    PIECE
}

fn piece(voice: usize, index: usize) -> Bands {
    let margin = MOST_LEVEL_REACH + 1;
    let first = (index * PIECE) as i64 - (margin + REACH) as i64;
    let length = PIECE + 2 * (margin + REACH);
    let white: Vec<f32> = (0..length as i64).map(|n| sign(voice, first + n)).collect();
    let bands = Octaves::get().split(&white);
    let mut levelled = vec![[0.0; 8]; PIECE];
    for band in 0..8 {
        let power = Octaves::get().power(band);
        // Energy up to each sample, so that any stretch's is a difference.
        let mut sum = 0.0;
        let sums: Vec<f64> = std::iter::once(0.0)
            .chain(bands.iter().map(|sample| {
                sum += f64::from(sample[band]).powi(2);
                sum
            }))
            .collect();
        let reach = LEVEL_REACH[band];
        for (n, sample) in levelled.iter_mut().enumerate() {
            let middle = n + margin;
            let local = (sums[middle + reach + 1] - sums[middle - reach]) / (2 * reach + 1) as f64;
            let lift = (power / local.max(1e-12)).sqrt().min(MOST_LIFT);
            sample[band] = bands[middle][band] * lift as f32;
        }
    }
    levelled.into()
}

/// Plus or minus one, by voice and counter (the finaliser of SplitMix64).
fn sign(voice: usize, n: i64) -> f32 {
    let mut z = (n as u64).wrapping_add(voice as u64 * 0x1_0000_0000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    if (z ^ (z >> 31)) & 1 == 0 { 1.0 } else { -1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_add_up_to_white_noise_of_power_one() {
        let all: Vec<[f32; 8]> = noise(0, PIECE).iter().flat_map(|piece| piece.to_vec()).collect();
        let power = |n: usize| all[n..n + 4800].iter().map(|b| b.iter().sum::<f32>().powi(2)).sum::<f32>() / 4800.0;
        for start in (0..PIECE - 4800).step_by(4800) {
            assert!((power(start) - 1.0).abs() < 0.05, "{start}: {}", power(start));
        }
    }

    #[test]
    fn voices_are_independent_and_the_beginning_does_not_depend_on_the_length() {
        let [a, b] = [0, 1].map(|voice| noise(voice, 10)[0].clone());
        let product: f32 = a.iter().zip(b.iter()).map(|(a, b)| a[4] * b[4]).sum();
        let power: f32 = a.iter().map(|a| a[4] * a[4]).sum();
        assert!(product.abs() < 0.05 * power, "{product} of {power}");
        let before = noise(2, 10)[0].clone();
        assert_eq!(before, noise(2, 3 * PIECE)[0]);
    }
}
