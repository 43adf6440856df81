//! Lamps keep to photometry: inverse squares, closed forms, shadow edges.

#![allow(clippy::unwrap_used)] // a test may panic

mod set;

use std::f32::consts::PI;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Environment, LampKind, Moment, Moving, Texels, Texture};
use maquette_tracer::{PixelFilter, Settings, Tracer};
use set::{Set, ball, cuboid, floor, glow, looking, matte, mean, mean_of, metal, quad};

fn settings(samples: u32) -> Settings {
    Settings { width: 32, height: 32, samples, filter: PixelFilter::Box, ..Settings::default() }
}

fn light(moment: &Moment, samples: u32) -> Vec3 {
    mean_of(&Tracer::cpu().trace(moment, &settings(samples)).unwrap().light.total())
}

/// A white floor seen from above through a narrow lens, so that what is measured is the luminance below.
fn white_floor() -> Set {
    Set::new().look(Vec3::new(0.3, 5.0, 0.0), Vec3::new(0.0, 0.0, 0.0)).field_of_view(0.5).mesh(
        floor(20.0),
        matte(Vec3::ONE),
        Affine3A::IDENTITY,
    )
}

fn close(got: f32, wanted: f32, tolerance: f32) {
    assert!((got / wanted - 1.0).abs() < tolerance, "{got} instead of {wanted}");
}

#[test]
fn a_points_light_falls_with_the_square_of_distance() {
    for radius_m in [0.0, 0.2] {
        for height in [1.0f32, 2.0, 4.0] {
            let pose = Affine3A::from_translation(Vec3::new(0.0, height, 0.0));
            let set = white_floor().lamp(LampKind::Point { radius_m }, Vec3::splat(100.0), pose);
            close(light(&set.moment, 64).y, 100.0 / (height * height) / PI, 0.003);
        }
    }
}

#[test]
fn lux_on_a_white_card_are_pi_nits() {
    for half_angle_rad in [0.0, 0.00465, 0.2] {
        let pose = looking(Vec3::Y, Vec3::ZERO);
        let set = white_floor().lamp(LampKind::Sun { half_angle_rad }, Vec3::new(1000.0, 500.0, 100.0), pose);
        let got = light(&set.moment, 64);
        close(got.x, 1000.0 / PI, 0.003);
        close(got.y, 500.0 / PI, 0.003);
        close(got.z, 100.0 / PI, 0.003);
    }
}

#[test]
fn a_low_sun_falls_with_the_cosine() {
    let pose = looking(Vec3::new(1.0, 1.0, 0.0), Vec3::ZERO);
    let set = white_floor().lamp(LampKind::Sun { half_angle_rad: 0.00465 }, Vec3::splat(1000.0), pose);
    close(light(&set.moment, 16).y, 1000.0 * 0.5f32.sqrt() / PI, 0.003);
}

#[test]
fn narrowing_a_spot_does_not_brighten_it() {
    let pose = looking(Vec3::new(0.0, 2.0, 0.0), Vec3::ZERO);
    let seen = |cos_inner: f32, cos_outer: f32, radius_m: f32| {
        let spot = LampKind::Spot { cos_inner, cos_outer, radius_m };
        light(&white_floor().lamp(spot, Vec3::splat(100.0), pose).moment, 16).y
    };
    for (cos_inner, cos_outer, radius) in [(0.5, 0.3, 0.0), (0.99, 0.98, 0.0), (0.9, 0.8, 0.1)] {
        close(seen(cos_inner, cos_outer, radius), 25.0 / PI, 0.003);
    }
}

#[test]
fn a_spot_fades_by_smoothstep_of_the_cosine() {
    let (cos_inner, cos_outer) = (0.9f32, 0.7f32);
    let angle = 0.8f32.acos();
    let from = Vec3::new(2.0 * angle.tan(), 2.0, 0.0);
    // Straight down beside the point that is seen: the floor's light is I·cos³/h².
    let set = white_floor().lamp(
        LampKind::Spot { cos_inner, cos_outer, radius_m: 0.0 },
        Vec3::splat(100.0),
        looking(from, from - Vec3::Y),
    );
    close(light(&set.moment, 16).y, 0.5 * 100.0 * 0.8f32.powi(3) / 4.0 / PI, 0.01);
}

/// Irradiance under the middle of a parallel rectangle with half sides a, b at height h (Howell, configuration C-11).
fn under_rectangle(nits: f32, a: f32, b: f32, h: f32) -> f32 {
    let (x, y) = (a / h, b / h);
    let half = |x: f32, y: f32| x / (1.0 + x * x).sqrt() * (y / (1.0 + x * x).sqrt()).atan();
    4.0 * nits * 0.5 * (half(x, y) + half(y, x))
}

