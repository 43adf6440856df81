//! Haze: what the air takes from light on its way, and what it scatters towards the viewer.
//!
//! Each stretch of a path loses light by Beer and Lambert's law and gains what lamps send into it and the air scatters
//! once (single scattering, Henyey and Greenstein's phase function). Where along the stretch is chosen half by equal
//! angles seen from the lamp and half by what gets through (Kulla and Fajardo, "Importance Sampling Techniques for Path
//! Tracing in Participating Media", EGSR 2012), within what the lamp can light at all. As at surfaces, a few candidates
//! are drawn from each group of lights, one is kept by what it would bring, and one shadow ray is sent.

use std::f32::consts::{FRAC_1_PI, FRAC_PI_2};

use glam::Vec3;
use maquette_geometry::Ray;

use super::{
    Scene, lamp,
    lamp::LightSample,
    light::{self, Group},
    luminance,
    sampler::{HAZE, HAZE_STRIDE, KEEP, PICK, POINT, Sampler},
    traversal::passage,
};
use crate::world::{FrameRecord, LIGHT_LAMP, LIGHT_TRIANGLE, LightRecord, NONE};

/// Candidates on the camera's own stretch; later ones draw one.
const CANDIDATES: u32 = 8;
/// Distances beyond this are infinite.
const ENDLESS: f32 = 1e30;

/// Share of light left after the ray's way to `t_max`.
#[inline(always)]
pub(crate) fn transmittance(frame: &FrameRecord, ray: Ray) -> f32 {
    if frame.haze_extinction <= 0.0 {
        return 1.0;
    }
    let (near, far) = span(frame, ray);
    (-frame.haze_extinction * (far - near).max(0.0)).exp()
}

/// Share of a chosen light that reaches `from`. Haze without bounds leaves distant lights as they are given.
#[inline(always)]
pub(crate) fn transmittance_from(frame: &FrameRecord, from: Vec3, sample: &LightSample) -> f32 {
    if frame.haze_extinction <= 0.0 {
        return 1.0;
    }
    if sample.distant {
        return if frame.haze_everywhere != 0 {
            1.0
        } else {
            transmittance(frame, Ray::new(from, sample.point))
        };
    }
    let to = sample.point - from;
    let distance = to.length();
    transmittance(frame, Ray { t_max: distance, ..Ray::new(from, to / distance) })
}

/// Share of the surroundings' light along a ray that meets nothing. `pdf` is the ray's: 0 looks straight at them.
#[inline(always)]
pub(crate) fn transmittance_to_sky(frame: &FrameRecord, ray: Ray, pdf: f32) -> f32 {
    if frame.haze_everywhere != 0 && pdf > 0.0 { 1.0 } else { transmittance(frame, ray) }
}

/// The part of a ray, up to its `t_max`, inside the haze; empty when it ends before it begins.
#[inline(always)]
fn span(frame: &FrameRecord, ray: Ray) -> (f32, f32) {
    if frame.haze_everywhere != 0 {
        return (0.0, ray.t_max);
    }
    let nudge = |c: f32| if c.abs() < 1e-9 { 1e-9f32.copysign(c) } else { c };
    let inverse =
        Vec3::ONE / Vec3::new(nudge(ray.direction.x), nudge(ray.direction.y), nudge(ray.direction.z));
    let (a, b) = ((frame.haze_low - ray.origin) * inverse, (frame.haze_high - ray.origin) * inverse);
    (a.min(b).max_element().max(0.0), a.max(b).min_element().min(ray.t_max))
}

/// A stretch of a path through haze, and what its samples are.
#[derive(Clone, Copy)]
pub(crate) struct Stretch {
    /// Up to what it met.
    pub(crate) ray: Ray,
    pub(crate) slice: u32,
    pub(crate) sampler: Sampler,
    /// Surfaces before it.
    pub(crate) bounce: u32,
}

/// The candidate that stayed.
struct Kept {
    from: Vec3,
    sample: LightSample,
    light: Vec3,
    target: u32,
    score: f32,
}

/// Light of a group of lamps that a stretch scatters towards its origin; counts the shadow ray.
pub(crate) fn scattered(scene: &Scene, group: &Group, stretch: &Stretch, rays: &mut u64) -> Vec3 {
    let frame = &scene.world.frame;
    let (near, far) = span(frame, stretch.ray);
    if group.count == 0 || near >= far {
        return Vec3::ZERO;
    }
    let candidates = if stretch.bounce == 0 { CANDIDATES } else { 1 };
    let Some((kept, total)) = choose(scene, group, stretch, (near, far), candidates) else {
        return Vec3::ZERO;
    };
    *rays += 1;
    let ray = light::ray_to(kept.from, &kept.sample);
    let through = passage(scene, ray, stretch.slice, kept.target);
    kept.light * through * (total / (kept.score * candidates as f32))
}

