// A hit to the surface there; twin of `transport/surface.rs`.

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
    emission: vec3f,
    material: u32,
    object_id: u32,
    light: u32,
    area: f32,
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

fn surface_at(met: Met, slice: u32, direction: vec3f) -> Surface {
    let record = slice * frame.instances + met.instance;
    let at = vertex_indices(record, met.triangle);
    let corners = world_corners(record, met.triangle);
    let weights = vec3f(1.0 - met.u - met.v, met.u, met.v);
    let towards_front = oriented_cross(record, corners);
    let size = length(towards_front);
    let front = dot(towards_front, direction) < 0.0;
    let geometric = select(-towards_front, towards_front, front) / size;
    let uv = interpolated_uv(at, weights);
    let smoothed = vertices[at.x].normal * weights.x + vertices[at.y].normal * weights.y + vertices[at.z].normal * weights.z;
    let material = materials[instances[record].material];
    let factors = texture_color(material.metallic_roughness_texture, uv);
    let lit = front && instances[record].first_light != NONE;
    var surface: Surface;
    surface.position = corners[0] * weights.x + corners[1] * weights.y + corners[2] * weights.z;
    surface.geometric = geometric;
    surface.normal = shading_normal(record, smoothed, geometric, direction);
    surface.front = front;
    surface.base_color = material.base_color * texture_color(material.base_color_texture, uv);
    surface.roughness = material.roughness * factors.y;
    surface.metallic = material.metallic * factors.z;
    surface.reflectance = material.reflectance;
    surface.transmission = material.transmission;
    surface.ior = material.ior;
    surface.emission = vec3f(0.0);
    surface.light = NONE;
    if (lit) {
        surface.emission = material.emission * texture_color(material.emission_texture, uv);
        surface.light = instances[record].first_light + met.triangle;
    }
    surface.material = instances[record].material;
    surface.object_id = instances[record].object_id;
    surface.area = 0.5 * size;
    return surface;
}

fn oriented_cross(record: u32, corners: array<vec3f, 3>) -> vec3f {
    let c = cross(corners[1] - corners[0], corners[2] - corners[0]);
    return select(c, -c, (instances[record].flags & MIRRORED) != 0u);
}

fn shading_normal(record: u32, smoothed: vec3f, geometric: vec3f, direction: vec3f) -> vec3f {
    let n = transform_normal(instances[record].world_from_local, smoothed);
    let square = dot(n, n);
    if ((instances[record].flags & SMOOTH) == 0u || square < 1e-30) {
        return geometric;
    }
    let unit_normal = n / sqrt(square);
    let normal = select(unit_normal, -unit_normal, dot(unit_normal, geometric) < 0.0);
    let seen = -dot(normal, direction);
    if (seen > 0.01) {
        return normal;
    }
    return normalize(normal - direction * (0.01 - seen));
}
