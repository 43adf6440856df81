//! 3×3 convolution over feature maps, for the CPU.
//!
//! The network's time is almost all here. The steps, a strip of 4 output rows at a time:
//!
//! 1. Gather: each tile's 6×6 patch of inputs goes to 36 values (`winograd`), all input channels.
//! 2. Multiply: the values by the layer's, summed over the input channels (`product`).
//! 3. Scatter: the sums go back to 4×4 outputs, bias and maximum with 0, and to 2×2 where the layer halves.
//!
//! Doubling and joining of inputs happen while gathering, halving while scattering, so that no map is written that
//! nothing else reads. A strip goes in chunks of 28 tiles, whose values and sums stay in a second-level cache.
//! Measured on one core of a Xeon with AVX-512, counted as multiplications by definition: 400 GFLOP/s at
//! 73 → 64 channels, 260 with AVX2, 68 with neither; 87 by definition with AVX-512.
//!
//! Every output is summed in one order, wherever it stands and however many threads run. Tiles stand on multiples of 4
//! pixels of a map, so two maps of one picture give the same bits where their origins differ by a multiple of 4.

// Counted loops: with iterators the compiler keeps vectors in memory instead of registers, nine times slower.
#![allow(clippy::needless_range_loop)]

use rayon::prelude::*;

use crate::filter::Filter;
use crate::instructions::Set;
use crate::map::Map;
use crate::pool::Pool;
use crate::product::multiply;
use crate::topology::Finish;
use crate::vector::{LANES, Vector};
use crate::winograd::{OUTPUT, PATCH, VALUES, backward, forward};

/// Blocks of tiles between two passes over the weights.
const CHUNK_BLOCKS: usize = 2;
/// Beyond any map.
const OUTSIDE: usize = usize::MAX / 2;

/// A map that a layer reads.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a, M> {
    /// The map.
    pub(crate) map: &'a M,
    /// Whether each of its values stands for 2×2 pixels.
    pub(crate) doubled: bool,
}

impl Input<'_, Map> {
    fn size(&self) -> [usize; 2] {
        self.map.size.map(|side| if self.doubled { 2 * side } else { side })
    }
}

/// filter ∗ inputs + bias, zero beyond the border, finished. The inputs' sizes agree after doubling, and are even where
/// `finish` halves.
pub(crate) fn convolve(pool: &Pool, filter: &Filter, inputs: &[Input<'_, Map>], finish: Finish) -> Map {
    let full = inputs.first().map_or([0, 0], Input::size);
    let step = if finish.halves() { 2 } else { 1 };
    let size = full.map(|side| side / step);
    let groups = filter.bias().len();
    let mut vectors = pool.take(size[0] * size[1] * groups);
    let strips = vectors.par_chunks_mut(OUTPUT / step * size[0] * groups).enumerate();
    strips.for_each_init(Scratch::default, |scratch, (row, output)| {
        Strip { filter, inputs, size: full, row, finish }.run(scratch, output);
    });
    Map { vectors, size, channels: filter.outputs() }
}

/// What a thread keeps from strip to strip.
#[derive(Default)]
struct Scratch {
    /// `[value][block][input group][tile]`.
    values: Vec<Vector>,
    /// `[value][block][output group][tile]`.
    sums: Vec<Vector>,
}

/// Four rows of output, two after halving.
struct Strip<'a> {
    filter: &'a Filter,
    inputs: &'a [Input<'a, Map>],
    size: [usize; 2],
    row: usize,
    finish: Finish,
}

/// How a strip's tiles are divided.
#[derive(Clone, Copy)]
struct Division {
    tiles: usize,
    tiles_a_block: usize,
    /// Vectors of a block's values, and of its sums.
    block: [usize; 2],
    /// Vectors of a chunk's values, and of its sums.
    chunk: [usize; 2],
}

