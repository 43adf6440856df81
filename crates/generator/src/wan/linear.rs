//! A matrix and an offset, applied to the last axis.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};

use super::checkpoint::Parameters;
use crate::Error;

/// `weight · x + bias`.
#[derive(Debug)]
pub(crate) struct Linear<B: Backend> {
    /// `[input, output]`, in rows.
    weight: Tensor<B, 2>,
    /// `[output]`.
    bias: Option<Tensor<B, 1>>,
}

impl<B: Backend> Linear<B> {
    /// Reads `<name>.weight`, `[outputs, inputs]`, and `<name>.bias`, `[outputs]`.
    pub(crate) fn load(
        parameters: &Parameters<'_, B>,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, Error> {
        let parameters = parameters.within(name);
        let weight = parameters.matrix("weight", [outputs, inputs])?;
        Ok(Self { weight, bias: Some(parameters.tensor("bias", [outputs])?) })
    }

    /// Reads `<name>.weight`, `[outputs, inputs]`, alone.
    pub(crate) fn load_without_bias(
        parameters: &Parameters<'_, B>,
        name: &str,
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, Error> {
        Ok(Self { weight: parameters.within(name).matrix("weight", [outputs, inputs])?, bias: None })
    }

    /// Of a matrix `[input, output]` and an offset `[output]`.
    pub(crate) fn new(weight: Tensor<B, 2>, bias: Tensor<B, 1>) -> Self {
        Self { weight, bias: Some(bias) }
    }

    /// The precision of what goes in and comes out.
    pub(crate) fn precision(&self) -> DType {
        self.weight.dtype()
    }

    /// Channels that come out.
    pub(crate) fn outputs(&self) -> usize {
        self.weight.dims()[1]
    }

    /// `[…, input]` to `[…, output]`.
    pub(crate) fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let mut shape = input.dims();
        let [inputs, outputs] = self.weight.dims();
        let rows = shape[..D - 1].iter().product();
        shape[D - 1] = outputs;
        // One matrix product over all rows: a batched one would not be shared out between cores.
        let output = input.reshape([rows, inputs]).matmul(self.weight.clone());
        let output = match &self.bias {
            Some(bias) => output + bias.clone().unsqueeze(),
            None => output,
        };
        output.reshape(shape)
    }
}
