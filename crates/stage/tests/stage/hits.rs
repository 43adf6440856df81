//! Hits: when, where, how hard.

use maquette_conditioning::{Clip, Contact};

use super::*;

fn contacts(stage: &mut Stage) -> Vec<Contact> {
    let frames = stage.frames("a").unwrap();
    stage.sound_timeline("a", frames).unwrap().contacts
}

fn dropped(shape: &str, height: f32, half: f32, extra: &str) -> Stage {
    stage_of(&scene(&format!(
        r#"materials: {{"hard": (roughness: 0.2)}},
           set: [(name: "floor", shape: Box(size_m: (4, 1, 4)), at_m: (0, -0.5, 0), material: "hard"),
            (name: "thing", shape: {shape}, at_m: (0.3, {}, -0.2), body: Dynamic(mass_kg: 2), {extra})]"#,
        height + half
    )))
}

#[test]
fn a_dropped_ball_touches_down_after_root_two_h_over_g() {
    for height in [0.05f32, 0.3, 0.77, 1.0, 1.23, 2.0, 4.0] {
        let mut stage = dropped("Sphere(radius_m: 0.1)", height, 0.1, "restitution: 0.5");
        let hits = contacts(&mut stage);
        let exact = f64::from((2.0 * height / GRAVITY).sqrt());
        println!(
            "{height} m: {:+.3} ms, closing {:.4}",
            1e3 * (hits[0].time_s - exact),
            hits[0].closing_speed_m_s
        );
        assert!((hits[0].time_s - exact).abs() < 0.001, "from {height} m at {}, not {exact}", hits[0].time_s);
        assert_close(hits[0].closing_speed_m_s, (2.0 * GRAVITY * height).sqrt(), 0.01, "closing speed");
        assert!(hits[0].position_m.distance(Vec3::new(0.3, 0.0, -0.2)) < 0.02, "{}", hits[0].position_m);
    }
}

#[test]
fn the_impulse_reverses_the_momentum() {
    for restitution in [0.0f32, 0.5, 0.8] {
        let mut stage = dropped("Sphere(radius_m: 0.1)", 1.0, 0.1, &format!("restitution: {restitution}"));
        let hit = &contacts(&mut stage)[0];
        // The floor's restitution is 0.2, and the larger counts.
        let expected = 2.0 * (2.0 * GRAVITY).sqrt() * (1.0 + restitution.max(0.2));
        assert_close(hit.impulse_n_s, expected, 0.03, &format!("impulse at {restitution}"));
    }
}

#[test]
fn each_bounce_is_one_hit_and_rest_is_silent() {
    let mut stage = dropped("Sphere(radius_m: 0.1)", 1.0, 0.1, "restitution: 0.6");
    let hits = contacts(&mut stage);
    // Bounces end when the closing speed, falling by 0.6 each time, is no longer heard: 4.43·0.6ⁿ > 0.1.
    assert!((6..=9).contains(&hits.len()), "{}", hits.len());
    for pair in hits.windows(2) {
        if pair[1].closing_speed_m_s > 0.3 {
            assert_close(
                pair[1].closing_speed_m_s,
                0.6 * pair[0].closing_speed_m_s,
                0.03,
                "next closing speed",
            );
        }
        assert!(pair[1].time_s > pair[0].time_s);
    }
    assert!(hits.last().unwrap().time_s < 2.5);
}

#[test]
fn a_flat_landing_is_one_hit() {
    let mut stage = dropped("Box(size_m: (0.4, 0.2, 0.4))", 0.5, 0.1, "restitution: 0.0");
    let hits = contacts(&mut stage);
    let hard: Vec<_> = hits.iter().filter(|hit| hit.closing_speed_m_s > 1.0).collect();
    assert_eq!(hard.len(), 1);
    assert!((hard[0].time_s - f64::from((1.0 / GRAVITY).sqrt())).abs() < 0.001);
}

