//! Next-event estimation: from a shading point to lamps.
//!
//! In each group of lights (local, distant) a few candidates are drawn by power, one of them is kept in proportion to
//! its score, about what it would contribute unshadowed (resampled importance sampling; Talbot et al. 2005), and one
//! shadow ray is sent. A score only has to be positive where the contribution is: [`offers`](super::offers) has it. Weights against chance hits are by the balance heuristic with as many light samples as candidates (Veach
//! 1997): they depend on the candidates' density alone, so the sum stays unbiased.

use glam::{Vec2, Vec3};
use maquette_geometry::Ray;

use super::{
    Scene,
    bsdf::Bsdf,
    frame::off_surface,
    haze,
    lamp::{self, LightSample},
    light_tree, luminance,
    mirror::ImagePoint,
    offers::{Offer, Offers},
    path::DRAWN,
    sampler::{KEEP, PICK, Pairs, Sampler},
    sky,
    surface::{Surface, oriented_cross},
    texture::color,
    traversal::passage,
    veil::coverage,
};
use crate::world::{CANDIDATES, GlowRecord, LIGHT_LAMP, LIGHT_TRIANGLE, LightRecord, NONE};

/// Light that a surface sends on, by lobe.
#[derive(Clone, Copy)]
pub(crate) struct Lit {
    pub(crate) diffuse: Vec3,
    pub(crate) specular: Vec3,
}

/// One group of lights.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) candidates: u32,
    /// Its first sample pair counted from a bounce's.
    pub(crate) offset: u32,
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
    pub(crate) sampler: Sampler,
    /// First sample pair of the bounce.
    pub(crate) pairs: u32,
    /// Pairs drawn together, among them the bounce's.
    pub(crate) drawn: &'a Pairs<DRAWN>,
    /// Where the bounce's pairs start among them.
    pub(crate) first: usize,
    /// Of the surface in the mirror by way of which light is to come.
    pub(crate) image: Option<ImagePoint>,
}

impl Vertex<'_> {
    /// Where lights are chosen from.
    #[inline(always)]
    fn from(&self) -> Vec3 {
        self.image.map_or(self.surface.position, |image| image.from)
    }

    /// Where light from there comes from in the end.
    #[inline(always)]
    fn turned(&self, direction: Vec3) -> Vec3 {
        self.image.map_or(direction, |image| image.turned(direction))
    }
}

/// A point on a light, and how it was come by.
#[derive(Clone, Copy)]
struct Candidate {
    light: u32,
    /// Of choosing the light.
    probability: f32,
    sample: LightSample,
}

/// Light from one group that the surface sends to its viewer; counts the rays.
#[inline(always)]
pub(crate) fn light_from(scene: &Scene, group: &Group, vertex: &Vertex, rays: &mut u64) -> Option<Lit> {
    if group.count == 0 {
        return None;
    }
    let (kept, scale) = match group.candidates {
        1 => {
            let first = vertex.first + (PICK + group.offset) as usize;
            let picked = pick_light(scene, group, vertex.from(), vertex.drawn.at(first).x);
            (candidate(scene, vertex, picked, vertex.drawn.at(first + 1)), 1.0)
        }
        _ => choose(scene, group, vertex)?,
    };
    let light = &scene.world.lights[kept.light as usize];
    let lit = unshadowed(scene, group, vertex, kept.probability, &kept.sample)?;
    // A point in the lamp itself gives infinities.
    let score = luminance(lit.diffuse + lit.specular);
    let counts = score > 0.0 && score < f32::MAX;
    if !counts {
        return None;
    }
    let lamp = vertex.slice * scene.world.frame.lamps + light.index;
    let target = if light.kind == LIGHT_LAMP { lamp } else { NONE };
    let through = match &vertex.image {
        Some(image) => image.passage(scene, vertex, &kept.sample, target, rays),
        None => {
            *rays += 1;
            passage(scene, shadow_ray(vertex.surface, &kept.sample), vertex.slice, target)
                * haze::transmittance_from(&scene.world.frame, vertex.surface.position, &kept.sample)
        }
    };
    if through == Vec3::ZERO {
        return None;
    }
    let scale = through * scale;
    Some(Lit { diffuse: lit.diffuse * scale, specular: lit.specular * scale })
}

