//! Formats of listening: two ears against the measurements they come from, Ambisonics, and heads that turn.

use std::sync::OnceLock;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Acoustics, Layout, SourceAcoustics, Track};
use maquette_soundtrack::{Head, Listening, Settings, Stems, render_stems};

use crate::{rooms::*, scene::*};

const SOFA: &str = "../../assets/hrir/MIT_KEMAR_normal_pinna.sofa";

fn binaural() -> Settings {
    static HEAD: OnceLock<std::sync::Arc<Head>> = OnceLock::new();
    let head = HEAD.get_or_init(|| Head::kemar().unwrap()).clone();
    Settings { listening: Listening::Binaural(head), ..Settings::default() }
}

/// What reaches the ears of a click from a direction, 10 ms away.
fn click_from(direction: Vec3) -> [Vec<f32>; 2] {
    let mut scene = timeline(Vec3::NEG_Z, Vec3::ZERO, vec![]);
    let mut samples = vec![0.0; 64];
    samples[0] = 1.0;
    scene.sources[0].clip = clip(samples);
    scene.to_s = 0.05;
    let mut arrival = ahead(0, 0.01, 1.0);
    arrival.direction = direction;
    let stems = stems_of(&scene, followed(vec![vec![arrival]]), &binaural());
    let [left, right] = <[Vec<f32>; 2]>::try_from(stems.sum().channels).unwrap();
    [left, right]
}

fn stems_of(
    scene: &maquette_conditioning::SoundTimeline,
    source: SourceAcoustics,
    settings: &Settings,
) -> Stems {
    render_stems(scene, &Acoustics { sources: vec![source] }, settings).unwrap()
}

/// Power of a response in the octave around a frequency, up to 18 kHz: reading between samples is flat to 19 kHz.
fn octave_power(response: &[f32], centre_hz: f64) -> f64 {
    // Responses have narrow notches; fewer lines would miss some of one and not of the other.
    const LINES: usize = 72;
    let line = |k: usize| centre_hz * 2f64.powf((k as f64 + 0.5) / LINES as f64 - 0.5);
    let power = |hz: f64| {
        let (re, im) = spectrum(response, hz, 0.0);
        re * re + im * im
    };
    (0..LINES).map(line).filter(|hz| *hz < 18_000.0).map(power).sum()
}

/// Seconds by which the left ear is behind the right: the peak of their cross-correlation below 1.5 kHz.
fn left_behind_s(ears: [&[f32]; 2]) -> f64 {
    let lines: Vec<(f64, f64, f64)> = (1..150)
        .map(|k| {
            let hz = 10.0 * f64::from(k);
            let [(a, b), (c, d)] = ears.map(|ear| spectrum(ear, hz, 0.0));
            let weight = (0.5 * std::f64::consts::PI * hz / 1500.0).cos().powi(2);
            (hz, (a * c + b * d) * weight, (b * c - a * d) * weight)
        })
        .collect();
    let correlation = |lag_s: f64| {
        let turn = |hz: f64| std::f64::consts::TAU * hz * lag_s;
        lines.iter().map(|(hz, re, im)| re * turn(*hz).cos() - im * turn(*hz).sin()).sum::<f64>()
    };
    let lags = (-1000..=1000).map(|n| f64::from(n) * 1e-6);
    lags.max_by(|a, b| correlation(*a).total_cmp(&correlation(*b))).unwrap()
}

#[test]
fn level_and_time_differences_around_the_head_are_the_measured_ones() {
    let mut options = sofar::reader::OpenOptions::new();
    options.sample_rate(48_000.0).normalized(false);
    let file = options.open(SOFA).unwrap();
    let (hrtf, mut worst_db, mut worst_us, mut count) = (file.hrtf(), 0.0f64, 0.0f64, 0);
    let taps = hrtf.n() as usize;
    for index in 0..hrtf.m() as usize {
        let at = &hrtf.source_position.values[3 * index..3 * index + 3];
        if at[2].abs() > 1e-3 {
            continue;
        }
        count += 1;
        let ear = |n: usize| &hrtf.data_ir.values[(2 * index + n) * taps..(2 * index + n + 1) * taps];
        let measured = [ear(0), ear(1)];
        // The click is 480 samples away.
        let found = click_from(Vec3::new(-at[1], 0.0, -at[0]).normalize()).map(|ear| ear[400..1100].to_vec());
        for centre_hz in [125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0] {
            let difference = |left: &[f32], right: &[f32]| {
                10.0 * (octave_power(left, centre_hz) / octave_power(right, centre_hz)).log10()
            };
            let error_db = difference(&found[0], &found[1]) - difference(measured[0], measured[1]);
            if error_db.abs() > 0.8 {
                println!("{at:?}, {centre_hz} Hz: {error_db:.2} dB");
            }
            worst_db = worst_db.max(error_db.abs());
        }
        let error_us = 1e6 * (left_behind_s([&found[0], &found[1]]) - left_behind_s(measured));
        worst_us = worst_us.max(error_us.abs());
    }
    println!("bench: head_db = {worst_db:.3}\nbench: head_us = {worst_us:.2}");
    assert!(count >= 36 && worst_db < 1.0 && worst_us < 30.0);
}

