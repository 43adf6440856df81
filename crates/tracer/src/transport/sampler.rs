//! Counter-based samples: (pixel, sample, dimension, seed) to two numbers.
//!
//! Pairs of the first two Sobol' dimensions with hash-based Owen scrambling, the index shuffled anew for each pair
//! (Burley, "Practical Hash-based Owen Scrambling", JCGT 2020). The second dimension is Pascal's triangle modulo 2,
//! five masked shifts instead of a matrix (Ahmed, "An Implementation Algorithm of 2D Sobol Sequence Fast, Elegant,
//! and Compact", EGSR 2024): no loop, and no table to read on a GPU. Only 32-bit integers, so both executors draw the
//! same bits.

use glam::{UVec2, Vec2};

use crate::{lanes::widest, world::CANDIDATES};

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
/// First pair of the haze before the first surface: the same pairs as a bounce's, without the first two.
pub(crate) const HAZE: u32 = 0x4000_0000;
/// Pairs a stretch of haze.
pub(crate) const HAZE_STRIDE: u32 = 7;
/// Direction of the scattered ray.
pub(crate) const DIRECTION: u32 = 0;
/// Lobe, and Russian roulette.
pub(crate) const LOBE: u32 = 1;
/// Which local light, and where on it in the pair after; the distant lights' are two further.
pub(crate) const PICK: u32 = 2;
/// Where on it; the distant lights' are two further.
pub(crate) const POINT: u32 = PICK + 1;
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
    pub(crate) fn pair(self, dimension: u32) -> Vec2 {
        draw(self.hashed(dimension), self.index).into()
    }

    /// The pairs of so many dimensions from `first` on, drawn together in a fraction of the time.
    #[inline]
    pub(crate) fn pairs<const COUNT: usize>(self, first: u32) -> Pairs<COUNT> {
        Pairs::draw(std::array::from_fn(|i| self.hashed(first + i as u32)), [self.index; COUNT])
    }

    /// One of `count` pairs for a dimension; all paths' candidates together are one sequence.
    pub(crate) fn candidate_pair(self, dimension: u32, candidate: u32, count: u32) -> Vec2 {
        draw(self.hashed(dimension), self.index.wrapping_mul(count).wrapping_add(candidate)).into()
    }

    /// `CANDIDATES` pairs for a dimension and as many for the next; all paths' candidates together are one sequence.
    #[inline]
    pub(crate) fn candidate_pairs(self, dimension: u32) -> Pairs<{ 2 * CANDIDATES }> {
        let first = self.index.wrapping_mul(CANDIDATES as u32);
        let hashed = [self.hashed(dimension), self.hashed(dimension + 1)];
        let index = |i: usize| first.wrapping_add((i % CANDIDATES) as u32);
        Pairs::draw(std::array::from_fn(|i| hashed[i / CANDIDATES]), std::array::from_fn(index))
    }

    /// What a dimension's seed is the hash of.
    #[inline(always)]
    fn hashed(self, dimension: u32) -> u32 {
        self.pixel_seed ^ dimension.wrapping_mul(0x9e37_79b9)
    }

    /// A number in [0, 1) for a path's meeting with a triangle that is partly there.
    pub(crate) fn veil(self, instance: u32, triangle: u32, bounce: u32) -> f32 {
        self.pair(hash(instance ^ hash(triangle ^ hash(bounce ^ 0x4c95_7f2d)))).x
    }

    /// A number in [0, 1) for the whole pixel, the same for all its samples.
    pub(crate) fn pixel_hash(self) -> u32 {
        hash(self.pixel_seed ^ 0xa511_e9b3)
    }
}

/// Pairs drawn together.
#[derive(Clone, Copy)]
pub(crate) struct Pairs<const COUNT: usize>([[f32; COUNT]; 2]);

impl<const COUNT: usize> Pairs<COUNT> {
    /// One of them.
    #[inline(always)]
    pub(crate) fn at(&self, i: usize) -> Vec2 {
        Vec2::new(self.0[0][i], self.0[1][i])
    }

    /// The first numbers of the first few.
    #[inline(always)]
    pub(crate) fn firsts<const FEW: usize>(&self) -> [f32; FEW] {
        std::array::from_fn(|i| self.0[0][i])
    }

    #[inline(always)]
    fn draw(hashed: [u32; COUNT], indices: [u32; COUNT]) -> Self {
        widest!(Self::draw_each(&hashed, &indices), Self::draw_each_avx2(&hashed, &indices))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn draw_each_avx2(hashed: &[u32; COUNT], indices: &[u32; COUNT]) -> Self {
        Self::draw_each(hashed, indices)
    }

    #[inline(always)]
    fn draw_each(hashed: &[u32; COUNT], indices: &[u32; COUNT]) -> Self {
        let mut pairs = Self([[0.0; COUNT]; 2]);
        for i in 0..COUNT {
            [pairs.0[0][i], pairs.0[1][i]] = draw(hashed[i], indices[i]);
        }
        pairs
    }
}

/// The pair of a dimension and an index.
#[inline(always)]
fn draw(hashed: u32, index: u32) -> [f32; 2] {
    let seed = hash(hashed);
    let index = scramble(index.reverse_bits(), seed).reverse_bits();
    let x = scramble(index, hash(seed ^ 0x68bc_21eb)).reverse_bits();
    let y = scramble(pascal(index), hash(seed ^ 0x02e5_be93)).reverse_bits();
    [unit(x), unit(y)]
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
    fn pairs_drawn_together_are_those_drawn_one_by_one() {
        let sampler = Sampler::new(UVec2::new(12, 345), 678, [9, 10]);
        let (dimensions, candidates) = (sampler.pairs::<24>(17), sampler.candidate_pairs(5));
        for i in 0..24 {
            assert_eq!(dimensions.at(i), sampler.pair(17 + i as u32));
        }
        for i in 0..CANDIDATES {
            let later = Sampler { index: (CANDIDATES * 678 + i) as u32, ..sampler };
            assert_eq!([candidates.at(i), candidates.at(CANDIDATES + i)], [later.pair(5), later.pair(6)]);
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
