//! Counter-based samples: (pixel, sample, dimension, seed) to two numbers.
//!
//! Pairs of the first two Sobol' dimensions with hash-based Owen scrambling, the index shuffled anew for each pair
//! (Burley, "Practical Hash-based Owen Scrambling", JCGT 2020). The second dimension is Pascal's triangle modulo 2,
//! five masked shifts instead of a matrix (Ahmed, "An Implementation Algorithm of 2D Sobol Sequence Fast, Elegant,
//! and Compact", EGSR 2024): no loop, and no table to read on a GPU. Only 32-bit integers, so both executors draw the
//! same bits.

use glam::{UVec2, Vec2};

/// Where in the pixel.
pub(crate) const FILTER: u32 = 0;
/// Where on the lens.
pub(crate) const LENS: u32 = 1;
/// When, and which slice.
pub(crate) const TIME: u32 = 2;
/// First pair of the first bounce.
pub(crate) const BOUNCE: u32 = 3;
/// Pairs a bounce: see the constants below, counted from its first.
pub(crate) const BOUNCE_STRIDE: u32 = 7;
/// Direction of the scattered ray.
pub(crate) const DIRECTION: u32 = 0;
/// Lobe, and Russian roulette.
pub(crate) const LOBE: u32 = 1;
/// Which local light; the distant lights' are two further.
pub(crate) const PICK: u32 = 2;
/// Where on it; the distant lights' are two further.
pub(crate) const POINT: u32 = 3;
/// Which candidate stays: local, distant.
pub(crate) const KEEP: u32 = 6;

/// The samples of one path.
#[derive(Clone, Copy)]
pub(crate) struct Sampler {
    pixel_seed: u32,
    index: u32,
}

impl Sampler {
    pub(crate) fn new(pixel: UVec2, index: u32, seed: [u32; 2]) -> Self {
        let pixel_seed = hash(pixel.x ^ hash(pixel.y ^ hash(seed[0] ^ hash(seed[1]))));
        Self { pixel_seed, index }
    }

    /// The path's pair for a dimension, each in [0, 1).
    #[inline(always)]
    pub(crate) fn pair(&self, dimension: u32) -> Vec2 {
        self.candidate_pair(dimension, 0, 1)
    }

    /// One of `count` pairs for a dimension; all paths' candidates together are one sequence.
    #[inline(always)]
    pub(crate) fn candidate_pair(&self, dimension: u32, candidate: u32, count: u32) -> Vec2 {
        let seed = hash(self.pixel_seed ^ dimension.wrapping_mul(0x9e37_79b9));
        let index = (self.index.wrapping_mul(count).wrapping_add(candidate)).reverse_bits();
        let index = scramble(index, seed).reverse_bits();
        let x = scramble(index, hash(seed ^ 0x68bc_21eb)).reverse_bits();
        let y = scramble(pascal(index), hash(seed ^ 0x02e5_be93)).reverse_bits();
        Vec2::new(unit(x), unit(y))
    }

    /// A number in [0, 1) for a path's meeting with a triangle that is partly there.
    pub(crate) fn veil(&self, instance: u32, triangle: u32, bounce: u32) -> f32 {
        self.pair(hash(instance ^ hash(triangle ^ hash(bounce ^ 0x4c95_7f2d)))).x
    }

    /// A number in [0, 1) for the whole pixel, the same for all its samples.
    pub(crate) fn pixel_hash(&self) -> u32 {
        hash(self.pixel_seed ^ 0xa511_e9b3)
    }
}

/// A number in [0, 1) from bits.
#[inline(always)]
pub(crate) fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// A well-mixed 32-bit hash (Wellons, lowbias32).
#[inline(always)]
fn hash(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Owen scrambling of a number with its bits reversed: each bit flips by a hash of those below it (Laine and Karras
/// 2011, with Vegdahl's constants).
#[inline(always)]
fn scramble(mut x: u32, seed: u32) -> u32 {
    x ^= x.wrapping_mul(0x3d20_adea);
    x = x.wrapping_add(seed);
    x = x.wrapping_mul((seed >> 16) | 1);
    x ^= x.wrapping_mul(0x0552_6c56);
    x ^ x.wrapping_mul(0x53a2_2864)
}

/// Pascal's triangle modulo 2 times the bits of `x`.
#[inline(always)]
fn pascal(mut x: u32) -> u32 {
    x ^= (x >> 16) & 0x0000_ffff;
    x ^= (x >> 8) & 0x00ff_00ff;
    x ^= (x >> 4) & 0x0f0f_0f0f;
    x ^= (x >> 2) & 0x3333_3333;
    x ^ ((x >> 1) & 0x5555_5555)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_dimension_is_sobols() {
        for index in (0..5000u32).chain([0xdead_beef, u32::MAX]) {
            let (mut wanted, mut column, mut rest) = (0u32, 1u32 << 31, index);
            while rest != 0 {
                wanted ^= if rest & 1 == 1 { column } else { 0 };
                column ^= column >> 1;
                rest >>= 1;
            }
            assert_eq!(pascal(index).reverse_bits(), wanted, "{index}");
        }
    }

    #[test]
    fn any_sixteen_aligned_samples_stratify_in_every_way() {
        for (pixel, dimension) in [(0, 0), (5, 3), (77, 20), (1000, 4)] {
            let pixel = UVec2::new(pixel, 7);
            for first in [0, 16, 160] {
                for (columns, rows) in [(16, 1), (8, 2), (4, 4), (2, 8), (1, 16)] {
                    let mut cells = [0; 16];
                    for index in first..first + 16 {
                        let at = Sampler::new(pixel, index, [1, 2]).pair(dimension);
                        let cell = (at.y * rows as f32) as usize * columns + (at.x * columns as f32) as usize;
                        cells[cell] += 1;
                    }
                    assert_eq!(cells, [1; 16]);
                }
            }
        }
    }

    #[test]
    fn pixels_and_dimensions_are_uncorrelated() {
        let draw =
            |pixel: u32, dimension| Sampler::new(UVec2::new(pixel, pixel / 64), 0, [0, 0]).pair(dimension);
        let correlation = |a: &dyn Fn(u32) -> f32, b: &dyn Fn(u32) -> f32| {
            (0..4096).map(|i| (a(i) - 0.5) * (b(i) - 0.5)).sum::<f32>() * 12.0 / 4096.0
        };
        assert!(correlation(&|i| draw(i, 0).x, &|i| draw(i, 0).y).abs() < 0.06);
        assert!(correlation(&|i| draw(i, 0).x, &|i| draw(i, 1).x).abs() < 0.06);
        assert!(correlation(&|i| draw(i, 0).x, &|i| draw(i + 1, 0).x).abs() < 0.06);
    }
}
