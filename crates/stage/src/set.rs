//! Set pieces to things that stand, fall or follow a path: their parts for light and sound, and their solids for physics.

use std::sync::Arc;

use bevy::prelude::App;
use bevy_rapier3d::prelude::ColliderMassProperties;
use glam::{Affine3A, Vec3};
use maquette_conditioning::Mesh;
use maquette_scene::{
    LoadedScene,
    document::{Body, Piece, Shape},
};

use crate::{
    Error,
    collider::collider,
    finish::Finishes,
    library::Library,
    model::Models,
    physics::{Drive, Motion, Physics, Release, Solid},
    pose::{Path, Pose, rotation, vec3},
    shape::{self, Facets},
    solidity::Build,
    strike::Identity,
};

/// Density of what falls when nothing is said.
const DEFAULT_DENSITY_KG_M3: f32 = 1000.0;

/// One copy of a set piece.
pub(crate) struct Prop {
    pub(crate) object_id: u32,
    pub(crate) scale: f32,
    pub(crate) visible: bool,
    pub(crate) parts: Arc<[PropPart]>,
    /// Middle of its bounds, in its own space.
    centre: Vec3,
    moves: Moves,
}

/// A mesh of a set piece.
pub(crate) struct PropPart {
    /// Index into the library.
    pub(crate) mesh: usize,
    /// Index into the library.
    pub(crate) material: usize,
    pub(crate) piece_from_local: Affine3A,
    /// What sound meets instead of the mesh, where that is simpler.
    pub(crate) heard: Option<Arc<Mesh>>,
}

/// How a prop moves.
enum Moves {
    Not(Pose),
    Along(Path),
    Falls(usize),
}

impl Prop {
    /// Where it is.
    pub(crate) fn pose(&self, physics: &Physics, time_s: f64) -> Pose {
        match &self.moves {
            Moves::Not(pose) => *pose,
            Moves::Along(path) => path.at(time_s.max(0.0)),
            Moves::Falls(body) => physics.pose(*body, time_s),
        }
    }

    /// Whether it never moves.
    pub(crate) fn is_still(&self) -> bool {
        matches!(self.moves, Moves::Not(_))
    }

    /// The middle of it in the world.
    pub(crate) fn centre(&self, physics: &Physics, time_s: f64) -> Vec3 {
        self.pose(physics, time_s).point(self.centre * self.scale)
    }

    /// Place of a part when the prop is at a pose.
    pub(crate) fn world_from_part(&self, pose: &Pose, part: &PropPart) -> Affine3A {
        let world_from_piece = Affine3A::from_scale_rotation_translation(
            Vec3::splat(self.scale),
            pose.rotation,
            pose.translation,
        );
        world_from_piece * part.piece_from_local
    }
}

/// All set pieces under construction.
pub(crate) struct SetBuilder<'a> {
    pub(crate) app: &'a mut App,
    pub(crate) loaded: &'a LoadedScene,
    pub(crate) library: &'a mut Library,
    pub(crate) finishes: &'a mut Finishes,
    pub(crate) models: &'a mut Models,
    pub(crate) names: &'a mut Vec<String>,
    pub(crate) props: Vec<Prop>,
    pub(crate) solids: Vec<Solid>,
    falling: usize,
}

impl<'a> SetBuilder<'a> {
    pub(crate) fn new(
        app: &'a mut App,
        loaded: &'a LoadedScene,
        library: &'a mut Library,
        finishes: &'a mut Finishes,
        models: &'a mut Models,
        names: &'a mut Vec<String>,
    ) -> Self {
        Self {
            app,
            loaded,
            library,
            finishes,
            models,
            names,
            props: Vec::new(),
            solids: Vec::new(),
            falling: 0,
        }
    }

    /// Adds a piece and its copies.
    pub(crate) fn add(&mut self, piece: &Piece) -> Result<(), Error> {
        let parts = self.parts(piece)?;
        let centre = self.centre(&parts);
        for copy in 0..piece.repeat {
            let offset = vec3(piece.repeat_step_m) * copy as f32;
            self.names.push(if copy == 0 {
                piece.name.clone()
            } else {
                format!("{}.{}", piece.name, copy + 1)
            });
            let object_id = self.names.len() as u32;
            let start = Pose::new(rotation(piece.turn_deg), vec3(piece.at_m) + offset);
            let moves = self.solid(piece, &parts, object_id, start, offset)?;
            let (parts, scale, visible) = (parts.clone(), piece.scale, piece.visible);
            self.props.push(Prop { object_id, scale, visible, parts, centre, moves });
        }
        Ok(())
    }

