//! A gain over time that keeps every true peak under a ceiling, and touches nothing else.
//!
//! Between samples a signal can be higher than at them, so peaks are read at four times the rate (ITU-R BS.1770-5,
//! annex 2). The gain falls within two milliseconds before a peak and comes back over a tenth of a second.

use maquette_conditioning::{Channels, SAMPLE_RATE_HZ};

use crate::interpolator::{BEFORE, Interpolator, TAPS};

/// Half of the time the gain takes to fall, in samples.
const HALF: usize = 48;
/// Time in which the gain comes back by 63 %.
const RELEASE_S: f64 = 0.1;

/// The gain at each sample, 0 to 1, under which no channel with these [`true_peaks`] exceeds `ceiling`; `None` when nothing
/// does anyway.
pub(crate) fn gain_curve(peaks: &[f32], gain: f32, ceiling: f32) -> Option<Vec<f32>> {
    let wanted: Vec<f32> = peaks.iter().map(|peak| ceiling / (gain * peak).max(ceiling)).collect();
    if wanted.iter().all(|gain| *gain >= 1.0) {
        return None;
    }
    Some(averaged(&lowest_around(&released(&wanted))))
}

/// The highest value in any channel within half a sample around each sample.
pub(crate) fn true_peaks(channels: &Channels) -> Vec<f32> {
    let mut peaks = vec![0.0f32; channels.length()];
    for channel in &channels.channels {
        for (n, peak) in peaks.iter_mut().enumerate() {
            *peak = peak.max(channel[n].abs());
        }
        between(channel, &mut peaks);
    }
    peaks
}

fn between(channel: &[f32], peaks: &mut [f32]) {
    let weights = [0.25, 0.5, 0.75].map(|fraction| Interpolator::get().weights(fraction));
    let at = |index: i64| usize::try_from(index).ok().and_then(|i| channel.get(i)).copied().unwrap_or(0.0);
    for n in 0..channel.len() {
        // What lies between two samples belongs to both.
        let next = channel.get(n + 1).map_or(0.0, |s| s.abs());
        if channel[n].abs().max(next) < 1e-9 {
            continue;
        }
        let around: [f32; TAPS] = std::array::from_fn(|tap| at(n as i64 - BEFORE + tap as i64));
        for weights in &weights {
            let value: f32 = around.iter().zip(weights).map(|(sample, weight)| sample * weight).sum();
            peaks[n] = peaks[n].max(value.abs());
            if let Some(peak) = peaks.get_mut(n + 1) {
                *peak = peak.max(value.abs());
            }
        }
    }
}

/// Falls at once, comes back slowly.
fn released(wanted: &[f32]) -> Vec<f32> {
    let share = 1.0 - (-1.0 / (RELEASE_S * f64::from(SAMPLE_RATE_HZ))).exp() as f32;
    let mut gain = 1.0f32;
    wanted
        .iter()
        .map(|wanted| {
            gain = (gain + share * (1.0 - gain)).min(*wanted);
            gain
        })
        .collect()
}

/// The least over as many samples as are averaged afterwards.
fn lowest_around(gains: &[f32]) -> Vec<f32> {
    let mut window: std::collections::VecDeque<usize> = std::collections::VecDeque::new();
    let mut lowest = Vec::with_capacity(gains.len());
    let mut next = 0;
    for n in 0..gains.len() {
        while next < gains.len() && next <= n + HALF {
            while window.back().is_some_and(|&last| gains[last] >= gains[next]) {
                window.pop_back();
            }
            window.push_back(next);
            next += 1;
        }
        while window.front().is_some_and(|&first| first + HALF < n) {
            window.pop_front();
        }
        lowest.push(window.front().map_or(1.0, |&first| gains[first]));
    }
    lowest
}

fn averaged(gains: &[f32]) -> Vec<f32> {
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(gains.iter().scan(0.0, |sum, gain| {
            *sum += f64::from(*gain);
            Some(*sum)
        }))
        .collect();
    let last = gains.len();
    let mean = |n: usize| {
        let (from, to) = (n.saturating_sub(HALF), (n + HALF + 1).min(last));
        ((sums[to] - sums[from]) / (to - from) as f64) as f32
    };
    (0..last).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use maquette_conditioning::Layout;

    fn stereo(samples: Vec<f32>) -> Channels {
        Channels { layout: Layout::Stereo, channels: vec![samples.clone(), samples] }
    }

    #[test]
    fn what_lies_between_samples_counts() {
        // A sine at a quarter of the rate, sampled 45° off its peaks, is √2 higher than its samples.
        let samples = (0..400).map(|n| (std::f32::consts::FRAC_PI_2 * (n as f32 + 0.5)).sin()).collect();
        let peaks = true_peaks(&stereo(samples));
        assert!((peaks[200] - 1.0).abs() < 0.01, "{}", peaks[200]);
    }

    #[test]
    fn nothing_is_touched_under_the_ceiling() {
        assert_eq!(gain_curve(&true_peaks(&stereo(vec![0.5; 1000])), 1.0, 0.9), None);
    }

    #[test]
    fn gain_is_low_where_it_must_and_moves_smoothly() {
        let mut samples = vec![0.1; 20_000];
        samples[10_000] = 2.0;
        let channels = stereo(samples);
        let gains = gain_curve(&true_peaks(&channels), 1.0, 0.8).unwrap();
        for (gain, peak) in gains.iter().zip(true_peaks(&channels)) {
            assert!(gain * peak <= 0.8 + 1e-5);
        }
        assert!(gains[9_000] > 0.999 && gains.windows(2).all(|w| (w[1] - w[0]).abs() < 0.02));
    }
}
