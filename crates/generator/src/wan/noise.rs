//! A seed to Gaussian noise for latents.
//!
//! Each number depends on the seed and its own place alone: its frame, channel, row and column are the counter of a
//! counter-based generator, Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//! So a window of a long shot, or a shot that became longer, begins from the same noise at the same places.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

/// Channels of Wan's latents.
const CHANNELS: usize = 16;

/// Normal numbers of mean 0 and variance 1, `[1, 16, frame, row, column]`, for these latent frames. Reference
/// pictures, which lie before the video, have negative frames: `-2..21` is a video of 21 behind two of them, and what
/// the video gets is what it gets without.
pub(crate) fn noise<B: Backend>(
    seed: u64,
    frames: Range<i32>,
    [rows, columns]: [usize; 2],
    device: &B::Device,
) -> Tensor<B, 5> {
    let shape = [1, CHANNELS, frames.len(), rows, columns];
    let row = |index: usize| {
        let (plane, row) = (index / rows, index % rows);
        let (channel, frame) = (plane / frames.len(), frames.start + (plane % frames.len()) as i32);
        let place = [row, channel].map(|number| number as u32);
        (0..columns as u32)
            .map(move |column| normal(seed, [column, place[0], place[1], frame.cast_unsigned()]))
    };
    let values: Vec<f32> = (0..shape[1] * shape[2] * rows).into_par_iter().flat_map_iter(row).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A normal number from two even ones (Box and Muller 1958).
fn normal(seed: u64, place: [u32; 4]) -> f32 {
    let [a, b, c, _] = philox(place, [seed as u32, (seed >> 32) as u32]);
    // From 2⁻³³ to below 1: the logarithm is finite, and reaches 6.8 deviations.
    let radius = (-2.0 * ((f64::from(a) + 0.5) / 2f64.powi(32)).ln()).sqrt();
    let turn = (f64::from(b) + f64::from(c) / 2f64.powi(32)) / 2f64.powi(32);
    (radius * (turn * std::f64::consts::TAU).cos()) as f32
}

/// Philox 4×32 of ten rounds, with the constants of its authors.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let [first, second] =
            [(0xd251_1f53_u64, counter[0]), (0xcd9e_8d57, counter[2])].map(|(by, word)| by * u64::from(word));
        let high = |product: u64| (product >> 32) as u32;
        counter = [
            high(second) ^ counter[1] ^ key[0],
            second as u32,
            high(first) ^ counter[3] ^ key[1],
            first as u32,
        ];
        key = [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::tests::Cpu;

    fn numbers(seed: u64, frames: Range<i32>, size: [usize; 2]) -> Vec<f64> {
        let noise = noise::<Cpu>(seed, frames, size, &Default::default());
        noise.into_data().into_vec::<f32>().unwrap().into_iter().map(f64::from).collect()
    }

    fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
        let count = numbers.len() as f64;
        numbers.sum::<f64>() / count
    }

    #[test]
    fn philox_gives_its_authors_known_answers() {
        let pi = ([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        for ((counter, key), expected) in [
            (([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
        ] {
            assert_eq!(philox(counter, key), expected);
        }
    }

    #[test]
    fn a_million_numbers_are_normal_and_neighbours_know_nothing_of_each_other() {
        let (frames, rows, columns) = (16, 64, 64);
        let numbers = numbers(7, 0..frames, [rows, columns]);
        let count = numbers.len() as f64;
        // Five standard errors of each.
        let moment = |power| mean(numbers.iter().map(|number| number.powi(power)));
        for (power, expected, error) in [(1, 0.0, 1.0_f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let limit = 5.0 * (error / count).sqrt();
            assert!((moment(power) - expected).abs() < limit, "moment {power}: {}", moment(power));
        }
        for (axis, step) in
            [("column", 1), ("row", columns), ("frame", rows * columns), ("channel", rows * columns * 16)]
        {
            let pairs = numbers.iter().zip(&numbers[step..]);
            let correlation = mean(pairs.map(|(a, b)| a * b));
            assert!(correlation.abs() < 5.0 / count.sqrt(), "along a {axis}: {correlation}");
        }
        let below = |limit: f64| mean(numbers.iter().map(|&number| f64::from(u8::from(number < limit))));
        for (limit, share) in [(-2.0, 0.022_75), (-1.0, 0.158_66), (0.5, 0.691_46), (1.5, 0.933_19)] {
            assert!((below(limit) - share).abs() < 0.0025, "below {limit}: {}", below(limit));
        }
    }

    #[test]
    fn noise_at_a_place_is_the_same_in_any_window() {
        let (device, size) = (Default::default(), [6, 5]);
        let whole = noise::<Cpu>(3, -2..9, size, &device);
        for frames in [0..9, -1..1, 4..7, 8..9] {
            let (start, count) = ((frames.start + 2) as usize, frames.len());
            let expected = whole.clone().narrow(2, start, count).into_data();
            noise::<Cpu>(3, frames, size, &device).into_data().assert_eq(&expected, true);
        }
        let smaller = noise::<Cpu>(3, -2..9, [4, 3], &device);
        smaller.into_data().assert_eq(&whole.narrow(3, 0, 4).narrow(4, 0, 3).into_data(), true);
    }

    #[test]
    fn another_seed_is_other_noise() {
        let [a, b, c] = [1, 2, 1 + (1 << 32)].map(|seed| numbers(seed, 0..4, [32, 32]));
        for (a, b) in [(&a, &b), (&a, &c), (&b, &c)] {
            let correlation = mean(a.iter().zip(b).map(|(a, b)| a * b));
            assert!(correlation.abs() < 5.0 / (a.len() as f64).sqrt(), "{correlation}");
        }
    }
}
