//! Ray cones: how wide a path's footprint is where it meets a surface.
//!
//! A camera ray opens by its share of a pixel; a mirror or a pane passes the cone on, a rough surface opens it by
//! what its lobe scatters (after Akenine-Möller et al., "Improved Shader and Texture Level of Detail Using Ray
//! Cones", JCGT 2021, and Bekaert et al., "Custom Made Footprints", 2003).

/// Widest opening; beyond it a path sees no detail anyway.
const WIDEST: f32 = 0.3;
/// Opening of a lobe of density 1: a fraction of the side of a square of its solid angle.
const LOBE_SHARE: f32 = 0.2;

/// A cone around a ray.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cone {
    /// Width at the ray's origin, metres.
    pub(crate) width: f32,
    /// Growth of the width a metre.
    pub(crate) spread: f32,
}

impl Cone {
    /// Width at a distance along the ray.
    #[inline(always)]
    pub(crate) fn at(&self, t: f32) -> f32 {
        self.width + self.spread * t
    }

    /// The cone of a ray scattered at `t` with a density over solid angle; 0 is a single direction.
    #[inline(always)]
    pub(crate) fn scattered(&self, t: f32, pdf: f32) -> Self {
        let lobe = if pdf > 0.0 { LOBE_SHARE / pdf.sqrt() } else { 0.0 };
        Self { width: self.at(t), spread: (self.spread + lobe).min(WIDEST) }
    }
}
