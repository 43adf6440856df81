//! The one ray a pixel behind the G-buffer: pinhole, through the pixel's centre, at shutter open.

use glam::{UVec2, Vec2, Vec3};
use maquette_geometry::Hit;

use super::{
    Scene,
    camera::{depth, pinhole_ray, previous_pixel},
    lamp::lamp_normal,
    path::pixel_middle,
    surface::surface_at,
    traversal::{Met, closest},
    veil::Chance,
};
use crate::world::transform_point;

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
        Met::Nothing => Primary { motion: motion(ray.direction, 0.0), ..MISS },
        Met::Lamp(index, t) => lamp_primary(scene, index, ray.at(t), t, motion),
        Met::Triangle(hit) => {
            let width = 2.0 * frame.half_width / frame.width as f32 * hit.t;
            let surface = surface_at(scene, &hit, frame.open_slice, ray.direction, width);
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
            }
        }
    }
}

/// Where the hit point of the mesh stood when the previous frame's shutter opened.
fn previous_position(scene: &Scene, hit: &Hit) -> Vec3 {
    let frame = &scene.world.frame;
    let shapes = &scene.world.shapes;
    let instance = &shapes.instances[((frame.open_slice + 1) * frame.instances + hit.instance) as usize];
    let corners = shapes.vertices(instance, hit.triangle).map(|v| v.position);
    let weights = [1.0 - hit.u - hit.v, hit.u, hit.v];
    transform_point(&instance.world_from_local, (0..3).map(|i| corners[i] * weights[i]).sum())
}

fn lamp_primary(
    scene: &Scene,
    index: u32,
    position: Vec3,
    t: f32,
    motion: impl Fn(Vec3, f32) -> Vec2,
) -> Primary {
    let frame = &scene.world.frame;
    let lamp = &scene.world.lamps[index as usize];
    let previous = &scene.world.lamps[(index + frame.lamps) as usize];
    let across = position - lamp.position;
    let (x, y, z) = (across.dot(lamp.right), across.dot(lamp.up), across.dot(lamp.toward));
    let before = previous.position + previous.right * x + previous.up * y + previous.toward * z;
    Primary {
        depth: depth(frame, position),
        distance: t,
        position,
        normal: lamp_normal(lamp, position),
        albedo: Vec3::ONE,
        motion: motion(before, 1.0),
        object_id: lamp.object_id,
        ..MISS
    }
}
