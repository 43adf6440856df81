// Next-event estimation: from a shading point to lamps; twin of `transport/light.rs`.

struct Lit {
    diffuse: vec3f,
    specular: vec3f,
}

struct Group {
    first: u32,
    count: u32,
    candidates: u32,
    offset: u32,
}

fn local_group(bounce: u32) -> Group {
    return Group(0u, frame.local_lights, select(1u, frame.local_candidates, bounce == 0u), 0u);
}

fn distant_group(bounce: u32) -> Group {
    let candidates = select(1u, frame.distant_candidates, bounce == 0u);
    return Group(frame.local_lights, frame.distant_lights, candidates, 2u);
}

struct Kept {
    point: LightSample,
    lit: Lit,
    // Lamp record aimed at, or NONE.
    aim: u32,
    score: f32,
    total: f32,
}

fn no_light() -> Lit {
    return Lit(vec3f(0.0), vec3f(0.0));
}

fn light_from(group: Group, surface: Surface, bsdf: Bsdf, slice: u32, s: Sampler, bounce: u32) -> Lit {
    if (group.count == 0u) {
        return no_light();
    }
    let kept = choose(group, surface, bsdf, slice, s, bounce);
    if (kept.score <= 0.0) {
        return no_light();
    }
    sum.rays++;
    let through = transmittance(shadow_ray(surface, kept.point), slice, kept.aim);
    let scale = through * kept.total / (kept.score * f32(group.candidates));
    return Lit(kept.lit.diffuse * scale, kept.lit.specular * scale);
}

fn choose(group: Group, surface: Surface, bsdf: Bsdf, slice: u32, s: Sampler, bounce: u32) -> Kept {
    var kept = Kept(dark(), no_light(), NONE, 0.0, 0.0);
    let keeps = sample_pair(s, bounce + KEEP);
    var keep = select(keeps.y, keeps.x, group.offset == 0u);
    for (var candidate = 0u; candidate < group.candidates; candidate++) {
        steps++;
        let pick = candidate_pair(s, bounce + PICK + group.offset, candidate, group.candidates);
        let point = candidate_pair(s, bounce + POINT + group.offset, candidate, group.candidates);
        let light = lights[pick_light(group, pick.x)];
        let picked = sample_light(light, surface.position, slice, point);
        let lit = unshadowed(group, surface, bsdf, light, picked);
        let score = luminance(lit.diffuse + lit.specular);
        // A point in the lamp itself gives infinities.
        if (!(score > 0.0 && score < FAR)) {
            continue;
        }
        kept.total += score;
        let chance = score / kept.total;
        if (keep >= chance) {
            keep = (keep - chance) / (1.0 - chance);
        } else {
            keep /= chance;
            kept.point = picked;
            kept.lit = lit;
            kept.score = score;
            kept.aim = select(NONE, slice * frame.lamps + light.index, light.kind == LIGHT_LAMP);
        }
    }
    return kept;
}

fn unshadowed(group: Group, surface: Surface, bsdf: Bsdf, light: LightRecord, picked: LightSample) -> Lit {
    if (picked.pdf <= 0.0) {
        return no_light();
    }
    var direction = picked.point;
    if (!picked.distant) {
        direction = normalize(picked.point - surface.position);
    }
    let s = scattering(bsdf, direction);
    let pdf = picked.pdf * light.probability;
    let by_choice = f32(group.candidates) * pdf;
    var weight = 1.0;
    if (!picked.unseen && (frame.strategy & 2u) != 0u) {
        weight = by_choice / (by_choice + s.pdf);
    }
    let incoming = picked.radiance * (weight / pdf);
    return Lit(s.diffuse * incoming, s.specular * incoming);
}

fn chance_weight(bsdf_pdf: f32, pdf: f32, group: Group) -> f32 {
    if (bsdf_pdf <= 0.0) {
        return 1.0;
    }
    if (frame.strategy == 1u) {
        return 0.0;
    }
    if (frame.strategy == 2u) {
        return 1.0;
    }
    return bsdf_pdf / (bsdf_pdf + f32(group.candidates) * pdf);
}

fn pick_light(group: Group, u: f32) -> u32 {
    let scaled = u * f32(group.count);
    let column = min(u32(scaled), group.count - 1u);
    let index = group.first + column;
    return select(lights[index].other, index, scaled - f32(column) <= lights[index].threshold);
}

fn sample_light(light: LightRecord, start: vec3f, slice: u32, u: vec2f) -> LightSample {
    if (light.kind == LIGHT_TRIANGLE) {
        return sample_triangle(light, start, slice, u);
    }
    if (light.kind == LIGHT_LAMP) {
        return sample_lamp(lamps[slice * frame.lamps + light.index], start, u);
    }
    return sample_sky(u);
}

fn sample_triangle(light: LightRecord, start: vec3f, slice: u32, u: vec2f) -> LightSample {
    let record = slice * frame.instances + light.index;
    let corners = world_corners(record, light.triangle);
    var v = u.x - 0.5 * u.y;
    var w = 0.5 * u.y;
    if (u.x < u.y) {
        v = 0.5 * u.x;
        w = u.y - 0.5 * u.x;
    }
    let weights = vec3f(1.0 - v - w, v, w);
    let point = corners[0] * weights.x + corners[1] * weights.y + corners[2] * weights.z;
    let towards_front = oriented_cross(record, corners);
    let size = length(towards_front);
    let to = point - start;
    let distance = length(to);
    let facing = -dot(towards_front, to) / (size * distance);
    if (!(facing > 0.0)) {
        return dark();
    }
    let material = materials[instances[record].material];
    let uv = interpolated_uv(vertex_indices(record, light.triangle), weights);
    let glow = material.emission * texture_color(material.emission_texture, uv);
    let radiance = glow * coverage(instances[record].material, uv);
    let pdf = distance * distance / (0.5 * size * facing);
    return LightSample(point, towards_front / size, false, radiance, pdf, false);
}

fn shadow_ray(surface: Surface, picked: LightSample) -> Ray {
    const ALMOST: f32 = 1.0 - 1e-5;
    let ahead = select(picked.point - surface.position, picked.point, picked.distant);
    let side = select(surface.geometric, -surface.geometric, dot(ahead, surface.geometric) < 0.0);
    let origin = off_surface(surface.position, side);
    if (picked.distant) {
        return Ray(origin, picked.point, FAR);
    }
    let to = off_surface(picked.point, picked.normal) - origin;
    let distance = length(to);
    return Ray(origin, to / distance, distance * ALMOST);
}
