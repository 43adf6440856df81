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

// A zero component loses hits in slab tests: it becomes a tiny number, too small to carry the ray into the next box.
fn nudged(c: f32) -> f32 {
    return select(c, select(1e-20, -1e-20, c < 0.0), abs(c) < 1e-20);
}

fn reciprocal(d: vec3f) -> vec3f {
    return 1.0 / vec3f(nudged(d.x), nudged(d.y), nudged(d.z));
}

// A ray ready to be tested against the boxes and triangles of one tree.
struct Aimed {
    origin: vec3f,
    inverse: vec3f,
    // Where it starts for boxes' low planes and high planes: those whose triangles it meets must not be missed; see
    // `slack` of `geometry`.
    above: vec3f,
    below: vec3f,
    // The axis that the ray goes along most, and how far it goes along the next two meanwhile.
    axis: u32,
    slope: vec2f,
    // Distance for a step along the axis.
    per_z: f32,
}

fn aimed(origin: vec3f, direction: vec3f, root: u32) -> Aimed {
    let reach = max(abs(nodes[root].low - origin), abs(nodes[root].high - origin));
    let farthest = max(reach.x, max(reach.y, reach.z));
    let slack = 2.98e-7 * (reach + farthest) + 1.2e-7 * abs(origin);
    let size = abs(direction);
    let axis = select(select(2u, 1u, size.y >= size.z), 0u, size.x >= size.y && size.x >= size.z);
    let along = turned(direction, axis);
    return Aimed(
        origin,
        reciprocal(direction),
        origin + slack,
        origin - slack,
        axis,
        along.xy / along.z,
        1.0 / along.z,
    );
}

// Coordinates in an order that ends with `axis`.
fn turned(v: vec3f, axis: u32) -> vec3f {
    return select(select(v, v.zxy, axis == 1u), v.yzx, axis == 0u);
}

// Distance to a node's box, or FAR. The exit is widened by the rounding of its terms (Ize, JCGT 2013).
fn box_distance(node: u32, ray: Aimed, t_max: f32) -> f32 {
    let a = (nodes[node].low - ray.above) * ray.inverse;
    let b = (nodes[node].high - ray.below) * ray.inverse;
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
    var local = aimed(ray.origin, ray.direction, top);
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
                if (meet_triangle(&met, instance, slice, order[first + i], local, ray.direction, any) && any) {
                    return met;
                }
            }
        } else {
            var near = first;
            var far = first + 1u;
            var near_t = box_distance(near, local, met.t);
            var far_t = box_distance(far, local, met.t);
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
            local = aimed(ray.origin, ray.direction, top);
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
            node = instances[record].root;
            let to_local = instances[record].local_from_world;
            local = aimed(transform_point(to_local, ray.origin), transform_direction(to_local, ray.direction), node);
        } else {
            node = entry;
        }
    }
    return met;
}

// Woop, Benthin and Wald (2013), as `geometry` has it. Ties go to the lower instance, then the lower triangle.
fn meet_triangle(
    met: ptr<function, Met>,
    instance: u32,
    slice: u32,
    triangle: u32,
    ray: Aimed,
    world_direction: vec3f,
    any: bool,
) -> bool {
    let record = slice * frame.instances + instance;
    let corners = triangle_corners(record, triangle);
    let a = sheared(corners[0], ray);
    let b = sheared(corners[1], ray);
    let c = sheared(corners[2], ray);
    let sides = vec3f(side(c.xy, b.xy), side(a.xy, c.xy), side(b.xy, a.xy));
    let area = sides.x + sides.y + sides.z;
    let inside = all(sides >= vec3f(0.0)) || all(sides <= vec3f(0.0));
    if (!inside || area == 0.0) {
        return false;
    }
    let inverse = 1.0 / area;
    let t = (sides.x * a.z + sides.y * b.z + sides.z * c.z) * ray.per_z * inverse;
    let u = sides.y * inverse;
    let v = sides.z * inverse;
    if (!(t >= 0.0 && t <= (*met).t)) {
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

// A corner where the ray is the last axis.
fn sheared(corner: vec3f, ray: Aimed) -> vec3f {
    let at = turned(corner - ray.origin, ray.axis);
    return vec3f(at.xy - ray.slope * at.z, at.z);
}

// On which side of the edge from `p` to `q` the ray passes. Devices may round one product only, and then exchanging the
// ends would not just turn the sign: so they are always taken in the same order.
fn side(p: vec2f, q: vec2f) -> f32 {
    let swap = p.x > q.x || (p.x == q.x && p.y > q.y);
    let from_end = select(p, q, swap);
    let to_end = select(q, p, swap);
    let area = from_end.x * to_end.y - from_end.y * to_end.x;
    return select(area, -area, swap);
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
