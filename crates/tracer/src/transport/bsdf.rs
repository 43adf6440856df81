//! What a surface does to light: glTF 2.0 metallic-roughness, glass, and a clear coat.
//!
//! The opaque part is glTF's appendix B, a GGX lobe over a Lambertian one, with Fresnel's own equations for dielectrics
//! instead of Schlick's power, and made to conserve energy: the GGX lobe gets back what single scattering loses (Turquin, "Practical multiple scattering compensation for microfacet models",
//! 2019), and the diffuse lobe what the dielectric's lobe leaves, 1 − its directional albedo. A white surface so
//! returns exactly what it receives. The transmitting part is [`glass`](super::glass). A coat lies on top of both and
//! takes from them what it reflects.

use std::f32::consts::FRAC_1_PI;

use glam::{Vec2, Vec3};

use super::{
    frame::{Frame, cosine_hemisphere},
    glass::Glass,
    luminance, microfacet,
    surface::Surface,
};
use crate::world::{ALBEDO_DIELECTRIC_TABLE, ALBEDO_EDGE_TABLE, ALBEDO_SIDE, ALBEDO_TABLE};

/// Below this roughness a metal counts as a mirror.
const MIRROR_ROUGHNESS: f32 = 0.1;
/// Reflection of a coat of index 1.5, straight on.
const COAT_F0: f32 = 0.04;

/// A surface's scattering, seen from one direction.
#[derive(Clone, Copy)]
pub(crate) struct Bsdf {
    frame: Frame,
    geometric: Vec3,
    /// Towards the viewer, local.
    wo: Vec3,
    /// Smith's Λ of `wo`.
    wo_lambda: f32,
    /// See [`microfacet::reflection_bound`].
    bound: f32,
    alpha: f32,
    /// Of the metal: Fresnel straight on and at the edge, with the lobe's compensation and the opaque share.
    f0: Vec3,
    f90: Vec3,
    /// The same of the dielectric.
    dielectric_f0: f32,
    dielectric_f90: f32,
    /// Albedo of the diffuse lobe, with the opaque share.
    diffuse: Vec3,
    /// Of choosing the GGX lobe among the two opaque ones.
    specular_chance: f32,
    /// Whether the diffuse lobe shares with the GGX lobe direction by direction, as Appendix B has it.
    literal: bool,
    /// Of choosing the transmitting part: its share.
    clear: f32,
    glass: Glass,
    /// Of choosing the coat before all else.
    coat_chance: f32,
    coat: Coat,
    mirror: bool,
}

/// The coat's lobe.
#[derive(Clone, Copy, Default)]
struct Coat {
    alpha: f32,
    wo_lambda: f32,
    bound: f32,
    /// Of its lobe, with its compensation.
    strength: f32,
    /// What it leaves to what lies below.
    leaves: f32,
}

/// BSDF times cosine towards a direction, by lobe, and the density of choosing it.
#[derive(Clone, Copy)]
pub(crate) struct Scattering {
    pub(crate) diffuse: Vec3,
    pub(crate) specular: Vec3,
    pub(crate) pdf: f32,
}

impl Scattering {
    const NONE: Self = Self { diffuse: Vec3::ZERO, specular: Vec3::ZERO, pdf: 0.0 };
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
    /// Whether the ray goes straight on where shadow rays do too, so that the density of its direction still holds.
    pub(crate) straight: bool,
}

impl Bsdf {
    #[inline(always)]
    pub(crate) fn new(surface: &Surface, direction: Vec3, tables: &[f32]) -> Self {
        let frame = Frame::new(surface.normal);
        let wo = frame.local(-direction);
        let (metallic, roughness) = (surface.metallic.clamp(0.0, 1.0), surface.roughness.clamp(0.0, 1.0));
        let clear = (surface.transmission * (1.0 - metallic)).clamp(0.0, 1.0);
        let opaque = 1.0 - clear;
        let dielectric_f0 = 0.16 * surface.reflectance * surface.reflectance;
        let dielectric_f90 = if surface.reflectance > 0.0 { 1.0 } else { 0.0 };
        let [centre, edge, dielectric_edge] = albedo(tables, wo.z, roughness);
        let lost = if surface.literal { 0.0 } else { 1.0 / (centre + edge) - 1.0 };
        let dielectric_gain = 1.0 + dielectric_f0 * lost;
        let metal_gain = Vec3::ONE + surface.base_color * lost;
        // Appendix B has Schlick's Fresnel for both.
        let (own, shared) = if surface.literal { (0.0, opaque) } else { (opaque * (1.0 - metallic), 0.0) };
        let dielectric_share = shared * (1.0 - metallic);
        let f0 = surface.base_color * metal_gain * (metallic * opaque)
            + Vec3::splat(dielectric_f0 * dielectric_share);
        let f90 = metal_gain * (metallic * opaque) + Vec3::splat(dielectric_f90 * dielectric_share);
        let dielectric_centre = centre + edge - dielectric_edge;
        let dielectric =
            (dielectric_f0 * dielectric_centre + dielectric_f90 * dielectric_edge) * dielectric_gain;
        let left = if surface.literal { 1.0 } else { (1.0 - dielectric).clamp(0.0, 1.0) };
        let diffuse = surface.base_color * (opaque * (1.0 - metallic) * left);
        let specular = luminance(f0 * centre + f90 * edge) + dielectric * own;
        let alpha = microfacet::alpha(roughness);
        let total = specular + luminance(diffuse);
        let (coat_chance, coat) = match surface.clearcoat > 0.0 {
            true => Coat::new(surface, wo, tables),
            false => (0.0, Coat { leaves: 1.0, ..Coat::default() }),
        };
        Self {
            frame,
            geometric: surface.geometric,
            wo,
            wo_lambda: microfacet::lambda(wo, alpha),
            bound: microfacet::reflection_bound(wo, alpha),
            alpha,
            f0,
            f90,
            dielectric_f0: dielectric_f0 * dielectric_gain * own,
            dielectric_f90: dielectric_f90 * dielectric_gain * own,
            diffuse,
            specular_chance: if total > 0.0 { specular / total } else { 0.0 },
            literal: surface.literal,
            clear,
            glass: Glass::new(surface, roughness, centre + edge),
            coat_chance,
            coat,
            mirror: is_mirror(surface),
        }
    }

