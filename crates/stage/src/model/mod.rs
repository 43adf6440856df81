//! glTF files to meshes, surfaces and rigs, through Bevy's own loader.
//!
//! A file is checked, loaded once, and then written into the world as often as it is used. A set piece takes the
//! triangles as they stand and the entities go away again; an actor keeps its entities, which Bevy's
//! animation poses at any time asked for.

mod check;
mod convert;
mod rig;

use std::{collections::HashMap, path::PathBuf, time::Duration};

use bevy::{
    asset::{AssetPath, RecursiveDependencyLoadState},
    ecs::entity::EntityHashMap,
    gltf::{Gltf, GltfMaterial, GltfMaterialName, GltfMesh},
    mesh::skinning::{SkinnedMesh, SkinnedMeshInverseBindposes},
    prelude::*,
    world_serialization::WorldAsset,
};
use glam::Affine3A;
use maquette_scene::LoadedScene;

use crate::{Error, library::Library};

pub(crate) use rig::{Posed, Rig, Rigs};

/// Updates to wait for a file; each is a millisecond or more.
const PATIENCE: u32 = 30_000;

/// Files that are loaded, by the path the scene gives.
#[derive(Default)]
pub(crate) struct Models {
    files: HashMap<String, File>,
}

struct File {
    path: PathBuf,
    gltf: Handle<Gltf>,
    scene: Handle<WorldAsset>,
    /// What the meshes are made of. The entities do not say.
    materials: HashMap<AssetId<Mesh>, (Handle<GltfMaterial>, convert::Finish)>,
}

/// One mesh of a model that stands in the world.
pub(crate) struct Part {
    entity: Entity,
    /// Index into the library.
    pub(crate) mesh: usize,
    /// Index into the library.
    pub(crate) material: usize,
    /// Its place in the model, as loaded.
    pub(crate) model_from_local: Affine3A,
    skin: Option<rig::Skin>,
}

/// A model that stands in the world: where its entities begin, and its parts in the order of the file's tree.
pub(crate) struct Standing {
    root: Entity,
    pub(crate) parts: Vec<Part>,
}

impl Models {
    /// The parts of a file that stands still. A skinned mesh keeps the pose it was saved in.
    pub(crate) fn set_piece(
        &mut self,
        app: &mut App,
        loaded: &LoadedScene,
        library: &mut Library,
        file: &str,
    ) -> Result<Vec<Part>, Error> {
        let mut standing = self.stand(app, loaded, library, file)?;
        for part in &mut standing.parts {
            if let Some(skin) = part.skin.take() {
                let corners = skin.deform(app.world(), &library.meshes()[part.mesh]);
                let mesh = convert::with_corners(&library.meshes()[part.mesh], corners);
                part.mesh = library.put_mesh(mesh);
                part.model_from_local = Affine3A::IDENTITY;
            }
        }
        app.world_mut().despawn(standing.root);
        Ok(standing.parts)
    }

    /// A file that stands in the world ready to be animated.
    pub(crate) fn rig(
        &mut self,
        app: &mut App,
        loaded: &LoadedScene,
        library: &mut Library,
        file: &str,
    ) -> Result<Rig, Error> {
        let standing = self.stand(app, loaded, library, file)?;
        let loaded = &self.files[file];
        Ok(Rig::new(app, standing, &loaded.gltf, &loaded.path))
    }

    fn stand(
        &mut self,
        app: &mut App,
        loaded: &LoadedScene,
        library: &mut Library,
        file: &str,
    ) -> Result<Standing, Error> {
        if !self.files.contains_key(file) {
            self.files.insert(file.to_owned(), load(app, loaded, file)?);
        }
        let file = &self.files[file];
        let root = write_into_world(app, file)?;
        app.update();
        let mut entities = Vec::new();
        walk(app.world(), root, &mut entities);
        let mut parts = Vec::new();
        for entity in entities {
            parts.extend(part(app.world(), library, file, entity)?);
        }
        Ok(Standing { root, parts })
    }
}

