//! One path: from a pixel through the scene to lamps.
//!
//! A loop over bounces, each of which finds the next thing, adds its glow, sends shadow rays and scatters. What the
//! first surface made of it (diffuse or specular) travels along as a share of the path's weight, so each later
//! contribution is split exactly instead of by a coin.

use glam::{UVec2, Vec2, Vec3};
use maquette_geometry::Ray;

use super::{
    Scene,
    bsdf::{Bsdf, Scattered},
    camera::lens_ray,
    cone::Cone,
    film::pixel_offset,
    haze::{self, Stretch},
    lamp,
    light::{self, Lit, Vertex, chance_weight, distant_group, light_from, local_group},
    luminance,
    mirror::{ImagePoint, mirrors, reflected},
    sampler::{BOUNCE, BOUNCE_STRIDE, DIRECTION, FILTER, LENS, LOBE, Pairs, Sampler, TIME},
    sky,
    surface::{Surface, surface_at},
    traversal::{Met, closest},
    veil::Chance,
};
use crate::world::NONE;

/// Paths are long enough to be ended by chance from this bounce on.
const ROULETTE_BOUNCE: u32 = 3;
/// A path always has at least this chance to go on, which bounds its weight.
const ROULETTE_FLOOR: f32 = 0.05;

/// What one pixel's paths brought, summed.
#[derive(Clone, Copy, Default)]
pub(crate) struct PathSum {
    /// The parts of [`Light`](maquette_conditioning::Light), in its order.
    pub(crate) parts: [Vec3; 5],
    pub(crate) albedo: Vec3,
    pub(crate) normal: Vec3,
    pub(crate) rays: u64,
    /// Luminance that the clamp took away.
    pub(crate) removed: f32,
}

/// Bounces whose sample pairs are drawn together: vector code takes about as long for three as for one, and few paths
/// are longer.
const DRAWN_BOUNCES: u32 = 3;
/// Pairs drawn together, the camera's or as many unused ones first.
pub(crate) const DRAWN: usize = (BOUNCE + DRAWN_BOUNCES * BOUNCE_STRIDE) as usize;

/// A path on its way. What is seldom called gets copies, so that those inlined elsewhere need not lie in memory.
#[derive(Clone, Copy)]
struct Path {
    ray: Ray,
    slice: u32,
    bounce: u32,
    cone: Cone,
    /// The bounce that chose the path's direction; the camera counts as the first, whose choice nothing competes with.
    chooser: u32,
    /// Distance from there to the ray's origin, through panes and off a mirror.
    travelled: f32,
    /// Mirrors between that lights are chosen by way of too: one or none.
    mirrors: u32,
    weight: Vec3,
    /// Share of `weight` that the first surface's diffuse lobe made.
    diffuse_share: Vec3,
    /// Density of the last choice's direction; 0 from the camera or glass.
    pdf: f32,
    /// Weight for the denoiser's features, until they are found.
    feature: Vec3,
    seeks_features: bool,
}

impl Path {
    /// The ray from where its direction was chosen, which may lie behind panes, or from its image in a mirror.
    fn whole_ray(&self) -> Ray {
        Ray { origin: self.ray.origin - self.ray.direction * self.travelled, ..self.ray }
    }

    /// Surfaces that light met here has to come by, without the panes that shadow rays pass too.
    fn turns(&self) -> u32 {
        if self.pdf > 0.0 { self.chooser + 1 + self.mirrors } else { self.bounce }
    }
}

/// Traces one sample of a pixel and adds it to `sum`.
#[inline(always)]
pub(crate) fn trace_path(scene: &Scene, pixel: UVec2, sample: u32, sum: &mut PathSum) {
    let sampler = Sampler::new(pixel, sample, scene.world.frame.seed);
    let mut drawn = sampler.pairs(0);
    let mut path = start(scene, pixel, sample, sampler, &drawn);
    while step(scene, &mut path, &mut drawn, sampler, sum) {}
}

