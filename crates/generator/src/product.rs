//! The inner loop: patches' values times the kernels', summed over the input channels.
//!
//! A block of up to 14 tiles × 2 groups of 16 output channels stays in registers while the input channels go by; each
//! step loads two weight vectors and multiplies them by one value a tile. Tiles are spread evenly over the blocks, so
//! the number in a block varies; each number is compiled by itself, because the sums only stay in registers when it is
//! known.

// Counted loops: with iterators the compiler keeps vectors in memory instead of registers, nine times slower.
#![allow(clippy::needless_range_loop)]

use crate::vector::{LANES, Vector};

/// What a block of values is multiplied by: `[input channel][group of the block]`.
pub(crate) type BlockWeights<'a> = &'a [Vector];

/// How many tiles and output groups a block has at most; what the registers hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockShape {
    /// Tiles.
    pub(crate) tiles: usize,
    /// Groups of 16 output channels: 1 or 2.
    pub(crate) groups: usize,
}

/// `values` is `[input group][tile]`, `sums` `[output group][tile]`, with `tiles` of them and `GROUPS` output groups.
#[inline(always)]
pub(crate) fn multiply<const GROUPS: usize, const FUSED: bool>(
    tiles: usize,
    values: &[Vector],
    weights: BlockWeights<'_>,
    sums: &mut [Vector],
) {
    match tiles {
        1 => block::<1, GROUPS, FUSED>(values, weights, sums),
        2 => block::<2, GROUPS, FUSED>(values, weights, sums),
        3 => block::<3, GROUPS, FUSED>(values, weights, sums),
        4 => block::<4, GROUPS, FUSED>(values, weights, sums),
        5 => block::<5, GROUPS, FUSED>(values, weights, sums),
        6 => block::<6, GROUPS, FUSED>(values, weights, sums),
        7 => block::<7, GROUPS, FUSED>(values, weights, sums),
        8 => block::<8, GROUPS, FUSED>(values, weights, sums),
        9 => block::<9, GROUPS, FUSED>(values, weights, sums),
        10 => block::<10, GROUPS, FUSED>(values, weights, sums),
        11 => block::<11, GROUPS, FUSED>(values, weights, sums),
        12 => block::<12, GROUPS, FUSED>(values, weights, sums),
        13 => block::<13, GROUPS, FUSED>(values, weights, sums),
        14 => block::<14, GROUPS, FUSED>(values, weights, sums),
        _ => unreachable!("no block has more tiles"),
    }
}

#[inline(always)]
fn block<const TILES: usize, const GROUPS: usize, const FUSED: bool>(
    values: &[Vector],
    weights: BlockWeights<'_>,
    sums: &mut [Vector],
) {
    let mut block = [[Vector::ZERO; GROUPS]; TILES];
    for (values, weights) in values.as_chunks::<TILES>().0.iter().zip(weights.chunks(GROUPS * LANES)) {
        for (lane, weights) in weights.as_chunks::<GROUPS>().0.iter().enumerate().take(LANES) {
            for tile in 0..TILES {
                for group in 0..GROUPS {
                    let (value, sum) = (values[tile].0[lane], block[tile][group]);
                    block[tile][group] = weights[group].times_plus::<FUSED>(value, sum);
                }
            }
        }
    }
    for (group, sums) in sums.as_chunks_mut::<TILES>().0.iter_mut().enumerate().take(GROUPS) {
        for tile in 0..TILES {
            sums[tile] = block[tile][group];
        }
    }
}
