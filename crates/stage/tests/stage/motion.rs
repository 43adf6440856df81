//! Motion against closed forms.

use super::*;

/// A ramp whose slope falls towards +Z at sin = 1/√5, and points on and along it.
const RAMP: &str = r#"(name: "ramp", shape: Wedge(size_m: (2, 2, 4)), at_m: (0, 1, 0), friction: MU)"#;
const SIN: f32 = 0.447_213_6;
const COS: f32 = 0.894_427_2;

fn on_ramp(from_top_m: f32, above_m: f32) -> Vec3 {
    Vec3::new(0.0, 2.0, -2.0) + Vec3::new(0.0, -SIN, COS) * from_top_m + Vec3::new(0.0, COS, SIN) * above_m
}

fn ramp_scene(friction: f32, thing: &str, at: Vec3) -> String {
    let ramp = RAMP.replace("MU", &friction.to_string());
    let place = format!("at_m: ({}, {}, {}), friction: {friction}, body: Dynamic()", at.x, at.y, at.z);
    scene(&format!("set: [{ramp}, (name: \"thing\", {thing}, {place})]"))
}

#[test]
fn free_fall_is_half_g_t_squared() {
    let mut stage = stage_of(&scene(
        r#"set: [(name: "ball", shape: Sphere(radius_m: 0.1), at_m: (0, 100, 0), body: Dynamic())]"#,
    ));
    for time_s in [0.125, 0.5, 1.0, 2.0, 4.0] {
        let fallen = 100.0 - position(&mut stage, "ball", time_s).y;
        assert_close(fallen, 0.5 * GRAVITY * (time_s * time_s) as f32, 0.001, &format!("after {time_s} s"));
    }
}

#[test]
fn a_thrown_body_follows_its_parabola_from_its_release() {
    // Released between two physics steps.
    let mut stage = stage_of(&scene(
        r#"set: [(name: "ball", shape: Sphere(radius_m: 0.1), at_m: (0, 50, 0),
            body: Dynamic(velocity_m_s: (3, 5, 0), release_s: 0.502))]"#,
    ));
    assert_eq!(position(&mut stage, "ball", 0.5), Vec3::new(0.0, 50.0, 0.0));
    for time_s in [1.0, 2.0] {
        let t = (time_s - 0.502) as f32;
        let expected = Vec3::new(3.0 * t, 50.0 + 5.0 * t - 0.5 * GRAVITY * t * t, 0.0);
        let at = position(&mut stage, "ball", time_s);
        assert!(at.distance(expected) < 0.003, "{at} against {expected}");
    }
}

#[test]
fn a_ball_rolls_down_a_ramp_at_five_sevenths_of_g_sine() {
    let start = on_ramp(0.5, 0.2);
    let mut stage = stage_of(&ramp_scene(0.6, "shape: Sphere(radius_m: 0.2)", start));
    for time_s in [0.4, 0.8, 1.2] {
        let gone = position(&mut stage, "thing", time_s).distance(start);
        let expected = 0.5 * (5.0 / 7.0) * GRAVITY * SIN * (time_s * time_s) as f32;
        assert_close(gone, expected, 0.01, &format!("rolled after {time_s} s"));
    }
}

#[test]
fn a_box_slides_down_a_ramp_at_g_sine_less_friction() {
    for friction in [0.0, 0.2] {
        let start = on_ramp(0.5, 0.1);
        let thing = "shape: Box(size_m: (0.4, 0.2, 0.4)), turn_deg: (pitch: 26.565052)";
        let mut stage = stage_of(&ramp_scene(friction, thing, start));
        for time_s in [0.5, 1.0] {
            let gone = position(&mut stage, "thing", time_s).distance(start);
            let expected = 0.5 * GRAVITY * (SIN - friction * COS) * (time_s * time_s) as f32;
            assert_close(gone, expected, 0.01, &format!("slid after {time_s} s at friction {friction}"));
        }
    }
}

#[test]
fn a_box_stays_on_a_ramp_when_friction_exceeds_its_slope() {
    let start = on_ramp(0.5, 0.1);
    let thing = "shape: Box(size_m: (0.4, 0.2, 0.4)), turn_deg: (pitch: 26.565052)";
    let mut stage = stage_of(&ramp_scene(0.8, thing, start));
    assert!(position(&mut stage, "thing", 3.0).distance(start) < 0.01);
}

/// Speed at the height of touch and the next top, from the flight after the first bounce.
fn rebound(stage: &mut Stage, hit_s: f64, radius: f32) -> (f32, f32) {
    let dt = 1.0 / 240.0;
    let from_s = (hit_s * 240.0).ceil() / 240.0 + 4.0 * dt;
    let (a, b) = (position(stage, "ball", from_s).y, position(stage, "ball", from_s + 8.0 * dt).y);
    let speed = (b - a) / (8.0 * dt as f32) + 0.5 * GRAVITY * 8.0 * dt as f32;
    let frames = (0..400).map(|i| position(stage, "ball", from_s + f64::from(i) * dt).y);
    let top = frames.take_while(|y| *y > radius * 0.9).fold(0.0, f32::max);
    ((speed * speed + 2.0 * GRAVITY * (a - radius)).sqrt(), top)
}

