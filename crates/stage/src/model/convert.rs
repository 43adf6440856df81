//! Bevy's meshes, images and glTF materials to the project's own.

use bevy::{
    gltf::GltfMaterial,
    image::{Image, ImageAddressMode, ImageSampler},
    math::Affine2,
    mesh::{Indices, Mesh as BevyMesh, PrimitiveTopology, VertexAttributeValues},
    prelude::{Assets, Handle, World},
};
use glam::{Vec2, Vec3, Vec4};
use maquette_conditioning::{Coverage, Material, Mesh, Texels, Vertices, Wrap};

use crate::{document as resolve, library, library::Library, picture::Meaning};

/// Triangles of a primitive; `None` for points and lines.
pub(super) fn mesh(mesh: &BevyMesh, uv: Affine2) -> Result<Option<Mesh>, String> {
    let positions = vectors(mesh.attribute(BevyMesh::ATTRIBUTE_POSITION));
    let Some(triangles) = triangles(mesh, positions.len() as u32) else { return Ok(None) };
    let normals = vectors(mesh.attribute(BevyMesh::ATTRIBUTE_NORMAL));
    let normals = normals.into_iter().map(|n| n.normalize_or(Vec3::Y)).collect();
    let uvs = match mesh.attribute(BevyMesh::ATTRIBUTE_UV_0) {
        Some(VertexAttributeValues::Float32x2(uvs)) => {
            uvs.iter().map(|at| uv.transform_point2(Vec2::from(*at))).collect()
        }
        _ => Vec::new(),
    };
    if positions.iter().any(|p: &Vec3| !p.is_finite()) {
        return Err("has corners that are not finite".to_owned());
    }
    let built = Mesh::new(positions, normals, uvs, triangles);
    let built = built.ok_or_else(|| "a triangle names a corner that does not exist".to_owned())?;
    Ok(Some(match tangents(mesh) {
        Some(tangents) => built.clone().with_tangents(tangents).unwrap_or(built),
        None => built,
    }))
}

/// The file's tangents, or those Bevy's loader made (MikkTSpace) for a surface with a normal map.
fn tangents(mesh: &BevyMesh) -> Option<Vec<Vec4>> {
    let Some(VertexAttributeValues::Float32x4(values)) = mesh.attribute(BevyMesh::ATTRIBUTE_TANGENT) else {
        return None;
    };
    let tangent = |t: &[f32; 4]| Vec3::new(t[0], t[1], t[2]).normalize_or(Vec3::X).extend(t[3]);
    Some(values.iter().map(tangent).collect())
}

fn vectors(values: Option<&VertexAttributeValues>) -> Vec<Vec3> {
    match values {
        Some(VertexAttributeValues::Float32x3(values)) => values.iter().copied().map(Vec3::from).collect(),
        _ => Vec::new(),
    }
}

fn triangles(mesh: &BevyMesh, corners: u32) -> Option<Vec<[u32; 3]>> {
    let list: Vec<u32> = match mesh.indices() {
        Some(Indices::U16(indices)) => indices.iter().map(|i| u32::from(*i)).collect(),
        Some(Indices::U32(indices)) => indices.clone(),
        None => (0..corners).collect(),
    };
    match mesh.primitive_topology() {
        PrimitiveTopology::TriangleList => Some(list.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect()),
        PrimitiveTopology::TriangleStrip => {
            let turned =
                |(i, t): (usize, &[u32])| if i % 2 == 0 { [t[0], t[1], t[2]] } else { [t[1], t[0], t[2]] };
            Some(list.windows(3).enumerate().map(turned).collect())
        }
        _ => None,
    }
}

/// The same triangles on other corners.
pub(super) fn with_corners(mesh: &Mesh, corners: Vertices) -> Mesh {
    // Tangents of the undeformed mesh would not fit: texture coordinates say roughly the same.
    let moved = Mesh::new(corners.positions, corners.normals, mesh.uvs.clone(), mesh.triangles.clone());
    moved.unwrap_or_else(|| mesh.clone())
}

/// What Bevy's loader keeps from us of a file's surface.
#[derive(Clone, Copy)]
pub(super) struct Finish {
    coverage: Coverage,
    normal_scale: f32,
}

impl Default for Finish {
    fn default() -> Self {
        Self { coverage: Coverage::Full, normal_scale: 1.0 }
    }
}

