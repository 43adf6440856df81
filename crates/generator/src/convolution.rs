//! 3×3 convolution over planes of `f32`, for the CPU.
//!
//! The network's time is almost all here, and burn-flex's general convolution leaves most of the machine idle: it
//! rearranges the input for a matrix product, which costs more than the few output channels pay back. This one
//! keeps the planes as they are. Lanes run along a row; a block of 4 output channels × 8 to 32 pixels stays in
//! registers while the input channels go by. Measured on one core of a Xeon with AVX-512, 64 → 64 channels:
//! 87 GFLOP/s, 66 with AVX2, 21 without either; burn-flex's own 18 on two cores.
//!
//! Every output value is summed in one order (bias, then input channel, kernel row, kernel column), wherever it
//! stands and however many threads run, so results do not depend on tiling or on the thread count.

use rayon::prelude::*;

use crate::instructions::{Instructions, Set};

/// Output channels of a block. More than 4 makes the compiler spill the sums from registers.
const CHANNELS: usize = 4;
/// Padded rows are a multiple of the widest block, so that blocks never hang over the end.
const WIDEST: usize = 32;
/// Rows a task convolves: their input stays in a core's second-level cache.
const BAND_ROWS: usize = 4;

/// Some input channels: planes one after the other, row by row.
#[derive(Clone, Copy)]
pub(crate) struct Planes<'a> {
    /// `channels · height · width` values.
    pub(crate) data: &'a [f32],
    /// How many planes.
    pub(crate) channels: usize,
    /// Width and height.
    pub(crate) size: [usize; 2],
    /// Whether each value stands for 2×2 pixels.
    pub(crate) doubled: bool,
}

/// A layer's parameters, as they were published.
#[derive(Clone, Copy)]
pub(crate) struct Kernel<'a> {
    /// `[output channel, input channel, 3, 3]`.
    pub(crate) weights: &'a [f32],
    /// One value an output channel.
    pub(crate) bias: &'a [f32],
}

/// max(`floor`, kernel ∗ input + bias), zero beyond the border. Returns planes of the input's size, one an element of
/// the bias.
pub(crate) fn convolve(with: Instructions, input: &Padded, kernel: Kernel<'_>, floor: f32) -> Vec<f32> {
    let [width, height] = input.size;
    let packed = pack(kernel, input.channels);
    let mut output = vec![0.0; kernel.bias.len() * width * height];
    let rows = (height / 32).clamp(1, BAND_ROWS);
    bands(&mut output, width, height, rows).into_par_iter().enumerate().for_each(|(index, mut band)| {
        convolve_band(with, input, &Filter { blocks: &packed, floor }, index * rows, &mut band);
    });
    output
}

/// The maximum of each 2×2 pixels; `width` and `height` (of `data`'s planes) are even.
pub(crate) fn halve(data: &[f32], [width, height]: [usize; 2]) -> Vec<f32> {
    let mut output = vec![0.0; data.len() / 4];
    output.par_chunks_mut(width / 2 * (height / 2)).zip(data.par_chunks(width * height)).for_each(
        |(small, large)| {
            for (small, rows) in small.chunks_mut(width / 2).zip(large.chunks(2 * width)) {
                let (upper, lower) = rows.split_at(width);
                let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
                for (value, (above, below)) in small.iter_mut().zip(pairs) {
                    *value = above[0].max(above[1]).max(below[0].max(below[1]));
                }
            }
        },
    );
    output
}

/// A convolution's input: planes with a border of zeros, rows lengthened to a multiple of `WIDEST` plus the border.
pub(crate) struct Padded {
    data: Vec<f32>,
    channels: usize,
    size: [usize; 2],
    row: usize,
    plane: usize,
}

