//! The same scene is the same world: again, in another process, and however one gets there.

use std::process::Command;

use super::*;

/// Things that fall over each other, something driven through them, and someone who walks.
fn busy() -> Stage {
    stage_of(&scene(
        r#"set: [(name: "floor", shape: Box(size_m: (20, 1, 20)), at_m: (0, -0.5, 0)),
            (name: "box", shape: Box(size_m: (0.3, 0.3, 0.3)), at_m: (0, 0.6, 0), turn_deg: (yaw: 20, pitch: 15),
             repeat: 8, repeat_step_m: (0.05, 0.4, 0.03), body: Dynamic()),
            (name: "ball", shape: Sphere(radius_m: 0.15), at_m: (0.2, 5, 0.1), restitution: 0.7,
             repeat: 4, repeat_step_m: (0.02, 0.5, 0), body: Dynamic(release_s: 0.3)),
            (name: "arm", shape: Capsule(radius_m: 0.1, height_m: 2), turn_deg: (roll: 90), body: Kinematic(path: [
                (t_s: 0, at_m: (-3, 0.3, 0)), (t_s: 2, at_m: (2, 0.3, 0), turn_deg: (yaw: 200, roll: 90))]))],
           actors: [(name: "ANA", form: Mannequin(), marks: [(t_s: 0, at_m: (0, 0, 4)), (t_s: 3, at_m: (1, 0, -1))])]"#,
    ))
}

#[test]
fn two_stages_agree_bit_for_bit() {
    let (mut a, mut b) = (busy(), busy());
    for time_s in [0.5, 1.0, 2.0] {
        assert_eq!(a.state_hash(time_s), b.state_hash(time_s), "at {time_s} s");
    }
    assert_ne!(a.state_hash(1.0), a.state_hash(1.5));
}

#[test]
fn playing_seeking_and_going_back_show_the_same_world() {
    let mut played = busy();
    let hashes: Vec<u64> = (0..=8).map(|i| played.state_hash(f64::from(i) * 0.2)).collect();
    let mut sought = busy();
    assert_eq!(sought.state_hash(1.6), hashes[8]);
    assert_eq!(sought.state_hash(0.6), hashes[3]);
    for frame in 1001..1100 {
        played.moment("a", frame).unwrap();
    }
    assert_eq!(played.state_hash(1.6), hashes[8]);
    assert_eq!(played.state_hash(0.6), hashes[3]);
}

/// Prints the hash that another process compares with its own.
#[test]
fn hash_of_a_busy_world() {
    println!("\nhash {:016x}", busy().state_hash(1.5));
}

#[test]
fn another_process_agrees_bit_for_bit() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "determinism::hash_of_a_busy_world", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    let theirs = said.lines().find_map(|line| line.strip_prefix("hash ")).unwrap_or_else(|| panic!("{said}"));
    assert_eq!(theirs, format!("{:016x}", busy().state_hash(1.5)));
}
