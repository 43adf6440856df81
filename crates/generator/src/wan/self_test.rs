//! Whether a device computes what the CPU does, before a model is trusted to it.
//!
//! Burn picks kernels by timing them, drivers translate them, and some of both have been wrong. So a small piece of the
//! transformer, with every kind of step that matters, runs on the device and on the CPU.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;

use super::activation::gelu;
use super::attention::attention;
use super::checkpoint::Precision;
use super::linear::Linear;
use super::norm::LayerNorm;

/// Tokens, channels and heads: rows longer than a work group, and counts that no tile divides.
const TOKENS: usize = 301;
const CHANNELS: usize = 320;
const HEADS: usize = 5;

/// The largest difference from the CPU in single precision, relative to the largest value; and the most that rounding
/// explains.
pub(crate) fn difference<B: Backend>(device: &B::Device, precision: Precision) -> (f32, f32) {
    let expected = piece::<Flex>(&Default::default(), Precision::Single);
    let found = piece::<B>(device, precision);
    let largest = expected.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    let apart = expected.iter().zip(&found).map(|(a, b)| {
        let apart = (a - b).abs();
        // A maximum would pass over what is no number.
        if apart.is_finite() { apart } else { f32::INFINITY }
    });
    let limit = match precision {
        Precision::Single => 1e-4,
        Precision::Half => 1e-2,
    };
    (apart.fold(0.0, f32::max) / largest, limit)
}

/// Two matrices with an activation between them, a norm, and attention over its result.
fn piece<B: Backend>(device: &B::Device, precision: Precision) -> Vec<f32> {
    let tensor = |shape: [usize; 2], seed: usize, size: f64| -> Tensor<B, 2> {
        let value = |index: usize| ((index + 7919 * seed) as f64 * 0.618_033_988_749_895).fract() - 0.5;
        let values: Vec<f32> = (0..shape[0] * shape[1]).map(|index| (size * value(index)) as f32).collect();
        Tensor::<B, 2>::from_data(TensorData::new(values, shape), device).cast(precision.kind())
    };
    let linear = |inputs, outputs, seed| {
        let offset = tensor([1, outputs], seed + 1, 0.2).squeeze_dim(0);
        Linear::new(tensor([inputs, outputs], seed, 0.2), offset)
    };
    let tokens = tensor([TOKENS, CHANNELS], 1, 4.0).unsqueeze::<3>();
    let worked = gelu(linear(CHANNELS, 4 * CHANNELS, 2).forward(tokens.clone()));
    let tokens = LayerNorm::plain(1e-6).forward(tokens + linear(4 * CHANNELS, CHANNELS, 4).forward(worked));
    let heads = |seed| {
        let all = linear(CHANNELS, CHANNELS, seed).forward(tokens.clone());
        all.reshape([1, TOKENS, HEADS, CHANNELS / HEADS]).swap_dims(1, 2)
    };
    let scale = ((CHANNELS / HEADS) as f64).sqrt().recip();
    attention(heads(6), heads(8), heads(10), scale, None).into_data().iter::<f32>().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::tests::Cpu;

    #[test]
    fn a_device_that_computes_rightly_passes() {
        for precision in [Precision::Single, Precision::Half] {
            let (difference, limit) = difference::<Cpu>(&Default::default(), precision);
            assert!(difference < limit, "{precision:?}: {difference:e}");
        }
    }

    #[test]
    fn the_piece_is_no_constant_and_rounding_shows_in_it() {
        let piece = piece::<Cpu>(&Default::default(), Precision::Single);
        let mean = piece.iter().sum::<f32>() / piece.len() as f32;
        let variance = piece.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / piece.len() as f32;
        assert!(variance > 1e-3, "{variance}");
        assert!(difference::<Cpu>(&Default::default(), Precision::Half).0 > 1e-5);
    }
}