#[test]
fn a_hit_names_both_things_and_what_they_are_made_of() {
    let mut stage = dropped("Sphere(radius_m: 0.1)", 1.0, 0.1, "material: \"hard\"");
    let hit = &contacts(&mut stage)[0];
    assert_eq!(hit.objects, [1, 2]);
    assert_eq!(hit.materials, ["hard", "hard"]);
}

#[test]
fn heels_strike_what_is_under_them() {
    let mut stage = stage_of(&scene(
        r#"set: [(name: "floor", shape: Box(size_m: (9, 1, 9)), at_m: (0, -0.5, 0))],
           actors: [(name: "ANA", form: Mannequin(height_m: 1.75), marks: [
               (t_s: 1, at_m: (0, 0, 3)), (t_s: 5, at_m: (0, 0, -2))])]"#,
    ));
    let hits = contacts(&mut stage);
    // Heel, then toe.
    assert!(hits.len().is_multiple_of(2) && (14..=22).contains(&hits.len()), "{}", hits.len());
    for hit in &hits {
        assert_eq!(hit.objects, [1, 2]);
        assert_eq!(hit.materials[1], "shoe sole");
        assert!((1.0..=5.2).contains(&hit.time_s) && hit.position_m.y.abs() < 1e-3);
        let [heel, toe] = [70.0 * 0.06 * 0.5, 70.0 * 0.025 * 0.35];
        let near = |expected: f32| (hit.impulse_n_s / expected - 1.0).abs() < 1e-3;
        assert!(near(heel) || near(toe), "{}", hit.impulse_n_s);
    }
}

#[test]
fn a_box_that_slides_to_a_stop_rubs_until_then() {
    let mut stage = stage_of(&scene(
        r#"materials: {"hard": (roughness: 0.2)},
           set: [(name: "floor", shape: Box(size_m: (20, 1, 20)), at_m: (0, -0.5, 0), material: "hard"),
                 (name: "crate", shape: Box(size_m: (0.4, 0.2, 0.4)), at_m: (0, 0.1, 0),
                  body: Dynamic(mass_kg: 2, velocity_m_s: (2.0, 0.0, 0.0)))]"#,
    ));
    let frames = stage.frames("a").unwrap();
    let timeline = stage.sound_timeline("a", frames).unwrap();
    let slide = timeline.sources.iter().find_map(|source| match &source.clip {
        Clip::Slide(slide) => Some((source, slide)),
        _ => None,
    });
    let (source, slide) = slide.unwrap();
    assert!(source.name.contains("crate"), "{}", source.name);
    // μ = 0.5: it stops after 2/(0.5·9.81) s, and weighs 19.6 N until then.
    assert!(
        (slide.slip_m_s.at(0.2) - (2.0 - 0.5 * GRAVITY * 0.2)).abs() < 0.15,
        "{}",
        slide.slip_m_s.at(0.2)
    );
    let force_n = (10..35).map(|n| slide.force_n.at(0.01 * f64::from(n))).sum::<f32>() / 25.0;
    assert!((force_n / (2.0 * GRAVITY) - 1.0).abs() < 0.02, "{force_n}");
    assert!(slide.force_n.at(0.6) == 0.0 && slide.travel_m_s.at(0.2) < 0.1);
    assert_eq!(slide.bodies[1].size_m, Vec3::new(0.4, 0.2, 0.4));
    assert!(slide.bodies[0].fixed && !slide.bodies[1].fixed && (slide.bodies[1].mass_kg - 2.0).abs() < 1e-3);
}

#[test]
fn a_hit_knows_where_on_the_body_it_was() {
    let mut stage = dropped("Sphere(radius_m: 0.1)", 1.0, 0.1, "material: \"hard\"");
    let hit = &contacts(&mut stage)[0];
    assert!((hit.bodies[1].touched_at.y + 0.5).abs() < 0.1, "{:?}", hit.bodies[1]);
    assert!((hit.bodies[0].touched_at.y - 0.5).abs() < 1e-3 && hit.bodies[0].fixed);
    assert!((hit.bodies[1].mass_kg - 2.0).abs() < 1e-3);
}
