//! A layer's published parameters to the order in which the convolution reads them.

use crate::instructions::{Instructions, Set};
use crate::product::{BlockShape, BlockWeights};
use crate::vector::{LANES, Vector};
use crate::winograd::{VALUES, kernel};

/// A layer's parameters, as they were published.
#[derive(Clone, Copy)]
pub(crate) struct Kernel<'a> {
    /// `[output channel, input channel, 3, 3]`.
    pub(crate) weights: &'a [f32],
    /// One value an output channel.
    pub(crate) bias: &'a [f32],
}

/// A layer's parameters for one set of instructions.
#[derive(Debug)]
pub(crate) struct Filter {
    with: Instructions,
    /// `[value][block of output groups][input channel][group of the block]`; channels of no layer are zero.
    weights: Vec<Vector>,
    /// One vector a group.
    bias: Vec<Vector>,
    outputs: usize,
    depth: usize,
}

impl Filter {
    /// `inputs` are the channel counts of the maps that the layer reads one after the other; each starts at a vector
    /// of its own.
    pub(crate) fn new(with: Instructions, kernel: Kernel<'_>, inputs: &[usize]) -> Self {
        let outputs = kernel.bias.len();
        let lanes = lanes(inputs);
        let depth = lanes.last().map_or(0, |last| last + 1);
        let mut bias = vec![Vector::ZERO; outputs.div_ceil(LANES)];
        for (output, &value) in kernel.bias.iter().enumerate() {
            bias[output / LANES].0[output % LANES] = value;
        }
        let mut filter = Self { with, weights: Vec::new(), bias, outputs, depth };
        filter.weights = vec![Vector::ZERO; VALUES * filter.padded_groups() * depth];
        for (index, taps) in kernel.weights.as_chunks::<9>().0.iter().enumerate() {
            filter.place(index / lanes.len(), lanes[index % lanes.len()], taps.map(f64::from));
        }
        filter
    }

    fn place(&mut self, output: usize, lane: usize, taps: [f64; 9]) {
        let groups = self.block().groups;
        let (block, group) = (output / LANES / groups, output / LANES % groups);
        let all = self.padded_groups() * self.depth;
        for (weights, value) in self.weights.chunks_mut(all).zip(kernel(taps)) {
            weights[(block * self.depth + lane) * groups + group].0[output % LANES] = value as f32;
        }
    }

    /// What it was packed for.
    pub(crate) fn instructions(&self) -> Instructions {
        self.with
    }

    /// The blocks that these instructions' registers hold: 28 sums of 32 registers, 12 of 16, or 8 of 16.
    pub(crate) fn block(&self) -> BlockShape {
        match self.with.set() {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => BlockShape { tiles: 14, groups: 2 },
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => BlockShape { tiles: 6, groups: 1 },
            Set::Plain => BlockShape { tiles: if cfg!(target_arch = "aarch64") { 6 } else { 2 }, groups: 1 },
        }
    }

    /// Output channels.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The biases, a vector a group of output channels.
    pub(crate) fn bias(&self) -> &[Vector] {
        &self.bias
    }

    /// Output groups in whole blocks.
    pub(crate) fn padded_groups(&self) -> usize {
        self.bias.len().next_multiple_of(self.block().groups)
    }

    /// The weights of one value, block by block.
    pub(crate) fn blocks(&self, value: usize) -> impl Iterator<Item = BlockWeights<'_>> {
        let all = self.padded_groups() * self.depth;
        self.weights[value * all..][..all].chunks(self.block().groups * self.depth)
    }
}

/// The lane in which each input channel stands.
fn lanes(inputs: &[usize]) -> Vec<usize> {
    let starts = inputs.iter().scan(0, |next, &channels| {
        let start = *next;
        *next += channels.next_multiple_of(LANES);
        Some((start, channels))
    });
    starts.flat_map(|(start, channels)| start..start + channels).collect()
}