#[test]
fn a_rectangle_lights_as_its_closed_form_says() {
    for (a, b, h) in [(0.2, 0.3, 2.0), (1.0, 2.0, 1.0), (3.0, 0.1, 0.5)] {
        let pose = looking(Vec3::new(0.0, h, 0.0), Vec3::ZERO);
        let rect = LampKind::Rect { half_width_m: a, half_height_m: b };
        let mut set = white_floor().lamp(rect, Vec3::splat(50.0), pose);
        // From below the lamp, past its edge.
        set = set.look(Vec3::new(0.0, 0.4 * h, 0.3), Vec3::ZERO);
        close(light(&set.moment, 256).y, under_rectangle(50.0, a, b, h) / PI, 0.005);
    }
}

#[test]
fn a_glowing_card_lights_as_a_rectangle_lamp_does() {
    let corners = [(-1.0, -0.5), (1.0, -0.5), (1.0, 0.5), (-1.0, 0.5)];
    let card = quad(corners.map(|(x, z)| Vec3::new(x, 1.5, z)));
    let set = white_floor().look(Vec3::new(0.0, 1.0, 0.3), Vec3::ZERO);
    let set = set.mesh(card, glow(Vec3::splat(50.0)), Affine3A::IDENTITY);
    close(light(&set.moment, 256).y, under_rectangle(50.0, 1.0, 0.5, 1.5) / PI, 0.005);
}

#[test]
fn glowing_texture_lights_by_its_mean() {
    let mut set = white_floor().look(Vec3::new(0.0, 1.0, 0.3), Vec3::ZERO);
    let texels =
        (0..64).map(|i| if (i / 8 + i % 8) % 2 == 0 { [255, 255, 255, 255] } else { [0, 0, 0, 255] });
    let checker = set.image(8, 8, Texels::Linear8(texels.collect()));
    let material =
        maquette_conditioning::Material { emission_texture: Some(checker), ..glow(Vec3::splat(50.0)) };
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];
    let set = set.mesh(quad(corners.map(|(x, z)| Vec3::new(x, 4.0, z))), material, Affine3A::IDENTITY);
    close(light(&set.moment, 256).y, 0.5 * under_rectangle(50.0, 1.0, 1.0, 4.0) / PI, 0.01);
}

#[test]
fn a_rectangle_shines_on_one_side_and_is_not_there_from_behind() {
    let rect = LampKind::Rect { half_width_m: 1.0, half_height_m: 1.0 };
    let seen_from = |z: f32| {
        let set = Set::new().look(Vec3::new(0.0, 0.0, z), Vec3::ZERO).field_of_view(10.0);
        // Beyond the lamp on either side stands a faint glow.
        let set = set.mesh(ball(20.0, 8), glow(Vec3::ZERO), Affine3A::IDENTITY).sky(Vec3::ONE);
        let mut set = set.lamp(rect, Vec3::splat(7.0), Affine3A::IDENTITY);
        set.moment.instances.clear();
        light(&set.moment, 4).y
    };
    assert_eq!(seen_from(-5.0), 7.0);
    assert_eq!(seen_from(5.0), 1.0);
}

#[test]
fn a_rectangle_seen_from_behind_casts_no_shadow() {
    let sun = LampKind::Sun { half_angle_rad: 0.0 };
    let rect = LampKind::Rect { half_width_m: 1.0, half_height_m: 1.0 };
    let up = looking(Vec3::new(0.0, 1.0, 0.0), Vec3::new(0.0, 2.0, 0.0));
    let down = looking(Vec3::Y, Vec3::ZERO);
    let set = white_floor().look(Vec3::new(0.0, 0.5, 0.1), Vec3::ZERO);
    let set = set.lamp(sun, Vec3::splat(100.0), down).lamp(rect, Vec3::splat(1e-6), up);
    close(light(&set.moment, 4).y, 100.0 / PI, 0.003);
}

#[test]
fn an_even_sky_gives_pi_times_its_luminance() {
    close(light(&white_floor().sky(Vec3::splat(10.0)).moment, 64).y, 10.0, 0.002);
}

/// A panorama with one bright texel.
fn dotted_sky(column: usize, row: usize) -> Texture {
    let (width, height) = (64, 32);
    let mut texels = vec![[0.0; 3]; width * height];
    texels[row * width + column] = [1000.0; 3];
    let id = maquette_conditioning::ContentId::of(&[&[column as u8, row as u8]]);
    Texture { id, width, height, texels: Texels::LinearF32(texels), wrap: Default::default() }
}

fn under(image: Texture, nits_per_unit: f32, yaw_rad: f32) -> Environment {
    Environment::Panorama { image: image.into(), nits_per_unit, yaw_rad }
}

