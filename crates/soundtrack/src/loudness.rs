//! Shots to how loud they are (EBU R 128).

use ebur128::{EbuR128, Mode};
use maquette_conditioning::{Channels, SAMPLE_RATE_HZ};

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
