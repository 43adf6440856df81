//! A two-wide BVH in plain arrays, for executors that traverse it themselves.

use std::time::Duration;

use glam::Vec3;
use obvhs::{BvhBuildParams, aabb::Aabb, bvh2::builder::build_bvh2};

/// A node: a leaf when `count` is not 0, with primitives `first .. first + count` of [`BinaryBvh::order`]; else its
/// children are nodes `first` and `first + 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryNode {
    /// Smallest corner of its box.
    pub min: Vec3,
    /// Largest corner of its box.
    pub max: Vec3,
    /// First child or first primitive.
    pub first: u32,
    /// Primitives in a leaf, 0 for an inner node.
    pub count: u32,
}

/// A binary BVH over boxes.
#[derive(Clone, Debug, Default)]
pub struct BinaryBvh {
    /// Nodes; the root is the first. Empty when there are no boxes.
    pub nodes: Vec<BinaryNode>,
    /// Primitive indices in leaf order.
    pub order: Vec<u32>,
}

impl BinaryBvh {
    /// Builds over boxes given as smallest and largest corners.
    pub fn build(boxes: &[(Vec3, Vec3)]) -> Self {
        if boxes.is_empty() {
            return Self::default();
        }
        let boxes: Vec<Aabb> = boxes.iter().map(|(lo, hi)| Aabb::new((*lo).into(), (*hi).into())).collect();
        let bvh = build_bvh2(&boxes, BvhBuildParams::medium_build(), &mut Duration::default());
        let node = |node: &obvhs::bvh2::node::Bvh2Node| BinaryNode {
            min: node.aabb().min.into(),
            max: node.aabb().max.into(),
            first: node.first_index,
            count: node.prim_count,
        };
        Self { nodes: bvh.nodes.iter().map(node).collect(), order: bvh.primitive_indices }
    }
}