#[inline(always)]
fn start(scene: &Scene, pixel: UVec2, sample: u32, sampler: Sampler, drawn: &Pairs<DRAWN>) -> Path {
    let frame = &scene.world.frame;
    let [offset, lens, time] = [FILTER, LENS, TIME].map(|pair| drawn.at(pair as usize));
    let offset = pixel_offset(frame, scene.world.tables, offset);
    // Slices by van der Corput's sequence: whatever samples there are spread over the shutter.
    let turn = ((sample.reverse_bits() >> 16) * frame.slices) >> 16;
    let slice = turn.wrapping_add(sampler.pixel_hash()) % frame.slices;
    let at = pixel.as_vec2() + 0.5 + offset;
    let time = (slice as f32 + time.x) / frame.slices as f32;
    Path {
        ray: lens_ray(frame, at, lens, time),
        slice,
        bounce: 0,
        cone: Cone { width: 0.0, spread: frame.cone_spread },
        chooser: 0,
        travelled: 0.0,
        mirrors: 0,
        weight: Vec3::ONE,
        diffuse_share: Vec3::ZERO,
        pdf: 0.0,
        feature: Vec3::ONE,
        seeks_features: true,
    }
}

/// One bounce. Returns whether the path goes on.
#[inline(always)]
fn step(
    scene: &Scene,
    path: &mut Path,
    drawn: &mut Pairs<DRAWN>,
    sampler: Sampler,
    sum: &mut PathSum,
) -> bool {
    sum.rays += 1;
    let met = closest(scene, path.ray, path.slice, Chance::Drawn(sampler, path.bounce));
    if scene.world.frame.haze_extinction > 0.0 {
        path.weight = cross_haze(scene, *path, met, sampler, sum);
    }
    match met {
        Met::Nothing => {
            add_surroundings(scene, *path, sum);
            false
        }
        Met::Lamp(index, t) => {
            add_lamp(scene, *path, index, t, sum);
            false
        }
        Met::Triangle(hit) => {
            let width = path.cone.at(hit.t);
            let surface = surface_at(scene, &hit, path.slice, path.ray.direction, width);
            if surface.light != NONE {
                add_glow(scene, *path, surface, hit.t, sum);
            }
            path.bounce < scene.world.frame.max_bounces
                && bounce(scene, path, &surface, hit.t, (drawn, sampler), sum)
                || end(path, &surface, sum)
        }
    }
}

/// What the air on the way to what was met adds; and the path's weight after what it takes.
fn cross_haze(scene: &Scene, path: Path, met: Met, sampler: Sampler, sum: &mut PathSum) -> Vec3 {
    let frame = &scene.world.frame;
    let ray = Ray { t_max: met.distance(), ..path.ray };
    if path.bounce < frame.max_bounces {
        let stretch = Stretch { ray, slice: path.slice, sampler, bounce: path.bounce };
        for group in [local_group(scene, path.bounce), distant_group(scene, path.bounce)] {
            let light = haze::scattered(scene, &group, &stretch, &mut sum.rays);
            add(scene, &path, light, sum);
        }
    }
    path.weight
        * match met {
            Met::Nothing => haze::transmittance_to_sky(frame, ray, path.pdf),
            _ => haze::transmittance(frame, ray),
        }
}

/// Shadow rays and scattering. Returns whether the path goes on.
#[inline(always)]
fn bounce(
    scene: &Scene,
    path: &mut Path,
    surface: &Surface,
    t: f32,
    (drawn, sampler): (&mut Pairs<DRAWN>, Sampler),
    sum: &mut PathSum,
) -> bool {
    let pairs = BOUNCE + path.bounce * BOUNCE_STRIDE;
    let turn = path.bounce % DRAWN_BOUNCES;
    if turn == 0 && path.bounce > 0 {
        *drawn = sampler.pairs(pairs - BOUNCE);
    }
    let first = (BOUNCE + turn * BOUNCE_STRIDE) as usize;
    // The lamps were chosen by way of this mirror too: it turns the path as it turned them.
    if surface.mirror != NONE && path.pdf > 0.0 && path.chooser + 1 == path.bounce {
        path.mirrors = 1;
        let Some(scattered) = reflected(*surface, path.ray.direction) else { return false };
        note_features(path, surface, &scattered, sum);
        let roulette = drawn.at(first + LOBE as usize).y;
        return go_on(path, surface, &scattered, t, roulette);
    }
    let bsdf = Bsdf::new(surface, path.ray.direction, scene.world.tables);
    if bsdf.scatters() && scene.world.frame.strategy & 1 != 0 {
        let vertex =
            Vertex { surface, bsdf: &bsdf, slice: path.slice, sampler, pairs, drawn, first, image: None };
        for group in [local_group(scene, path.bounce), distant_group(scene, path.bounce)] {
            let lit = light_from(scene, &group, &vertex, &mut sum.rays);
            if let Some(lit) = lit {
                add_lit(scene, path, &lit, sum);
            }
        }
        if scene.world.frame.mirrors > 0 && path.bounce + 1 < scene.world.frame.max_bounces {
            // Copies, so that the originals need not lie in memory for a call that few scenes make.
            let (surface, bsdf, drawn) = (*surface, bsdf, *drawn);
            let vertex = Vertex { surface: &surface, bsdf: &bsdf, drawn: &drawn, ..vertex };
            add_mirrored(scene, *path, &vertex, sum);
        }
    }
    let [direction, lobe] = [DIRECTION, LOBE].map(|pair| drawn.at(first + pair as usize));
    let Some(scattered) = bsdf.sample(direction, lobe.x) else { return false };
    note_features(path, surface, &scattered, sum);
    go_on(path, surface, &scattered, t, lobe.y)
}