fn choose(
    scene: &Scene,
    group: &Group,
    stretch: &Stretch,
    span: (f32, f32),
    candidates: u32,
) -> Option<(Kept, f32)> {
    let Stretch { slice, sampler, .. } = *stretch;
    let pairs = HAZE + stretch.bounce * HAZE_STRIDE;
    let mut kept: Option<Kept> = None;
    let mut total = 0.0;
    let keeps = sampler.pair(pairs + KEEP);
    let mut keep = if group.offset == 0 { keeps.x } else { keeps.y };
    for candidate in 0..candidates {
        let pick = sampler.candidate_pair(pairs + PICK + group.offset, candidate, candidates);
        let point = sampler.candidate_pair(pairs + POINT + group.offset, candidate, candidates);
        // Lights are looked for from even steps of what gets through.
        let step = (candidate as f32 + keeps.y) / candidates as f32;
        let somewhere = stretch.ray.at(by_transmittance(span, scene.world.frame.haze_extinction, step));
        let (index, probability) = light::pick_light(scene, group, somewhere, pick.x);
        let record = &scene.world.lights[index as usize];
        let Some((t, pdf)) = distance(scene, record, stretch, span, pick.y) else { continue };
        let from = stretch.ray.at(t);
        let sample = light::sample_light(scene, record, from, slice, point);
        if sample.pdf <= 0.0 {
            continue;
        }
        let light = glow(&scene.world.frame, stretch.ray, t, &sample) / (sample.pdf * probability * pdf);
        let score = luminance(light);
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
            let is_lamp = record.kind == LIGHT_LAMP;
            let target = if is_lamp { slice * scene.world.frame.lamps + record.index } else { NONE };
            kept = Some(Kept { from, sample, light, target, score });
        }
    }
    kept.map(|kept| (kept, total))
}

/// Light a metre of air at `t` sends to the ray's origin, if nothing stands in its way.
#[inline(always)]
fn glow(frame: &FrameRecord, ray: Ray, t: f32, sample: &LightSample) -> Vec3 {
    let from = ray.at(t);
    let towards = light::direction_to(from, sample);
    let through = transmittance(frame, Ray { t_max: t, ..ray }) * transmittance_from(frame, from, sample);
    let phase = henyey_greenstein(towards.dot(ray.direction), frame.haze_anisotropy);
    sample.radiance * frame.haze_albedo * (frame.haze_extinction * phase * through)
}

/// Share of light scattered into a direction, a steradian (Henyey and Greenstein 1941). The cosine is between the
/// ways before and after.
#[inline(always)]
fn henyey_greenstein(cosine: f32, g: f32) -> f32 {
    let base = (1.0 + g * g - 2.0 * g * cosine).max(1e-6);
    0.25 * FRAC_1_PI * (1.0 - g * g) / (base * base.sqrt())
}

/// Where along the stretch, and the density of choosing it.
#[inline(always)]
fn distance(
    scene: &Scene,
    light: &LightRecord,
    stretch: &Stretch,
    span: (f32, f32),
    u: f32,
) -> Option<(f32, f32)> {
    let sigma = scene.world.frame.haze_extinction;
    let Some(centre) = centre(scene, light, stretch.slice) else {
        let t = by_transmittance(span, sigma, u);
        return Some((t, transmittance_pdf(span, sigma, t)));
    };
    let span = lit_span(scene, light, stretch, span);
    if span.0 >= span.1 {
        return None;
    }
    let ray = stretch.ray;
    let middle = (centre - ray.origin).dot(ray.direction);
    // A lamp on the ray itself would take all samples.
    let off_axis = (centre - ray.at(middle)).length().max(1e-3);
    let angle = |t: f32| if t >= ENDLESS { FRAC_PI_2 } else { ((t - middle) / off_axis).atan() };
    let (first, last) = (angle(span.0), angle(span.1));
    let t = match u < 0.5 {
        true => middle + off_axis * (first + (last - first) * (2.0 * u)).tan(),
        false => by_transmittance(span, sigma, 2.0 * u - 1.0),
    };
    let t = t.clamp(span.0, span.1);
    let past = (t - middle) / off_axis;
    let by_angle = 1.0 / ((last - first) * off_axis * (1.0 + past * past));
    let pdf = 0.5 * (by_angle + transmittance_pdf(span, sigma, t));
    (pdf > 0.0 && pdf < f32::MAX).then_some((t, pdf))
}

#[inline(always)]
fn by_transmittance((near, far): (f32, f32), sigma: f32, u: f32) -> f32 {
    let lost = 1.0 - (-sigma * (far - near)).exp();
    near - (1.0 - u * lost).max(1e-30).ln() / sigma
}

#[inline(always)]
fn transmittance_pdf((near, far): (f32, f32), sigma: f32, t: f32) -> f32 {
    let lost = 1.0 - (-sigma * (far - near)).exp();
    sigma * (-sigma * (t - near)).exp() / lost.max(1e-30)
}

/// Middle of a light; `None` for distant ones.
#[inline(always)]
fn centre(scene: &Scene, light: &LightRecord, slice: u32) -> Option<Vec3> {
    let world = scene.world;
    match light.kind {
        LIGHT_TRIANGLE => {
            let instance = &world.shapes.instances[(slice * world.frame.instances + light.index) as usize];
            Some(world.shapes.corners(instance, light.triangle).iter().sum::<Vec3>() / 3.0)
        }
        LIGHT_LAMP => {
            let lamp = &world.lamps[(slice * world.frame.lamps + light.index) as usize];
            (!lamp::is_sun(lamp)).then_some(lamp.position)
        }
        _ => None,
    }
}

/// The part of a stretch that a light can reach.
#[inline(always)]
fn lit_span(scene: &Scene, light: &LightRecord, stretch: &Stretch, span: (f32, f32)) -> (f32, f32) {
    if light.kind != LIGHT_LAMP {
        return span;
    }
    let lamp = &scene.world.lamps[(stretch.slice * scene.world.frame.lamps + light.index) as usize];
    let (near, far) = lamp::lit_span(lamp, stretch.ray);
    (span.0.max(near), span.1.min(far))
}
