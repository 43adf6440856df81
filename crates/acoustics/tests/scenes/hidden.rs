//! Sources out of sight: around edges, through partitions, behind doors.

use glam::{Affine3A, Quat, Vec3};
use maquette_acoustics::{Settings, propagate};
use maquette_conditioning::{AcousticInstance, Arrival, Track, Via};
use serde_json::Value;

use crate::{laws::block, rooms::*};

const EARLY: u32 = 0;

fn settings() -> Settings {
    Settings { late_rays: EARLY, max_order: 0, ..Settings::default() }
}

fn arrivals(source: Vec3, listener: Vec3, things: Vec<AcousticInstance>) -> Vec<Arrival> {
    let acoustics = propagate(&timeline(source, listener, things), &settings()).expect("a scene");
    acoustics.sources[0].instants[0].clone()
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

fn partition(
    id: u32,
    mesh: std::sync::Arc<maquette_conditioning::Mesh>,
    loss_db: [f32; 8],
) -> AcousticInstance {
    let mut wall = still(id, mesh, [0.5; 8]);
    wall.surface.transmission_loss_db = Some(loss_db);
    wall
}

const LOSS_DB: [f32; 8] = [14.0, 19.0, 23.0, 18.0, 17.0, 21.0, 25.0, 30.0];

/// Whatever arrives around or through, the loudest first.
fn loudest(mut arrivals: Vec<Arrival>) -> Option<Arrival> {
    arrivals.sort_by(|a, b| b.gain[0].total_cmp(&a.gain[0]));
    arrivals.first().copied()
}

/// A screen in the half-plane x ≥ 0, y = 0, its edge along z. Angles count from its upper face.
fn at(angle_deg: f64, distance_m: f64) -> Vec3 {
    let (sine, cosine) = angle_deg.to_radians().sin_cos();
    Vec3::new((distance_m * cosine) as f32, (distance_m * sine) as f32, 0.0)
}

fn screen() -> Vec<AcousticInstance> {
    let mesh = panel(Vec3::new(0.0, 0.0, 3000.0), Vec3::X * 4000.0, Vec3::NEG_Z * 6000.0, [1, 1]);
    vec![still(1, mesh, [0.0; 8])]
}

#[test]
fn a_half_plane_bends_sound_as_sommerfeld_says() {
    let reference: Value = serde_json::from_str(include_str!("../reference/half_plane.json")).unwrap();
    let distance = reference["distance_m"].as_f64().unwrap();
    let source = at(reference["source_deg"].as_f64().unwrap(), 1000.0);
    let mut worst_db = [0.0f64; 2];
    for row in reference["rows"].as_array().unwrap() {
        let angle = row["angle_deg"].as_f64().unwrap();
        let listener = at(angle, distance);
        let arrival = loudest(arrivals(source, listener, screen())).expect("something arrives");
        for (band, expected) in numbers(&row["pressure"]).into_iter().enumerate() {
            let free = 1.0 / f64::from(source.distance(listener));
            let error_db = decibels(f64::from(arrival.gain[band]) / (expected * free));
            worst_db[usize::from(arrival.via == Via::Direct)] =
                worst_db[usize::from(arrival.via == Via::Direct)].max(error_db.abs());
            // In the light, ripples about 1 beyond the first fall are left out: up to 0.8 dB.
            let bar_db = if arrival.via == Via::Direct { 1.0 } else { 0.2 };
            assert!(error_db.abs() < bar_db, "{angle} deg, band {band}: {error_db:+.2} dB");
        }
    }
    println!("bench: shadow_db = {:.3}\nbench: lit_db = {:.3}", worst_db[0], worst_db[1]);
}

#[test]
fn a_source_in_sight_is_left_alone_by_the_shadow_of_its_mirror_image() {
    let reference: Value = serde_json::from_str(include_str!("../reference/half_plane.json")).unwrap();
    let distance = reference["near_m"].as_f64().unwrap();
    let source = at(reference["source_deg"].as_f64().unwrap(), 1000.0);
    let mut worst_db = 0.0f64;
    for row in reference["direct"].as_array().unwrap() {
        let listener = at(row["angle_deg"].as_f64().unwrap(), distance);
        let arrival = loudest(arrivals(source, listener, screen())).expect("something arrives");
        assert_eq!(arrival.via, Via::Direct);
        for (gain, expected) in arrival.gain.iter().zip(numbers(&row["pressure"])) {
            let error_db = decibels(f64::from(*gain) / expected * f64::from(source.distance(listener)));
            worst_db = worst_db.max(error_db.abs());
        }
    }
    println!("bench: mirror_db = {worst_db:.3}");
    assert!(worst_db < 1.0, "{worst_db} dB");
}

#[test]
fn a_voice_is_left_alone_by_whom_it_comes_from() {
    let mouth = Vec3::new(0.0, 1.6, -0.11);
    for height_m in [1.75, 3.4] {
        let body = block(Vec3::Y * 0.5 * height_m, Vec3::new(0.2, height_m, 0.2));
        for turn in 0..12 {
            let listener = mouth + Quat::from_rotation_y(turn as f32 * 0.52) * Vec3::new(0.0, 0.0, -3.0);
            let mut scene = timeline(mouth, listener, vec![still(7, body.clone(), [0.5; 8])]);
            scene.sources[0].carrier = Some(7);
            let acoustics = propagate(&scene, &settings()).expect("a scene");
            let direct = acoustics.sources[0].instants[0][0];
            assert_eq!(direct.via, Via::Direct, "{turn}");
            for gain in direct.gain {
                let error_db = decibels(f64::from(gain) * f64::from(mouth.distance(listener)));
                assert!(error_db.abs() < 0.01, "{turn}: {error_db} dB");
            }
        }
    }
}

#[test]
fn a_screen_seen_edge_on_leaves_a_source_alone() {
    // By symmetry nothing moves across the screen's plane when the source lies in it.
    for angle in [20.0, 70.0, 110.0, 160.0] {
        let (source, listener) = (at(180.0, 2.0), at(angle, 1.0));
        let arrival = loudest(arrivals(source, listener, screen())).expect("something arrives");
        for gain in arrival.gain {
            let error_db = decibels(f64::from(gain) * f64::from(source.distance(listener)));
            assert!(error_db.abs() < 0.05, "{angle} deg: {error_db} dB");
        }
    }
}

#[test]
fn level_is_continuous_across_the_boundary_of_the_shadow() {
    let source = at(60.0, 8.0);
    let level = |angle: f64| {
        let arrival = loudest(arrivals(source, at(angle, 3.0), screen())).expect("something arrives");
        (arrival.gain.map(|gain| decibels(f64::from(gain))), arrival.delay_s, arrival.via)
    };
    let levels: Vec<_> = (0..200).map(|i| level(235.0 + 0.05 * f64::from(i))).collect();
    assert_eq!((levels[0].2, levels[199].2), (Via::Direct, Via::Diffracted));
    let mut largest_db = 0.0f64;
    for pair in levels.windows(2) {
        assert!((pair[0].1 - pair[1].1).abs() < 1e-4);
        for band in 0..8 {
            let step_db = (pair[0].0[band] - pair[1].0[band]).abs();
            largest_db = largest_db.max(step_db);
            assert!(step_db < 0.5, "{step_db} dB in band {band}");
        }
    }
    println!("bench: boundary_db = {largest_db:.3}");
}

#[test]
fn a_thick_wall_is_bent_around_twice_and_lets_less_by_than_a_thin_one() {
    let (source, listener) = (Vec3::new(0.0, 1.0, -4.0), Vec3::new(0.0, 1.0, 4.0));
    let wall = |thickness: f32| {
        let size = Vec3::new(60.0, 60.0, thickness);
        vec![still(1, crate::laws::block(Vec3::Y * -27.0, size), [0.1; 8])]
    };
    let over = |thickness| {
        let all = arrivals(source, listener, wall(thickness));
        *all.iter().find(|a| a.via == Via::Diffracted).expect("a way over the wall")
    };
    let (thin, thick) = (over(0.02), over(1.0));
    assert_eq!((thin.order, thick.order), (2, 2));
    // Over the edge and back down: sqrt(3.5² + 2²) twice, and the wall's top between.
    let expected_m = 2.0 * 3.5f64.hypot(2.0) + 1.0;
    assert!((thick.delay_s * 343.0 - expected_m).abs() < 1e-3, "{}", thick.delay_s * 343.0);
    assert!((0..8).all(|band| thick.gain[band] < thin.gain[band]), "{thin:?} {thick:?}");
    assert!(thin.gain[7] < 0.3 * thin.gain[0], "treble stays behind");
}

#[test]
fn a_partition_takes_its_transmission_loss_once_thin_or_thick() {
    let (source, listener) = (Vec3::new(0.0, 1.0, -4.0), Vec3::new(0.0, 1.0, 4.0));
    let sheet = panel(Vec3::new(-50.0, -50.0, 0.0), Vec3::X * 100.0, Vec3::Y * 100.0, [1, 1]);
    let slab = crate::laws::block(Vec3::ZERO, Vec3::new(100.0, 100.0, 0.1));
    for mesh in [sheet, slab] {
        let all = arrivals(source, listener, vec![partition(1, mesh, LOSS_DB)]);
        let through = all.iter().find(|a| a.via == Via::Transmitted).expect("sound comes through");
        for (gain, loss_db) in through.gain.iter().zip(LOSS_DB) {
            let level_db = decibels(f64::from(*gain) * 8.0);
            assert!((level_db + f64::from(loss_db)).abs() < 0.01, "{level_db} {loss_db}");
        }
    }
}

#[test]
fn two_walls_take_both_their_losses() {
    let wall = |id, z| {
        partition(id, panel(Vec3::new(-50.0, -50.0, z), Vec3::X * 100.0, Vec3::Y * 100.0, [1, 1]), LOSS_DB)
    };
    let all = arrivals(Vec3::NEG_Z * 4.0, Vec3::Z * 4.0, vec![wall(1, -1.0), wall(2, 1.0)]);
    let through = all.iter().find(|a| a.via == Via::Transmitted).expect("sound comes through");
    assert!((decibels(f64::from(through.gain[0]) * 8.0) + 28.0).abs() < 0.01);
}

/// A wall with a doorway 1 m wide and a leaf that swings open within a second, in the open.
fn door() -> Vec<AcousticInstance> {
    let wall = |id, x: f32| {
        still(id, crate::laws::block(Vec3::new(x, 0.0, 0.0), Vec3::new(20.0, 40.0, 0.1)), [0.1; 8])
    };
    let leaf = crate::laws::block(Vec3::X * 0.5, Vec3::new(0.98, 40.0, 0.04));
    let mut leaf = partition(3, leaf, LOSS_DB);
    let swing = |i: i32| {
        let turn = Quat::from_rotation_y((i as f32 / 100.0) * std::f32::consts::FRAC_PI_2);
        Affine3A::from_rotation_translation(turn, Vec3::NEG_X * 0.5)
    };
    leaf.world_from_local = Track { start_s: 0.0, step_s: 0.01, samples: (0..=100).map(swing).collect() };
    vec![wall(1, -10.5), wall(2, 10.5), leaf]
}

#[test]
fn a_closed_door_takes_its_transmission_loss_off_an_open_one() {
    let scene = timeline(Vec3::new(0.0, 0.0, -3.0), Vec3::new(0.0, 0.0, 3.0), door());
    let instants = propagate(&scene, &settings()).expect("a scene").sources[0].instants.clone();
    let energy =
        |i: usize, band: usize| -> f64 { instants[i].iter().map(|a| f64::from(a.gain[band]).powi(2)).sum() };
    let mut worst_db = 0.0f64;
    for (band, loss_db) in LOSS_DB.into_iter().enumerate() {
        let difference_db = 10.0 * (energy(100, band) / energy(0, band)).log10();
        assert!(
            (difference_db - f64::from(loss_db)).abs() < 1.0,
            "band {band}: {difference_db} dB for {loss_db} dB"
        );
        worst_db = worst_db.max((difference_db - f64::from(loss_db)).abs());
    }
    println!("bench: door_db = {worst_db:.3}");
    assert_eq!(instants[0][0].via, Via::Transmitted);
    assert!(instants[100].iter().any(|a| a.via == Via::Direct));
}

#[test]
fn a_moving_wall_mirrors_where_it_stands() {
    let mut wall =
        still(1, panel(Vec3::new(-5.0, -5.0, 0.0), Vec3::X * 10.0, Vec3::Y * 10.0, [2, 2]), [0.0; 8]);
    let slide = (0..=100).map(|i| Affine3A::from_translation(Vec3::NEG_Z * (3.0 + 0.01 * i as f32)));
    wall.world_from_local = Track { start_s: 0.0, step_s: 0.01, samples: slide.collect() };
    let scene = timeline(Vec3::NEG_X, Vec3::X, vec![wall]);
    let instants = propagate(&scene, &Settings { max_order: 1, ..settings() }).expect("a scene").sources[0]
        .instants
        .clone();
    let mirrored = |i: usize| *instants[i].iter().find(|a| a.order == 1).expect("a reflection");
    for i in [0usize, 37, 100] {
        let expected_m = 2.0 * 1f64.hypot(3.0 + 0.01 * i as f64);
        assert!((mirrored(i).delay_s * 343.0 - expected_m).abs() < 1e-4);
        assert_eq!(mirrored(i).path, mirrored(0).path, "it keeps its name");
    }
}
