//! A tree over local lights: which of many is likely to matter at a place, and which of many lamps a ray may meet.
//!
//! A node knows a ball around its lights and their power; walking down by power over squared distance finds near lights
//! first (after Conty Estevez and Kulla, "Importance Sampling of Many Lights with Adaptive Tree Splitting", HPG 2018,
//! without their cones). Lamps and glowing triangles have subtrees of their own, so that the first serves rays as well.

use std::collections::VecDeque;

use glam::Vec3;

use super::{
    CANDIDATES as LANES, LAMP_RECT, LIGHT_LAMP, LampRecord, LightNode, LightRecord, NONE, Shapes,
    lights::LightTable,
};

/// With fewer lights, a few draws by power alone see nearly all of them.
const FEWEST: usize = 24;
/// Marks a child that is a light.
pub(crate) const LEAF: u32 = 0x8000_0000;
/// Pairs of siblings that are weighed together, whether a walk comes by them or not: a walk's own steps cost ten times as much.
pub(crate) const MOST_PAIRS: usize = 256;
/// Levels at most: halves by place first, by number when that does not help.
const DEEPEST_BY_PLACE: usize = 24;

/// The tree, and where it begins.
pub(crate) struct LightTree {
    /// The root, then pairs of children, level by level.
    pub(crate) nodes: Vec<LightNode>,
    /// The topmost pairs, at most [`MOST_PAIRS`], ready for the CPU to weigh together.
    pub(crate) pairs: Vec<PairRecord>,
    /// Over all local lights, or [`NONE`] when there are few.
    pub(crate) root: u32,
    /// Over lamps only.
    pub(crate) lamp_root: u32,
}

/// One light: its position in the table, a box around it at all times, its power.
#[derive(Clone, Copy)]
struct Item {
    light: u32,
    low: Vec3,
    high: Vec3,
    power: f32,
}

/// Builds the tree and tells the lights in `table` where their leaves are.
pub(super) fn light_tree(table: &mut LightTable, shapes: &Shapes, slices: usize) -> LightTree {
    let mut tree = LightTree { nodes: Vec::new(), pairs: Vec::new(), root: NONE, lamp_root: NONE };
    if table.local < FEWEST {
        return tree;
    }
    let items: Vec<Item> = (0..table.local).map(|light| item(table, shapes, slices, light as u32)).collect();
    let is_lamp = |item: &Item| table.lights[item.light as usize].kind == LIGHT_LAMP;
    let (mut lamps, mut triangles): (Vec<Item>, Vec<Item>) = items.iter().partition(|item| is_lamp(item));
    tree.root = 0;
    tree.nodes.push(LightNode { parent: NONE, ..LightNode::default() });
    match (lamps.is_empty(), triangles.is_empty()) {
        (false, false) => {
            let children = tree.reserve(0, &bounds(&items));
            tree.grow([(children, &mut lamps[..]), (children + 1, &mut triangles[..])], table);
            tree.lamp_root = children;
        }
        (true, _) => tree.grow([(0, &mut triangles[..])], table),
        (_, true) => {
            tree.grow([(0, &mut lamps[..])], table);
            tree.lamp_root = 0;
        }
    }
    tree.pairs = pairs(&tree.nodes);
    tree
}

/// The topmost pairs of siblings, eight together.
fn pairs(nodes: &[LightNode]) -> Vec<PairRecord> {
    let siblings = nodes.get(1..).unwrap_or_default();
    let record = |siblings: &[LightNode]| {
        let mut record = PairRecord::default();
        for (i, node) in siblings.iter().enumerate() {
            record[i % 2].set(i / 2, node);
        }
        record
    };
    siblings.chunks(2 * LANES).take(MOST_PAIRS / LANES).map(record).collect()
}

impl LightTree {
    /// Two children for a node.
    fn reserve(&mut self, node: u32, around: &Item) -> u32 {
        let children = self.nodes.len() as u32;
        self.fill(node, around, children);
        self.nodes.extend([LightNode { parent: node, ..LightNode::default() }; 2]);
        children
    }