/// Light from lamps that comes by way of flat mirrors.
#[cold]
fn add_mirrored(scene: &Scene, path: Path, vertex: &Vertex, sum: &mut PathSum) {
    for (index, mirror) in mirrors(scene, path.slice).iter().enumerate() {
        let Some(image) = ImagePoint::new(mirror, index as u32, vertex.surface) else { continue };
        let vertex = Vertex { image: Some(image), ..*vertex };
        for group in [local_group(scene, path.bounce), distant_group(scene, path.bounce)] {
            if let Some(lit) = light_from(scene, &group, &vertex, &mut sum.rays) {
                add_indirectly_lit(scene, &path, &lit, sum);
            }
        }
    }
}

/// The end of a path at a surface: if the features are still sought, they are this surface's.
#[inline(always)]
fn end(path: &mut Path, surface: &Surface, sum: &mut PathSum) -> bool {
    if path.seeks_features {
        add_features(path, surface.base_color, surface.normal, sum);
    }
    false
}

/// Moves the path to its next ray, unless roulette ends it.
#[inline(always)]
fn go_on(path: &mut Path, surface: &Surface, scattered: &Scattered, t: f32, roulette: f32) -> bool {
    let both = scattered.diffuse + scattered.specular;
    if path.bounce == 0 {
        let share = |part: f32, whole: f32| if whole > 0.0 { part / whole } else { 0.0 };
        path.diffuse_share = Vec3::new(
            share(scattered.diffuse.x, both.x),
            share(scattered.diffuse.y, both.y),
            share(scattered.diffuse.z, both.z),
        );
    }
    path.weight *= both;
    path.cone = path.cone.scattered(t, scattered.pdf);
    if scattered.straight {
        // The shadow rays of the last choice came this way too.
        path.travelled += t;
    } else {
        (path.chooser, path.travelled, path.mirrors, path.pdf) = (path.bounce, 0.0, 0, scattered.pdf);
    }
    path.bounce += 1;
    path.ray = Ray::new(surface.leaving(scattered.direction), scattered.direction);
    if path.bounce > ROULETTE_BOUNCE {
        let chance = path.weight.max_element().clamp(ROULETTE_FLOOR, 1.0);
        if roulette >= chance {
            return false;
        }
        path.weight /= chance;
    }
    path.weight.max_element() > 0.0
}

#[inline(always)]
fn note_features(path: &mut Path, surface: &Surface, scattered: &Scattered, sum: &mut PathSum) {
    if !path.seeks_features {
        return;
    }
    if scattered.follows {
        path.feature *= (scattered.diffuse + scattered.specular).clamp(Vec3::ZERO, Vec3::ONE);
    } else {
        add_features(path, surface.base_color, surface.normal, sum);
    }
}

#[inline(always)]
fn add_features(path: &mut Path, albedo: Vec3, normal: Vec3, sum: &mut PathSum) {
    path.seeks_features = false;
    sum.albedo += path.feature * albedo.clamp(Vec3::ZERO, Vec3::ONE);
    sum.normal += normal;
}

/// Light that reached the path's end by chance.
#[inline(always)]
fn add(scene: &Scene, path: &Path, light: Vec3, sum: &mut PathSum) {
    let light = path.weight * light;
    // One such sample would spoil its pixel for good.
    if !light.is_finite() {
        return;
    }
    match path.turns() {
        0 => sum.parts[0] += light,
        1 => {
            sum.parts[1] += light * path.diffuse_share;
            sum.parts[2] += light * (Vec3::ONE - path.diffuse_share);
        }
        _ => add_indirect(scene, path, light, sum),
    }
}

