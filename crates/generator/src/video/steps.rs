//! A brief to the noise levels that are visited, to who visits them, and to how much of a shot does together.

use burn::tensor::backend::Backend;

use super::{Brief, SamplerKind, Sampling};
use crate::Error;
use crate::wan::{Euler, FRAMES, Lcm, Sampler, Schedule, UniPc};

/// How much of a shot a model sees, in latent frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    /// Made together, seeing each other.
    pub(super) together: usize,
    /// Seen before those, where the model looks back only.
    pub(super) past: Option<usize>,
}

impl Sight {
    /// Errors: frames that are made together are no multiple of 4, or leave no window before them.
    pub(super) fn new(sampling: &Sampling) -> Result<Self, Error> {
        let window = 1 + (sampling.window.max(1) - 1) / FRAMES;
        let Some(causal) = sampling.causal else { return Ok(Self { together: window, past: None }) };
        let together = causal / FRAMES;
        if causal % FRAMES != 0 || !(1..window).contains(&together) {
            let problem = format!(
                "{causal} frames cannot be made together, seeing those before them in a window of {}; take a multiple of {FRAMES}, less than the window",
                sampling.window
            );
            return Err(Error::Lead { problem });
        }
        Ok(Self { together, past: Some(window - together) })
    }
}

/// The levels that are visited: all, but for the share that the set's picture stands for.
///
/// Errors: levels that do not fall, or none.
pub(super) fn schedule(brief: &Brief) -> Result<Schedule, Error> {
    let Sampling { sampler, levels, shift, .. } = &brief.sampling;
    let all = match sampler {
        SamplerKind::UniPc => Schedule::unipc(levels, *shift),
        SamplerKind::Euler | SamplerKind::Lcm => Schedule::euler(levels, *shift),
    };
    if all.steps() == 0 || !all.sigmas.windows(2).all(|pair| pair[0] > pair[1]) {
        let problem =
            "the noise levels do not fall from step to step; take fewer, or ones that lie further apart";
        return Err(Error::Lead { problem: problem.to_owned() });
    }
    Ok(all.beginning_at(share_of_steps(brief)))
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