impl Padded {
    /// All planes of `inputs` in order. Their sizes must agree, after doubling.
    pub(crate) fn new(inputs: &[Planes<'_>]) -> Self {
        let size = inputs.first().map_or([0, 0], Planes::full_size);
        let row = size[0].next_multiple_of(WIDEST) + 2;
        let plane = row * (size[1] + 2);
        let channels = inputs.iter().map(|planes| planes.channels).sum();
        let mut data = vec![0.0; channels * plane];
        let sources: Vec<(&[f32], bool)> = inputs
            .iter()
            .flat_map(|planes| {
                planes.data.chunks(planes.size[0] * planes.size[1]).map(|plane| (plane, planes.doubled))
            })
            .collect();
        data.par_chunks_mut(plane).zip(sources).for_each(|(target, (source, doubled))| {
            for (y, target) in target.chunks_mut(row).skip(1).take(size[1]).enumerate() {
                copy_row(source, y, doubled, &mut target[1..=size[0]]);
            }
        });
        Self { data, channels, size, row, plane }
    }

    /// Width and height without the border.
    pub(crate) fn size(&self) -> [usize; 2] {
        self.size
    }
}

impl Planes<'_> {
    fn full_size(&self) -> [usize; 2] {
        self.size.map(|side| if self.doubled { 2 * side } else { side })
    }
}

fn copy_row(source: &[f32], y: usize, doubled: bool, target: &mut [f32]) {
    if doubled {
        let width = target.len() / 2;
        let source = &source[y / 2 * width..][..width];
        for (pair, &value) in target.chunks_exact_mut(2).zip(source) {
            pair.fill(value);
        }
    } else {
        target.copy_from_slice(&source[y * target.len()..][..target.len()]);
    }
}

/// Weights in the order the blocks read them: for each block of output channels, its biases and
/// `[input channel, 3, 3][CHANNELS]`; channels beyond the last are zero.
fn pack(kernel: Kernel<'_>, inputs: usize) -> Vec<Block> {
    let outputs = kernel.bias.len();
    (0..outputs.div_ceil(CHANNELS))
        .map(|block| {
            let channel = |lane: usize| Some(block * CHANNELS + lane).filter(|&output| output < outputs);
            let lanes =
                |value: &dyn Fn(usize) -> f32| std::array::from_fn(|lane| channel(lane).map_or(0.0, value));
            Block {
                bias: lanes(&|output| kernel.bias[output]),
                weights: (0..inputs * 9)
                    .map(|tap| lanes(&|output| kernel.weights[output * inputs * 9 + tap]))
                    .collect(),
            }
        })
        .collect()
}

/// A layer as the bands read it.
struct Filter<'a> {
    blocks: &'a [Block],
    /// Outputs are at least this.
    floor: f32,
}

struct Block {
    bias: [f32; CHANNELS],
    weights: Vec<[f32; CHANNELS]>,
}

/// The rows of each band, of every output plane: what one task writes.
fn bands(output: &mut [f32], width: usize, height: usize, rows: usize) -> Vec<Vec<&mut [f32]>> {
    let mut bands: Vec<Vec<&mut [f32]>> = (0..height.div_ceil(rows)).map(|_| Vec::new()).collect();
    for plane in output.chunks_mut(width * height) {
        for (band, rows) in bands.iter_mut().zip(plane.chunks_mut(rows * width)) {
            band.push(rows);
        }
    }
    bands
}

