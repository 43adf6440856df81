//! What a G-buffer and its light promise: which ray, which units, which frame, the same bits every time.

#![allow(clippy::unwrap_used)] // a test may panic

mod set;

use std::sync::Arc;

use glam::{Affine3A, Quat, Vec2, Vec3};
use maquette_conditioning::{LampKind, Moment, Moving, Vertices};
use maquette_tracer::{Error, PixelFilter, Settings, Traced, Tracer};
use set::{Set, ball, corridor, cuboid, floor, glass, glow, looking, matte, mean, mean_of, metal, quad};

fn settings() -> Settings {
    Settings { width: 64, height: 48, samples: 2, ..Settings::default() }
}

fn trace(moment: &Moment) -> Traced {
    Tracer::cpu().trace(moment, &settings()).unwrap()
}

/// Where a world point appears in a picture of the settings' size, by the textbook's pinhole.
fn project(world_from_camera: Affine3A, half_width: f32, point: Vec3) -> Vec2 {
    let p = world_from_camera.inverse().transform_point3(point);
    let across = p.x / -p.z / half_width;
    let up = p.y / -p.z / (half_width * 48.0 / 64.0);
    Vec2::new(32.0 * (1.0 + across), 24.0 * (1.0 - up))
}

/// A turning, stretched box past which the camera moves.
fn turning_box() -> Moment {
    let place = |turn: f32, x: f32| {
        Affine3A::from_scale_rotation_translation(
            Vec3::new(1.0, 2.0, 0.5),
            Quat::from_rotation_y(turn),
            Vec3::new(x, 0.2, -5.0),
        )
    };
    let places = Moving { open: place(0.5, 0.2), close: place(0.55, 0.25), previous: place(0.4, 0.0) };
    let mut set = Set::new().moving(cuboid(Vec3::splat(0.8)), matte(Vec3::splat(0.5)), places);
    set.moment.camera.world_from_camera = Moving {
        open: looking(Vec3::new(0.3, 0.5, 0.0), Vec3::new(0.0, 0.0, -5.0)),
        close: looking(Vec3::new(0.35, 0.5, 0.0), Vec3::new(0.0, 0.0, -5.0)),
        previous: looking(Vec3::new(0.1, 0.6, 0.2), Vec3::new(0.1, 0.0, -5.0)),
    };
    set.moment
}

#[test]
fn positions_lie_under_their_pixels_at_shutter_open() {
    let moment = turning_box();
    let camera = moment.camera.world_from_camera.open;
    let gbuffer = trace(&moment).gbuffer;
    let forward = Vec3::from(-camera.matrix3.z_axis);
    let mut hits = 0;
    for (i, position) in
        gbuffer.position.data.iter().enumerate().filter(|(i, _)| gbuffer.object_id.data[*i] == 1)
    {
        let (position, eye) = (Vec3::from(*position), Vec3::from(camera.translation));
        let pixel = Vec2::new((i % 64) as f32 + 0.5, (i / 64) as f32 + 0.5);
        assert!(project(camera, 1.0, position).distance(pixel) < 1e-3);
        assert!((gbuffer.depth.data[i] - (position - eye).dot(forward)).abs() < 1e-4);
        assert!((gbuffer.distance.data[i] - position.distance(eye)).abs() < 1e-4);
        let normal = Vec3::from(gbuffer.normal.data[i]);
        assert!(normal.is_normalized() && normal.dot(position - eye) < 0.0, "towards the camera");
        hits += 1;
    }
    assert!(hits > 100);
}

#[test]
fn motion_points_to_where_the_thing_was() {
    let moment = turning_box();
    let gbuffer = trace(&moment).gbuffer;
    let places = moment.instances[0].world_from_local;
    for i in (0..64 * 48).filter(|&i| gbuffer.object_id.data[i] == 1) {
        let now = Vec3::from(gbuffer.position.data[i]);
        let before = places.previous.transform_point3(places.open.inverse().transform_point3(now));
        let pixel = Vec2::new((i % 64) as f32 + 0.5, (i / 64) as f32 + 0.5);
        let wanted = project(moment.camera.world_from_camera.previous, 1.0, before) - pixel;
        assert!(Vec2::from(gbuffer.motion.data[i]).distance(wanted) < 2e-3);
    }
}

