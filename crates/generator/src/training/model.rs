//! The temporal head as burn trains it. Same layers and names as `temporal::head`, with gradients.

use burn::{
    module::{Module, Param},
    nn::{
        PaddingConfig2d,
        conv::{Conv2d, Conv2dConfig},
    },
    tensor::{
        Tensor, activation,
        backend::Backend,
        module::{interpolate, max_pool2d},
        ops::{InterpolateMode, InterpolateOptions},
    },
};

use crate::{
    temporal::{HeadWeights, LAYERS},
    weights::LayerWeights,
};

/// The head with its parameters.
#[derive(Module, Debug)]
pub(crate) struct Model<B: Backend> {
    layers: Vec<Conv2d<B>>,
}

impl<B: Backend> Model<B> {
    /// Random layers (Kaiming), the last one zero, so that training starts from plain accumulation.
    pub(crate) fn new(device: &B::Device, seed: u64) -> Self {
        B::seed(device, seed);
        let layers = LAYERS.iter().map(|&(_, inputs, outputs)| {
            Conv2dConfig::new([inputs, outputs], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        });
        let mut layers: Vec<Conv2d<B>> = layers.collect();
        if let Some(last) = layers.last_mut() {
            last.weight = Param::from_tensor(Tensor::zeros(last.weight.dims(), device));
            last.bias = last.bias.take().map(|bias| Param::from_tensor(Tensor::zeros(bias.dims(), device)));
        }
        Self { layers }
    }

    /// `[batch, channels, height, width]` evidence to logits; sides are multiples of 8.
    pub(crate) fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let convolve = |at: usize, x| activation::relu(self.layers[at].forward(x));
        let full = convolve(0, input);
        let half = convolve(1, halve(full.clone()));
        let quarter = convolve(2, halve(half.clone()));
        let x = convolve(4, convolve(3, halve(quarter.clone())));
        let x = convolve(5, join(x, quarter));
        let x = convolve(6, join(x, half));
        let x = convolve(7, join(x, full));
        self.layers[8].forward(x)
    }

    /// The answer to one example.
    #[cfg(test)]
    pub(crate) fn answer(&self, example: &super::Example) -> Vec<f32> {
        let [width, height] = example.size;
        let shape = [1, crate::temporal::CHANNELS, height, width];
        let evidence = burn::tensor::TensorData::new(example.evidence.clone(), shape);
        self.forward(Tensor::from_data(evidence, &B::Device::default())).into_data().iter::<f32>().collect()
    }

    /// The parameters, for `temporal::Head` or a file.
    pub(crate) fn weights(&self) -> HeadWeights {
        let layers = self.layers.iter().zip(LAYERS).map(|(layer, (_, inputs, outputs))| LayerWeights {
            inputs,
            outputs,
            weights: layer.weight.val().into_data().iter::<f32>().collect(),
            bias: layer
                .bias
                .iter()
                .flat_map(|bias| bias.val().into_data().iter::<f32>().collect::<Vec<_>>())
                .collect(),
        });
        HeadWeights(layers.collect())
    }
}

fn halve<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 4> {
    max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], false)
}

fn join<B: Backend>(x: Tensor<B, 4>, skip: Tensor<B, 4>) -> Tensor<B, 4> {
    let [_, _, rows, columns] = skip.dims();
    let doubled = interpolate(x, [rows, columns], InterpolateOptions::new(InterpolateMode::Nearest));
    Tensor::cat(vec![doubled, skip], 1)
}
