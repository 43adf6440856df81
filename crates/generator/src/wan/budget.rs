//! A video's size and a device's free memory to how the model runs there, before anything is allocated.
//!
//! The three networks run one after the other: the text encoder, a layer at a time; the autoencoder over the guiding
//! videos; the transformer; the autoencoder over the result. What each needs beside its weights grows with the tokens or
//! pixels; the factors were measured on the CPU at real width (`examples/wan_cost.rs`: peaks of 960 to 7680 tokens and
//! of 64×64 to 256×192 pixels, which they meet within 15 %). A GPU's allocator comes on top.

use std::fmt;

use super::attention::MAX_SCORES;
use super::checkpoint::Precision;
use super::text;
use super::transformer::Config;
use super::vae::{Tiling, VaeConfig};

/// What one window of a video asks for.
#[derive(Clone, Debug)]
pub(crate) struct Work<'a> {
    pub(crate) transformer: &'a Config,
    pub(crate) vae: &'a VaeConfig,
    pub(crate) text: &'a text::Config,
    /// Values in the transformer's and the autoencoder's files ([`Checkpoint::values`](super::Checkpoint::values)).
    pub(crate) values: [u64; 2],
    /// Of transformer and autoencoder; text is encoded in single precision.
    pub(crate) precision: Precision,
    /// Guiding videos.
    pub(crate) controls: usize,
    /// Frames (1 + 4n), rows and columns, in pixels.
    pub(crate) size: [usize; 3],
}

/// How a window runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The most bytes at once.
    pub(crate) bytes: u64,
    /// The bytes that it was made for.
    pub(crate) free: u64,
    /// Whether transformer and autoencoder stay on the device together; else each is loaded when its turn comes.
    pub(crate) together: bool,
    /// How the autoencoder takes pictures, if not whole.
    pub(crate) tiling: Option<Tiling>,
    /// Parts in which tokens attend to each other.
    pub(crate) attention_parts: usize,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{columns}×{rows} with {frames} frames at a time needs {:.1} GB, {:.1} GB are free: {hint}",
    giga(*bytes), giga(*free),
    frames = size[0], rows = size[1], columns = size[2]
)]
pub(crate) struct TooLarge {
    /// The fewest bytes that it takes.
    pub(crate) bytes: u64,
    pub(crate) free: u64,
    /// Frames, rows and columns.
    pub(crate) size: [usize; 3],
    /// What would fit.
    pub(crate) hint: String,
}

/// Tensors of all tokens that a block holds at once, beside one for each control: measured 5 in single precision with
/// one control. Norms of half precision are found in single, which counts double.
const TOKEN_TENSORS: [f64; 2] = [4.0, 7.0];
/// Tensors of a chunk of scores, or of widened tokens.
const CHUNK_TENSORS: f64 = 2.5;
/// Tensors of four frames at the first layer's width that the autoencoder holds at once, with what its causal layers
/// remember.
const FRAME_TENSORS: f64 = 14.5;

