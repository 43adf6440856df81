// A hit to the surface there; twin of `transport/surface.rs`.

// Sine of the lowest angle a mirror direction leaves at.
const LOWEST: f32 = 0.01;

struct Surface {
    position: vec3f,
    geometric: vec3f,
    normal: vec3f,
    front: bool,
    base_color: vec3f,
    roughness: f32,
    metallic: f32,
    reflectance: f32,
    transmission: f32,
    ior: f32,
    clearcoat: f32,
    clearcoat_roughness: f32,
    thin: bool,
    window: bool,
    literal: bool,
    mirror: u32,
    emission: vec3f,
    material: u32,
    object_id: u32,
    light: u32,
    area: f32,
}

// Where a ray along a direction leaves a surface, on whichever side.
fn leaving(surface: Surface, along: vec3f) -> vec3f {
    let side = select(surface.geometric, -surface.geometric, dot(along, surface.geometric) < 0.0);
    return off_surface(surface.position, side);
}

fn world_corners(record: u32, triangle: u32) -> array<vec3f, 3> {
    let at = vertex_indices(record, triangle);
    let rows = instances[record].world_from_local;
    return array<vec3f, 3>(
        transform_point(rows, vertices[at.x].position),
        transform_point(rows, vertices[at.y].position),
        transform_point(rows, vertices[at.z].position),
    );
}

fn interpolated_uv(at: vec3u, weights: vec3f) -> vec2f {
    return vec2f(vertices[at.x].u, vertices[at.x].v) * weights.x
        + vec2f(vertices[at.y].u, vertices[at.y].v) * weights.y
        + vec2f(vertices[at.z].u, vertices[at.z].v) * weights.z;
}

fn surface_at(met: Met, slice: u32, direction: vec3f, cone_width: f32) -> Surface {
    let record = slice * frame.instances + met.instance;
    let at = vertex_indices(record, met.triangle);
    let corners = world_corners(record, met.triangle);
    let weights = vec3f(1.0 - met.u - met.v, met.u, met.v);
    let towards_front = oriented_cross(record, corners);
    let size = length(towards_front);
    let front = dot(towards_front, direction) < 0.0;
    let geometric = select(-towards_front, towards_front, front) / size;
    let smoothed = vertices[at.x].normal * weights.x + vertices[at.y].normal * weights.y + vertices[at.z].normal * weights.z;
    let index = instances[record].material;
    let material = materials[index];
    let width = cone_width / sqrt(max(-dot(direction, geometric), 1e-3));
    var place = place_point(vec2f(0.0));
    if (is_textured(index)) {
        place = place_at(at, weights, size, width);
    }
    let factors = look(material.metallic_roughness_texture, place);
    let lit = front && instances[record].first_light != NONE;
    var surface: Surface;
    surface.position = corners[0] * weights.x + corners[1] * weights.y + corners[2] * weights.z;
    surface.geometric = geometric;
    surface.normal = interpolated_normal(record, smoothed, geometric);
    surface.front = front;
    surface.base_color = material.base_color * look(material.base_color_texture, place).rgb;
    surface.roughness = material.roughness * factors.y;
    surface.metallic = material.metallic * factors.z;
    surface.reflectance = material.reflectance;
    surface.transmission = material.transmission;
    surface.ior = material.ior;
    surface.clearcoat = material.clearcoat;
    surface.clearcoat_roughness = material.clearcoat_roughness;
    surface.thin = (material.flags & THIN) != 0u;
    surface.window = (material.flags & WINDOW) != 0u;
    surface.literal = (material.flags & APPENDIX_B) != 0u;
    surface.mirror = NONE;
    if ((material.flags & POLISHED) != 0u) {
        surface.mirror = mirror_of(met.instance, met.triangle, slice, direction);
    }
    surface.emission = vec3f(0.0);
    surface.light = NONE;
    if (lit) {
        surface.emission = material.emission * look(material.emission_texture, place).rgb;
        surface.light = instances[record].first_light + met.triangle;
    }
    surface.material = index;
    surface.object_id = instances[record].object_id;
    surface.area = 0.5 * size;
    if (material.normal_texture != NONE || material.pattern != 0u) {
        let rest = at - instances[record].first_vertex + instances[record].rest_vertex;
        refine(&surface, Facet(record, index, at, rest, corners, weights), place, width);
    }
    surface.normal = visible(surface.normal, geometric, direction);
    return surface;
}

