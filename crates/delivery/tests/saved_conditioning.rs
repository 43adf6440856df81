//! Conditioning through a file: bit for bit, or a clear error.

#![allow(clippy::unwrap_used, reason = "a test's helper may fail the test")]

mod support;

use std::fs;

use maquette_conditioning::{Conditioning, Plane};
use maquette_delivery::{Error, load_conditioning, save_conditioning, write_exr};
use support::{conditioning, frame};

fn assert_equal(a: &Conditioning, b: &Conditioning) {
    assert_eq!(a.frame, b.frame);
    assert_eq!(a.camera, b.camera);
    assert_eq!(a.ev100, b.ev100);
    assert_eq!(a.gbuffer, b.gbuffer);
    assert_eq!(a.light, b.light);
}

#[test]
fn what_is_saved_is_what_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("010/conditioning.1042.exr");
    let original = conditioning(37, 21);
    save_conditioning(&path, &original).unwrap();
    assert_equal(&original, &load_conditioning(&path).unwrap());
}

#[test]
fn optional_and_odd_values_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.exr");
    let mut original = conditioning(1, 1);
    original.camera.ev100 = Some(f32::MIN_POSITIVE / 8.0);
    original.camera.lens.f_stop = None;
    original.camera.lens.focus_distance_m = f32::INFINITY;
    original.light.samples = u32::MAX;
    original.frame = u32::MAX;
    original.light.emitted.data[0] = [f32::MAX, -0.0, 1.0e-42];
    save_conditioning(&path, &original).unwrap();
    let loaded = load_conditioning(&path).unwrap();
    assert_equal(&original, &loaded);
    assert!(loaded.light.emitted.data[0][1].is_sign_negative());
}

#[test]
fn the_same_conditioning_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [0, 1, 2].map(|i| folder.path().join(format!("{i}.exr")));
    paths.iter().for_each(|path| save_conditioning(path, &conditioning(40, 40)).unwrap());
    let bytes = paths.map(|path| fs::read(path).unwrap());
    assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2]);
}

#[test]
fn planes_of_different_sizes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.exr");
    let mut broken = conditioning(8, 8);
    broken.light.direct_diffuse = Plane::new(8, 7);
    let error = save_conditioning(&path, &broken).unwrap_err();
    assert!(matches!(&error, Error::Size { what, .. } if what == "DiffDir"), "{error}");
    assert!(!path.exists());
}

#[test]
fn other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.exr");
    assert!(load_conditioning(&missing).unwrap_err().to_string().contains("missing.exr"));

    let text = folder.path().join("text.exr");
    fs::write(&text, "not an image").unwrap();
    assert!(matches!(load_conditioning(&text), Err(Error::Codec { .. })));

    let delivered = folder.path().join("beauty.exr");
    write_exr(&delivered, &frame(8, 8), Some(&conditioning(8, 8))).unwrap();
    let error = load_conditioning(&delivered).unwrap_err();
    assert!(matches!(error, Error::NotConditioning { .. }), "{error}");

    let beauty = folder.path().join("b.exr");
    write_exr(&beauty, &frame(8, 8), None).unwrap();
    assert!(load_conditioning(&beauty).unwrap_err().to_string().contains("not a saved conditioning"));
}

#[test]
fn cut_files_are_errors_at_every_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.exr");
    save_conditioning(&path, &conditioning(16, 40)).unwrap();
    let whole = fs::read(&path).unwrap();
    for part in 0..60 {
        fs::write(&path, &whole[..whole.len() * part / 60]).unwrap();
        assert!(load_conditioning(&path).is_err(), "{part} sixtieths");
    }
}

#[test]
fn a_header_that_claims_too_much_is_refused_before_allocating() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.exr");
    save_conditioning(&path, &conditioning(16, 16)).unwrap();
    let original = fs::read(&path).unwrap();
    let at =
        original.windows(11).position(|w| w == b"dataWindow\0").unwrap() + "dataWindow\0box2i\0".len() + 4;
    for (side, field) in [(100_000i32, "pixels"), (8000, "claimed bytes")] {
        let mut bytes = original.clone();
        bytes[at + 8..at + 12].copy_from_slice(&(side - 1).to_le_bytes());
        bytes[at + 12..at + 16].copy_from_slice(&(side - 1).to_le_bytes());
        fs::write(&path, bytes).unwrap();
        let error = load_conditioning(&path).unwrap_err();
        assert!(error.to_string().contains(field), "{side}: {error}");
    }
}
