//! `maquette compare` as a person runs it: equal pictures, known differences, sequences, and what cannot be compared.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use glam::Affine3A;
use maquette_conditioning::{Camera, Conditioning, Frame, GBuffer, Lens, Light, Moving, Plane};
use maquette_delivery::{ToneMap, grade, read_png, write_exr, write_png};
use serde_json::Value;

const SIDE: usize = 32;

fn compare(arguments: &[&Path], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maquette"));
    command.arg("compare").args(arguments).args(more).output().expect("the program runs")
}

fn json(arguments: &[&Path], more: &[&str]) -> Value {
    let output = compare(arguments, &[more, &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn complaint(arguments: &[&Path], more: &[&str]) -> String {
    let output = compare(arguments, more);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} in {value:#}"))
}

/// Light with structure: `f` of column and row, in nits.
fn picture(f: impl Fn(usize, usize) -> f32) -> Plane<[f32; 3]> {
    let data = (0..SIDE * SIDE).map(|i| {
        let value = f(i % SIDE, i / SIDE);
        [value, 0.7 * value, 0.4 * value]
    });
    Plane::from_vec(SIDE, SIDE, data.collect()).expect("a square")
}

fn texture(x: usize, y: usize) -> f32 {
    20.0 + (x * 7 + y * 3) as f32 % 11.0
}

/// A frame as a take holds it: exposed, with two things side by side, 1 and 2.
fn write_frame(path: &Path, nits: &Plane<[f32; 3]>, ev100: f32, motion: [f32; 2]) {
    let mut gbuffer = GBuffer::new(SIDE, SIDE);
    gbuffer.distance.data.fill(3.0);
    gbuffer.image_motion.data.fill(motion);
    for (i, id) in gbuffer.object_id.data.iter_mut().enumerate() {
        *id = 1 + (i % SIDE >= SIDE / 2) as u32;
    }
    gbuffer.image_id = gbuffer.object_id.clone();
    let lens = Lens {
        sensor_width_m: 0.036,
        focal_length_m: 0.05,
        f_stop: None,
        blades: 0,
        blade_turn_rad: 0.0,
        focus_distance_m: 1.0,
    };
    let camera = Camera { lens, world_from_camera: Moving::still(Affine3A::IDENTITY), ev100: None };
    let light = Light::new(SIDE, SIDE);
    let conditioning = Conditioning { frame: 1001, camera, ev100, gbuffer, light };
    let factor = maquette_conditioning::exposure_factor(ev100);
    let color = nits.map(|color| color.map(|value| value * factor));
    write_exr(path, &Frame { number: 1001, color, ev100 }, Some(&conditioning)).expect("written");
}

#[test]
fn frames_of_other_exposure_are_equal_light() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (folder.path().join("a.exr"), folder.path().join("b.exr"));
    write_frame(&a, &picture(texture), 5.0, [0.0; 2]);
    write_frame(&b, &picture(texture), 8.0, [0.0; 2]);
    let report = json(&[&a, &b], &[]);
    // Half floats are equal to 5e-4.
    assert!(number(&report, "/mean/rel_mse") < 1e-6 && number(&report, "/mean/hdr_flip") < 0.01);
    assert!((number(&report, "/mean/energy_ratio") - 1.0).abs() < 1e-3);
    assert!(report["from_frame_to_frame"].is_null());
    assert!((number(&json(&[&a, &b], &["--as-stored"]), "/mean/energy_ratio") - 8.0).abs() < 0.01);
}

#[test]
fn a_brighter_object_is_found_and_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (folder.path().join("a.exr"), folder.path().join("b.exr"));
    let brighter = |x: usize, y: usize| texture(x, y) * if x >= SIDE / 2 { 1.5 } else { 1.0 };
    write_frame(&a, &picture(brighter), 5.0, [0.0; 2]);
    write_frame(&b, &picture(texture), 5.0, [0.0; 2]);
    let map = folder.path().join("map.png");
    let report = json(&[&a, &b], &["--difference", map.to_str().expect("text")]);
    assert!((number(&report, "/objects/0/energy_ratio") - 1.0).abs() < 1e-3);
    assert!((number(&report, "/objects/1/energy_ratio") - 1.5).abs() < 2e-3);
    assert_eq!(number(&report, "/objects/1/object_id"), 2.0);
    let map = read_png(&map).expect("a picture");
    let glow = |x: usize| map.at(x, 16).iter().map(|&code| u32::from(code)).sum::<u32>();
    assert!(glow(28) > 10 * glow(2), "{} {}", glow(28), glow(2));
    let text = String::from_utf8(compare(&[&a, &b], &[]).stdout).expect("text");
    assert!(text.contains("relMSE") && text.contains("HDR-FLIP") && text.contains("energy"), "{text}");
}

#[test]
fn a_sequence_that_flickers_is_told_from_one_that_moves() {
    let folder = tempfile::tempdir().expect("a folder");
    for frame in 0..3usize {
        // The texture moves by one pixel a frame; the image flashes 10 % in the middle one.
        let flash = if frame == 1 { 1.1 } else { 1.0 };
        let moved = |x: usize, y: usize| texture(x + 2 - frame, y);
        let name = format!("s/beauty.{}.exr", 1001 + frame);
        let moving = picture(moved);
        write_frame(&folder.path().join("truth").join(&name), &moving, 5.0, [-1.0, 0.0]);
        let flashed = moving.map(|color| color.map(|value| value * flash));
        write_frame(&folder.path().join("image").join(&name), &flashed, 5.0, [-1.0, 0.0]);
    }
    let (image, truth) = (folder.path().join("image"), folder.path().join("truth"));
    let report = json(&[&image, &truth], &[]);
    assert_eq!(report["frames"].as_array().map(Vec::len), Some(3));
    let error = number(&report, "/from_frame_to_frame/temporal_error");
    assert!((error - 0.1).abs() < 0.01, "{error}");
    let same = json(&[&truth, &truth], &[]);
    assert!(number(&same, "/from_frame_to_frame/temporal_error") < 1e-3);
    assert!(number(&same, "/from_frame_to_frame/deviation_over_mean/image") > 0.05);
    assert!((number(&report, "/from_frame_to_frame/reprojectable_share") - 30.0 / 32.0).abs() < 1e-6);
    // One picture serves as the reference of all.
    let still = json(&[&image, &truth.join("s/beauty.1001.exr")], &[]);
    assert_eq!(number(&still, "/from_frame_to_frame/deviation_over_mean/reference"), 0.0);
}

#[test]
fn a_reference_that_was_rendered_again_loses_its_noise() {
    let folder = tempfile::tempdir().expect("a folder");
    // Noise of ±1 nit that neither shares with the other: one changes sign from column to column, the other from row to row.
    let sign = |index: usize| if index.is_multiple_of(2) { 1.0 } else { -1.0 };
    let takes = ["image", "reference", "again"].map(|name| folder.path().join(name));
    for (index, take) in takes.iter().enumerate() {
        fs::create_dir(take).expect("a folder");
        for frame in 0..2 {
            let light = picture(|x, y| texture(x, y) + [0.0, sign(x + frame), sign(y + frame)][index]);
            write_frame(&take.join(format!("beauty.100{frame}.exr")), &light, 3.0, [0.0, 0.0]);
        }
    }
    let [image, reference, again] = &takes;
    let once = json(&[image, reference], &[]);
    let twice = json(&[image, reference], &["--again", again.to_str().expect("a name")]);
    for (figure, least) in [("/mean/rel_mse", 1e-3), ("/from_frame_to_frame/temporal_error", 0.05)] {
        let (with, without) = (number(&once, figure), number(&twice, figure));
        assert!(with > least && without.abs() < 0.1 * with, "{figure}: {with}, then {without}");
    }
    assert_eq!(twice["without_reference_noise"], true);
}

#[test]
fn pictures_for_the_screen_are_compared_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (folder.path().join("a.png"), folder.path().join("b.png"));
    let frame = |gain: f32| Frame {
        number: 1001,
        color: picture(move |x, y| texture(x, y) * 0.02 * gain),
        ev100: 0.0,
    };
    write_png(&a, &grade(&frame(1.1), ToneMap::Linear)).expect("written");
    write_png(&b, &grade(&frame(1.0), ToneMap::Linear)).expect("written");
    let report = json(&[&a, &b], &[]);
    assert!(report["mean"]["rel_mse"].is_null() && report["mean"]["hdr_flip"].is_null());
    assert!(number(&report, "/mean/ldr_flip") > 0.005 && number(&report, "/mean/psnr_db") > 20.0);
    let exr = folder.path().join("c.exr");
    write_frame(&exr, &picture(texture), 5.0, [0.0; 2]);
    assert!(complaint(&[&a, &exr], &[]).contains("two of a kind"));
}