#[test]
fn a_ball_rebounds_with_its_restitution() {
    for (height, restitution) in [(0.5f32, 0.9f32), (1.0, 0.8), (1.0, 0.5), (2.0, 0.7), (3.3, 0.6)] {
        // The larger restitution counts: the floor's is 0.2.
        let mut stage = stage_of(&scene(&format!(
            r#"set: [(name: "floor", shape: Box(size_m: (4, 1, 4)), at_m: (0, -0.5, 0)),
                (name: "ball", shape: Sphere(radius_m: 0.1), at_m: (0, {}, 0), restitution: {restitution}, body: Dynamic())]"#,
            height + 0.1
        )));
        let impact = (2.0 * GRAVITY * height).sqrt();
        let (speed, top) = rebound(&mut stage, f64::from(impact / GRAVITY), 0.1);
        println!(
            "{height} m, e {restitution}: rebound {:.4} of e·v, top {:.4} of e²·h",
            speed / (restitution * impact),
            (top - 0.1) / (height * restitution * restitution)
        );
        assert_close(
            speed,
            restitution * impact,
            0.01,
            &format!("rebound speed from {height} m at {restitution}"),
        );
        assert_close(
            top - 0.1,
            restitution * restitution * height,
            0.03,
            &format!("height after {height} m at {restitution}"),
        );
    }
}

#[test]
fn a_body_without_bounce_comes_to_rest_on_the_surface() {
    for floor in ["Box(size_m: (4, 1, 4)), at_m: (0, -0.5, 0)", "Plane(size_m: (4, 4))"] {
        let mut stage = stage_of(&scene(&format!(
            r#"set: [(name: "floor", shape: {floor}),
                (name: "crate", shape: Box(size_m: (0.3, 0.3, 0.3)), at_m: (0, 1, 0), restitution: 0.0, body: Dynamic(mass_kg: 3))]"#
        )));
        let rest = position(&mut stage, "crate", 4.0);
        assert!((rest.y - 0.15).abs() < 0.002, "{rest} on {floor}");
        assert_eq!(rest, position(&mut stage, "crate", 6.0));
    }
}

#[test]
fn a_fast_ball_does_not_fly_through_a_thin_wall() {
    let mut stage = stage_of(&scene(
        r#"set: [(name: "wall", shape: Box(size_m: (4, 4, 0.02)), at_m: (0, 2, -5)),
            (name: "ball", shape: Sphere(radius_m: 0.03), at_m: (0, 2, 0), body: Dynamic(velocity_m_s: (0, 0, -80)))]"#,
    ));
    assert!(position(&mut stage, "ball", 0.5).z > -5.0);
}

#[test]
fn a_driven_piece_follows_its_path_and_pushes() {
    let mut stage = stage_of(&scene(
        r#"set: [(name: "floor", shape: Box(size_m: (20, 1, 4)), at_m: (0, -0.5, 0), friction: 0.1),
            (name: "pusher", shape: Box(size_m: (0.2, 1, 1)), body: Kinematic(path: [
                (t_s: 0, at_m: (-2, 0.6, 0), ease: Linear), (t_s: 2, at_m: (2, 0.6, 0))])),
            (name: "crate", shape: Box(size_m: (0.4, 0.4, 0.4)), at_m: (0, 0.2, 0), friction: 0.1, body: Dynamic())]"#,
    ));
    assert!((position(&mut stage, "pusher", 0.5).x + 1.0).abs() < 1e-4);
    assert!(position(&mut stage, "crate", 0.5).x.abs() < 1e-3);
    let crate_x = position(&mut stage, "crate", 2.0).x;
    assert!(crate_x > 2.28, "{crate_x}");
}

#[test]
fn steps_and_doors_are_solid_where_they_should_be() {
    let mut stage = stage_of(&scene(
        r#"set: [(name: "room", shape: Room(size_m: (4, 3, 4), openings: [(wall: Front, size_m: (1, 2))])),
            (name: "flight", shape: Stairs(size_m: (1, 0.8, 1.6), steps: 4), at_m: (1, 0.4, -1.2)),
            (name: "on stairs", shape: Sphere(radius_m: 0.1), at_m: (1, 2, -1.8), restitution: 0.0, friction: 5.0, body: Dynamic()),
            (name: "out", shape: Sphere(radius_m: 0.1), at_m: (0, 0.3, 0), body: Dynamic(velocity_m_s: (0, 0, 6))),
            (name: "in", shape: Sphere(radius_m: 0.1), at_m: (0, 0.3, -1), body: Dynamic(velocity_m_s: (6, 0, 0)))]"#,
    ));
    assert!((position(&mut stage, "on stairs", 2.0).y - 0.9).abs() < 0.01);
    assert!(position(&mut stage, "out", 1.0).z > 2.2);
    assert!(position(&mut stage, "in", 1.0).x < 2.0);
}
