//! A device to the quickest of the kernels that compute rightly on it, found by trying.
//!
//! Each is asked for work of the real shape: heads of 128 channels, thousands of tokens, a number of them that no tile
//! divides. Every query looks for its own key, so that no key can be lost unseen. What comes out for some queries is
//! compared with plain loops in double precision; only kernels within the limit are timed. One later in the list has to
//! be half as quick again to be preferred, so that two runs decide alike and give the same pictures.

use std::fmt;
use std::time::Instant;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::kernel::Kernel;
use crate::wan::checkpoint::Precision;
use crate::wan::noise;

const HEADS: usize = 2;
const TOKENS: usize = 2311;
const CHANNELS: usize = 128;
/// Of each head: half of the weight on a query's own key; all of it, with scores beyond the range of an exponential.
const SHARPNESS: [f32; HEADS] = [0.7, 10.0];
/// One query in so many is checked: no multiple of a tile.
const EVERY: usize = 61;
/// How much quicker a later kernel has to be.
const MARGIN: f64 = 1.5;

/// The kernel to use, and why.
#[derive(Clone, Debug)]
pub(crate) struct Choice<B: Backend> {
    /// The quickest that is right.
    pub(crate) kernel: Kernel<B>,
    trials: Vec<Trial>,
    limit: f32,
}

/// What a kernel did.
#[derive(Clone, Debug)]
struct Trial {
    name: &'static str,
    /// From the exact result, relative to its largest value.
    difference: f32,
    /// If it is right.
    seconds: Option<f64>,
}

/// Tries each kernel, the preferred first. Where none is right: the least difference and the limit.
pub(crate) fn choose<B: Backend>(
    kernels: Vec<Kernel<B>>,
    device: &B::Device,
    precision: Precision,
) -> Result<Choice<B>, (f32, f32)> {
    let (case, limit) = (Case::new(device, precision), limit(precision));
    let trials: Vec<Trial> = kernels.iter().map(|kernel| case.run(kernel, limit)).collect();
    let least = trials.iter().map(|trial| trial.difference).fold(f32::INFINITY, f32::min);
    let right = kernels.into_iter().zip(&trials).filter_map(|(kernel, trial)| Some((kernel, trial.seconds?)));
    let kernel = quickest(right).ok_or((least, limit))?;
    Ok(Choice { kernel, trials, limit })
}

/// The first, unless a later one is clearly quicker.
fn quickest<K>(timed: impl Iterator<Item = (K, f64)>) -> Option<K> {
    let (kernel, _) = timed.reduce(|best, next| if best.1 > MARGIN * next.1 { next } else { best })?;
    Some(kernel)
}

/// The most that rounding explains, relative to the largest value.
fn limit(precision: Precision) -> f32 {
    match precision {
        Precision::Single => 5e-5,
        Precision::Half => 1e-2,
    }
}

/// Work of the real shape, and its exact result for some queries.
struct Case<B: Backend> {
    inputs: [Tensor<B, 4>; 3],
    exact: Vec<f32>,
}

impl<B: Backend> Case<B> {
    fn new(device: &B::Device, precision: Precision) -> Self {
        let random = |seed| {
            // Latents have 16 channels: as many rows of 128 as are needed, and a rest.
            let rows = (HEADS * TOKENS).div_ceil(16);
            let all = noise::<B>(seed, 0..1, [rows, CHANNELS], device).reshape([16 * rows, CHANNELS]);
            all.narrow(0, 0, HEADS * TOKENS).reshape([1, HEADS, TOKENS, CHANNELS])
        };
        let (key, value) = (random(1), random(2));
        let sharpness = Tensor::<B, 1>::from_floats(SHARPNESS, device).reshape([1, HEADS, 1, 1]);
        let inputs = [key.clone() * sharpness, key, value].map(|tensor| tensor.cast(precision.kind()));
        let exact = exact(&inputs.clone().map(values));
        Self { inputs, exact }
    }

    fn run(&self, kernel: &Kernel<B>, limit: f32) -> Trial {
        let attend = || kernel.alone(self.inputs.clone()).map(values);
        let difference = attend().map_or(f32::INFINITY, |found| self.difference(&found));
        let time = |_| {
            let start = Instant::now();
            attend();
            start.elapsed().as_secs_f64()
        };
        let seconds = (difference <= limit).then(|| (0..3).map(time).fold(f64::INFINITY, f64::min));
        Trial { name: kernel.name(), difference, seconds }
    }

