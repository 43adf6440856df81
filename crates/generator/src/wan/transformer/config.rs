//! A transformer's `config.json` to its sizes, checked.

use std::path::Path;

use serde::Deserialize;

use crate::Error;

/// The sizes of a Wan transformer, by the names in its `config.json`: those of diffusers, or of Wan's original files. What a file leaves out is as in the 14
/// B model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// Frames, rows and columns of latents that make one token.
    pub(crate) patch_size: [usize; 3],
    #[serde(alias = "num_heads")]
    pub(crate) num_attention_heads: usize,
    pub(crate) attention_head_dim: usize,
    /// Channels of the latents that go in: 16 for text to video, 36 with a first frame (16 noisy, 4 of a
    /// mask, 16 of the frame), 96 with a G-buffer (16 noisy, and 16 each of albedo, depth, metallic, normal
    /// and roughness).
    #[serde(alias = "in_dim")]
    pub(crate) in_channels: usize,
    /// Channels of the velocity that comes out.
    #[serde(alias = "out_dim")]
    pub(crate) out_channels: usize,
    /// Channels of the text encoder.
    pub(crate) text_dim: usize,
    /// Channels of the sines and cosines of time.
    pub(crate) freq_dim: usize,
    /// Channels inside a feed-forward layer.
    pub(crate) ffn_dim: usize,
    pub(crate) num_layers: usize,
    /// Whether cross-attention's input is normalised.
    pub(crate) cross_attn_norm: bool,
    /// How queries and keys are normalised; there is one way.
    pub(crate) qk_norm: Option<String>,
    /// Added to variances.
    pub(crate) eps: f64,
    /// Channels of the image encoder, if pictures may be attended to.
    pub(crate) image_dim: Option<usize>,
    /// Channels of what keys and values of pictures are made from: the transformer's own.
    pub(crate) added_kv_proj_dim: Option<usize>,
    /// Tokens along one axis at most.
    pub(crate) rope_max_seq_len: usize,
    /// Tokens of the two pictures together, if they have learned positions (first and last frame).
    pub(crate) pos_embed_seq_len: Option<usize>,
    /// Behind which layers control comes in (VACE).
    pub(crate) vace_layers: Vec<usize>,
    /// Channels of the control latents (VACE): 16 of what stays, 16 of what changes, 64 of the mask.
    #[serde(alias = "vace_in_dim")]
    pub(crate) vace_in_channels: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            patch_size: [1, 2, 2],
            num_attention_heads: 40,
            attention_head_dim: 128,
            in_channels: 16,
            out_channels: 16,
            text_dim: 4096,
            freq_dim: 256,
            ffn_dim: 13_824,
            num_layers: 40,
            cross_attn_norm: true,
            qk_norm: Some(QK_NORM.to_owned()),
            eps: 1e-6,
            image_dim: None,
            added_kv_proj_dim: None,
            rope_max_seq_len: 1024,
            pos_embed_seq_len: None,
            vace_layers: Vec::new(),
            vace_in_channels: 96,
        }
    }
}

const QK_NORM: &str = "rms_norm_across_heads";
/// Far above every published model: keeps products of sizes from overflowing.
const LARGEST: usize = 1 << 20;
/// Layers, heads, channels of a head, patch sides: far above every published model.
const MOST: usize = 1 << 12;

impl Config {
    /// Reads and checks a `config.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        crate::wan::config::read(path, Self::check)
    }

    /// Channels of a token.
    pub(crate) fn width(&self) -> usize {
        self.num_attention_heads * self.attention_head_dim
    }

    /// Latents in one token, for one channel.
    pub(crate) fn patch(&self) -> usize {
        self.patch_size.iter().product()
    }

    /// What is wrong with it.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut sizes = vec![
            ("num_attention_heads", self.num_attention_heads, MOST),
            ("attention_head_dim", self.attention_head_dim, MOST),
            ("num_layers", self.num_layers, MOST),
            ("in_channels", self.in_channels, MOST),
            ("out_channels", self.out_channels, MOST),
            ("vace_in_channels", self.vace_in_channels, MOST),
            ("text_dim", self.text_dim, LARGEST),
            ("freq_dim", self.freq_dim, LARGEST),
            ("ffn_dim", self.ffn_dim, LARGEST),
            ("rope_max_seq_len", self.rope_max_seq_len, LARGEST),
        ];
        sizes.extend(self.patch_size.iter().map(|&side| ("patch_size", side, 64)));
        sizes.extend(self.image_dim.map(|size| ("image_dim", size, LARGEST)));
        sizes.extend(self.pos_embed_seq_len.map(|size| ("pos_embed_seq_len", size, LARGEST)));
        for (name, size, most) in sizes {
            if !(1..=most).contains(&size) {
                return Err(format!("`{name}` is {size}, it must be 1 to {most}"));
            }
        }
        self.check_shape()
    }

    fn check_shape(&self) -> Result<(), String> {
        let refuse = |problem: String| Err(problem);
        if !self.attention_head_dim.is_multiple_of(2) || self.attention_head_dim < 6 {
            return refuse(format!(
                "`attention_head_dim` is {}, it must be even and at least 6",
                self.attention_head_dim
            ));
        }
        if !self.freq_dim.is_multiple_of(2) {
            return refuse(format!("`freq_dim` is {}, it must be even", self.freq_dim));
        }
        if !(self.eps > 0.0 && self.eps < 1.0) {
            return refuse(format!("`eps` is {}, it must be between 0 and 1", self.eps));
        }
        if self.qk_norm.as_deref().is_some_and(|norm| norm != QK_NORM) {
            return refuse(format!("`qk_norm` is {:?}, only {QK_NORM:?} is known", self.qk_norm));
        }
        if self.added_kv_proj_dim.is_some_and(|size| size != self.width()) {
            return refuse(format!(
                "`added_kv_proj_dim` is {:?} instead of {}",
                self.added_kv_proj_dim,
                self.width()
            ));
        }
        if self.added_kv_proj_dim.is_some() != self.image_dim.is_some() {
            return refuse("`image_dim` and `added_kv_proj_dim` need each other".to_owned());
        }
        self.check_control()
    }

    fn check_control(&self) -> Result<(), String> {
        let layers = &self.vace_layers;
        let rising = layers.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = layers.last().is_none_or(|&last| last < self.num_layers);
        if rising && inside && layers.first().is_none_or(|&first| first == 0) {
            return Ok(());
        }
        Err(format!("`vace_layers` is {layers:?}, it must rise from 0 and end below {}", self.num_layers))
    }
}