    fn parts(&mut self, piece: &Piece) -> Result<Arc<[PropPart]>, Error> {
        let own = piece.material.as_deref();
        if let Shape::Gltf(file) = &piece.shape {
            let written = match own {
                Some(_) => Some(self.finishes.index(self.loaded, self.library, &piece.name, own)?),
                None => None,
            };
            let parts = self.models.set_piece(self.app, self.loaded, self.library, file)?;
            let part = |part: &crate::model::Part| PropPart {
                mesh: part.mesh,
                material: written.unwrap_or(part.material),
                piece_from_local: part.model_from_local,
                heard: None,
            };
            return Ok(parts.iter().map(part).collect());
        }
        let wrong = |reason: String| Error::Shape { name: piece.name.clone(), reason };
        let material = self.finishes.index(self.loaded, self.library, &piece.name, own)?;
        let mut heard = heard(&piece.shape).map_err(wrong)?;
        let meshes = shape::meshes(&piece.shape, Facets::FINE).map_err(wrong)?;
        let part = |mesh: Mesh| PropPart {
            mesh: self.library.put_mesh(mesh),
            material,
            piece_from_local: Affine3A::IDENTITY,
            heard: heard.take(),
        };
        Ok(meshes.into_iter().map(part).collect())
    }

    fn centre(&self, parts: &[PropPart]) -> Vec3 {
        let (low, high) = self.bounds(parts);
        0.5 * (low + high)
    }

    /// Lowest and highest corner in the piece's own space.
    fn bounds(&self, parts: &[PropPart]) -> (Vec3, Vec3) {
        let corners = parts.iter().flat_map(|part| {
            let positions = &self.library.meshes()[part.mesh].positions;
            positions.iter().map(|p| part.piece_from_local.transform_point3(*p))
        });
        let bounds = corners.fold(None, |bounds: Option<(Vec3, Vec3)>, p| match bounds {
            Some((low, high)) => Some((low.min(p), high.max(p))),
            None => Some((p, p)),
        });
        bounds.unwrap_or((Vec3::ZERO, Vec3::ZERO))
    }

    /// What physics makes of a copy.
    fn solid(
        &mut self,
        piece: &Piece,
        parts: &[PropPart],
        object_id: u32,
        start: Pose,
        offset: Vec3,
    ) -> Result<Moves, Error> {
        let (motion, moves) = match &piece.body {
            Body::Ghost => return Ok(Moves::Not(start)),
            Body::Fixed => (Motion::Fixed, Moves::Not(start)),
            Body::Kinematic { path } => {
                let path = Path::new(path, piece.turn_deg, offset);
                (drive(&path), Moves::Along(path))
            }
            Body::Dynamic { density_kg_m3, mass_kg, velocity_m_s, spin_deg_s, release_s } => {
                let mass = match mass_kg {
                    Some(mass) => ColliderMassProperties::Mass(*mass),
                    None => ColliderMassProperties::Density(density_kg_m3.unwrap_or(DEFAULT_DENSITY_KG_M3)),
                };
                self.falling += 1;
                let release = Release {
                    mass,
                    velocity_m_s: vec3(*velocity_m_s),
                    spin_rad_s: vec3(*spin_deg_s) * std::f32::consts::PI / 180.0,
                    at_s: *release_s,
                };
                (Motion::Falls(release), Moves::Falls(self.falling - 1))
            }
        };
        let meshes: Vec<(&Mesh, Affine3A)> =
            parts.iter().map(|p| (&*self.library.meshes()[p.mesh], p.piece_from_local)).collect();
        let solid = !matches!(motion, Motion::Fixed);
        let collider = collider(&piece.shape, piece.scale, &meshes, solid)
            .map_err(|reason| Error::Shape { name: piece.name.clone(), reason })?;
        let material =
            parts.first().map_or(String::new(), |p| self.library.materials()[p.material].name.clone());
        let fixed = matches!(piece.body, Body::Fixed);
        let build = Build::of(&piece.shape, piece.scale, self.bounds(parts), fixed);
        let identity = Identity { object_id, material, build };
        let (friction, restitution) = (piece.friction, piece.restitution);
        let start = if let Moves::Along(path) = &moves { path.at(0.0) } else { start };
        self.solids.push(Solid { identity, collider, start, friction, restitution, motion });
        Ok(moves)
    }
}

fn drive(path: &Path) -> Motion {
    let driven = path.clone();
    let pose_at = Box::new(move |time_s| driven.at(time_s));
    Motion::Driven(Drive { pose_at, end_s: path.end_s() })
}

/// A coarse stand-in for round shapes: sound does not need their thousands of triangles.
fn heard(shape: &Shape) -> Result<Option<Arc<Mesh>>, String> {
    match shape {
        Shape::Sphere { .. } | Shape::Cylinder { .. } | Shape::Capsule { .. } => {
            Ok(shape::meshes(shape, Facets::COARSE)?.pop().map(Arc::new))
        }
        _ => Ok(None),
    }
}
