//! A video's size and a device's free memory to how the model runs there, before anything is allocated.
//!
//! The networks run one after the other: the encoders of text and of pictures, a layer at a time; the autoencoder over the
//! guiding videos; the transformer; the autoencoder over the result. What each needs beside its weights grows with the tokens or
//! pixels; the factors were measured on the CPU at real width (`examples/wan_cost.rs`: peaks of 960 to 7680 tokens and
//! of 64×64 to 256×192 pixels, which they meet within 15 %). A GPU's allocator comes on top. Attention counts as if in chunks:
//! kernels that hold no scores need less.

use std::fmt;

use super::attention::MAX_SCORES;
use super::checkpoint::Precision;
use super::image;
use super::text;
use super::transformer::Config;
use super::vae::{Tiling, VaeConfig};

/// What one window of a video asks for.
#[derive(Clone, Debug)]
pub(crate) struct Work<'a> {
    pub(crate) transformer: &'a Config,
    pub(crate) vae: &'a VaeConfig,
    pub(crate) text: &'a text::Config,
    /// Where pictures are attended to.
    pub(crate) image: Option<&'a image::Config>,
    /// Values in the transformer's and the autoencoder's files ([`Checkpoint::values`](super::Checkpoint::values)).
    pub(crate) values: [u64; 2],
    /// Of the transformer; text and pictures are encoded in single precision.
    pub(crate) precision: Precision,
    /// Guiding videos.
    pub(crate) controls: usize,
    /// Latent frames of reference pictures, which stand before every window.
    pub(crate) references: usize,
    /// Latent frames whose keys and values are kept, counted for each context they were found in; 0 where all frames of a
    /// window see each other.
    pub(crate) past: usize,
    /// Frames (1 + 4n), rows and columns, in pixels.
    pub(crate) size: [usize; 3],
    /// Frames of the whole video.
    pub(crate) length: usize,
    /// Whether it runs in the computer's own memory, where the video lies, too.
    pub(crate) beside_video: bool,
}

/// How a window runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The most bytes at once.
    pub(crate) bytes: u64,
    /// The bytes that there are, where that is known.
    pub(crate) free: Option<u64>,
    /// How the autoencoder takes pictures, if not whole.
    pub(crate) tiling: Option<Tiling>,
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
/// Single-precision tensors of a chunk of scores; half precision holds its own beside them.
const CHUNK_TENSORS: [f64; 2] = [2.5, 4.0];
/// Tensors of four frames at the first layer's width that the autoencoder holds at once, with what its causal layers
/// remember.
const FRAME_TENSORS: f64 = 14.5;

/// Tensors of all tokens that the image encoder holds at once: at its channels, and at those inside a feed-forward layer.
const LOOKING_TENSORS: [usize; 2] = [4, 4];

/// Bytes of a value in single precision.
const SINGLE_BYTES: f64 = 4.0;
/// The most that the autoencoder may need for a picture by itself.
const MOST_CODING_BYTES: f64 = 4e9;

