//! UniPC: a predictor and a corrector of second order for the same number of network evaluations.
//!
//! Zhao et al., "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models",
//! NeurIPS 2023, in the form B₂(h) that predicts data. Time is λ = ln((1 − σ)/σ), half the logarithm of the
//! signal-to-noise ratio. Each evaluation serves twice: it corrects the step that led to it, then predicts
//! the next one. The first and the last step are of first order.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::schedule::{Memory, Sampler, Schedule};

/// UniPC of second order.
#[derive(Debug)]
pub(crate) struct UniPc<B: Backend> {
    schedule: Schedule,
    /// Steps done.
    done: usize,
    last: Option<Last<B>>,
}

/// Names of what is remembered, in the order of [`Last`].
const NAMES: [&str; 3] = ["latents", "data", "earlier"];

/// What the next step needs of the one before it.
#[derive(Clone, Debug)]
struct Last<B: Backend> {
    /// The latents it began at, corrected.
    latents: Tensor<B, 5>,
    /// The data predicted there.
    data: Tensor<B, 5>,
    /// The data predicted one step earlier, if there was one.
    earlier: Option<Tensor<B, 5>>,
}

impl<B: Backend> UniPc<B> {
    /// Over these levels ([`Schedule::unipc`]). The first step knows of none before it.
    pub(crate) fn new(schedule: Schedule) -> Self {
        Self { schedule, done: 0, last: None }
    }

    /// The latents where the last step led to, now that the data predicted there is known.
    fn corrected(&self, last: &Last<B>, data: Tensor<B, 5>) -> Tensor<B, 5> {
        let step = Step::new(&self.schedule.sigmas, self.done - 1);
        let newer = data - last.data.clone();
        let change = match &last.earlier {
            Some(earlier) => {
                let [older_weight, newer_weight] = step.corrector_weights();
                let older = (earlier.clone() - last.data.clone()) / step.earlier;
                older * older_weight + newer * newer_weight
            }
            None => newer * 0.5,
        };
        step.take(&last.latents, &last.data, Some(change))
    }
}

impl<B: Backend> Sampler<B> for UniPc<B> {
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn step(&mut self, velocity: Tensor<B, 5>, latents: Tensor<B, 5>) -> Tensor<B, 5> {
        let data = latents.clone() - velocity * self.schedule.sigmas[self.done];
        let last = self.last.take();
        let latents = last.as_ref().map_or(latents, |last| self.corrected(last, data.clone()));
        let step = Step::new(&self.schedule.sigmas, self.done);
        let earlier = last.map(|last| last.data);
        let change = earlier
            .as_ref()
            .filter(|_| self.done + 1 < self.schedule.steps())
            .map(|earlier| (earlier.clone() - data.clone()) * (0.5 / step.earlier));
        let next = step.take(&latents, &data, change);
        self.last = Some(Last { latents, data, earlier });
        self.done += 1;
        next
    }

    fn done(&self) -> usize {
        self.done
    }

    fn memory(&self) -> Memory<B> {
        let last = self.last.iter().cloned();
        let named = last.flat_map(|Last { latents, data, earlier }| {
            NAMES.into_iter().zip([Some(latents), Some(data), earlier])
        });
        named.filter_map(|(name, tensor)| Some((name.to_owned(), tensor?))).collect()
    }

    fn resume(&mut self, done: usize, mut memory: Memory<B>) -> Result<(), String> {
        self.schedule.check_done(done)?;
        let needed = match done {
            0 => &[],
            1 => &NAMES[..2],
            _ => &NAMES[..],
        };
        if memory.len() != needed.len() || !needed.iter().all(|&name| memory.contains_key(name)) {
            let found: Vec<_> = memory.keys().collect();
            return Err(format!("after {done} steps UniPC remembers {needed:?}, and there are {found:?}"));
        }
        let [latents, data, earlier] = NAMES.map(|name| memory.remove(name));
        self.last = latents.zip(data).map(|(latents, data)| Last { latents, data, earlier });
        self.done = done;
        Ok(())
    }
}

/// The numbers of one step.
#[derive(Debug)]
struct Step {
    /// The noise level it begins at.
    from: f64,
    /// The noise level it ends at.
    to: f64,
    /// −h, with h the step in λ.
    minus_h: f64,
    /// Where the step before began: λ from this step's beginning, in steps.
    earlier: f64,
}

impl Step {
    fn new(sigmas: &[f32], index: usize) -> Self {
        let lambda = |index: usize| {
            let sigma = f64::from(sigmas[index]);
            (1.0 - sigma).ln() - sigma.ln()
        };
        let h = lambda(index + 1) - lambda(index);
        let earlier = index.checked_sub(1).map_or(0.0, |before| (lambda(before) - lambda(index)) / h);
        Self { from: f64::from(sigmas[index]), to: f64::from(sigmas[index + 1]), minus_h: -h, earlier }
    }

    /// Exact for constant data, plus the change of the data over the step.
    fn take<B: Backend>(
        &self,
        latents: &Tensor<B, 5>,
        data: &Tensor<B, 5>,
        change: Option<Tensor<B, 5>>,
    ) -> Tensor<B, 5> {
        let gain = (1.0 - self.to) * self.minus_h.exp_m1();
        let data = change.map_or(data.clone(), |change| data.clone() + change);
        latents.clone() * (self.to / self.from) - data * gain
    }

    /// Of the older and the newer change of the data; they solve the order conditions (equation 11 of the
    /// paper) for B₂.
    fn corrector_weights(&self) -> [f64; 2] {
        let scale = self.minus_h.exp_m1();
        let first = scale / self.minus_h - 1.0;
        let second = first / self.minus_h - 0.5;
        let (first, second) = (first / scale, 2.0 * second / scale);
        let older = (first - second) / (1.0 - self.earlier);
        [older, first - older]
    }
}
