//! An eight-wide BVH over boxes, and its traversal.
//!
//! Full-precision boxes, one array of eight numbers a plane: a node is tested in a dozen vector operations, and can be
//! refitted when what it holds moves. Children are visited nearest first; what the nearest hit so far rules out is
//! dropped from the stack unvisited.

use std::{ops::Range, time::Duration};

use glam::Vec3;
use obvhs::{BvhBuildParams, aabb::Aabb, bvh2::builder::build_bvh2};

use crate::{
    Ray,
    collapse::{Child, Collapse},
    lanes::{Eight, LANES, prefetch, splat},
    ray::{nudged, slack},
};

/// Marks a child as a leaf.
const LEAF: u32 = 1 << 31;
/// Stack entries that need no allocation: 9 full levels. Every traversal clears them, in line up to this size.
const SHALLOW: usize = 128;

/// Eight boxes and what is in them.
#[repr(C, align(32))]
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Smallest x, y, z, then largest; unused lanes are inside out, and no ray meets them.
    planes: [[f32; LANES]; 6],
    /// Node, or leaf with [`LEAF`].
    children: [u32; LANES],
}

const EMPTY: Node = Node {
    planes: [
        [f32::INFINITY; LANES],
        [f32::INFINITY; LANES],
        [f32::INFINITY; LANES],
        [f32::NEG_INFINITY; LANES],
        [f32::NEG_INFINITY; LANES],
        [f32::NEG_INFINITY; LANES],
    ],
    children: [u32::MAX; LANES],
};

/// What a traversal does with the leaves it reaches.
///
/// A trait and not a closure: code with vector instructions is only fast where all of it is inlined into the function
/// that was compiled for them, which is not promised for closures.
pub(crate) trait Visitor {
    /// Looks at a leaf. Returns the distance beyond which nothing more matters, or anything negative to stop.
    fn visit(&mut self, leaf: u32) -> f32;

    /// Brings a leaf nearer that is likely to be visited soon.
    #[inline(always)]
    fn foresee(&self, _leaf: u32) {}
}

/// A tree over boxes. Parents stand before their children.
#[derive(Clone, Debug, Default)]
pub(crate) struct WideBvh {
    nodes: Vec<Node>,
    /// Where each leaf's primitives lie in `order`, by their start; one more at the end.
    leaves: Vec<u32>,
    order: Vec<u32>,
    /// Entries its deepest traversal may need.
    stack: usize,
    /// Smallest and largest corner of the box around all.
    bounds: (Vec3, Vec3),
}

impl WideBvh {
    /// Builds over boxes, given as smallest and largest corners, with at most `leaf_size` in a leaf.
    pub(crate) fn build(boxes: &[(Vec3, Vec3)], leaf_size: u32, params: BvhBuildParams) -> Self {
        if boxes.is_empty() {
            return Self::default();
        }
        let aabbs: Vec<Aabb> = boxes.iter().map(|(lo, hi)| Aabb::new((*lo).into(), (*hi).into())).collect();
        // Leaves are this module's choice.
        let params = BvhBuildParams { max_prims_per_leaf: 1, ..params };
        let binary = build_bvh2(&aabbs, params, &mut Duration::default());
        let collapse = Collapse::new(&binary, leaf_size);
        let mut tree = Self { nodes: vec![EMPTY], ..Self::default() };
        // Two-wide node, eight-wide node, stack entries while it is looked at.
        let mut rest = vec![(0u32, 0usize, 0usize)];
        while let Some((from, to, stack)) = rest.pop() {
            let children = collapse.children(from);
            let stack = stack + children.len();
            tree.stack = tree.stack.max(stack);
            for (lane, child) in children.into_iter().enumerate() {
                tree.nodes[to].children[lane] = match child {
                    Child::Leaf(index) => {
                        tree.leaves.push(tree.order.len() as u32);
                        collapse.primitives(index, &mut tree.order);
                        LEAF | (tree.leaves.len() as u32 - 1)
                    }
                    Child::Inner(index) => {
                        // It has left the stack by then.
                        rest.push((index, tree.nodes.len(), stack - 1));
                        tree.nodes.push(EMPTY);
                        tree.nodes.len() as u32 - 1
                    }
                };
            }
        }
        tree.leaves.push(tree.order.len() as u32);
        tree.refit(boxes);
        tree
    }

