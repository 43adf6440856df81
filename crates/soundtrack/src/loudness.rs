//! Shots to how loud they are (EBU R 128).

use ebur128::{Channel, EbuR128, Mode};
use maquette_conditioning::{Channels, Layout, SAMPLE_RATE_HZ};

/// How loud a programme is (EBU R 128, Tech 3342).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Programme loudness, LUFS; −∞ for silence.
    pub integrated_lufs: f64,
    /// Highest true peak of a channel, dBTP; −∞ for silence.
    pub true_peak_dbtp: f64,
    /// Loudness range, LU.
    pub range_lu: f64,
}

/// How loud shots of one layout are one after the other. 5.1 is metered as it is, surrounds at +1.5 dB and without the
/// low-frequency channel (ITU-R BS.1770-5); all else as it is heard on two channels.
pub fn loudness(shots: &[Channels]) -> Loudness {
    let (samples, map) = metered_channels(shots);
    let silent =
        Loudness { integrated_lufs: f64::NEG_INFINITY, true_peak_dbtp: f64::NEG_INFINITY, range_lu: 0.0 };
    if samples.iter().all(|sample| *sample == 0.0) {
        return silent;
    }
    let (integrated_lufs, true_peak) = metered(&samples, map);
    let range = || {
        let mut meter = meter(map, Mode::LRA)?;
        meter.add_frames_f32(&samples).ok()?;
        meter.loudness_range().ok().filter(|range| range.is_finite())
    };
    let range_lu = range().unwrap_or(0.0);
    Loudness { integrated_lufs, true_peak_dbtp: 20.0 * true_peak.log10(), range_lu }
}

/// Interleaved samples, and what their channels are.
fn metered_channels(shots: &[Channels]) -> (Vec<f32>, &'static [Channel]) {
    const PAIR: &[Channel] = &[Channel::Left, Channel::Right];
    const AROUND: &[Channel] = &[
        Channel::Left,
        Channel::Right,
        Channel::Center,
        Channel::Unused,
        Channel::LeftSurround,
        Channel::RightSurround,
    ];
    if shots.first().is_none_or(|shot| shot.layout != Layout::Surround) {
        return (shots.iter().flat_map(|shot| shot.stereo().samples.into_flattened()).collect(), PAIR);
    }
    let frames = |shot: &Channels| -> Vec<f32> {
        (0..shot.length()).flat_map(|n| shot.channels.iter().map(move |channel| channel[n])).collect()
    };
    (shots.iter().flat_map(frames).collect(), AROUND)
}

fn meter(map: &[Channel], mode: Mode) -> Option<EbuR128> {
    let mut meter = EbuR128::new(map.len() as u32, SAMPLE_RATE_HZ, mode).ok()?;
    meter.set_channel_map(map).ok()?;
    Some(meter)
}

/// Loudness and true peak of interleaved samples. Programmes too short for a gating block count by their plain power.
fn metered(interleaved: &[f32], map: &[Channel]) -> (f64, f64) {
    let frames = (interleaved.len() / map.len()).max(1);
    let counts = |n: usize| map[n % map.len()] != Channel::Unused;
    let counted = interleaved.iter().enumerate().filter(|(n, _)| counts(*n));
    let power = counted.map(|(_, &s)| f64::from(s).powi(2)).sum::<f64>() / frames as f64;
    let ungated = -0.691 + 10.0 * power.log10();
    let Some(mut meter) = meter(map, Mode::I | Mode::TRUE_PEAK) else {
        return (ungated, 1.0);
    };
    if meter.add_frames_f32(interleaved).is_err() {
        return (ungated, 1.0);
    }
    let gated = meter.loudness_global().ok().filter(|lufs| lufs.is_finite());
    let peaks = (0..map.len() as u32).map(|channel| meter.true_peak(channel).unwrap_or(1.0));
    (gated.unwrap_or(ungated), peaks.fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 1 kHz sine of amplitude 0.1 in one channel of a layout.
    fn in_channel(layout: Layout, channel: usize) -> f64 {
        let mut shot = Channels::silent(layout, 3 * 48_000);
        for (n, sample) in shot.channels[channel].iter_mut().enumerate() {
            *sample = 0.1 * (n as f32 * std::f32::consts::TAU / 48.0).sin();
        }
        loudness(&[shot]).integrated_lufs
    }

    #[test]
    fn surrounds_weigh_more_by_a_decibel_and_a_half_and_the_low_channel_nothing() {
        let left = in_channel(Layout::Surround, 0);
        assert!((left - in_channel(Layout::Stereo, 0)).abs() < 1e-6);
        for (channel, more_db) in [(1, 0.0), (2, 0.0), (4, 1.49), (5, 1.49)] {
            let found = in_channel(Layout::Surround, channel);
            assert!((found - left - more_db).abs() < 0.02, "channel {channel}: {found} {left}");
        }
        assert!(in_channel(Layout::Surround, 3) < -60.0);
    }
}
