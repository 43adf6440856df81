//! Walks down the tree of lights: to choose one, to say how likely that was, and to find the lamp a ray meets.

use glam::Vec3;
use maquette_geometry::Ray;

use super::{Scene, lamp::lamp_distance};
use crate::world::{LEAF, LIGHT_TRIANGLE, LightNode, NONE};

/// Pending nodes at most: the tree's depth, which splits by place and then by halves.
const STACK: usize = 64;

/// Chance of going to the first of two siblings: by power over squared distance, and within a node's ball over its
/// radius squared.
#[inline(always)]
fn chance_of_first(nodes: &[LightNode], first: u32, from: Vec3) -> f32 {
    let [a, b] = [0, 1].map(|i| &nodes[(first + i) as usize]);
    let square = |node: &LightNode| {
        let (square, within) = (node.centre.distance_squared(from), node.radius * node.radius);
        if square > within { square } else { within }
    };
    let (a, b) = (a.power * square(b), b.power * square(a));
    a / (a + b).max(f32::MIN_POSITIVE)
}

/// A light by its likely share at `from`, and how likely it was.
#[inline]
pub(crate) fn pick(scene: &Scene, from: Vec3, mut u: f32) -> (u32, f32) {
    let nodes = &scene.world.light_nodes;
    let mut child = nodes[scene.world.frame.light_tree as usize].child;
    let mut probability = 1.0;
    while child & LEAF == 0 {
        let chance = chance_of_first(nodes, child, from);
        if u < chance {
            u /= chance;
            probability *= chance;
        } else {
            u = ((u - chance) / (1.0 - chance)).min(0.999_999_94);
            probability *= 1.0 - chance;
            child += 1;
        }
        child = nodes[child as usize].child;
    }
    (child & !LEAF, probability)
}

/// How likely [`pick`] is to find a light.
#[inline]
pub(crate) fn probability(scene: &Scene, from: Vec3, light: u32) -> f32 {
    let nodes = &scene.world.light_nodes;
    let mut node = scene.world.lights[light as usize].leaf;
    let mut probability = 1.0;
    while nodes[node as usize].parent != NONE {
        let parent = nodes[node as usize].parent;
        let first = nodes[parent as usize].child;
        let chance = chance_of_first(nodes, first, from);
        probability *= if node == first { chance } else { 1.0 - chance };
        node = parent;
    }
    probability
}

/// The nearest lamp of a slice that the ray meets before its end, other than `except`, and where.
pub(crate) fn nearest_lamp(scene: &Scene, ray: Ray, slice: u32, except: u32) -> (u32, f32) {
    let world = scene.world;
    let nodes = &world.light_nodes;
    let first = slice * world.frame.lamps;
    let (mut nearest, mut limit) = (NONE, ray.t_max);
    let mut stack = [0; STACK];
    let mut depth = 1;
    stack[0] = world.frame.lamp_tree;
    while depth > 0 {
        depth -= 1;
        let node = &nodes[stack[depth] as usize];
        if !passes(node, ray, limit) {
            continue;
        }
        if node.child & LEAF == 0 {
            (stack[depth], stack[depth + 1]) = (node.child, node.child + 1);
            depth += 2;
            continue;
        }
        let light = &world.lights[(node.child & !LEAF) as usize];
        debug_assert_ne!(light.kind, LIGHT_TRIANGLE);
        if light.index < world.frame.solid_lamps && first + light.index != except {
            let t = lamp_distance(&world.lamps[(first + light.index) as usize], ray);
            if t > ray.t_min && t < limit {
                (nearest, limit) = (first + light.index, t);
            }
        }
    }
    (nearest, limit)
}

/// Whether a ray goes through a node's ball before `limit`.
#[inline(always)]
fn passes(node: &LightNode, ray: Ray, limit: f32) -> bool {
    let to_centre = node.centre - ray.origin;
    let middle = to_centre.dot(ray.direction);
    let off_axis = (to_centre - ray.direction * middle).length_squared();
    off_axis <= node.radius * node.radius && middle >= -node.radius && middle - node.radius <= limit
}
