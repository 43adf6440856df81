//! Lines read by a synthesiser that stands beside; without one, these tests say so and pass.

use maquette_conditioning::Clip;
use maquette_soundtrack::{Line, speak};

use crate::{rooms::*, scene::*};

fn line(text: &str) -> Line {
    Line { text: text.into(), voice: None, words_a_minute: 165 }
}

fn installed() -> bool {
    let found = ["espeak-ng", "flite"]
        .iter()
        .any(|program| std::process::Command::new(program).arg("--version").output().is_ok());
    if !found {
        println!("skipped: neither espeak-ng nor flite is installed");
    }
    found
}

#[test]
fn a_line_becomes_a_recording_that_plays() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("line.wav");
    speak(&line("-v Hold the door, please."), &file).unwrap();
    let mut scene = timeline(glam::Vec3::NEG_Z, glam::Vec3::ZERO, vec![]);
    scene.sources[0].clip = Clip::File(file);
    assert!(left(&heard(&scene)).iter().any(|s| s.abs() > 1e-3));
}