#[test]
fn deformed_corners_move_and_blur() {
    let at = |x: f32| {
        let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
        let positions = corners.map(|(a, b)| Vec3::new(a + x, b, -1.0)).to_vec();
        Arc::new(Vertices { positions, normals: vec![Vec3::Z; 4] })
    };
    let rest = quad(at(0.0).positions.clone().try_into().unwrap());
    let mut set = Set::new().mesh(rest, glow(Vec3::splat(10.0)), Affine3A::IDENTITY);
    set.moment.instances[0].deformed = Some(Moving { open: at(-0.25), close: at(0.25), previous: at(-0.5) });
    let settings = Settings { samples: 64, filter: PixelFilter::Box, ..settings() };
    let traced = Tracer::cpu().trace(&set.moment, &settings).unwrap();
    assert_eq!(*traced.gbuffer.object_id.at(9, 24), 1, "shutter open reaches from −0.75");
    assert_eq!(*traced.gbuffer.object_id.at(41, 24), 0, "to 0.25");
    let motion = traced.gbuffer.motion.at(20, 24);
    assert!((motion[0] + 8.0).abs() < 1e-3 && motion[1].abs() < 1e-3, "{motion:?}");
    // Each edge sweeps half a metre: 16 pixels, covered half the time on average.
    let edge = mean(&traced.light.emitted, (8, 20), (23, 27)).x;
    assert!((edge - 5.0).abs() < 0.2, "{edge}");
    assert_eq!(mean(&traced.light.emitted, (25, 20), (38, 27)).x, 10.0);
}

#[test]
fn a_miss_is_infinitely_far_and_nothing() {
    let gbuffer = trace(&Set::new().moment).gbuffer;
    assert!(gbuffer.depth.data.iter().chain(&gbuffer.distance.data).all(|d| *d == f32::INFINITY));
    assert!(gbuffer.object_id.data.iter().chain(&gbuffer.material_id.data).all(|id| *id == 0));
    assert!(gbuffer.normal.data.iter().all(|n| *n == [0.0; 3]));
}

#[test]
fn a_turning_camera_moves_the_sky() {
    let mut moment = Set::new().moment;
    moment.camera.world_from_camera.previous = Affine3A::from_rotation_y(0.1);
    let motion = *trace(&moment).gbuffer.motion.at(32, 24);
    // It has turned right since, so the middle was right of the middle: tan 0.1 of half the width.
    assert!((motion[0] - 32.0 * 0.1f32.tan()).abs() < 0.1, "{motion:?}");
}

#[test]
fn the_denoisers_features_follow_mirrors_and_glass() {
    let red = Vec3::new(0.8, 0.1, 0.05);
    let wall = |set: Set| {
        let corners = [(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)];
        set.card(corners.map(|(x, y)| Vec3::new(x, y, -8.0)), matte(red))
    };
    let pane = |material| {
        let place = Affine3A::from_translation(Vec3::new(0.0, 0.0, -2.0));
        wall(Set::new()).mesh(cuboid(Vec3::new(3.0, 3.0, 0.1)), material, place).moment
    };
    let through = trace(&pane(glass(1.01))).gbuffer;
    assert!((mean_of(&through.albedo_mean) - red).abs().max_element() < 0.02);
    assert!((mean_of(&through.normal_mean) - Vec3::Z).abs().max_element() < 0.02);
    let corners = [(-9.0, 9.0), (9.0, 9.0), (9.0, -9.0), (-9.0, -9.0)];
    let tilted = Set::new()
        .card(corners.map(|(x, z)| Vec3::new(x, 3.0, z - 4.0)), matte(red))
        .look(Vec3::new(0.0, 1.0, 0.0), Vec3::new(0.0, 0.0, -1.0))
        .field_of_view(20.0)
        .mesh(floor(9.0), metal(Vec3::splat(0.9), 0.0), Affine3A::IDENTITY);
    let mirrored = trace(&tilted.moment).gbuffer;
    assert!((mean_of(&mirrored.albedo_mean) - 0.9 * red).abs().max_element() < 0.02);
    assert!(
        (mean_of(&mirrored.albedo) - 0.9).abs().max_element() < 1e-4,
        "the plane itself shows the mirror"
    );
    let plain = trace(&wall(Set::new()).moment).gbuffer;
    assert!((mean_of(&plain.albedo_mean) - red).abs().max_element() < 1e-4);
}