/// Keeps one of the group's candidates in proportion to its score. Returns it, and the mean score over its own, which
/// is the scale of its contribution. Only what a score needs is computed of the others.
#[inline(always)]
fn choose(scene: &Scene, group: &Group, vertex: &Vertex) -> Option<(Candidate, f32)> {
    let drawn = vertex.sampler.candidate_pairs(vertex.pairs + PICK + group.offset);
    let mut offers = Offers::default();
    let picked = pick_lights(scene, group, vertex.from(), drawn.firsts());
    for (lane, picked) in picked.iter().enumerate() {
        offers.set(lane, turned_offer(scene, vertex, *picked, drawn.at(CANDIDATES + lane)));
    }
    let scores = offers.scores(*vertex.bsdf);
    // One number decides all: candidates' own numbers are stratified against each other and so not independent.
    let keeps = vertex.drawn.at(vertex.first + KEEP as usize);
    let keep = if group.offset == 0 { keeps.x } else { keeps.y };
    let total: f32 = scores.iter().sum();
    let mut sum = 0.0;
    let passed = scores.iter().filter(|&&score| {
        sum += score;
        sum <= keep * total
    });
    let lane = passed.count();
    if lane == CANDIDATES {
        return None;
    }
    let kept = candidate(scene, vertex, picked[lane], drawn.at(CANDIDATES + lane));
    Some((kept, total / (scores[lane] * CANDIDATES as f32)))
}

/// [`offer`] by way of the mirror, if there is one.
#[inline(always)]
fn turned_offer(scene: &Scene, vertex: &Vertex, picked: (u32, f32), point: Vec2) -> Offer {
    let offer = offer(scene, vertex, picked, point);
    match &vertex.image {
        None => offer,
        Some(image) if image.crosses(scene, vertex.slice, offer.to, offer.distant) => {
            Offer { to: image.turned(offer.to), ..offer }
        }
        Some(_) => Offer { gain: 0.0, ..offer },
    }
}

/// What a light that was picked, and how likely, offers the surface: [`candidate`] and [`unshadowed`] without what only a kept one needs.
#[inline(always)]
fn offer(scene: &Scene, vertex: &Vertex, (light, probability): (u32, f32), point: Vec2) -> Offer {
    let from = vertex.from();
    let competes = scene.world.frame.strategy & 2 != 0;
    if let Some(glow) = scene.world.glows.get(light as usize)
        && glow.area > 0.0
    {
        let [v, w] = triangle_weights(point);
        let to = glow.corner + glow.edges[0] * v + glow.edges[1] * w - from;
        let gain = glow.area * (-glow.normal.dot(to)).max(0.0) / probability;
        return Offer {
            to,
            radiance: glow_at(scene, glow, v, w),
            gain,
            by_area: true,
            distant: false,
            competes,
        };
    }
    let sample = sample_light(scene, &scene.world.lights[light as usize], from, vertex.slice, point);
    let gain = if sample.pdf > 0.0 { 1.0 / (sample.pdf * probability) } else { 0.0 };
    let (to, radiance, distant) = (sample.way_from(from), sample.radiance, sample.distant);
    Offer { to, radiance, gain, by_area: false, distant, competes: competes && !sample.unseen }
}

#[inline(always)]
fn candidate(scene: &Scene, vertex: &Vertex, (light, probability): (u32, f32), point: Vec2) -> Candidate {
    let from = vertex.from();
    let sample = match scene.world.glows.get(light as usize) {
        Some(glow) if glow.area > 0.0 => sample_glow(scene, glow, from, point),
        _ => sample_light(scene, &scene.world.lights[light as usize], from, vertex.slice, point),
    };
    let is_cut_off =
        |image: ImagePoint| !image.crosses(scene, vertex.slice, sample.way_from(from), sample.distant);
    let sample = if vertex.image.is_some_and(is_cut_off) { LightSample::DARK } else { sample };
    Candidate { light, probability, sample }
}

/// Whether chance hits also find the light.
#[inline(always)]
fn competes(scene: &Scene, sample: &LightSample) -> bool {
    !sample.unseen && scene.world.frame.strategy & 2 != 0
}

#[inline(always)]
pub(crate) fn direction_to(from: Vec3, sample: &LightSample) -> Vec3 {
    match sample.distant {
        true => sample.point,
        false => (sample.point - from).normalize(),
    }
}

/// What a candidate would contribute if nothing stood in its way, already divided by its density.
#[inline(always)]
fn unshadowed(
    scene: &Scene,
    group: &Group,
    vertex: &Vertex,
    probability: f32,
    sample: &LightSample,
) -> Option<Lit> {
    if sample.pdf <= 0.0 {
        return None;
    }
    let scattering = vertex.bsdf.scattering(vertex.turned(direction_to(vertex.from(), sample)));
    let pdf = sample.pdf * probability;
    let by_choice = group.candidates as f32 * pdf;
    let weight = match competes(scene, sample) {
        true => by_choice / (by_choice + scattering.pdf),
        false => 1.0,
    };
    let incoming = sample.radiance * (weight / pdf);
    Some(Lit { diffuse: scattering.diffuse * incoming, specular: scattering.specular * incoming })
}

/// Weight of a chance hit of a light that [`light_from`] could have chosen with density `pdf`.
#[inline(always)]
pub(crate) fn chance_weight(scene: &Scene, bsdf_pdf: f32, pdf: f32, group: &Group) -> f32 {
    // Straight from the camera, or through glass: nothing else finds it.
    if bsdf_pdf <= 0.0 {
        return 1.0;
    }
    match scene.world.frame.strategy {
        1 => 0.0,
        2 => 1.0,
        _ => bsdf_pdf / (bsdf_pdf + group.candidates as f32 * pdf),
    }
}

