//! Haze keeps to the laws of a thin medium: Beer and Lambert's, and the integral of single scattering.

#![allow(clippy::unwrap_used)] // a test may panic

mod set;

use std::f64::consts::PI;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Haze, LampKind, Moment};
use maquette_tracer::{PixelFilter, Settings, Traced, Tracer};
use set::{Set, corridor, floor, glow, looking, matte, mean_of, quad};

fn trace(moment: &Moment, samples: u32) -> Traced {
    let settings =
        Settings { width: 16, height: 16, samples, filter: PixelFilter::Box, ..Settings::default() };
    Tracer::cpu().trace(moment, &settings).unwrap()
}

fn light(moment: &Moment, samples: u32) -> f64 {
    f64::from(mean_of(&trace(moment, samples).light.total()).y)
}

fn close(got: f64, wanted: f64, tolerance: f64) {
    assert!((got / wanted - 1.0).abs() < tolerance, "{got} instead of {wanted}");
}

fn haze(extinction_per_m: f32, albedo: f32, anisotropy: f32) -> Option<Haze> {
    Some(Haze { extinction_per_m, albedo: Vec3::splat(albedo), anisotropy, within_m: None })
}

/// Looks along −Z through a lens so narrow that all rays are one.
fn ahead() -> Set {
    Set::new().field_of_view(0.2)
}

/// A dark wall five metres ahead.
fn wall(set: Set) -> Set {
    let corners = [(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)];
    set.card(corners.map(|(x, y)| Vec3::new(x, y, -5.0)), matte(Vec3::ZERO))
}

/// Henyey and Greenstein's phase function of the angle between before and after.
fn phase(cosine: f64, g: f64) -> f64 {
    (1.0 - g * g) / (4.0 * PI * (1.0 + g * g - 2.0 * g * cosine).powf(1.5))
}

/// Light that a ray along −Z gathers over `length` from a lamp of one candela at `lamp`, where it shines: midpoint
/// rule on the integral of single scattering.
fn gathered(lamp: [f64; 3], length: f64, sigma: f64, g: f64, shines: impl Fn([f64; 3]) -> f64) -> f64 {
    const STEPS: usize = 200_000;
    let step = length / STEPS as f64;
    let at = |i: usize| {
        let t = (i as f64 + 0.5) * step;
        let to = [lamp[0], lamp[1], lamp[2] + t];
        let distance = (to[0] * to[0] + to[1] * to[1] + to[2] * to[2]).sqrt();
        let cosine = -to[2] / distance;
        sigma * phase(cosine, g) * (-sigma * (t + distance)).exp() / (distance * distance)
            * shines(to.map(|x| -x / distance))
    };
    (0..STEPS).map(at).sum::<f64>() * step
}

#[test]
fn light_dies_away_exponentially() {
    let corners = [(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)];
    let mut moment =
        ahead().card(corners.map(|(x, y)| Vec3::new(x, y, -5.0)), glow(Vec3::splat(100.0))).moment;
    for (sigma, within_m, metres) in [
        (0.2, None, 5.0),
        (0.7, Some((Vec3::new(-1.0, -1.0, -4.0), Vec3::new(1.0, 1.0, -1.5))), 2.5),
        (0.7, Some((Vec3::new(-1.0, -1.0, -40.0), Vec3::new(1.0, 1.0, -1.0))), 4.0),
        (0.7, Some((Vec3::new(1.0, -1.0, -4.0), Vec3::new(2.0, 1.0, -1.5))), 0.0),
    ] {
        moment.haze = Some(Haze { within_m, ..haze(sigma, 0.0, 0.0).unwrap() });
        close(light(&moment, 1), 100.0 * f64::from(-sigma * metres).exp(), 1e-4);
    }
}

#[test]
fn a_lamp_lights_a_floor_through_haze() {
    let pose = Affine3A::from_translation(Vec3::new(0.0, 3.0, 0.0));
    let mut moment = Set::new()
        .look(Vec3::new(4.0, 2.0, 0.0), Vec3::ZERO)
        .field_of_view(0.2)
        .mesh(floor(20.0), matte(Vec3::ONE), Affine3A::IDENTITY)
        .lamp(LampKind::Point { radius_m: 0.1 }, Vec3::splat(100.0), pose)
        .moment;
    moment.haze = haze(0.15, 0.0, 0.0);
    // The ball's surface is on average two thirds of its radius nearer than its middle.
    let way = 3.0 - 0.1 * 2.0 / 3.0 + 20f64.sqrt();
    close(light(&moment, 64), 100.0 / 9.0 / PI * (-0.15 * way).exp(), 0.001);
}