    /// Whether a chosen point on a lamp can contribute at all.
    #[inline(always)]
    pub(crate) fn scatters(&self) -> bool {
        self.clear < 1.0 || !self.glass.is_smooth() || self.coat_chance > 0.0
    }

    /// All lobes but smooth glass towards `direction`.
    #[inline(always)]
    pub(crate) fn scattering(&self, direction: Vec3) -> Scattering {
        let wi = self.frame.local(direction);
        let above = direction.dot(self.geometric) > 0.0;
        if self.wo.z <= 0.0 || (wi.z > 0.0) != above {
            return Scattering::NONE;
        }
        let mut sum = match above && self.clear < 1.0 {
            true => self.opaque(wi),
            false => Scattering::NONE,
        };
        if self.clear > 0.0 && !self.glass.is_smooth() {
            let (through, pdf) = self.glass.scattering(self.wo, wi);
            sum.specular += through * self.clear;
            sum.pdf += pdf * self.clear;
        }
        if self.coat_chance > 0.0 { self.coated(wi, sum) } else { sum }
    }

    /// The opaque lobes; the density counts that the opaque part was chosen.
    #[inline(always)]
    fn opaque(&self, wi: Vec3) -> Scattering {
        let diffuse = self.diffuse * (FRAC_1_PI * wi.z);
        let cosine_pdf = wi.z * FRAC_1_PI;
        if self.specular_chance <= 0.0 {
            return Scattering { diffuse, specular: Vec3::ZERO, pdf: cosine_pdf * (1.0 - self.clear) };
        }
        let h = (self.wo + wi).normalize();
        let fresnel = self.fresnel(self.wo.dot(h));
        let (lobe, lobe_pdf) =
            microfacet::lobe_and_pdf(self.wo, self.wo_lambda, self.bound, wi, h, self.alpha);
        let pdf = self.specular_chance * lobe_pdf + (1.0 - self.specular_chance) * cosine_pdf;
        let diffuse = if self.literal { diffuse * (Vec3::ONE - fresnel) } else { diffuse };
        Scattering { diffuse, specular: fresnel * lobe, pdf: pdf * (1.0 - self.clear) }
    }

