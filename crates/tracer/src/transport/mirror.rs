//! Flat mirrors: what they reflect, and lamps chosen by way of them.
//!
//! Chance hardly finds a small lamp's light that a mirror throws on a surface. Seen from the surface's own mirror image
//! the lamp is in plain sight, though: a point on it is chosen from there, and the way to it crosses the mirror where
//! light turns. Reflection keeps angles, so densities over solid angle are the same on both sides, and the balance
//! heuristic weighs such light against chance hits as it does the lamp's direct light.

use glam::Vec3;
use maquette_geometry::{Hit, Ray};

use super::{
    Scene,
    bsdf::Scattered,
    frame::off_surface,
    haze,
    lamp::LightSample,
    light::{Vertex, ray_to},
    microfacet,
    surface::Surface,
    traversal::{Met, closest, passage},
    veil::Chance,
};
use crate::world::{MirrorRecord, NONE};

/// Veils on the way to a mirror are drawn for this number more than the surface's first sample pair.
const VEILS: u32 = 0x100;
/// Square of the cosine from which on a triangle lies along a plane.
const PARALLEL: f32 = 0.999_9;

/// A place's image in a flat mirror.
#[derive(Clone, Copy)]
pub(crate) struct ImagePoint {
    /// Among its slice's mirrors.
    mirror: u32,
    color: Vec3,
    /// Behind the mirror.
    pub(crate) from: Vec3,
    /// Of the mirror, towards the place.
    normal: Vec3,
    /// Of the place above the mirror.
    height: f32,
}

/// The mirrors of a slice.
#[inline(always)]
pub(crate) fn mirrors<'a>(scene: &Scene<'a>, slice: u32) -> &'a [MirrorRecord] {
    let count = scene.world.frame.mirrors as usize;
    &scene.world.mirrors[slice as usize * count..][..count]
}

/// The flat mirror that a triangle belongs to, seen along `direction`, or [`NONE`].
#[cold]
pub(crate) fn mirror_of(scene: &Scene, slice: u32, hit: Hit, direction: Vec3) -> u32 {
    let instance =
        &scene.world.shapes.instances[(slice * scene.world.frame.instances + hit.instance) as usize];
    for (index, mirror) in mirrors(scene, slice).iter().enumerate() {
        let is_seen = mirror.two_sided != 0 || mirror.normal.dot(direction) < 0.0;
        if mirror.instance == hit.instance && is_seen {
            let corners = scene.world.shapes.corners(instance, hit.triangle);
            let height = |corner: Vec3| (mirror.normal.dot(corner) - mirror.offset).abs();
            let cross = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
            let is_parallel = cross.dot(mirror.normal).powi(2) > PARALLEL * cross.length_squared();
            if is_parallel && corners.into_iter().all(|corner| height(corner) <= mirror.thickness) {
                return index as u32;
            }
        }
    }
    NONE
}

/// Where a flat mirror sends what comes along `direction`.
#[cold]
pub(crate) fn reflected(surface: Surface, direction: Vec3) -> Option<Scattered> {
    let cosine = -direction.dot(surface.normal);
    let onward = direction.reflect(surface.normal).normalize();
    (cosine > 0.0 && onward.dot(surface.geometric) > 0.0).then(|| Scattered {
        direction: onward,
        diffuse: Vec3::ZERO,
        specular: reflectance(surface.base_color, cosine),
        pdf: 0.0,
        follows: true,
        // Shadow rays by way of the mirror came this way.
        straight: true,
    })
}

/// Of a polished metal.
fn reflectance(color: Vec3, cosine: f32) -> Vec3 {
    color + (Vec3::ONE - color) * microfacet::schlick(cosine)
}

impl ImagePoint {
    /// Of a surface in the mirror `index`, if they face each other.
    pub(crate) fn new(mirror: &MirrorRecord, index: u32, surface: &Surface) -> Option<Self> {
        let height = mirror.normal.dot(surface.position) - mirror.offset;
        if height == 0.0 || (height < 0.0 && mirror.two_sided == 0) {
            return None;
        }
        let to_centre = mirror.centre - surface.position;
        let reach = (surface.geometric.dot(mirror.across) * mirror.half_width).abs()
            + (surface.geometric.dot(mirror.up) * mirror.half_height).abs();
        if surface.transmission <= 0.0 && surface.geometric.dot(to_centre) + reach <= 0.0 {
            return None;
        }
        let normal = if height < 0.0 { -mirror.normal } else { mirror.normal };
        Some(Self {
            mirror: index,
            color: mirror.color,
            from: surface.position - normal * (2.0 * height.abs()),
            normal,
            height: height.abs(),
        })
    }

    /// A direction on the other side of the mirror.
    pub(crate) fn turned(&self, direction: Vec3) -> Vec3 {
        direction.reflect(self.normal)
    }

    /// Whether the way from here to a light crosses the mirror; `to` leads there, or only in its direction if `distant`.
    pub(crate) fn crosses(&self, scene: &Scene, slice: u32, to: Vec3, distant: bool) -> bool {
        let rise = to.dot(self.normal);
        if rise <= 0.0 || (!distant && rise <= self.height) {
            return false;
        }
        let mirror = &mirrors(scene, slice)[self.mirror as usize];
        let off = self.from + to * (self.height / rise) - mirror.centre;
        off.dot(mirror.across).abs() <= mirror.half_width && off.dot(mirror.up).abs() <= mirror.half_height
    }

    /// Share of a chosen light, the way to which crosses the mirror, that comes to the surface by way of the mirror; counts its rays.
    pub(crate) fn passage(
        &self,
        scene: &Scene,
        vertex: &Vertex,
        sample: &LightSample,
        target: u32,
        rays: &mut u64,
    ) -> Vec3 {
        let along = self.turned(sample.way_from(self.from).normalize());
        let cosine = -along.dot(self.normal);
        let near = Ray::new(vertex.surface.leaving(along), along);
        *rays += 1;
        let met = closest(scene, near, vertex.slice, Chance::Drawn(vertex.sampler, vertex.pairs + VEILS));
        let Met::Triangle(hit) = met else { return Vec3::ZERO };
        if mirror_of(scene, vertex.slice, hit, along) != self.mirror {
            return Vec3::ZERO;
        }
        let turn = near.at(hit.t);
        *rays += 1;
        let far = ray_to(off_surface(turn, self.normal), sample);
        let frame = &scene.world.frame;
        let air = haze::transmittance(frame, Ray { t_max: hit.t, ..near })
            * haze::transmittance_from(frame, turn, sample);
        reflectance(self.color, cosine) * passage(scene, far, vertex.slice, target) * air
    }
}
