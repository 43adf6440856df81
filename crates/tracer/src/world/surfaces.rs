//! Materials and textures as flat arrays.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{ContentId, Environment, Material, Moment, Profile, Texels, Texture};

use super::{MaterialRecord, NONE, TEXELS_FLOAT, TEXELS_LINEAR, TEXELS_SRGB, TextureRecord};
use crate::Error;

/// Materials and every image: the materials', the sky's, then the lamps' profiles.
#[derive(Default)]
pub(crate) struct Surfaces {
    pub(crate) materials: Vec<MaterialRecord>,
    pub(crate) textures: Vec<TextureRecord>,
    /// Packed bytes, or three words a texel for floats.
    pub(crate) texels: Arc<Vec<u32>>,
    /// Index of the sky's image, or [`NONE`].
    pub(crate) sky: u32,
    /// Index of the first profile's image.
    pub(crate) first_profile: u32,
}

/// Keeps the texels while the images stay the same.
#[derive(Default)]
pub(super) struct SurfacesCache {
    ids: Vec<ContentId>,
    textures: Vec<TextureRecord>,
    texels: Arc<Vec<u32>>,
}

impl SurfacesCache {
    pub(super) fn surfaces(&mut self, moment: &Moment) -> Result<Arc<Surfaces>, Error> {
        let sky = match &moment.environment {
            Environment::Panorama { image, .. } => Some(image),
            Environment::Even(_) => None,
        };
        let images: Vec<&Arc<Texture>> = moment.textures.iter().chain(sky).collect();
        let profiles = moment.profiles.iter();
        let ids: Vec<ContentId> =
            images.iter().map(|image| image.id).chain(profiles.map(|profile| profile.id)).collect();
        if ids != self.ids || self.textures.len() != ids.len() {
            let (mut textures, mut texels) = atlas(&images)?;
            for (item, profile) in moment.profiles.iter().enumerate() {
                textures.push(profile_image(item, profile, &mut texels)?);
            }
            *self = Self { ids, textures, texels: Arc::new(texels) };
        }
        let count = moment.textures.len();
        let materials = moment.materials.iter().enumerate();
        Ok(Arc::new(Surfaces {
            materials: materials.map(|(i, m)| record(i, m, count)).collect::<Result<_, _>>()?,
            textures: self.textures.clone(),
            texels: self.texels.clone(),
            sky: sky.map_or(NONE, |_| count as u32),
            first_profile: images.len() as u32,
        }))
    }
}

/// A profile as a grey image of floats.
fn profile_image(item: usize, profile: &Profile, texels: &mut Vec<u32>) -> Result<TextureRecord, Error> {
    let Profile { columns: width, rows: height, factors, .. } = profile;
    let has = factors.len();
    if *height < 2 || has == 0 || Some(has) != width.checked_mul(*height) {
        return Err(Error::Texels { texture: item, has, width: *width, height: *height });
    }
    if factors.iter().any(|factor| !factor.is_finite() || *factor < 0.0) {
        return Err(Error::NotFinite { field: "profile", item });
    }
    let first = texels.len() as u32;
    texels.extend(factors.iter().flat_map(|factor| [factor.to_bits(); 3]));
    Ok(TextureRecord { first, width: *width as u32, height: *height as u32, format: TEXELS_FLOAT })
}

fn record(item: usize, material: &Material, count: usize) -> Result<MaterialRecord, Error> {
    let texture = |field: &'static str, index: Option<usize>| match index {
        Some(index) if index >= count => Err(Error::Reference { field, item, index, count }),
        index => Ok(index.map_or(NONE, |index| index as u32)),
    };
    let numbers = [material.roughness, material.metallic, material.reflectance, material.transmission];
    let colors = [material.base_color, material.emission, Vec3::splat(material.ior)];
    if !numbers.iter().all(|n| n.is_finite()) || !colors.iter().all(|c| c.is_finite()) {
        return Err(Error::NotFinite { field: "material", item });
    }
    Ok(MaterialRecord {
        base_color: material.base_color,
        roughness: material.roughness,
        emission: material.emission,
        metallic: material.metallic,
        reflectance: material.reflectance,
        transmission: material.transmission,
        ior: material.ior,
        base_color_texture: texture("base_color_texture", material.base_color_texture)?,
        metallic_roughness_texture: texture(
            "metallic_roughness_texture",
            material.metallic_roughness_texture,
        )?,
        emission_texture: texture("emission_texture", material.emission_texture)?,
        padding: [0; 2],
    })
}

fn atlas(images: &[&Arc<Texture>]) -> Result<(Vec<TextureRecord>, Vec<u32>), Error> {
    let mut records = Vec::with_capacity(images.len());
    let mut words = Vec::new();
    for (texture, image) in images.iter().enumerate() {
        let (format, has) = match &image.texels {
            Texels::Srgb8(texels) => (TEXELS_SRGB, texels.len()),
            Texels::Linear8(texels) => (TEXELS_LINEAR, texels.len()),
            Texels::LinearF32(texels) => (TEXELS_FLOAT, texels.len()),
        };
        let (width, height) = (image.width, image.height);
        if has == 0 || Some(has) != width.checked_mul(height) {
            return Err(Error::Texels { texture, has, width, height });
        }
        let first = words.len() as u32;
        records.push(TextureRecord { first, width: width as u32, height: height as u32, format });
        match &image.texels {
            Texels::Srgb8(texels) | Texels::Linear8(texels) => {
                words.extend(texels.iter().map(|t| u32::from_le_bytes(*t)));
            }
            Texels::LinearF32(texels) => words.extend(texels.iter().flatten().map(|c| c.to_bits())),
        }
    }
    Ok((records, words))
}
