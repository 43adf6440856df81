// Normals that are finer than triangles: normal maps, and the relief of patterns; twin of `transport/relief.rs`.

struct Facet {
    record: u32,
    material: u32,
    // Of the corners among the vertices, as they stand and undeformed.
    at: vec3u,
    rest: vec3u,
    corners: array<vec3f, 3>,
    weights: vec3f,
}

struct Detailed {
    normal: vec3f,
    grain: Grain,
}

struct Mapped {
    normal: vec3f,
    lost: f32,
}

fn weighed(a: vec3f, b: vec3f, c: vec3f, weights: vec3f) -> vec3f {
    return a * weights.x + b * weights.y + c * weights.z;
}

fn carried(direction: vec3f, a: vec3f, b: vec3f, to_a: vec3f, to_b: vec3f) -> vec3f {
    let aa = dot(a, a);
    let ab = dot(a, b);
    let bb = dot(b, b);
    let da = dot(direction, a);
    let db = dot(direction, b);
    let scale = 1.0 / max(aa * bb - ab * ab, 1e-30);
    return to_a * ((bb * da - ab * db) * scale) + to_b * ((aa * db - ab * da) * scale);
}

// Directions in the world of the image's right and up; zero where texture coordinates say nothing.
fn tangents_at(facet: Facet) -> array<vec3f, 2> {
    let world_a = facet.corners[1] - facet.corners[0];
    let world_b = facet.corners[2] - facet.corners[0];
    if ((instances[facet.record].flags & TANGENTS) == 0u) {
        let a = vec2f(vertices[facet.at.x].u, vertices[facet.at.x].v);
        let d = vec2f(vertices[facet.at.y].u, vertices[facet.at.y].v) - a;
        let e = vec2f(vertices[facet.at.z].u, vertices[facet.at.z].v) - a;
        let area = d.x * e.y - d.y * e.x;
        if (area == 0.0 || abs(1.0 / area) > FAR) {
            return array<vec3f, 2>(vec3f(0.0), vec3f(0.0));
        }
        let scale = 1.0 / area;
        return array<vec3f, 2>((world_a * e.y - world_b * d.y) * scale, (world_a * e.x - world_b * d.x) * scale);
    }
    let origin = vertices[facet.rest.x].position;
    let a = vertices[facet.rest.y].position - origin;
    let b = vertices[facet.rest.z].position - origin;
    let bits = vec3u(tangents[facet.rest.x], tangents[facet.rest.y], tangents[facet.rest.z]);
    let tangent = weighed(unpacked(bits.x), unpacked(bits.y), unpacked(bits.z), facet.weights);
    let handed = select(-1.0, 1.0, ((bits.x >> 30u) & 1u) == 0u);
    let normal = weighed(
        vertices[facet.rest.x].normal,
        vertices[facet.rest.y].normal,
        vertices[facet.rest.z].normal,
        facet.weights,
    );
    return array<vec3f, 2>(
        carried(tangent, a, b, world_a, world_b),
        carried(cross(normal, tangent) * handed, a, b, world_a, world_b),
    );
}

fn unpacked(bits: u32) -> vec3f {
    let at = vec2f(f32(bits & 32767u), f32((bits >> 15u) & 32767u)) * (2.0 / 32767.0) - 1.0;
    let z = 1.0 - abs(at.x) - abs(at.y);
    let fold = max(-z, 0.0);
    return normalize(vec3f(at.x - select(fold, -fold, at.x < 0.0), at.y - select(fold, -fold, at.y < 0.0), z));
}

fn mapped_normal(facet: Facet, place: Place, normal: vec3f) -> Mapped {
    let axes = tangents_at(facet);
    let along = axes[0] - normal * dot(normal, axes[0]);
    let square = dot(along, along);
    if (square < 1e-30) {
        return Mapped(normal, 0.0);
    }
    let tangent = along / sqrt(square);
    let across = cross(normal, tangent);
    let handed = select(1.0, -1.0, dot(across, axes[1]) < 0.0);
    let index = materials[facet.material].normal_texture;
    let painted = look(index, place).xyz * 2.0 - 1.0;
    let size = length(painted);
    if (painted.z <= 0.0 && size < 1e-3) {
        return Mapped(normal, 0.0);
    }
    let slopes = painted.xy * materials[facet.material].normal_scale;
    let bent = tangent * slopes.x + across * (slopes.y * handed) + normal * painted.z;
    let lost = max((1.0 - size) / max(size, 0.1) - 0.01, 0.0) * min(texture_level(index, place), 1.0);
    let size_of_bent = length(bent);
    return Mapped(select(normal, bent / size_of_bent, size_of_bent > 1e-20), lost);
}

fn detailed(facet: Facet, normal: vec3f, footprint: f32) -> Detailed {
    let scale = 1.0 / materials[facet.material].pattern_scale;
    let rows = instances[facet.record].world_from_local;
    let size = vec3f(
        length(vec3f(rows[0].x, rows[1].x, rows[2].x)),
        length(vec3f(rows[0].y, rows[1].y, rows[2].y)),
        length(vec3f(rows[0].z, rows[1].z, rows[2].z)),
    );
    let rest_a = vertices[facet.rest.x].position * size;
    let rest_b = vertices[facet.rest.y].position * size;
    let rest_c = vertices[facet.rest.z].position * size;
    let p = weighed(rest_a, rest_b, rest_c, facet.weights) * scale;
    let width = footprint * scale;
    let world = frame_of(facet.corners[0], facet.corners[1], facet.corners[2]);
    let still = frame_of(rest_a, rest_b, rest_c);
    let mirror = vec3f(1.0, 1.0, select(1.0, -1.0, (instances[facet.record].flags & MIRRORED) != 0u));
    let rest_normal = to_world(still, to_local(world, normal) * mirror);
    let around = new_frame(rest_normal);
    let reach = max(max(0.5 * width, 0.01), 2e-5 * scale);
    let steep = materials[facet.material].pattern_strength / reach;
    // A loop, because drivers inline every call: three copies of all patterns took minutes to compile.
    var made: Grain;
    var bent = rest_normal;
    for (var i = 0u; i < 3u; i++) {
        steps++;
        let aside = select(select(around.bitangent, around.tangent, i == 1u), vec3f(0.0), i == 0u);
        let there = grain(facet.material, p + aside * reach, rest_normal, width);
        if (i == 0u) {
            made = there;
        } else {
            bent -= aside * ((there.height - made.height) * steep);
        }
    }
    return Detailed(to_world(world, to_local(still, normalize(bent)) * mirror), made);
}

fn frame_of(a: vec3f, b: vec3f, c: vec3f) -> Frame {
    let edge = b - a;
    let normal = normalize(cross(edge, c - a));
    let tangent = normalize(edge);
    return Frame(tangent, cross(normal, tangent), normal);
}
