//! The scene's materials to surfaces: presets applied, colours linear, pictures loaded.

use std::collections::HashMap;

use glam::Vec3;
use maquette_conditioning::{Detail, Material, Pattern};
use maquette_scene::{LoadedScene, document};

use crate::{
    Error, document as resolve,
    library::Library,
    picture::{self, Meaning},
    presence,
};

/// Of a clear coat when nothing is said: fresh lacquer.
const COAT_ROUGHNESS: f32 = 0.05;

/// Finishes each of the scene's materials once.
#[derive(Default)]
pub(crate) struct Finishes {
    by_name: HashMap<String, usize>,
    pictures: HashMap<(String, u8), usize>,
}

impl Finishes {
    /// Index of the material of a name, or of plain matte grey.
    pub(crate) fn index(
        &mut self,
        loaded: &LoadedScene,
        library: &mut Library,
        user: &str,
        name: Option<&str>,
    ) -> Result<usize, Error> {
        let Some(name) = name else {
            return Ok(library.put_material(plain()));
        };
        if let Some(index) = self.by_name.get(name) {
            return Ok(*index);
        }
        let written = resolve::material(&loaded.scene, user, name)?;
        let material = self.finish(loaded, library, name, &written)?;
        let index = library.put_material(material);
        self.by_name.insert(name.to_owned(), index);
        Ok(index)
    }

    fn finish(
        &mut self,
        loaded: &LoadedScene,
        library: &mut Library,
        name: &str,
        written: &document::Material,
    ) -> Result<Material, Error> {
        let plain = plain();
        let mut picture = |file: &Option<String>, meaning| match file {
            Some(file) => self.picture(loaded, library, file, meaning).map(Some),
            None => Ok(None),
        };
        Ok(Material {
            name: name.to_owned(),
            base_color: written.base_color.as_ref().map_or(plain.base_color, |c| Vec3::from(c.linear())),
            roughness: written.roughness.unwrap_or(plain.roughness),
            metallic: written.metallic.unwrap_or(plain.metallic),
            reflectance: written.reflectance.unwrap_or(plain.reflectance),
            emission: written.emission.as_ref().map_or(Vec3::ZERO, resolve::emission),
            transmission: written.transmission.unwrap_or(plain.transmission),
            ior: written.ior.unwrap_or(plain.ior),
            thin: written.thin.unwrap_or(plain.thin),
            clearcoat: written.clearcoat.unwrap_or(plain.clearcoat),
            clearcoat_roughness: written.clearcoat_roughness.unwrap_or(COAT_ROUGHNESS),
            model: resolve::reflection(written),
            opacity: written.opacity.unwrap_or(plain.opacity),
            coverage: resolve::coverage(written),
            detail: written.detail.as_ref().and_then(resolve::detail),
            base_color_texture: picture(&written.base_color_texture, Meaning::Color)?,
            metallic_roughness_texture: picture(&written.metallic_roughness_texture, Meaning::Data)?,
            emission_texture: picture(&written.emission_texture, Meaning::Color)?,
            normal_texture: picture(&written.normal_texture, Meaning::Data)?,
            surface: resolve::surface(written.acoustic.as_ref()),
            ..plain
        })
    }

    fn picture(
        &mut self,
        loaded: &LoadedScene,
        library: &mut Library,
        file: &str,
        meaning: Meaning,
    ) -> Result<usize, Error> {
        let key = (file.to_owned(), meaning as u8);
        if let Some(index) = self.pictures.get(&key) {
            return Ok(*index);
        }
        let index = library.put_texture(picture::read(&loaded.resolve(file), meaning)?);
        self.pictures.insert(key, index);
        Ok(index)
    }
}

/// What a piece is made of when nothing is said.
fn plain() -> Material {
    Material { name: "matte grey".to_owned(), surface: resolve::surface(None), ..Material::default() }
}

/// A mannequin's own surface: warm matte plastic to light; to sound, someone in ordinary clothes.
pub(crate) fn mannequin() -> Material {
    Material {
        name: "mannequin".to_owned(),
        base_color: Vec3::new(0.46, 0.42, 0.38),
        roughness: 0.55,
        detail: Some(Detail { pattern: Pattern::Grained, scale_m: 8e-4, strength: 0.5, amount: 0.0 }),
        surface: presence::surface(),
        ..Material::default()
    }
}
