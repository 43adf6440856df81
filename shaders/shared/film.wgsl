// Where in a pixel's surroundings a sample falls; twin of `transport/film.rs`.

const FILTER_TABLE: u32 = 256u;
const FILTER_STEPS: u32 = 256u;

fn pixel_offset(u: vec2f) -> vec2f {
    if (frame.filter_kind == 0u) {
        return u - 0.5;
    }
    return vec2f(filter_offset(u.x), filter_offset(u.y));
}

fn filter_offset(u: f32) -> f32 {
    let at = u * f32(FILTER_STEPS);
    let step = min(u32(at), FILTER_STEPS - 1u);
    let low = tables[FILTER_TABLE + step];
    let high = tables[FILTER_TABLE + step + 1u];
    return low + (high - low) * (at - f32(step));
}
