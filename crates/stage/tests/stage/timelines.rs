//! Sound timelines: the ear, what sounds, and what it meets.

use super::*;

const PARTS: &str = r#"
    air: (temperature_c: 0.0),
    set: [(name: "floor", shape: Box(size_m: (20, 1, 20)), at_m: (0, -0.5, 0)),
          (name: "ball", shape: Sphere(radius_m: 0.1), at_m: (0, 2, 0), body: Dynamic(release_s: 1.5))],
    sounds: [(name: "hum", clip: "hum.wav", on: Piece("ball"), level_db_spl_1m: 40, looped: true),
             (name: "line", clip: "hum.wav", on: Actor("ANA"), at_s: 1, level_db_spl_1m: 62)],
    actors: [(name: "ANA", form: Mannequin(height_m: 1.7), marks: [(t_s: 0, at_m: (2, 0, 0)), (t_s: 5, at_m: (2, 0, -4))])]"#;

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hum.wav"), b"RIFF").unwrap();
    stage_in(&scene(PARTS), folder.path())
}

#[test]
fn tracks_begin_six_seconds_before_but_not_before_the_world() {
    let mut stage = stage();
    let late = stage.sound_timeline("a", 1001 + 1920..=1001 + 2159).unwrap();
    assert_eq!((late.from_s, late.to_s), (8.0, 9.0));
    let ball = &late.instances[1].world_from_local;
    assert_eq!(ball.start_s, 2.0);
    assert_eq!(ball.samples.len(), 701);
    let early = stage.sound_timeline("a", 1001..=1240).unwrap();
    assert_eq!((early.from_s, early.listener.start_s), (0.0, 0.0));
}

#[test]
fn what_stands_still_is_a_single_sample_and_the_ear_is_the_camera() {
    let mut stage = stage();
    let timeline = stage.sound_timeline("a", 1001..=1240).unwrap();
    assert!(timeline.listener.is_still());
    assert_eq!(Vec3::from(timeline.listener.samples[0].translation), Vec3::new(0.0, 1.0, 8.0));
    assert!(timeline.instances[0].world_from_local.is_still());
    assert_eq!(timeline.instances.len(), 3);
}

#[test]
fn a_voice_comes_from_the_mouth_of_who_walks() {
    let mut stage = stage();
    let timeline = stage.sound_timeline("a", 1001..=2200).unwrap();
    let voice = &timeline.sources[1];
    assert_eq!((voice.name.as_str(), voice.start_s, voice.looped), ("line", 1.0, false));
    let mouth = voice.position_m.at(4.99);
    assert!((1.48..1.60).contains(&mouth.y) && (mouth.z + 4.1).abs() < 0.1, "{mouth}");
    assert!(voice.position_m.at(0.0).z > -0.2);
}

#[test]
fn sound_meets_people_where_they_are() {
    let timeline = stage().sound_timeline("a", 1001..=2200).unwrap();
    let [_floor, _ball, ana] = &timeline.instances[..] else { panic!("{}", timeline.instances.len()) };
    let top_m = ana.mesh.positions.iter().map(|at| at.y).fold(0.0, f32::max);
    assert!((top_m - 1.7).abs() < 1e-5);
    let placed = |time_s| *ana.world_from_local.around(time_s).0;
    let at = |time_s| Vec3::from(placed(time_s).translation);
    assert!(
        at(0.0).distance(Vec3::new(2.0, 0.0, 0.0)) < 1e-4
            && at(5.0).distance(Vec3::new(2.0, 0.0, -4.0)) < 0.02
    );
    // They carry their own voice, so that nothing of them hides it.
    assert_eq!(timeline.sources[1].carrier, Some(ana.object_id));
    let ears = placed(2.0).inverse().transform_point3(timeline.sources[1].position_m.at(2.0));
    assert!(ears.x.abs() < 0.05 && ears.z.abs() < 0.08 * 1.7 + 0.05, "{ears}");
}

#[test]
fn hits_that_still_ring_are_there_and_older_ones_are_not() {
    let mut stage = stage();
    // The ball falls 1.9 m from 1.5 s on.
    let hit_s = 1.5 + (2.0f64 * 1.9 / 9.81).sqrt();
    let of_ball = |stage: &mut Stage, from: u32| {
        let timeline = stage.sound_timeline("a", 1001 + 240 * from..=1001 + 240 * from + 239).unwrap();
        timeline.contacts.into_iter().find(|hit| hit.objects == [1, 2] && hit.closing_speed_m_s > 5.0)
    };
    assert!((of_ball(&mut stage, 2).unwrap().time_s - hit_s).abs() < 0.001);
    assert!(of_ball(&mut stage, 8).is_some());
    assert!(of_ball(&mut stage, 9).is_none());
}

#[test]
fn sound_travels_at_331_metres_a_second_at_zero_degrees() {
    let air = stage().sound_timeline("a", 1001..=1002).unwrap().air;
    assert!((air.speed_of_sound_m_s - 331.3).abs() < 1e-3 && air.absorbs);
}

#[test]
fn booms_heads_and_the_sequence_decide_who_hears() {
    let parts =
        |extra: &str| format!("{PARTS}, booms: [(name: \"pole\", at_m: (1, 2, 3), aim: \"ball\")], {extra}");
    let heard_from = |extra: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hum.wav"), b"RIFF").unwrap();
        let mut stage = stage_in(&scene(&parts(extra)), folder.path());
        stage.sound_timeline("a", 1001..=1240).unwrap().listener
    };
    let boom = heard_from("perspective: Boom(\"pole\")");
    assert_eq!(Vec3::from(boom.samples[0].translation), Vec3::new(1.0, 2.0, 3.0));
    let ahead = boom.samples[0].transform_vector3(Vec3::NEG_Z);
    assert!(ahead.distance((Vec3::new(0.0, 2.0, 0.0) - Vec3::new(1.0, 2.0, 3.0)).normalize()) < 1e-3);
    let head = heard_from("perspective: Head(\"ANA\")");
    let first = Vec3::from(head.samples[0].translation);
    assert!(first.distance(Vec3::new(2.0, 0.936 * 1.7, 0.0)) < 0.05, "{first}");
    assert!(!head.is_still());
}

#[test]
fn backgrounds_beds_and_lines_join_the_timeline() {
    let parts = PARTS.replace(
        "sounds: [",
        r#"sounds: [(name: "vent", ambience: Ventilation, on: At((0, 3, 0)), level_db_spl_1m: 40),
                    (name: "score", clip: "hum.wav", on: Bed, level_db_spl_1m: 55),
                    (name: "hello", speech: (text: "Hello."), on: Actor("ANA"), level_db_spl_1m: 60),"#,
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hum.wav"), b"RIFF").unwrap();
    let mut stage = stage_in(&scene(&parts), folder.path());
    let lines: Vec<String> = stage.lines().map(|(sound, line)| format!("{sound}: {}", line.text)).collect();
    assert_eq!(lines, ["hello: Hello."]);
    assert!(stage.sound_timeline("a", 1001..=1240).unwrap_err().to_string().contains("hello"));
    stage.put_line("hello", folder.path().join("hello.wav"));
    let timeline = stage.sound_timeline("a", 1001..=1240).unwrap();
    let names: Vec<&str> = timeline.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["vent", "hello", "hum", "line"]);
    assert_eq!(timeline.beds[0].name, "score");
    assert!(timeline.sources[1].mouth.is_some() && timeline.sources[0].mouth.is_none());
}
