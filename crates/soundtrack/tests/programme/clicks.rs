//! Nothing clicks that does not click by itself, and what does is heard on its sample.

use glam::{Affine3A, Quat, Vec3};
use maquette_acoustics::{Settings, propagate};
use maquette_conditioning::{AcousticInstance, SoundTimeline, Track};
use maquette_soundtrack::render;

use crate::{rooms::*, scene::*};

const HZ: f64 = 100.0;

/// Two rooms of 5 m by 5 m with a doorway 1 m wide between them; the listener is in the first.
fn rooms() -> Vec<AcousticInstance> {
    let mut walls = shoebox([10.0, 5.0, 3.0], |_| [0.3; 8]);
    let part = |id, from: f32, to: f32| {
        let mesh = panel(Vec3::new(5.0, 0.0, from), Vec3::Z * (to - from), Vec3::Y * 3.0, [1, 1]);
        still(id, mesh, [0.3; 8])
    };
    walls.extend([part(7, -5.0, -3.0), part(8, -2.0, 0.0)]);
    walls.iter_mut().for_each(|wall| wall.surface.scattering = [0.2; 8]);
    walls
}

/// A hum that has been on for long, heard for two seconds.
fn humming(walls: Vec<AcousticInstance>, place: Track<Vec3>) -> SoundTimeline {
    let mut scene = timeline(Vec3::ZERO, Vec3::new(2.0, 1.6, -2.0), walls);
    (scene.from_s, scene.to_s) = (0.0, 2.0);
    scene.sources[0].clip = tone(HZ, 8.0);
    scene.sources[0].start_s = -4.0;
    scene.sources[0].position_m = place;
    scene
}

/// What is left of a sound when the hum is taken out four times over, against its loudest: a jump leaves three to six
/// times its height, a hum of 100 Hz three parts in a hundred million of its own.
fn roughness(scene: &SoundTimeline) -> f64 {
    let settings = Settings { late_rays: 1024, late_s: 1.0, late_step_s: 0.25, ..Settings::default() };
    let acoustics = propagate(scene, &settings).unwrap();
    let instants = &acoustics.sources[0].instants;
    let changes = instants.windows(2).filter(|pair| pair[0].len() != pair[1].len()).count();
    assert!(changes > 3 && acoustics.sources[0].late.len() > 4, "{changes} changes");
    let samples = left(&render(scene, &acoustics, &Default::default()).unwrap());
    let loudest = samples.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let fourth = samples.windows(5).map(|w| w[0] - 4.0 * w[1] + 6.0 * w[2] - 4.0 * w[3] + w[4]);
    fourth.fold(0.0f64, |most, x| most.max(x.abs())) / loudest
}

#[test]
fn a_source_that_passes_a_doorway_does_not_click() {
    let walk = (0..=600).map(|i| Vec3::new(7.0, 1.5, -4.8 + 0.0077 * i as f32)).collect();
    let place = Track { start_s: -4.0, step_s: 0.01, samples: walk };
    let found = roughness(&humming(rooms(), place));
    println!("past a doorway: {:.0} dB", decibels(found));
    assert!(found < 1e-3, "{found}");
}

#[test]
fn a_door_that_swings_does_not_click() {
    let mut walls = rooms();
    let mut leaf = still(9, panel(Vec3::ZERO, Vec3::Z * 0.98, Vec3::Y * 3.0, [1, 1]), [0.1; 8]);
    leaf.surface.transmission_loss_db = Some([20.0; 8]);
    let swing = |i: i32| {
        let angle = (0.01 * i as f32 - 0.5).clamp(0.0, 1.0) * std::f32::consts::FRAC_PI_2;
        Affine3A::from_rotation_translation(Quat::from_rotation_y(angle), Vec3::new(5.0, 0.0, -2.99))
    };
    leaf.world_from_local = Track { start_s: 0.0, step_s: 0.01, samples: (0..=200).map(swing).collect() };
    walls.push(leaf);
    let found = roughness(&humming(walls, Track::still(Vec3::new(7.0, 1.5, -2.5))));
    println!("through a door: {:.0} dB", decibels(found));
    assert!(found < 1e-3, "{found}");
}

/// A flash shows in the frame of its time; its click must not be off by a sample.
#[test]
fn an_event_is_heard_on_the_sample_of_its_time_and_distance() {
    let mut click = vec![0.0f32; 480];
    click[0] = 1.0;
    let mut worst = 0.0f64;
    for (n, distance_m) in
        [0.31f32, 1.0, 2.5, 3.43, 7.77, 12.3456, 19.99, 34.3, 61.8, 123.4].into_iter().enumerate()
    {
        let mut scene = timeline(Vec3::NEG_Z * distance_m, Vec3::ZERO, vec![]);
        scene.from_s = 10.0;
        scene.to_s = 11.0;
        scene.sources[0].clip = crate::scene::clip(click.clone());
        scene.sources[0].start_s = 10.0 + [0.0, 1.0 / 24.0, 0.123_456_7, 0.2, 5.5 / RATE][n % 5];
        let samples = left(&heard(&scene));
        let expected = (scene.sources[0].start_s - scene.from_s + f64::from(distance_m) / 343.0) * RATE;
        let loudest =
            (0..samples.len()).max_by(|&a, &b| samples[a].abs().total_cmp(&samples[b].abs())).unwrap();
        assert!((loudest as f64 - expected.round()).abs() <= 1.0, "{distance_m} m: {loudest} {expected}");
        // By phase, to a fraction of a sample.
        let near: Vec<f32> = samples.iter().map(|&x| x as f32).collect();
        let (re, im) = spectrum(&near, 2000.0, expected);
        worst = worst.max((-im.atan2(re) / (std::f64::consts::TAU * 2000.0) * RATE).abs());
    }
    println!("bench: click_samples = {worst:.4}");
    assert!(worst < 0.1, "{worst} samples");
}
