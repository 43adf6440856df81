// Haze: what the air takes from light, and what it scatters towards the viewer; twin of `transport/haze.rs`.

const HAZE_CANDIDATES: u32 = 8u;
// Distances beyond this are infinite.
const ENDLESS: f32 = 1e30;

struct Span {
    near: f32,
    far: f32,
}

struct Stretch {
    ray: Ray,
    slice: u32,
    bounce: u32,
}

struct KeptAir {
    start: vec3f,
    point: LightSample,
    light: vec3f,
    // Lamp record aimed at, or NONE.
    aim: u32,
    score: f32,
    total: f32,
}

struct Chosen {
    t: f32,
    // 0 when the light cannot reach the stretch.
    pdf: f32,
}

fn transmittance(ray: Ray) -> f32 {
    if (frame.haze_extinction <= 0.0) {
        return 1.0;
    }
    let span = haze_span(ray);
    return exp(-frame.haze_extinction * max(span.far - span.near, 0.0));
}

fn transmittance_from(start: vec3f, picked: LightSample) -> f32 {
    if (frame.haze_extinction <= 0.0) {
        return 1.0;
    }
    if (picked.distant) {
        if (frame.haze_everywhere != 0u) {
            return 1.0;
        }
        return transmittance(Ray(start, picked.point, FAR));
    }
    let to = picked.point - start;
    let distance = length(to);
    return transmittance(Ray(start, to / distance, distance));
}

fn transmittance_to_sky(ray: Ray, pdf: f32) -> f32 {
    if (frame.haze_everywhere != 0u && pdf > 0.0) {
        return 1.0;
    }
    return transmittance(ray);
}

fn haze_span(ray: Ray) -> Span {
    if (frame.haze_everywhere != 0u) {
        return Span(0.0, ray.t_max);
    }
    let inverse = reciprocal(ray.direction);
    let a = (frame.haze_low - ray.origin) * inverse;
    let b = (frame.haze_high - ray.origin) * inverse;
    let enter = min(a, b);
    let leave = max(a, b);
    return Span(
        max(max(max(enter.x, enter.y), enter.z), 0.0),
        min(min(min(leave.x, leave.y), leave.z), ray.t_max),
    );
}

fn scattered_light(group: Group, stretch: Stretch, s: Sampler) -> vec3f {
    let span = haze_span(stretch.ray);
    if (group.count == 0u || span.near >= span.far) {
        return vec3f(0.0);
    }
    let candidates = select(1u, HAZE_CANDIDATES, stretch.bounce == 0u);
    let kept = choose_air(group, stretch, span, candidates, s);
    if (kept.score <= 0.0) {
        return vec3f(0.0);
    }
    sum.rays++;
    let through = passage(ray_to(kept.start, kept.point), stretch.slice, kept.aim);
    return kept.light * through * (kept.total / (kept.score * f32(candidates)));
}

fn choose_air(group: Group, stretch: Stretch, span: Span, candidates: u32, s: Sampler) -> KeptAir {
    var kept = KeptAir(vec3f(0.0), dark(), vec3f(0.0), NONE, 0.0, 0.0);
    let pairs = HAZE + stretch.bounce * HAZE_STRIDE;
    let keeps = sample_pair(s, pairs + KEEP);
    var keep = select(keeps.y, keeps.x, group.offset == 0u);
    for (var candidate = 0u; candidate < candidates; candidate++) {
        steps++;
        let pick = candidate_pair(s, pairs + PICK + group.offset, candidate, candidates);
        let point = candidate_pair(s, pairs + POINT + group.offset, candidate, candidates);
        let step = (f32(candidate) + keeps.y) / f32(candidates);
        let somewhere = by_transmittance(span, frame.haze_extinction, step);
        let choice = pick_light(group, stretch.ray.origin + stretch.ray.direction * somewhere, pick.x);
        let record = lights[choice.light];
        let chosen = haze_distance(record, stretch, span, pick.y);
        if (!(chosen.pdf > 0.0)) {
            continue;
        }
        let start = stretch.ray.origin + stretch.ray.direction * chosen.t;
        let picked = sample_light(record, start, stretch.slice, point);
        if (picked.pdf <= 0.0) {
            continue;
        }
        let light = air_glow(stretch.ray, chosen.t, picked) / (picked.pdf * choice.probability * chosen.pdf);
        let score = luminance(light);
        if (!(score > 0.0 && score < FAR)) {
            continue;
        }
        kept.total += score;
        let chance = score / kept.total;
        if (keep >= chance) {
            keep = (keep - chance) / (1.0 - chance);
        } else {
            keep /= chance;
            kept.start = start;
            kept.point = picked;
            kept.light = light;
            kept.score = score;
            kept.aim = select(NONE, stretch.slice * frame.lamps + record.index, record.kind == LIGHT_LAMP);
        }
    }
    return kept;
}

fn air_glow(ray: Ray, t: f32, picked: LightSample) -> vec3f {
    let start = ray.origin + ray.direction * t;
    var towards = picked.point;
    if (!picked.distant) {
        towards = normalize(picked.point - start);
    }
    let through = transmittance(Ray(ray.origin, ray.direction, t)) * transmittance_from(start, picked);
    let phase = henyey_greenstein(dot(towards, ray.direction), frame.haze_anisotropy);
    return picked.radiance * frame.haze_albedo * (frame.haze_extinction * phase * through);
}

