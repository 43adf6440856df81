//! Meshes and instances to BVHs and CPU ray queries.
//!
//! Two levels: a [`MeshBvh`] a mesh in its own space, built once and shared; an [`InstanceBvh`] over placed meshes,
//! rebuilt when anything moves. Both are eight-wide compressed BVHs (Ylitie, Karras and Laine 2017) from `obvhs`.
//! [`BinaryBvh`] is the two-wide form that a GPU traverses.

mod binary_bvh;
mod instance_bvh;
mod mesh_bvh;
mod ray;
mod triangle;

pub use binary_bvh::{BinaryBvh, BinaryNode};
pub use instance_bvh::{InstanceBvh, Placed};
pub use mesh_bvh::MeshBvh;
pub use ray::{Hit, Ray};
pub use triangle::Triangle;