    fn fill(&mut self, node: u32, around: &Item, child: u32) {
        let node = &mut self.nodes[node as usize];
        node.centre = 0.5 * (around.low + around.high);
        // Rounded up, as rays are tested against it.
        node.radius = 0.5 * (around.high - around.low).length() * 1.0001 + 1e-4;
        (node.power, node.child) = (around.power, child);
    }

    /// Subtrees from their roots on, level by level.
    fn grow<const ROOTS: usize>(&mut self, roots: [(u32, &mut [Item]); ROOTS], table: &mut LightTable) {
        let mut rest = VecDeque::from(roots.map(|(node, items)| (node, items, 0)));
        while let Some((node, items, depth)) = rest.pop_front() {
            if let [item] = items {
                self.fill(node, item, LEAF | item.light);
                table.lights[item.light as usize].leaf = node;
                continue;
            }
            let children = self.reserve(node, &bounds(items));
            let middle = split(items, depth);
            let (left, right) = items.split_at_mut(middle);
            rest.extend([(children, left, depth + 1), (children + 1, right, depth + 1)]);
        }
    }
}

/// The first children of eight pairs of siblings, and the second ones.
pub(crate) type PairRecord = [BallRecord; 2];

/// Eight nodes lane by lane; unused lanes hold nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BallRecord {
    pub(crate) centre: [[f32; LANES]; 3],
    /// Radius squared.
    pub(crate) within: [f32; LANES],
    pub(crate) power: [f32; LANES],
}

impl BallRecord {
    fn set(&mut self, lane: usize, node: &LightNode) {
        (0..3).for_each(|axis| self.centre[axis][lane] = node.centre[axis]);
        self.within[lane] = node.radius * node.radius;
        self.power[lane] = node.power;
    }
}

/// Sorts items into two parts along their longest extent, at its middle or at their number's.
fn split(items: &mut [Item], depth: usize) -> usize {
    let centre = |item: &Item| item.low + item.high;
    let (low, high) = items.iter().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), item| {
        (low.min(centre(item)), high.max(centre(item)))
    });
    let axis = (high - low).max_position();
    items.sort_unstable_by(|a, b| centre(a)[axis].total_cmp(&centre(b)[axis]).then(a.light.cmp(&b.light)));
    let half = 0.5 * (low[axis] + high[axis]);
    let by_place = items.partition_point(|item| centre(item)[axis] < half);
    let helps = depth < DEEPEST_BY_PLACE && by_place > 0 && by_place < items.len();
    if helps { by_place } else { items.len() / 2 }
}

fn bounds(items: &[Item]) -> Item {
    items.iter().skip(1).fold(items[0], |all, item| Item {
        low: all.low.min(item.low),
        high: all.high.max(item.high),
        power: all.power + item.power,
        light: all.light,
    })
}

fn item(table: &LightTable, shapes: &Shapes, slices: usize, light: u32) -> Item {
    let record: &LightRecord = &table.lights[light as usize];
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    let mut include =
        |point: Vec3, reach: Vec3| (low, high) = (low.min(point - reach), high.max(point + reach));
    for slice in 0..slices {
        if record.kind == LIGHT_LAMP {
            let lamp = &table.lamps[slice * (table.lamps.len() / (slices + 1)) + record.index as usize];
            include(lamp.position, reach(lamp));
        } else {
            let instance = &shapes.instances[slice * shapes.count + record.index as usize];
            shapes
                .corners(instance, record.triangle)
                .into_iter()
                .for_each(|corner| include(corner, Vec3::ZERO));
        }
    }
    Item { light, low, high, power: record.probability }
}

/// Half the size of a lamp's box.
fn reach(lamp: &LampRecord) -> Vec3 {
    match lamp.kind {
        LAMP_RECT => lamp.right.abs() * lamp.half_width + lamp.up.abs() * lamp.half_height,
        _ => Vec3::splat(lamp.radius),
    }
}
