// Texture lookups: bilinear within a level, linear between levels, repeated, clamped or mirrored; twin of
// `transport/texture.rs`.

const SRGB_TABLE: u32 = 0u;

struct Place {
    uv: vec2f,
    // log₂ of the footprint's side as a share of the image's.
    size: f32,
}

fn place_point(uv: vec2f) -> Place {
    return Place(uv, -100.0);
}

fn texture_color(index: u32, uv: vec2f) -> vec3f {
    return look(index, place_point(uv)).rgb;
}

// One loop over the four texels of one or two levels: drivers inline every call, and eight copies of a texel's
// decoding in every lookup took minutes to compile.
fn look(index: u32, place: Place) -> vec4f {
    if (index == NONE) {
        return vec4f(1.0);
    }
    let level = texture_level(index, place);
    let low = u32(level);
    let share = level - f32(low);
    let near = vec2f(
        near_zero(place.uv.x, textures[index].wrap_across),
        near_zero(place.uv.y, textures[index].wrap_down),
    );
    var found = vec4f(0.0);
    for (var tap = 0u; tap < select(4u, 8u, share > 0.0); tap++) {
        steps++;
        let upper = tap >= 4u;
        let value = corner_texel(index, low + select(0u, 1u, upper), near, tap & 3u);
        found += value * select(1.0 - share, share, upper);
    }
    return found;
}

fn texture_level(index: u32, place: Place) -> f32 {
    let texels = f32(textures[index].width * textures[index].height);
    return clamp(place.size + 0.5 * log2(texels), 0.0, f32(textures[index].levels - 1u));
}

fn near_zero(u: f32, wrap: u32) -> f32 {
    if (wrap == WRAP_REPEAT) {
        return u - floor(u);
    }
    if (wrap == WRAP_CLAMP) {
        return clamp(u, -1.0, 2.0);
    }
    return u - 2.0 * floor(0.5 * u);
}

// One of the four texels around a place of a level, times its weight.
fn corner_texel(index: u32, level: u32, uv: vec2f, corner: u32) -> vec4f {
    let columns = max(textures[index].width >> level, 1u);
    let rows = max(textures[index].height >> level, 1u);
    let at = uv * vec2f(f32(columns), f32(rows)) - 0.5;
    let low = floor(at);
    let share = at - low;
    let right = (corner & 1u) != 0u;
    let lower = (corner & 2u) != 0u;
    let x = wrapped(i32(low.x) + select(0, 1, right), columns, textures[index].wrap_across);
    let y = wrapped(i32(low.y) + select(0, 1, lower), rows, textures[index].wrap_down);
    let weight = select(1.0 - share.x, share.x, right) * select(1.0 - share.y, share.y, lower);
    return texel(textures[index].format, textures[index].firsts[level], y * columns + x) * weight;
}

fn wrapped(i: i32, size: u32, wrap: u32) -> u32 {
    let count = i32(size);
    if (wrap == WRAP_REPEAT) {
        return u32(((i % count) + count) % count);
    }
    if (wrap == WRAP_CLAMP) {
        return u32(clamp(i, 0, count - 1));
    }
    let twice = ((i % (2 * count)) + 2 * count) % (2 * count);
    return u32(select(2 * count - 1 - twice, twice, twice < count));
}

fn mix_exactly(a: vec3f, b: vec3f, share: f32) -> vec3f {
    return a + (b - a) * share;
}

fn texel(format: u32, first: u32, index: u32) -> vec4f {
    if (format == TEXELS_FLOAT) {
        let word = first + 3u * index;
        return vec4f(
            bitcast<f32>(texels[word]),
            bitcast<f32>(texels[word + 1u]),
            bitcast<f32>(texels[word + 2u]),
            1.0,
        );
    }
    let word = texels[first + index];
    let bytes = vec4u(word & 255u, (word >> 8u) & 255u, (word >> 16u) & 255u, word >> 24u);
    let linear = vec4f(bytes) / 255.0;
    if (format == TEXELS_SRGB) {
        let color = vec3f(tables[SRGB_TABLE + bytes.x], tables[SRGB_TABLE + bytes.y], tables[SRGB_TABLE + bytes.z]);
        return vec4f(color, linear.a);
    }
    return linear;
}
