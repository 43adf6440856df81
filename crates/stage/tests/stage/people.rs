//! Recorded people are placed and heard, never opened; mannequins move their jaws.

use maquette_conditioning::{Stem, Track};

use super::*;

/// A person who walks from the origin to −Z over two seconds, recorded in a file that is no recording.
fn recorded() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("maya.mov"), "no recording").unwrap();
    stage_in(
        r#"(title: "test", fps: (24, 1),
            actors: [(name: "MAYA", form: Cameo(plate: "maya.mov", person: NotReal("a test"), height_m: 1.6, at_s: 0.5,
                      plate_from_s: 3.0), marks: [(t_s: 0.0, at_m: (0.0, 0.0, 0.0)), (t_s: 2.0, at_m: (0.0, 0.0, -2.0))])],
            shots: [(name: "a", length_s: 2.0, camera: (focal_length_mm: 50.0, keys: [(t_s: 0, at_m: (0, 1, 5))]))])"#,
        folder.path(),
    )
}

#[test]
fn a_recorded_person_is_a_place_and_a_time_in_the_recording() {
    let mut stage = recorded();
    let moment = stage.moment("a", 1025).unwrap();
    assert!(moment.instances.is_empty(), "stage never opens a plate");
    let people = stage.stand_ins(&moment.shutter);
    let [maya] = people.as_slice() else { panic!("{people:?}") };
    assert_eq!((maya.actor.as_str(), maya.object_id), ("MAYA", 1));
    assert!(maya.feet_m.open.distance(Vec3::new(0.0, 0.0, -1.0)) < 0.01, "{}", maya.feet_m.open);
    assert!(maya.feet_m.previous.z > maya.feet_m.open.z && maya.facing.is_none());
    assert!(
        (maya.plate_s - 3.5).abs() < 1e-9,
        "half a second after it starts, past the slate: {}",
        maya.plate_s
    );
    let before = stage.moment("a", 1001).unwrap();
    assert_eq!(stage.stand_ins(&before.shutter)[0].plate_s, 3.0, "stands still until it starts");
}

#[test]
fn a_recorded_voice_sounds_at_the_mouth_once_it_is_there() {
    let mut stage = recorded();
    assert!(stage.sound_timeline("a", 1001..=1024).unwrap().sources.is_empty());
    stage.put_voice("MAYA", vec![0.5; 100].into());
    let timeline = stage.sound_timeline("a", 1001..=1048).unwrap();
    let [voice] = timeline.sources.as_slice() else { panic!("{:?}", timeline.sources) };
    assert_eq!((voice.start_s, voice.stem, voice.level_db_spl_1m), (0.5, Stem::Dialogue, 62.0));
    let mouth = voice.position_m.at(1.0);
    assert!((mouth.y - 0.9 * 1.6).abs() < 0.01 && (mouth.z + 1.0).abs() < 0.01, "{mouth}");
}

#[test]
fn a_mannequins_jaw_is_all_that_speech_moves() {
    let mut stage = stage_of(
        r#"(title: "test", actors: [(name: "ANA", form: Mannequin, marks: [(t_s: 0.0, at_m: (0.0, 0.0, 0.0))])],
            shots: [(name: "a", length_s: 1.0, camera: (focal_length_mm: 50.0, keys: [(t_s: 0, at_m: (0, 1, 5))]))])"#,
    );
    let silent = stage.moment("a", 1013).unwrap();
    stage.put_opening("ANA", Track { start_s: 0.5, step_s: 0.01, samples: vec![1.0; 2] });
    let loud = stage.moment("a", 1013).unwrap();
    let moved = silent
        .instances
        .iter()
        .zip(&loud.instances)
        .filter(|(a, b)| a.world_from_local.open != b.world_from_local.open);
    assert_eq!(moved.count(), 1);
}
