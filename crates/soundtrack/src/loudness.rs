//! A pascal-scaled mix to a programme at broadcast level.

use ebur128::{EbuR128, Mode};
use maquette_conditioning::{Channels, Mix, SAMPLE_RATE_HZ};

/// Programme loudness of EBU R 128.
const TARGET_LUFS: f64 = -23.0;
/// Highest true peak, in dB re full scale.
const MOST_PEAK_DB: f64 = -1.0;
/// A programme that never exceeds the threshold of hearing, 20 µPa, is silent.
const SILENT_PA: f64 = 20e-6;

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

/// How loud shots are one after the other, as they are heard on two channels.
pub fn loudness(shots: &[Channels]) -> Loudness {
    let samples: Vec<f32> = shots.iter().flat_map(|shot| shot.stereo().samples.into_flattened()).collect();
    let silent =
        Loudness { integrated_lufs: f64::NEG_INFINITY, true_peak_dbtp: f64::NEG_INFINITY, range_lu: 0.0 };
    if samples.iter().all(|sample| *sample == 0.0) {
        return silent;
    }
    let (integrated_lufs, true_peak) = metered(&samples);
    let range = || {
        let mut meter = EbuR128::new(2, SAMPLE_RATE_HZ, Mode::LRA).ok()?;
        meter.add_frames_f32(&samples).ok()?;
        meter.loudness_range().ok().filter(|range| range.is_finite())
    };
    let range_lu = range().unwrap_or(0.0);
    Loudness { integrated_lufs, true_peak_dbtp: 20.0 * true_peak.log10(), range_lu }
}

/// The one gain that brings a sequence to −23 LUFS (ITU-R BS.1770 with gating, over all mixes in order as one programme),
/// held down where needed so that no true peak exceeds −1 dB re full scale. 1 for silence.
///
/// Levels between shots, and between loud and quiet things, stay as they were: that is why there is one gain only.
pub fn programme_gain(mixes: &[Mix]) -> f32 {
    let samples = || mixes.iter().flat_map(|mix| &mix.samples);
    let sample_peak = samples().flatten().fold(0.0f64, |most, &s| f64::from(s).abs().max(most));
    if !sample_peak.is_finite() || sample_peak <= SILENT_PA {
        return 1.0;
    }
    // Metered at full scale: the meter's absolute gate at −70 LUFS is meant for finished programmes, not for pascals.
    let normalised: Vec<f32> = samples().flatten().map(|&s| (f64::from(s) / sample_peak) as f32).collect();
    let (loudness_lufs, true_peak) = metered(&normalised);
    let wanted = decibels(TARGET_LUFS - loudness_lufs);
    let allowed = decibels(MOST_PEAK_DB) / true_peak.max(1.0);
    (wanted.min(allowed) / sample_peak) as f32
}

/// A mix times a gain.
pub fn applied(mix: &Mix, gain: f32) -> Mix {
    Mix { samples: mix.samples.iter().map(|&[left, right]| [left * gain, right * gain]).collect() }
}

/// Loudness and true peak of interleaved stereo. Programmes too short for a gating block count by their plain power.
fn metered(interleaved: &[f32]) -> (f64, f64) {
    let power =
        interleaved.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() * 2.0 / interleaved.len() as f64;
    let ungated = -0.691 + 10.0 * power.log10();
    let Ok(mut meter) = EbuR128::new(2, SAMPLE_RATE_HZ, Mode::I | Mode::TRUE_PEAK) else {
        return (ungated, 1.0);
    };
    if meter.add_frames_f32(interleaved).is_err() {
        return (ungated, 1.0);
    }
    let gated = meter.loudness_global().ok().filter(|lufs| lufs.is_finite());
    let peak = |channel| meter.true_peak(channel).unwrap_or(1.0);
    (gated.unwrap_or(ungated), peak(0).max(peak(1)))
}

fn decibels(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f32, seconds: f32) -> Mix {
        let sample = |i| (i as f32 / 48_000.0 * 1000.0 * std::f32::consts::TAU).sin() * amplitude;
        Mix { samples: (0..(48_000.0 * seconds) as usize).map(|i| [sample(i); 2]).collect() }
    }

    #[test]
    fn a_tone_reaches_the_target() {
        // EBU Tech 3341, case 1: a stereo 1 kHz sine at −23 dBFS reads −23 LUFS.
        for amplitude in [0.002, 0.3, 20.0] {
            let mix = tone(amplitude, 3.0);
            let level_db = 20.0 * (f64::from(amplitude) * f64::from(programme_gain(&[mix]))).log10();
            assert!((level_db - -23.0).abs() < 0.1, "{level_db}");
        }
    }

    #[test]
    fn a_click_is_held_below_full_scale() {
        let mut mix = tone(0.001, 3.0);
        mix.samples[72_000] = [5.0, -5.0];
        let gain = f64::from(programme_gain(std::slice::from_ref(&mix)));
        assert!(20.0 * (5.0 * gain).log10() <= -1.0 + 1e-4);
    }

    #[test]
    fn silence_and_nothing_stay_as_they_are() {
        assert_eq!(programme_gain(&[]), 1.0);
        assert_eq!(programme_gain(&[Mix { samples: vec![[0.0; 2]; 48_000] }]), 1.0);
        assert_eq!(programme_gain(&[Mix { samples: vec![] }]), 1.0);
    }

    #[test]
    fn shots_share_one_gain() {
        let (loud, soft) = (tone(0.2, 2.0), tone(0.05, 2.0));
        let gain = programme_gain(&[loud.clone(), soft.clone()]);
        let ratio = applied(&loud, gain).samples[12][0] / applied(&soft, gain).samples[12][0];
        assert!((ratio - 4.0).abs() < 1e-3);
        assert!(programme_gain(std::slice::from_ref(&soft)) > programme_gain(&[loud]));
    }

    #[test]
    fn a_blink_is_not_infinitely_loud() {
        let gain = programme_gain(&[tone(0.1, 0.05)]);
        assert!(gain.is_finite() && gain > 0.0 && 0.1 * gain < 0.9);
    }
}