#[test]
fn a_rectangle_lamp_is_in_the_gbuffer() {
    let rect = LampKind::Rect { half_width_m: 1.0, half_height_m: 1.0 };
    let pose = looking(Vec3::new(0.0, 0.0, -4.0), Vec3::ZERO);
    let gbuffer = trace(&Set::new().lamp(rect, Vec3::ONE, pose).moment).gbuffer;
    assert_eq!((*gbuffer.object_id.at(32, 24), *gbuffer.material_id.at(32, 24)), (1, 0));
    assert!((gbuffer.depth.at(32, 24) - 4.0).abs() < 1e-5);
    assert!(Vec3::from(*gbuffer.normal.at(32, 24)).distance(Vec3::Z) < 1e-5);
}

#[test]
fn a_ball_lamp_is_in_the_gbuffer_and_moves() {
    let at = |x: f32| Affine3A::from_translation(Vec3::new(x, 0.0, -4.0));
    let mut set = Set::new().lamp(LampKind::Point { radius_m: 1.0 }, Vec3::ONE, at(0.0));
    set.moment.lamps[0].world_from_lamp.previous = at(-1.0);
    let gbuffer = trace(&set.moment).gbuffer;
    let seen = |plane: &maquette_conditioning::Plane<[f32; 3]>| Vec3::from(*plane.at(38, 24));
    assert_eq!((*gbuffer.object_id.at(38, 24), *gbuffer.material_id.at(38, 24)), (1, 0));
    let (position, centre) = (seen(&gbuffer.position), Vec3::new(0.0, 0.0, -4.0));
    assert!((position.distance(centre) - 1.0).abs() < 1e-5);
    assert!(seen(&gbuffer.normal).distance(position - centre) < 1e-5);
    assert!(seen(&gbuffer.normal_mean).distance(position - centre) < 0.1);
    assert_eq!(seen(&gbuffer.albedo_mean), Vec3::ONE);
    let wanted = -32.0 / gbuffer.depth.at(38, 24);
    assert!((gbuffer.motion.at(38, 24)[0] - wanted).abs() < 1e-3);
}

/// A mirror four metres ahead, and a box four metres behind the camera that moves to the right.
fn before_a_mirror(mirror: maquette_conditioning::Mesh) -> Set {
    let at = |x: f32| Affine3A::from_translation(Vec3::new(x, 0.0, 4.0));
    let still = Affine3A::from_translation(Vec3::new(0.0, 0.0, -4.0));
    let set = Set::new().mesh(mirror, metal(Vec3::ONE, 0.0), still);
    let places = Moving { open: at(0.0), close: at(0.0), previous: at(-0.3) };
    set.moving(cuboid(Vec3::new(1.0, 1.0, 0.5)), matte(Vec3::ONE), places)
}

#[test]
fn a_flat_mirror_shows_a_thing_as_far_behind_it_and_moving_alike() {
    let wall = quad([[-3.0, -3.0], [3.0, -3.0], [3.0, 3.0], [-3.0, 3.0]].map(|[x, y]| Vec3::new(x, y, 0.0)));
    let gbuffer = trace(&before_a_mirror(wall).moment).gbuffer;
    assert_eq!((*gbuffer.object_id.at(32, 24), *gbuffer.image_id.at(32, 24)), (1, 2));
    // The box's front is 3.5 m behind the camera, so 7.5 m before the mirror.
    let image = Vec3::from(*gbuffer.image_position.at(32, 24));
    assert!((image.z + 11.5).abs() < 1e-3, "{image}");
    assert!(Vec3::from(*gbuffer.image_normal.at(32, 24)).distance(Vec3::Z) < 1e-4);
    let half_width = -image.x / image.z / (32.5 / 32.0 - 1.0);
    let wanted = -0.3 / 11.5 / half_width * 32.0;
    assert!((gbuffer.image_motion.at(32, 24)[0] - wanted).abs() < 1e-2);
    assert_eq!(gbuffer.motion.at(32, 24), &[0.0; 2]);
    // Surroundings keep the mirror's id.
    assert_eq!(*gbuffer.image_id.at(1, 24), *gbuffer.object_id.at(1, 24));
}