impl Work<'_> {
    /// The plan that changes least: the autoencoder whole rather than in tiles, then both networks together rather than
    /// in turn.
    pub(crate) fn plan(&self, free: u64) -> Result<Plan, TooLarge> {
        let tiles = Some(Tiling::default());
        let choices = [(None, true), (None, false), (tiles, true), (tiles, false)];
        let plans = choices.map(|(tiling, together)| self.choice(tiling, together, free));
        let least = plans.iter().map(|plan| plan.bytes).min().unwrap_or(0);
        plans.into_iter().find(|plan| plan.bytes <= free).ok_or_else(|| TooLarge {
            bytes: least,
            free,
            size: self.size,
            hint: self.hint(free),
        })
    }

    fn choice(&self, tiling: Option<Tiling>, together: bool, free: u64) -> Plan {
        let weights = self.values.map(|values| values as f64 * self.width());
        let beside = |other: usize| if together { weights[other] } else { 0.0 };
        let sampling = weights[0] + beside(1) + self.sampling();
        let coding = weights[1] + beside(0) + self.coding(tiling);
        let bytes = sampling.max(coding).max(self.encoding()).ceil() as u64;
        let scores = self.transformer.num_attention_heads * self.tokens().pow(2);
        Plan { bytes, free, together, tiling, attention_parts: scores.div_ceil(MAX_SCORES) }
    }

    /// Bytes a value.
    fn width(&self) -> f64 {
        match self.precision {
            Precision::Single => 4.0,
            Precision::Half => 2.0,
        }
    }

    /// Tokens of the window.
    pub(crate) fn tokens(&self) -> usize {
        let [frames, rows, columns] = self.latents();
        let [deep, high, wide] = self.transformer.patch_size;
        (frames / deep) * (rows / high) * (columns / wide)
    }

    fn latents(&self) -> [usize; 3] {
        let [frames, rows, columns] = self.size;
        let scale = 1 << self.vae.halvings();
        [1 + frames.saturating_sub(1) / 4, rows / scale, columns / scale]
    }

    /// What the transformer needs beside its weights.
    fn sampling(&self) -> f64 {
        let tokens = self.tokens() as f64;
        let held = match self.precision {
            Precision::Single => TOKEN_TENSORS[0],
            Precision::Half => TOKEN_TENSORS[1],
        };
        let states = (held + self.controls as f64) * tokens * self.transformer.width() as f64 * self.width();
        let scores = (tokens * tokens * self.transformer.num_attention_heads as f64).min(MAX_SCORES as f64);
        let wide = (tokens * self.transformer.ffn_dim as f64).min(MAX_SCORES as f64);
        // Weights of scores are found in single precision.
        let chunks = CHUNK_TENSORS * (4.0 * scores).max(self.width() * wide);
        let channels = self.transformer.in_channels + self.controls * self.transformer.vace_in_channels;
        let latents =
            self.latents().iter().product::<usize>() * (channels + 4 * self.transformer.out_channels);
        states + chunks + 4.0 * latents as f64
    }

    /// What the autoencoder needs beside its weights: a piece on its way, and the video twice.
    fn coding(&self, tiling: Option<Tiling>) -> f64 {
        let [frames, rows, columns] = self.size;
        let side = |pixels: usize| tiling.map_or(pixels, |tiling| pixels.min(tiling.side()));
        let width = self.vae.base_dim.max(self.vae.decoder_base_dim.unwrap_or(0));
        let piece = 4 * width * side(rows) * side(columns);
        let video = 3 * frames * rows * columns;
        self.width() * (FRAME_TENSORS * piece as f64 + 2.0 * video as f64)
    }

    /// What the text encoder needs: a layer, and the scores of 512 tokens.
    fn encoding(&self) -> f64 {
        let text::Config { d_model, d_ff, num_heads, .. } = *self.text;
        let layer = 4 * d_model * self.text.inner() + 3 * d_model * d_ff;
        let tokens = text::TOKENS;
        let scores = num_heads * tokens * tokens;
        4.0 * (layer as f64 + 3.0 * scores as f64 + CHUNK_TENSORS * (tokens * d_ff) as f64)
    }

    /// The most frames that fit at this size; or else the largest picture of this shape.
    fn hint(&self, free: u64) -> String {
        let fits = |size| {
            let work = Work { size, ..self.clone() };
            work.choice(Some(Tiling::default()), false, free).bytes <= free
        };
        let [frames, rows, columns] = self.size;
        let shorter =
            (1..frames).rev().filter(|frames| frames % 4 == 1).find(|&count| fits([count, rows, columns]));
        if let Some(count) = shorter {
            return format!("{count} frames at a time would fit");
        }
        let smaller =
            (1..rows / 16).rev().map(|step| [frames, 16 * step, columns * step / (rows / 16) / 16 * 16]);
        match smaller.into_iter().find(|&size| size[2] > 0 && fits(size)) {
            Some([_, rows, columns]) => format!("{columns}×{rows} would fit"),
            None => "no size would fit; a smaller model might".to_owned(),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "needs {:.1} GB of {:.1} free: ", giga(self.bytes), giga(self.free))?;
        write!(formatter, "autoencoder {}", if self.tiling.is_some() { "in tiles" } else { "whole" })?;
        let order = if self.together { "beside the transformer" } else { "and transformer in turn" };
        write!(formatter, " {order}, attention in {} parts", self.attention_parts)
    }
}

