//! Next-event estimation: from a shading point to lamps.
//!
//! In each group of lights (local, distant) a few candidates are drawn by power, one of them is kept in proportion to
//! what it would contribute unshadowed (resampled importance sampling; Talbot et al. 2005), and one shadow ray is
//! sent. Weights against chance hits are by the balance heuristic with as many light samples as candidates (Veach
//! 1997): they depend on the candidates' density alone, so the sum stays unbiased.

use glam::{Vec2, Vec3};
use maquette_geometry::Ray;

use super::{
    Scene,
    bsdf::Bsdf,
    frame::off_surface,
    lamp::{self, LightSample},
    luminance,
    sampler::{KEEP, PICK, POINT, Sampler},
    sky,
    surface::{Surface, oriented_cross},
    texture::color,
    traversal::transmittance,
    veil::coverage,
};
use crate::world::{LIGHT_LAMP, LIGHT_TRIANGLE, LightRecord, NONE};

/// Light that a surface sends on, by lobe.
#[derive(Clone, Copy)]
pub(crate) struct Lit {
    pub(crate) diffuse: Vec3,
    pub(crate) specular: Vec3,
}

/// One group of lights.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    first: u32,
    count: u32,
    pub(crate) candidates: u32,
    /// Its first sample pair counted from a bounce's.
    offset: u32,
}

/// Local lights, as the surface of a bounce chooses from them. Only the first surface's choice is seen up close; later
/// ones draw one candidate, which is two thirds of the time for little more noise.
#[inline(always)]
pub(crate) fn local_group(scene: &Scene, bounce: u32) -> Group {
    let frame = &scene.world.frame;
    let candidates = if bounce == 0 { frame.local_candidates } else { 1 };
    Group { first: 0, count: frame.local_lights, candidates, offset: 0 }
}

/// Suns and sky, as the surface of a bounce chooses from them.
#[inline(always)]
pub(crate) fn distant_group(scene: &Scene, bounce: u32) -> Group {
    let frame = &scene.world.frame;
    let candidates = if bounce == 0 { frame.distant_candidates } else { 1 };
    Group { first: frame.local_lights, count: frame.distant_lights, candidates, offset: 2 }
}

/// A surface a path has reached, and what its samples there are.
#[derive(Clone, Copy)]
pub(crate) struct Vertex<'a> {
    pub(crate) surface: &'a Surface,
    pub(crate) bsdf: &'a Bsdf,
    pub(crate) slice: u32,
    pub(crate) sampler: &'a Sampler,
    /// First sample pair of the bounce.
    pub(crate) pairs: u32,
}

/// The candidate that stayed.
struct Kept {
    sample: LightSample,
    lit: Lit,
    /// Lamp record aimed at, or [`NONE`].
    target: u32,
    score: f32,
}

/// Light from one group that the surface sends to its viewer; counts the shadow ray.
#[inline]
pub(crate) fn light_from(scene: &Scene, group: &Group, vertex: &Vertex, rays: &mut u64) -> Option<Lit> {
    if group.count == 0 {
        return None;
    }
    let (kept, total) = choose(scene, group, vertex)?;
    let ray = shadow_ray(vertex.surface, &kept.sample);
    *rays += 1;
    let through = transmittance(scene, ray, vertex.slice, kept.target);
    if through == Vec3::ZERO {
        return None;
    }
    let scale = through * (total / (kept.score * group.candidates as f32));
    Some(Lit { diffuse: kept.lit.diffuse * scale, specular: kept.lit.specular * scale })
}

#[inline]
fn choose(scene: &Scene, group: &Group, vertex: &Vertex) -> Option<(Kept, f32)> {
    let Vertex { slice, sampler, pairs, .. } = *vertex;
    let mut kept: Option<Kept> = None;
    let mut total = 0.0;
    // One number decides all: candidates' own numbers are stratified against each other and so not independent.
    let keeps = sampler.pair(pairs + KEEP);
    let mut keep = if group.offset == 0 { keeps.x } else { keeps.y };
    for candidate in 0..group.candidates {
        let pick = sampler.candidate_pair(pairs + PICK + group.offset, candidate, group.candidates);
        let point = sampler.candidate_pair(pairs + POINT + group.offset, candidate, group.candidates);
        let index = pick_light(scene, group, pick.x);
        let light = &scene.world.lights[index as usize];
        let sample = sample_light(scene, light, vertex.surface.position, slice, point);
        let Some(lit) = unshadowed(scene, group, vertex, light, &sample) else { continue };
        let score = luminance(lit.diffuse + lit.specular);
        // A point in the lamp itself gives infinities.
        let counts = score > 0.0 && score < f32::MAX;
        if !counts {
            continue;
        }
        total += score;
        let chance = score / total;
        if keep >= chance {
            keep = (keep - chance) / (1.0 - chance);
        } else {
            keep /= chance;
            let target =
                if light.kind == LIGHT_LAMP { slice * scene.world.frame.lamps + light.index } else { NONE };
            kept = Some(Kept { sample, lit, target, score });
        }
    }
    kept.map(|kept| (kept, total))
}

