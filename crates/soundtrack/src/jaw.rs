//! What somebody says to how far the jaw is open.
//!
//! Phonemes say it best: where a list of them stands beside the recording, the jaw follows its visemes. Else loud vowels open a mouth, pauses and stops close it: the opening follows the line's level over the 25 dB below its
//! loudest tenth, quickly up and a little slower down, as jaws do (peak speeds of 5 Hz movements: Ostry and Flanagan, Arch.
//! Oral Biol. 34, 1989). It says nothing about lips.

use std::path::Path;

use maquette_conditioning::{Clip, SAMPLE_RATE_HZ, SoundSource, Track};

use crate::{Error, Viseme, clip, visemes};

/// Time between two openings.
const STEP_S: f64 = 0.01;
const STEP: usize = SAMPLE_RATE_HZ as usize / 100;
/// Below the loudest tenth by this much, a jaw is closed.
const RANGE_DB: f64 = 25.0;
/// The loudest share of the steps opens all the way.
const LOUDEST: f64 = 0.1;
/// Steps in which 63 % of the way is made, up and down: 20 and 60 ms.
const RISE: f64 = 2.0;
const FALL: f64 = 6.0;
/// Steps after the end until it is shut.
const SHUT: usize = 30;

/// How far the jaw of who says this is open, 0 to 1, every 10 ms on the world's clock, from the start of the recording
/// until it is shut behind its end. A background or a slide moves none. A file with the recording's name and the ending
/// `pho` is its list of phonemes, as [`visemes`] reads them.
///
/// # Errors
///
/// [`Error`] when the recording or the list cannot be read.
pub fn jaw(source: &SoundSource) -> Result<Track<f32>, Error> {
    let opening = match &source.clip {
        Clip::File(path) => match beside(path)? {
            Some(visemes) => between(&visemes),
            None => opening(&clip::load(path)?),
        },
        Clip::Samples(samples) => opening(samples),
        Clip::Ambience { .. } | Clip::Slide(_) => vec![0.0],
    };
    Ok(Track { start_s: source.start_s, step_s: STEP_S, samples: opening })
}

/// The visemes of the list beside a recording, if there is one.
fn beside(recording: &Path) -> Result<Option<Vec<Viseme>>, Error> {
    let path = recording.with_extension("pho");
    match std::fs::read_to_string(&path) {
        Ok(text) => match visemes(&text) {
            Ok(found) => Ok(Some(found)),
            Err(source) => Err(Error::Lips { path, source: Box::new(source) }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Open { path, source }),
    }
}

/// In a straight line from viseme to viseme; shut before the first and after the last.
fn between(visemes: &[Viseme]) -> Vec<f32> {
    let end_s = visemes.last().map_or(0.0, |last| last.time_s);
    let open = |step: usize| {
        let time_s = step as f64 * STEP_S;
        let next = visemes.partition_point(|viseme| viseme.time_s <= time_s);
        let ends = next.checked_sub(1).and_then(|last| Some((visemes[last], *visemes.get(next)?)));
        ends.map_or(0.0, |(a, b)| {
            let share = (time_s - a.time_s) / (b.time_s - a.time_s);
            a.openness + share as f32 * (b.openness - a.openness)
        })
    };
    (0..=(end_s / STEP_S) as usize + 1).map(open).collect()
}

fn opening(samples: &[f32]) -> Vec<f32> {
    let power = |step: &[f32]| step.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / STEP as f64;
    let powers: Vec<f64> = samples.chunks(STEP).map(power).collect();
    let mut sorted = powers.clone();
    sorted.sort_by(f64::total_cmp);
    let loudest = sorted.get(((1.0 - LOUDEST) * sorted.len() as f64) as usize).copied().unwrap_or(0.0);
    let mut open = 0.0;
    let mut follow = |power: f64| {
        let wanted = match power > 0.0 && loudest > 0.0 {
            true => (1.0 + 10.0 * (power / loudest).log10() / RANGE_DB).clamp(0.0, 1.0),
            false => 0.0,
        };
        let steps = if wanted > open { RISE } else { FALL };
        open += (wanted - open) * (1.0 - (-1.0 / steps).exp());
        open as f32
    };
    let mut openings: Vec<f32> =
        powers.into_iter().chain(std::iter::repeat_n(0.0, SHUT)).map(&mut follow).collect();
    openings.push(0.0);
    openings
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Syllables of a hum, `period_s` long, sounding for the first half.
    fn babble(period_s: f64, seconds: f64, level: f32) -> SoundSource {
        let rate = f64::from(SAMPLE_RATE_HZ);
        let sample = |n: usize| {
            let at = n as f64 / rate;
            let on = (at / period_s).fract() < 0.5;
            if on { level * (at * 900.0).sin() as f32 } else { 0.0 }
        };
        let samples = (0..(seconds * rate) as usize).map(sample).collect();
        SoundSource { clip: Clip::Samples(samples), start_s: 2.0, ..SoundSource::default() }
    }

    #[test]
    fn a_jaw_opens_with_each_syllable_and_shuts_in_between() {
        let jaw = jaw(&babble(0.4, 2.0, 0.3)).expect("samples");
        assert_eq!((jaw.start_s, jaw.step_s), (2.0, 0.01));
        for syllable in 0..5 {
            let start_s = 2.0 + 0.4 * f64::from(syllable);
            assert!(jaw.at(start_s + 0.15) > 0.95 && jaw.at(start_s + 0.39) < 0.1, "{syllable}");
        }
        assert!(jaw.samples.iter().all(|open| (0.0..=1.0).contains(open)));
        assert_eq!(jaw.samples.last(), Some(&0.0));
    }

    #[test]
    fn what_counts_is_the_shape_of_a_line_and_not_its_level() {
        let [soft, loud] = [0.001, 0.9].map(|level| jaw(&babble(0.3, 1.0, level)).expect("samples").samples);
        assert!(soft.iter().zip(&loud).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn a_list_of_phonemes_beside_the_recording_moves_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = folder.path().join("line.wav");
        let list = folder.path().join("line.pho");
        std::fs::write(&list, "_ 200\nm 80\nA: 160\np 80\n_ 200\n").expect("a list");
        let source = SoundSource { clip: Clip::File(recording), start_s: 3.0, ..SoundSource::default() };
        let open = jaw(&source).expect("the list is all it needs");
        // Open in the middle of the vowel, shut for the lips on both sides of it.
        assert!(open.at(3.36) > 0.99 && (open.at(3.30) - 0.5).abs() < 0.01, "{open:?}");
        assert!([3.1, 3.24, 3.48, 3.7].iter().all(|&time_s| open.at(time_s) < 0.01), "{open:?}");
        std::fs::write(&list, "_ 200\nwhat is this\n").expect("a list");
        let error = jaw(&source).expect_err("no list");
        let reason = std::error::Error::source(&error).expect("a reason").to_string();
        assert!(error.to_string().contains("line.pho") && reason.contains("line 2"), "{error} {reason}");
    }

    #[test]
    fn silence_and_backgrounds_keep_it_shut() {
        let silent = SoundSource::default();
        assert!(jaw(&silent).expect("samples").samples.iter().all(|open| *open == 0.0));
    }
}
