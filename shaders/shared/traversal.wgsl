// What a ray meets first: a triangle or a lamp that can be seen; twin of `transport/traversal.rs`.
//
// One loop through both levels of the tree: nested loops leave half of a GPU's lanes waiting.

// Enough for two levels of 30: the trees' depth is checked when they are uploaded.
const STACK: u32 = 64u;
// Marks a stack entry as an instance.
const INSTANCE: u32 = 0x80000000u;

struct Met {
    t: f32,
    // NONE when nothing was met.
    instance: u32,
    triangle: u32,
    u: f32,
    v: f32,
    // Lamp record, or NONE.
    lamp: u32,
}

fn closest(ray: Ray, slice: u32) -> Met {
    var met = traverse(ray, slice, false);
    let lamp = nearest_lamp(Ray(ray.origin, ray.direction, met.t), slice, NONE);
    if (lamp.index != NONE) {
        met.t = lamp.t;
        met.lamp = lamp.index;
    }
    return met;
}

// Share of light that gets past all that stands in the ray's way but the lamp record `but`.
fn passage(ray: Ray, slice: u32, but: u32) -> vec3f {
    veil_through = vec3f(1.0);
    if (nearest_lamp(ray, slice, but).index != NONE || traverse(ray, slice, true).instance != NONE) {
        return vec3f(0.0);
    }
    return veil_through;
}

struct Nearest {
    index: u32,
    t: f32,
}

fn nearest_lamp(ray: Ray, slice: u32, but: u32) -> Nearest {
    if (frame.lamp_tree != NONE) {
        return nearest_lamp_in_tree(ray, slice, but);
    }
    let first = slice * frame.lamps;
    var nearest = Nearest(NONE, ray.t_max);
    for (var index = first; index < first + frame.solid_lamps; index++) {
        steps++;
        let t = lamp_distance(index, ray);
        if (t > 0.0 && t < nearest.t && index != but) {
            nearest = Nearest(index, t);
        }
    }
    return nearest;
}

// A zero component loses hits in slab tests: it becomes a tiny number.
fn nudged(c: f32) -> f32 {
    return select(c, select(1e-9, -1e-9, c < 0.0), abs(c) < 1e-9);
}

fn reciprocal(d: vec3f) -> vec3f {
    return 1.0 / vec3f(nudged(d.x), nudged(d.y), nudged(d.z));
}

// Distance to a node's box, or FAR. The exit is widened by the rounding of its terms (Ize, JCGT 2013).
fn box_distance(node: u32, origin: vec3f, inverse: vec3f, t_max: f32) -> f32 {
    let a = (nodes[node].low - origin) * inverse;
    let b = (nodes[node].high - origin) * inverse;
    let enter = min(a, b);
    let leave = max(a, b) * 1.0000004;
    let first = max(max(enter.x, enter.y), max(enter.z, 0.0));
    let last = min(min(leave.x, leave.y), min(leave.z, t_max));
    return select(FAR, first, first <= last);
}

fn traverse(ray: Ray, slice: u32, any: bool) -> Met {
    var met = Met(ray.t_max, NONE, 0u, 0.0, 0.0, NONE);
    let top = work.roots[slice / 4u][slice % 4u];
    if (top == NONE) {
        return met;
    }
    var origin = ray.origin;
    var direction = ray.direction;
    var inverse = reciprocal(direction);
    // NONE while among instances.
    var instance = NONE;
    var stack: array<u32, STACK>;
    var depth = 0u;
    // Stack depth at which the current instance is done.
    var floor_depth = 0u;
    var node = top;
    loop {
        steps++;
        let count = nodes[node].count;
        let first = nodes[node].first;
        var descend = false;
        if (count > 0u && instance == NONE) {
            for (var i = 0u; i < count && depth < STACK; i++) {
                steps++;
                stack[depth] = INSTANCE | order[first + i];
                depth++;
            }
        } else if (count > 0u) {
            for (var i = 0u; i < count; i++) {
                steps++;
                if (meet_triangle(&met, instance, slice, order[first + i], origin, direction, ray.direction, any) && any) {
                    return met;
                }
            }
        } else {
            var near = first;
            var far = first + 1u;
            var near_t = box_distance(near, origin, inverse, met.t);
            var far_t = box_distance(far, origin, inverse, met.t);
            if (far_t < near_t) {
                near = first + 1u;
                far = first;
                let t = near_t;
                near_t = far_t;
                far_t = t;
            }
            if (far_t < FAR && depth < STACK) {
                stack[depth] = far;
                depth++;
            }
            descend = near_t < FAR;
            node = near;
        }
        if (descend) {
            continue;
        }
        if (instance != NONE && depth == floor_depth) {
            instance = NONE;
            origin = ray.origin;
            direction = ray.direction;
            inverse = reciprocal(direction);
        }
        if (depth == 0u) {
            break;
        }
        depth--;
        let entry = stack[depth];
        if ((entry & INSTANCE) != 0u) {
            instance = entry & ~INSTANCE;
            floor_depth = depth;
            let record = slice * frame.instances + instance;
            origin = transform_point(instances[record].local_from_world, ray.origin);
            direction = transform_direction(instances[record].local_from_world, ray.direction);
            inverse = reciprocal(direction);
            node = instances[record].root;
        } else {
            node = entry;
        }
    }
    return met;
}

// Möller and Trumbore (1997), as `geometry` has it. Ties go to the lower instance, then the lower triangle.
fn meet_triangle(
    met: ptr<function, Met>,
    instance: u32,
    slice: u32,
    triangle: u32,
    origin: vec3f,
    direction: vec3f,
    world_direction: vec3f,
    any: bool,
) -> bool {
    let record = slice * frame.instances + instance;
    let corners = triangle_corners(record, triangle);
    let edge_1 = corners[1] - corners[0];
    let edge_2 = corners[2] - corners[0];
    let p = cross(direction, edge_2);
    let determinant = dot(edge_1, p);
    if (determinant == 0.0) {
        return false;
    }
    let inverse = 1.0 / determinant;
    let s = origin - corners[0];
    let u = dot(s, p) * inverse;
    let q = cross(s, edge_1);
    let v = dot(direction, q) * inverse;
    let t = dot(edge_2, q) * inverse;
    if (!(u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t >= 0.0 && t <= (*met).t)) {
        return false;
    }
    let same = t == (*met).t && (*met).instance != NONE;
    let later = instance > (*met).instance || (instance == (*met).instance && triangle > (*met).triangle);
    if (same && later) {
        return false;
    }
    if ((instances[record].flags & VEILED) != 0u) {
        if (any) {
            veil_through *= passing(record, triangle, u, v, world_direction);
            if (any_positive(veil_through)) {
                return false;
            }
        } else if (!meets(record, instance, triangle, u, v)) {
            return false;
        }
    }
    *met = Met(t, instance, triangle, u, v, NONE);
    return true;
}

// Corners of an instance record's triangle in its own space.
fn triangle_corners(record: u32, triangle: u32) -> array<vec3f, 3> {
    let at = vertex_indices(record, triangle);
    return array<vec3f, 3>(vertices[at.x].position, vertices[at.y].position, vertices[at.z].position);
}

fn vertex_indices(record: u32, triangle: u32) -> vec3u {
    let at = 3u * (instances[record].first_triangle + triangle);
    return vec3u(triangles[at], triangles[at + 1u], triangles[at + 2u]) + instances[record].first_vertex;
}