#[test]
fn a_panoramas_middle_is_ahead_its_right_is_right_and_yaw_turns_it_left() {
    // Column 32 of 64 begins at the middle, row 16 at the horizon: look half a texel right and below.
    let half = PI / 64.0;
    let seen = |column, yaw, direction: Vec3| {
        let mut set = Set::new().look(Vec3::ZERO, direction).field_of_view(1.0);
        set.moment.environment = under(dotted_sky(column, 16), 2.0, yaw);
        light(&set.moment, 4).y
    };
    let towards =
        |azimuth: f32| Vec3::new(half.cos() * azimuth.sin(), -half.sin(), -half.cos() * azimuth.cos());
    assert!(seen(32, 0.0, towards(half)) > 1700.0);
    assert!(seen(48, 0.0, towards(0.5 * PI + half)) > 1700.0, "right of the image is +X");
    assert!(seen(32, 0.5 * PI, towards(half - 0.5 * PI)) > 1700.0, "a turn to the left");
    assert!(seen(32, 0.0, towards(0.5 * PI)) < 1.0);
}

#[test]
fn a_panorama_lights_as_its_texels_add_up() {
    // Bright texel at azimuth and height in the middle of its cell; bilinear filtering spreads it over its neighbours
    // without changing the sum, except for the cosine and sine over that spread.
    let mut set = white_floor();
    set.moment.environment = under(dotted_sky(10, 6), 1.0, 0.3);
    let wanted: f32 = {
        let n = 400;
        let tent = |x: f32| (1.0 - x.abs()).max(0.0);
        let mut sum = 0.0;
        for i in 0..n {
            let v = 6.5 + 2.0 * ((i as f32 + 0.5) / n as f32 - 0.5);
            let polar = PI * v / 32.0;
            sum += tent(v - 6.5) * polar.cos() * polar.sin() * 2.0 / n as f32;
        }
        1000.0 * sum * (PI / 32.0) * (2.0 * PI / 64.0)
    };
    close(light(&set.moment, 256).y, wanted / PI, 0.01);
}

#[test]
fn a_shadow_edge_falls_where_geometry_says() {
    // A card's straight edge at height 1 under a point at height 2 and x −1: its shadow ends at x = 1.
    let set = Set::new().look(Vec3::new(1.0, 5.0, 0.0), Vec3::new(1.0, 0.0, 0.0)).field_of_view(20.0);
    let set = set.mesh(floor(20.0), matte(Vec3::ONE), Affine3A::IDENTITY);
    let corners = [(-9.0, 5.0), (0.0, 5.0), (0.0, -5.0), (-9.0, -5.0)];
    let set = set.card(corners.map(|(x, z)| Vec3::new(x, 1.0, z)), matte(Vec3::ZERO));
    let pose = Affine3A::from_translation(Vec3::new(-1.0, 2.0, 0.0));
    let set = set.lamp(LampKind::Point { radius_m: 0.0 }, Vec3::splat(100.0), pose);
    let settings = Settings { width: 201, height: 21, samples: 4, max_bounces: 1, ..settings(4) };
    let total = Tracer::cpu().trace(&set.moment, &settings).unwrap().light.total();
    let lit = |x: usize| total.at(x, 10)[1] > 0.5 * total.at(190, 10)[1];
    let edge = (0..201).find(|&x| lit(x)).unwrap();
    assert!(edge.abs_diff(100) <= 1, "{edge}");
    assert!((0..edge).all(|x| total.at(x, 10)[1] < 1e-3 || x + 1 == edge), "no light inside the shadow");
}

#[test]
fn a_mirror_shows_a_point_where_geometry_says() {
    // A glowing ball at (1, 1, −4) over a mirror floor at y = −1 appears at (1, −3, −4).
    let place = Affine3A::from_translation(Vec3::new(1.0, 1.0, -4.0));
    let set = Set::new().mesh(ball(0.05, 16), glow(Vec3::splat(100.0)), place);
    let set = set.mesh(floor(50.0), metal(Vec3::ONE, 0.0), Affine3A::from_translation(Vec3::NEG_Y));
    let settings = Settings { width: 256, height: 256, ..settings(4) };
    let total = Tracer::cpu().trace(&set.moment, &settings).unwrap().light.total();
    let mut sum = (0.0, 0.0, 0.0);
    for y in 128..256 {
        for x in 0..256 {
            let light = total.at(x, y)[1];
            sum = (sum.0 + light, sum.1 + light * (x as f32 + 0.5), sum.2 + light * (y as f32 + 0.5));
        }
    }
    let (x, y) = (sum.1 / sum.0, sum.2 / sum.0);
    assert!((x - 128.0 * (1.0 + 0.25)).abs() < 0.5 && (y - 128.0 * (1.0 + 0.75)).abs() < 0.5, "{x} {y}");
}

