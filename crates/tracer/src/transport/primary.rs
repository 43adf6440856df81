//! The one ray a pixel behind the G-buffer: pinhole, through the pixel's centre, at shutter open.

use glam::{UVec2, Vec2, Vec3};

use super::{
    Scene,
    camera::{depth, pinhole_ray, previous_pixel},
    image::{Image, Thing, image, of_lamp, previous_position},
    path::pixel_middle,
    surface::surface_at,
    traversal::{Met, closest},
    veil::Chance,
};

/// The planes of [`GBuffer`](maquette_conditioning::GBuffer) at one pixel, the means excepted.
#[derive(Clone, Copy)]
pub(crate) struct Primary {
    pub(crate) depth: f32,
    pub(crate) distance: f32,
    pub(crate) position: Vec3,
    pub(crate) normal: Vec3,
    pub(crate) albedo: Vec3,
    pub(crate) roughness: f32,
    pub(crate) metallic: f32,
    pub(crate) motion: Vec2,
    pub(crate) object_id: u32,
    pub(crate) material_id: u32,
    pub(crate) image: Image,
    pub(crate) lamp_light: Vec3,
    /// Rays cast: this one, those that mirrors send on, and shadow rays.
    pub(crate) rays: u32,
}

/// Nothing but sky.
const MISS: Primary = Primary {
    depth: f32::INFINITY,
    distance: f32::INFINITY,
    position: Vec3::ZERO,
    normal: Vec3::ZERO,
    albedo: Vec3::ZERO,
    roughness: 0.0,
    metallic: 0.0,
    motion: Vec2::ZERO,
    object_id: 0,
    material_id: 0,
    image: Image { position: Vec3::ZERO, normal: Vec3::ZERO, motion: Vec2::ZERO, object_id: 0 },
    lamp_light: Vec3::ZERO,
    rays: 1,
};

/// Traces a pixel's G-buffer ray.
pub(crate) fn trace_primary(scene: &Scene, pixel: UVec2) -> Primary {
    let frame = &scene.world.frame;
    let at = pixel_middle(pixel);
    let ray = pinhole_ray(frame, at);
    let motion =
        |point: Vec3, weight: f32| previous_pixel(frame, point, weight).map_or(Vec2::ZERO, |p| p - at);
    match closest(scene, ray, frame.open_slice, Chance::Half) {
        // The surroundings are infinitely far: only the camera's turning moves them.
        Met::Nothing => {
            let motion = motion(ray.direction, 0.0);
            Primary { motion, image: Image { motion, ..MISS.image }, ..MISS }
        }
        Met::Lamp(index, t) => lamp_primary(scene, of_lamp(scene, index, ray.at(t)), t, motion),
        Met::Triangle(hit) => {
            let width = 2.0 * frame.half_width / frame.width as f32 * hit.t;
            let surface = surface_at(scene, &hit, frame.open_slice, ray.direction, width);
            let mut rays = 1;
            let (thing, lamp_light) = image(scene, ray, hit, &surface, &mut rays);
            Primary {
                depth: depth(frame, surface.position),
                distance: surface.position.distance(ray.origin),
                position: surface.position,
                normal: surface.normal,
                albedo: surface.base_color,
                roughness: surface.roughness,
                metallic: surface.metallic,
                motion: motion(previous_position(scene, &hit), 1.0),
                object_id: surface.object_id,
                material_id: surface.material + 1,
                image: thing_image(thing, motion),
                lamp_light,
                rays,
            }
        }
    }
}

/// A lamp seen directly.
fn lamp_primary(scene: &Scene, thing: Thing, t: f32, motion: impl Fn(Vec3, f32) -> Vec2) -> Primary {
    let image = thing_image(thing, motion);
    Primary {
        depth: depth(&scene.world.frame, thing.position),
        distance: t,
        position: thing.position,
        normal: thing.normal,
        albedo: Vec3::ONE,
        motion: image.motion,
        object_id: thing.object_id,
        image,
        ..MISS
    }
}

fn thing_image(thing: Thing, motion: impl Fn(Vec3, f32) -> Vec2) -> Image {
    let Thing { position, before, normal, object_id } = thing;
    Image { position, normal, motion: motion(before, 1.0), object_id }
}
