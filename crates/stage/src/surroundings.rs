//! What surrounds the set: an even sky, a panorama, or a clear day's sky around the sun.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{Environment, Shutter};
use maquette_scene::{LoadedScene, document::LightKind};

use crate::{
    Error,
    daylight::Daylight,
    document,
    lamp::Fixture,
    picture::{self, Meaning},
};

/// The scene's surroundings, which may follow the sun.
pub(crate) enum Surroundings {
    /// The same at all times.
    Fixed(Environment),
    /// Baked anew when the sun has moved.
    Day {
        daylight: Daylight,
        /// Which fixture is the sun.
        sun: usize,
        /// The sun's direction and light, and the sky for them.
        baked: Option<(Vec3, Vec3, Environment)>,
    },
}

impl Surroundings {
    /// The scene's environment, its panorama loaded.
    pub(crate) fn new(loaded: &LoadedScene) -> Result<Self, Error> {
        let written = &loaded.scene.environment;
        if let Some(daylight) = &written.daylight {
            let sun =
                loaded.scene.lights.iter().position(|light| matches!(light.kind, LightKind::Sun { .. }));
            let sun = sun.ok_or_else(|| Error::NoSuch {
                user: "daylight".to_owned(),
                kind: "light of kind",
                name: "Sun".to_owned(),
            })?;
            return Ok(Self::Day { daylight: document::daylight(daylight), sun, baked: None });
        }
        Ok(Self::Fixed(match &written.hdr {
            Some(file) => Environment::Panorama {
                image: Arc::new(picture::read(&loaded.resolve(file), Meaning::Light)?),
                nits_per_unit: written.hdr_nit.unwrap_or(1.0),
                yaw_rad: written.yaw_deg.to_radians(),
            },
            None => Environment::Even(written.sky.as_ref().map_or(Vec3::ZERO, document::sky)),
        }))
    }

    /// As they are when the shutter opens.
    pub(crate) fn at(&mut self, fixtures: &[Fixture], shutter: &Shutter) -> Environment {
        let (daylight, sun, baked) = match self {
            Self::Fixed(environment) => return environment.clone(),
            Self::Day { daylight, sun, baked } => (daylight, *sun, baked),
        };
        let (to_sun, lux) = fixtures[sun].sunlight(shutter.open_s);
        match baked {
            Some((place, light, sky)) if (*place, *light) == (to_sun, lux) => sky.clone(),
            _ => {
                let image = Arc::new(daylight.panorama(to_sun, lux));
                let sky = Environment::Panorama { image, nits_per_unit: 1.0, yaw_rad: 0.0 };
                *baked = Some((to_sun, lux, sky.clone()));
                sky
            }
        }
    }
}