    /// Whether the opaque lobes are all that scatters, so that [`score`](Self::score) knows them all.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.coat_chance <= 0.0 && (self.clear <= 0.0 || self.glass.is_smooth())
    }

    /// How much a candidate counts among others: the luminance of `incoming` light from `direction` that the opaque lobes
    /// send on, weighed against chance hits, whose density counts `rival` times. Without branches: eight are computed
    /// side by side.
    #[inline(always)]
    pub(crate) fn score(&self, direction: Vec3, incoming: Vec3, rival: f32) -> f32 {
        let wi = self.frame.local(direction);
        let cosine_pdf = wi.z * FRAC_1_PI;
        let h = (self.wo + wi).normalize();
        let fresnel = self.fresnel(self.wo.dot(h));
        let (lobe, lobe_pdf) =
            microfacet::lobe_and_pdf(self.wo, self.wo_lambda, self.bound, wi, h, self.alpha);
        let pdf = self.specular_chance * lobe_pdf + (1.0 - self.specular_chance) * cosine_pdf;
        let shared = if self.literal { fresnel } else { Vec3::ZERO };
        let diffuse = self.diffuse * cosine_pdf * (Vec3::ONE - shared);
        let light = luminance((diffuse + fresnel * lobe) * incoming);
        let score = light / (1.0 + rival * pdf * (1.0 - self.clear));
        let faces = wi.z.min(self.wo.z).min(direction.dot(self.geometric));
        if faces > 0.0 { score } else { 0.0 }
    }

    /// [`score`](Self::score) with all lobes.
    #[inline]
    pub(crate) fn full_score(self, direction: Vec3, incoming: Vec3, rival: f32) -> f32 {
        let scattering = self.scattering(direction);
        luminance((scattering.diffuse + scattering.specular) * incoming) / (1.0 + rival * scattering.pdf)
    }

    /// Reflectance of the opaque part's microfacets.
    #[inline(always)]
    fn fresnel(&self, cosine: f32) -> Vec3 {
        let (edge, own) = (microfacet::schlick(cosine), microfacet::dielectric_edge(cosine));
        self.f0 * (1.0 - edge)
            + self.f90 * edge
            + (self.dielectric_f0 * (1.0 - own) + self.dielectric_f90 * own)
    }

    /// What lies below, seen through the coat, and the coat's own lobe.
    fn coated(self, wi: Vec3, below: Scattering) -> Scattering {
        let coat = &self.coat;
        let mut sum = Scattering {
            diffuse: below.diffuse * coat.leaves,
            specular: below.specular * coat.leaves,
            pdf: below.pdf * (1.0 - self.coat_chance),
        };
        if wi.z > 0.0 {
            let h = (self.wo + wi).normalize();
            let (lobe, pdf) =
                microfacet::lobe_and_pdf(self.wo, coat.wo_lambda, coat.bound, wi, h, coat.alpha);
            let edge = microfacet::dielectric_edge(self.wo.dot(h));
            sum.specular += lobe * coat.strength * (COAT_F0 + (1.0 - COAT_F0) * edge);
            sum.pdf += self.coat_chance * pdf;
        }
        sum
    }

    /// Chooses where the path goes on, or ends it.
    #[inline(always)]
    pub(crate) fn sample(&self, u: Vec2, lobe: f32) -> Option<Scattered> {
        if lobe < self.coat_chance {
            let wi = microfacet::sample_reflection(self.wo, self.coat.alpha, u);
            return self.chosen(wi, false);
        }
        let lobe = (lobe - self.coat_chance) / (1.0 - self.coat_chance);
        if lobe < self.clear {
            let lobe = lobe / self.clear;
            return match self.glass.is_smooth() {
                true => self.sample_clear(lobe),
                false => self.chosen(self.glass.sample(self.wo, u, lobe)?, false),
            };
        }
        let lobe = (lobe - self.clear) / (1.0 - self.clear);
        let is_specular = lobe < self.specular_chance;
        let wi = match is_specular {
            true => microfacet::sample_reflection(self.wo, self.alpha, u),
            false => cosine_hemisphere(u),
        };
        self.chosen(wi, self.mirror && is_specular)
    }

    #[inline(always)]
    fn chosen(&self, wi: Vec3, follows: bool) -> Option<Scattered> {
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
            follows,
            straight: false,
        })
    }

    fn sample_clear(self, u: f32) -> Option<Scattered> {
        let (wi, weight) = self.glass.sample_smooth(self.wo, u);
        let passes = wi.z < 0.0;
        let direction = self.frame.world(wi).normalize();
        if (direction.dot(self.geometric) < 0.0) != passes {
            return None;
        }
        let specular = weight * (self.coat.leaves / (1.0 - self.coat_chance));
        let straight = passes && self.glass.is_window();
        Some(Scattered { direction, diffuse: Vec3::ZERO, specular, pdf: 0.0, follows: true, straight })
    }
}

/// Whether a surface shows an image of what is before it.
pub(crate) fn is_mirror(surface: &Surface) -> bool {
    surface.metallic > 0.5 && surface.roughness <= MIRROR_ROUGHNESS && surface.clearcoat <= 0.0
}

impl Coat {
    /// The chance of choosing it, and the coat.
    #[inline(always)]
    fn new(surface: &Surface, wo: Vec3, tables: &[f32]) -> (f32, Self) {
        let roughness = surface.clearcoat_roughness.clamp(0.0, 1.0);
        let [centre, schlick_edge, edge] = albedo(tables, wo.z, roughness);
        let whole = centre + schlick_edge;
        let gain = 1.0 + COAT_F0 * (1.0 / whole - 1.0);
        let reflects = (surface.clearcoat * gain * (COAT_F0 * (whole - edge) + edge)).clamp(0.0, 1.0);
        let alpha = microfacet::alpha(roughness);
        let coat = Self {
            alpha,
            wo_lambda: microfacet::lambda(wo, alpha),
            bound: microfacet::reflection_bound(wo, alpha),
            strength: surface.clearcoat * gain,
            leaves: 1.0 - reflects,
        };
        // Never so seldom that its highlight becomes noise.
        (reflects.clamp(0.1, 0.9), coat)
    }
}

/// Directional albedo of the GGX lobe for Fresnel 1 − f, f, and a dielectric's edge.
#[inline(always)]
fn albedo(tables: &[f32], cosine: f32, roughness: f32) -> [f32; 3] {
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
    [look(ALBEDO_TABLE), look(ALBEDO_EDGE_TABLE), look(ALBEDO_DIELECTRIC_TABLE)]
}