impl Strip<'_> {
    fn run(&self, scratch: &mut Scratch, output: &mut [Vector]) {
        const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));
        match self.filter.instructions().set() {
            Set::Plain => self.chunks::<1, FUSED>(scratch, output),
            // SAFETY: a value of `Instructions` exists only after `available` detected the features.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { chunks_avx2(self, scratch, output) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { chunks_avx512(self, scratch, output) },
        }
    }

    // Inlined, as all below it, so that each caller compiles it for its own instructions.
    #[inline(always)]
    fn chunks<const GROUPS: usize, const FUSED: bool>(&self, scratch: &mut Scratch, output: &mut [Vector]) {
        let division = self.division();
        scratch.values.resize(VALUES * division.chunk[0], Vector::ZERO);
        scratch.sums.resize(VALUES * division.chunk[1], Vector::ZERO);
        let chunk_tiles = CHUNK_BLOCKS * division.tiles_a_block;
        for first in (0..division.tiles).step_by(chunk_tiles) {
            let tiles = chunk_tiles.min(division.tiles - first);
            for tile in 0..tiles {
                self.gather::<FUSED>(first + tile, division.slot(tile, 0), division, &mut scratch.values);
            }
            self.multiply::<GROUPS, FUSED>(tiles.div_ceil(division.tiles_a_block), division, scratch);
            for tile in 0..tiles {
                self.scatter::<FUSED>(first + tile, division.slot(tile, 1), division, &scratch.sums, output);
            }
        }
    }

    fn division(&self) -> Division {
        let most = self.filter.block().tiles;
        let tiles = self.size[0].div_ceil(OUTPUT);
        let tiles_a_block = tiles.div_ceil(tiles.div_ceil(most));
        let inputs: usize = self.inputs.iter().map(|input| input.map.groups()).sum();
        let block = [inputs, self.filter.padded_groups()].map(|groups| groups * tiles_a_block);
        Division { tiles, tiles_a_block, block, chunk: block.map(|vectors| CHUNK_BLOCKS * vectors) }
    }

    /// One tile's inputs to values from `slot` on.
    #[inline(always)]
    fn gather<const FUSED: bool>(&self, tile: usize, slot: usize, division: Division, values: &mut [Vector]) {
        let mut slot = slot;
        for input in self.inputs {
            let starts = self.starts(tile, input);
            for group in 0..input.map.groups() {
                let mut columns = [[Vector::ZERO; PATCH]; PATCH];
                for x in 0..PATCH {
                    let mut column = [Vector::ZERO; PATCH];
                    for y in 0..PATCH {
                        if let Some(value) = input.map.vectors.get(starts[y][x] + group) {
                            column[y] = *value;
                        }
                    }
                    columns[x] = forward::<FUSED>(column);
                }
                for y in 0..PATCH {
                    let row = forward::<FUSED>(across(&columns, y));
                    for x in 0..PATCH {
                        values[(y * PATCH + x) * division.chunk[0] + slot] = row[x];
                    }
                }
                slot += division.tiles_a_block;
            }
        }
    }

    /// Where each pixel of a tile's patch starts in a map.
    #[inline(always)]
    fn starts(&self, tile: usize, input: &Input<'_, Map>) -> [[usize; PATCH]; PATCH] {
        let shift = u32::from(input.doubled);
        let mut starts = [[OUTSIDE; PATCH]; PATCH];
        for y in 0..PATCH {
            let below = self.row * OUTPUT + y;
            for x in 0..PATCH {
                let right = tile * OUTPUT + x;
                if below > 0 && below <= self.size[1] && right > 0 && right <= self.size[0] {
                    let (row, column) = ((below - 1) >> shift, (right - 1) >> shift);
                    starts[y][x] = (row * input.map.size[0] + column) * input.map.groups();
                }
            }
        }
        starts
    }

    #[inline(always)]
    fn multiply<const GROUPS: usize, const FUSED: bool>(
        &self,
        blocks: usize,
        division: Division,
        scratch: &mut Scratch,
    ) {
        let [values_a_block, sums_a_block] = division.block;
        let values = scratch.values.chunks_exact(division.chunk[0]);
        let sums = scratch.sums.chunks_exact_mut(division.chunk[1]);
        for (value, (values, sums)) in values.zip(sums).enumerate() {
            for (index, weights) in self.filter.blocks(value).enumerate() {
                let place = index * GROUPS * division.tiles_a_block;
                let pairs = values.chunks_exact(values_a_block).zip(sums.chunks_exact_mut(sums_a_block));
                for (values, sums) in pairs.take(blocks) {
                    let sums = &mut sums[place..][..GROUPS * division.tiles_a_block];
                    multiply::<GROUPS, FUSED>(division.tiles_a_block, values, weights, sums);
                }
            }
        }
    }

    /// One tile's sums from `slot` on to outputs.
    #[inline(always)]
    fn scatter<const FUSED: bool>(
        &self,
        tile: usize,
        slot: usize,
        division: Division,
        sums: &[Vector],
        output: &mut [Vector],
    ) {
        let signed = self.finish == Finish::Signed;
        let floor = if signed { Vector([f32::NEG_INFINITY; LANES]) } else { Vector::ZERO };
        for (group, bias) in self.filter.bias().iter().enumerate() {
            let slot = slot + group * division.tiles_a_block;
            let mut columns = [[Vector::ZERO; OUTPUT]; PATCH];
            for x in 0..PATCH {
                let mut column = [Vector::ZERO; PATCH];
                for y in 0..PATCH {
                    column[y] = sums[(y * PATCH + x) * division.chunk[1] + slot];
                }
                columns[x] = backward::<FUSED>(column);
            }
            let mut block = [[Vector::ZERO; OUTPUT]; OUTPUT];
            for y in 0..OUTPUT {
                let row = backward::<FUSED>(across(&columns, y));
                for x in 0..OUTPUT {
                    block[y][x] = row[x].plus(*bias).max(floor);
                }
            }
            if self.finish.halves() {
                self.write(&halve(&block), tile, group, output);
            } else {
                self.write(&block, tile, group, output);
            }
        }
    }

    /// Writes what of a tile lies within the map.
    #[inline(always)]
    fn write<const SIDE: usize>(
        &self,
        block: &[[Vector; SIDE]; SIDE],
        tile: usize,
        group: usize,
        output: &mut [Vector],
    ) {
        let groups = self.filter.bias().len();
        let [width, height] = [self.size[0] * SIDE / OUTPUT, self.size[1] * SIDE / OUTPUT];
        let (rows, columns) = (SIDE.min(height - self.row * SIDE), SIDE.min(width - tile * SIDE));
        for y in 0..rows {
            for x in 0..columns {
                output[(y * width + tile * SIDE + x) * groups + group] = block[y][x];
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn chunks_avx512(strip: &Strip<'_>, scratch: &mut Scratch, output: &mut [Vector]) {
    strip.chunks::<2, true>(scratch, output);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn chunks_avx2(strip: &Strip<'_>, scratch: &mut Scratch, output: &mut [Vector]) {
    strip.chunks::<1, true>(scratch, output);
}

impl Division {
    /// The first vector of a chunk's tile, of its values (0) or its sums (1).
    #[inline(always)]
    fn slot(&self, tile: usize, which: usize) -> usize {
        tile / self.tiles_a_block * self.block[which] + tile % self.tiles_a_block
    }
}

/// A row of columns.
#[inline(always)]
fn across<const SIDE: usize>(columns: &[[Vector; SIDE]; PATCH], y: usize) -> [Vector; PATCH] {
    let mut row = [Vector::ZERO; PATCH];
    for x in 0..PATCH {
        row[x] = columns[x][y];
    }
    row
}

/// The maximum of each 2×2.
#[inline(always)]
fn halve(block: &[[Vector; OUTPUT]; OUTPUT]) -> [[Vector; OUTPUT / 2]; OUTPUT / 2] {
    let mut halved = [[Vector::ZERO; OUTPUT / 2]; OUTPUT / 2];
    for y in 0..OUTPUT / 2 {
        for x in 0..OUTPUT / 2 {
            let [above, below] = [&block[2 * y], &block[2 * y + 1]];
            halved[y][x] = above[2 * x].max(above[2 * x + 1]).max(below[2 * x].max(below[2 * x + 1]));
        }
    }
    halved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Kernel;
    use crate::instructions::Instructions;

    /// Values of no pattern, −0.5 to 0.5.
    fn noise(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    /// The definition, in double precision; `input` holds planes without a border.
    fn defined(input: &[f32], [width, height]: [usize; 2], kernel: Kernel<'_>, output: [usize; 3]) -> f64 {
        let [channel, y, x] = output;
        let planes = input.len() / (width * height);
        let mut sum = f64::from(kernel.bias[channel]);
        for tap in 0..planes * 9 {
            let (plane, row, column) = (tap / 9, y + tap / 3 % 3, x + tap % 3);
            if (1..=height).contains(&row) && (1..=width).contains(&column) {
                let value = input[(plane * height + row - 1) * width + column - 1];
                sum += f64::from(value) * f64::from(kernel.weights[channel * planes * 9 + tap]);
            }
        }
        sum.max(0.0)
    }

    fn planes(planes: &[f32], channels: usize, size: [usize; 2]) -> Map {
        Map::from_planes(&Pool::new(0), planes, channels, size)
    }

    fn run(filter: &Filter, inputs: &[Input<'_, Map>], finish: Finish) -> Map {
        convolve(&Pool::new(0), filter, inputs, finish)
    }

    fn plain(map: &Map) -> Input<'_, Map> {
        Input { map, doubled: false }
    }

    #[test]
    fn every_instruction_set_matches_the_definition_at_odd_sizes_and_channel_counts() {
        for (size, inputs, outputs) in [([1, 1], 1, 1), ([33, 7], 9, 5), ([50, 70], 3, 12), ([61, 9], 20, 40)]
        {
            let [width, height] = size;
            let (input, weights) = (noise(inputs * width * height, 1), noise(outputs * inputs * 9, 2));
            let bias = noise(outputs, 3);
            let kernel = Kernel { weights: &weights, bias: &bias };
            let map = planes(&input, inputs, size);
            for with in Instructions::available() {
                let filter = Filter::new(with, kernel, &[inputs]);
                let result = run(&filter, &[plain(&map)], Finish::Rectified).to_planes();
                assert_eq!(result.len(), outputs * width * height);
                for (index, &value) in result.iter().enumerate() {
                    let at = [index / (width * height), index / width % height, index % width];
                    let expected = defined(&input, size, kernel, at);
                    assert!(
                        (f64::from(value) - expected).abs() < 1e-5,
                        "{with:?} {at:?}: {value} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn results_are_signed_rectified_or_halved_as_asked() {
        let map = planes(&noise(3 * 30 * 22, 4), 3, [30, 22]);
        let (weights, bias) = (noise(5 * 3 * 9, 5), noise(5, 6));
        for with in Instructions::available() {
            let filter = Filter::new(with, Kernel { weights: &weights, bias: &bias }, &[3]);
            let full = run(&filter, &[plain(&map)], Finish::Rectified);
            assert_eq!(
                full.halved(&Pool::new(0)).to_planes(),
                run(&filter, &[plain(&map)], Finish::RectifiedAndHalved).to_planes()
            );
            let signed = run(&filter, &[plain(&map)], Finish::Signed).to_planes();
            assert!(signed.iter().any(|&value| value < 0.0));
            let full = full.to_planes();
            assert!(signed.iter().zip(&full).all(|(signed, value)| signed.max(0.0) == *value));
            let halved = run(&filter, &[plain(&map)], Finish::RectifiedAndHalved);
            assert_eq!(halved.size, [15, 11]);
            for (index, value) in halved.to_planes().into_iter().enumerate() {
                let corner = (index / 165 * 22 + index / 15 % 11 * 2) * 30 + index % 15 * 2;
                let four = [0, 1, 30, 31].map(|offset| full[corner + offset]);
                assert_eq!(value, four.into_iter().fold(0.0, f32::max));
            }
        }
    }

    #[test]
    fn doubled_and_joined_inputs_equal_one_enlarged_input() {
        let (small, large) = (noise(2 * 5 * 4, 7), noise(3 * 10 * 8, 8));
        let enlarged =
            (0..2 * 10 * 8).map(|index| small[index / 80 * 20 + index % 80 / 10 / 2 * 5 + index % 10 / 2]);
        let joined: Vec<f32> = enlarged.chain(large.iter().copied()).collect();
        let (weights, bias) = (noise(4 * 5 * 9, 9), noise(4, 10));
        let kernel = Kernel { weights: &weights, bias: &bias };
        let maps = [planes(&small, 2, [5, 4]), planes(&large, 3, [10, 8]), planes(&joined, 5, [10, 8])];
        for with in Instructions::available() {
            let apart = [Input { map: &maps[0], doubled: true }, plain(&maps[1])];
            let apart = run(&Filter::new(with, kernel, &[2, 3]), &apart, Finish::Rectified);
            let together = run(&Filter::new(with, kernel, &[5]), &[plain(&maps[2])], Finish::Rectified);
            assert_eq!(apart.to_planes(), together.to_planes());
        }
    }

    #[test]
    fn a_part_that_starts_at_a_multiple_of_four_has_the_same_bits_inside() {
        let whole = noise(40 * 24, 11);
        let part: Vec<f32> =
            (0..28 * 16).map(|index| whole[(index / 28 + 8) * 40 + index % 28 + 12]).collect();
        let (weights, bias) = (noise(4 * 9, 12), noise(4, 13));
        for with in Instructions::available() {
            let filter = Filter::new(with, Kernel { weights: &weights, bias: &bias }, &[1]);
            let convolved = |values: &[f32], size| {
                run(&filter, &[plain(&planes(values, 1, size))], Finish::Rectified).to_planes()
            };
            let (whole, part) = (convolved(&whole, [40, 24]), convolved(&part, [28, 16]));
            for (y, x) in (1..16).flat_map(|y| (1..28).map(move |x| (y, x))) {
                assert_eq!(part[y * 28 + x], whole[(y + 8) * 40 + x + 12], "{x},{y}");
            }
        }
    }
}
