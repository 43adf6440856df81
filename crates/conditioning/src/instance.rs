//! A mesh placed in the world.

use std::sync::Arc;

use glam::{Affine3A, Vec3};

use crate::Moving;

/// A mesh placed in the world with a surface.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Which thing of the scene this is part of; from 1. A model of several meshes shares one.
    pub object_id: u32,
    /// Index into [`Moment::meshes`](crate::Moment::meshes).
    pub mesh: usize,
    /// Index into [`Moment::materials`](crate::Moment::materials). Its material id in planes is this + 1.
    pub material: usize,
    /// Placement. Scale is allowed; shear is not expected.
    pub world_from_local: Moving<Affine3A>,
    /// For a skinned mesh, its corners in local space at the three times; they replace the mesh's own.
    pub deformed: Option<Moving<Arc<Vertices>>>,
}

/// Deformed corners, in the order of the mesh's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertices {
    /// Positions, as many as the mesh has.
    pub positions: Vec<Vec3>,
    /// Unit normals, as many as the mesh has.
    pub normals: Vec<Vec3>,
}
