//! Scenes, played: closed forms, determinism, and what comes out as moments and sound.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // also outside of the test functions themselves

mod determinism;
mod frames;
mod hits;
mod models;
mod motion;
mod people;
mod rays;
mod timelines;

use std::path::Path;

use glam::Vec3;
use maquette_conditioning::Instance;
use maquette_stage::Stage;

const GRAVITY: f32 = 9.81;

/// A scene with the given parts, filmed at 240 frames a second by a still camera.
fn scene(parts: &str) -> String {
    format!(
        r#"#![enable(implicit_some)]
        (title: "test", fps: (240, 1), {parts},
         shots: [(name: "a", length_s: 10.0, camera: (focal_length_mm: 35.0, keys: [(at_m: (0, 1, 8), t_s: 0)]))])"#
    )
}

fn stage_of(text: &str) -> Stage {
    stage_in(text, Path::new("."))
}

fn stage_in(text: &str, folder: &Path) -> Stage {
    let loaded =
        maquette_scene::check_text("test.ron", text, folder).unwrap_or_else(|report| panic!("{report:?}"));
    Stage::new(&loaded).unwrap()
}

/// All instances of a thing at a time of shot "a" that lies on a frame.
fn parts_at(stage: &mut Stage, name: &str, time_s: f64) -> Vec<Instance> {
    let moment = stage.moment("a", 1001 + (time_s * 240.0).round() as u32).unwrap();
    let id = 1 + moment.object_names.iter().position(|n| n == name).unwrap() as u32;
    moment.instances.into_iter().filter(|instance| instance.object_id == id).collect()
}

/// Where a thing's origin is.
fn position(stage: &mut Stage, name: &str, time_s: f64) -> Vec3 {
    parts_at(stage, name, time_s)[0].world_from_local.open.translation.into()
}

#[track_caller]
fn assert_close(value: f32, expected: f32, share: f32, what: &str) {
    assert!((value / expected - 1.0).abs() <= share, "{what}: {value}, expected {expected} within {share}");
}
