//! A two-wide tree to an eight-wide one of least expected cost.
//!
//! For each subtree, bottom up: what it costs to stand for it with at most one, two … seven roots (Ylitie, Karras and
//! Laine, "Efficient Incoherent Ray Traversal on GPUs Through Compressed Wide BVHs", HPG 2017, section 3.2). A leaf
//! holds as many primitives as are tested at once, so it costs the same however full it is, and the tree fills them.

use obvhs::bvh2::Bvh2;

use crate::lanes::LANES;

/// What a leaf costs beside a node.
const LEAF_COST: f32 = 1.1;

/// A child of an eight-wide node.
pub(crate) enum Child {
    /// A node of the two-wide tree that becomes an eight-wide one.
    Inner(u32),
    /// A node of the two-wide tree whose primitives become one leaf.
    Leaf(u32),
}

/// Which of a two-wide tree's nodes become eight-wide ones.
pub(crate) struct Collapse<'a> {
    tree: &'a Bvh2,
    plans: Vec<Plan>,
}

/// The cheapest ways to stand for a subtree.
#[derive(Clone, Copy)]
struct Plan {
    /// With at most `i + 1` roots.
    cost: [f32; LANES - 1],
    /// Of `i + 1` roots, how many go to the left child; 0 is one root fewer. The last is for the node's own children.
    left: [u8; LANES],
    is_leaf: bool,
    primitives: u32,
}

impl<'a> Collapse<'a> {
    /// Plans for `tree`, with leaves of at most `leaf_size` primitives.
    pub(crate) fn new(tree: &'a Bvh2, leaf_size: u32) -> Self {
        let empty = Plan { cost: [0.0; LANES - 1], left: [0; LANES], is_leaf: true, primitives: 0 };
        let mut collapse = Self { tree, plans: vec![empty; tree.nodes.len()] };
        for node in children_first(tree) {
            collapse.plans[node as usize] = collapse.plan(node, leaf_size);
        }
        collapse
    }

    fn plan(&self, index: u32, leaf_size: u32) -> Plan {
        let node = &self.tree.nodes[index as usize];
        let area = node.aabb().half_area();
        if node.is_leaf() {
            let cost = [area * LEAF_COST; LANES - 1];
            return Plan { cost, left: [0; LANES], is_leaf: true, primitives: node.prim_count };
        }
        let [l, r] = [node.first_index, node.first_index + 1].map(|i| &self.plans[i as usize]);
        let primitives = l.primitives + r.primitives;
        // With `roots` roots, some to the left and the rest to the right.
        let shared = |roots: usize| {
            let cost = |left: usize| l.cost[left - 1] + r.cost[roots - left - 1];
            let splits = (1..roots).map(|left| (cost(left), left as u8));
            splits.fold((f32::INFINITY, 1), |best, split| if split.0 < best.0 { split } else { best })
        };
        let mut plan = Plan { cost: [0.0; LANES - 1], left: [0; LANES], is_leaf: false, primitives };
        let (children, left) = shared(LANES);
        plan.left[LANES - 1] = left;
        let as_leaf = if primitives <= leaf_size { area * LEAF_COST } else { f32::INFINITY };
        plan.is_leaf = as_leaf <= area + children;
        plan.cost[0] = as_leaf.min(area + children);
        for roots in 2..LANES {
            let (cost, left) = shared(roots);
            let fewer = plan.cost[roots - 2];
            plan.cost[roots - 1] = cost.min(fewer);
            plan.left[roots - 1] = if cost < fewer { left } else { 0 };
        }
        plan
    }

    /// The children of the eight-wide node that `index` becomes: one when the whole tree is a leaf.
    pub(crate) fn children(&self, index: u32) -> Vec<Child> {
        let mut found = Vec::with_capacity(LANES);
        let plan = &self.plans[index as usize];
        if plan.is_leaf {
            found.push(Child::Leaf(index));
            return found;
        }
        let (first, left) = (self.tree.nodes[index as usize].first_index, plan.left[LANES - 1] as usize);
        self.roots(first, left, &mut found);
        self.roots(first + 1, LANES - left, &mut found);
        found
    }

    /// Adds at most `roots` roots that stand for a subtree.
    fn roots(&self, index: u32, roots: usize, found: &mut Vec<Child>) {
        let plan = &self.plans[index as usize];
        let roots = (2..=roots).rev().find(|&r| plan.left[r - 1] > 0).unwrap_or(1);
        if roots == 1 {
            found.push(if plan.is_leaf { Child::Leaf(index) } else { Child::Inner(index) });
            return;
        }
        let (first, left) = (self.tree.nodes[index as usize].first_index, plan.left[roots - 1] as usize);
        self.roots(first, left, found);
        self.roots(first + 1, roots - left, found);
    }

    /// Appends all primitives below a node.
    pub(crate) fn primitives(&self, index: u32, into: &mut Vec<u32>) {
        let mut rest = vec![index];
        while let Some(index) = rest.pop() {
            let node = &self.tree.nodes[index as usize];
            if node.is_leaf() {
                let first = node.first_index as usize;
                into.extend(&self.tree.primitive_indices[first..first + node.prim_count as usize]);
            } else {
                rest.extend([node.first_index + 1, node.first_index]);
            }
        }
    }
}

/// All nodes, children before their parents.
fn children_first(tree: &Bvh2) -> Vec<u32> {
    let mut order = Vec::with_capacity(tree.nodes.len());
    let mut rest = vec![0];
    while let Some(index) = rest.pop() {
        order.push(index);
        let node = &tree.nodes[index as usize];
        if !node.is_leaf() {
            rest.extend([node.first_index, node.first_index + 1]);
        }
    }
    order.reverse();
    order
}
