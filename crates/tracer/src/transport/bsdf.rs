//! What a surface does to light: glTF 2.0 metallic-roughness, and clear glass.
//!
//! The opaque part is glTF's appendix B, a GGX lobe over a Lambertian one, made to conserve energy: the GGX lobe gets
//! back what single scattering loses (Turquin, "Practical multiple scattering compensation for microfacet models",
//! 2019), and the diffuse lobe what the dielectric's lobe leaves, 1 − its directional albedo. A white surface so
//! returns exactly what it receives. The clear part is a smooth dielectric: reflection and refraction by Fresnel's
//! equations; its η² radiance scale is left out because camera and lamps stand in the same air.

use std::f32::consts::FRAC_1_PI;

use glam::{Vec2, Vec3};

use super::{
    frame::{Frame, cosine_hemisphere},
    luminance, microfacet,
    surface::Surface,
};
use crate::world::{ALBEDO_EDGE_TABLE, ALBEDO_SIDE, ALBEDO_TABLE};

/// Below this roughness a metal counts as a mirror for the denoiser's features.
const MIRROR_ROUGHNESS: f32 = 0.1;

/// A surface's scattering, seen from one direction.
#[derive(Clone, Copy)]
pub(crate) struct Bsdf {
    frame: Frame,
    geometric: Vec3,
    /// Towards the viewer, local.
    wo: Vec3,
    /// Smith's Λ of `wo`.
    wo_lambda: f32,
    alpha: f32,
    /// Fresnel straight on and at the edge, with the lobe's compensation and the opaque share.
    f0: Vec3,
    f90: Vec3,
    /// Albedo of the diffuse lobe, with the opaque share.
    diffuse: Vec3,
    /// Of choosing the GGX lobe among the two opaque ones.
    specular_chance: f32,
    /// Clear share.
    clear: f32,
    tint: Vec3,
    /// Index beyond the surface over the viewer's side.
    eta: f32,
    mirror: bool,
}

/// BSDF times cosine towards a direction, by lobe, and the density of choosing it.
#[derive(Clone, Copy)]
pub(crate) struct Scattering {
    pub(crate) diffuse: Vec3,
    pub(crate) specular: Vec3,
    pub(crate) pdf: f32,
}

/// A chosen direction: weights are BSDF times cosine over density.
#[derive(Clone, Copy)]
pub(crate) struct Scattered {
    pub(crate) direction: Vec3,
    pub(crate) diffuse: Vec3,
    pub(crate) specular: Vec3,
    /// Over solid angle; 0 for a single direction.
    pub(crate) pdf: f32,
    /// Whether the view continues as through a window or off a mirror.
    pub(crate) follows: bool,
}

impl Bsdf {
    #[inline]
    pub(crate) fn new(surface: &Surface, direction: Vec3, tables: &[f32]) -> Self {
        let frame = Frame::new(surface.normal);
        let wo = frame.local(-direction);
        let (metallic, roughness) = (surface.metallic.clamp(0.0, 1.0), surface.roughness.clamp(0.0, 1.0));
        let clear = (surface.transmission * (1.0 - metallic)).clamp(0.0, 1.0);
        let opaque = 1.0 - clear;
        let dielectric_f0 = 0.16 * surface.reflectance * surface.reflectance;
        let dielectric_f90 = if surface.reflectance > 0.0 { 1.0 } else { 0.0 };
        let [centre, edge] = albedo(tables, wo.z, roughness);
        let lost = 1.0 / (centre + edge) - 1.0;
        let dielectric_gain = 1.0 + dielectric_f0 * lost;
        let metal_gain = Vec3::ONE + surface.base_color * lost;
        let f0 = Vec3::splat(dielectric_f0 * dielectric_gain).lerp(surface.base_color * metal_gain, metallic)
            * opaque;
        let f90 = Vec3::splat(dielectric_f90 * dielectric_gain).lerp(metal_gain, metallic) * opaque;
        let dielectric = (dielectric_f0 * centre + dielectric_f90 * edge) * dielectric_gain;
        let diffuse = surface.base_color * (opaque * (1.0 - metallic) * (1.0 - dielectric).clamp(0.0, 1.0));
        let specular = luminance(f0 * centre + f90 * edge);
        let alpha = microfacet::alpha(roughness);
        let total = specular + luminance(diffuse);
        Self {
            frame,
            geometric: surface.geometric,
            wo,
            wo_lambda: microfacet::lambda(wo, alpha),
            alpha,
            f0,
            f90,
            diffuse,
            specular_chance: if total > 0.0 { specular / total } else { 0.0 },
            clear,
            tint: surface.base_color,
            eta: if surface.front { surface.ior } else { 1.0 / surface.ior }.clamp(0.1, 10.0),
            mirror: metallic > 0.5 && roughness <= MIRROR_ROUGHNESS,
        }
    }

    /// Whether a chosen point on a lamp can contribute at all.
    #[inline(always)]
    pub(crate) fn is_opaque(&self) -> bool {
        self.clear < 1.0
    }

