//! Loudness by distance, by calibration and over ranges.

use glam::Vec3;
use maquette_acoustics::propagate;
use maquette_conditioning::Acoustics;
use maquette_soundtrack::{Error, Settings, render};

use crate::{rooms::*, scene::*};

#[test]
fn a_calibrated_tone_has_its_level_at_one_metre() {
    for level in [40.0f32, 65.0, 94.0] {
        let mut scene = timeline(Vec3::NEG_Z, Vec3::ZERO, vec![]);
        scene.sources[0].clip = tone(1000.0, 1.0);
        scene.sources[0].level_db_spl_1m = level;
        let found = decibels(pressure_rms(&heard(&scene).samples[4_800..43_200]) / 20e-6);
        assert!((found - f64::from(level)).abs() < 0.01, "{found}");
    }
}

#[test]
fn twice_the_distance_is_six_decibels_less() {
    let at = |distance: f32| {
        let mut scene = timeline(Vec3::new(0.6, 0.0, -0.8) * distance, Vec3::ZERO, vec![]);
        scene.sources[0].clip = tone(1000.0, 1.0);
        pressure_rms(&heard(&scene).samples[4_800..43_200])
    };
    for distance in [0.5, 1.0, 4.0, 16.0] {
        let drop = decibels(at(distance) / at(2.0 * distance));
        assert!((drop - 6.0206).abs() < 0.002, "{distance} m: {drop} dB");
    }
}

#[test]
fn the_mix_is_as_long_as_the_range() {
    for (from, to, length) in
        [(0.0, 1.0, 48_000), (0.1, 0.1, 0), (0.0, 1.0 / 24.0, 2_000), (3.3, 4.4, 52_800)]
    {
        let mut scene = timeline(Vec3::X, Vec3::ZERO, vec![]);
        (scene.from_s, scene.to_s) = (from, to);
        assert_eq!(heard(&scene).samples.len(), length);
    }
}

#[test]
fn what_began_before_rings_into_the_range() {
    let mut scene = timeline(
        Vec3::new(1.0, 1.5, -1.0),
        Vec3::new(3.1, 1.2, -2.2),
        shoebox([4.0, 3.0, 2.7], |_| [0.1; 8]),
    );
    scene.sources[0].clip = tone(500.0, 3.0);
    (scene.from_s, scene.to_s) = (0.0, 3.5);
    let whole = heard(&scene).samples;
    (scene.from_s, scene.to_s) = (2.5, 3.5);
    let part = heard(&scene).samples;
    let error = whole[120_000..].iter().zip(&part).fold(0.0f32, |m, (a, b)| m.max((a[0] - b[0]).abs()));
    assert!(error < 1e-5, "{error}");
    assert!(part[..24_000].iter().any(|s| s[0].abs() > 0.01) && part[47_000][0].abs() < 1e-5);
}

#[test]
fn a_looped_sound_goes_on() {
    let mut scene = timeline(Vec3::NEG_Z, Vec3::ZERO, vec![]);
    scene.sources[0].clip = tone(1000.0, 0.1);
    scene.sources[0].looped = true;
    let samples = left(&heard(&scene));
    // A tenth of a second holds a hundred whole periods: the joint is not heard.
    let delay = (RATE / 343.0) as usize + 2000;
    assert!((frequency_hz(&samples, delay, 47_000) - 1000.0).abs() < 0.001);
    assert!(samples[47_000..].iter().any(|s| s.abs() > 0.5));
}

#[test]
fn equal_inputs_give_equal_bytes_on_any_number_of_cores() {
    let mut scene = timeline(
        Vec3::new(1.0, 1.5, -1.0),
        Vec3::new(3.1, 1.2, -2.2),
        shoebox([4.0, 3.0, 2.7], |_| [0.1; 8]),
    );
    // More than one stretch of 2.7 s.
    scene.to_s = 2.8;
    scene.sources[0].clip = tone(700.0, 3.0);
    let mut second = scene.sources[0].clone();
    second.clip = tone(333.3, 2.0);
    scene.sources.push(second);
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mix = pool.install(|| heard(&scene));
        mix.samples.into_iter().map(|s| s.map(f32::to_bits)).collect::<Vec<_>>()
    };
    let on_three = bits(3);
    assert_eq!(bits(1), on_three);
    assert_eq!(bits(3), on_three);
}

#[test]
fn a_source_that_is_not_heard_is_silent() {
    let scene = timeline(Vec3::X, Vec3::ZERO, vec![]);
    let mix = rendered(&scene, followed(vec![]));
    assert!(mix.samples.iter().all(|s| *s == [0.0; 2]));
}

#[test]
fn nonsense_is_refused_by_name() {
    let scene = timeline(Vec3::X, Vec3::ZERO, vec![]);
    let acoustics = propagate(&scene, &maquette_acoustics::Settings::default()).unwrap();
    let refuse =
        |scene, acoustics: &Acoustics, settings: &Settings| render(scene, acoustics, settings).unwrap_err();
    let none = Acoustics { sources: vec![] };
    assert!(matches!(refuse(&scene, &none, &Settings::default()), Error::Sources { expected: 1, found: 0 }));
    let hasty = Settings { crossfade_s: 0.0, ..Settings::default() };
    assert!(matches!(refuse(&scene, &acoustics, &hasty), Error::Setting { name: "crossfade_s", .. }));
    let mut backwards = scene.clone();
    backwards.to_s = -1.0;
    assert!(matches!(refuse(&backwards, &acoustics, &Settings::default()), Error::Range { .. }));
}
