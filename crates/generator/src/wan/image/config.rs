//! An image encoder's `config.json` to its sizes, checked.

use std::path::Path;

use serde::Deserialize;

use crate::Error;
use crate::wan::config;

/// The sizes of a vision transformer, by the names in its `config.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Config {
    /// Channels of a token.
    pub(crate) hidden_size: usize,
    /// Channels inside a feed-forward layer.
    pub(crate) intermediate_size: usize,
    pub(crate) num_hidden_layers: usize,
    pub(crate) num_attention_heads: usize,
    /// Colours of a picture: 3.
    pub(crate) num_channels: usize,
    /// Pixels along both sides of a picture.
    pub(crate) image_size: usize,
    /// Pixels along both sides of a patch.
    pub(crate) patch_size: usize,
    pub(crate) hidden_act: Activation,
    /// Added to variances.
    pub(crate) layer_norm_eps: f64,
}

/// What bends inside a feed-forward layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Activation {
    /// `x·Φ(x)`, in the encoder that Wan comes with.
    Gelu,
    /// `x·sigmoid(1.702 x)`, in CLIP's own.
    QuickGelu,
}

impl Config {
    /// Reads and checks a `config.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        config::read(path, Self::check)
    }

    /// Patches along one side of a picture.
    pub(super) fn patches(&self) -> usize {
        self.image_size / self.patch_size
    }

    /// Tokens of a picture: its patches, and one of the whole.
    pub(crate) fn tokens(&self) -> usize {
        1 + self.patches().pow(2)
    }

    fn check(&self) -> Result<(), String> {
        // The limits are far above every published model and keep products of sizes from overflowing.
        for (name, size, least, most) in [
            ("hidden_size", self.hidden_size, 1, 1 << 16),
            ("intermediate_size", self.intermediate_size, 1, 1 << 20),
            ("num_hidden_layers", self.num_hidden_layers, 1, 1 << 12),
            ("num_attention_heads", self.num_attention_heads, 1, 1 << 12),
            ("num_channels", self.num_channels, 3, 3),
            ("image_size", self.image_size, 1, 1 << 12),
            ("patch_size", self.patch_size, 1, 1 << 12),
        ] {
            if !(least..=most).contains(&size) {
                return Err(format!("`{name}` is {size}, it must be {least} to {most}"));
            }
        }
        for (name, size, part, of) in [
            ("hidden_size", self.hidden_size, "num_attention_heads", self.num_attention_heads),
            ("image_size", self.image_size, "patch_size", self.patch_size),
        ] {
            if !size.is_multiple_of(of) {
                return Err(format!("`{name}` is {size}, it must be a multiple of `{part}`, {of}"));
            }
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            return Err(format!("`layer_norm_eps` is {}, it must be between 0 and 1", self.layer_norm_eps));
        }
        Ok(())
    }
}