fn henyey_greenstein(cosine: f32, g: f32) -> f32 {
    let base = max(1.0 + g * g - 2.0 * g * cosine, 1e-6);
    return 0.25 * FRAC_1_PI * (1.0 - g * g) / (base * sqrt(base));
}

fn haze_distance(light: LightRecord, stretch: Stretch, whole: Span, u: f32) -> Chosen {
    let sigma = frame.haze_extinction;
    if (is_distant(light, stretch.slice)) {
        let t = by_transmittance(whole, sigma, u);
        return Chosen(t, transmittance_pdf(whole, sigma, t));
    }
    let span = lit_part(light, stretch, whole);
    if (!(span.near < span.far)) {
        return Chosen(0.0, 0.0);
    }
    let ray = stretch.ray;
    let centre = light_centre(light, stretch.slice);
    let middle = dot(centre - ray.origin, ray.direction);
    let off_axis = max(length(centre - (ray.origin + ray.direction * middle)), 1e-3);
    let first = atan((span.near - middle) / off_axis);
    let last = select(atan((span.far - middle) / off_axis), 0.5 * PI, span.far >= ENDLESS);
    var t: f32;
    if (u < 0.5) {
        t = middle + off_axis * tan(first + (last - first) * (2.0 * u));
    } else {
        t = by_transmittance(span, sigma, 2.0 * u - 1.0);
    }
    t = clamp(t, span.near, span.far);
    let past = (t - middle) / off_axis;
    let by_angle = 1.0 / ((last - first) * off_axis * (1.0 + past * past));
    let pdf = 0.5 * (by_angle + transmittance_pdf(span, sigma, t));
    return Chosen(t, select(0.0, pdf, pdf < FAR));
}

fn by_transmittance(span: Span, sigma: f32, u: f32) -> f32 {
    let lost = 1.0 - exp(-sigma * (span.far - span.near));
    return span.near - log(max(1.0 - u * lost, 1e-30)) / sigma;
}

fn transmittance_pdf(span: Span, sigma: f32, t: f32) -> f32 {
    let lost = 1.0 - exp(-sigma * (span.far - span.near));
    return sigma * exp(-sigma * (t - span.near)) / max(lost, 1e-30);
}

fn is_distant(light: LightRecord, slice: u32) -> bool {
    if (light.kind == LIGHT_LAMP) {
        return lamps[slice * frame.lamps + light.index].kind == LAMP_SUN;
    }
    return light.kind != LIGHT_TRIANGLE;
}

fn light_centre(light: LightRecord, slice: u32) -> vec3f {
    if (light.kind == LIGHT_LAMP) {
        return lamps[slice * frame.lamps + light.index].position;
    }
    let corners = world_corners(slice * frame.instances + light.index, light.triangle);
    return (corners[0] + corners[1] + corners[2]) / 3.0;
}

fn lit_part(light: LightRecord, stretch: Stretch, span: Span) -> Span {
    if (light.kind != LIGHT_LAMP) {
        return span;
    }
    let lit = lit_span(lamps[stretch.slice * frame.lamps + light.index], stretch.ray);
    return Span(max(span.near, lit.near), min(span.far, lit.far));
}

fn lit_span(lamp: LampRecord, ray: Ray) -> Span {
    if (lamp.kind == LAMP_RECT) {
        let height = dot(ray.origin - lamp.position, lamp.toward);
        var rise = dot(ray.direction, lamp.toward);
        rise = select(rise, 1e-9, abs(rise) < 1e-9);
        let crossing = -height / rise;
        if (rise > 0.0) {
            return Span(crossing, FAR);
        }
        return Span(0.0, crossing);
    }
    if (lamp.cos_outer > 0.0) {
        return cone_span(lamp, ray);
    }
    return Span(0.0, FAR);
}

fn cone_span(lamp: LampRecord, ray: Ray) -> Span {
    let square = lamp.cos_outer * lamp.cos_outer;
    let apex = lamp.position - lamp.toward * (lamp.radius / sqrt(max(1.0 - square, 1e-6)));
    let start = ray.origin - apex;
    let height = dot(start, lamp.toward);
    let rise = dot(ray.direction, lamp.toward);
    let a = rise * rise - square;
    let b = height * rise - square * dot(start, ray.direction);
    let c = height * height - square * dot(start, start);
    let discriminant = b * b - a * c;
    if (discriminant < 0.0) {
        return Span(0.0, -1.0);
    }
    let root = sqrt(discriminant);
    let q = -(b + select(root, -root, b < 0.0));
    let low = min(q / a, c / q);
    let high = max(q / a, c / q);
    if (a > 0.0) {
        if (rise > 0.0) {
            return Span(high, FAR);
        }
        return Span(0.0, low);
    }
    if (height + 0.5 * (low + high) * rise > 0.0) {
        return Span(low, high);
    }
    return Span(0.0, -1.0);
}