#[test]
fn a_ball_shows_things_between_its_surface_and_half_way_to_its_centre() {
    let gbuffer = trace(&before_a_mirror(ball(1.0, 64)).moment).gbuffer;
    let image = Vec3::from(*gbuffer.image_position.at(32, 24));
    // 1/s' = 1/6.5 + 2/1.
    let wanted = -3.0 - 1.0 / (1.0 / 6.5 + 2.0);
    assert!((image.z - wanted).abs() < 0.02, "{image} {wanted}");
    let moved = gbuffer.image_motion.at(32, 24)[0];
    let flat = -0.3 / 9.5 * 32.0;
    assert!(moved < 0.0 && moved > 0.2 * flat, "smaller than in a flat mirror: {moved} {flat}");
}

#[test]
fn what_is_no_mirror_is_its_own_image() {
    let traced = trace(&turning_box());
    let gbuffer = &traced.gbuffer;
    assert_eq!(gbuffer.image_position, gbuffer.position);
    assert_eq!(gbuffer.image_normal, gbuffer.normal);
    assert_eq!(gbuffer.image_motion, gbuffer.motion);
    assert_eq!(gbuffer.image_id, gbuffer.object_id);
}

/// Nits that a white matte point sends on of a point lamp's light.
fn lit(point: Vec3, normal: Vec3, lamp: Vec3, candela: f32) -> f32 {
    let to = lamp - point;
    candela * to.normalize().dot(normal).max(0.0) / to.length_squared() / std::f32::consts::PI
}

#[test]
fn lamp_light_is_a_point_lamps_own_up_to_the_edge_of_a_shadow() {
    let (lamp, half) = (Vec3::new(0.3, 2.0, -4.0), 0.4);
    let set = Set::new().look(Vec3::new(0.0, 3.0, 1.0), Vec3::new(0.0, 0.0, -4.0));
    let above = Affine3A::from_translation(Vec3::new(0.0, 1.0, -4.0));
    let set = set.mesh(floor(6.0), matte(Vec3::splat(0.5)), Affine3A::IDENTITY);
    let set = set.mesh(cuboid(Vec3::new(half, 0.01, half)), matte(Vec3::ONE), above);
    let set = set.lamp(LampKind::Point { radius_m: 0.0 }, Vec3::splat(90.0), looking(lamp, Vec3::ZERO));
    let gbuffer = trace(&set.moment).gbuffer;
    let mut counts = [0, 0];
    for (i, light) in
        gbuffer.lamp_light.data.iter().enumerate().filter(|(i, _)| gbuffer.object_id.data[*i] == 1)
    {
        let point = Vec3::from(gbuffer.position.data[i]);
        // Half way up, the ray to the lamp passes the card or not.
        let off = (0.5 * (point + lamp) - Vec3::new(0.0, 1.0, -4.0)).abs();
        let beside = off.x.max(off.z) - half;
        if beside.abs() < 0.02 {
            continue;
        }
        let wanted = if beside > 0.0 { 0.5 * lit(point, Vec3::Y, lamp, 90.0) } else { 0.0 };
        assert!((light[1] - wanted).abs() <= 1e-4 * wanted, "{point}: {} {wanted}", light[1]);
        counts[usize::from(beside > 0.0)] += 1;
    }
    assert!(counts[0] > 20 && counts[1] > 500, "{counts:?}");
}

