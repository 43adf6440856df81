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
    /// The same tree fitted to boxes that moved; there must be as many as it was built over. As good as a new one as long
    /// as neighbours stay neighbours.
    pub fn refitted(&self, boxes: &[(Vec3, Vec3)]) -> Self {
        let mut tree = self.clone();
        let none = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for index in self.children_first() {
            let BinaryNode { first, count, .. } = tree.nodes[index];
            let first = first as usize;
            let (low, high) = match count {
                0 => (first..first + 2).fold(none, |(low, high), child| {
                    (low.min(tree.nodes[child].min), high.max(tree.nodes[child].max))
                }),
                _ => tree.order[first..first + count as usize].iter().fold(none, |(low, high), &item| {
                    let (lo, hi) = boxes[item as usize];
                    (low.min(lo), high.max(hi))
                }),
            };
            (tree.nodes[index].min, tree.nodes[index].max) = (low, high);
        }
        tree
    }

    /// All nodes, children before their parents.
    fn children_first(&self) -> Vec<usize> {
        let mut found = Vec::with_capacity(self.nodes.len());
        let mut rest = if self.nodes.is_empty() { vec![] } else { vec![0] };
        while let Some(index) = rest.pop() {
            found.push(index);
            let BinaryNode { first, count, .. } = self.nodes[index];
            if count == 0 {
                rest.extend([first as usize, first as usize + 1]);
            }
        }
        found.reverse();
        found
    }
}
