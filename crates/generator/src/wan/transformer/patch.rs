//! Latents to tokens and back: a token is a small box of latents.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::Error;
use crate::wan::checkpoint::Parameters;
use crate::wan::linear::Linear;

/// A convolution whose kernel is as large as its stride is a matrix over each box.
pub(super) fn load<B: Backend>(
    parameters: &Parameters<'_, B>,
    name: &str,
    inputs: usize,
    [frames, rows, columns]: [usize; 3],
    width: usize,
) -> Result<Linear<B>, Error> {
    let parameters = parameters.within(name);
    let weight = parameters.matrix("weight", [width, inputs, frames, rows, columns])?;
    Ok(Linear::new(weight, parameters.tensor("bias", [width])?))
}

/// How many tokens latents `[batch, channel, frame, row, column]` make along each axis.
pub(super) fn grid<B: Backend>(latents: &Tensor<B, 5>, patch: [usize; 3]) -> [usize; 3] {
    let [_, _, frames, rows, columns] = latents.dims();
    [frames / patch[0], rows / patch[1], columns / patch[2]]
}

/// `[batch, channel, frame, row, column]` to `[batch, token, channel · box]`.
pub(super) fn cut<B: Backend>(latents: Tensor<B, 5>, patch: [usize; 3]) -> Tensor<B, 3> {
    let [batch, channels, ..] = latents.dims();
    let [frames, rows, columns] = grid(&latents, patch);
    let [deep, high, wide] = patch;
    latents
        .reshape([batch, channels, frames, deep, rows, high, columns, wide])
        .permute([0, 2, 4, 6, 1, 3, 5, 7])
        .reshape([batch, frames * rows * columns, channels * deep * high * wide])
}

/// `[batch, token, box · channel]` to `[batch, channel, frame, row, column]`.
pub(super) fn join<B: Backend>(tokens: Tensor<B, 3>, grid: [usize; 3], patch: [usize; 3]) -> Tensor<B, 5> {
    let [batch, _, values] = tokens.dims();
    let [frames, rows, columns] = grid;
    let [deep, high, wide] = patch;
    let channels = values / (deep * high * wide);
    tokens
        .reshape([batch, frames, rows, columns, deep, high, wide, channels])
        .permute([0, 7, 1, 4, 2, 5, 3, 6])
        .reshape([batch, channels, frames * deep, rows * high, columns * wide])
}
