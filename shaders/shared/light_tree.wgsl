// Walks down the tree of lights; twin of `transport/light_tree.rs`.

const LEAF: u32 = 0x80000000u;
const TREE_STACK: u32 = 64u;

fn square_away(node: u32, start: vec3f) -> f32 {
    let to = light_nodes[node].centre - start;
    return max(dot(to, to), light_nodes[node].radius * light_nodes[node].radius);
}

fn chance_of_first(first: u32, start: vec3f) -> f32 {
    let a = light_nodes[first].power * square_away(first + 1u, start);
    return a / max(a + light_nodes[first + 1u].power * square_away(first, start), 1.1754944e-38);
}

struct Picked {
    light: u32,
    probability: f32,
}

fn pick_in_tree(start: vec3f, draw: f32) -> Picked {
    var u = draw;
    var child = light_nodes[frame.light_tree].child;
    var probability = 1.0;
    while ((child & LEAF) == 0u) {
        steps++;
        let chance = chance_of_first(child, start);
        if (u < chance) {
            u /= chance;
            probability *= chance;
        } else {
            u = min((u - chance) / (1.0 - chance), 0.99999994);
            probability *= 1.0 - chance;
            child++;
        }
        child = light_nodes[child].child;
    }
    return Picked(child & ~LEAF, probability);
}

fn probability_in_tree(start: vec3f, light: u32) -> f32 {
    var node = lights[light].leaf;
    var probability = 1.0;
    while (light_nodes[node].parent != NONE) {
        steps++;
        let above = light_nodes[node].parent;
        let first = light_nodes[above].child;
        let chance = chance_of_first(first, start);
        probability *= select(1.0 - chance, chance, node == first);
        node = above;
    }
    return probability;
}

fn nearest_lamp_in_tree(ray: Ray, slice: u32, but: u32) -> Nearest {
    let first = slice * frame.lamps;
    var nearest = Nearest(NONE, ray.t_max);
    var stack: array<u32, TREE_STACK>;
    stack[0] = frame.lamp_tree;
    var depth = 1u;
    while (depth > 0u) {
        steps++;
        depth--;
        let node = stack[depth];
        if (!passes_ball(node, ray, nearest.t)) {
            continue;
        }
        let child = light_nodes[node].child;
        if ((child & LEAF) == 0u) {
            stack[depth] = child;
            stack[depth + 1u] = child + 1u;
            depth += 2u;
            continue;
        }
        let lamp = lights[child & ~LEAF].index;
        if (lamp < frame.solid_lamps && first + lamp != but) {
            let t = lamp_distance(first + lamp, ray);
            if (t > 0.0 && t < nearest.t) {
                nearest = Nearest(first + lamp, t);
            }
        }
    }
    return nearest;
}

fn passes_ball(node: u32, ray: Ray, limit: f32) -> bool {
    let to_centre = light_nodes[node].centre - ray.origin;
    let middle = dot(to_centre, ray.direction);
    let off_axis = to_centre - ray.direction * middle;
    let radius = light_nodes[node].radius;
    return dot(off_axis, off_axis) <= radius * radius && middle >= -radius && middle - radius <= limit;
}
