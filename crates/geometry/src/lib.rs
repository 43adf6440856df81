//! Meshes and instances to BVHs and CPU ray queries.
//!
//! Two levels: a [`MeshBvh`] a mesh in its own space, built once and shared; an [`InstanceBvh`] over placed meshes,
//! rebuilt when anything moves. Both are eight-wide: `obvhs` builds a two-wide tree, `collapse` turns it into an
//! eight-wide one, `wide_bvh` traverses that with eight boxes, and `pack` with eight triangles, an instruction.
//! [`BinaryBvh`] is the two-wide form that a GPU traverses.

mod binary_bvh;
mod collapse;
mod instance_bvh;
mod lanes;
mod mesh_bvh;
mod pack;
mod ray;
mod triangle;
#[cfg(test)]
mod watertight;
mod wide_bvh;

pub use binary_bvh::{BinaryBvh, BinaryNode};
pub use instance_bvh::{InstanceBvh, Placed};
pub use mesh_bvh::MeshBvh;
pub use ray::{Hit, Ray};
pub use triangle::Triangle;
