// Lamps: rectangles, balls, points, spots and suns; twin of `transport/lamp.rs`.

struct LightSample {
    // Point on the light, or a unit direction when `distant`.
    point: vec3f,
    normal: vec3f,
    distant: bool,
    radiance: vec3f,
    pdf: f32,
    unseen: bool,
}

fn dark() -> LightSample {
    return LightSample(vec3f(0.0), vec3f(0.0), false, vec3f(0.0), 0.0, false);
}

// The way to a light from a place; of a distant light its direction.
fn way_to(picked: LightSample, start: vec3f) -> vec3f {
    return select(picked.point - start, picked.point, picked.distant);
}

fn lamp_distance(index: u32, ray: Ray) -> f32 {
    if (lamps[index].kind == LAMP_RECT) {
        return rect_distance(index, ray);
    }
    return ball_distance(index, ray);
}

fn rect_distance(index: u32, ray: Ray) -> f32 {
    let toward = lamps[index].toward;
    let against = dot(ray.direction, toward);
    if (against >= 0.0) {
        return -1.0;
    }
    let to_centre = lamps[index].position - ray.origin;
    let t = dot(to_centre, toward) / against;
    let across = ray.direction * t - to_centre;
    let inside = abs(dot(across, lamps[index].right)) <= lamps[index].half_width
        && abs(dot(across, lamps[index].up)) <= lamps[index].half_height;
    return select(-1.0, t, inside);
}

fn ball_distance(index: u32, ray: Ray) -> f32 {
    let to_centre = lamps[index].position - ray.origin;
    let middle = dot(to_centre, ray.direction);
    let off_axis = to_centre - ray.direction * middle;
    let square = lamps[index].radius * lamps[index].radius - dot(off_axis, off_axis);
    return select(middle - sqrt(max(square, 0.0)), -1.0, square < 0.0);
}

fn lamp_normal(lamp: LampRecord, point: vec3f) -> vec3f {
    if (lamp.kind == LAMP_RECT) {
        return lamp.toward;
    }
    return normalize(point - lamp.position);
}

fn lamp_radiance(lamp: LampRecord, direction: vec3f) -> vec3f {
    if (lamp.kind == LAMP_RECT) {
        return lamp.strength;
    }
    return ball_radiance(lamp, direction);
}

fn ball_radiance(lamp: LampRecord, direction: vec3f) -> vec3f {
    return lamp.strength * (intensity_share(lamp, -direction) / (PI * lamp.radius * lamp.radius));
}

fn lamp_pdf(lamp: LampRecord, origin: vec3f, direction: vec3f, t: f32) -> f32 {
    if (lamp.kind == LAMP_RECT) {
        return rect_pdf(lamp, direction, t);
    }
    return 1.0 / (TAU * cap_height(lamp.radius / distance(lamp.position, origin)));
}

fn rect_pdf(lamp: LampRecord, direction: vec3f, t: f32) -> f32 {
    let area = 4.0 * lamp.half_width * lamp.half_height;
    return t * t / max(area * -dot(direction, lamp.toward), 1e-20);
}

fn sample_lamp(lamp: LampRecord, start: vec3f, u: vec2f) -> LightSample {
    if (lamp.kind == LAMP_RECT) {
        return sample_rect(lamp, start, u);
    }
    if (lamp.kind == LAMP_BALL) {
        return sample_ball(lamp, start, u);
    }
    if (lamp.kind == LAMP_POINT) {
        return sample_point(lamp, start);
    }
    return sample_sun(lamp, u);
}

fn sample_rect(lamp: LampRecord, start: vec3f, u: vec2f) -> LightSample {
    let at = 2.0 * u - 1.0;
    let point = lamp.position + lamp.right * (at.x * lamp.half_width) + lamp.up * (at.y * lamp.half_height);
    let to = point - start;
    let distance = length(to);
    let direction = to / distance;
    if (dot(direction, lamp.toward) >= 0.0) {
        return dark();
    }
    return LightSample(point, vec3f(0.0), false, lamp.strength, rect_pdf(lamp, direction, distance), false);
}

fn sample_point(lamp: LampRecord, start: vec3f) -> LightSample {
    let to = lamp.position - start;
    let square = dot(to, to);
    let intensity = lamp.strength * intensity_share(lamp, -to / sqrt(square));
    return LightSample(lamp.position, vec3f(0.0), false, intensity / square, 1.0, true);
}

fn sample_ball(lamp: LampRecord, start: vec3f, u: vec2f) -> LightSample {
    let to = lamp.position - start;
    let square = dot(to, to);
    let distance = sqrt(square);
    if (distance <= lamp.radius) {
        return dark();
    }
    let height = cap_height(lamp.radius / distance);
    let local = cone(u, height);
    let direction = to_world(new_frame(to / distance), local);
    let middle = distance * local.z;
    let off_axis = square * max(1.0 - local.z * local.z, 0.0);
    let half_chord = sqrt(max(lamp.radius * lamp.radius - off_axis, 0.0));
    let point = start + direction * (middle - half_chord);
    return LightSample(point, vec3f(0.0), false, ball_radiance(lamp, direction), 1.0 / (TAU * height), false);
}

fn intensity_share(lamp: LampRecord, direction: vec3f) -> f32 {
    let beam = spot_share(lamp, direction);
    if (lamp.profile == NONE || beam <= 0.0) {
        return beam;
    }
    return beam * profile_factor(lamp, direction);
}

fn profile_factor(lamp: LampRecord, direction: vec3f) -> f32 {
    let size = vec2f(f32(textures[lamp.profile].width), f32(textures[lamp.profile].height));
    let polar = acos(clamp(dot(direction, lamp.toward), -1.0, 1.0)) / PI;
    let azimuth = atan2(dot(direction, lamp.up), dot(direction, lamp.right)) / TAU;
    let at = vec2f(azimuth * size.x, polar * (size.y - 1.0));
    return look(lamp.profile, place_point((at + 0.5) / size)).x;
}

fn spot_share(lamp: LampRecord, direction: vec3f) -> f32 {
    let cosine = dot(direction, lamp.toward);
    let span = max(lamp.cos_inner - lamp.cos_outer, 1e-6);
    let x = clamp((cosine - lamp.cos_outer) / span, 0.0, 1.0);
    return x * x * (3.0 - 2.0 * x);
}

fn sample_sun(lamp: LampRecord, u: vec2f) -> LightSample {
    let to_sun = -lamp.toward;
    if (lamp.sin_half <= 0.0) {
        return LightSample(to_sun, vec3f(0.0), true, lamp.strength, 1.0, true);
    }
    let point = to_world(new_frame(to_sun), cone(u, cap_height(lamp.sin_half)));
    return LightSample(point, vec3f(0.0), true, sun_radiance(lamp), sun_pdf(lamp), false);
}

fn sun_radiance(lamp: LampRecord) -> vec3f {
    return lamp.strength / (PI * lamp.sin_half * lamp.sin_half);
}

fn sun_pdf(lamp: LampRecord) -> f32 {
    return 1.0 / (TAU * cap_height(lamp.sin_half));
}

fn is_in_sun(lamp: LampRecord, direction: vec3f) -> bool {
    let off_axis = cross(direction, lamp.toward);
    return dot(direction, lamp.toward) < 0.0 && dot(off_axis, off_axis) < lamp.sin_half * lamp.sin_half;
}