/// A light of the group by power, of many by power as seen from a place; and how likely it was.
#[inline(always)]
pub(crate) fn pick_light(scene: &Scene, group: &Group, from: Vec3, u: f32) -> (u32, f32) {
    if group.offset == 0 && scene.world.frame.light_tree != NONE {
        return light_tree::pick(scene, from, u);
    }
    let scaled = u * group.count as f32;
    let column = (scaled as u32).min(group.count - 1);
    let light = &scene.world.lights[(group.first + column) as usize];
    let index = if scaled - column as f32 <= light.threshold { group.first + column } else { light.other };
    (index, scene.world.lights[index as usize].probability)
}

/// [`pick_light`] for each candidate's draw.
#[inline(always)]
fn pick_lights(
    scene: &Scene,
    group: &Group,
    from: Vec3,
    draws: [f32; CANDIDATES],
) -> [(u32, f32); CANDIDATES] {
    match group.offset == 0 && scene.world.frame.light_tree != NONE {
        true => light_tree::pick_eight(scene, from, draws),
        false => draws.map(|draw| pick_light(scene, group, from, draw)),
    }
}

/// How likely [`pick_light`] is to find a local light from a place.
#[inline(always)]
pub(crate) fn probability(scene: &Scene, from: Vec3, light: u32) -> f32 {
    match scene.world.frame.light_tree {
        NONE => scene.world.lights[light as usize].probability,
        _ => light_tree::probability(scene, from, light),
    }
}

#[inline(always)]
pub(crate) fn sample_light(
    scene: &Scene,
    light: &LightRecord,
    from: Vec3,
    slice: u32,
    u: Vec2,
) -> LightSample {
    let frame = &scene.world.frame;
    match light.kind {
        LIGHT_TRIANGLE => sample_triangle(scene, light, from, slice, u),
        LIGHT_LAMP => {
            let lamp = &scene.world.lamps[(slice * frame.lamps + light.index) as usize];
            lamp::sample_lamp(&scene.world.surfaces, lamp, from, u)
        }
        _ => sky::sample_sky(scene, u),
    }
}

/// [`sample_triangle`] for one that stands still.
#[inline(always)]
fn sample_glow(scene: &Scene, glow: &GlowRecord, from: Vec3, u: Vec2) -> LightSample {
    let [v, w] = triangle_weights(u);
    let point = glow.corner + glow.edges[0] * v + glow.edges[1] * w;
    let to = point - from;
    let square = to.length_squared();
    let facing = -glow.normal.dot(to);
    if facing.is_nan() || facing <= 0.0 {
        return LightSample::DARK;
    }
    let pdf = square * square.sqrt() / (glow.area * facing);
    LightSample { point, normal: glow.normal, radiance: glow_at(scene, glow, v, w), pdf, ..LightSample::DARK }
}

#[inline(always)]
fn glow_at(scene: &Scene, glow: &GlowRecord, v: f32, w: f32) -> Vec3 {
    if glow.texture == NONE {
        return glow.emission;
    }
    let uv = glow.uvs[0] * (1.0 - v - w) + glow.uvs[1] * v + glow.uvs[2] * w;
    glow.emission * color(&scene.world.surfaces, glow.texture, uv)
}

/// Weights of the second and third corner, uniform over the triangle (Heitz, "A Low-Distortion Map Between Triangle and
/// Square", 2019).
#[inline(always)]
fn triangle_weights(u: Vec2) -> [f32; 2] {
    match u.x < u.y {
        true => [0.5 * u.x, u.y - 0.5 * u.x],
        false => [u.x - 0.5 * u.y, 0.5 * u.y],
    }
}

/// Uniform over a glowing triangle.
fn sample_triangle(scene: &Scene, light: &LightRecord, from: Vec3, slice: u32, u: Vec2) -> LightSample {
    let world = scene.world;
    let instance = &world.shapes.instances[(slice * world.frame.instances + light.index) as usize];
    let corners = world.shapes.corners(instance, light.triangle);
    let [v, w] = triangle_weights(u);
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
pub(crate) fn shadow_ray(surface: &Surface, sample: &LightSample) -> Ray {
    // Rough glass is lit from behind too.
    ray_to(surface.leaving(sample.way_from(surface.position)), sample)
}

/// From a point to just before a light.
#[inline(always)]
pub(crate) fn ray_to(origin: Vec3, sample: &LightSample) -> Ray {
    const ALMOST: f32 = 1.0 - 1e-5;
    if sample.distant {
        return Ray::new(origin, sample.point);
    }
    let to = off_surface(sample.point, sample.normal) - origin;
    let distance = to.length();
    Ray { t_max: distance * ALMOST, ..Ray::new(origin, to / distance) }
}
