//! Contacts in the mix.

use glam::Vec3;
use maquette_conditioning::{Air, Contact, SoundTimeline};

use crate::{rooms::*, scene::*};

fn drop_at(time_s: f64, place: Vec3, listener: Vec3) -> SoundTimeline {
    let floor =
        still(1, panel(Vec3::new(-10.0, 0.0, 10.0), Vec3::X * 20.0, Vec3::NEG_Z * 20.0, [2, 2]), [0.1; 8]);
    let mut scene = timeline(Vec3::ZERO, listener, vec![floor]);
    scene.air = Air::default();
    scene.sources.clear();
    scene.contacts = vec![Contact {
        time_s,
        position_m: place,
        objects: [1, 2],
        materials: ["concrete".into(), "steel".into()],
        impulse_n_s: 1.0,
        closing_speed_m_s: 3.0,
        ..Contact::default()
    }];
    scene
}

fn onset_s(scene: &SoundTimeline) -> f64 {
    let mix = heard(scene);
    let level = |s: &[f32; 2]| s[0].abs().max(s[1].abs());
    let peak = mix.samples.iter().map(level).fold(0.0, f32::max);
    assert!(peak > 0.01, "{peak}");
    let first = mix.samples.iter().position(|s| level(s) > 0.01 * peak).unwrap();
    scene.from_s + first as f64 / RATE
}

#[test]
fn a_drop_is_heard_when_its_sound_arrives() {
    let mut worst_ms = 0.0f64;
    for (time, distance) in [(0.25, 3.0f32), (0.337_123, 7.7), (0.5, 12.3)] {
        let listener = Vec3::new(0.0, 1.6, 0.0);
        let place = Vec3::new(0.3, 0.0, -distance);
        let scene = drop_at(time, place, listener);
        let expected = time + f64::from(place.distance(listener)) / f64::from(scene.air.speed_of_sound_m_s);
        let error_ms = 1e3 * (onset_s(&scene) - expected);
        worst_ms = worst_ms.max(error_ms.abs());
        assert!(error_ms.abs() < 0.1, "{distance} m: {error_ms} ms");
    }
    println!("bench: onset_ms = {worst_ms:.4}");
}

#[test]
fn a_harder_drop_is_louder_and_dies_away() {
    let soft = drop_at(0.1, Vec3::ZERO, Vec3::new(0.0, 1.6, 2.0));
    let mut hard = soft.clone();
    hard.contacts[0].impulse_n_s *= 2.0;
    hard.contacts[0].closing_speed_m_s *= 2.0;
    hard.to_s = 3.0;
    let (soft, hard) = (heard(&soft).samples, heard(&hard).samples);
    let rise = decibels(pressure_rms(&hard[..48_000]) / pressure_rms(&soft));
    assert!((rise - 6.02).abs() < 0.1, "{rise}");
    assert!(pressure_rms(&hard[130_000..]) < 1e-3 * pressure_rms(&hard[5_000..10_000]));
}

#[test]
fn many_hits_add_up() {
    let mut scene = drop_at(0.1, Vec3::ZERO, Vec3::new(0.0, 1.6, 2.0));
    let once = heard(&scene).samples;
    scene.contacts = vec![scene.contacts[0].clone(); 40];
    let often = heard(&scene).samples;
    let worst = once.iter().zip(&often).fold(0.0f32, |m, (a, b)| m.max((40.0 * a[0] - b[0]).abs()));
    assert!(worst < 1e-4 * 40.0 * once.iter().fold(0.0f32, |m, s| m.max(s[0].abs())), "{worst}");
}
