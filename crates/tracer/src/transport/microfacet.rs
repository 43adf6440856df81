//! GGX microfacets in the local frame, normal +Z.
//!
//! glTF 2.0 appendix B: Trowbridge-Reitz distribution, height-correlated Smith shadowing, Schlick's Fresnel.

use std::f32::consts::PI;

use glam::{Vec2, Vec3};

use super::frame::turn;

/// Below this alpha a lobe is narrower than a float can tell; a mirror is a lobe this wide (a twentieth of a degree).
const SMALLEST_ALPHA: f32 = 1e-3;

/// Whether a roughness is so small that light passes in a single direction.
#[inline(always)]
pub(crate) fn is_smooth(roughness: f32) -> bool {
    roughness * roughness < SMALLEST_ALPHA
}

/// GGX alpha of a perceptual roughness.
#[inline(always)]
pub(crate) fn alpha(roughness: f32) -> f32 {
    (roughness * roughness).clamp(SMALLEST_ALPHA, 1.0)
}

/// (1 − c)⁵.
#[inline(always)]
pub(crate) fn schlick(cosine: f32) -> f32 {
    let m = (1.0 - cosine).clamp(0.0, 1.0);
    let m2 = m * m;
    m2 * m2 * m
}

/// What Fresnel's equations for an index of 1.5 have instead of [`schlick`]'s power: (F − 0.04) / 0.96. Schlick's is
/// too low by a ninth on average, which makes dark things too dark. Without branches, for side-by-side scores.
#[inline(always)]
pub(crate) fn dielectric_edge(cosine: f32) -> f32 {
    const SQUARE: f32 = 1.5 * 1.5;
    let c = cosine.clamp(0.0, 1.0);
    let g = (SQUARE - 1.0 + c * c).sqrt();
    let (across, along) = ((c - g) / (c + g), (SQUARE * c - g) / (SQUARE * c + g));
    (0.5 * (across * across + along * along) - 0.04) * (1.0 / 0.96)
}

/// Density of normals. Written with the tangential part of `h`, which keeps its precision where 1 − z² loses it.
#[inline(always)]
pub(crate) fn distribution(h: Vec3, alpha: f32) -> f32 {
    let stretched = (h.x * h.x + h.y * h.y) / (alpha * alpha) + h.z * h.z;
    1.0 / (PI * alpha * alpha * stretched * stretched)
}

/// Smith's Λ.
#[inline(always)]
pub(crate) fn lambda(w: Vec3, alpha: f32) -> f32 {
    let tangent_squared = (w.x * w.x + w.y * w.y) / (w.z * w.z);
    0.5 * ((1.0 + alpha * alpha * tangent_squared).sqrt() - 1.0)
}

/// The reflection lobe without Fresnel, times the cosine: D·G2/(4·wo.z). And the density with which
/// [`sample_reflection`] chooses it: D times [`reflection_bound`]. `wo_lambda` is [`lambda`] of `wo`.
#[inline(always)]
pub(crate) fn lobe_and_pdf(
    wo: Vec3,
    wo_lambda: f32,
    bound: f32,
    wi: Vec3,
    h: Vec3,
    alpha: f32,
) -> (f32, f32) {
    let density = distribution(h, alpha);
    (density / (4.0 * wo.z * (1.0 + wo_lambda + lambda(wi, alpha))), density * bound)
}

/// Share of the visible normals' cap below the horizon that cannot reflect upwards: the k of Eto and Tokuyoshi,
/// "Bounding the GGX Visible Normals", SIGGRAPH Asia 2023, equation 5.
#[inline(always)]
fn cap_share(wo: Vec3, alpha: f32) -> f32 {
    let s = 1.0 + (wo.x * wo.x + wo.y * wo.y).sqrt();
    let (a2, s2) = (alpha * alpha, s * s);
    (1.0 - a2) * s2 / (s2 + a2 * wo.z * wo.z)
}

/// Density over directions of reflecting at a bounded visible normal, over the density of normals.
#[inline(always)]
pub(crate) fn reflection_bound(wo: Vec3, alpha: f32) -> f32 {
    let stretched = (alpha * alpha * (wo.x * wo.x + wo.y * wo.y) + wo.z * wo.z).sqrt();
    0.5 / (cap_share(wo, alpha) * wo.z + stretched)
}

/// A direction reflected at a normal visible from `wo`, of those normals that can reflect upwards.
#[inline(always)]
pub(crate) fn sample_reflection(wo: Vec3, alpha: f32, u: Vec2) -> Vec3 {
    let stretched = Vec3::new(alpha * wo.x, alpha * wo.y, wo.z).normalize();
    let lowest = cap_share(wo, alpha) * stretched.z;
    let z = (1.0 - u.y) * (1.0 + lowest) - lowest;
    let sine = (1.0 - z * z).clamp(0.0, 1.0).sqrt();
    let h = (sine * turn(u.x)).extend(z) + stretched;
    let h = Vec3::new(alpha * h.x, alpha * h.y, h.z.max(0.0)).normalize();
    2.0 * wo.dot(h) * h - wo
}

/// The share of microfacets seen from a direction of this Λ.
#[inline(always)]
pub(crate) fn seen(lambda: f32) -> f32 {
    1.0 / (1.0 + lambda)
}

/// A normal visible from `wo` (Dupuy and Benyoub, "Sampling Visible GGX Normals with Spherical Caps", HPG 2023).
#[inline(always)]
pub(crate) fn sample_visible_normal(wo: Vec3, alpha: f32, u: Vec2) -> Vec3 {
    let stretched = Vec3::new(alpha * wo.x, alpha * wo.y, wo.z).normalize();
    let z = (1.0 - u.y) * (1.0 + stretched.z) - stretched.z;
    let sine = (1.0 - z * z).clamp(0.0, 1.0).sqrt();
    let h = (sine * turn(u.x)).extend(z) + stretched;
    Vec3::new(alpha * h.x, alpha * h.y, h.z.max(0.0)).normalize()
}

/// Reflectance of a smooth dielectric boundary. `eta` is the index on the far side over the near side's.
#[inline(always)]
pub(crate) fn dielectric(cosine: f32, eta: f32) -> f32 {
    let sine_squared = (1.0 - cosine * cosine) / (eta * eta);
    if sine_squared >= 1.0 {
        return 1.0;
    }
    let inner = (1.0 - sine_squared).sqrt();
    let parallel = (eta * cosine - inner) / (eta * cosine + inner);
    let perpendicular = (cosine - eta * inner) / (cosine + eta * inner);
    0.5 * (parallel * parallel + perpendicular * perpendicular)
}