impl Work<'_> {
    /// How it runs: pictures whole where that takes the autoencoder little memory, else in tiles. That depends on the picture
    /// alone, so that the same command gives the same frames on every machine.
    ///
    /// Errors: what it needs is not free.
    pub(crate) fn plan(&self, free: Option<u64>) -> Result<Plan, TooLarge> {
        let tiling = (self.coding(None) > MOST_CODING_BYTES).then(Tiling::default);
        let bytes = self.bytes(tiling);
        if let Some(free) = free.filter(|free| *free < bytes) {
            return Err(TooLarge { bytes, free, size: self.size, hint: self.hint(free) });
        }
        Ok(Plan { bytes, free, tiling })
    }

    fn bytes(&self, tiling: Option<Tiling>) -> u64 {
        let weights = self.values[0] as f64 * self.width() + self.values[1] as f64 * SINGLE_BYTES;
        (weights + self.sampling().max(self.coding(tiling)).max(self.reading()).max(self.looking())).ceil()
            as u64
    }

    /// Bytes of the transformer's values.
    fn width(&self) -> f64 {
        match self.precision {
            Precision::Single => SINGLE_BYTES,
            Precision::Half => SINGLE_BYTES / 2.0,
        }
    }

    /// Tokens of the window.
    pub(crate) fn tokens(&self) -> usize {
        let [frames, rows, columns] = self.latents(self.size[0]);
        let [deep, high, wide] = self.transformer.patch_size;
        (frames / deep) * (rows / high) * (columns / wide)
    }

    fn latents(&self, frames: usize) -> [usize; 3] {
        let [_, rows, columns] = self.size;
        let scale = 1 << self.vae.halvings();
        [1 + frames.saturating_sub(1) / 4, rows / scale, columns / scale]
    }

    /// What the transformer needs beside its weights.
    fn sampling(&self) -> f64 {
        let frame_tokens = self.tokens() as f64 / self.latents(self.size[0])[0] as f64;
        let tokens = self.tokens() as f64 + self.references as f64 * frame_tokens;
        let seen = tokens + self.past as f64 * frame_tokens;
        let precision = usize::from(self.precision == Precision::Half);
        let held = TOKEN_TENSORS[precision];
        let states = (held + self.controls as f64) * tokens * self.transformer.width() as f64 * self.width();
        let scores = (tokens * seen * self.transformer.num_attention_heads as f64).min(MAX_SCORES as f64);
        let wide = (tokens * self.transformer.ffn_dim as f64).min(MAX_SCORES as f64);
        let chunks = CHUNK_TENSORS[precision] * 4.0 * scores.max(wide);
        let channels = self.transformer.in_channels + self.controls * self.transformer.vace_in_channels;
        let latents = self.latents(self.length).iter().product::<usize>()
            * (channels + 4 * self.transformer.out_channels);
        let layers = self.transformer.num_layers + self.controls * self.transformer.vace_layers.len();
        let kept = (2 * self.past * layers * self.transformer.width()) as f64 * frame_tokens * self.width();
        states + chunks + kept + 4.0 * latents as f64
    }

    /// What the autoencoder needs beside its weights: a piece on its way, and perhaps the video twice.
    fn coding(&self, tiling: Option<Tiling>) -> f64 {
        let [_, rows, columns] = self.size;
        let side = |pixels: usize| tiling.map_or(pixels, |tiling| pixels.min(tiling.side()));
        let width = self.vae.base_dim.max(self.vae.decoder_base_dim.unwrap_or(0));
        let piece = 4 * width * side(rows) * side(columns);
        let video = if self.beside_video { 3 * self.length * rows * columns } else { 0 };
        SINGLE_BYTES * (FRAME_TENSORS * piece as f64 + 2.0 * video as f64)
    }

    /// What the text encoder needs: a layer, and the scores of 512 tokens.
    fn reading(&self) -> f64 {
        let text::Config { d_model, d_ff, num_heads, .. } = *self.text;
        let layer = 4 * d_model * self.text.inner() + 3 * d_model * d_ff;
        let tokens = text::TOKENS;
        let scores = num_heads * tokens * tokens;
        4.0 * (layer as f64 + 3.0 * scores as f64 + CHUNK_TENSORS[0] * (tokens * d_ff) as f64)
    }

    /// What the image encoder needs for two pictures: a layer, and the scores of their tokens.
    fn looking(&self) -> f64 {
        let Some(image) = self.image else { return 0.0 };
        let (width, wide, tokens) = (image.hidden_size, image.intermediate_size, 2 * image.tokens());
        let layer = 4 * width * width + 2 * width * wide;
        let scores = image.num_attention_heads * tokens * image.tokens();
        let states = tokens * (LOOKING_TENSORS[0] * width + LOOKING_TENSORS[1] * wide);
        SINGLE_BYTES * (layer as f64 + CHUNK_TENSORS[0] * scores as f64 + states as f64)
    }

    /// The most frames that fit at this size; or else the largest picture of this shape.
    fn hint(&self, free: u64) -> String {
        if self.past > 0 {
            return "a shorter `--window`, which is what is kept in sight, needs less; so does a smaller picture"
                .to_owned();
        }
        let fits = |size| {
            let work = Work { size, ..self.clone() };
            let tiling = (work.coding(None) > MOST_CODING_BYTES).then(Tiling::default);
            work.bytes(tiling) <= free
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
        write!(formatter, "needs {:.1} GB", giga(self.bytes))?;
        if let Some(free) = self.free {
            write!(formatter, ", {:.1} are free", giga(free))?;
        }
        let whole = if self.tiling.is_some() { "in tiles" } else { "whole" };
        write!(formatter, ": words read a layer at a time, pictures coded {whole}")
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
        image: Option<image::Config>,
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
            Self {
                transformer,
                vae: VaeConfig::default(),
                text: serde_json::from_slice(text).unwrap(),
                image: None,
            }
        }

        fn work(&self, values: u64, precision: Precision, size: [usize; 3]) -> Work<'_> {
            let Self { transformer, vae, text, image } = self;
            Work {
                transformer,
                vae,
                text,
                image: image.as_ref(),
                values: [values, 126_892_531],
                precision,
                controls: 1,
                references: 0,
                past: 0,
                size,
                length: size[0],
                beside_video: false,
            }
        }
    }

    fn published(model: &Model, size: [usize; 3]) -> Work<'_> {
        Work { length: 81, ..model.work(2_153_972_032, Precision::Half, size) }
    }

    #[test]
    fn peaks_are_those_that_were_measured() {
        let (thin, whole) = (Model::published(2), Model::published(30));
        let (single, half) = (Precision::Single, Precision::Half);
        for (work, measured) in [
            (thin.work(170_410_816, single, [13, 512, 512]), 0.96),
            (thin.work(170_410_816, single, [21, 512, 640]), 1.07),
            (thin.work(170_410_816, half, [13, 512, 512]), 0.72),
            (whole.work(2_153_972_032, single, [13, 192, 320]), 8.76),
        ] {
            let weights = work.width() * work.values[0] as f64;
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
    fn memory_decides_whether_it_runs_and_the_picture_how() {
        let model = Model::published(30);
        for (size, tiled) in [([81, 480, 832], true), ([81, 272, 480], false)] {
            let work = published(&model, size);
            let plan = work.plan(None).unwrap();
            assert_eq!(plan.tiling.is_some(), tiled, "{plan}");
            assert_eq!(work.plan(Some(plan.bytes)).map(|fits| fits.tiling), Ok(plan.tiling));
            assert!(work.plan(Some(plan.bytes - 1)).is_err());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let model = Model::published(30);
        let refused = published(&model, [81, 720, 1280]).plan(Some(7_000_000_000)).unwrap_err().to_string();
        assert!(refused.starts_with("1280×720 with 81 frames at a time needs"), "{refused}");
        let frames: usize = refused.split(": ").last().unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(frames % 4 == 1 && frames < 81, "{refused}");
        assert!(published(&model, [frames, 720, 1280]).plan(Some(7_000_000_000)).is_ok());
        assert!(published(&model, [frames + 4, 720, 1280]).plan(Some(7_000_000_000)).is_err());
        let refused = published(&model, [81, 480, 832]).plan(Some(2_000_000_000)).unwrap_err().to_string();
        assert!(refused.ends_with("no size would fit; a smaller model might"), "{refused}");
    }

    #[test]
    fn an_image_encoder_counts_where_it_needs_the_most() {
        let published = br#"{"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 16,
            "num_channels": 3, "image_size": 224, "patch_size": 14, "hidden_act": "gelu", "layer_norm_eps": 1e-5}"#;
        let published: image::Config = serde_json::from_slice(published).unwrap();
        let larger = image::Config { hidden_size: 12_800, intermediate_size: 51_200, ..published.clone() };
        let bytes = |image| {
            let model = Model { image, ..Model::published(30) };
            model.work(2_153_972_032, Precision::Half, [5, 128, 128]).plan(None).unwrap().bytes
        };
        let without = bytes(None);
        // The published one needs less than the text encoder, which runs before it.
        assert_eq!(bytes(Some(published)), without);
        assert!(bytes(Some(larger)) > without + 5_000_000_000);
    }

    #[test]
    fn keys_and_values_of_what_is_done_count() {
        let model = Model::published(30);
        let work = |past, size| Work { controls: 0, past, ..published(&model, size) };
        // Two tensors of 30 layers, 1536 channels, 21 frames of 1560 tokens and two bytes a value.
        let kept = 2.0 * 30.0 * 1536.0 * 21.0 * 1560.0 * 2.0;
        let apart = work(21, [9, 480, 832]).sampling() - work(0, [9, 480, 832]).sampling();
        assert!((apart / kept - 1.0).abs() < 1e-9, "{apart} instead of {kept}");
        let refused = work(42, [9, 480, 832]).plan(Some(5_000_000_000)).unwrap_err().to_string();
        assert!(refused.contains("`--window`"), "{refused}");
    }

    #[test]
    fn reference_pictures_count_as_the_frames_that_they_are() {
        let model = Model::published(30);
        let bytes = |references, frames| {
            let work = Work { references, ..published(&model, [frames, 480, 832]) };
            work.sampling()
        };
        assert!((bytes(5, 61) / bytes(0, 81) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_published_model_fits_every_card_in_half_precision() {
        let model = Model::published(30);
        let work = published(&model, [81, 480, 832]);
        assert_eq!(work.tokens(), 32_760);
        let plans = CARDS.map(|free| work.plan(Some(free)).unwrap().to_string());
        println!("{plans:#?}");
        assert!(
            plans[0].ends_with("7.2 are free: words read a layer at a time, pictures coded in tiles"),
            "{}",
            plans[0]
        );
    }
}
