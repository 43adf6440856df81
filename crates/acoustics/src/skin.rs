//! A surface to what becomes of the energy that meets it.

use maquette_conditioning::Surface;

/// Shares of arriving energy by band.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skin {
    /// What comes back, mirrored or scattered: 1−α.
    pub(crate) reflected: [f32; 8],
    /// The scattered part of what comes back.
    pub(crate) scattering: [f32; 8],
    /// Whether there is any in any band.
    pub(crate) scatters: bool,
    /// What comes out behind; `None` where nothing does.
    pub(crate) transmitted: Option<[f32; 8]>,
}

impl Skin {
    /// From a surface's bands.
    pub(crate) fn new(surface: &Surface) -> Self {
        Self {
            reflected: surface.absorption.map(|absorption| (1.0 - absorption).clamp(0.0, 1.0)),
            scattering: surface.scattering.map(|scattering| scattering.clamp(0.0, 1.0)),
            scatters: surface.scattering.iter().any(|&scattering| scattering > 0.0),
            transmitted: surface.transmission_loss_db.map(|loss_db| loss_db.map(share_of)),
        }
    }

    /// Pressure in the mirror direction, √((1−α)(1−s)).
    pub(crate) fn mirrored_pressure(&self) -> [f64; 8] {
        std::array::from_fn(|band| {
            (f64::from(self.reflected[band]) * (1.0 - f64::from(self.scattering[band]))).sqrt()
        })
    }

    /// What comes out behind in the late field. Where absorption is given lower than transmission, the latter yields:
    /// no more energy leaves a wall than arrives.
    pub(crate) fn transmitted_late(&self) -> Option<[f32; 8]> {
        let transmitted = self.transmitted?;
        Some(std::array::from_fn(|band| transmitted[band].min(1.0 - self.reflected[band])))
    }
}

/// 10^(−R/10).
fn share_of(loss_db: f32) -> f32 {
    10f32.powf(-0.1 * loss_db.max(0.0))
}