/// What a candidate would contribute if nothing stood in its way, already divided by its density.
#[inline(always)]
fn unshadowed(
    scene: &Scene,
    group: &Group,
    vertex: &Vertex,
    light: &LightRecord,
    sample: &LightSample,
) -> Option<Lit> {
    if sample.pdf <= 0.0 {
        return None;
    }
    let direction = match sample.distant {
        true => sample.point,
        false => (sample.point - vertex.surface.position).normalize(),
    };
    let scattering = vertex.bsdf.scattering(direction);
    let pdf = sample.pdf * light.probability;
    let by_choice = group.candidates as f32 * pdf;
    let weight = match sample.unseen || scene.world.frame.strategy & 2 == 0 {
        true => 1.0,
        false => by_choice / (by_choice + scattering.pdf),
    };
    let incoming = sample.radiance * (weight / pdf);
    Some(Lit { diffuse: scattering.diffuse * incoming, specular: scattering.specular * incoming })
}

/// Weight of a chance hit of a light that [`light_from`] could have chosen with density `pdf`.
#[inline(always)]
pub(crate) fn chance_weight(scene: &Scene, bsdf_pdf: f32, pdf: f32, group: &Group) -> f32 {
    // Straight from the camera, or off a mirror: nothing else finds it.
    if bsdf_pdf <= 0.0 {
        return 1.0;
    }
    match scene.world.frame.strategy {
        1 => 0.0,
        2 => 1.0,
        _ => bsdf_pdf / (bsdf_pdf + group.candidates as f32 * pdf),
    }
}

#[inline(always)]
fn pick_light(scene: &Scene, group: &Group, u: f32) -> u32 {
    let scaled = u * group.count as f32;
    let column = (scaled as u32).min(group.count - 1);
    let light = &scene.world.lights[(group.first + column) as usize];
    if scaled - column as f32 <= light.threshold { group.first + column } else { light.other }
}

#[inline(always)]
fn sample_light(scene: &Scene, light: &LightRecord, from: Vec3, slice: u32, u: Vec2) -> LightSample {
    let frame = &scene.world.frame;
    match light.kind {
        LIGHT_TRIANGLE => sample_triangle(scene, light, from, slice, u),
        LIGHT_LAMP => {
            let lamp = &scene.world.lamps[(slice * frame.lamps + light.index) as usize];
            lamp::sample_lamp(lamp, from, u)
        }
        _ => sky::sample_sky(scene, u),
    }
}

/// Uniform over a glowing triangle (Heitz, "A Low-Distortion Map Between Triangle and Square", 2019).
fn sample_triangle(scene: &Scene, light: &LightRecord, from: Vec3, slice: u32, u: Vec2) -> LightSample {
    let world = scene.world;
    let instance = &world.shapes.instances[(slice * world.frame.instances + light.index) as usize];
    let corners = world.shapes.corners(instance, light.triangle);
    let (v, w) = match u.x < u.y {
        true => (0.5 * u.x, u.y - 0.5 * u.x),
        false => (u.x - 0.5 * u.y, 0.5 * u.y),
    };
    let weights = [1.0 - v - w, v, w];
    let point: Vec3 = (0..3).map(|i| corners[i] * weights[i]).sum();
    let cross = oriented_cross(instance, &corners);
    let length = cross.length();
    let to = point - from;
    let distance = to.length();
    let facing = -cross.dot(to) / (length * distance);
    if facing.is_nan() || facing <= 0.0 {
        return LightSample::DARK;
    }
    let material = &world.surfaces.materials[instance.material as usize];
    let vertices = world.shapes.vertices(instance, light.triangle);
    let uv = (0..3).map(|i| Vec2::new(vertices[i].u, vertices[i].v) * weights[i]).sum::<Vec2>();
    let glow = material.emission * color(&world.surfaces, material.emission_texture, uv);
    LightSample {
        point,
        normal: cross / length,
        radiance: glow * coverage(scene, material, || uv),
        pdf: distance * distance / (0.5 * length * facing),
        ..LightSample::DARK
    }
}

/// From just off the surface to just before the light.
#[inline(always)]
fn shadow_ray(surface: &Surface, sample: &LightSample) -> Ray {
    const ALMOST: f32 = 1.0 - 1e-5;
    let ahead = if sample.distant { sample.point } else { sample.point - surface.position };
    // Rough glass is lit from behind too.
    let side = if ahead.dot(surface.geometric) < 0.0 { -surface.geometric } else { surface.geometric };
    let origin = off_surface(surface.position, side);
    if sample.distant {
        return Ray::new(origin, sample.point);
    }
    let to = off_surface(sample.point, sample.normal) - origin;
    let distance = to.length();
    Ray { t_max: distance * ALMOST, ..Ray::new(origin, to / distance) }
}
