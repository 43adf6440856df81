//! Samples to pascals: a recording's level is set by its loud parts.

use maquette_conditioning::SAMPLE_RATE_HZ;

/// 0 dB SPL.
pub(crate) const REFERENCE_PA: f64 = 20e-6;
/// Length of the frames that are judged.
const FRAME: usize = SAMPLE_RATE_HZ as usize / 50;
/// Frames this far below the loudest are pauses.
const PAUSE_DB: f64 = 40.0;

/// Scales samples so that their active RMS is a level in dB SPL. Silence stays silence.
pub(crate) fn scaled_to(samples: &[f32], level_db_spl: f32) -> Vec<f32> {
    let active = active_rms(samples);
    if active <= 0.0 {
        return samples.to_vec();
    }
    let gain = REFERENCE_PA * 10f64.powf(f64::from(level_db_spl) / 20.0) / active;
    samples.iter().map(|&sample| (f64::from(sample) * gain) as f32).collect()
}

/// The gain that gives two channels together an active RMS in dB SPL: power adds, as from two loudspeakers.
pub(crate) fn pair_gain(pair: &[Vec<f32>; 2], level_db_spl: f32) -> f32 {
    let together: Vec<f32> = pair[0].iter().zip(&pair[1]).map(|(left, right)| left.hypot(*right)).collect();
    let active = active_rms(&together);
    if active <= 0.0 {
        1.0
    } else {
        (REFERENCE_PA * 10f64.powf(f64::from(level_db_spl) / 20.0) / active) as f32
    }
}

/// RMS over the 20 ms frames that are not pauses, so that a line with silence around it is as loud as the line
/// (the idea of ITU-T P.56, with frames in place of its envelope).
fn active_rms(samples: &[f32]) -> f64 {
    let power = |frame: &[f32]| frame.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / frame.len() as f64;
    let frames: Vec<(f64, usize)> = samples.chunks(FRAME).map(|frame| (power(frame), frame.len())).collect();
    let loudest = frames.iter().map(|frame| frame.0).fold(0.0, f64::max);
    let floor = loudest * 10f64.powf(-PAUSE_DB / 10.0);
    let active = frames.iter().filter(|frame| frame.0 > floor);
    let (energy, length) =
        active.fold((0.0, 0), |(energy, length), &(power, n)| (energy + power * n as f64, length + n));
    if length == 0 { 0.0 } else { (energy / length as f64).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_do_not_lower_the_level() {
        let tone: Vec<f32> = (0..48_000).map(|i| (i as f32 * 0.1).sin()).collect();
        let mut with_pause = tone.clone();
        with_pause.extend(vec![1e-4; 96_000]);
        let ratio = active_rms(&with_pause) / active_rms(&tone);
        assert!((ratio - 1.0).abs() < 1e-6, "{ratio}");
    }

    #[test]
    fn silence_stays_silence() {
        assert_eq!(scaled_to(&[0.0; 100], 60.0), vec![0.0; 100]);
    }
}
