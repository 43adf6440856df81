//! What transmits: smooth and rough dielectric boundaries, and panes.
//!
//! Reflection and refraction by Fresnel's equations, at the surface itself or at its GGX microfacets (Walter et al.,
//! "Microfacet Models for Refraction through Rough Surfaces", EGSR 2007). The η² scale of refracted radiance is left
//! out because camera and lamps stand in the same air. A pane is both its boundaries at once: what is refracted
//! in is refracted out again, so light goes straight on, or spreads as a reflection turned to the other side.

use glam::{Vec2, Vec3};

use super::{microfacet, surface::Surface};

/// The transmitting part of a surface.
#[derive(Clone, Copy)]
pub(crate) struct Glass {
    /// 0 is smooth.
    alpha: f32,
    /// Index beyond the surface over the viewer's side.
    eta: f32,
    thin: bool,
    window: bool,
    tint: Vec3,
    /// Gives back to a pane what single scattering loses between its microfacets.
    gain: f32,
}

/// Reflectance of a pane: all reflections between its two faces together.
#[inline(always)]
pub(crate) fn pane(cosine: f32, ior: f32) -> f32 {
    let once = microfacet::dielectric(cosine, ior);
    2.0 * once / (1.0 + once)
}

impl Glass {
    #[inline(always)]
    pub(crate) fn new(surface: &Surface, roughness: f32, lobe_albedo: f32) -> Self {
        let ior = surface.ior.clamp(1.0, 10.0);
        let eta = if surface.front || surface.thin { ior } else { 1.0 / ior };
        // A boundary between equals bends nothing, whatever its shape.
        let rough = !microfacet::is_smooth(roughness) && (ior > 1.001 || surface.thin);
        Self {
            alpha: if rough { microfacet::alpha(roughness) } else { 0.0 },
            eta,
            thin: surface.thin,
            window: surface.window,
            tint: surface.base_color,
            gain: if surface.thin { 1.0 / lobe_albedo } else { 1.0 },
        }
    }

    #[inline(always)]
    pub(crate) fn is_smooth(self) -> bool {
        self.alpha == 0.0
    }

    /// Whether shadow rays pass it too.
    #[inline(always)]
    pub(crate) fn is_window(self) -> bool {
        self.window
    }

    fn reflectance(self, cosine: f32) -> f32 {
        match self.thin {
            true => pane(cosine.clamp(0.0, 1.0), self.eta),
            false => microfacet::dielectric(cosine.clamp(0.0, 1.0), self.eta),
        }
    }

    /// One of the two directions a smooth surface knows, and its weight.
    pub(crate) fn sample_smooth(self, wo: Vec3, u: f32) -> (Vec3, Vec3) {
        let cosine = wo.z.clamp(0.0, 1.0);
        if u < self.reflectance(cosine) {
            return (Vec3::new(-wo.x, -wo.y, wo.z), Vec3::ONE);
        }
        if self.thin {
            return (-wo, self.tint);
        }
        let sine_squared = (1.0 - cosine * cosine) / (self.eta * self.eta);
        let inner = (1.0 - sine_squared).max(0.0).sqrt();
        (Vec3::new(-wo.x / self.eta, -wo.y / self.eta, -inner), self.tint)
    }

    /// A direction off or through a rough surface's visible microfacets.
    pub(crate) fn sample(self, wo: Vec3, u: Vec2, choice: f32) -> Option<Vec3> {
        let h = microfacet::sample_visible_normal(wo, self.alpha, u);
        let cosine = wo.dot(h);
        let off = 2.0 * cosine * h - wo;
        let reflected = choice < self.reflectance(cosine);
        let wi = match (reflected, self.thin) {
            (true, _) => off,
            (false, true) => Vec3::new(off.x, off.y, -off.z),
            (false, false) => {
                let inner = (1.0 - (1.0 - cosine * cosine) / (self.eta * self.eta)).max(0.0).sqrt();
                h * (cosine / self.eta - inner) - wo / self.eta
            }
        };
        ((wi.z > 0.0) == reflected).then_some(wi)
    }

    /// BSDF times cosine, and the density with which [`Self::sample`] chooses it.
    #[inline]
    pub(crate) fn scattering(self, wo: Vec3, wi: Vec3) -> (Vec3, f32) {
        let wo_lambda = microfacet::lambda(wo, self.alpha);
        let reflected = wi.z > 0.0;
        if reflected || self.thin {
            let off = Vec3::new(wi.x, wi.y, wi.z.abs());
            let h = (wo + off).normalize();
            let reflectance = self.reflectance(wo.dot(h));
            let (share, tint) =
                if reflected { (reflectance, Vec3::ONE) } else { (1.0 - reflectance, self.tint) };
            let lobe = share * microfacet::distribution(h, self.alpha) / (4.0 * wo.z);
            let both = 1.0 + wo_lambda + microfacet::lambda(off, self.alpha);
            return (tint * (self.gain * lobe / both), lobe * microfacet::seen(wo_lambda));
        }
        let sum = wo + wi * self.eta;
        let h = sum.normalize() * sum.z.signum();
        let (near, far) = (wo.dot(h), wi.dot(h));
        if near <= 0.0 || far >= 0.0 {
            return (Vec3::ZERO, 0.0);
        }
        let across = near + self.eta * far;
        let spread = self.eta * self.eta * -far / (across * across).max(1e-12);
        let visible = microfacet::distribution(h, self.alpha) * microfacet::seen(wo_lambda) * near / wo.z;
        let pdf = (1.0 - self.reflectance(near)) * visible * spread;
        (self.tint * (pdf * microfacet::seen(microfacet::lambda(wi, self.alpha))), pdf)
    }
}
