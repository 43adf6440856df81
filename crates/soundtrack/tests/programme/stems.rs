//! Stems, beds, backgrounds, slides, voices and sync in whole programmes.

use std::sync::Arc;

use glam::{Affine3A, Vec3};
use maquette_acoustics::propagate;
use maquette_conditioning::{
    Ambience, Bed, Body, Clip, Contact, Slide, SoundSource, SoundTimeline, Stem, Stems, Track,
};
use maquette_soundtrack::{Settings, Sync, render, render_stems};

use crate::{rooms::*, scene::*};

fn stems(scene: &SoundTimeline, settings: &Settings) -> Stems {
    let acoustics = propagate(scene, &maquette_acoustics::Settings::default()).unwrap();
    render_stems(scene, &acoustics, settings).unwrap()
}

fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

fn bed(clip: Clip, stem: Stem) -> Bed {
    Bed { name: "bed".into(), clip, start_s: 0.0, level_db_spl: 60.0, looped: false, stem }
}

fn everything() -> SoundTimeline {
    let mut scene = timeline(Vec3::NEG_Z, Vec3::ZERO, vec![]);
    scene.sources[0] = SoundSource { clip: tone(300.0, 1.0), stem: Stem::Dialogue, ..source_at(Vec3::NEG_Z) };
    let rain = Clip::Ambience { kind: Ambience::Rain, seed: 4 };
    scene.sources.push(SoundSource { clip: rain, stem: Stem::Ambience, ..source_at(Vec3::X) });
    scene.contacts = vec![Contact {
        time_s: 0.2,
        position_m: Vec3::new(0.0, -1.0, -1.0),
        materials: ["oak".into(), "steel".into()],
        impulse_n_s: 0.5,
        closing_speed_m_s: 2.0,
        ..Contact::default()
    }];
    scene.beds = vec![bed(tone(200.0, 1.0), Stem::Music)];
    scene
}

#[test]
fn stems_are_what_they_say_and_add_up_to_the_mix() {
    let scene = everything();
    let parts = stems(&scene, &Settings::default());
    let without = |change: &dyn Fn(&mut SoundTimeline)| {
        let mut less = scene.clone();
        change(&mut less);
        stems(&less, &Settings::default())
    };
    assert!(power(&without(&|s| s.contacts.clear()).effects.channels[0]) == 0.0);
    assert!(power(&without(&|s| s.beds.clear()).music.channels[0]) == 0.0);
    for stem in [Stem::Dialogue, Stem::Effects, Stem::Ambience, Stem::Music] {
        assert!(power(&parts.of(stem).channels[0]) > 0.0, "{stem:?}");
    }
    let acoustics = propagate(&scene, &maquette_acoustics::Settings::default()).unwrap();
    let mix = render(&scene, &acoustics, &Settings::default()).unwrap();
    let sum = parts.sum().stereo();
    let worst = mix.samples.iter().zip(&sum.samples).fold(0.0f32, |m, (a, b)| m.max((a[0] - b[0]).abs()));
    assert!(worst < 1e-5, "{worst}");
}

#[test]
fn a_bed_keeps_its_two_channels_and_knows_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("music.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for n in 0..48_000 {
        writer.write_sample((n as f32 * 0.05).sin() * 0.3).unwrap();
        writer.write_sample(0.0f32).unwrap();
    }
    writer.finalize().unwrap();
    let mut scene = timeline(Vec3::NEG_Z, Vec3::ZERO, shoebox([4.0, 3.0, 2.7], |_| [0.1; 8]));
    scene.sources.clear();
    scene.beds = vec![bed(Clip::File(path), Stem::Music)];
    let music = stems(&scene, &Settings::default()).music;
    assert!(power(&music.channels[1]) == 0.0);
    let level_db = 10.0 * (power(&music.channels[0]) / 4e-10).log10();
    assert!((level_db - 60.0).abs() < 0.05, "{level_db}");
    // Sample for sample the file, from the first.
    let expected = |n: usize| (n as f32 * 0.05).sin();
    let scale = music.channels[0][31] / expected(31);
    assert!((0..48_000).all(|n| (music.channels[0][n] - scale * expected(n)).abs() < 1e-5));
}

