//! A sound before any room: pascals at one metre on the world's clock.

use std::sync::Arc;

/// A sound at 48 kHz, as it would be one metre from its source.
#[derive(Clone, Debug)]
pub(crate) struct Dry {
    /// Pascals.
    pub(crate) samples: Arc<[f32]>,
    /// World time of the first sample.
    pub(crate) start_s: f64,
    /// Plays again and again from `start_s` on.
    pub(crate) looped: bool,
}

impl Dry {
    /// `length` samples from index `first`, which may lie before the start; silence where nothing plays.
    pub(crate) fn window(&self, first: i64, length: usize) -> Vec<f32> {
        (first..first + length as i64).map(|index| self.sample(index)).collect()
    }

    /// Whether nothing plays from index `first` to before `end`.
    pub(crate) fn is_silent(&self, first: i64, end: i64) -> bool {
        self.samples.is_empty() || end <= 0 || (!self.looped && first >= self.samples.len() as i64)
    }

    fn sample(&self, index: i64) -> f32 {
        let Ok(index) = usize::try_from(index) else { return 0.0 };
        let index = if self.looped { index % self.samples.len() } else { index };
        self.samples.get(index).copied().unwrap_or(0.0)
    }
}