    /// Fits every node to boxes that moved; there must be as many as the tree was built over.
    pub(crate) fn refit(&mut self, boxes: &[(Vec3, Vec3)]) {
        for index in (0..self.nodes.len()).rev() {
            for lane in 0..LANES {
                let child = self.nodes[index].children[lane];
                if child != u32::MAX {
                    let bounds = match child & LEAF {
                        0 => self.nodes[child as usize].bounds(),
                        _ => union(self.leaf(child & !LEAF).iter().map(|&i| boxes[i as usize])),
                    };
                    self.nodes[index].set(lane, bounds);
                }
            }
        }
        self.bounds = self.nodes.first().unwrap_or(&EMPTY).bounds();
    }

    /// Mean number of boxes that a ray through the largest one meets, by their areas.
    pub(crate) fn cost(&self) -> f32 {
        let area = |(low, high): (Vec3, Vec3)| {
            let size = (high - low).max(Vec3::ZERO);
            size.x * size.y + size.y * size.z + size.z * size.x
        };
        let whole = area(self.bounds());
        let lanes = |node: &Node| (0..LANES).map(|lane| area(node.lane(lane))).sum::<f32>();
        if whole > 0.0 { self.nodes.iter().map(lanes).sum::<f32>() / whole } else { 0.0 }
    }

    /// How many boxes it was built over.
    pub(crate) fn primitive_count(&self) -> usize {
        self.order.len()
    }

    /// How many leaves there are.
    pub(crate) fn leaf_count(&self) -> usize {
        self.leaves.len().saturating_sub(1)
    }

    /// Primitives of a leaf.
    #[inline(always)]
    pub(crate) fn leaf(&self, leaf: u32) -> &[u32] {
        let Range { start, end } = self.leaves[leaf as usize]..self.leaves[leaf as usize + 1];
        &self.order[start as usize..end as usize]
    }

    /// The box around all; inside out when there is nothing.
    pub(crate) fn bounds(&self) -> (Vec3, Vec3) {
        if self.nodes.is_empty() { EMPTY.bounds() } else { self.bounds }
    }

    /// Shows `visitor` the leaves whose boxes the ray meets, nearest first if `SORTED`.
    #[inline(always)]
    pub(crate) fn traverse<E: Eight, const SORTED: bool>(&self, ray: &Ray, visitor: &mut impl Visitor) {
        match self.stack <= SHALLOW {
            true => self.walk::<E, SORTED>(ray, visitor, &mut [0; SHALLOW]),
            false => self.walk::<E, SORTED>(ray, visitor, &mut vec![0; self.stack]),
        }
    }

    /// [`Self::traverse`] with enough room for what is still to be looked at.
    #[inline(always)]
    fn walk<E: Eight, const SORTED: bool>(&self, ray: &Ray, visitor: &mut impl Visitor, stack: &mut [u64]) {
        if self.nodes.is_empty() {
            return;
        }
        let slabs = Slabs::<E>::new(ray, self.bounds);
        let mut depth = 0;
        let mut limit = ray.t_max;
        let mut next = 0u32;
        'nodes: loop {
            if next & LEAF == 0 {
                let node = &self.nodes[next as usize];
                let (mut hits, near) = slabs.meet(node, limit);
                let first = depth;
                while hits != 0 {
                    let lane = hits.trailing_zeros() as usize & (LANES - 1);
                    hits &= hits - 1;
                    let child = node.children[lane];
                    // A single child goes round the stack, without waiting for it.
                    if hits == 0 && depth == first {
                        next = child;
                        continue 'nodes;
                    }
                    // A twentieth of the time in large scenes is saved by not waiting for these later.
                    if SORTED {
                        match child & LEAF {
                            0 => prefetch(&self.nodes, child as usize),
                            _ => visitor.foresee(child & !LEAF),
                        }
                    }
                    let entry = entry(near[lane], child);
                    match SORTED {
                        true => insert(stack, first, depth, entry),
                        false => stack[depth] = entry,
                    }
                    depth += 1;
                }
            } else {
                limit = visitor.visit(next & !LEAF);
                if limit < 0.0 {
                    return;
                }
            }
            loop {
                if depth == 0 {
                    return;
                }
                depth -= 1;
                if f32::from_bits((stack[depth] >> 32) as u32) <= limit {
                    next = stack[depth] as u32;
                    break;
                }
            }
        }
    }
}

