// The one ray a pixel behind the G-buffer, and what mirrors show there; twin of `transport/primary.rs` and
// `transport/image.rs` and `transport/lamp_light.rs`.

const MOST_MIRRORS: u32 = 4u;
const SURROUNDINGS_M: f32 = 1e4;
const LARGEST_SCALE: f32 = 10.0;
const MOST_LAMPS: u32 = 16u;
const LARGE = vec2f(0.05, 0.15);

// Rays that this invocation has cast.
var<private> rays_cast: u32;

// A mirror's surface at a point.
struct Tangent {
    place: vec3f,
    normal: vec3f,
    curvature: f32,
}

// A thing that is seen, and where it stood a frame ago.
struct Thing {
    position: vec3f,
    before: vec3f,
    normal: vec3f,
    object_id: u32,
}

@compute @workgroup_size(8, 8)
fn primary(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= frame.width || id.y >= frame.height) {
        return;
    }
    steps = 0u;
    rays_cast = 0u;
    let at = vec2f(id.xy) + 0.5;
    let slice = frame.open_slice;
    veil_draws = false;
    var ray = pinhole_ray(at);
    var seen: PrimaryRecord;
    var mirrors: array<Tangent, 4>;
    var mirrors_before: array<Tangent, 4>;
    var count = 0u;
    var mirror_id = 0u;
    var through = vec3f(1.0);
    var thing: Thing;
    var shown: Surface;
    var tint = vec3f(0.0);
    // One loop for the surface and for what it mirrors, because drivers inline every call.
    loop {
        steps++;
        rays_cast++;
        let met = closest(ray, slice);
        let first = count == 0u;
        if (met.lamp != NONE) {
            thing = of_lamp(met.lamp, ray.origin + ray.direction * met.t);
            if (first) {
                seen = lamp_primary(thing, met.t, at);
            }
            break;
        }
        if (met.instance == NONE) {
            if (first) {
                seen.distance = -1.0;
                seen.motion = motion_from(ray.direction, 0.0, at);
                seen.image_motion = seen.motion;
                seen.most_steps = steps;
                seen.rays = rays_cast;
                primaries[id.y * frame.width + id.x] = seen;
                return;
            }
            let position = ray.origin + ray.direction * SURROUNDINGS_M;
            thing = Thing(position, position, -ray.direction, mirror_id);
            break;
        }
        let width = select(0.0, 2.0 * frame.half_width / f32(frame.width) * met.t, first);
        let surface = surface_at(met, slice, ray.direction, width);
        thing = Thing(surface.position, previous_position(met), surface.normal, surface.object_id);
        if (first) {
            seen = surface_primary(surface, thing, ray, at);
        }
        if (count == MOST_MIRRORS || !is_mirror(surface)) {
            shown = surface;
            tint = through;
            break;
        }
        mirrors[count] = tangent(met, slice, ray.direction);
        mirrors_before[count] = tangent(met, slice + 1u, ray.direction);
        mirror_id = surface.object_id;
        through *= surface.base_color;
        count++;
        ray = Ray(off_surface(surface.position, surface.geometric), normalize(reflect(ray.direction, surface.normal)), FAR);
    }
    for (var i = count; i > 0u; i--) {
        thing.position = image_in(mirrors[i - 1u], thing.position);
        thing.before = image_in(mirrors_before[i - 1u], thing.before);
        thing.normal = reflect(thing.normal, mirrors[i - 1u].normal);
    }
    seen.image_position = thing.position;
    seen.image_normal = thing.normal;
    seen.image_motion = motion_from(thing.before, 1.0, at);
    seen.image_id = thing.object_id;
    if (frame.lamps <= MOST_LAMPS && any(tint > vec3f(0.0))) {
        seen.lamp_light = tint * lamp_light(shown);
    }
    seen.most_steps = steps;
    seen.rays = rays_cast;
    primaries[id.y * frame.width + id.x] = seen;
}

fn lamp_light(surface: Surface) -> vec3f {
    let matte = surface.base_color * ((1.0 - surface.metallic) / PI);
    let first = frame.open_slice * frame.lamps;
    var light = vec3f(0.0);
    for (var index = first; index < first + frame.lamps; index++) {
        steps++;
        let picked = sample_lamp(lamps[index], surface.position, vec2f(0.5));
        var direction = picked.point;
        if (!picked.distant) {
            direction = normalize(picked.point - surface.position);
        }
        let cosine = dot(surface.normal, direction);
        let scale = smallness(lamps[index], surface.position) * cosine / picked.pdf;
        let open = matte * picked.radiance * scale;
        if (picked.pdf > 0.0 && cosine > 0.0 && any(open > vec3f(0.0))) {
            rays_cast++;
            let one = open * passage(shadow_ray(surface, picked), frame.open_slice, index);
            light += select(vec3f(0.0), one, max(one.x, max(one.y, one.z)) < FAR);
        }
    }
    return light;
}