#[test]
fn lamp_light_is_seen_through_mirrors_with_their_tint() {
    let wall = quad([[-3.0, -3.0], [3.0, -3.0], [3.0, 3.0], [-3.0, 3.0]].map(|[x, y]| Vec3::new(x, y, 0.0)));
    let lamp = Vec3::new(1.0, 1.0, 1.0);
    let kind = LampKind::Point { radius_m: 0.0 };
    let mut set = before_a_mirror(wall).lamp(kind, Vec3::splat(50.0), looking(lamp, Vec3::ZERO));
    Arc::make_mut(&mut set.moment.materials[0]).base_color = Vec3::new(0.9, 0.5, 0.2);
    let gbuffer = trace(&set.moment).gbuffer;
    // The image stands mirrored at z = −4.
    let image = Vec3::from(*gbuffer.image_position.at(32, 24));
    let thing = Vec3::new(image.x, image.y, -8.0 - image.z);
    let wanted = Vec3::new(0.9, 0.5, 0.2) * lit(thing, Vec3::NEG_Z, lamp, 50.0);
    let light = Vec3::from(*gbuffer.lamp_light.at(32, 24));
    assert!(wanted.x > 0.0 && light.distance(wanted) < 1e-3 * wanted.x, "{light} {wanted}");
}

#[test]
fn lamps_that_look_large_are_left_out_of_lamp_light() {
    let set = Set::new().mesh(floor(4.0), matte(Vec3::ONE), Affine3A::from_translation(-Vec3::Y));
    let kind = LampKind::Rect { half_width_m: 0.5, half_height_m: 0.5 };
    let set =
        set.lamp(kind, Vec3::splat(100.0), looking(Vec3::new(0.0, 1.0, -3.0), Vec3::new(0.0, -1.0, -3.0)));
    let traced = trace(&set.moment);
    assert!(mean_of(&traced.gbuffer.lamp_light).y < 0.01 * mean_of(&traced.light.direct_diffuse).y);
}

#[test]
fn every_ray_is_counted() {
    let shows = |material| {
        let set = Set::new().look(Vec3::new(0.0, 2.0, 0.0), Vec3::new(0.0, 0.0, -1.0)).field_of_view(30.0);
        let lamp = LampKind::Point { radius_m: 0.0 };
        let place = Affine3A::from_translation(Vec3::new(0.0, 3.0, 1.0));
        let moment = set.mesh(floor(40.0), material, Affine3A::IDENTITY).lamp(lamp, Vec3::ONE, place).moment;
        let settings = Settings { max_bounces: 1, ..settings() };
        Tracer::cpu().trace(&moment, &settings).unwrap().rays / (64 * 48)
    };
    // Each pixel's own ray, its lamp's shadow; in each of two samples a ray, a shadow ray, and a ray onwards into nothing.
    assert_eq!(shows(matte(Vec3::splat(0.5))), 2 + 2 * 3);
    // What the mirror shows instead of a shadow on it.
    assert_eq!(shows(metal(Vec3::ONE, 0.0)), 2 + 2 * 3);
}

#[test]
fn threads_do_not_change_a_bit() {
    let moment = corridor();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| trace(&moment))
    };
    let (one, three) = (with(1), with(3));
    assert_eq!(one.light, three.light);
    assert_eq!(one.gbuffer, three.gbuffer);
    assert_eq!(one.rays, three.rays);
}

#[test]
fn a_kept_tracer_gives_what_a_fresh_one_gives() {
    let mut kept = Tracer::cpu();
    let (first, second) = (corridor(), turning_box());
    for moment in [&first, &second, &first] {
        let again = kept.trace(moment, &settings()).unwrap();
        assert_eq!(again.light, trace(moment).light);
    }
}

#[test]
fn trees_fitted_to_a_deforming_mesh_show_it_as_new_ones_do() {
    let mut kept = Tracer::cpu();
    let rest = ball(0.6, 12);
    for frame in 0..4 {
        // From a ball to a blade and back inside out: the first frame's tree wears out on the way.
        let bent = |step: f32| {
            let turn =
                |p: &Vec3| Vec3::new(p.x, p.y * (1.0 - step), p.z + (5.0 * step * p.x).sin()) - Vec3::Z * 3.0;
            Arc::new(Vertices {
                positions: rest.positions.iter().map(turn).collect(),
                normals: rest.normals.clone(),
            })
        };
        let mut set = Set::new().sky(Vec3::ONE);
        set = set.mesh(rest.clone(), matte(Vec3::splat(0.5)), Affine3A::IDENTITY);
        let at = 0.6 * frame as f32;
        set.moment.instances[0].deformed =
            Some(Moving { open: bent(at), close: bent(at + 0.2), previous: bent(at - 0.3) });
        let again = kept.trace(&set.moment, &settings()).unwrap();
        let fresh = trace(&set.moment);
        assert_eq!(again.light, fresh.light, "frame {frame}");
        assert_eq!(again.gbuffer.object_id, fresh.gbuffer.object_id);
    }
}

