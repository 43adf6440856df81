//! How what is remembered follows the lamps' light, which the tracer knows without noise.
//!
//! A place that was lit by `before` and is lit by something else now has changed by the difference. Edges of shadows are
//! steps between the centres of pixels, and fall on one or the other from frame to frame as the camera moves; so only what
//! lies beyond all that the neighbours show counts as a change, as when colours are clipped in temporal antialiasing
//! (Karis, "High-Quality Temporal Supersampling", SIGGRAPH 2014).

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// Least and most light of a pixel and those around it, nits.
pub(super) struct LampLight(Plane<[[f32; 3]; 2]>);

impl LampLight {
    /// Neighbours count that show the same thing.
    pub(super) fn new(light: &Plane<[f32; 3]>, id: &Plane<u32>) -> Self {
        let (width, height) = (light.width(), light.height());
        let mut ranges = Plane::new(width, height);
        ranges.data.par_iter_mut().enumerate().for_each(|(i, range): (usize, &mut [[f32; 3]; 2])| {
            *range = [light.data[i]; 2];
            let [x, y] = [i % width, i / width];
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                for at in (row * width + x.saturating_sub(1))..(row * width + (x + 2).min(width)) {
                    if id.data[at] == id.data[i] {
                        (0..3).for_each(|c| range[0][c] = range[0][c].min(light.data[at][c]));
                        (0..3).for_each(|c| range[1][c] = range[1][c].max(light.data[at][c]));
                    }
                }
            }
        });
        Self(ranges)
    }

    /// What lights pixel `i` now, given what lit the same place `before`.
    pub(super) fn now(&self, i: usize, before: [f32; 3]) -> [f32; 3] {
        let [least, most] = self.0.data[i];
        std::array::from_fn(|c| before[c].clamp(least[c], most[c]))
    }
}