#[test]
fn a_moving_card_is_blurred_over_the_shutter() {
    // A glowing card crosses half the view while the shutter is open: it covers each point for part of the time.
    let card = |x: f32| Affine3A::from_translation(Vec3::new(x, 0.0, -1.0));
    let corners = [(-0.25, -2.0), (0.25, -2.0), (0.25, 2.0), (-0.25, 2.0)];
    let place = Moving { open: card(-0.5), close: card(0.5), previous: card(-1.0) };
    let mesh = quad(corners.map(|(x, y)| Vec3::new(x, y, 0.0)));
    let moment = Set::new().moving(mesh, glow(Vec3::splat(100.0)), place).moment;
    let settings = Settings { width: 64, height: 8, ..settings(64) };
    let traced = Tracer::cpu().trace(&moment, &settings).unwrap();
    let total = traced.light.total();
    // It moves 1 m and is half a metre wide: the middle is covered half the time.
    close(mean(&total, (30, 0), (33, 7)).y, 50.0, 0.1);
    close(mean_of(&total).y, 100.0 * 0.5 / 2.0, 0.02);
    // The G-buffer shows shutter open, and where it came from.
    let hit = (0..64).filter(|&x| *traced.gbuffer.object_id.at(x, 4) == 1).collect::<Vec<_>>();
    assert_eq!((hit[0], hit[hit.len() - 1]), (8, 23));
    let motion = traced.gbuffer.motion.at(16, 4);
    assert!((motion[0] + 16.0).abs() < 1e-3 && motion[1].abs() < 1e-3, "{motion:?}");
}

#[test]
fn out_of_focus_points_spread_over_the_circle_of_confusion() {
    // f = 50 mm at f/1 focused at 2 m; a small light at 4 m spreads on the focal plane over a disc of diameter
    // A·|4 − 2|/4 = 25 mm: standard deviation along x is a quarter of its diameter.
    let place = Affine3A::from_translation(Vec3::new(0.0, 0.0, -4.0));
    let mut set = Set::new().field_of_view(2.0).mesh(ball(0.0005, 8), glow(Vec3::splat(1e6)), place);
    let lens = &mut set.moment.camera.lens;
    (lens.focal_length_m, lens.sensor_width_m) = (0.05, 0.05 * 0.0349);
    (lens.f_stop, lens.focus_distance_m) = (Some(1.0), 2.0);
    let settings = Settings { width: 128, height: 128, ..settings(256) };
    let total = Tracer::cpu().trace(&set.moment, &settings).unwrap().light.total();
    let (mut sum, mut square) = (0.0, 0.0);
    for y in 0..128 {
        for x in 0..128 {
            let light = total.at(x, y)[1];
            let across = (x as f32 + 0.5 - 64.0) / 64.0 * (0.5 * 0.0349 * 2.0);
            (sum, square) = (sum + light, square + light * across * across);
        }
    }
    let deviation = (square / sum).sqrt();
    close(deviation, 0.05 * 2.0 / 4.0 / 4.0, 0.05);
}

#[test]
fn glass_bends_by_snell() {
    // Through a slab of thickness d a ray at angle θ comes out shifted sideways by d·(tan θ − tan θ').
    let angle = 45f32.to_radians();
    let inner = (angle.sin() / 1.5).asin();
    let shift = 0.5 * (angle.tan() - inner.tan());
    let from = Vec3::new(-2.0 * angle.tan(), 2.0, 0.0);
    let set = Set::new().look(from, Vec3::ZERO).field_of_view(20.0);
    let slab = cuboid(Vec3::new(5.0, 0.25, 5.0));
    let set = set.mesh(slab, set::glass(1.5), Affine3A::from_translation(Vec3::new(0.0, 1.0, 0.0)));
    // A floor that glows left of where the middle ray lands.
    let edge = -shift;
    let corners = [(edge - 8.0, 8.0), (edge, 8.0), (edge, -8.0), (edge - 8.0, -8.0)];
    let set = set.card(corners.map(|(x, z)| Vec3::new(x, 0.0, z)), glow(Vec3::ONE));
    let settings = Settings { width: 3, height: 201, samples: 8, ..settings(8) };
    // A narrow picture: the field of view is horizontal, so square pixels need a narrow sensor.
    let mut set = set;
    set.moment.camera.lens.sensor_width_m *= 3.0 / 201.0;
    let total = Tracer::cpu().trace(&set.moment, &settings).unwrap().light.total();
    // Rows further up look further along +X; the glow ends at the middle row.
    let bright = |y: usize| total.at(1, y)[1] > 0.4;
    let last = (0..201).find(|&y| bright(y)).unwrap();
    assert!(last.abs_diff(100) <= 1, "{last}");
}
