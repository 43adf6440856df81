//! Light that is taken away on purpose, so that the receipt can say how much.

use maquette_tracer::Clamped;

/// What was taken from a frame, or on average from several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Losses {
    /// By the clamp on single contributions.
    pub(crate) clamp: Clamped,
    /// By the limit on single samples in the history.
    pub(crate) history: Clamped,
}

impl Losses {
    /// Of all frames the mean.
    pub(crate) fn mean(frames: &[Self]) -> Self {
        let share = 1.0 / frames.len().max(1) as f64;
        let mean = |of: fn(&Self) -> Clamped| Clamped {
            kept_nits: frames.iter().map(|losses| of(losses).kept_nits).sum::<f64>() * share,
            removed_nits: frames.iter().map(|losses| of(losses).removed_nits).sum::<f64>() * share,
        };
        Self { clamp: mean(|losses| losses.clamp), history: mean(|losses| losses.history) }
    }
}
