//! What surrounds the set: an even sky or a panorama.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::Environment;
use maquette_scene::LoadedScene;

use crate::{
    Error, document,
    picture::{self, Meaning},
};

/// The scene's environment, its panorama loaded.
pub(crate) fn environment(loaded: &LoadedScene) -> Result<Environment, Error> {
    let written = &loaded.scene.environment;
    match &written.hdr {
        Some(file) => Ok(Environment::Panorama {
            image: Arc::new(picture::read(&loaded.resolve(file), Meaning::Light)?),
            nits_per_unit: written.hdr_nit.unwrap_or(1.0),
            yaw_rad: written.yaw_deg.to_radians(),
        }),
        None => Ok(Environment::Even(written.sky.as_ref().map_or(Vec3::ZERO, document::sky))),
    }
}
