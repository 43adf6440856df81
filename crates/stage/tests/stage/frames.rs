//! Frames, cameras, lights, materials and names as they come out in moments.

use glam::Affine3A;
use maquette_conditioning::{Environment, LampKind};
use maquette_stage::Error;

use super::*;

fn shots(camera: &str, rest: &str) -> String {
    format!(
        r#"#![enable(implicit_some)]
        (title: "test", fps: (24, 1), {rest},
         shots: [(name: "a", from_s: 2.0, length_s: 1.02, camera: (focal_length_mm: 50.0, {camera})),
                 (name: "short", length_s: 0.05, camera: (focal_length_mm: 50.0, keys: [(t_s: 0, at_m: (0, 0, 0))]))])"#
    )
}

const STILL: &str = "keys: [(t_s: 0, at_m: (0, 0, 5))]";
const NOTHING: &str = "set: []";

fn forward(pose: Affine3A) -> Vec3 {
    pose.transform_vector3(Vec3::NEG_Z)
}

#[test]
fn frames_start_at_1001_and_round_to_the_nearest() {
    let stage = stage_of(&shots(STILL, NOTHING));
    assert_eq!(stage.frames("a").unwrap(), 1001..=1024);
    assert_eq!(stage.frames("short").unwrap(), 1001..=1001);
}

#[test]
fn unknown_shots_and_frames_are_named_with_what_there_is() {
    let mut stage = stage_of(&shots(STILL, NOTHING));
    let shot = stage.moment("b", 1001).unwrap_err().to_string();
    assert!(shot.contains("`b`") && shot.contains("a, short"), "{shot}");
    let frame = stage.moment("a", 1025).unwrap_err();
    assert!(matches!(frame, Error::NoFrame { first: 1001, last: 1024, frame: 1025, .. }), "{frame}");
}

#[test]
fn a_shutter_opens_on_its_frame_and_closes_by_its_angle() {
    let mut stage = stage_of(&shots(&format!("shutter_deg: 90.0, {STILL}"), NOTHING));
    let shutter = stage.moment("a", 1013).unwrap().shutter;
    assert_eq!(shutter.open_s, 2.5);
    assert!((shutter.close_s - (2.5 + 0.25 / 24.0)).abs() < 1e-12);
    assert!((shutter.previous_open_s - (2.5 - 1.0 / 24.0)).abs() < 1e-12);
}

#[test]
fn things_before_time_zero_stand_still() {
    let falls = r#"set: [(name: "ball", shape: Sphere(radius_m: 0.1), at_m: (0, 9, 0), body: Dynamic())]"#;
    let mut stage = stage_of(&shots(STILL, falls));
    let place = stage.moment("short", 1001).unwrap().instances[0].world_from_local;
    assert_eq!(place.previous, place.open);
    assert!(place.close.translation.y < place.open.translation.y);
}

#[test]
fn a_camera_moves_and_aims_between_its_keys() {
    let keys = r#"keys: [(t_s: 0, at_m: (0, 1, 5), aim: At((0, 1, 0)), ease: Linear),
                         (t_s: 1, at_m: (4, 1, 5), aim: At((4, 1, 0)))]"#;
    let mut stage = stage_of(&shots(keys, NOTHING));
    let moving = stage.moment("a", 1013).unwrap().camera.world_from_camera;
    assert!((moving.open.translation.x - 2.0).abs() < 1e-4);
    assert!((moving.close.translation.x - (2.0 + 2.0 / 24.0)).abs() < 1e-4);
    assert!((moving.previous.translation.x - (2.0 - 4.0 / 24.0)).abs() < 1e-4);
    assert!(forward(moving.open).abs_diff_eq(Vec3::NEG_Z, 1e-5));
}

#[test]
fn aim_and_focus_follow_what_moves() {
    let camera = r#"focus: On("ball"), f_stop: 2.0, keys: [(t_s: 0, at_m: (0, 1, 5), aim: On("ANA"))]"#;
    let rest = r#"set: [(name: "ball", shape: Sphere(radius_m: 0.1), body: Kinematic(path: [
              (t_s: 2, at_m: (0, 1, 0), ease: Linear), (t_s: 4, at_m: (0, 1, -4))]))],
           actors: [(name: "ANA", form: Mannequin(height_m: 2.0), marks: [(t_s: 0, at_m: (3, 0, -5))])]"#;
    let mut stage = stage_of(&shots(camera, rest));
    let camera = stage.moment("a", 1013).unwrap().camera;
    let eyes = Vec3::new(3.0, 2.0 * 0.936, -5.0);
    let towards = (eyes - Vec3::new(0.0, 1.0, 5.0)).normalize();
    assert!(forward(camera.world_from_camera.open).abs_diff_eq(towards, 1e-4));
    let along = (Vec3::new(0.0, 1.0, -1.0) - Vec3::new(0.0, 1.0, 5.0)).dot(towards);
    assert!((camera.lens.focus_distance_m - along).abs() < 1e-3, "{}", camera.lens.focus_distance_m);
    assert_eq!((camera.lens.focal_length_m, camera.lens.f_stop), (0.05, Some(2.0)));
}

