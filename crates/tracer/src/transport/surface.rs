//! A hit to the surface there: place, normals, material with its textures.

use glam::{Vec2, Vec3};
use maquette_geometry::Hit;

use super::{Scene, texture::color};
use crate::world::{InstanceRecord, MIRRORED, NONE, SMOOTH, transform_normal};

/// What a ray met.
#[derive(Clone, Copy)]
pub(crate) struct Surface {
    pub(crate) position: Vec3,
    /// Of the triangle, towards the viewer.
    pub(crate) geometric: Vec3,
    /// For shading, towards the viewer.
    pub(crate) normal: Vec3,
    /// Whether the viewer sees the counter-clockwise side.
    pub(crate) front: bool,
    pub(crate) base_color: Vec3,
    pub(crate) roughness: f32,
    pub(crate) metallic: f32,
    pub(crate) reflectance: f32,
    pub(crate) transmission: f32,
    pub(crate) ior: f32,
    /// Towards the viewer, in nits.
    pub(crate) emission: Vec3,
    pub(crate) material: u32,
    pub(crate) object_id: u32,
    /// Position of the triangle in the light table, or [`NONE`].
    pub(crate) light: u32,
    /// Of the triangle, in the world.
    pub(crate) area: f32,
}

/// The surface at `hit`, seen along `direction`.
#[inline]
pub(crate) fn surface_at(scene: &Scene, hit: &Hit, slice: u32, direction: Vec3) -> Surface {
    let world = scene.world;
    let instance = &world.shapes.instances[(slice * world.frame.instances + hit.instance) as usize];
    let vertices = world.shapes.vertices(instance, hit.triangle);
    let corners = world.shapes.corners(instance, hit.triangle);
    let weights = [1.0 - hit.u - hit.v, hit.u, hit.v];
    let cross = oriented_cross(instance, &corners);
    let length = cross.length();
    let front = cross.dot(direction) < 0.0;
    let geometric = (if front { cross } else { -cross }) / length;
    let uv = (0..3).map(|i| Vec2::new(vertices[i].u, vertices[i].v) * weights[i]).sum::<Vec2>();
    let smooth: Vec3 = (0..3).map(|i| vertices[i].normal * weights[i]).sum();
    let material = &world.surfaces.materials[instance.material as usize];
    let factors = color(&world.surfaces, material.metallic_roughness_texture, uv);
    let lit = front && instance.first_light != NONE;
    Surface {
        position: (0..3).map(|i| corners[i] * weights[i]).sum(),
        geometric,
        normal: shading_normal(instance, smooth, geometric, direction),
        front,
        base_color: material.base_color * color(&world.surfaces, material.base_color_texture, uv),
        roughness: material.roughness * factors.y,
        metallic: material.metallic * factors.z,
        reflectance: material.reflectance,
        transmission: material.transmission,
        ior: material.ior,
        emission: match lit {
            true => material.emission * color(&world.surfaces, material.emission_texture, uv),
            false => Vec3::ZERO,
        },
        material: instance.material,
        object_id: instance.object_id,
        light: if lit { instance.first_light + hit.triangle } else { NONE },
        area: 0.5 * length,
    }
}

/// Cross product of two edges in the world, towards the front: a mirroring placement turns the winding.
#[inline(always)]
pub(crate) fn oriented_cross(instance: &InstanceRecord, corners: &[Vec3; 3]) -> Vec3 {
    let cross = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
    if instance.flags & MIRRORED != 0 { -cross } else { cross }
}

/// The interpolated normal on the viewer's side of the triangle, bent until the viewer can see it.
#[inline(always)]
fn shading_normal(instance: &InstanceRecord, smooth: Vec3, geometric: Vec3, direction: Vec3) -> Vec3 {
    let smooth = transform_normal(&instance.world_from_local, smooth);
    let square = smooth.length_squared();
    if instance.flags & SMOOTH == 0 || square < 1e-30 {
        return geometric;
    }
    let unit = smooth / square.sqrt();
    let normal = if unit.dot(geometric) < 0.0 { -unit } else { unit };
    let seen = -normal.dot(direction);
    if seen > 0.01 { normal } else { (normal - direction * (0.01 - seen)).normalize() }
}
