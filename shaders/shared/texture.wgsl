// Texture lookups: bilinear, repeating; twin of `transport/texture.rs`.

const SRGB_TABLE: u32 = 0u;

fn texture_color(index: u32, uv: vec2f) -> vec3f {
    if (index == NONE) {
        return vec3f(1.0);
    }
    let image = textures[index];
    let size = vec2f(f32(image.width), f32(image.height));
    return bilinear(image, (uv - floor(uv)) * size - 0.5, false);
}

fn wrap(i: i32, count: i32) -> i32 {
    return ((i % count) + count) % count;
}

fn bilinear(image: TextureRecord, at: vec2f, clamp_down: bool) -> vec3f {
    let low = floor(at);
    let share = at - low;
    let x = i32(low.x);
    let y = i32(low.y);
    let columns = i32(image.width);
    let rows = i32(image.height);
    let left = u32(wrap(x, columns));
    let right = u32(wrap(x + 1, columns));
    var upper = u32(wrap(y, rows));
    var lower = u32(wrap(y + 1, rows));
    if (clamp_down) {
        upper = u32(clamp(y, 0, rows - 1));
        lower = u32(clamp(y + 1, 0, rows - 1));
    }
    let top = mix_exactly(texel(image, left, upper), texel(image, right, upper), share.x);
    let bottom = mix_exactly(texel(image, left, lower), texel(image, right, lower), share.x);
    return mix_exactly(top, bottom, share.y);
}

fn mix_exactly(a: vec3f, b: vec3f, share: f32) -> vec3f {
    return a + (b - a) * share;
}

fn texel(image: TextureRecord, x: u32, y: u32) -> vec3f {
    let index = y * image.width + x;
    if (image.format == TEXELS_FLOAT) {
        let first = image.first + 3u * index;
        return vec3f(bitcast<f32>(texels[first]), bitcast<f32>(texels[first + 1u]), bitcast<f32>(texels[first + 2u]));
    }
    let word = texels[image.first + index];
    let bytes = vec3u(word & 255u, (word >> 8u) & 255u, (word >> 16u) & 255u);
    if (image.format == TEXELS_SRGB) {
        return vec3f(tables[SRGB_TABLE + bytes.x], tables[SRGB_TABLE + bytes.y], tables[SRGB_TABLE + bytes.z]);
    }
    return vec3f(bytes) / 255.0;
}