#[test]
fn without_a_target_the_focus_is_three_metres_and_exposure_is_automatic() {
    let mut stage = stage_of(&shots("keys: [(t_s: 0, at_m: (0, 0, 0), turn_deg: (yaw: 90))]", NOTHING));
    let camera = stage.moment("a", 1001).unwrap().camera;
    assert_eq!((camera.lens.focus_distance_m, camera.ev100), (3.0, None));
    assert!(forward(camera.world_from_camera.open).abs_diff_eq(Vec3::NEG_X, 1e-5));
}

#[test]
fn copies_stand_apart_share_their_mesh_and_have_names_of_their_own() {
    let rest = r#"set: [(name: "post", shape: Box(size_m: (1, 1, 1)), repeat: 3, repeat_step_m: (2, 0, 0)),
                        (name: "ghost", shape: Sphere(radius_m: 1), visible: false)]"#;
    let mut stage = stage_of(&shots(STILL, rest));
    let moment = stage.moment("a", 1001).unwrap();
    assert_eq!(*moment.object_names, ["post", "post.2", "post.3", "ghost"]);
    let seen: Vec<_> = moment
        .instances
        .iter()
        .map(|i| (i.object_id, i.mesh, i.world_from_local.open.translation.x))
        .collect();
    assert_eq!(seen, [(1, 0, 0.0), (2, 0, 2.0), (3, 0, 4.0)]);
}

#[test]
fn every_instance_refers_to_what_is_there_in_order_of_its_thing() {
    let rest = r#"set: [(name: "room", shape: Room(size_m: (4, 3, 4)), material: "paint"),
                        (name: "ramp", shape: Wedge(size_m: (1, 1, 1)))],
                  materials: {"paint": (base_color: (0.1, 0.2, 0.3), emission: (nit: 10), acoustic: (absorption: [0.3]))},
                  actors: [(name: "ANA", form: Mannequin(), marks: [(t_s: 0, at_m: (0, 0, 0))])]"#;
    let mut stage = stage_of(&shots(STILL, rest));
    let moment = stage.moment("a", 1001).unwrap();
    assert!(moment.instances.is_sorted_by_key(|i| i.object_id));
    for instance in &moment.instances {
        assert!(instance.mesh < moment.meshes.len() && instance.material < moment.materials.len());
    }
    let paint = &moment.materials[moment.instances[0].material];
    assert_eq!((paint.name.as_str(), paint.base_color), ("paint", Vec3::new(0.1, 0.2, 0.3)));
    assert!(paint.emission.abs_diff_eq(Vec3::splat(10.0), 1e-3));
    assert_eq!(paint.surface.absorption, [0.3; 8]);
    let body: Vec<_> = moment.instances.iter().filter(|i| i.object_id == 3).collect();
    assert_eq!(body.len(), 19);
}

#[test]
fn lights_and_sky_come_out_in_photometric_units() {
    let rest = r#"lights: [(name: "sun", kind: Sun(), output: (lux: 1000)),
                           (name: "panel", kind: Rect(size_m: (2, 1)), output: (lumen: 628.3185), at_m: (0, 3, 0))],
                  environment: (sky: (nit: 5))"#;
    let mut stage = stage_of(&shots(STILL, rest));
    let moment = stage.moment("a", 1001).unwrap();
    assert_eq!(moment.lamps.len(), 2);
    assert!((moment.lamps[0].strength - Vec3::splat(1000.0)).abs().max_element() < 0.5);
    assert!((moment.lamps[1].strength - Vec3::splat(100.0)).abs().max_element() < 0.05);
    assert!(matches!(moment.lamps[1].kind, LampKind::Rect { half_width_m: 1.0, half_height_m: 0.5 }));
    let Environment::Even(sky) = moment.environment else { panic!("a sky") };
    assert!((sky - Vec3::splat(5.0)).abs().max_element() < 0.01);
}
