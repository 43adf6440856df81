//! The parts of an included file, and how they join a scene.

use std::collections::BTreeMap;

use crate::{
    check::normalised,
    document::{Light, Material, Piece, Scene, Shape},
};

/// What one file contributes.
#[derive(Default)]
pub(crate) struct Part {
    pub materials: BTreeMap<String, Material>,
    pub set: Vec<Piece>,
    pub lights: Vec<Light>,
}

impl Part {
    /// Appends itself; paths written relative to `base` become relative to the scene's folder.
    pub(crate) fn join(mut self, scene: &mut Scene, base: &str) {
        let paths =
            self.materials.values_mut().flat_map(textures).chain(self.set.iter_mut().filter_map(model));
        for path in paths {
            // The check has been through here: a path that cannot be resolved was a mistake.
            if let Ok(relative) = normalised(base, path) {
                *path = relative;
            }
        }
        scene.materials.append(&mut self.materials);
        scene.set.append(&mut self.set);
        scene.lights.append(&mut self.lights);
    }
}

fn textures(material: &mut Material) -> impl Iterator<Item = &mut String> {
    let Material { base_color_texture, metallic_roughness_texture, emission_texture, .. } = material;
    [base_color_texture, metallic_roughness_texture, emission_texture].into_iter().flatten()
}

fn model(piece: &mut Piece) -> Option<&mut String> {
    if let Shape::Gltf(path) = &mut piece.shape { Some(path) } else { None }
}