#[test]
fn ranges_of_samples_average_into_one_picture() {
    let moment = corridor();
    let range = |first_sample, samples| {
        let settings = Settings { first_sample, samples, ..settings() };
        Tracer::cpu().trace(&moment, &settings).unwrap().light.total()
    };
    let (first, second, whole) = (range(0, 2), range(2, 2), range(0, 4));
    for i in 0..whole.data.len() {
        let mean = 0.5 * (Vec3::from(first.data[i]) + Vec3::from(second.data[i]));
        assert!(
            (mean - Vec3::from(whole.data[i])).abs().max_element() <= 1e-4 * mean.max_element().max(1e-3)
        );
    }
}

#[test]
fn seeds_change_the_noise_and_not_the_light() {
    let moment = corridor();
    let with = |seed| {
        let settings = Settings { seed, samples: 32, ..settings() };
        Tracer::cpu().trace(&moment, &settings).unwrap().light.total()
    };
    let (a, b) = (with(1), with(1 << 40));
    assert_ne!(a, b);
    assert!((mean_of(&a).y / mean_of(&b).y - 1.0).abs() < 0.03);
}

#[test]
fn a_clamp_takes_only_from_indirect_light() {
    let moment = corridor();
    let with = |clamp| {
        let settings = Settings { clamp, samples: 8, ..settings() };
        Tracer::cpu().trace(&moment, &settings).unwrap().light
    };
    let (free, clamped) = (with(None), with(Some(1.0)));
    assert_eq!(free.direct_diffuse, clamped.direct_diffuse);
    assert!(clamped.indirect_diffuse.data.iter().flatten().all(|c| *c <= 8.0));
    assert!(mean_of(&clamped.indirect_diffuse).y < mean_of(&free.indirect_diffuse).y);
}

#[test]
fn the_parts_are_all_of_the_light() {
    let light = trace(&corridor()).light;
    let total = light.total();
    for (i, whole) in total.data.iter().enumerate() {
        let sum: Vec3 = light.parts().iter().map(|part| Vec3::from(part.data[i])).sum();
        assert!((sum - Vec3::from(*whole)).abs().max_element() <= 1e-4 * sum.max_element());
    }
    assert!(light.parts().iter().all(|part| mean_of(part).y > 0.0));
}

#[test]
fn a_flattened_instance_is_not_there() {
    let place = Affine3A::from_scale(Vec3::new(1.0, 0.0, 1.0));
    let moment = Set::new().mesh(ball(1.0, 8), matte(Vec3::ONE), place).sky(Vec3::ONE).moment;
    assert!(trace(&moment).gbuffer.object_id.data.iter().all(|id| *id == 0));
}

#[test]
fn mistakes_are_named() {
    let error = |moment: &Moment, settings: Settings| Tracer::cpu().trace(moment, &settings).unwrap_err();
    let fine = corridor();
    assert!(matches!(error(&fine, Settings { width: 0, ..settings() }), Error::Size { width: 0, .. }));
    assert!(matches!(error(&fine, Settings { samples: 0, ..settings() }), Error::NoSamples));
    let mut moment = fine.clone();
    moment.instances[2].mesh = 999;
    let message = error(&moment, settings()).to_string();
    assert!(message.contains("mesh of item 2 is 999"), "{message}");
    let mut moment = fine.clone();
    moment.instances[1].world_from_local.close.translation.x = f32::NAN;
    assert!(matches!(error(&moment, settings()), Error::NotFinite { item: 1, .. }));
    let mut moment = fine;
    let short = Arc::new(Vertices { positions: vec![], normals: vec![] });
    moment.instances[0].deformed = Some(Moving::still(short));
    assert!(matches!(error(&moment, settings()), Error::Deformed { has: 0, wants: 24, .. }));
}
