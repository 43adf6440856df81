//! Materials and textures as flat arrays.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{
    ContentId, Coverage, Environment, Material, Moment, Profile, ReflectionModel, Texels, Texture, Wrap,
};

use super::{
    APPENDIX_B, BLENDED, CUTOUT, MOST_LEVELS, MaterialRecord, NONE, POLISHED, TEXELS_FLOAT, TEXELS_LINEAR,
    TEXELS_SRGB, THIN, TextureRecord, WINDOW, WRAP_CLAMP, WRAP_MIRROR, WRAP_REPEAT, mip,
};
use crate::{Error, transport::microfacet};

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

impl Surfaces {
    /// Whether some light goes straight through a material.
    pub(super) fn is_veiled(&self, material: usize) -> bool {
        self.materials[material].flags & (CUTOUT | BLENDED | WINDOW) != 0
    }
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
        let mut textures = self.textures.clone();
        if let (Some(_), Some(image)) = (sky, textures.get_mut(count)) {
            (image.wrap_across, image.wrap_down) = (WRAP_REPEAT, WRAP_CLAMP);
        }
        Ok(Arc::new(Surfaces {
            materials: materials.map(|(i, m)| record(i, m, count)).collect::<Result<_, _>>()?,
            textures,
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
    Ok(TextureRecord {
        width: *width as u32,
        height: *height as u32,
        format: TEXELS_FLOAT,
        levels: 1,
        wrap_across: WRAP_REPEAT,
        wrap_down: WRAP_CLAMP,
        padding: [0; 2],
        firsts: [first; MOST_LEVELS],
    })
}

fn record(item: usize, material: &Material, count: usize) -> Result<MaterialRecord, Error> {
    let texture = |field: &'static str, index: Option<usize>| match index {
        Some(index) if index >= count => Err(Error::Reference { field, item, index, count }),
        index => Ok(index.map_or(NONE, |index| index as u32)),
    };
    let detail = material.detail;
    let of_detail = |value: fn(&maquette_conditioning::Detail) -> f32| detail.as_ref().map_or(0.0, value);
    let record = MaterialRecord {
        base_color: material.base_color,
        roughness: material.roughness,
        emission: material.emission,
        metallic: material.metallic,
        reflectance: material.reflectance,
        transmission: material.transmission,
        ior: material.ior,
        opacity: material.opacity,
        base_color_texture: texture("base_color_texture", material.base_color_texture)?,
        metallic_roughness_texture: texture(
            "metallic_roughness_texture",
            material.metallic_roughness_texture,
        )?,
        emission_texture: texture("emission_texture", material.emission_texture)?,
        normal_texture: texture("normal_texture", material.normal_texture)?,
        normal_scale: material.normal_scale,
        clearcoat: material.clearcoat,
        clearcoat_roughness: material.clearcoat_roughness,
        cutoff: if let Coverage::Cutout(cutoff) = material.coverage { cutoff } else { 0.5 },
        flags: flags(material),
        pattern: detail.map_or(0, |detail| detail.pattern as u32),
        pattern_scale: of_detail(|d| d.scale_m.max(1e-5)),
        pattern_strength: of_detail(|d| d.strength),
        pattern_amount: of_detail(|d| d.amount),
        padding: [0; 3],
    };
    match is_finite(&record) {
        true => Ok(record),
        false => Err(Error::NotFinite { field: "material", item }),
    }
}

fn is_finite(m: &MaterialRecord) -> bool {
    let numbers = [
        [m.roughness, m.metallic, m.reflectance, m.transmission, m.ior, m.opacity],
        [m.normal_scale, m.clearcoat, m.clearcoat_roughness, m.cutoff, m.pattern_scale, m.pattern_strength],
    ];
    numbers.as_flattened().iter().all(|n| n.is_finite())
        && [m.base_color, m.emission, Vec3::splat(m.pattern_amount)].iter().all(|c| c.is_finite())
}

fn flags(material: &Material) -> u32 {
    // Light goes straight through a pane only where all of it is known to be clear.
    let even = material.metallic_roughness_texture.is_none()
        && material.normal_texture.is_none()
        && material.clearcoat <= 0.0
        && material.detail.is_none();
    let smooth = microfacet::is_smooth(material.roughness);
    [
        (APPENDIX_B, material.model == ReflectionModel::AppendixB),
        (THIN, material.thin),
        (CUTOUT, matches!(material.coverage, Coverage::Cutout(_))),
        (BLENDED, material.coverage == Coverage::Blended),
        (WINDOW, material.thin && material.transmission > 0.0 && even && smooth),
        (POLISHED, is_polished(material) && even && smooth),
    ]
    .iter()
    .filter(|(_, set)| *set)
    .map(|(flag, _)| flag)
    .sum()
}

/// Whether nothing but the roughness keeps it from reflecting in a single direction, the same everywhere.
fn is_polished(material: &Material) -> bool {
    material.metallic == 1.0
        && material.base_color_texture.is_none()
        && material.coverage == Coverage::Full
        && material.model != ReflectionModel::AppendixB
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
        let [wrap_across, wrap_down] = image.wrap.map(|wrap| match wrap {
            Wrap::Repeat => WRAP_REPEAT,
            Wrap::Clamp => WRAP_CLAMP,
            Wrap::Mirror => WRAP_MIRROR,
        });
        let mut firsts = [words.len() as u32; MOST_LEVELS];
        let levels = match &image.texels {
            Texels::Srgb8(texels) | Texels::Linear8(texels) => {
                let is_srgb = format == TEXELS_SRGB;
                let pyramid = mip::pyramid(texels, width, height, is_srgb);
                for (first, level) in firsts.iter_mut().zip(&pyramid) {
                    *first = words.len() as u32;
                    words.extend(level.iter().map(|t| u32::from_le_bytes(*t)));
                }
                pyramid.len() as u32
            }
            Texels::LinearF32(texels) => {
                words.extend(texels.iter().flatten().map(|c| c.to_bits()));
                1
            }
        };
        let (width, height, padding) = (width as u32, height as u32, [0; 2]);
        records.push(TextureRecord {
            width,
            height,
            format,
            levels,
            wrap_across,
            wrap_down,
            padding,
            firsts,
        });
    }
    Ok((records, words))
}