#[test]
fn a_lamp_beside_the_view_glows_as_the_integral_says() {
    let at = Vec3::new(0.5, 0.8, -2.0);
    for (radius_m, sigma, g) in [(0.0, 0.1, 0.0), (0.0, 0.3, 0.6), (0.05, 0.3, -0.4), (0.0, 2.0, 0.3)] {
        let lamp = LampKind::Point { radius_m };
        let mut moment = wall(ahead()).lamp(lamp, Vec3::splat(50.0), Affine3A::from_translation(at)).moment;
        moment.haze = haze(sigma, 0.8, g);
        let place = at.to_array().map(f64::from);
        // There is no haze in the ball.
        let inside = f64::from(sigma * radius_m) * 2.0 / 3.0;
        let wanted = 50.0 * 0.8 * gathered(place, 5.0, sigma.into(), g.into(), |_| 1.0) * inside.exp();
        close(light(&moment, 64), wanted, 0.001);
    }
}

#[test]
fn thin_air_glows_by_the_angle_it_spans() {
    // Without loss: σ·I/(4π·h) times the angle between the ends as the lamp sees them.
    let at = Vec3::new(0.0, 1.0, -2.0);
    let mut moment = wall(ahead())
        .lamp(LampKind::Point { radius_m: 0.0 }, Vec3::splat(50.0), Affine3A::from_translation(at))
        .moment;
    moment.haze = haze(1e-5, 1.0, 0.0);
    let angle = 3f64.atan() + 2f64.atan();
    close(light(&moment, 64), 1e-5 * 50.0 / (4.0 * PI) * angle, 1e-4);
}

#[test]
fn a_spots_beam_is_seen_from_the_side() {
    let (cos_inner, cos_outer) = (0.97f64, 0.94f64);
    let from = Vec3::new(0.4, 1.5, -2.5);
    let target = Vec3::new(0.0, 0.0, -2.0);
    let toward = (target - from).normalize().to_array().map(f64::from);
    let share = |way: [f64; 3]| {
        let cosine: f64 = (0..3).map(|i| way[i] * toward[i]).sum();
        let x = ((cosine - cos_outer) / (cos_inner - cos_outer)).clamp(0.0, 1.0);
        x * x * (3.0 - 2.0 * x)
    };
    let spot = LampKind::Spot { cos_inner: cos_inner as f32, cos_outer: cos_outer as f32, radius_m: 0.0 };
    let mut moment = wall(ahead()).lamp(spot, Vec3::splat(500.0), looking(from, target)).moment;
    moment.haze = haze(0.1, 1.0, 0.3);
    let wanted = 500.0 * gathered(from.to_array().map(f64::from), 5.0, 0.1, 0.3, share);
    let glows = light(&moment, 64);
    close(glows, wanted, 0.001);
    // Past the beam there is nothing: a lamp that shines the other way, and one whose cone misses the ray.
    moment.lamps[0].world_from_lamp.open = looking(from, from + Vec3::new(0.0, 1.0, 0.1));
    moment.lamps[0].world_from_lamp.close = moment.lamps[0].world_from_lamp.open;
    assert_eq!(light(&moment, 4), 0.0);
    // A thing between lamp and beam puts it out.
    let mut shadowed = wall(ahead()).lamp(spot, Vec3::splat(500.0), looking(from, target));
    shadowed.moment.haze = haze(0.1, 1.0, 0.3);
    let card = [(-1.0, -3.5), (1.0, -3.5), (1.0, -1.5), (-1.0, -1.5)];
    let shadowed = shadowed.card(card.map(|(x, z)| Vec3::new(x, 1.2, z)), matte(Vec3::ZERO));
    assert!(light(&shadowed.moment, 16) < 1e-3 * glows);
}

