//! Walks down the tree of lights: to choose one, to say how likely that was, and to find the lamp a ray meets.

use glam::Vec3;
use maquette_geometry::Ray;

use super::{Scene, lamp::lamp_distance};
use crate::{
    lanes::widest,
    world::{BallRecord, CANDIDATES as LANES, LEAF, LIGHT_TRIANGLE, LightNode, MOST_PAIRS, NONE, PairRecord},
};

/// Pending nodes at most: the tree's depth, which splits by place and then by halves.
const STACK: usize = 64;
/// The largest draw.
const LAST: f32 = 0.999_999_94;

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
            u = ((u - chance) / (1.0 - chance)).min(LAST);
            probability *= 1.0 - chance;
            child += 1;
        }
        child = nodes[child as usize].child;
    }
    (child & !LEAF, probability)
}

/// [`pick`] for eight draws. The walks share their steps' chances, which come from the same place, and take their
/// steps side by side.
#[inline]
pub(crate) fn pick_eight(scene: &Scene, from: Vec3, draws: [f32; LANES]) -> [(u32, f32); LANES] {
    widest!(pick_each(scene, from, draws), pick_each_avx2(scene, from, draws))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn pick_each_avx2(scene: &Scene, from: Vec3, draws: [f32; LANES]) -> [(u32, f32); LANES] {
    pick_each(scene, from, draws)
}

#[inline(always)]
fn pick_each(scene: &Scene, from: Vec3, mut draws: [f32; LANES]) -> [(u32, f32); LANES] {
    let nodes = &scene.world.light_nodes;
    // Pairs begin at odd positions; all that lies beyond them is an end, where a walk stays.
    let mut known = [[1.0; LANES]; MOST_PAIRS / LANES + 1];
    for (known, pairs) in known.iter_mut().zip(&scene.world.light_pairs) {
        *known = chances_of_first(pairs, from);
    }
    let known = known.as_flattened();
    let mut children = [nodes[scene.world.frame.light_tree as usize].child; LANES];
    let mut probabilities = [1.0; LANES];
    loop {
        let mut chances = [0.0; LANES];
        for (chance, &child) in chances.iter_mut().zip(&children) {
            let pair = child as usize / 2;
            *chance = known[pair.min(MOST_PAIRS)];
            if (2 * MOST_PAIRS as u32..LEAF).contains(&child) {
                *chance = chance_of_first(nodes, child, from);
            }
        }
        let seconds = take_steps(&chances, &mut draws, &mut probabilities);
        let mut all = LEAF;
        for (child, second) in children.iter_mut().zip(seconds) {
            let next = nodes[((*child + second) as usize).min(nodes.len() - 1)].child;
            let ended = (*child / LEAF).wrapping_neg();
            *child = *child & ended | next & !ended;
            all &= *child;
        }
        if all & LEAF != 0 {
            return std::array::from_fn(|lane| (children[lane] & !LEAF, probabilities[lane]));
        }
    }
}

/// [`chance_of_first`] for eight pairs, operation for operation.
// A counted loop becomes vector code.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn chances_of_first([first, second]: &PairRecord, from: Vec3) -> [f32; LANES] {
    let mut chances = [0.0; LANES];
    for lane in 0..LANES {
        let square = |ball: &BallRecord| {
            let away = |axis: usize| ball.centre[axis][lane] - from[axis];
            let (x, y, z) = (away(0), away(1), away(2));
            let square = x * x + y * y + z * z;
            if square > ball.within[lane] { square } else { ball.within[lane] }
        };
        let (a, b) = (first.power[lane] * square(second), second.power[lane] * square(first));
        chances[lane] = a / (a + b).max(f32::MIN_POSITIVE);
    }
    chances
}

/// One step of each walk. Returns 1 for those that go to the second child. By masks: the compiler would branch at
/// comparisons, and such branches are guessed wrong as often as not.
#[inline(always)]
fn take_steps(
    chances: &[f32; LANES],
    draws: &mut [f32; LANES],
    probabilities: &mut [f32; LANES],
) -> [u32; LANES] {
    let mut seconds = [0; LANES];
    for lane in 0..LANES {
        let chance = chances[lane];
        seconds[lane] = u32::from(draws[lane] >= chance);
        let second = seconds[lane].wrapping_neg();
        let either =
            |first: f32, other: f32| f32::from_bits(first.to_bits() & !second | other.to_bits() & second);
        let share = either(chance, 1.0 - chance);
        let within = (draws[lane] - either(0.0, chance)) / share;
        draws[lane] = either(within, if within < LAST { within } else { LAST });
        probabilities[lane] *= share;
    }
    seconds
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

#[cfg(test)]
mod tests {
    use maquette_conditioning::Moment;

    use super::*;
    use crate::{
        Settings,
        set::{corridor, street},
        transport::sampler::unit,
        world::{Strategy, World, WorldCache},
    };

    fn world(moment: &Moment) -> World {
        World::new(moment, &Settings::default(), Strategy::Both, &mut WorldCache::default()).unwrap()
    }

    #[test]
    fn walks_side_by_side_end_where_each_alone_does() {
        for (moment, is_deep) in [(corridor(), false), (street(), true)] {
            let world = world(&moment);
            assert_eq!(world.light_nodes.len() / 2 > MOST_PAIRS, is_deep);
            let scene = Scene { world: &world, bvhs: &[] };
            let number = |i: u32| unit(i.wrapping_mul(0x9e37_79b9));
            for i in 0..500 {
                let from = Vec3::new(number(3 * i) - 0.5, 2.5 * number(3 * i + 1), -20.0 * number(3 * i + 2));
                let draws = std::array::from_fn(|lane| number(7777 + 8 * i + lane as u32));
                let alone = draws.map(|draw| pick(&scene, from, draw));
                assert_eq!(pick_eight(&scene, from, draws), alone);
                assert_eq!(pick_each(&scene, from, draws), alone);
            }
        }
    }
}
