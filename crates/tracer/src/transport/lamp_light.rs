//! The lamps' light on what a pixel shows, without noise: one shadow ray to the middle of each.
//!
//! Light gathered over frames can follow a lamp or a shadow that moves by what this changes. Lamps that look large from
//! there are left out: their shadows have no edges, and a ray to the middle would give them some.

use std::f32::consts::PI;

use glam::{Vec2, Vec3};

use super::{
    Scene,
    lamp::sample_lamp,
    light::{direction_to, shadow_ray},
    surface::Surface,
    traversal::passage,
};
use crate::world::{LAMP_SUN, LampRecord};

/// With more lamps, their rays would cost more than the light samples.
const MOST_LAMPS: u32 = 16;

/// Angular radius, radians, from which on a lamp counts less, and from which on not at all.
const LARGE: [f32; 2] = [0.05, 0.15];

/// Nits that the surface sends on diffusely of small lamps' light at shutter open, each lamp as if all of it came from its
/// middle. Nothing when there are more than 16. Counts its shadow rays.
pub(crate) fn lamp_light(scene: &Scene, surface: &Surface, rays: &mut u32) -> Vec3 {
    let frame = &scene.world.frame;
    let matte = surface.base_color * ((1.0 - surface.metallic) / PI);
    if frame.lamps > MOST_LAMPS || matte == Vec3::ZERO {
        return Vec3::ZERO;
    }
    let first = frame.open_slice * frame.lamps;
    let mut from = |index: u32| {
        let lamp = &scene.world.lamps[index as usize];
        let sample = sample_lamp(&scene.world.surfaces, lamp, surface.position, Vec2::splat(0.5));
        let cosine = surface.normal.dot(direction_to(surface.position, &sample));
        if sample.pdf <= 0.0 || cosine <= 0.0 {
            return Vec3::ZERO;
        }
        let light = matte * sample.radiance * (smallness(lamp, surface.position) * cosine / sample.pdf);
        if light == Vec3::ZERO {
            return light;
        }
        *rays += 1;
        light * passage(scene, shadow_ray(surface, &sample), frame.open_slice, index)
    };
    (first..first + frame.lamps).map(&mut from).filter(|light| light.is_finite()).sum()
}

/// 1 for a lamp that is all but a point from there, 0 for one that looks large.
fn smallness(lamp: &LampRecord, from: Vec3) -> f32 {
    let angle = match lamp.kind {
        LAMP_SUN => lamp.sin_half,
        _ => lamp.radius.max(lamp.half_width.hypot(lamp.half_height)) / lamp.position.distance(from),
    };
    ((LARGE[1] - angle) / (LARGE[1] - LARGE[0])).clamp(0.0, 1.0)
}
