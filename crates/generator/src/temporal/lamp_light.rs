//! How what is remembered follows the lamps' light, which the tracer knows without noise.
//!
//! A place that was lit by `before` and is lit by something else now has changed by the difference. Edges of shadows are
//! steps between the centres of pixels, and fall on one or the other from frame to frame as the camera moves; so only what
//! lies beyond all that the neighbours show counts as a change, as when colours are clipped in temporal antialiasing
//! (Karis, "High-Quality Temporal Supersampling", SIGGRAPH 2014).

use maquette_conditioning::Plane;

/// What lights pixel `i` now, given what lit the same place `before`. Neighbours count that have the same `id`.
pub(super) fn followed(light: &Plane<[f32; 3]>, id: &Plane<u32>, i: usize, before: [f32; 3]) -> [f32; 3] {
    let (width, height) = (light.width(), light.height());
    let [x, y] = [i % width, i / width];
    let [mut least, mut most] = [light.data[i]; 2];
    for row in y.saturating_sub(1)..(y + 2).min(height) {
        for at in (row * width + x.saturating_sub(1))..(row * width + (x + 2).min(width)) {
            if id.data[at] == id.data[i] {
                (0..3).for_each(|c| least[c] = least[c].min(light.data[at][c]));
                (0..3).for_each(|c| most[c] = most[c].max(light.data[at][c]));
            }
        }
    }
    std::array::from_fn(|c| before[c].clamp(least[c], most[c]))
}
