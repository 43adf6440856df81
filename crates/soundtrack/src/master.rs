//! A programme in pascals to finished sound: one loudness, no peak over the ceiling.
//!
//! Levels between shots, and between loud and quiet things, stay as they were: one gain for all. Where that would push
//! a peak over the ceiling, a limiter takes the peak alone, up to a point; beyond it, the whole stays quieter.

use maquette_conditioning::{Channels, Stems};

use crate::{
    limiter,
    loudness::{Loudness, loudness},
};

/// Where a programme is to end up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MasterSettings {
    /// Programme loudness in LUFS, −60 to 0. Default −23 (EBU R 128); streaming services ask for −14 to −27.
    pub target_lufs: f64,
    /// Highest true peak in dBTP. Default −1.
    pub most_true_peak_dbtp: f64,
    /// The most a limiter may take off a peak, in dB. Default 9. More keeps the loudness, less keeps the blows.
    pub most_limiting_db: f64,
}

impl Default for MasterSettings {
    fn default() -> Self {
        Self { target_lufs: -23.0, most_true_peak_dbtp: -1.0, most_limiting_db: 9.0 }
    }
}

/// What brings shots to their level: made from all of them, applied to each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Master {
    /// Factor from pascals to full scale.
    pub gain: f32,
    /// Highest value a sample may have.
    ceiling: f32,
    /// The most that a limiter takes off anywhere, in dB; 0 when nothing needs it.
    pub limited_db: f64,
    /// How loud the shots one after the other are when finished.
    pub loudness: Loudness,
}

/// True peaks are metered with other interpolators than the limiter's: this much is kept free, in dB.
const MARGIN_DB: f64 = 0.1;
/// Limiting lowers the loudness a little, and the gain makes up for it in so many rounds.
const ROUNDS: usize = 4;
/// A programme that never exceeds the threshold of hearing, 20 µPa, is silent.
const SILENT_PA: f32 = 20e-6;

impl Master {
    /// For shots in the order of the programme, in pascals.
    pub fn of(shots: &[Channels], settings: &MasterSettings) -> Self {
        let ceiling = factor(settings.most_true_peak_dbtp - MARGIN_DB) as f32;
        let peaks: Vec<Vec<f32>> = shots.iter().map(limiter::true_peaks).collect();
        let peak = peaks.iter().flatten().copied().fold(0.0f32, f32::max);
        let untouched = Self { gain: 1.0, ceiling, limited_db: 0.0, loudness: loudness(shots) };
        if !peak.is_finite() || peak <= SILENT_PA {
            return untouched;
        }
        // The meter's absolute gate is meant for finished programmes: begin at full scale.
        let highest = ceiling / peak * factor(settings.most_limiting_db) as f32;
        let mut master = Self { gain: ceiling / peak, ..untouched }.measured(shots, &peaks);
        for _ in 0..ROUNDS {
            let missing_db = settings.target_lufs - master.loudness.integrated_lufs;
            let gain = (master.gain * factor(missing_db) as f32).min(highest);
            master = Self { gain, ..master }.measured(shots, &peaks);
        }
        master
    }

    /// A shot at its level.
    pub fn finished(&self, shot: &Channels) -> Channels {
        times(shot, self.gain, self.curve(&limiter::true_peaks(shot)).as_deref())
    }

    /// A shot's stems, at such levels that they still add up to the finished shot: what the limiter takes off the whole,
    /// it takes off each.
    pub fn finished_stems(&self, stems: &Stems) -> Stems {
        let curve = self.curve(&limiter::true_peaks(&stems.sum()));
        let one = |stem: &Channels| times(stem, self.gain, curve.as_deref());
        Stems {
            dialogue: one(&stems.dialogue),
            effects: one(&stems.effects),
            ambience: one(&stems.ambience),
            music: one(&stems.music),
        }
    }

    fn curve(&self, peaks: &[f32]) -> Option<Vec<f32>> {
        limiter::gain_curve(peaks, self.gain, self.ceiling)
    }

    /// `peaks` are the shots' true peaks, which do not depend on the gain.
    fn measured(self, shots: &[Channels], peaks: &[Vec<f32>]) -> Self {
        let curves: Vec<Option<Vec<f32>>> = peaks.iter().map(|peaks| self.curve(peaks)).collect();
        let least = curves.iter().flatten().flatten().copied().fold(1.0, f32::min);
        let finished =
            shots.iter().zip(&curves).map(|(shot, curve)| times(shot, self.gain, curve.as_deref()));
        let finished: Vec<Channels> = finished.collect();
        Self { limited_db: -20.0 * f64::from(least).log10() + 0.0, loudness: loudness(&finished), ..self }
    }
}

fn times(channels: &Channels, gain: f32, curve: Option<&[f32]>) -> Channels {
    let at = |n: usize| gain * curve.map_or(1.0, |curve| curve[n]);
    let one = |channel: &Vec<f32>| channel.iter().enumerate().map(|(n, sample)| sample * at(n)).collect();
    Channels { layout: channels.layout, channels: channels.channels.iter().map(one).collect() }
}

