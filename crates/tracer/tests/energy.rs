//! What surfaces give back is what they receive, never more.

#![allow(clippy::unwrap_used)] // a test may panic

mod set;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Material, Moment};
use maquette_tracer::{PixelFilter, Settings, Tracer};
use set::{Set, ball, floor, glass, matte, mean_of, metal};

fn settings(samples: u32) -> Settings {
    Settings {
        width: 16,
        height: 16,
        samples,
        max_bounces: 64,
        filter: PixelFilter::Box,
        ..Settings::default()
    }
}

fn mean_light(moment: &Moment, samples: u32) -> Vec3 {
    mean_of(&Tracer::cpu().trace(moment, &settings(samples)).unwrap().light.total())
}

/// A card that fills the view, seen at an angle from its normal, under an even white sky of 1 nit.
fn card_under_sky(material: Material, degrees: f32) -> Moment {
    let angle = degrees.to_radians();
    let from = Vec3::new(0.0, angle.cos(), angle.sin()) * 10.0;
    let sky = Vec3::ONE;
    Set::new()
        .look(from, Vec3::ZERO)
        .field_of_view(1.0)
        .sky(sky)
        .mesh(floor(50.0), material, Affine3A::IDENTITY)
        .moment
}

#[test]
fn a_white_surface_returns_exactly_what_it_receives() {
    for metallic in [0.0, 0.5, 1.0] {
        for roughness in [0.0, 0.2, 0.5, 0.8, 1.0] {
            for degrees in [0.0, 45.0, 80.0] {
                let material = Material { base_color: Vec3::ONE, roughness, metallic, ..Material::default() };
                let light = mean_light(&card_under_sky(material, degrees), 64).y;
                let what = format!("metallic {metallic}, roughness {roughness}, {degrees}°: {light}");
                assert!((light - 1.0).abs() < 0.01, "{what}");
            }
        }
    }
}

#[test]
fn no_surface_returns_more_than_it_receives() {
    for reflectance in [0.0, 0.5, 1.0] {
        for roughness in [0.05, 0.3, 1.0] {
            let color = Vec3::new(0.9, 0.5, 0.1);
            let material = Material { base_color: color, roughness, reflectance, ..Material::default() };
            let light = mean_light(&card_under_sky(material, 60.0), 64);
            assert!(light.max_element() < 1.0, "reflectance {reflectance}, roughness {roughness}: {light}");
        }
    }
}

#[test]
fn lambert_returns_its_albedo() {
    let color = Vec3::new(0.8, 0.4, 0.1);
    let light = mean_light(&card_under_sky(matte(color), 30.0), 64);
    assert!((light / color - 1.0).abs().max_element() < 0.002, "{light}");
}

#[test]
fn clear_things_vanish_in_an_even_sky() {
    let see = |material| {
        let set = Set::new().look(Vec3::new(0.0, 0.0, 3.0), Vec3::ZERO).field_of_view(20.0).sky(Vec3::ONE);
        mean_light(&set.mesh(ball(1.0, 64), material, Affine3A::IDENTITY).moment, 64)
    };
    for light in [see(glass(1.5)), see(metal(Vec3::ONE, 0.0))] {
        assert!((light - 1.0).abs().max_element() < 0.005, "{light}");
    }
}

#[test]
fn light_parts_add_up_to_bounces_of_a_closed_room() {
    // Inside a matte ball of albedo ρ under a sky that cannot be seen, glow L gives L/(1 − ρ) in all.
    let material = Material { emission: Vec3::ONE, ..matte(Vec3::splat(0.5)) };
    let mut inside = ball(1.0, 16);
    inside.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    inside.normals.clear();
    let moment = Set::new().mesh(inside, material, Affine3A::IDENTITY).moment;
    let traced = Tracer::cpu().trace(&moment, &settings(64)).unwrap();
    let [emitted, direct, _, indirect, _] = traced.light.parts().map(|part| mean_of(part).y);
    assert!((emitted - 1.0).abs() < 1e-5, "{emitted}");
    assert!((direct - 0.5).abs() < 0.005, "{direct}");
    assert!((indirect - 0.5).abs() < 0.01, "{indirect}");
}
