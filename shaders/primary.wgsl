// The one ray a pixel behind the G-buffer; twin of `transport/primary.rs`.

@compute @workgroup_size(8, 8)
fn primary(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= frame.width || id.y >= frame.height) {
        return;
    }
    steps = 0u;
    let at = vec2f(id.xy) + 0.5;
    let ray = pinhole_ray(at);
    let slice = frame.open_slice;
    veil_draws = false;
    let met = closest(ray, slice);
    var seen: PrimaryRecord;
    if (met.lamp != NONE) {
        seen = lamp_primary(met, ray, at);
    } else if (met.instance != NONE) {
        let width = 2.0 * frame.half_width / f32(frame.width) * met.t;
        let surface = surface_at(met, slice, ray.direction, width);
        seen.position = surface.position;
        seen.depth = view_depth(surface.position);
        seen.normal = surface.normal;
        seen.distance = distance(surface.position, ray.origin);
        seen.albedo = surface.base_color;
        seen.roughness = surface.roughness;
        seen.metallic = surface.metallic;
        seen.motion = motion_from(previous_position(met), 1.0, at);
        seen.object_id = surface.object_id;
        seen.material_id = surface.material + 1u;
    } else {
        seen.distance = -1.0;
        seen.motion = motion_from(ray.direction, 0.0, at);
    }
    seen.most_steps = steps;
    primaries[id.y * frame.width + id.x] = seen;
}

fn previous_position(met: Met) -> vec3f {
    let record = (frame.open_slice + 1u) * frame.instances + met.instance;
    let corners = triangle_corners(record, met.triangle);
    let point = corners[0] * (1.0 - met.u - met.v) + corners[1] * met.u + corners[2] * met.v;
    return transform_point(instances[record].world_from_local, point);
}

fn lamp_primary(met: Met, ray: Ray, at: vec2f) -> PrimaryRecord {
    let lamp = lamps[met.lamp];
    let previous = lamps[met.lamp + frame.lamps];
    let position = ray.origin + ray.direction * met.t;
    let across = position - lamp.position;
    let before = previous.position + previous.right * dot(across, lamp.right)
        + previous.up * dot(across, lamp.up) + previous.toward * dot(across, lamp.toward);
    var seen: PrimaryRecord;
    seen.position = position;
    seen.depth = view_depth(position);
    seen.normal = lamp_normal(lamp, position);
    seen.distance = met.t;
    seen.albedo = vec3f(1.0);
    seen.motion = motion_from(before, 1.0, at);
    seen.object_id = lamp.object_id;
    return seen;
}
