//! A network's steps on a GPU: burn's own operations, in single or in half precision.

use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{DType, Tensor, TensorData, activation, module};
use burn_wgpu::{Wgpu, WgpuDevice};

use crate::convolution::Input;
use crate::topology::Finish;
use crate::unet::Steps;
use crate::weights::LayerWeights;

/// A 3×3 convolution's parameters.
pub(crate) struct Layer {
    /// `[output channel, input channel, 3, 3]`.
    weights: Tensor<Wgpu, 4>,
    /// `[output channel]`.
    bias: Tensor<Wgpu, 1>,
}

/// One of burn's wgpu devices.
pub(crate) struct OnGpu {
    pub(crate) device: WgpuDevice,
    /// Of weights and maps.
    pub(crate) kind: DType,
}

impl OnGpu {
    fn tensor<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Tensor<Wgpu, D> {
        Tensor::<Wgpu, D>::from_data(TensorData::new(values, shape), &self.device).cast(self.kind)
    }
}

impl Steps for OnGpu {
    type Layer = Layer;
    /// `[1, channel, row, column]`.
    type Map = Tensor<Wgpu, 4>;

    fn layer(&self, weights: &LayerWeights, _: &[usize]) -> Layer {
        let shape = [weights.outputs, weights.inputs, 3, 3];
        Layer {
            weights: self.tensor(weights.weights.clone(), shape),
            bias: self.tensor(weights.bias.clone(), [weights.outputs]),
        }
    }

    fn enter(&self, planes: Vec<f32>, channels: usize, [width, height]: [usize; 2]) -> Self::Map {
        self.tensor(planes, [1, channels, height, width])
    }

    fn convolve(&self, layer: &Layer, inputs: &[Input<'_, Self::Map>], finish: Finish) -> Self::Map {
        let mut maps: Vec<_> = inputs.iter().map(full_size).collect();
        let joined = if maps.len() == 1 { maps.remove(0) } else { Tensor::cat(maps, 1) };
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        let bias = Some(layer.bias.clone());
        let sums = module::conv2d(joined, layer.weights.clone(), bias, options);
        match finish {
            Finish::Signed => sums,
            Finish::Rectified => activation::relu(sums),
            Finish::RectifiedAndHalved => self.halve(&activation::relu(sums)),
        }
    }

    fn halve(&self, map: &Self::Map) -> Self::Map {
        module::max_pool2d(map.clone(), [2, 2], [2, 2], [0, 0], [1, 1], false)
    }

    fn leave(&self, map: Self::Map) -> Result<Vec<f32>, String> {
        let data = map.cast(DType::F32).try_into_data().map_err(|error| format!("{error:?}"))?;
        data.into_vec().map_err(|error| format!("{error:?}"))
    }
}

fn full_size(input: &Input<'_, Tensor<Wgpu, 4>>) -> Tensor<Wgpu, 4> {
    let map = input.map.clone();
    if !input.doubled {
        return map;
    }
    let [_, _, rows, columns] = map.dims();
    module::interpolate(map, [2 * rows, 2 * columns], InterpolateOptions::new(InterpolateMode::Nearest))
}
