//! Two pictures with known noise to whether they can be pictures of the same light.
//!
//! An error of a fraction of a percent hides in a pixel's noise but not in a block's mean; and the size of what noise
//! alone would do is known, so the verdict needs no tuned tolerance.

use maquette_conditioning::Plane;

use crate::{
    Error,
    error::{at_least, comparable, same_size},
};

/// Two renderers round and convert colours differently: this share of a block's mean counts as noise, too.
const ROUNDING: f64 = 1e-4;

/// A picture and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Linear light.
    pub mean: Plane<[f32; 3]>,
    /// Variance of that mean (the square of its standard error), pixel by pixel.
    pub variance: Plane<[f32; 3]>,
}

impl Estimate {
    /// The mean of independent pictures of equal worth, such as renders with different seeds, and its variance.
    ///
    /// Errors: fewer than two, sizes differ, a value that is no number.
    pub fn of(pictures: &[Plane<[f32; 3]>]) -> Result<Self, Error> {
        at_least("the pictures", pictures.len(), 2)?;
        pictures.iter().try_for_each(|picture| comparable(picture, &pictures[0]))?;
        let count = pictures.len() as f64;
        let (mut mean, mut variance) = (pictures[0].clone(), pictures[0].clone());
        for pixel in 0..mean.data.len() {
            for channel in 0..3 {
                let values = || pictures.iter().map(|picture| f64::from(picture.data[pixel][channel]));
                let average = values().sum::<f64>() / count;
                let squares: f64 = values().map(|value| (value - average).powi(2)).sum();
                mean.data[pixel][channel] = average as f32;
                variance.data[pixel][channel] = (squares / (count - 1.0) / count) as f32;
            }
        }
        Ok(Self { mean, variance })
    }
}

/// What [`block_test`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockTest {
    /// The largest |z| of all blocks and channels.
    pub largest: f64,
    /// Top left pixel of its block.
    pub at: (usize, usize),
    /// Its channel: 0 red, 1 green, 2 blue.
    pub channel: usize,
    /// Mean of z²: 1 where noise explains every difference and is as large as claimed.
    pub mean_square: f64,
    /// How many values z there are: blocks × 3.
    pub values: usize,
    /// The largest |z| that noise alone would give on average.
    pub expected_largest: f64,
}

/// Tests block means of two pictures for equality: z = (x̄ − r̄)/√(var x̄ + var r̄) for each block of `side` × `side` pixels
/// (less at the right and lower edge) and each channel.
///
/// Errors: sizes differ, no pixels, `side` 0, a value that is no number.
pub fn block_test(image: &Estimate, reference: &Estimate, side: usize) -> Result<BlockTest, Error> {
    comparable(&image.mean, &reference.mean)?;
    comparable(&image.variance, &reference.variance)?;
    same_size(&image.variance, &image.mean)?;
    at_least("a block's side", side, 1)?;
    let (width, height) = (image.mean.width(), image.mean.height());
    let mut test = BlockTest {
        largest: 0.0,
        at: (0, 0),
        channel: 0,
        mean_square: 0.0,
        values: 0,
        expected_largest: 0.0,
    };
    for top in (0..height).step_by(side) {
        for left in (0..width).step_by(side) {
            for channel in 0..3 {
                let z = block_z(image, reference, (left, top), side, channel).abs();
                test.mean_square += z * z;
                test.values += 1;
                if z > test.largest {
                    (test.largest, test.at, test.channel) = (z, (left, top), channel);
                }
            }
        }
    }
    test.mean_square /= test.values as f64;
    test.expected_largest = expected_largest(test.values);
    Ok(test)
}

