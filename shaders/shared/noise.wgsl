// Solid noise: gradient noise, sums of its octaves, and cells; twin of `transport/noise.rs`.

fn lattice(cell: vec3i, seed: u32) -> u32 {
    let c = bitcast<vec3u>(cell);
    var h = (c.x * 0x8da6b343u) ^ (c.y * 0xd8163841u) ^ (c.z * 0xcb1ab31fu) ^ (seed * 0x9e3779b9u);
    h = (h ^ (h >> 16u)) * 0x7feb352du;
    h = (h ^ (h >> 15u)) * 0x846ca68bu;
    return h ^ (h >> 16u);
}

fn triple(h: u32) -> vec3f {
    let parts = vec3f(f32(h & 1023u), f32((h >> 10u) & 1023u), f32((h >> 20u) & 1023u));
    return parts * (2.0 / 1023.0) - 1.0;
}

fn fade(wavelength: f32, width: f32) -> f32 {
    return clamp(2.0 - 2.0 * width / wavelength, 0.0, 1.0);
}

fn corner_noise(cell: vec3i, f: vec3f, corner: vec3i, seed: u32) -> f32 {
    return dot(triple(lattice(cell + corner, seed)), f - vec3f(corner));
}

fn blend(a: f32, b: f32, share: f32) -> f32 {
    return a + (b - a) * share;
}

fn gradient_noise(p: vec3f, seed: u32) -> f32 {
    let low = floor(p);
    let cell = vec3i(low);
    let f = p - low;
    let s = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    // A loop, because drivers inline every call of every pattern.
    var slabs = vec2f(0.0);
    for (var z = 0; z < 2; z++) {
        steps++;
        let n00 = corner_noise(cell, f, vec3i(0, 0, z), seed);
        let n10 = corner_noise(cell, f, vec3i(1, 0, z), seed);
        let n01 = corner_noise(cell, f, vec3i(0, 1, z), seed);
        let n11 = corner_noise(cell, f, vec3i(1, 1, z), seed);
        slabs[z] = blend(blend(n00, n10, s.x), blend(n01, n11, s.x), s.y);
    }
    return 1.4 * blend(slabs.x, slabs.y, s.z);
}

fn fractal_noise(p: vec3f, octaves: u32, seed: u32, width: f32) -> f32 {
    var sum_of = 0.0;
    var at = p;
    var size = 1.0;
    for (var octave = 0u; octave < octaves; octave++) {
        steps++;
        let share = fade(size, width);
        if (share <= 0.0) {
            break;
        }
        sum_of += size * share * gradient_noise(at, seed + octave);
        at *= 2.0;
        size *= 0.5;
    }
    return sum_of;
}

struct Cells {
    nearest: f32,
    next: f32,
    id: u32,
}

fn cells(p: vec3f, seed: u32) -> Cells {
    let low = floor(p);
    let base = vec3i(low);
    let f = p - low;
    var found = Cells(9.0, 9.0, 0u);
    for (var i = 0; i < 27; i++) {
        steps++;
        let offset = vec3i(i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1);
        let id = lattice(base + offset, seed);
        let to = vec3f(offset) + 0.5 + 0.4 * triple(id) - f;
        let square = dot(to, to);
        if (square < found.nearest) {
            found = Cells(square, found.nearest, id);
        } else {
            found.next = min(found.next, square);
        }
    }
    return Cells(sqrt(found.nearest), sqrt(found.next), found.id);
}

fn ramp(low: f32, high: f32, x: f32) -> f32 {
    let t = clamp((x - low) / (high - low), 0.0, 1.0);
    return t * t * (3.0 - 2.0 * t);
}

fn flattened(p: vec3f, normal: vec3f) -> vec2f {
    let n = abs(normal);
    if (n.y >= n.x && n.y >= n.z) {
        return p.xz;
    }
    if (n.x >= n.z) {
        return p.zy;
    }
    return p.xy;
}