    /// The opaque lobes towards `direction`.
    #[inline]
    pub(crate) fn scattering(&self, direction: Vec3) -> Scattering {
        let wi = self.frame.local(direction);
        if wi.z <= 0.0 || self.wo.z <= 0.0 || direction.dot(self.geometric) <= 0.0 {
            return Scattering { diffuse: Vec3::ZERO, specular: Vec3::ZERO, pdf: 0.0 };
        }
        let diffuse = self.diffuse * (FRAC_1_PI * wi.z);
        let cosine_pdf = wi.z * FRAC_1_PI;
        if self.specular_chance <= 0.0 {
            return Scattering { diffuse, specular: Vec3::ZERO, pdf: cosine_pdf * (1.0 - self.clear) };
        }
        let h = (self.wo + wi).normalize();
        let edge = microfacet::schlick(self.wo.dot(h));
        let fresnel = self.f0 * (1.0 - edge) + self.f90 * edge;
        let (lobe, lobe_pdf) = microfacet::lobe_and_pdf(self.wo, self.wo_lambda, wi, h, self.alpha);
        let pdf = self.specular_chance * lobe_pdf + (1.0 - self.specular_chance) * cosine_pdf;
        Scattering { diffuse, specular: fresnel * lobe, pdf: pdf * (1.0 - self.clear) }
    }

    /// How much a candidate counts among others: the luminance of `incoming` light from `direction` that the opaque lobes
    /// send on, weighed against chance hits, whose density counts `rival` times. Without branches: eight are computed
    /// side by side.
    #[inline(always)]
    pub(crate) fn score(&self, direction: Vec3, incoming: Vec3, rival: f32) -> f32 {
        let wi = self.frame.local(direction);
        let cosine_pdf = wi.z * FRAC_1_PI;
        let h = (self.wo + wi).normalize();
        let edge = microfacet::schlick(self.wo.dot(h));
        let fresnel = self.f0 * (1.0 - edge) + self.f90 * edge;
        let (lobe, lobe_pdf) = microfacet::lobe_and_pdf(self.wo, self.wo_lambda, wi, h, self.alpha);
        let pdf = self.specular_chance * lobe_pdf + (1.0 - self.specular_chance) * cosine_pdf;
        let light = luminance((self.diffuse * cosine_pdf + fresnel * lobe) * incoming);
        let score = light / (1.0 + rival * pdf * (1.0 - self.clear));
        let faces = wi.z.min(self.wo.z).min(direction.dot(self.geometric));
        if faces > 0.0 { score } else { 0.0 }
    }

    /// Chooses where the path goes on, or ends it.
    #[inline]
    pub(crate) fn sample(&self, u: Vec2, lobe: f32) -> Option<Scattered> {
        if lobe < self.clear {
            return self.sample_clear(u);
        }
        let lobe = (lobe - self.clear) / (1.0 - self.clear);
        let is_specular = lobe < self.specular_chance;
        let wi = match is_specular {
            true => {
                let h = microfacet::sample_visible_normal(self.wo, self.alpha, u);
                2.0 * self.wo.dot(h) * h - self.wo
            }
            false => cosine_hemisphere(u),
        };
        let direction = self.frame.world(wi).normalize();
        let scattering = self.scattering(direction);
        if scattering.pdf <= 0.0 {
            return None;
        }
        Some(Scattered {
            direction,
            diffuse: scattering.diffuse / scattering.pdf,
            specular: scattering.specular / scattering.pdf,
            pdf: scattering.pdf,
            follows: self.mirror && is_specular,
        })
    }

    fn sample_clear(&self, u: Vec2) -> Option<Scattered> {
        let cosine = self.wo.z.clamp(0.0, 1.0);
        let reflected = u.x < microfacet::dielectric(cosine, self.eta);
        let (wi, weight) = match reflected {
            true => (Vec3::new(-self.wo.x, -self.wo.y, self.wo.z), Vec3::ONE),
            false => {
                let sine_squared = (1.0 - cosine * cosine) / (self.eta * self.eta);
                let inner = (1.0 - sine_squared).max(0.0).sqrt();
                (Vec3::new(-self.wo.x / self.eta, -self.wo.y / self.eta, -inner), self.tint)
            }
        };
        let direction = self.frame.world(wi).normalize();
        if (direction.dot(self.geometric) > 0.0) != reflected {
            return None;
        }
        Some(Scattered { direction, diffuse: Vec3::ZERO, specular: weight, pdf: 0.0, follows: true })
    }
}

/// Directional albedo of the GGX lobe for Fresnel 1 − f and f.
#[inline(always)]
fn albedo(tables: &[f32], cosine: f32, roughness: f32) -> [f32; 2] {
    const LAST: usize = ALBEDO_SIDE - 1;
    let across = cosine.clamp(0.0, 1.0).sqrt() * LAST as f32;
    let down = roughness * LAST as f32;
    let (column, row) = ((across as usize).min(LAST - 1), (down as usize).min(LAST - 1));
    let (x, y) = (across - column as f32, down - row as f32);
    let look = |table: usize| {
        let at = |c: usize, r: usize| tables[table + (row + r) * ALBEDO_SIDE + column + c];
        let top = at(0, 0) + (at(1, 0) - at(0, 0)) * x;
        let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * x;
        top + (bottom - top) * y
    };
    [look(ALBEDO_TABLE), look(ALBEDO_EDGE_TABLE)]
}
