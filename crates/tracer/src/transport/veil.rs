//! What lets light straight through: alpha, and clear panes.
//!
//! The tree's traversal asks here at every triangle of a veiled surface. A shadow ray multiplies what each lets
//! pass: a product does not mind the order, so one traversal gives the exact attenuation of any number of layers. Other
//! rays meet a surface of coverage α with chance α, by a number of its own for each triangle and sample: the nearest
//! of the triangles so met is the right one on average, again in one traversal.

use glam::{Vec2, Vec3};
use maquette_geometry::{Hit, Ray};

use super::{
    Scene,
    glass::pane,
    sampler::Sampler,
    surface::oriented_cross,
    texture::{Place, look},
};
use crate::world::{BLENDED, CUTOUT, InstanceRecord, MaterialRecord, NONE, VEILED, WINDOW};

/// How a ray decides whether it meets what is partly there.
#[derive(Clone, Copy)]
pub(crate) enum Chance {
    /// By a number of its own for each triangle, from the sampler's bounce.
    Drawn(Sampler, u32),
    /// It meets what is there by half or more.
    Half,
}

impl Chance {
    fn threshold(&self, instance: u32, triangle: u32) -> f32 {
        match self {
            Chance::Drawn(sampler, bounce) => sampler.veil(instance, triangle, *bounce),
            Chance::Half => 0.5,
        }
    }
}

/// Whether a ray meets the triangle instead of passing through it.
#[inline]
pub(crate) fn meets(scene: &Scene, slice: u32, hit: &Hit, chance: &Chance) -> bool {
    let (instance, material) = materials(scene, slice, hit);
    if material.flags & (CUTOUT | BLENDED) == 0 {
        return true;
    }
    let covered = coverage(scene, material, || uv(scene, instance, hit));
    match material.flags & CUTOUT != 0 {
        true => covered > 0.0,
        false => covered > chance.threshold(hit.instance, hit.triangle),
    }
}

/// Share of the light that passes straight through the triangle.
#[inline]
pub(crate) fn passing(scene: &Scene, slice: u32, hit: &Hit, ray: &Ray) -> Vec3 {
    let (instance, material) = materials(scene, slice, hit);
    if instance.flags & VEILED == 0 {
        return Vec3::ZERO;
    }
    let at = || uv(scene, instance, hit);
    let covered = coverage(scene, material, at);
    let open = Vec3::splat(1.0 - covered);
    if material.flags & WINDOW == 0 || covered <= 0.0 {
        return open;
    }
    let corners = scene.world.shapes.corners(instance, hit.triangle);
    let normal = oriented_cross(instance, &corners).normalize();
    let cosine = normal.dot(ray.direction).abs();
    let clear = (material.transmission * (1.0 - material.metallic)).clamp(0.0, 1.0);
    let painted = match material.base_color_texture {
        NONE => Vec3::ONE,
        texture => look(&scene.world.surfaces, texture, &Place::point(at())).truncate(),
    };
    let tint = material.base_color * painted;
    open + tint * (covered * clear * (1.0 - pane(cosine, material.ior.clamp(1.0, 10.0))))
}

/// Coverage of a surface at a point, 0 or 1 for a cut-out.
#[inline]
pub(crate) fn coverage(scene: &Scene, material: &MaterialRecord, uv: impl Fn() -> Vec2) -> f32 {
    if material.flags & (CUTOUT | BLENDED) == 0 {
        return 1.0;
    }
    let painted = match material.base_color_texture {
        NONE => 1.0,
        texture => look(&scene.world.surfaces, texture, &Place::point(uv())).w,
    };
    let alpha = (material.opacity * painted).clamp(0.0, 1.0);
    match material.flags & CUTOUT != 0 {
        true => f32::from(alpha >= material.cutoff),
        false => alpha,
    }
}

fn uv(scene: &Scene, instance: &InstanceRecord, hit: &Hit) -> Vec2 {
    let weights = [1.0 - hit.u - hit.v, hit.u, hit.v];
    let corners = scene.world.shapes.vertices(instance, hit.triangle);
    (0..3).map(|i| Vec2::new(corners[i].u, corners[i].v) * weights[i]).sum()
}

fn materials<'a>(scene: &'a Scene, slice: u32, hit: &Hit) -> (&'a InstanceRecord, &'a MaterialRecord) {
    let world = scene.world;
    let instance = &world.shapes.instances[(slice * world.frame.instances + hit.instance) as usize];
    (instance, &world.surfaces.materials[instance.material as usize])
}
