//! A device to the quickest of the kernels that compute rightly on it, found by trying.
//!
//! Each is asked for work of the real shape: heads of 128 channels, thousands of tokens, a number of them that no tile
//! divides, scores beyond the range of an exponential in the device's precision. What it gives for some queries is compared with plain loops
//! in double precision; only those within the limit are timed. A kernel later in the list has to be half as quick again
//! to be preferred, so that two runs decide alike and give the same pictures.

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
    let quickest = right.reduce(|best, next| if best.1 > MARGIN * next.1 { next } else { best });
    let (kernel, _) = quickest.ok_or((least, limit))?;
    Ok(Choice { kernel, trials, limit })
}

/// The most that rounding explains, relative to the largest value: scores of this size keep five digits in single
/// precision; in half precision chunks are 4e-3 away.
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
        // Scores have a deviation of its square: to 100 in single precision, to 20 in half, whose range is shorter.
        let spread = match precision {
            Precision::Single => 5.0,
            Precision::Half => 2.0,
        };
        let inputs = [1, 2, 3].map(|seed| {
            // Latents have 16 channels: as many rows of 128 as are needed, and a rest.
            let rows = (HEADS * TOKENS).div_ceil(16);
            let all = noise::<B>(seed, 0..1, [rows, CHANNELS], device).reshape([16 * rows, CHANNELS]);
            let used = all.narrow(0, 0, HEADS * TOKENS).reshape([1, HEADS, TOKENS, CHANNELS]);
            (used * spread).cast(precision.kind())
        });
        let exact = exact(&inputs.clone().map(values));
        Self { inputs, exact }
    }

    fn run(&self, kernel: &Kernel<B>, limit: f32) -> Trial {
        let attend = || {
            let [query, key, value] = self.inputs.clone();
            values(kernel.attend(query, key, value))
        };
        let difference = self.difference(&attend());
        let time = |_| {
            let start = Instant::now();
            attend();
            start.elapsed().as_secs_f64()
        };
        let seconds = (difference <= limit).then(|| (0..3).map(time).fold(f64::INFINITY, f64::min));
        Trial { name: kernel.name, difference, seconds }
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

/// One line.
impl<B: Backend> fmt::Display for Choice<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "attention by {}", self.kernel.name)?;
        for (index, Trial { name, difference, seconds }) in self.trials.iter().enumerate() {
            write!(formatter, "{} {name}: ", if index == 0 { "," } else { ";" })?;
            match seconds {
                Some(seconds) => write!(formatter, "{:.0} ms, {difference:.0e} away", 1000.0 * seconds)?,
                None => write!(formatter, "wrong, {difference:.0e} away")?,
            }
        }
        write!(formatter, " (limit {:.0e})", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use burn_flex::Flex;

    use super::super::flash;
    use super::*;

    fn slow() -> Kernel<Flex> {
        Kernel::new("a slow one", |[query, key, value]| {
            let seen = Kernel::chunked().attend(query, key, value);
            std::thread::sleep(Duration::from_secs(1));
            Some(seen)
        })
    }

    /// As a kernel that loses the keys no tile has room for.
    fn forgetful() -> Kernel<Flex> {
        Kernel::new("a forgetful one", |[query, key, value]| {
            let whole = TOKENS / 64 * 64;
            Some(Kernel::chunked().attend(query, key.narrow(2, 0, whole), value.narrow(2, 0, whole)))
        })
    }

    #[test]
    fn the_quickest_of_the_right_ones_is_taken() {
        let kernels = vec![forgetful(), slow(), flash::on_cpu()];
        let choice = choose(kernels, &Default::default(), Precision::Single).unwrap();
        println!("{choice}");
        assert_eq!(choice.kernel.name, flash::on_cpu().name);
        let [forgetful, slow, flash] = &choice.trials[..] else { panic!("{choice}") };
        assert!(forgetful.difference > choice.limit && forgetful.seconds.is_none(), "{choice}");
        assert!(slow.seconds.unwrap() > 1.0 && slow.difference <= choice.limit, "{choice}");
        assert!(flash.difference <= choice.limit, "{choice}");
    }

    #[test]
    fn where_none_is_right_the_difference_is_told() {
        let refused = choose(vec![forgetful()], &Default::default(), Precision::Single);
        let (difference, limit) = refused.unwrap_err();
        assert!(difference > limit);
    }
}