#[test]
fn a_head_that_turns_does_not_click() {
    let mut scene = timeline(Vec3::ZERO, Vec3::ZERO, vec![]);
    scene.sources[0].clip = tone(500.0, 1.0);
    let instants = |turns: f32| {
        let arrival = |i: i32| {
            let (sin, cos) = (turns * std::f32::consts::TAU * i as f32 * 0.01).sin_cos();
            let mut arrival = ahead(0, 0.01, 1.0);
            arrival.direction = Vec3::new(sin, 0.0, -cos);
            vec![arrival]
        };
        (0..=100).map(arrival).collect()
    };
    let roughness = |turns: f32| {
        let sum = stems_of(&scene, followed(instants(turns)), &binaural()).sum();
        let left: Vec<f64> = sum.channels[0][4_800..43_200].iter().map(|s| f64::from(*s)).collect();
        left.windows(5)
            .fold(0.0f64, |most, w| most.max((w[0] - 4.0 * w[1] + 6.0 * w[2] - 4.0 * w[3] + w[4]).abs()))
    };
    let (still, turning) = (roughness(0.0), roughness(0.5));
    assert!(turning < 6.0 * still.max(1e-5), "{still} {turning}");
}

#[test]
fn ears_hear_alike_what_chunks_are_cut_elsewhere() {
    // More than one stretch of 2.7 s, and a range that begins later.
    let mut scene = timeline(Vec3::new(1.0, 0.5, -2.0), Vec3::ZERO, vec![]);
    scene.sources[0].clip = tone(700.0, 4.0);
    scene.to_s = 3.5;
    let sound = |from_s: f64, scene: &maquette_conditioning::SoundTimeline| {
        let scene = maquette_conditioning::SoundTimeline { from_s, ..scene.clone() };
        let acoustics =
            maquette_acoustics::propagate(&scene, &maquette_acoustics::Settings::default()).unwrap();
        render_stems(&scene, &acoustics, &binaural()).unwrap().sum().channels.remove(1)
    };
    let (whole, part) = (sound(0.0, &scene), sound(0.5, &scene));
    let worst = whole[24_000..].iter().zip(&part).fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(worst < 1e-4 * whole.iter().fold(0.0f32, |m, s| m.max(s.abs())), "{worst}");
}

#[test]
fn a_stream_from_a_direction_and_a_path_from_there_sound_alike() {
    let direction = Vec3::new(0.6, 0.2, -0.4).normalize();
    let path = click_from(direction);
    let Listening::Binaural(head) = binaural().listening else { panic!("no head") };
    let mut channels = maquette_conditioning::Channels::silent(Layout::Binaural, path[0].len());
    let mut click = vec![0.0; path[0].len()];
    let level = path[0].iter().chain(&path[1]).map(|s| f64::from(*s).powi(2)).sum::<f64>();
    click[480] = 1.0;
    Listening::Binaural(head).project(direction, &click, &mut channels);
    let own = channels.channels.iter().flatten().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    let scale = (level / own).sqrt() as f32;
    for (a, b) in path.iter().zip(&channels.channels) {
        let top = a.iter().fold(0.0f32, |m, s| m.max(s.abs()));
        let worst = a.iter().zip(b).fold(0.0f32, |m, (a, b)| m.max((a - scale * b).abs()));
        assert!(worst < 2e-3 * top, "{worst} of {top}");
    }
}

#[test]
fn ambisonics_holds_the_direction_and_decodes_to_its_side() {
    let scene = {
        let mut scene = timeline(Vec3::new(-3.0, 0.0, 0.0), Vec3::ZERO, vec![]);
        scene.sources[0].clip = tone(440.0, 1.0);
        scene
    };
    let acoustics = maquette_acoustics::propagate(&scene, &maquette_acoustics::Settings::default()).unwrap();
    let settings = Settings { listening: Listening::AmbiX, ..Settings::default() };
    let sum = render_stems(&scene, &acoustics, &settings).unwrap().sum();
    assert_eq!((sum.layout, sum.channels.len()), (Layout::AmbiX, 4));
    let [w, y, z, x] = [0, 1, 2, 3].map(|n| &sum.channels[n]);
    for n in (5_000..40_000).step_by(997) {
        assert!((w[n] - y[n]).abs() < 1e-5 && z[n].abs() < 1e-6 && x[n].abs() < 1e-6);
    }
    let stereo = sum.stereo();
    assert!(stereo.samples.iter().all(|s| s[1].abs() < 1e-5) && stereo.samples[20_003][0].abs() > 1e-3);
}

#[test]
fn a_file_that_is_no_head_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read(SOFA).unwrap();
    for (name, bytes) in
        [("noise.sofa", &[7u8; 4000][..]), ("empty.sofa", &[]), ("half.sofa", &good[..50_000])]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = Head::read(&path).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("SOFA"), "{error}");
    }
    assert!(Head::read(&folder.path().join("none.sofa")).is_err());
}

#[test]
fn a_listener_that_turns_its_head_hears_the_voice_swing() {
    let mut scene = timeline(Vec3::new(0.0, 0.0, -2.0), Vec3::ZERO, vec![]);
    scene.sources[0].clip = tone(2000.0, 1.0);
    let turn = |i: i32| Affine3A::from_rotation_y(std::f32::consts::FRAC_PI_2 * i as f32 / 100.0);
    scene.listener = Track { start_s: 0.0, step_s: 0.01, samples: (0..=100).map(turn).collect() };
    let acoustics = maquette_acoustics::propagate(&scene, &maquette_acoustics::Settings::default()).unwrap();
    let sum = render_stems(&scene, &acoustics, &binaural()).unwrap().sum();
    let power = |ear: usize| sum.channels[ear][40_000..].iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    // Turned to the left, the source is on the right.
    assert!(power(1) > 4.0 * power(0));
}