fn giga(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an 8 GB card has free beside a desktop, and so on.
    const CARDS: [u64; 3] = [7_200_000_000, 15_000_000_000, 23_000_000_000];

    struct Model {
        transformer: Config,
        vae: VaeConfig,
        text: text::Config,
    }

    impl Model {
        /// Wan2.1-VACE-1.3B.
        fn published(layers: usize) -> Self {
            let transformer = Config {
                num_attention_heads: 12,
                ffn_dim: 8960,
                num_layers: layers,
                vace_layers: (0..layers).step_by(2).collect(),
                ..Config::default()
            };
            let text = br#"{"vocab_size": 256384, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24, "num_heads": 64}"#;
            Self { transformer, vae: VaeConfig::default(), text: serde_json::from_slice(text).unwrap() }
        }

        fn work(&self, values: u64, precision: Precision, size: [usize; 3]) -> Work<'_> {
            let Self { transformer, vae, text } = self;
            Work { transformer, vae, text, values: [values, 126_892_531], precision, controls: 1, size }
        }
    }

    fn published(model: &Model, size: [usize; 3]) -> Work<'_> {
        model.work(2_153_972_032, Precision::Half, size)
    }

    #[test]
    fn peaks_are_those_that_were_measured() {
        let (thin, whole) = (Model::published(2), Model::published(30));
        let single = Precision::Single;
        for (work, measured) in [
            (thin.work(170_410_816, single, [13, 512, 512]), 0.96),
            (thin.work(170_410_816, single, [21, 512, 640]), 1.07),
            (whole.work(2_153_972_032, single, [13, 192, 320]), 8.76),
        ] {
            let weights = 4.0 * work.values[0] as f64;
            let ratio = (weights + work.sampling()) / (measured * 1e9);
            assert!((0.85..1.15).contains(&ratio), "{:?}: {ratio} of what was measured", work.size);
        }
        for (size, measured) in [([5, 128, 128], 0.92), ([5, 192, 256], 1.55)] {
            let work = whole.work(0, single, size);
            let ratio = (4.0 * work.values[1] as f64 + work.coding(None)) / (measured * 1e9);
            assert!((0.85..1.15).contains(&ratio), "{size:?}: {ratio} of what was measured");
        }
    }

    #[test]
    fn a_plan_fits_and_more_memory_never_changes_it_for_the_worse() {
        let model = Model::published(30);
        let work = published(&model, [81, 480, 832]);
        let mut last = None;
        for free in (1..60).map(|step| step * 500_000_000) {
            let Ok(plan) = work.plan(free) else {
                assert!(last.is_none(), "no plan for {free}, but for less");
                continue;
            };
            assert!(plan.bytes <= free, "{plan}");
            let rank = (plan.tiling.is_none(), plan.together);
            assert!(last.is_none_or(|last| rank >= last), "{plan}");
            last = Some(rank);
        }
        assert_eq!(last, Some((true, true)));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let model = Model::published(30);
        let refused = published(&model, [81, 720, 1280]).plan(5_000_000_000).unwrap_err().to_string();
        assert!(refused.starts_with("1280×720 with 81 frames at a time needs"), "{refused}");
        let frames: usize = refused.split(": ").last().unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(frames % 4 == 1 && frames < 81, "{refused}");
        assert!(published(&model, [frames, 720, 1280]).plan(5_000_000_000).is_ok());
        assert!(published(&model, [frames + 4, 720, 1280]).plan(5_000_000_000).is_err());
        let refused = published(&model, [81, 480, 832]).plan(2_000_000_000).unwrap_err().to_string();
        assert!(refused.ends_with("no size would fit; a smaller model might"), "{refused}");
    }

    #[test]
    fn the_published_model_fits_every_card_in_half_precision() {
        let model = Model::published(30);
        let work = published(&model, [81, 480, 832]);
        assert_eq!(work.tokens(), 32_760);
        let plans = CARDS.map(|free| work.plan(free).unwrap().to_string());
        println!("{plans:#?}");
        assert!(plans[0].starts_with("needs 5."), "{}", plans[0]);
        assert!(plans[2].contains("whole beside the transformer, attention in 768 parts"), "{}", plans[2]);
    }
}
