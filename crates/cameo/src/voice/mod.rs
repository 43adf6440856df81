//! A recording's sound to a voice that can stand in another room.
//!
//! What the backdrop's room hums and hisses would come along into the set, from the person's mouth. So the hum is learnt where
//! nobody speaks and taken out of every frequency by as much as it is there (`spectrum`), and between words nothing is
//! left at all (`pauses`): the set has its own silence.

mod pauses;
mod spectrum;

use std::path::Path;

use maquette_provenance::consent::Permit;

use crate::{Error, plate::has_sound};

/// A mono voice at 48 kHz.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// Full scale is ±1; the level is the recording's.
    pub samples: Vec<f32>,
    /// Level of the room tone that was taken out, in dB relative to full scale; −∞ where there was none.
    pub room_tone_dbfs: f32,
}

/// Samples a second of a voice.
pub const VOICE_RATE_HZ: u32 = 48_000;

impl Voice {
    /// The voice of a permitted recording from `from_s` seconds on; `None` when the permit is not for the voice or the
    /// recording has no sound.
    ///
    /// # Errors
    ///
    /// A recording that cannot be read.
    pub fn open(permit: &Permit, from_s: f64) -> Result<Option<Self>, Error> {
        permit.voice().map_or(Ok(None), |path| Self::read(path, from_s))
    }

    /// The voice of a recording from `from_s` on; `None` when it has no sound.
    pub(crate) fn read(path: &Path, from_s: f64) -> Result<Option<Self>, Error> {
        if !has_sound(path)? {
            return Ok(None);
        }
        let channels = maquette_media::read_samples(path, VOICE_RATE_HZ)?;
        let mono = mixed_down(&channels);
        let voice = Self::gated(&mono);
        let first = ((from_s.max(0.0) * f64::from(VOICE_RATE_HZ)).round() as usize).min(mono.len());
        Ok(Some(Self { samples: voice.samples[first..].to_vec(), ..voice }))
    }

    /// Takes the room tone out of a recording at 48 kHz.
    pub fn gated(samples: &[f32]) -> Self {
        let spectrum::Cleaned { mut samples, activity, tone } = spectrum::cleaned(samples);
        pauses::silence(&mut samples, &activity, spectrum::HOP);
        Self { samples, room_tone_dbfs: 20.0 * tone.log10() }
    }
}

/// The mean of the channels.
fn mixed_down(channels: &[Vec<f32>]) -> Vec<f32> {
    let length = channels.iter().map(Vec::len).min().unwrap_or(0);
    let share = 1.0 / channels.len().max(1) as f32;
    (0..length).map(|i| share * channels.iter().map(|channel| channel[i]).sum::<f32>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a second of room, then syllables of a harmonic voice with pauses between.
    fn recording(noise: f32) -> (Vec<f32>, Vec<f32>) {
        let mut state = 1u32;
        let mut low = 0.0f32;
        let mut clean = Vec::new();
        let mut noisy = Vec::new();
        for i in 0..4 * 48_000 {
            let t = i as f32 / 48_000.0;
            let beat = t % 1.0;
            let envelope = if (0.5..0.9).contains(&beat) {
                ((beat - 0.5) / 0.4 * std::f32::consts::PI).sin().powf(0.5)
            } else {
                0.0
            };
            let pitch = 130.0 + 15.0 * (2.0 * t).sin();
            let voice: f32 =
                (1..20).map(|k| (std::f32::consts::TAU * pitch * k as f32 * t).sin() / k as f32).sum::<f32>()
                    * 0.1
                    * envelope;
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let white = state as f32 / 2_147_483_648.0 - 1.0;
            low += 0.1 * (white - low);
            clean.push(voice);
            noisy.push(voice + noise * (0.3 * white + 2.0 * low));
        }
        (clean, noisy)
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
    }

    /// Seconds of a recording.
    fn part(samples: &[f32], from_s: f32, to_s: f32) -> &[f32] {
        &samples[(from_s * 48_000.0) as usize..(to_s * 48_000.0) as usize]
    }

    #[test]
    fn pauses_fall_silent_and_words_keep_their_level() {
        let (clean, noisy) = recording(0.01);
        let voice = Voice::gated(&noisy);
        assert_eq!(voice.samples.len(), noisy.len());
        for second in 1..4 {
            let second = second as f32;
            let pause = rms(part(&voice.samples, second + 0.2, second + 0.4));
            assert!(pause < 1e-5, "{pause}");
            let (kept, was) = (
                rms(part(&voice.samples, second + 0.55, second + 0.85)),
                rms(part(&clean, second + 0.55, second + 0.85)),
            );
            assert!((20.0 * (kept / was).log10()).abs() < 0.5, "{kept} {was}");
        }
    }

    #[test]
    fn words_come_out_cleaner_than_they_went_in() {
        let (clean, noisy) = recording(0.02);
        let voice = Voice::gated(&noisy);
        let error = |heard: &[f32]| {
            let difference: Vec<f32> =
                part(heard, 1.5, 1.9).iter().zip(part(&clean, 1.5, 1.9)).map(|(a, b)| a - b).collect();
            20.0 * (rms(part(&clean, 1.5, 1.9)) / rms(&difference)).log10()
        };
        let gain = error(&voice.samples) - error(&noisy);
        assert!(gain > 2.0, "{gain} dB");
    }

    #[test]
    fn a_recording_without_room_tone_comes_back_unchanged() {
        let (clean, _) = recording(0.0);
        let voice = Voice::gated(&clean);
        let difference: Vec<f32> = voice.samples.iter().zip(&clean).map(|(a, b)| a - b).collect();
        assert!(rms(&difference) < 0.02 * rms(&clean), "{}", rms(&difference) / rms(&clean));
    }

    #[test]
    fn silence_and_nothing_come_back() {
        assert!(Voice::gated(&[]).samples.is_empty());
        assert!(Voice::gated(&[0.0; 10_000]).samples.iter().all(|&s| s == 0.0));
    }
}
