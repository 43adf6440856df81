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

// Candidates next-event estimation chooses among.
const CANDIDATES: u32 = 8u;

struct Candidate {
    light: u32,
    // Of choosing the light.
    probability: f32,
    // 0 when there is none.
    scale: f32,
    point: LightSample,
}

fn no_light() -> Lit {
    return Lit(vec3f(0.0), vec3f(0.0));
}

fn light_from(group: Group, surface: Surface, bsdf: Bsdf, image: ImagePoint, slice: u32, s: Sampler, bounce: u32) -> Lit {
    if (group.count == 0u) {
        return no_light();
    }
    let kept = choose(group, bsdf, image, slice, s, bounce);
    if (kept.scale <= 0.0) {
        return no_light();
    }
    let light = lights[kept.light];
    let lit = unshadowed(group, bsdf, image, kept.probability, kept.point);
    if (!counts(luminance(lit.diffuse + lit.specular))) {
        return no_light();
    }
    var ray: Ray;
    var share = vec3f(kept.scale);
    if (image.mirror == NONE) {
        ray = shadow_ray(surface, kept.point);
        share *= transmittance_from(surface.position, kept.point);
    } else {
        let turn = turn_at(image, surface, kept.point, slice, bounce);
        if (!any_positive(turn.share)) {
            return no_light();
        }
        ray = ray_to(off_surface(turn.point, image.normal), kept.point);
        share *= turn.share * transmittance_from(turn.point, kept.point);
    }
    sum.rays++;
    let aim = select(NONE, slice * frame.lamps + light.index, light.kind == LIGHT_LAMP);
    let scale = share * passage(ray, slice, aim);
    return Lit(lit.diffuse * scale, lit.specular * scale);
}

// A point in the lamp itself gives infinities.
fn counts(score: f32) -> bool {
    return score > 0.0 && score < FAR;
}

fn choose(group: Group, bsdf: Bsdf, image: ImagePoint, slice: u32, s: Sampler, bounce: u32) -> Candidate {
    if (group.candidates == 1u) {
        return candidate_at(group, image, slice, s, bounce, 0u);
    }
    var scores: array<f32, CANDIDATES>;
    var total = 0.0;
    for (var i = 0u; i < CANDIDATES; i++) {
        steps++;
        let candidate = candidate_at(group, image, slice, s, bounce, i);
        let lit = unshadowed(group, bsdf, image, candidate.probability, candidate.point);
        let score = luminance(lit.diffuse + lit.specular);
        scores[i] = select(0.0, score, counts(score));
        total += scores[i];
    }
    let keeps = sample_pair(s, bounce + KEEP);
    let keep = select(keeps.y, keeps.x, group.offset == 0u);
    var passed = 0.0;
    for (var i = 0u; i < CANDIDATES; i++) {
        steps++;
        passed += scores[i];
        if (passed > keep * total) {
            var kept = candidate_at(group, image, slice, s, bounce, i);
            kept.scale = total / (scores[i] * f32(CANDIDATES));
            return kept;
        }
    }
    return Candidate(0u, 0.0, 0.0, dark());
}

fn candidate_at(group: Group, image: ImagePoint, slice: u32, s: Sampler, bounce: u32, i: u32) -> Candidate {
    let pick = candidate_pair(s, bounce + PICK + group.offset, i, group.candidates);
    let point = candidate_pair(s, bounce + POINT + group.offset, i, group.candidates);
    let choice = pick_light(group, image.start, pick.x);
    var picked = sample_light(lights[choice.light], image.start, slice, point);
    if (image.mirror != NONE && !crosses(image, slice, picked)) {
        picked = dark();
    }
    return Candidate(choice.light, choice.probability, 1.0, picked);
}

fn unshadowed(group: Group, bsdf: Bsdf, image: ImagePoint, probability: f32, picked: LightSample) -> Lit {
    if (picked.pdf <= 0.0) {
        return no_light();
    }
    var direction = picked.point;
    if (!picked.distant) {
        direction = normalize(picked.point - image.start);
    }
    let s = scattering(bsdf, turned_by(image, direction));
    let pdf = picked.pdf * probability;
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

fn pick_light(group: Group, start: vec3f, u: f32) -> Picked {
    if (group.offset == 0u && frame.light_tree != NONE) {
        return pick_in_tree(start, u);
    }
    let scaled = u * f32(group.count);
    let column = min(u32(scaled), group.count - 1u);
    let first = group.first + column;
    let index = select(lights[first].other, first, scaled - f32(column) <= lights[first].threshold);
    return Picked(index, lights[index].probability);
}

fn light_probability(start: vec3f, light: u32) -> f32 {
    if (frame.light_tree != NONE) {
        return probability_in_tree(start, light);
    }
    return lights[light].probability;
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
    return ray_to(leaving(surface, way_to(picked, surface.position)), picked);
}

fn ray_to(origin: vec3f, picked: LightSample) -> Ray {
    const ALMOST: f32 = 1.0 - 1e-5;
    if (picked.distant) {
        return Ray(origin, picked.point, FAR);
    }
    let to = off_surface(picked.point, picked.normal) - origin;
    let distance = length(to);
    return Ray(origin, to / distance, distance * ALMOST);
}
