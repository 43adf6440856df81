//! A world to the nodes that shaders traverse: a tree a mesh, and a tree over instances a slice, in one
//! array.

use std::{collections::HashMap, sync::Arc};

use glam::{Affine3A, UVec4, Vec3};
use maquette_conditioning::ContentId;
use maquette_geometry::{BinaryBvh, BinaryNode};
use rayon::prelude::*;

use super::records::{NodeRecord, Roots};
use crate::{
    Error,
    world::{InstanceRecord, NONE, SliceShape, World},
};

/// Depth of both levels together that the shader's stack holds, with room for a leaf's instances.
const DEEPEST: usize = 56;

/// The trees of one frame.
pub(super) struct Nodes {
    pub(super) nodes: Vec<NodeRecord>,
    /// Triangles, or instances, in leaf order.
    pub(super) order: Vec<u32>,
    /// Root of each slice's tree, or [`NONE`].
    pub(super) roots: Roots,
    /// The world's instances, told their roots.
    pub(super) instances: Vec<InstanceRecord>,
}

/// Keeps mesh trees while their meshes are in use.
#[derive(Default)]
pub(super) struct NodeCache {
    meshes: HashMap<ContentId, Arc<BinaryBvh>>,
}

impl NodeCache {
    pub(super) fn nodes(&mut self, world: &World) -> Result<Nodes, Error> {
        let shapes = &world.shapes.slice_shapes;
        let trees = self.mesh_trees(world);
        let mut nodes = Nodes {
            nodes: vec![],
            order: vec![],
            roots: Roots::default().map(|_| UVec4::splat(NONE)),
            instances: world.shapes.instances.clone(),
        };
        let mut firsts: Vec<&usize> = trees.keys().collect();
        firsts.sort();
        let roots: HashMap<usize, u32> =
            firsts.into_iter().map(|first| (*first, nodes.append(&trees[first]))).collect();
        for (instance, shape) in nodes.instances.iter_mut().zip(shapes) {
            instance.root = roots[&shape.vertices.start];
        }
        let deepest_top = nodes.append_tops(world, &trees);
        let deepest = deepest_top + trees.values().map(|tree| depth(tree)).max().unwrap_or(0);
        match deepest > DEEPEST {
            true => Err(Error::TooLarge {
                what: "depth of the BVH",
                bytes: 4 * deepest as u64,
                limit: 4 * DEEPEST as u64,
            }),
            false => Ok(nodes),
        }
    }

    /// The tree of each distinct shape, by the position of its first vertex.
    fn mesh_trees(&mut self, world: &World) -> HashMap<usize, Arc<BinaryBvh>> {
        let distinct: HashMap<usize, &SliceShape> =
            world.shapes.slice_shapes.iter().map(|shape| (shape.vertices.start, shape)).collect();
        let kept = std::mem::take(&mut self.meshes);
        let build = |shape: &SliceShape| {
            let known = shape.id.and_then(|id| kept.get(&id).cloned());
            known.unwrap_or_else(|| Arc::new(mesh_tree(world, shape)))
        };
        let built: HashMap<usize, Arc<BinaryBvh>> =
            distinct.par_iter().map(|(&first, shape)| (first, build(shape))).collect();
        self.meshes =
            distinct.values().filter_map(|s| Some((s.id?, built[&s.vertices.start].clone()))).collect();
        built
    }
}

impl Nodes {
    /// Adds a tree; returns its root.
    fn append(&mut self, tree: &BinaryBvh) -> u32 {
        let (first_node, first_order) = (self.nodes.len() as u32, self.order.len() as u32);
        let moved = |node: &BinaryNode| NodeRecord {
            low: node.min,
            first: node.first + if node.count > 0 { first_order } else { first_node },
            high: node.max,
            count: node.count,
        };
        self.nodes.extend(tree.nodes.iter().map(moved));
        self.order.extend(&tree.order);
        first_node
    }
}

impl Nodes {
    /// Adds a tree over the instances for each slice; returns the depth of all. One is built, where things are half way,
    /// and fitted to the others; slices in which nothing has moved share one.
    fn append_tops(&mut self, world: &World, trees: &HashMap<usize, Arc<BinaryBvh>>) -> usize {
        if world.shapes.count == 0 {
            return 0;
        }
        let boxes = |shapes: &[SliceShape]| -> Vec<(Vec3, Vec3)> {
            shapes.iter().map(|shape| world_box(shape, &trees[&shape.vertices.start])).collect()
        };
        let slices: Vec<_> = world.shapes.slice_shapes.par_chunks(world.shapes.count).map(boxes).collect();
        let middle = BinaryBvh::build(&slices[slices.len() / 2]);
        let mut last: Option<(&[(Vec3, Vec3)], u32)> = None;
        for (slice, boxes) in slices.iter().enumerate() {
            let root = match last {
                Some((same, root)) if same == boxes => root,
                _ => self.append(&middle.refitted(boxes)),
            };
            self.roots[slice / 4][slice % 4] = root;
            last = Some((boxes, root));
        }
        depth(&middle)
    }
}

fn mesh_tree(world: &World, shape: &SliceShape) -> BinaryBvh {
    let vertices = &world.shapes.vertices[shape.vertices.clone()];
    let bounds = |t: &[u32; 3]| {
        let [a, b, c] = t.map(|i| vertices[i as usize].position);
        (a.min(b).min(c), a.max(b).max(c))
    };
    BinaryBvh::build(&world.shapes.triangles[shape.triangles.clone()].iter().map(bounds).collect::<Vec<_>>())
}

fn world_box(shape: &SliceShape, tree: &BinaryBvh) -> (Vec3, Vec3) {
    let root = &tree.nodes[0];
    let place: &Affine3A = &shape.world_from_local;
    let corner = |i: u32| {
        let pick = |bit: u32, low: f32, high: f32| if i >> bit & 1 == 0 { low } else { high };
        Vec3::new(
            pick(0, root.min.x, root.max.x),
            pick(1, root.min.y, root.max.y),
            pick(2, root.min.z, root.max.z),
        )
    };
    let corners = (0..8).map(|i| place.transform_point3(corner(i)));
    corners.fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| (low.min(p), high.max(p)))
}

/// Levels of a tree.
fn depth(tree: &BinaryBvh) -> usize {
    let mut deepest = 0;
    let mut rest: Vec<(usize, usize)> = if tree.nodes.is_empty() { vec![] } else { vec![(0, 1)] };
    while let Some((node, level)) = rest.pop() {
        deepest = deepest.max(level);
        let BinaryNode { first, count, .. } = tree.nodes[node];
        if count == 0 {
            rest.extend([(first as usize, level + 1), (first as usize + 1, level + 1)]);
        }
    }
    deepest
}