fn smallness(lamp: LampRecord, start: vec3f) -> f32 {
    let size = max(lamp.radius, length(vec2f(lamp.half_width, lamp.half_height)));
    let angle = select(size / distance(lamp.position, start), lamp.sin_half, lamp.kind == LAMP_SUN);
    return saturate((LARGE[1] - angle) / (LARGE[1] - LARGE[0]));
}

fn surface_primary(surface: Surface, thing: Thing, ray: Ray, at: vec2f) -> PrimaryRecord {
    var seen: PrimaryRecord;
    seen.position = surface.position;
    seen.depth = view_depth(surface.position);
    seen.normal = surface.normal;
    seen.distance = distance(surface.position, ray.origin);
    seen.albedo = surface.base_color;
    seen.roughness = surface.roughness;
    seen.metallic = surface.metallic;
    seen.motion = motion_from(thing.before, 1.0, at);
    seen.object_id = surface.object_id;
    seen.material_id = surface.material + 1u;
    return seen;
}

fn previous_position(met: Met) -> vec3f {
    let record = (frame.open_slice + 1u) * frame.instances + met.instance;
    let corners = triangle_corners(record, met.triangle);
    let point = corners[0] * (1.0 - met.u - met.v) + corners[1] * met.u + corners[2] * met.v;
    return transform_point(instances[record].world_from_local, point);
}

fn of_lamp(index: u32, position: vec3f) -> Thing {
    let lamp = lamps[index];
    let previous = lamps[index + frame.lamps];
    let across = position - lamp.position;
    let before = previous.position + previous.right * dot(across, lamp.right)
        + previous.up * dot(across, lamp.up) + previous.toward * dot(across, lamp.toward);
    return Thing(position, before, lamp_normal(lamp, position), lamp.object_id);
}

fn lamp_primary(thing: Thing, t: f32, at: vec2f) -> PrimaryRecord {
    var seen: PrimaryRecord;
    seen.position = thing.position;
    seen.depth = view_depth(thing.position);
    seen.normal = thing.normal;
    seen.distance = t;
    seen.albedo = vec3f(1.0);
    seen.motion = motion_from(thing.before, 1.0, at);
    seen.object_id = thing.object_id;
    return seen;
}

fn tangent(met: Met, slice: u32, direction: vec3f) -> Tangent {
    let record = slice * frame.instances + met.instance;
    let corners = world_corners(record, met.triangle);
    let weights = vec3f(1.0 - met.u - met.v, met.u, met.v);
    let place = corners[0] * weights.x + corners[1] * weights.y + corners[2] * weights.z;
    let flat_normal = normalize_or(cross(corners[1] - corners[0], corners[2] - corners[0]), -direction);
    if ((instances[record].flags & SMOOTH) == 0u) {
        return Tangent(place, select(flat_normal, -flat_normal, dot(flat_normal, direction) > 0.0), 0.0);
    }
    let at = vertex_indices(record, met.triangle);
    let rows = instances[record].world_from_local;
    let a = normalize_or(transform_normal(rows, vertices[at.x].normal), flat_normal);
    let b = normalize_or(transform_normal(rows, vertices[at.y].normal), flat_normal);
    let c = normalize_or(transform_normal(rows, vertices[at.z].normal), flat_normal);
    let normal = normalize_or(a * weights.x + b * weights.y + c * weights.z, flat_normal);
    let curvature = bend(b - a, corners[1] - corners[0]) + bend(c - b, corners[2] - corners[1]) + bend(a - c, corners[0] - corners[2]);
    let side = select(1.0, -1.0, dot(normal, direction) > 0.0);
    return Tangent(place, side * normal, side * curvature / 3.0);
}

fn bend(turn: vec3f, edge: vec3f) -> f32 {
    return dot(turn, edge) / max(dot(edge, edge), 1e-20);
}

fn normalize_or(v: vec3f, other: vec3f) -> vec3f {
    let size = length(v);
    return select(other, v / size, size > 1e-20);
}

// Where the image of a point stands.
fn image_in(mirror: Tangent, of_point: vec3f) -> vec3f {
    let offset = reflect(of_point - mirror.place, mirror.normal);
    let scale = 1.0 + 2.0 * mirror.curvature * length(offset);
    return mirror.place + offset / max(scale, 1.0 / LARGEST_SCALE);
}
