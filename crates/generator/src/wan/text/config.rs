//! A text encoder's `config.json` to its sizes, checked.

use std::path::Path;

use serde::Deserialize;

use crate::Error;
use crate::wan::config;

/// The sizes of a UMT5 encoder, by the names in its `config.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Config {
    /// Tokens that there are.
    pub(crate) vocab_size: usize,
    /// Channels of a token.
    pub(crate) d_model: usize,
    /// Channels of a head.
    pub(crate) d_kv: usize,
    /// Channels inside a feed-forward layer.
    pub(crate) d_ff: usize,
    pub(crate) num_layers: usize,
    pub(crate) num_heads: usize,
    /// Distances that are told apart, both directions together.
    #[serde(default = "buckets")]
    pub(crate) relative_attention_num_buckets: usize,
    /// From which distance on all are one.
    #[serde(default = "distance")]
    pub(crate) relative_attention_max_distance: usize,
    /// Added to mean squares.
    #[serde(default = "epsilon")]
    pub(crate) layer_norm_epsilon: f64,
    /// The kind of feed-forward layer; there is one.
    #[serde(default = "gated")]
    pub(crate) feed_forward_proj: String,
}

const GATED: &str = "gated-gelu";

fn buckets() -> usize {
    32
}

fn distance() -> usize {
    128
}

fn epsilon() -> f64 {
    1e-6
}

fn gated() -> String {
    GATED.to_owned()
}

impl Config {
    /// Reads and checks a `config.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        config::read(path, Self::check)
    }

    /// Channels of all heads together.
    pub(crate) fn inner(&self) -> usize {
        self.num_heads * self.d_kv
    }

    fn check(&self) -> Result<(), String> {
        // The limits are far above every published model and keep products of sizes from overflowing.
        for (name, size, most) in [
            ("vocab_size", self.vocab_size, 1 << 24),
            ("d_model", self.d_model, 1 << 16),
            ("d_kv", self.d_kv, 1 << 12),
            ("d_ff", self.d_ff, 1 << 20),
            ("num_layers", self.num_layers, 1 << 12),
            ("num_heads", self.num_heads, 1 << 12),
            ("relative_attention_num_buckets", self.relative_attention_num_buckets, 1 << 12),
            ("relative_attention_max_distance", self.relative_attention_max_distance, 1 << 20),
        ] {
            if !(1..=most).contains(&size) {
                return Err(format!("`{name}` is {size}, it must be 1 to {most}"));
            }
        }
        let (buckets, farthest) = (self.relative_attention_num_buckets, self.relative_attention_max_distance);
        if !buckets.is_multiple_of(4) || farthest <= buckets / 4 {
            return Err(format!(
                "`relative_attention_num_buckets` is {buckets} with a distance of {farthest}, it must be a multiple of 4 below 4 × the distance"
            ));
        }
        if !(self.layer_norm_epsilon > 0.0 && self.layer_norm_epsilon < 1.0) {
            return Err(format!(
                "`layer_norm_epsilon` is {}, it must be between 0 and 1",
                self.layer_norm_epsilon
            ));
        }
        if self.feed_forward_proj != GATED {
            return Err(format!(
                "`feed_forward_proj` is {:?}, only {GATED:?} is known",
                self.feed_forward_proj
            ));
        }
        Ok(())
    }
}
