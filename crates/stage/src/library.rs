//! Meshes, materials and textures, each kept once and referred to by index.
//!
//! The lists grow while the scene is loaded and never change afterwards, so an index means the same thing in
//! every moment of a scene.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use maquette_conditioning::{ContentId, Material, Mesh, Texels, Texture, Wrap};

/// Everything immutable that moments share.
#[derive(Default)]
pub(crate) struct Library {
    meshes: Shelf<Mesh>,
    materials: Shelf<Material>,
    textures: Shelf<Texture>,
}

struct Shelf<T> {
    items: Vec<Arc<T>>,
    index: HashMap<ContentId, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { items: Vec::new(), index: HashMap::new() }
    }
}

impl<T> Shelf<T> {
    fn put(&mut self, id: ContentId, item: T) -> usize
    where
        ContentId: Hash,
    {
        *self.index.entry(id).or_insert_with(|| {
            self.items.push(Arc::new(item));
            self.items.len() - 1
        })
    }
}

impl Library {
    pub(crate) fn put_mesh(&mut self, mesh: Mesh) -> usize {
        self.meshes.put(mesh.id, mesh)
    }

    pub(crate) fn put_texture(&mut self, texture: Texture) -> usize {
        self.textures.put(texture.id, texture)
    }

    /// Fills in the material's id.
    pub(crate) fn put_material(&mut self, mut material: Material) -> usize {
        material.id = self.material_id(&material);
        self.materials.put(material.id, material)
    }

    fn material_id(&self, m: &Material) -> ContentId {
        let mut numbers = vec![m.roughness, m.metallic, m.reflectance, m.transmission, m.ior];
        numbers.extend(m.base_color.to_array());
        numbers.extend(m.emission.to_array());
        numbers.extend(m.surface.absorption);
        numbers.extend(m.surface.scattering);
        numbers.extend([m.clearcoat, m.clearcoat_roughness, m.opacity, m.normal_scale]);
        numbers.extend(m.detail.iter().flat_map(|d| [d.scale_m, d.strength, d.amount]));
        let bytes: Vec<u8> = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
        let words = format!("{:?} {:?} {} {:?}", m.model, m.coverage, m.thin, m.detail.map(|d| d.pattern));
        let slots =
            [m.base_color_texture, m.metallic_roughness_texture, m.emission_texture, m.normal_texture];
        let texture = |slot: Option<usize>| slot.map_or([0; 32], |index| self.textures.items[index].id.0);
        ContentId::of(&[m.name.as_bytes(), &bytes, words.as_bytes(), &slots.map(texture).concat()])
    }

    pub(crate) fn meshes(&self) -> &[Arc<Mesh>] {
        &self.meshes.items
    }

    pub(crate) fn materials(&self) -> &[Arc<Material>] {
        &self.materials.items
    }

    pub(crate) fn textures(&self) -> &[Arc<Texture>] {
        &self.textures.items
    }
}

/// A texture and its content id.
pub(crate) fn texture(width: usize, height: usize, texels: Texels, wrap: [Wrap; 2]) -> Texture {
    let (kind, bytes): (u8, Vec<u8>) = match &texels {
        Texels::Srgb8(data) => (0, data.concat()),
        Texels::Linear8(data) => (1, data.concat()),
        Texels::LinearF32(data) => (2, data.iter().flatten().flat_map(|v| v.to_le_bytes()).collect()),
    };
    let size = [(width as u64).to_le_bytes(), (height as u64).to_le_bytes()].concat();
    let id = ContentId::of(&[&[kind, wrap[0] as u8, wrap[1] as u8], &size, &bytes]);
    Texture { id, width, height, texels, wrap }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_are_kept_once_and_different_ones_apart() {
        let mut library = Library::default();
        let grey = library.put_material(Material::default());
        let named = library.put_material(Material { name: "deck".to_owned(), ..Material::default() });
        assert_eq!(library.put_material(Material::default()), grey);
        assert_ne!(named, grey);
        assert_eq!(library.materials().len(), 2);
        assert_ne!(library.materials()[grey].id, library.materials()[named].id);
    }
}
