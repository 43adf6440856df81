//! Records that only the GPU executor has, laid out as in `shaders/shared/records.wgsl`.

use bytemuck::{Pod, Zeroable};
use glam::{UVec4, Vec3, Vec4};

use crate::world::MOST_SLICES;

/// A node of a two-wide BVH.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct NodeRecord {
    pub(super) low: Vec3,
    pub(super) first: u32,
    pub(super) high: Vec3,
    pub(super) count: u32,
}

/// Room for the root of each slice's tree, four to a vector.
pub(super) type Roots = [UVec4; MOST_SLICES.div_ceil(4)];

/// What one dispatch does.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct DispatchRecord {
    pub(super) sample_index: u32,
    pub(super) first_bounce: u32,
    pub(super) bounces: u32,
    pub(super) padding: u32,
    /// Root of each slice's tree over instances.
    pub(super) roots: Roots,
}

/// A path on its way, between dispatches.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct PathRecord {
    pub(super) origin: Vec3,
    pub(super) slice: u32,
    pub(super) direction: Vec3,
    pub(super) bounce: u32,
    pub(super) weight: Vec3,
    pub(super) pdf: f32,
    pub(super) diffuse_share: Vec3,
    pub(super) alive: u32,
    pub(super) feature: Vec3,
    pub(super) seeks_features: u32,
    pub(super) cone_width: f32,
    pub(super) cone_spread: f32,
    pub(super) travelled: f32,
    pub(super) chooser: u32,
    pub(super) mirrors: u32,
    pub(super) padding: [u32; 3],
}

/// What one pixel's paths brought, summed.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct SumRecord {
    pub(super) parts: [Vec4; 5],
    pub(super) albedo: Vec4,
    pub(super) normal: Vec4,
    pub(super) rays: u32,
    pub(super) most_steps: u32,
    pub(super) removed: f32,
    pub(super) padding: u32,
}

/// The G-buffer at one pixel; a negative distance is a miss.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct PrimaryRecord {
    pub(super) position: Vec3,
    pub(super) depth: f32,
    pub(super) normal: Vec3,
    pub(super) distance: f32,
    pub(super) albedo: Vec3,
    pub(super) roughness: f32,
    pub(super) motion: [f32; 2],
    pub(super) metallic: f32,
    pub(super) object_id: u32,
    pub(super) material_id: u32,
    pub(super) most_steps: u32,
    pub(super) image_motion: [f32; 2],
    pub(super) image_position: Vec3,
    pub(super) image_id: u32,
    pub(super) image_normal: Vec3,
    pub(super) padding: u32,
    pub(super) lamp_light: Vec3,
    pub(super) rays: u32,
}