#[test]
fn what_cannot_be_compared_is_said_with_exit_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    write_frame(&path("t/s/beauty.1001.exr"), &picture(texture), 5.0, [0.0; 2]);
    write_frame(&path("t/s/beauty.1002.exr"), &picture(texture), 5.0, [0.0; 2]);
    write_frame(&path("u/s/beauty.1001.exr"), &picture(texture), 5.0, [0.0; 2]);
    assert!(complaint(&[&path("t"), &path("u")], &[]).contains("1002"));
    assert!(complaint(&[&path("nowhere"), &path("u")], &[]).contains("there is no"));
    assert!(complaint(&[&path("t"), &path("u")], &["--frames", "2000-2001"]).contains("2000"));
    fs::write(path("text.exr"), "a text, not a picture").expect("written");
    let one = path("u/s/beauty.1001.exr");
    assert!(complaint(&[&path("text.exr"), &one], &[]).contains("neither an OpenEXR nor a PNG"));
    let bytes = fs::read(&one).expect("read");
    fs::write(path("cut.exr"), &bytes[..bytes.len() / 2]).expect("written");
    assert!(complaint(&[&path("cut.exr"), &one], &[]).contains("cut.exr"));
    let small = Frame { number: 1, color: Plane::new(8, 8), ev100: 0.0 };
    write_exr(&path("small.exr"), &small, None).expect("written");
    let said = complaint(&[&path("small.exr"), &one], &[]);
    assert!(said.contains("8×8") && said.contains("32×32") && said.contains("small.exr"), "{said}");
}
