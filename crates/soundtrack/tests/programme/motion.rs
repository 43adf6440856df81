//! Moving sources, and paths that come and go.

use glam::Vec3;
use maquette_conditioning::{SoundTimeline, Track};
use maquette_soundtrack::impulse_response;

use crate::{rooms::*, scene::*};

/// A source that plays a tone and moves along X at a speed, at X = `at_zero_m` when the clock is at 0.
fn runner(hz: f64, speed_m_s: f32, at_zero_m: f32, listener: Vec3) -> SoundTimeline {
    let mut scene = timeline(Vec3::ZERO, listener, vec![]);
    scene.sources[0].clip = tone(hz, 8.0);
    scene.sources[0].start_s = -4.0;
    let samples = (0..=800).map(|i| Vec3::X * (at_zero_m + speed_m_s * (i as f32 * 0.01 - 4.0))).collect();
    scene.sources[0].position_m = Track { start_s: -4.0, step_s: 0.01, samples };
    scene
}

#[test]
fn an_approaching_tone_rises_by_the_doppler_factor() {
    for speed in [30.0f32, -30.0, 5.0] {
        let mut scene = runner(1000.0, speed, -60.0, Vec3::X * 20.0);
        (scene.from_s, scene.to_s) = (0.0, 1.0);
        let found = frequency_hz(&left(&heard(&scene)), 2_000, 46_000);
        let expected = 1000.0 * 343.0 / (343.0 - f64::from(speed));
        assert!((found / expected - 1.0).abs() < 1e-5, "{speed} m/s: {found} {expected}");
    }
}

#[test]
fn a_pass_by_sweeps_as_the_reference_says() {
    let mut scene = runner(1000.0, 20.0, 0.0, Vec3::Y * 5.0);
    (scene.from_s, scene.to_s) = (-2.1, 2.1);
    let samples = left(&heard(&scene));
    let mut worst = 0.0f64;
    for row in reference()["doppler_passby"]["rows"].as_array().unwrap() {
        let (time, expected) = (row["t_obs_s"].as_f64().unwrap(), row["f_obs_hz"].as_f64().unwrap());
        let middle = ((time + 2.1) * RATE) as usize;
        let found = frequency_hz(&samples, middle - 720, middle + 720);
        worst = worst.max((found / expected - 1.0).abs());
        assert!((found / expected - 1.0).abs() < 1e-3, "{time} s: {found} {expected}");
    }
    println!("bench: doppler = {worst:.6}");
}

#[test]
fn a_still_click_lands_between_samples_where_it_should() {
    for delay in [300.0, 300.01, 300.25, 300.5, 300.77, 300.999] {
        let source = followed(vec![vec![ahead(0, delay / RATE, 0.4)]]);
        let response = impulse_response(&source, 0.0, 0.02).pressure;
        for hz in [200.0, 1000.0, 6000.0, 16_000.0] {
            let (re, im) = spectrum(&response, hz, delay);
            let shift = -im.atan2(re) / (std::f64::consts::TAU * hz) * RATE;
            assert!(shift.abs() < 1e-3, "{delay} at {hz} Hz: {shift} samples");
            assert!(decibels(re.hypot(im) / 0.4).abs() < 0.002, "{delay} at {hz} Hz");
        }
    }
}

#[test]
fn a_path_that_vanishes_does_not_click() {
    let mut scene = timeline(Vec3::ZERO, Vec3::X, vec![]);
    scene.sources[0].clip = tone(100.0, 1.0);
    let instants = |gone: &dyn Fn(usize) -> bool| {
        (0..=100).map(|i| if gone(i) { vec![] } else { vec![ahead(0, 0.01, 1.0)] }).collect()
    };
    let roughness = |gone: &dyn Fn(usize) -> bool| {
        let samples = left(&rendered(&scene, followed(instants(gone))));
        // Away from the clip's own start and end.
        let fourth =
            samples[4_800..43_200].windows(5).map(|w| w[0] - 4.0 * w[1] + 6.0 * w[2] - 4.0 * w[3] + w[4]);
        fourth.fold(0.0, |most: f64, x| most.max(x.abs()))
    };
    let (steady, broken) = (roughness(&|_| false), roughness(&|i| (40..60).contains(&i)));
    // A cut at the tone's peak would leave three to four.
    assert!(broken < 2e-4 && broken < 40.0 * steady.max(1e-5), "{steady} {broken}");
    let silent = left(&rendered(&scene, followed(instants(&|i| (40..60).contains(&i)))));
    assert!(silent[45 * 480..55 * 480].iter().all(|s| s.abs() < 1e-6), "gone while gone");
}

#[test]
fn a_path_that_takes_over_is_not_heard_doing_so() {
    let mut scene = timeline(Vec3::ZERO, Vec3::X, vec![]);
    scene.sources[0].clip = tone(440.0, 1.0);
    let one = (0..=100).map(|_| vec![ahead(5, 0.01, 0.7)]).collect();
    let two = (0..=100).map(|i| vec![ahead(if i < 50 { 5 } else { 9 }, 0.01, 0.7)]).collect();
    let (one, two) = (rendered(&scene, followed(one)), rendered(&scene, followed(two)));
    let difference = left(&one).iter().zip(left(&two)).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
    assert!(difference < 1e-6, "{difference}");
}

#[test]
fn a_listener_hears_the_side_the_sound_is_on() {
    let mut scene = timeline(Vec3::X * 3.0, Vec3::ZERO, vec![]);
    scene.sources[0].clip = tone(440.0, 1.0);
    let mix = heard(&scene);
    assert!(mix.samples.iter().all(|s| s[0].abs() < 1e-6));
    assert!(mix.samples[24_000..].iter().any(|s| s[1].abs() > 0.1));
}
