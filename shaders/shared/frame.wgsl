// Orthonormal frames and warps of the unit square; twin of `transport/frame.rs`.

struct Frame {
    tangent: vec3f,
    bitangent: vec3f,
    normal: vec3f,
}

fn new_frame(normal: vec3f) -> Frame {
    let sign = select(1.0, -1.0, normal.z < 0.0);
    let a = -1.0 / (sign + normal.z);
    let b = normal.x * normal.y * a;
    let tangent = vec3f(1.0 + sign * normal.x * normal.x * a, sign * b, -sign * normal.x);
    let bitangent = vec3f(b, sign + normal.y * normal.y * a, -normal.y);
    return Frame(tangent, bitangent, normal);
}

fn to_local(f: Frame, v: vec3f) -> vec3f {
    return vec3f(dot(f.tangent, v), dot(f.bitangent, v), dot(f.normal, v));
}

fn to_world(f: Frame, v: vec3f) -> vec3f {
    return f.tangent * v.x + f.bitangent * v.y + f.normal * v.z;
}

fn disc(u: vec2f) -> vec2f {
    let p = 2.0 * u - 1.0;
    if (p.x == 0.0 && p.y == 0.0) {
        return vec2f(0.0);
    }
    var radius = p.y;
    var angle = 0.5 * PI - 0.25 * PI * (p.x / p.y);
    if (abs(p.x) > abs(p.y)) {
        radius = p.x;
        angle = 0.25 * PI * (p.y / p.x);
    }
    return radius * vec2f(cos(angle), sin(angle));
}

fn polygon(u: vec2f, corners: u32, turn: f32) -> vec2f {
    let scaled = u.x * f32(corners);
    let wedge = f32(min(u32(scaled), corners - 1u));
    let step = TAU / f32(corners);
    let first = turn + step * wedge;
    let second = turn + step * (wedge + 1.0);
    let width = sqrt(clamp(scaled - wedge, 0.0, 1.0));
    return width * (vec2f(cos(first), sin(first)) * (1.0 - u.y) + vec2f(cos(second), sin(second)) * u.y);
}

fn cosine_hemisphere(u: vec2f) -> vec3f {
    let p = disc(u);
    return vec3f(p, sqrt(max(1.0 - dot(p, p), 0.0)));
}

fn cone(u: vec2f, height: f32) -> vec3f {
    let h = u.x * height;
    let sine = sqrt(max(h * (2.0 - h), 0.0));
    let angle = TAU * u.y;
    return vec3f(sine * cos(angle), sine * sin(angle), 1.0 - h);
}

fn cap_height(sine: f32) -> f32 {
    let square = min(sine * sine, 1.0);
    return square / (1.0 + sqrt(1.0 - square));
}

fn off_surface(p: vec3f, direction: vec3f) -> vec3f {
    return vec3f(off(p.x, direction.x), off(p.y, direction.y), off(p.z, direction.z));
}

fn off(p: f32, direction: f32) -> f32 {
    if (abs(p) < 1.0 / 32.0) {
        return p + (1.0 / 65536.0) * direction;
    }
    let steps = i32(256.0 * direction);
    return bitcast<f32>(bitcast<i32>(p) + select(steps, -steps, p < 0.0));
}