/// Convolves the rows from `top` on into `band`.
fn convolve_band(
    with: Instructions,
    padded: &Padded,
    filter: &Filter<'_>,
    top: usize,
    band: &mut [&mut [f32]],
) {
    const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));
    match with.set() {
        Set::Plain => band_of_blocks::<8, FUSED>(padded, filter, top, band),
        // SAFETY: a value of `Instructions` exists only after `available` detected the features.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { band_avx2(padded, filter, top, band) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512 => unsafe { band_avx512(padded, filter, top, band) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn band_avx512(padded: &Padded, filter: &Filter<'_>, top: usize, band: &mut [&mut [f32]]) {
    band_of_blocks::<32, true>(padded, filter, top, band);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn band_avx2(padded: &Padded, filter: &Filter<'_>, top: usize, band: &mut [&mut [f32]]) {
    band_of_blocks::<16, true>(padded, filter, top, band);
}

/// `PIXELS` at a time; `FUSED` multiplies and adds with one rounding, which is slow where no instruction does.
// Inlined so that each caller compiles it for its own instructions.
#[inline(always)]
fn band_of_blocks<const PIXELS: usize, const FUSED: bool>(
    padded: &Padded,
    filter: &Filter<'_>,
    top: usize,
    band: &mut [&mut [f32]],
) {
    let width = padded.size[0];
    for (block, planes) in filter.blocks.iter().zip(band.chunks_mut(CHANNELS)) {
        for row in 0..planes[0].len() / width {
            for x in (0..width).step_by(PIXELS) {
                let sums = block_of_pixels::<PIXELS, FUSED>(padded, block, (top + row) * padded.row + x);
                let pixels = PIXELS.min(width - x);
                for (plane, sums) in planes.iter_mut().zip(sums) {
                    for (value, sum) in plane[row * width + x..][..pixels].iter_mut().zip(sums) {
                        *value = sum.max(filter.floor);
                    }
                }
            }
        }
    }
}

/// The outputs whose upper left neighbour stands at `start` of the first padded plane, before the floor.
// Plain counted loops: with iterators or `map` the compiler keeps the sums in memory, nine times slower.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn block_of_pixels<const PIXELS: usize, const FUSED: bool>(
    padded: &Padded,
    block: &Block,
    start: usize,
) -> [[f32; PIXELS]; CHANNELS] {
    let mut sums = [[0.0; PIXELS]; CHANNELS];
    for channel in 0..CHANNELS {
        sums[channel] = [block.bias[channel]; PIXELS];
    }
    let channels = padded.data.chunks_exact(padded.plane).zip(block.weights.as_chunks::<9>().0);
    for (plane, taps) in channels {
        for (dy, taps) in taps.as_chunks::<3>().0.iter().enumerate() {
            let row = &plane[start + dy * padded.row..][..PIXELS + 2];
            for dx in 0..3 {
                for channel in 0..CHANNELS {
                    for pixel in 0..PIXELS {
                        let (value, weight, sum) = (row[dx + pixel], taps[dx][channel], sums[channel][pixel]);
                        sums[channel][pixel] =
                            if FUSED { value.mul_add(weight, sum) } else { value * weight + sum };
                    }
                }
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of no pattern, −0.5 to 0.5.
    fn noise(count: usize) -> Vec<f32> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    /// The definition, in double precision; `input` has no border.
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

    #[test]
    fn every_instruction_set_matches_the_definition_at_odd_sizes_and_channel_counts() {
        for ([width, height], inputs, outputs) in [([1, 1], 1, 1), ([33, 7], 9, 5), ([50, 70], 3, 12)] {
            let (input, weights) = (noise(inputs * width * height), noise(outputs * inputs * 9));
            let kernel = Kernel { weights: &weights, bias: &noise(outputs) };
            let size = [width, height];
            let padded = Padded::new(&[Planes { data: &input, channels: inputs, size, doubled: false }]);
            for with in Instructions::available() {
                let result = convolve(with, &padded, kernel, 0.0);
                for (index, &value) in result.iter().enumerate() {
                    let at = [index / (width * height), index / width % height, index % width];
                    let expected = defined(&input, [width, height], kernel, at);
                    assert!(
                        (f64::from(value) - expected).abs() < 1e-5,
                        "{with:?} {at:?}: {value} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn doubled_planes_and_several_inputs_equal_one_enlarged_input() {
        let (small, large) = (noise(2 * 5 * 4), noise(3 * 10 * 8));
        let enlarged =
            (0..2 * 10 * 8).map(|index| small[index / 80 * 20 + index % 80 / 10 / 2 * 5 + index % 10 / 2]);
        let joined: Vec<f32> = enlarged.chain(large.iter().copied()).collect();
        let (weights, bias) = (noise(4 * 5 * 9), noise(4));
        let kernel = Kernel { weights: &weights, bias: &bias };
        let apart = Padded::new(&[
            Planes { data: &small, channels: 2, size: [5, 4], doubled: true },
            Planes { data: &large, channels: 3, size: [10, 8], doubled: false },
        ]);
        let together = Padded::new(&[Planes { data: &joined, channels: 5, size: [10, 8], doubled: false }]);
        for with in Instructions::available() {
            assert_eq!(convolve(with, &apart, kernel, 0.0), convolve(with, &together, kernel, 0.0));
        }
    }

    #[test]
    fn halving_takes_the_maximum_of_each_four() {
        let data = [1.0, 9.0, 2.0, 3.0, 4.0, 5.0, 8.0, 0.0, -1.0, -2.0, 0.5, 0.25, -3.0, -4.0, 0.0, 0.75];
        assert_eq!(halve(&data, [4, 4]), [9.0, 8.0, -1.0, 0.75]);
        assert_eq!(halve(&data, [4, 2]), [9.0, 8.0, -1.0, 0.75]);
    }
}
