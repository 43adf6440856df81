//! The autoencoder's `config.json` to its shape.

use std::path::Path;

use serde::Deserialize;

use crate::Error;
use crate::wan::config;

/// The shape of an autoencoder, with the names of `AutoencoderKLWan` in diffusers. The default is the published Wan
/// 2.1.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct VaeConfig {
    /// Channels at full size.
    pub(crate) base_dim: usize,
    /// The same of the decoder, if it differs.
    pub(crate) decoder_base_dim: Option<usize>,
    /// Channels of a latent.
    pub(crate) z_dim: usize,
    /// Channels at each size over `base_dim`, from full size down.
    pub(crate) dim_mult: Vec<usize>,
    /// Residual blocks a size in the encoder; the decoder has one more.
    pub(crate) num_res_blocks: usize,
    /// Whether time is halved too, at each halving of the picture.
    #[serde(rename = "temperal_downsample")]
    pub(crate) temporal_downsample: Vec<bool>,
    /// Mean of each latent channel.
    pub(crate) latents_mean: Vec<f32>,
    /// Standard deviation of each latent channel.
    pub(crate) latents_std: Vec<f32>,
    attn_scales: Vec<f32>,
    is_residual: bool,
    in_channels: usize,
    out_channels: usize,
    patch_size: Option<usize>,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            base_dim: 96,
            decoder_base_dim: None,
            z_dim: 16,
            dim_mult: vec![1, 2, 4, 4],
            num_res_blocks: 2,
            temporal_downsample: vec![false, true, true],
            latents_mean: vec![
                -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517,
                -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
            ],
            latents_std: vec![
                2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652,
                1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
            ],
            attn_scales: Vec::new(),
            is_residual: false,
            in_channels: 3,
            out_channels: 3,
            patch_size: None,
        }
    }
}

impl VaeConfig {
    /// Reads a `config.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        config::read(path, Self::check)
    }

    /// Reads a folder's `config.json`; a file without one holds Wan 2.1's shape.
    pub(crate) fn beside(path: &Path) -> Result<Self, Error> {
        let config = path.join("config.json");
        if config.exists() { Self::read(&config) } else { Ok(Self::default()) }
    }

    /// Halvings of the picture.
    pub(crate) fn halvings(&self) -> usize {
        self.dim_mult.len() - 1
    }

    /// Says what cannot be built.
    pub(super) fn check(&self) -> Result<(), String> {
        let sizes = self.dim_mult.len();
        let decoder = self.decoder_base_dim.unwrap_or(self.base_dim);
        let widths = [self.base_dim, decoder, self.z_dim];
        let halved = self.temporal_downsample.iter().filter(|halves| **halves).count();
        let constants = [&self.latents_mean, &self.latents_std];
        let rules = [
            (
                !self.is_residual && self.patch_size.is_none_or(|size| size == 1),
                "is_residual and patch_size belong to Wan 2.2, whose autoencoder is another; Wan 2.1 is expected",
            ),
            (self.attn_scales.is_empty(), "attn_scales must be empty, as in every published model"),
            ([self.in_channels, self.out_channels] == [3, 3], "in_channels and out_channels must be 3"),
            (
                (2..=6).contains(&sizes) && self.dim_mult.iter().all(|multiple| (1..=64).contains(multiple)),
                "dim_mult needs 2 to 6 numbers from 1 to 64",
            ),
            (
                widths.iter().all(|width| (1..=4096).contains(width)),
                "base_dim, decoder_base_dim and z_dim go from 1 to 4096",
            ),
            ((1..=64).contains(&self.num_res_blocks), "num_res_blocks goes from 1 to 64"),
            (
                self.dim_mult.iter().skip(1).all(|multiple| decoder * multiple > 1),
                "the decoder halves its channels, so it needs at least 2",
            ),
            (
                self.temporal_downsample.len() + 1 == sizes && halved == 2,
                "temperal_downsample needs a value each halving of the picture, two of them true: four frames a latent",
            ),
            (
                constants.iter().all(|values| values.len() == self.z_dim),
                "latents_mean and latents_std need z_dim numbers each",
            ),
            (self.latents_std.iter().all(|deviation| *deviation > 0.0), "latents_std must be above 0"),
        ];
        let broken = rules.iter().find(|(holds, _)| !holds);
        broken.map_or(Ok(()), |(_, rule)| Err((*rule).to_owned()))
    }
}
