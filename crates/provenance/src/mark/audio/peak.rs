//! A change to a mix, made smaller where it would raise the mix's true peak.
//!
//! Peaks between samples are read at four times the rate, as ITU-R BS.1770-5, annex 2, does.

use std::f64::consts::PI;

/// Taps of the interpolation on either side.
const REACH: usize = 12;
/// Half of the time around a peak in which the change is made smaller, in samples: 2 ms.
const HALF: usize = 96;
/// Rounds after which a change has become small enough wherever it has to.
const ROUNDS: usize = 12;

type Weights = [[f32; 2 * REACH]; 3];

/// Makes `changes` smaller, in all channels alike, around every place where a channel would exceed the mix's own true peak.
pub(crate) fn keep(channels: &[Vec<f32>], changes: &mut [Vec<f32>]) {
    let weights = weights();
    let own = channels.iter().map(|channel| true_peak(channel, &weights)).fold(0.0, f32::max);
    for _ in 0..ROUNDS {
        let mut places: Vec<usize> = Vec::new();
        for (channel, change) in channels.iter().zip(changes.iter()) {
            let changed: Vec<f32> = channel.iter().zip(change).map(|(a, b)| a + b).collect();
            places.extend((0..changed.len()).filter(|&n| peak_at(&changed, n, own, &weights) > own));
        }
        if places.is_empty() {
            return;
        }
        places.sort_unstable();
        places.dedup();
        soften(changes, &places);
    }
}

/// The highest absolute value of a channel, between samples too.
fn true_peak(channel: &[f32], weights: &Weights) -> f32 {
    let highest = channel.iter().fold(0.0f32, |highest, sample| highest.max(sample.abs()));
    (0..channel.len()).map(|n| peak_at(channel, n, highest, weights)).fold(highest, f32::max)
}

/// The highest absolute value from sample `n` to the next; only samples near `ceiling` can have more than it behind them.
fn peak_at(samples: &[f32], n: usize, ceiling: f32, weights: &Weights) -> f32 {
    let at = |index: usize| index.checked_sub(REACH).and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
    let here = samples[n].abs();
    if here.max(at(n + 1 + REACH).abs()) < 0.5 * ceiling {
        return here;
    }
    weights.iter().fold(here, |highest, weights| {
        let between: f32 = weights.iter().enumerate().map(|(tap, weight)| weight * at(n + 1 + tap)).sum();
        highest.max(between.abs())
    })
}

/// A sinc under a Hann window, at a quarter, a half and three quarters of a sample.
fn weights() -> Weights {
    [0.25, 0.5, 0.75].map(|fraction: f64| {
        std::array::from_fn(|tap| {
            let away = PI * (tap as f64 + 1.0 - REACH as f64 - fraction);
            let window = 0.5 + 0.5 * (away / REACH as f64).cos();
            (away.sin() / away * window) as f32
        })
    })
}

/// Takes the change away at `places`, half of it 1 ms from them, none 2 ms from them.
fn soften(changes: &mut [Vec<f32>], places: &[usize]) {
    let length = changes.iter().map(Vec::len).max().unwrap_or(0);
    let mut kept = vec![1.0f32; length];
    for &place in places {
        let (from, to) = (place.saturating_sub(HALF), (place + HALF + 1).min(length));
        for (n, kept) in kept[from..to].iter_mut().enumerate() {
            let away = (from + n).abs_diff(place) as f64 / HALF as f64;
            *kept = kept.min((0.5 - 0.5 * (PI * away).cos()) as f32);
        }
    }
    for change in changes {
        change.iter_mut().zip(&kept).for_each(|(change, kept)| *change *= kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_between_samples_is_seen() {
        // A sine at a quarter of the rate, sampled 45° off its peaks, is √2 higher than its samples.
        let sine: Vec<f32> =
            (0..400).map(|n| (std::f32::consts::FRAC_PI_2 * (n as f32 + 0.5)).sin() * 0.5).collect();
        let peak = true_peak(&sine[..], &weights());
        assert!((peak - 0.5).abs() < 0.03, "{peak}");
    }

    #[test]
    fn a_change_that_raises_the_peak_goes_there_and_stays_elsewhere() {
        let mut sine: Vec<f32> = (0..9600).map(|n| 0.3 * (0.1 * n as f32).sin()).collect();
        sine[4800] = 0.9;
        let channels = vec![sine.clone(), sine];
        let before = channels.iter().map(|channel| true_peak(channel, &weights())).fold(0.0, f32::max);
        let mut changes: Vec<Vec<f32>> =
            channels.iter().map(|channel| channel.iter().map(|sample| 0.1 * sample).collect()).collect();
        let untouched = changes.clone();
        keep(&channels, &mut changes);
        for (channel, change) in channels.iter().zip(&changes) {
            let changed: Vec<f32> = channel.iter().zip(change).map(|(a, b)| a + b).collect();
            assert!(true_peak(&changed, &weights()) <= before * 1.0001);
        }
        assert_eq!(changes[0][..4000], untouched[0][..4000]);
        assert!(changes[0][4800].abs() < 0.01);
    }
}
