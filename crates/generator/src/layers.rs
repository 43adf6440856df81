//! What the network needs of a burn backend, and how each of the two does it.
//!
//! On wgpu these are burn's own operations. On flex the convolution is ours (`convolution`), with the doubling
//! and joining of its inputs folded in: together nine times quicker than burn-flex's own.

use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Tensor, TensorData, TensorPrimitive, activation, backend::Backend, module};
use burn_flex::{Flex, FlexTensor};
use burn_wgpu::Wgpu;

use crate::convolution::{self, Kernel, Padded, Planes};
use crate::instructions::Instructions;
use crate::weights::LayerWeights;

/// A 3×3 convolution's parameters on a backend.
pub(crate) struct Layer<B: Backend> {
    /// `[output channel, input channel, 3, 3]`.
    pub(crate) weights: Tensor<B, 4>,
    /// `[output channel]`.
    pub(crate) bias: Tensor<B, 1>,
}

impl<B: Backend> Layer<B> {
    /// Puts a layer's parameters on a device.
    pub(crate) fn upload(layer: &LayerWeights, device: &B::Device) -> Self {
        let shape = [layer.outputs, layer.inputs, 3, 3];
        Self {
            weights: Tensor::from_data(TensorData::new(layer.weights.clone(), shape), device),
            bias: Tensor::from_data(TensorData::new(layer.bias.clone(), [layer.outputs]), device),
        }
    }
}

/// The networks' kinds of step. Tensors are `[1, channel, row, column]`, taken over so that they are freed at
/// once where nothing else holds them.
pub(crate) trait Layers: Backend {
    /// max(0, layer ∗ x), same size, zero beyond the border.
    fn convolve(layer: &Layer<Self>, x: Tensor<Self, 4>) -> Tensor<Self, 4> {
        activation::relu(Self::convolve_signed(layer, x))
    }

    /// layer ∗ x, same size, zero beyond the border.
    fn convolve_signed(layer: &Layer<Self>, x: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        module::conv2d(x, layer.weights.clone(), Some(layer.bias.clone()), options)
    }

    /// max(0, layer ∗ (x at twice its size, then skip)); each value of `x` fills 2×2.
    fn join_and_convolve(layer: &Layer<Self>, x: Tensor<Self, 4>, skip: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let [_, _, rows, columns] = skip.dims();
        let nearest = InterpolateOptions::new(InterpolateMode::Nearest);
        let doubled = module::interpolate(x, [rows, columns], nearest);
        Self::convolve(layer, Tensor::cat(vec![doubled, skip], 1))
    }

    /// The maximum of each 2×2.
    fn halve(x: Tensor<Self, 4>) -> Tensor<Self, 4> {
        module::max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], false)
    }
}

impl Layers for Wgpu {}

impl Layers for Flex {
    fn convolve(layer: &Layer<Self>, x: Tensor<Self, 4>) -> Tensor<Self, 4> {
        convolve_on_cpu(layer, &pad(vec![(x, false)]), 0.0)
    }

    fn convolve_signed(layer: &Layer<Self>, x: Tensor<Self, 4>) -> Tensor<Self, 4> {
        convolve_on_cpu(layer, &pad(vec![(x, false)]), f32::NEG_INFINITY)
    }

    fn join_and_convolve(layer: &Layer<Self>, x: Tensor<Self, 4>, skip: Tensor<Self, 4>) -> Tensor<Self, 4> {
        convolve_on_cpu(layer, &pad(vec![(x, true), (skip, false)]), 0.0)
    }

    fn halve(x: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let [_, channels, rows, columns] = x.dims();
        let halved = convolution::halve(values(&contiguous(x)), [columns, rows]);
        tensor(halved, [1, channels, rows / 2, columns / 2])
    }
}

/// Copies the inputs, each with whether it is at half size, into one, and frees them.
fn pad(inputs: Vec<(Tensor<Flex, 4>, bool)>) -> Padded {
    let held: Vec<(FlexTensor, bool)> =
        inputs.into_iter().map(|(input, doubled)| (contiguous(input), doubled)).collect();
    let planes: Vec<Planes<'_>> = held
        .iter()
        .map(|(input, doubled)| {
            let shape = input.layout().shape();
            Planes { data: values(input), channels: shape[1], size: [shape[3], shape[2]], doubled: *doubled }
        })
        .collect();
    Padded::new(&planes)
}

fn convolve_on_cpu(layer: &Layer<Flex>, input: &Padded, floor: f32) -> Tensor<Flex, 4> {
    let (weights, bias) = (contiguous(layer.weights.clone()), contiguous(layer.bias.clone()));
    let kernel = Kernel { weights: values(&weights), bias: values(&bias) };
    let [columns, rows] = input.size();
    let output = convolution::convolve(Instructions::available()[0], input, kernel, floor);
    tensor(output, [1, kernel.bias.len(), rows, columns])
}

fn contiguous<const D: usize>(tensor: Tensor<Flex, D>) -> FlexTensor {
    tensor.into_primitive().tensor().to_contiguous()
}

/// All values of a contiguous tensor.
fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> Tensor<Flex, 4> {
    Tensor::from_primitive(TensorPrimitive::Float(FlexTensor::from_data(TensorData::new(values, shape))))
}