impl Finish {
    pub(super) fn new(material: &gltf::Material<'_>) -> Self {
        let coverage = match material.alpha_mode() {
            gltf::material::AlphaMode::Opaque => Coverage::Full,
            gltf::material::AlphaMode::Mask => Coverage::Cutout(material.alpha_cutoff().unwrap_or(0.5)),
            gltf::material::AlphaMode::Blend => Coverage::Blended,
        };
        Self { coverage, normal_scale: material.normal_texture().map_or(1.0, |map| map.scale()) }
    }
}

/// A glTF surface. Its emission counts in nits: factor times `KHR_materials_emissive_strength`.
pub(super) fn material(
    world: &World,
    library: &mut Library,
    name: &str,
    written: Option<(&GltfMaterial, Finish)>,
) -> Result<usize, String> {
    let named =
        |material: Material| Material { name: name.to_owned(), surface: resolve::surface(None), ..material };
    let Some((m, finish)) = written else { return Ok(library.put_material(named(Material::default()))) };
    let base = m.base_color.to_linear();
    let mut image = |handle: &Option<Handle<Image>>, meaning: Meaning| -> Result<Option<usize>, String> {
        let picture = handle.as_ref().and_then(|handle| world.resource::<Assets<Image>>().get(handle));
        picture.map(|picture| texture(library, picture, meaning)).transpose()
    };
    let material = Material {
        base_color: Vec3::new(base.red, base.green, base.blue).clamp(Vec3::ZERO, Vec3::ONE),
        roughness: m.perceptual_roughness.clamp(0.0, 1.0),
        metallic: m.metallic.clamp(0.0, 1.0),
        reflectance: m.reflectance.clamp(0.0, 1.0),
        emission: Vec3::new(m.emissive.red, m.emissive.green, m.emissive.blue).max(Vec3::ZERO),
        transmission: m.specular_transmission.clamp(0.0, 1.0),
        ior: m.ior.max(1.0),
        // KHR_materials_volume: a surface without thickness is a pane.
        thin: m.specular_transmission > 0.0 && m.thickness <= 0.0,
        clearcoat: m.clearcoat.clamp(0.0, 1.0),
        clearcoat_roughness: m.clearcoat_perceptual_roughness.clamp(0.0, 1.0),
        opacity: base.alpha.clamp(0.0, 1.0),
        coverage: finish.coverage,
        normal_scale: finish.normal_scale,
        base_color_texture: image(&m.base_color_texture, Meaning::Color)?,
        metallic_roughness_texture: image(&m.metallic_roughness_texture, Meaning::Data)?,
        emission_texture: image(&m.emissive_texture, Meaning::Color)?,
        normal_texture: image(&m.normal_map_texture, Meaning::Data)?,
        ..Material::default()
    };
    Ok(library.put_material(named(material)))
}

fn texture(library: &mut Library, image: &Image, meaning: Meaning) -> Result<usize, String> {
    // By name: the enum is wgpu's, which is not this crate's business.
    let format = format!("{:?}", image.texture_descriptor.format);
    let data = image.data.as_deref().unwrap_or_default();
    let texels: Vec<[u8; 4]> = match format.as_str() {
        "Rgba8Unorm" | "Rgba8UnormSrgb" => data.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect(),
        // The upper byte of each 16-bit channel.
        "Rgba16Unorm" => data.chunks_exact(8).map(|p| [p[1], p[3], p[5], p[7]]).collect(),
        "R16Uint" | "R16Unorm" => data.chunks_exact(2).map(|p| [p[1], p[1], p[1], 255]).collect(),
        "R8Unorm" => data.iter().map(|p| [*p, *p, *p, 255]).collect(),
        _ => return Err(format!("has a picture in format {format}, which is not supported")),
    };
    let (width, height) = (image.width() as usize, image.height() as usize);
    if texels.len() != width * height {
        return Err("has a picture without its pixels".to_owned());
    }
    let texels = if meaning == Meaning::Data { Texels::Linear8(texels) } else { Texels::Srgb8(texels) };
    Ok(library.put_texture(library::texture(width, height, texels, wrap(image))))
}

/// What the file's sampler says lies beyond the edges; without a sampler images repeat.
fn wrap(image: &Image) -> [Wrap; 2] {
    let ImageSampler::Descriptor(sampler) = &image.sampler else { return [Wrap::Repeat; 2] };
    [sampler.address_mode_u, sampler.address_mode_v].map(|mode| match mode {
        ImageAddressMode::Repeat => Wrap::Repeat,
        ImageAddressMode::MirrorRepeat => Wrap::Mirror,
        ImageAddressMode::ClampToEdge | ImageAddressMode::ClampToBorder => Wrap::Clamp,
    })
}
