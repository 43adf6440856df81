//! Layers that bring tokens to one scale. Squares overflow in half precision, so scales are found in single.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};

use super::checkpoint::Parameters;
use super::reduce::mean_last;
use crate::Error;

/// Division by the root mean square of the last axis, then a learned gain (Zhang and Sennrich 2019).
#[derive(Debug)]
pub(crate) struct RmsNorm<B: Backend> {
    /// `[channel]`.
    gain: Tensor<B, 1>,
    eps: f64,
}

impl<B: Backend> RmsNorm<B> {
    /// Reads `<name>.weight`; `eps` is added to the mean square.
    pub(crate) fn load(
        parameters: &Parameters<'_, B>,
        name: &str,
        channels: usize,
        eps: f64,
    ) -> Result<Self, Error> {
        Ok(Self { gain: parameters.within(name).tensor("weight", [channels])?, eps })
    }

    /// `[…, channel]` to the same.
    pub(crate) fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let kind = input.dtype();
        let input = input.cast(DType::F32);
        let scale = (mean_last(input.clone().square()) + self.eps).sqrt();
        (input / scale).cast(kind) * self.gain.clone().unsqueeze()
    }
}

/// Zero mean and unit variance of the last axis (Ba et al. 2016), then a learned gain and offset, if any.
#[derive(Debug)]
pub(crate) struct LayerNorm<B: Backend> {
    /// Gain and offset, `[channel]` each.
    learned: Option<[Tensor<B, 1>; 2]>,
    eps: f64,
}

impl<B: Backend> LayerNorm<B> {
    /// Without gain and offset; `eps` is added to the variance.
    pub(crate) fn plain(eps: f64) -> Self {
        Self { learned: None, eps }
    }

    /// Reads `<name>.weight` and `<name>.bias`.
    pub(crate) fn load(
        parameters: &Parameters<'_, B>,
        name: &str,
        channels: usize,
        eps: f64,
    ) -> Result<Self, Error> {
        let parameters = parameters.within(name);
        let [gain, offset] = ["weight", "bias"].map(|name| parameters.tensor(name, [channels]));
        Ok(Self { learned: Some([gain?, offset?]), eps })
    }

    /// `[…, channel]` to the same.
    pub(crate) fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let kind = input.dtype();
        let input = input.cast(DType::F32);
        let centred = input.clone() - mean_last(input);
        let scale = (mean_last(centred.clone().square()) + self.eps).sqrt();
        let normal = (centred / scale).cast(kind);
        match &self.learned {
            Some([gain, offset]) => normal * gain.clone().unsqueeze() + offset.clone().unsqueeze(),
            None => normal,
        }
    }
}
