//! A brief to the noise levels that are visited, and to who visits them.

use burn::tensor::backend::Backend;

use super::{Brief, SamplerKind, Sampling};
use crate::wan::{Euler, Lcm, Sampler, Schedule, UniPc};

/// The levels that are visited: all, but for the share that the set's picture stands for.
pub(super) fn schedule(brief: &Brief) -> Schedule {
    let Sampling { sampler, levels, shift, .. } = &brief.sampling;
    let all = match sampler {
        SamplerKind::UniPc => Schedule::unipc(levels, *shift),
        SamplerKind::Euler | SamplerKind::Lcm => Schedule::euler(levels, *shift),
    };
    all.beginning_at(share_of_steps(brief))
}

/// Who visits them, for latents that begin at this frame.
pub(super) fn sampler<B: Backend>(
    sampling: &Sampling,
    schedule: &Schedule,
    first_frame: i32,
) -> Box<dyn Sampler<B>> {
    let schedule = schedule.clone();
    match sampling.sampler {
        SamplerKind::UniPc => Box::new(UniPc::new(schedule)),
        SamplerKind::Euler => Box::new(Euler::new(schedule)),
        SamplerKind::Lcm => Box::new(Lcm::new(schedule, sampling.seed, first_frame)),
    }
}

/// The share of the steps that are taken: at least one is, unless the set's picture is all that is wanted.
fn share_of_steps(brief: &Brief) -> f64 {
    let steps = brief.sampling.levels.count() as f64;
    let wanted = (steps * (1.0 - f64::from(brief.start))).round();
    let least = if brief.start < 1.0 { 1.0 } else { 0.0 };
    // In the middle between two counts, so that rounding down gives this one.
    ((wanted.max(least) + 0.5) / steps).min(1.0)
}
