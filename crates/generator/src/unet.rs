//! The network: a U-Net of sixteen 3×3 convolutions over five sizes.
//!
//! Four times down by maxima, four times up by doubling, each level joined with what the way down saw there
//! (Ronneberger et al. 2015, in the shape of Open Image Denoise). Layers have their published names. Small and
//! base differ in channel counts only, which come with the weights.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::layers::{Layer, Layers};
use crate::weights::Weights;

/// The network on one backend.
pub(crate) struct Unet<B: Backend> {
    device: B::Device,
    enc_conv0: Layer<B>,
    enc_conv1: Layer<B>,
    enc_conv2: Layer<B>,
    enc_conv3: Layer<B>,
    enc_conv4: Layer<B>,
    enc_conv5a: Layer<B>,
    enc_conv5b: Layer<B>,
    dec_conv4a: Layer<B>,
    dec_conv4b: Layer<B>,
    dec_conv3a: Layer<B>,
    dec_conv3b: Layer<B>,
    dec_conv2a: Layer<B>,
    dec_conv2b: Layer<B>,
    dec_conv1a: Layer<B>,
    dec_conv1b: Layer<B>,
    dec_conv0: Layer<B>,
}

impl<B: Layers> Unet<B> {
    /// Puts the weights on a device.
    pub(crate) fn new(weights: &Weights, device: B::Device) -> Self {
        let [
            enc_conv0,
            enc_conv1,
            enc_conv2,
            enc_conv3,
            enc_conv4,
            enc_conv5a,
            enc_conv5b,
            dec_conv4a,
            dec_conv4b,
            dec_conv3a,
            dec_conv3b,
            dec_conv2a,
            dec_conv2b,
            dec_conv1a,
            dec_conv1b,
            dec_conv0,
        ] = weights.layers.each_ref().map(|layer| Layer::upload(layer, &device));
        Self {
            device,
            enc_conv0,
            enc_conv1,
            enc_conv2,
            enc_conv3,
            enc_conv4,
            enc_conv5a,
            enc_conv5b,
            dec_conv4a,
            dec_conv4b,
            dec_conv3a,
            dec_conv3b,
            dec_conv2a,
            dec_conv2b,
            dec_conv1a,
            dec_conv1b,
            dec_conv0,
        }
    }

    /// Runs the network. `features` holds nine planes of `width`×`height`, both multiples of 16; the result three.
    /// `Err` says what the backend said when the result could not be read back.
    pub(crate) fn run(&self, features: Vec<f32>, [width, height]: [usize; 2]) -> Result<Vec<f32>, String> {
        let input = Tensor::from_data(TensorData::new(features, [1, 9, height, width]), &self.device);
        let output = self.forward(input).try_into_data().map_err(|error| format!("{error:?}"))?;
        output.into_vec().map_err(|error| format!("{error:?}"))
    }

    /// `[1, 9, height, width]` to `[1, 3, height, width]`.
    fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let x = B::convolve(&self.enc_conv0, input.clone());
        let half = B::halve(B::convolve(&self.enc_conv1, x));
        let quarter = B::halve(B::convolve(&self.enc_conv2, half.clone()));
        let eighth = B::halve(B::convolve(&self.enc_conv3, quarter.clone()));
        let x = B::halve(B::convolve(&self.enc_conv4, eighth.clone()));
        let x = B::convolve(&self.enc_conv5a, x);
        let x = B::convolve(&self.enc_conv5b, x);
        let x = B::join_and_convolve(&self.dec_conv4a, x, eighth);
        let x = B::convolve(&self.dec_conv4b, x);
        let x = B::join_and_convolve(&self.dec_conv3a, x, quarter);
        let x = B::convolve(&self.dec_conv3b, x);
        let x = B::join_and_convolve(&self.dec_conv2a, x, half);
        let x = B::convolve(&self.dec_conv2b, x);
        let x = B::join_and_convolve(&self.dec_conv1a, x, input);
        let x = B::convolve(&self.dec_conv1b, x);
        B::convolve(&self.dec_conv0, x)
    }
}
