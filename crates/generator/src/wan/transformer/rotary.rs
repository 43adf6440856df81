//! Where a token is, in time, down and across, told to attention by turning its channels.
//!
//! Pairs of channels turn by angles that grow with the position, each pair at its own speed, so that scores
//! depend on distances only (Su et al., "RoFormer", 2021). A third of the channels serves each axis; what
//! does not divide goes to time.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

/// The slowest pair turns this much slower than the fastest.
const SLOWEST: f64 = 10_000.0;

/// The turn of each token's channel pairs.
#[derive(Debug)]
pub(crate) struct Rotary<B: Backend> {
    /// `[1, token, 1, pair, 1]`.
    cosine: Tensor<B, 5>,
    /// `[1, token, 1, pair, 1]`.
    sine: Tensor<B, 5>,
}

impl<B: Backend> Rotary<B> {
    /// For a grid of `[frames, rows, columns]` tokens, in this order, whose first frame stands at `first` in time, and
    /// heads with so many channels, of `precision`.
    pub(crate) fn new(
        first: usize,
        grid: [usize; 3],
        channels: usize,
        device: &B::Device,
        precision: DType,
    ) -> Self {
        let space = 2 * (channels / 6);
        let widths = [channels - 2 * space, space, space];
        let axes: [Vec<Vec<f64>>; 3] = std::array::from_fn(|axis| {
            let first = if axis == 0 { first } else { 0 };
            angles(first..first + grid[axis], widths[axis])
        });
        let mut all = Vec::with_capacity(grid.iter().product::<usize>() * channels / 2);
        for frame in &axes[0] {
            for row in &axes[1] {
                for column in &axes[2] {
                    all.extend(frame.iter().chain(row).chain(column));
                }
            }
        }
        let shape = [1, grid.iter().product(), 1, channels / 2, 1];
        let tensor = |of: fn(f64) -> f64| {
            let values: Vec<f32> = all.iter().map(|&angle: &f64| of(angle) as f32).collect();
            Tensor::<B, 5>::from_data(TensorData::new(values, shape), device).cast(precision)
        };
        Self { cosine: tensor(f64::cos), sine: tensor(f64::sin) }
    }

    /// Turns queries or keys, `[batch, token, head, channel]`; a pair is two neighbouring channels.
    pub(crate) fn turn(&self, tokens: Tensor<B, 4>) -> Tensor<B, 4> {
        let shape @ [batch, count, heads, channels] = tokens.dims();
        let pairs = tokens.reshape([batch, count, heads, channels / 2, 2]);
        let (first, second) = (pairs.clone().narrow(4, 0, 1), pairs.narrow(4, 1, 1));
        let (cosine, sine) = (self.cosine.clone(), self.sine.clone());
        let turned = vec![
            first.clone() * cosine.clone() - second.clone() * sine.clone(),
            first * sine + second * cosine,
        ];
        Tensor::cat(turned, 4).reshape(shape)
    }
}

/// The angles of each position's pairs along one axis, for so many channels.
fn angles(positions: Range<usize>, channels: usize) -> Vec<Vec<f64>> {
    let speed = |pair: usize| SLOWEST.powf(2.0 * pair as f64 / channels as f64).recip();
    let speeds: Vec<f64> = (0..channels / 2).map(speed).collect();
    positions.map(|position| speeds.iter().map(|speed| position as f64 * speed).collect()).collect()
}