fn refine(surface: ptr<function, Surface>, facet: Facet, place: Place, width: f32) {
    let index = facet.material;
    if (materials[index].normal_texture != NONE) {
        let side = select(-1.0, 1.0, (*surface).front);
        let mapped = mapped_normal(facet, place, side * (*surface).normal);
        (*surface).normal = side * mapped.normal;
        (*surface).roughness = widened((*surface).roughness, mapped.lost);
    }
    if (materials[index].pattern == 0u) {
        return;
    }
    let found = detailed(facet, (*surface).normal, width);
    let made = found.grain;
    let strength = materials[index].pattern_strength;
    (*surface).normal = found.normal;
    let color = (*surface).base_color * (1.0 + (made.color - 1.0) * strength);
    (*surface).base_color = clamp(color + (made.bare_color - color) * made.bare, vec3f(0.0), vec3f(1.0));
    let roughness = blend((*surface).roughness + made.roughness * strength, made.bare_roughness, made.bare);
    let least = min((*surface).roughness, 0.03);
    (*surface).roughness = widened(clamp(roughness, least, 1.0), made.lost * strength * strength);
    (*surface).metallic = blend((*surface).metallic, made.bare_metallic, made.bare);
}

fn widened(roughness: f32, slopes: f32) -> f32 {
    if (slopes <= 0.0) {
        return roughness;
    }
    let alpha = roughness * roughness;
    return sqrt(min(sqrt(alpha * alpha + 2.0 * slopes), 1.0));
}

fn is_textured(material: u32) -> bool {
    return (materials[material].base_color_texture
        & materials[material].metallic_roughness_texture
        & materials[material].emission_texture
        & materials[material].normal_texture) != NONE;
}

fn place_at(at: vec3u, weights: vec3f, twice_area: f32, width: f32) -> Place {
    let a = vec2f(vertices[at.x].u, vertices[at.x].v);
    let b = vec2f(vertices[at.y].u, vertices[at.y].v);
    let c = vec2f(vertices[at.z].u, vertices[at.z].v);
    let d = b - a;
    let e = c - a;
    let twice_image_area = abs(d.x * e.y - d.y * e.x);
    let size = 0.5 * log2(max(twice_image_area / twice_area, 1e-30)) + log2(max(width, 1e-20));
    return Place(a * weights.x + b * weights.y + c * weights.z, size);
}

fn oriented_cross(record: u32, corners: array<vec3f, 3>) -> vec3f {
    let c = cross(corners[1] - corners[0], corners[2] - corners[0]);
    return select(c, -c, (instances[record].flags & MIRRORED) != 0u);
}

fn interpolated_normal(record: u32, smoothed: vec3f, geometric: vec3f) -> vec3f {
    if ((instances[record].flags & SMOOTH) == 0u) {
        return geometric;
    }
    let n = transform_normal(instances[record].world_from_local, smoothed);
    let square = dot(n, n);
    if (square < 1e-30) {
        return geometric;
    }
    let unit_normal = n / sqrt(square);
    return select(unit_normal, -unit_normal, dot(unit_normal, geometric) < 0.0);
}

fn visible(normal: vec3f, geometric: vec3f, direction: vec3f) -> vec3f {
    let mirrored = direction - normal * (2.0 * dot(direction, normal));
    let above = dot(mirrored, geometric);
    let least = min(LOWEST, -0.9 * dot(direction, geometric));
    if (above >= least) {
        return normal;
    }
    let lifted = normalize(mirrored + geometric * (least - above));
    let bent = lifted - direction;
    let size = length(bent);
    return select(geometric, bent / size, size > 1e-20);
}
