//! Recordings of every kind.

use std::path::{Path, PathBuf};

use glam::Vec3;
use hound::{SampleFormat, WavSpec, WavWriter};
use maquette_acoustics::propagate;
use maquette_conditioning::{Clip, Mix, SoundTimeline};
use maquette_soundtrack::{Error, Settings, render};

use crate::{rooms::*, scene::*};

fn playing(clip: Clip) -> SoundTimeline {
    let mut scene = timeline(Vec3::NEG_Z * 0.343, Vec3::ZERO, vec![]);
    scene.sources[0].clip = clip;
    scene.sources[0].level_db_spl_1m = 80.0;
    scene
}

fn attempt(clip: Clip) -> Result<Mix, Error> {
    let scene = playing(clip);
    let acoustics = propagate(&scene, &maquette_acoustics::Settings::default()).expect("acoustics");
    render(&scene, &acoustics, &Settings::default())
}

fn wav(folder: &Path, rate: u32, channels: u16, seconds: f64, sample: impl Fn(f64) -> f32) -> PathBuf {
    let path = folder.join(format!("{rate}-{channels}.wav"));
    let spec =
        WavSpec { channels, sample_rate: rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut writer = WavWriter::create(&path, spec).unwrap();
    for i in 0..(seconds * f64::from(rate)) as usize {
        (0..channels).for_each(|_| writer.write_sample(sample(i as f64 / f64::from(rate))).unwrap());
    }
    writer.finalize().unwrap();
    path
}

fn sine(hz: f64) -> impl Fn(f64) -> f32 {
    move |t| 0.3 * (std::f64::consts::TAU * hz * t).sin() as f32
}

#[test]
fn any_rate_and_channel_count_sounds_alike() {
    let folder = tempfile::tempdir().unwrap();
    let direct = attempt(tone(1000.0, 0.8)).unwrap();
    for (rate, channels) in [(8_000, 1), (22_050, 1), (44_100, 2), (48_000, 2), (96_000, 2), (192_000, 1)] {
        let path = wav(folder.path(), rate, channels, 0.8, sine(1000.0));
        let mix = attempt(Clip::File(path)).unwrap();
        let pairs = mix.samples[9_600..33_600].iter().zip(&direct.samples[9_600..33_600]);
        let error: Vec<[f32; 2]> = pairs.map(|(a, b)| [a[0] - b[0], a[1] - b[1]]).collect();
        let error_db = decibels(pressure_rms(&error) / pressure_rms(&direct.samples[9_600..33_600]));
        // Resampling must keep time, level and tone; the clip's ends ring a little, which tilts the level.
        assert!(error_db < -50.0, "{rate} Hz × {channels}: {error_db} dB");
    }
}

/// Half a second of 1 kHz, as `recordings.sh` made it.
fn made(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

#[test]
fn compressed_recordings_sound_like_what_was_compressed() {
    let expected = attempt(tone(1000.0, 0.5)).unwrap();
    for name in ["tone.ogg", "tone.mp3"] {
        let mix = attempt(Clip::File(made(name))).unwrap();
        let heard = &left(&mix)[4_800..19_200];
        let hz = frequency_hz(heard, 0, heard.len() - 1);
        assert!((hz / 1000.0 - 1.0).abs() < 1e-3, "{name}: {hz} Hz");
        let [level, whole] = [&mix, &expected].map(|mix| pressure_rms(&mix.samples[4_800..19_200]));
        assert!(decibels(level / whole).abs() < 0.3, "{name}: {:.2} dB", decibels(level / whole));
        // A coder may put silence before, of a block or two.
        let seconds = mix.samples.iter().filter(|sample| sample[0].abs() > 1e-3).count() as f64 / RATE;
        assert!((0.45..0.56).contains(&seconds), "{name}: {seconds} s");
    }
}

#[test]
fn what_is_not_understood_comes_with_a_way_to_convert_it() {
    let folder = tempfile::tempdir().unwrap();
    let three = wav(folder.path(), 48_000, 3, 0.1, sine(500.0));
    for path in [made("tone-opus.ogg"), three] {
        let error = attempt(Clip::File(path.clone())).unwrap_err().to_string();
        let hint = format!("hint: convert it: ffmpeg -i \"{0}\" -ac 2 \"{0}.wav\"", path.display());
        assert!(error.ends_with(&hint), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = attempt(Clip::File("no/such/line.wav".into())).unwrap_err();
    assert!(matches!(error, Error::Open { .. }) && error.to_string().contains("line.wav"));
}

#[test]
fn a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let garbage: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let good = std::fs::read(wav(folder.path(), 48_000, 1, 0.1, sine(500.0))).unwrap();
    for (name, bytes) in [("noise.wav", &garbage[..]), ("nothing.wav", &[]), ("header.wav", &good[..30])] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = attempt(Clip::File(path)).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_folder_is_not_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    assert!(attempt(Clip::File(folder.path().into())).is_err());
}

#[test]
fn an_empty_recording_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = wav(folder.path(), 48_000, 1, 0.0, sine(500.0));
    assert!(attempt(Clip::File(path)).is_err());
    assert!(matches!(attempt(clip(vec![])).unwrap_err(), Error::Empty { name } if name == "source"));
}

#[test]
fn samples_that_are_not_numbers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = wav(folder.path(), 48_000, 1, 0.1, |t| if t > 0.05 { f32::NAN } else { 0.1 });
    assert!(matches!(attempt(Clip::File(path)).unwrap_err(), Error::NotFinite { .. }));
    assert!(matches!(
        attempt(clip(vec![0.0, f32::INFINITY])).unwrap_err(),
        Error::NotFinite { index: 1, .. }
    ));
}

#[test]
fn absurd_rates_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for rate in [1, 1_000, 2_000_000_011] {
        let path = wav(folder.path(), rate, 1, 100.0 / f64::from(rate), |_| 0.1);
        assert!(attempt(Clip::File(path)).is_err(), "{rate}");
    }
}

#[test]
fn a_silent_recording_is_silence() {
    let mix = attempt(clip(vec![0.0; 4_800])).unwrap();
    assert!(mix.samples.iter().all(|s| *s == [0.0; 2]));
}

#[test]
fn one_sample_is_a_recording() {
    let mix = attempt(clip(vec![0.5])).unwrap();
    let peak = (0..mix.samples.len()).max_by(|&a, &b| mix.samples[a][0].total_cmp(&mix.samples[b][0]));
    assert_eq!(peak, Some(48));
}