/// Light that a shadow ray brought to the current surface.
#[inline(always)]
fn add_lit(scene: &Scene, path: &Path, lit: &Lit, sum: &mut PathSum) {
    if path.bounce == 0 {
        // Haze on the way makes a weight of its own.
        sum.parts[1] += path.weight * lit.diffuse;
        sum.parts[2] += path.weight * lit.specular;
    } else {
        add_indirectly_lit(scene, path, lit, sum);
    }
}

/// Light that came to the current surface by others.
#[inline(always)]
fn add_indirectly_lit(scene: &Scene, path: &Path, lit: &Lit, sum: &mut PathSum) {
    let light = path.weight * (lit.diffuse + lit.specular);
    match path.bounce {
        0 => add_clamped(scene, light, path.weight * lit.diffuse, sum),
        _ => add_indirect(scene, path, light, sum),
    }
}

#[inline(always)]
fn add_indirect(scene: &Scene, path: &Path, light: Vec3, sum: &mut PathSum) {
    add_clamped(scene, light, light * path.diffuse_share, sum);
}

/// Indirect light, and how much of it the first surface's diffuse lobe sent on.
#[inline(always)]
fn add_clamped(scene: &Scene, light: Vec3, diffuse: Vec3, sum: &mut PathSum) {
    if !light.is_finite() {
        return;
    }
    let share = (scene.world.frame.clamp_nits / light.max_element().max(1e-30)).min(1.0);
    sum.removed += luminance(light) * (1.0 - share);
    sum.parts[3] += diffuse * share;
    sum.parts[4] += (light - diffuse) * share;
}

fn add_surroundings(scene: &Scene, path: Path, sum: &mut PathSum) {
    let frame = &scene.world.frame;
    let distant = &distant_group(scene, path.chooser);
    let direction = path.ray.direction;
    if frame.sky_light != NONE {
        let probability = scene.world.lights[frame.sky_light as usize].probability;
        let pdf = probability * sky::sky_pdf(scene, direction);
        let weight = chance_weight(scene, path.pdf, pdf, distant);
        add(scene, &path, sky::sky_radiance(scene, direction) * weight, sum);
    }
    for index in frame.first_sun..frame.lamps {
        let sun = &scene.world.lamps[(path.slice * frame.lamps + index) as usize];
        if lamp::is_in_sun(sun, direction) {
            let pdf = scene.world.lights[sun.light as usize].probability * lamp::sun_pdf(sun);
            let weight = chance_weight(scene, path.pdf, pdf, distant);
            add(scene, &path, lamp::sun_radiance(sun) * weight, sum);
        }
    }
}

fn add_lamp(scene: &Scene, mut path: Path, index: u32, t: f32, sum: &mut PathSum) {
    let lamp = &scene.world.lamps[index as usize];
    let whole = path.whole_ray();
    let probability = light::probability(scene, whole.origin, lamp.light);
    let pdf = probability * lamp::lamp_pdf(lamp, whole, path.travelled + t);
    let weight = chance_weight(scene, path.pdf, pdf, &local_group(scene, path.chooser));
    add(scene, &path, lamp::lamp_radiance(&scene.world.surfaces, lamp, path.ray.direction) * weight, sum);
    if path.seeks_features {
        let normal = lamp::lamp_normal(lamp, path.ray.at(t));
        add_features(&mut path, Vec3::ONE, normal, sum);
    }
}

fn add_glow(scene: &Scene, path: Path, surface: Surface, t: f32, sum: &mut PathSum) {
    let t = path.travelled + t;
    let facing = -path.ray.direction.dot(surface.geometric);
    let probability = light::probability(scene, path.whole_ray().origin, surface.light);
    let pdf = probability * t * t / (surface.area * facing).max(1e-20);
    let weight = chance_weight(scene, path.pdf, pdf, &local_group(scene, path.chooser));
    add(scene, &path, surface.emission * weight, sum);
}

/// Where the middle of a pixel lies.
pub(crate) fn pixel_middle(pixel: UVec2) -> Vec2 {
    pixel.as_vec2() + 0.5
}
