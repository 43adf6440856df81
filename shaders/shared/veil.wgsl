// What lets light straight through: alpha, and clear panes; twin of `transport/veil.rs`.

// What the ray under way decides by: its sampler's numbers for this bounce, or half.
var<private> veil_sampler: Sampler;
var<private> veil_bounce: u32;
var<private> veil_draws: bool;
// What the shadow ray under way has left.
var<private> veil_through: vec3f;

fn veil_threshold(instance: u32, triangle: u32) -> f32 {
    if (!veil_draws) {
        return 0.5;
    }
    return sample_pair(veil_sampler, hash(instance ^ hash(triangle ^ hash(veil_bounce ^ 0x4c957f2du)))).x;
}

fn meets(record: u32, instance: u32, triangle: u32, u: f32, v: f32) -> bool {
    let material = instances[record].material;
    if ((materials[material].flags & (CUTOUT | BLENDED)) == 0u) {
        return true;
    }
    let covered = coverage(material, crossing_uv(record, triangle, u, v));
    if ((materials[material].flags & CUTOUT) != 0u) {
        return covered > 0.0;
    }
    return covered > veil_threshold(instance, triangle);
}

fn passing(record: u32, triangle: u32, u: f32, v: f32, direction: vec3f) -> vec3f {
    if ((instances[record].flags & VEILED) == 0u) {
        return vec3f(0.0);
    }
    let index = instances[record].material;
    let uv = crossing_uv(record, triangle, u, v);
    let covered = coverage(index, uv);
    let open = vec3f(1.0 - covered);
    if ((materials[index].flags & WINDOW) == 0u || covered <= 0.0) {
        return open;
    }
    let normal = normalize(oriented_cross(record, world_corners(record, triangle)));
    let cosine = abs(dot(normal, direction));
    let clear = clamp(materials[index].transmission * (1.0 - materials[index].metallic), 0.0, 1.0);
    let tint = materials[index].base_color * look(materials[index].base_color_texture, place_point(uv)).rgb;
    return open + tint * (covered * clear * (1.0 - pane(cosine, clamp(materials[index].ior, 1.0, 10.0))));
}

fn coverage(material: u32, uv: vec2f) -> f32 {
    if ((materials[material].flags & (CUTOUT | BLENDED)) == 0u) {
        return 1.0;
    }
    let painted = look(materials[material].base_color_texture, place_point(uv)).a;
    let alpha = clamp(materials[material].opacity * painted, 0.0, 1.0);
    if ((materials[material].flags & CUTOUT) != 0u) {
        return select(0.0, 1.0, alpha >= materials[material].cutoff);
    }
    return alpha;
}

fn crossing_uv(record: u32, triangle: u32, u: f32, v: f32) -> vec2f {
    return interpolated_uv(vertex_indices(record, triangle), vec3f(1.0 - u - v, u, v));
}