    /// The largest, relative to the largest value; infinite where something is no number.
    fn difference(&self, found: &[f32]) -> f32 {
        let largest = self.exact.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
        let found = checked().flat_map(|row| &found[row * CHANNELS..][..CHANNELS]);
        let apart = found.zip(&self.exact).map(|(found, exact)| (found - exact).abs());
        apart.fold(0.0, |worst: f32, apart| if apart.is_finite() { worst.max(apart) } else { f32::INFINITY })
            / largest
    }
}

/// Rows that are checked, counted over all heads: the very last among them.
fn checked() -> impl Iterator<Item = usize> {
    (0..HEADS * TOKENS).rev().step_by(EVERY)
}

fn values<B: Backend>(tensor: Tensor<B, 4>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// What the checked queries attend to, `[query, channel]`.
fn exact([query, key, value]: &[Vec<f32>; 3]) -> Vec<f32> {
    let of = |row: usize| {
        let head = row / TOKENS * TOKENS..(row / TOKENS + 1) * TOKENS;
        let line = |tensor: &[f32], row: usize| -> [f64; CHANNELS] {
            std::array::from_fn(|channel| f64::from(tensor[row * CHANNELS + channel]))
        };
        let asking = line(query, row);
        let score = |other| {
            let products = asking.iter().zip(line(key, other)).map(|(a, b)| a * b);
            products.sum::<f64>() / (CHANNELS as f64).sqrt()
        };
        let scores: Vec<f64> = head.clone().map(score).collect();
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sums = ([0.0; CHANNELS], 0.0);
        for (other, score) in head.zip(scores) {
            let weight = (score - largest).exp();
            let seen = line(value, other);
            sums = (std::array::from_fn(|channel| sums.0[channel] + weight * seen[channel]), sums.1 + weight);
        }
        sums.0.map(|sum| (sum / sums.1) as f32)
    };
    checked().flat_map(of).collect()
}

/// One line: what was chosen, and what each did.
impl<B: Backend> fmt::Display for Choice<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "attention by {} (", self.kernel.name())?;
        for Trial { name, difference, seconds } in &self.trials {
            let time =
                seconds.map_or_else(|| "wrong".to_owned(), |seconds| format!("{:.0} ms", 1e3 * seconds));
            write!(formatter, "{name}: {time}, {difference:.0e} off; ")?;
        }
        write!(formatter, "at most {:.0e} may be)", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use burn_flex::Flex;

    use super::super::flash::on_cpu;
    use super::*;

    /// As a kernel that loses the keys no tile has room for.
    fn forgetful() -> Kernel<Flex> {
        Kernel::new("a forgetful one", |[query, key, value]| {
            let whole = TOKENS / 64 * 64;
            Some(Kernel::chunked().attend(query, key.narrow(2, 0, whole), value.narrow(2, 0, whole)))
        })
    }

    #[test]
    fn a_kernel_that_loses_keys_is_not_even_timed() {
        let choice = choose(vec![forgetful(), on_cpu()], &Default::default(), Precision::Single).unwrap();
        println!("{choice}");
        assert_eq!(choice.kernel.name(), on_cpu().name());
        let [forgetful, flash] = &choice.trials[..] else { panic!("{choice}") };
        assert!(forgetful.difference > choice.limit && forgetful.seconds.is_none(), "{choice}");
        assert!(flash.difference <= choice.limit && flash.seconds.is_some(), "{choice}");
    }

    #[test]
    fn a_kernel_that_cannot_take_the_work_is_not_chosen() {
        let kernels = vec![Kernel::new("none", |_| None), on_cpu()];
        let choice = choose(kernels, &Default::default(), Precision::Single).unwrap();
        assert_eq!(choice.kernel.name(), on_cpu().name(), "{choice}");
    }

    #[test]
    fn where_none_is_right_the_difference_is_told() {
        let refused = choose(vec![forgetful()], &Default::default(), Precision::Half);
        let (difference, limit) = refused.unwrap_err();
        assert!(difference > limit);
    }

    #[test]
    fn a_later_one_is_taken_only_if_it_is_clearly_quicker() {
        let taken = |seconds: [f64; 3]| quickest(seconds.into_iter().enumerate());
        assert_eq!(taken([1.0, 0.9, 0.7]), Some(0));
        assert_eq!(taken([1.0, 0.5, 0.4]), Some(1));
        assert_eq!(taken([1.0, 0.9, 0.5]), Some(2));
        assert_eq!(quickest::<()>(std::iter::empty()), None);
    }
}