#[test]
fn a_background_has_its_level_at_one_metre_and_goes_on() {
    let mut scene = timeline(Vec3::NEG_Z, Vec3::ZERO, vec![]);
    scene.air.absorbs = false;
    scene.sources[0].clip = Clip::Ambience { kind: Ambience::RoomTone, seed: 9 };
    scene.sources[0].level_db_spl_1m = 45.0;
    scene.sources[0].stem = Stem::Ambience;
    (scene.from_s, scene.to_s) = (20.0, 24.0);
    let ambience = stems(&scene, &Settings::default()).ambience;
    let both = power(&ambience.channels[0]) + power(&ambience.channels[1]);
    let level_db = 10.0 * (both / 4e-10).log10();
    assert!((level_db - 45.0).abs() < 1.5, "{level_db}");
    assert!(power(&ambience.channels[0][180_000..]) > 0.0);
}

#[test]
fn a_background_that_begins_with_the_scene_has_filled_the_room_before() {
    let mut scene = timeline(
        Vec3::new(1.0, 1.2, -1.0),
        Vec3::new(6.0, 1.5, -5.0),
        shoebox([8.0, 7.0, 4.0], |_| [0.03; 8]),
    );
    scene.sources[0].clip = Clip::Ambience { kind: Ambience::RoomTone, seed: 9 };
    let start_db = |scene: &SoundTimeline| {
        let effects = stems(scene, &Settings::default()).effects;
        10.0 * (power(&effects.channels[0][..4800]) / power(&effects.channels[0][24_000..])).log10()
    };
    assert!(start_db(&scene).abs() < 5.0, "{} dB", start_db(&scene));
    scene.sources[0].start_s = 0.02;
    assert!(start_db(&scene) < -6.0, "one that is switched on fills it then: {} dB", start_db(&scene));
}

#[test]
fn a_scrape_sounds_while_it_lasts() {
    let track = |values: [f32; 3]| Track {
        start_s: 0.2,
        step_s: 0.01,
        samples: (0..=60).map(|i| values[i / 20 % 3]).collect(),
    };
    let slide = Slide {
        materials: ["concrete".into(), "steel".into()],
        bodies: [Body { size_m: Vec3::new(8.0, 0.2, 8.0), fixed: true, ..Body::default() }, Body::default()],
        slip_m_s: track([0.5, 1.0, 0.5]),
        travel_m_s: track([0.0; 3]),
        force_n: track([0.0, 10.0, 0.0]),
    };
    let mut scene = timeline(Vec3::NEG_Z, Vec3::ZERO, vec![]);
    scene.sources[0].clip = Clip::Slide(Arc::new(slide));
    scene.sources[0].start_s = 0.2;
    let effects = stems(&scene, &Settings::default()).effects.channels.remove(0);
    assert!(power(&effects[..18_000]) < 1e-9 * power(&effects[19_500..28_000]));
    assert!(power(&effects[42_000..]) < 1e-3 * power(&effects[19_500..28_000]));
}

#[test]
fn a_voice_that_turns_away_grows_duller() {
    let bright = |mouth: Vec3| {
        let mut scene = timeline(Vec3::NEG_Z * 2.0, Vec3::ZERO, vec![]);
        scene.sources[0].clip =
            clip((0..48_000).map(|n| ((n * n % 7919) as f32 / 3959.5 - 1.0) * 0.3).collect());
        scene.sources[0].mouth = Some(Track::still(mouth));
        let samples = left(&heard(&scene));
        let rise: f64 = samples.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
        (samples.iter().map(|s| s * s).sum::<f64>(), rise)
    };
    let (towards, away) = (bright(Vec3::Z), bright(Vec3::NEG_Z));
    assert!(towards.0 > 4.0 * away.0, "louder ahead");
    assert!(towards.1 / towards.0 > 1.2 * away.1 / away.0, "brighter ahead");
}

