//! The time of the noise to sines and cosines.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// Cosines, then sines, of `time` (0 to 1000) at geometrically falling speeds, `[1, channel]` (Vaswani et al.
/// 2017, section 3.5).
pub(super) fn waves<B: Backend>(time: f32, channels: usize, device: &B::Device) -> Tensor<B, 2> {
    let half = channels / 2;
    // In single precision throughout, as the network was trained: at time 1000 the rounding of an angle
    // shows.
    let slowest = -(10_000f64.ln()) as f32;
    let angles = (0..half).map(|index| time * (slowest * index as f32 / half as f32).exp());
    let angles: Vec<f32> = angles.collect();
    let waves: Vec<f32> =
        angles.iter().map(|angle| angle.cos()).chain(angles.iter().map(|angle| angle.sin())).collect();
    Tensor::from_data(TensorData::new(waves, [1, 2 * half]), device)
}