fn factor(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

#[cfg(test)]
mod tests {
    use maquette_conditioning::Layout;

    use super::*;

    fn tone(amplitude: f32, seconds: f32) -> Channels {
        let sample = |i| (i as f32 / 48_000.0 * 997.0 * std::f32::consts::TAU).sin() * amplitude;
        let channel: Vec<f32> = (0..(48_000.0 * seconds) as usize).map(sample).collect();
        Channels { layout: Layout::Stereo, channels: vec![channel.clone(), channel] }
    }

    fn with_blows(mut channels: Channels, level: f32) -> Channels {
        for channel in &mut channels.channels {
            for blow in 0..4 {
                for n in 0..40 {
                    channel[9_000 + 30_000 * blow + n] +=
                        level * (1.0 - n as f32 / 40.0) * (n as f32 * 0.7).sin();
                }
            }
        }
        channels
    }

    #[test]
    fn any_programme_reaches_any_target() {
        for (amplitude, target_lufs) in [(0.002, -23.0), (20.0, -23.0), (0.3, -16.0), (0.3, -31.0)] {
            let settings = MasterSettings { target_lufs, ..MasterSettings::default() };
            let master = Master::of(&[tone(amplitude, 4.0)], &settings);
            let found = master.loudness;
            assert!((found.integrated_lufs - target_lufs).abs() < 0.05, "{found:?}");
            assert_eq!(master.limited_db, 0.0);
            // EBU Tech 3341, case 1: a stereo 1 kHz sine at −23 dBFS reads −23 LUFS.
            let level_db = 20.0 * f64::from(amplitude * master.gain).log10();
            assert!((level_db - target_lufs).abs() < 0.1, "{level_db}");
        }
    }

    #[test]
    fn a_click_is_held_below_full_scale() {
        let mut shot = tone(0.001, 3.0);
        (shot.channels[0][72_000], shot.channels[1][72_000]) = (5.0, -5.0);
        let master = Master::of(std::slice::from_ref(&shot), &MasterSettings::default());
        let finished = master.finished(&shot);
        let peak = finished.channels.iter().flatten().fold(0.0f32, |most, sample| sample.abs().max(most));
        assert!(20.0 * peak.log10() <= -1.0 + 1e-4, "{peak}");
    }

    #[test]
    fn a_blink_is_not_infinitely_loud() {
        let gain = Master::of(&[tone(0.1, 0.05)], &MasterSettings::default()).gain;
        assert!(gain.is_finite() && gain > 0.0 && 0.1 * gain < 0.9);
    }

    #[test]
    fn blows_are_limited_to_the_true_peak_and_the_loudness_stays() {
        let shot = with_blows(tone(0.01, 4.0), 0.3);
        let master = Master::of(std::slice::from_ref(&shot), &MasterSettings::default());
        println!("{master:?}");
        assert!(master.limited_db > 0.5 && master.limited_db < 9.1);
        assert!(master.loudness.true_peak_dbtp <= -1.0);
        assert!((master.loudness.integrated_lufs - -23.0).abs() < 0.1);
    }

    #[test]
    fn a_blow_too_many_lowers_the_whole_instead() {
        let shot = with_blows(tone(0.001, 4.0), 3.0);
        let master = Master::of(std::slice::from_ref(&shot), &MasterSettings::default());
        assert!(master.loudness.integrated_lufs < -24.0 && master.loudness.true_peak_dbtp <= -1.0);
        assert!(master.limited_db < 9.2, "{master:?}");
    }

    #[test]
    fn stems_add_up_to_the_finished_shot() {
        let parts = [with_blows(tone(0.01, 3.0), 0.3), tone(0.02, 3.0), tone(0.003, 3.0), tone(0.0, 3.0)];
        let [dialogue, effects, ambience, music] = parts;
        let stems = Stems { dialogue, effects, ambience, music };
        let master = Master::of(&[stems.sum()], &MasterSettings::default());
        let (whole, sum) = (master.finished(&stems.sum()), master.finished_stems(&stems).sum());
        for (a, b) in whole.channels[0].iter().zip(&sum.channels[0]) {
            assert!((a - b).abs() < 1e-5);
        }
    }

    #[test]
    fn shots_share_one_gain_and_silence_stays() {
        let shots = [tone(0.2, 2.0), tone(0.05, 2.0)];
        let master = Master::of(&shots, &MasterSettings::default());
        let [loud, soft] = [0, 1].map(|n| master.finished(&shots[n]).channels[0][12]);
        assert!((loud / soft - 4.0).abs() < 1e-3);
        let [loud, soft] = [0, 1].map(|n| Master::of(&shots[n..=n], &MasterSettings::default()).gain);
        assert!(soft > loud);
        for silent in [vec![], vec![tone(0.0, 1.0)], vec![tone(0.0, 0.0)]] {
            assert_eq!(Master::of(&silent, &MasterSettings::default()).gain, 1.0);
        }
    }
}