/// A speaker with its back to the listener is heard by way of the wall it faces: the reflection leaves along the mouth.
#[test]
fn each_path_has_the_level_of_the_direction_it_left_in() {
    let wall =
        still(1, panel(Vec3::new(-50.0, -50.0, -4.0), Vec3::X * 100.0, Vec3::Y * 100.0, [1, 1]), [0.0; 8]);
    let mut scene = timeline(Vec3::NEG_Z * 2.0, Vec3::ZERO, vec![wall]);
    scene.air.absorbs = false;
    let mut click = vec![0.0f32; 4800];
    click[0] = 1.0;
    scene.sources[0].clip = clip(click);
    let acoustics =
        propagate(&scene, &maquette_acoustics::Settings { max_order: 1, late_rays: 0, ..Default::default() })
            .unwrap();
    let loudest = |mouth: Option<Vec3>, metres: f64| {
        let mut scene = scene.clone();
        scene.sources[0].mouth = mouth.map(Track::still);
        let heard = render_stems(&scene, &acoustics, &Settings::default()).unwrap().sum();
        let at = ((scene.sources[0].start_s - scene.from_s + metres / 343.0) * RATE) as usize;
        heard.channels[0][at - 40..at + 40].iter().fold(0.0f32, |most, x| most.max(x.abs()))
    };
    let change = |mouth, metres| loudest(Some(mouth), metres) / loudest(None, metres);
    // Direct over 2 m, off the wall over 6 m.
    assert!(change(Vec3::NEG_Z, 2.0) < 0.6 && change(Vec3::NEG_Z, 6.0) > 1.5);
    assert!(change(Vec3::Z, 2.0) > 1.5 && change(Vec3::Z, 6.0) < 0.6);
}

fn click_at(distance: f32, sync: Sync) -> usize {
    let mut scene = timeline(Vec3::NEG_Z * distance, Vec3::ZERO, vec![]);
    scene.air.absorbs = false;
    let mut samples = vec![0.0f32; 480];
    samples[0] = 1.0;
    scene.sources[0].clip = clip(samples);
    scene.sources[0].start_s = 0.5;
    let sum = stems(&scene, &Settings { sync, ..Settings::default() }).sum();
    let loudest = (0..48_000).max_by(|&a, &b| sum.channels[0][a].abs().total_cmp(&sum.channels[0][b].abs()));
    loudest.unwrap()
}

#[test]
fn sound_is_late_by_its_distance_unless_the_edit_wants_it_at_once() {
    for distance in [1.0f32, 3.43, 20.0] {
        let late = 24_000.0 + f64::from(distance) / 343.0 * RATE;
        assert!((click_at(distance, Sync::Physical) as f64 - late).abs() <= 1.0);
        assert!((click_at(distance, Sync::Edit) as i64 - 24_000).abs() <= 1, "{distance} m");
    }
}

#[test]
fn a_moving_source_in_edit_sync_keeps_its_pitch() {
    let mut scene = timeline(Vec3::ZERO, Vec3::ZERO, vec![]);
    scene.sources[0].clip = tone(1000.0, 1.0);
    let at = |i: i32| Vec3::NEG_Z * (5.0 + 0.2 * i as f32);
    scene.sources[0].position_m = Track { start_s: 0.0, step_s: 0.01, samples: (0..=100).map(at).collect() };
    scene.listener = Track::still(Affine3A::IDENTITY);
    let sum = stems(&scene, &Settings { sync: Sync::Edit, ..Settings::default() }).sum();
    let samples: Vec<f64> = sum.channels[0].iter().map(|s| f64::from(*s)).collect();
    let found = frequency_hz(&samples, 5_000, 40_000);
    // 20 m/s would lower it by 55 Hz.
    assert!((found - 1000.0).abs() < 5.0, "{found}");
}