/// Loads a file and everything it names.
fn load(app: &mut App, loaded: &LoadedScene, file: &str) -> Result<File, Error> {
    let path = loaded.resolve(file);
    let checked = check::check(&path)?;
    let failed = |reason: String| Error::Model { path: path.clone(), reason };
    let server = app.world().resource::<AssetServer>().clone();
    let gltf: Handle<Gltf> = server.load(AssetPath::from_path_buf(PathBuf::from(file)));
    wait_for(app, &server, &gltf).map_err(failed)?;
    let world = app.world();
    let assets = world.resource::<Assets<Gltf>>();
    let content = assets.get(&gltf).ok_or_else(|| failed("was loaded but is not there".to_owned()))?;
    let scene = content.default_scene.clone().or_else(|| content.scenes.first().cloned());
    let scene = scene.ok_or_else(|| failed("has no scene".to_owned()))?;
    let meshes = world.resource::<Assets<GltfMesh>>();
    let primitives =
        content.meshes.iter().filter_map(|mesh| meshes.get(mesh)).flat_map(|mesh| &mesh.primitives);
    let finishes: Vec<_> = checked.materials().map(|material| convert::Finish::new(&material)).collect();
    let material = |handle: &Handle<GltfMaterial>| {
        let index = content.materials.iter().position(|other| other == handle);
        let finish = index.and_then(|index| finishes.get(index)).copied().unwrap_or_default();
        (handle.clone(), finish)
    };
    let materials = primitives.filter_map(|p| Some((p.mesh.id(), material(p.material.as_ref()?)))).collect();
    Ok(File { path, gltf, scene, materials })
}

/// Turns the crank until the file has arrived, has failed, or has taken too long.
fn wait_for(app: &mut App, server: &AssetServer, gltf: &Handle<Gltf>) -> Result<(), String> {
    for _ in 0..PATIENCE {
        app.update();
        match server.recursive_dependency_load_state(gltf.id()) {
            RecursiveDependencyLoadState::Loaded => return Ok(()),
            RecursiveDependencyLoadState::Failed(error) => return Err(error.to_string()),
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Err(format!("is not loaded after {PATIENCE} updates"))
}

/// Copies the file's scene into the world. Its root.
fn write_into_world(app: &mut App, file: &File) -> Result<Entity, Error> {
    let failed = |reason: String| Error::Model { path: file.path.clone(), reason };
    let registry = app.world().resource::<AppTypeRegistry>().clone();
    let mut map = EntityHashMap::default();
    app.world_mut()
        .resource_scope(|world, scenes: Mut<Assets<WorldAsset>>| match scenes.get(&file.scene) {
            Some(scene) => scene.write_to_world_with(world, &mut map, &registry).map_err(|e| e.to_string()),
            None => Err("its scene is not there".to_owned()),
        })
        .map_err(failed)?;
    let world = app.world();
    let mut roots: Vec<Entity> =
        map.values().copied().filter(|e| world.get::<ChildOf>(*e).is_none()).collect();
    roots.retain(|entity| world.get::<Transform>(*entity).is_some());
    roots.sort();
    roots.first().copied().ok_or_else(|| failed("its scene is empty".to_owned()))
}

/// Everything below an entity, parents before children, children in their order.
fn walk(world: &World, entity: Entity, into: &mut Vec<Entity>) {
    into.push(entity);
    for child in world.get::<Children>(entity).into_iter().flatten() {
        walk(world, *child, into);
    }
}

/// The part an entity shows, if it shows any.
fn part(world: &World, library: &mut Library, file: &File, entity: Entity) -> Result<Option<Part>, Error> {
    let Some(mesh_handle) = world.get::<Mesh3d>(entity) else { return Ok(None) };
    let failed = |reason: String| Error::Model { path: file.path.clone(), reason };
    let Some(mesh) = world.resource::<Assets<Mesh>>().get(&mesh_handle.0) else { return Ok(None) };
    let place = world.get::<GlobalTransform>(entity).map_or(Affine3A::IDENTITY, |place| place.affine());
    let gltf_material = file
        .materials
        .get(&mesh_handle.0.id())
        .and_then(|(handle, finish)| Some((world.resource::<Assets<GltfMaterial>>().get(handle)?, *finish)));
    let skin = world.get::<SkinnedMesh>(entity);
    let uv = gltf_material.map(|(material, _)| material.uv_transform).unwrap_or_default();
    let Some(converted) = convert::mesh(mesh, uv).map_err(failed)? else { return Ok(None) };
    let skin = match skin {
        Some(skin) => {
            let poses = world.resource::<Assets<SkinnedMeshInverseBindposes>>().get(&skin.inverse_bindposes);
            let inverse = poses.map(|poses| poses.to_vec()).unwrap_or_default();
            Some(rig::Skin::new(mesh, skin.joints.clone(), inverse).map_err(failed)?)
        }
        None => None,
    };
    let name = world.get::<GltfMaterialName>(entity).map_or("", |name| name.0.as_str());
    let material = convert::material(world, library, name, gltf_material).map_err(failed)?;
    let mesh = library.put_mesh(converted);
    Ok(Some(Part { entity, mesh, material, model_from_local: place, skin }))
}