#[test]
fn a_rectangle_and_a_glowing_card_fill_the_air_alike() {
    let corners = [(-0.5, -0.3), (0.5, -0.3), (0.5, 0.3), (-0.5, 0.3)];
    let card = quad(corners.map(|(x, z)| Vec3::new(x, 1.0, z - 2.0)));
    let mut with_card = wall(ahead()).mesh(card, glow(Vec3::splat(50.0)), Affine3A::IDENTITY).moment;
    let rect = LampKind::Rect { half_width_m: 0.5, half_height_m: 0.3 };
    let pose = looking(Vec3::new(0.0, 1.0, -2.0), Vec3::new(0.0, 0.0, -2.0));
    let mut with_rect = wall(ahead()).lamp(rect, Vec3::splat(50.0), pose).moment;
    (with_card.haze, with_rect.haze) = (haze(0.2, 1.0, 0.5), haze(0.2, 1.0, 0.5));
    close(light(&with_card, 128), light(&with_rect, 128), 0.01);
}

#[test]
fn endless_haze_under_an_even_sky_looks_like_the_sky() {
    // What it takes from the sky behind, it scatters from the sky around: 1 in all, whatever the phase function.
    for g in [0.0, 0.8] {
        let mut moment = Set::new().sky(Vec3::splat(10.0)).moment;
        moment.haze = haze(0.1, 1.0, g);
        close(light(&moment, 16), 10.0, 0.01);
    }
}

#[test]
fn a_thin_cloud_under_an_even_sky_cannot_be_seen() {
    // What is lost twice over is of second order: (σ·d)².
    let mut moment = Set::new().sky(Vec3::splat(10.0)).moment;
    let within_m = Some((Vec3::new(-1.0, -1.0, -3.0), Vec3::new(1.0, 1.0, -1.0)));
    moment.haze = Some(Haze { within_m, ..haze(0.01, 1.0, 0.0).unwrap() });
    close(light(&moment, 64), 10.0, 1e-3);
}

#[test]
fn endless_haze_shows_the_sun_by_its_phase_function() {
    for (direction, g) in [(Vec3::new(0.0, 1.0, 2.0), 0.5), (Vec3::new(0.3, 1.0, -2.0), 0.5)] {
        let pose = looking(direction, Vec3::ZERO);
        let sun = LampKind::Sun { half_angle_rad: 0.00465 };
        let mut moment = ahead().lamp(sun, Vec3::splat(1000.0), pose).moment;
        moment.haze = haze(0.05, 1.0, g);
        let cosine = f64::from(direction.normalize().dot(Vec3::NEG_Z));
        close(light(&moment, 16), 1000.0 * phase(cosine, g.into()), 1e-3);
    }
}

#[test]
fn haze_leaves_the_features_alone_and_glows_in_the_emitted_part() {
    let clear = corridor();
    let mut hazy = clear.clone();
    hazy.haze = haze(0.1, 0.9, 0.3);
    let [clear, hazy] = [trace(&clear, 4), trace(&hazy, 4)];
    assert_eq!(clear.gbuffer, hazy.gbuffer);
    let dark = |i: &usize| clear.light.emitted.data[*i] == [0.0; 3];
    assert!((0..256).filter(dark).all(|i| hazy.light.emitted.data[i][1] > 0.0));
    assert!(mean_of(&hazy.light.direct_diffuse).y < mean_of(&clear.light.direct_diffuse).y);
}

#[test]
fn mirrors_show_the_haze_in_front_of_them() {
    // A perfect mirror doubles the way: what a beam behind the viewer adds lies in the specular part.
    let corners = [(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)];
    let mirror = set::metal(Vec3::ONE, 0.0);
    let mut moment = ahead()
        .card(corners.map(|(x, y)| Vec3::new(x, y, -5.0)), mirror)
        .lamp(
            LampKind::Point { radius_m: 0.0 },
            Vec3::splat(50.0),
            Affine3A::from_translation(Vec3::new(0.0, 1.0, 3.0)),
        )
        .moment;
    moment.haze = haze(0.05, 1.0, 0.0);
    let specular = f64::from(mean_of(&trace(&moment, 1024).light.direct_specular).y);
    // The mirrored stretch begins at the mirror and runs along +Z for ever.
    let stretch = gathered([0.0, 1.0, -8.0], 400.0, 0.05, 0.0, |_| 1.0);
    close(specular, 50.0 * (-0.05f64 * 5.0).exp() * stretch, 0.01);
}