/// Distance and child as one number that sorts by distance: floats from 0 up sort as their bits do.
#[inline(always)]
fn entry(near: f32, child: u32) -> u64 {
    u64::from(near.to_bits()) << 32 | u64::from(child)
}

/// Puts an entry at its place among `stack[first .. last]`, which fall from far to near.
#[inline(always)]
fn insert(stack: &mut [u64], first: usize, last: usize, entry: u64) {
    let mut at = last;
    while at > first && stack[at - 1] < entry {
        stack[at] = stack[at - 1];
        at -= 1;
    }
    stack[at] = entry;
}

impl Node {
    fn set(&mut self, lane: usize, (low, high): (Vec3, Vec3)) {
        for axis in 0..3 {
            self.planes[axis][lane] = low[axis];
            self.planes[axis + 3][lane] = high[axis];
        }
    }

    fn lane(&self, lane: usize) -> (Vec3, Vec3) {
        let at = |plane: usize| self.planes[plane][lane];
        (Vec3::new(at(0), at(1), at(2)), Vec3::new(at(3), at(4), at(5)))
    }

    fn bounds(&self) -> (Vec3, Vec3) {
        let least = |plane: usize| self.planes[plane].iter().copied().fold(f32::INFINITY, f32::min);
        let most = |plane: usize| self.planes[plane].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        (Vec3::new(least(0), least(1), least(2)), Vec3::new(most(3), most(4), most(5)))
    }
}

fn union(boxes: impl Iterator<Item = (Vec3, Vec3)>) -> (Vec3, Vec3) {
    let none = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    boxes.fold(none, |(low, high), (lo, hi)| (low.min(lo), high.max(hi)))
}

/// A ray ready to be tested against boxes.
struct Slabs<E> {
    /// Where the ray starts for the planes that it meets first, and for those that it meets last, on each axis.
    near_origin: [E; 3],
    far_origin: [E; 3],
    inverse: [E; 3],
    /// The planes that the ray meets first and last, for each axis.
    near: [usize; 3],
    far: [usize; 3],
    t_min: E,
}

impl<E: Eight> Slabs<E> {
    #[inline(always)]
    fn new(ray: &Ray, bounds: (Vec3, Vec3)) -> Self {
        let direction = nudged(ray.direction);
        let negative = [direction.x < 0.0, direction.y < 0.0, direction.z < 0.0];
        let towards = slack(ray.origin, bounds).copysign(direction);
        Self {
            near_origin: splat(ray.origin + towards),
            far_origin: splat(ray.origin - towards),
            inverse: splat(direction.recip()),
            near: [
                3 * usize::from(negative[0]),
                1 + 3 * usize::from(negative[1]),
                2 + 3 * usize::from(negative[2]),
            ],
            far: [
                3 - 3 * usize::from(negative[0]),
                4 - 3 * usize::from(negative[1]),
                5 - 3 * usize::from(negative[2]),
            ],
            t_min: E::splat(ray.t_min.max(0.0)),
        }
    }

    /// Which boxes the ray meets before `limit`, and where it enters them. The exit is widened by the rounding of its
    /// terms (Ize, "Robust BVH Ray Traversal", JCGT 2013).
    #[inline(always)]
    fn meet(&self, node: &Node, limit: f32) -> (u32, [f32; LANES]) {
        let enter = [self.enter(node, 0), self.enter(node, 1), self.enter(node, 2)];
        let leave = [self.leave(node, 0), self.leave(node, 1), self.leave(node, 2)];
        let first = enter[0].most(enter[1]).most(enter[2].most(self.t_min));
        let last = leave[0].least(leave[1]).least(leave[2]).times(E::splat(1.000_000_4));
        (first.at_most(last.least(E::splat(limit))), first.store())
    }

    /// Distances at which the ray crosses the planes that it meets first.
    #[inline(always)]
    fn enter(&self, node: &Node, axis: usize) -> E {
        E::load(&node.planes[self.near[axis]]).minus(self.near_origin[axis]).times(self.inverse[axis])
    }

    /// Distances at which it crosses the others.
    #[inline(always)]
    fn leave(&self, node: &Node, axis: usize) -> E {
        E::load(&node.planes[self.far[axis]]).minus(self.far_origin[axis]).times(self.inverse[axis])
    }
}
