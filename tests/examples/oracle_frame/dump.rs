//! A moment to JSON, with its arrays in a file beside it: numbers of 4 bytes, little-endian.
//!
//! Places are those at shutter open; a picture made of them has no motion blur.

use std::{error::Error, fs, path::Path};

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Environment, Lamp, LampKind, Material, Mesh, Moment, Texels, Texture};
use maquette_tracer::Settings;
use serde_json::{Value, json};

/// Writes `moment.json` and `moment.bin`.
pub(crate) fn write(moment: &Moment, settings: &Settings, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut arrays = Arrays::default();
    let camera = &moment.camera;
    let instances: Vec<Value> = moment.instances.iter().map(|instance| {
        let deformed = instance.deformed.as_ref().map(|moving| {
            json!({ "positions": arrays.vectors(&moving.open.positions), "normals": arrays.vectors(&moving.open.normals) })
        });
        json!({
            "object_id": instance.object_id,
            "mesh": instance.mesh,
            "material": instance.material,
            "world_from_local": matrix(&instance.world_from_local.open),
            "deformed": deformed,
        })
    }).collect();
    let value = json!({
        "size": [settings.width, settings.height],
        "camera": {
            "world_from_camera": matrix(&camera.world_from_camera.open),
            "half_width_at_one_metre": camera.lens.half_width_at_one_metre(),
            "aperture_radius_m": camera.lens.aperture_radius_m(),
            "focus_distance_m": camera.lens.focus_distance_m,
        },
        "object_names": moment.object_names.to_vec(),
        "instances": instances,
        "meshes": moment.meshes.iter().map(|mesh| mesh_json(mesh, &mut arrays)).collect::<Vec<_>>(),
        "materials": moment.materials.iter().map(|material| material_json(material)).collect::<Vec<_>>(),
        "textures": moment.textures.iter().map(|texture| texture_json(texture, &mut arrays)).collect::<Vec<_>>(),
        "lamps": moment.lamps.iter().map(lamp_json).collect::<Vec<_>>(),
        "environment": environment_json(&moment.environment, &mut arrays),
    });
    fs::create_dir_all(folder)?;
    fs::write(folder.join("moment.bin"), &arrays.bytes)?;
    fs::write(folder.join("moment.json"), format!("{value:#}\n"))?;
    Ok(())
}

/// Arrays in the second file, referred to as `[offset in bytes, count of numbers]`.
#[derive(Default)]
struct Arrays {
    bytes: Vec<u8>,
}

impl Arrays {
    fn floats(&mut self, values: impl IntoIterator<Item = f32>) -> Value {
        self.words(values.into_iter().map(f32::to_le_bytes))
    }

    fn vectors(&mut self, values: &[Vec3]) -> Value {
        self.floats(values.iter().flat_map(|v| v.to_array()))
    }

    fn words(&mut self, values: impl IntoIterator<Item = [u8; 4]>) -> Value {
        let offset = self.bytes.len();
        values.into_iter().for_each(|value| self.bytes.extend(value));
        json!([offset, (self.bytes.len() - offset) / 4])
    }
}

/// Four columns of three.
fn matrix(place: &Affine3A) -> Value {
    json!(place.to_cols_array())
}

fn mesh_json(mesh: &Mesh, arrays: &mut Arrays) -> Value {
    json!({
        "positions": arrays.vectors(&mesh.positions),
        "normals": arrays.vectors(&mesh.normals),
        "uvs": arrays.floats(mesh.uvs.iter().flat_map(|uv| uv.to_array())),
        "triangles": arrays.words(mesh.triangles.iter().flatten().map(|i| i.to_le_bytes())),
    })
}

fn material_json(material: &Material) -> Value {
    json!({
        "name": material.name,
        "base_color": material.base_color.to_array(),
        "roughness": material.roughness,
        "metallic": material.metallic,
        "reflectance": material.reflectance,
        "emission": material.emission.to_array(),
        "transmission": material.transmission,
        "ior": material.ior,
        "base_color_texture": material.base_color_texture,
        "metallic_roughness_texture": material.metallic_roughness_texture,
        "emission_texture": material.emission_texture,
    })
}

fn texture_json(texture: &Texture, arrays: &mut Arrays) -> Value {
    let (kind, texels) = match &texture.texels {
        Texels::Srgb8(texels) => ("srgb8", arrays.words(texels.iter().copied())),
        Texels::Linear8(texels) => ("linear8", arrays.words(texels.iter().copied())),
        Texels::LinearF32(texels) => ("linear_f32", arrays.floats(texels.iter().flatten().copied())),
    };
    json!({ "width": texture.width, "height": texture.height, "kind": kind, "texels": texels })
}

fn lamp_json(lamp: &Lamp) -> Value {
    let kind = match lamp.kind {
        LampKind::Sun { half_angle_rad } => json!({ "sun": { "half_angle_rad": half_angle_rad } }),
        LampKind::Point { radius_m } => json!({ "point": { "radius_m": radius_m } }),
        LampKind::Spot { cos_inner, cos_outer, radius_m } => {
            json!({ "spot": { "cos_inner": cos_inner, "cos_outer": cos_outer, "radius_m": radius_m } })
        }
        LampKind::Rect { half_width_m, half_height_m } => {
            json!({ "rect": { "half_width_m": half_width_m, "half_height_m": half_height_m } })
        }
    };
    json!({
        "object_id": lamp.object_id,
        "kind": kind,
        "strength": lamp.strength.to_array(),
        "world_from_lamp": matrix(&lamp.world_from_lamp.open),
    })
}

fn environment_json(environment: &Environment, arrays: &mut Arrays) -> Value {
    match environment {
        Environment::Even(nits) => json!({ "even": nits.to_array() }),
        Environment::Panorama { image, nits_per_unit, yaw_rad } => json!({ "panorama": {
            "image": texture_json(image, arrays), "nits_per_unit": nits_per_unit, "yaw_rad": yaw_rad,
        }}),
    }
}
