//! How much work goes into a picture.

/// How a moment is traced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Paths a pixel. Noise falls with its square root; 1 to 16 for a denoiser, 256 and more without one.
    pub samples: u32,
    /// Index of the first sample. A later range of samples averages with an earlier one into a better picture.
    pub first_sample: u32,
    /// Another seed gives another noise pattern.
    pub seed: u64,
    /// Surfaces a path may meet: 1 is direct light only. Default 8; lower loses light in white rooms and behind glass.
    pub max_bounces: u32,
    /// How samples weigh in a pixel.
    pub filter: PixelFilter,
    /// Largest value a single indirect contribution may add, in nits. `None`, the default, is unbiased; 10 times
    /// diffuse white removes fireflies and some of the light that makes them.
    pub clamp: Option<f32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            width: 480,
            height: 270,
            samples: 16,
            first_sample: 0,
            seed: 0,
            max_bounces: 8,
            filter: PixelFilter::default(),
            clamp: None,
        }
    }
}

/// The pixel reconstruction filter, sampled by importance so that pixels stay independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PixelFilter {
    /// Plain area average.
    Box,
    /// Blackman-Harris with a radius of 1.5 pixels.
    #[default]
    BlackmanHarris,
}