fn block_z(
    image: &Estimate,
    reference: &Estimate,
    (left, top): (usize, usize),
    side: usize,
    channel: usize,
) -> f64 {
    let (right, bottom) = ((left + side).min(image.mean.width()), (top + side).min(image.mean.height()));
    let sum = |plane: &Plane<[f32; 3]>| -> f64 {
        (top..bottom)
            .flat_map(|y| (left..right).map(move |x| (x, y)))
            .map(|(x, y)| f64::from(plane.at(x, y)[channel]))
            .sum()
    };
    let (x, r) = (sum(&image.mean), sum(&reference.mean));
    let variance = sum(&image.variance) + sum(&reference.variance) + (ROUNDING * r).powi(2);
    if x == r { 0.0 } else { (x - r) / variance.sqrt() }
}

/// Mean of the largest |z| of `count` independent standard normal values: ∫ 1 − P(|z| < t)^count dt.
fn expected_largest(count: usize) -> f64 {
    const STEP: f64 = 1e-3;
    let density = |t: f64| (2.0 / std::f64::consts::PI).sqrt() * (-0.5 * t * t).exp();
    let (mut below, mut mean) = (0.0f64, 0.0);
    for i in 0..10_000 {
        mean += STEP * (1.0 - below.min(1.0).powf(count as f64));
        below += STEP * density((f64::from(i) + 0.5) * STEP);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Standard normal values by the polar method, from a counter.
    fn noise(seed: u64) -> impl FnMut() -> f32 {
        let mut state = seed.wrapping_mul(0xD134_2543_DE82_EF95);
        let mut uniform = move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        };
        move || {
            let (u, v) = (1.0 - uniform(), uniform());
            ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
        }
    }

    fn picture(seed: u64, level: f32) -> Plane<[f32; 3]> {
        let mut noise = noise(seed);
        Plane::new(128, 128).map(|_: &[f32; 3]| std::array::from_fn(|_| level * (1.0 + 0.2 * noise())))
    }

    fn estimate(seed: u64, level: f32) -> Estimate {
        let pictures: Vec<_> = (0..16).map(|i| picture(seed + i, level)).collect();
        Estimate::of(&pictures).unwrap()
    }

    #[test]
    fn noise_alone_passes_and_looks_like_noise() {
        let test = block_test(&estimate(1, 5.0), &estimate(100, 5.0), 8).unwrap();
        assert_eq!(test.values, 16 * 16 * 3);
        assert!((test.mean_square - 1.0).abs() < 0.2, "{}", test.mean_square);
        assert!((test.largest - test.expected_largest).abs() < 1.0, "{test:?}");
    }

    #[test]
    fn five_percent_in_one_block_is_found_where_it_is() {
        // A pixel's standard error is 5 %, a block's 0.6 %, that of the difference 0.9 %.
        let (mut image, reference) = (estimate(1, 5.0), estimate(100, 5.0));
        for y in 40..48 {
            for x in 64..72 {
                image.mean.data[y * 128 + x][1] *= 1.05;
            }
        }
        let test = block_test(&image, &reference, 8).unwrap();
        assert!(test.largest > 4.5 && test.at == (64, 40) && test.channel == 1, "{test:?}");
    }

    #[test]
    fn expected_maxima_have_their_known_values() {
        // E|z| = √(2/π); of 1000, 3.435 by numerical integration of the order statistic (scipy).
        assert!((expected_largest(1) - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-3);
        assert!((expected_largest(1000) - 3.435).abs() < 5e-3, "{}", expected_largest(1000));
    }

    #[test]
    fn a_lamp_without_noise_may_round_but_not_differ() {
        let sure = |value: f32| {
            let mean = Plane::new(8, 8).map(|_: &[f32; 3]| [value; 3]);
            Estimate { variance: mean.map(|_| [0.0; 3]), mean }
        };
        assert!(block_test(&sure(16_794.9), &sure(16_794.8), 8).unwrap().largest < 1.0);
        assert!(block_test(&sure(16_794.9), &sure(16_780.0), 8).unwrap().largest > 4.5);
        assert!(block_test(&sure(0.0), &sure(0.0), 8).unwrap().largest == 0.0);
        assert!(block_test(&sure(1.0), &sure(1.0), 0).is_err());
    }
}
