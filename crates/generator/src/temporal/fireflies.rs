//! Keeps single bright samples out of the memory.
//!
//! A path that finds a small lamp by chance makes one pixel hundreds of times too bright for one frame. By itself such a
//! frame is cleaned by the denoiser; remembered, it would glow on for dozens of frames. So what is new in a pixel is
//! limited to a multiple of what its surroundings and its past show. The limit grows with the samples a pixel has, so
//! that it fades as the light converges. Lamps seen directly are never limited, and highlights that stay only in their
//! first frames.

use maquette_conditioning::{Light, Plane};
use rayon::prelude::*;

use super::{
    pyramid::Pyramid,
    texel::{DIFFUSE, OTHER, Texel, luminance},
};

/// Times the surroundings' brightness, for each sample.
const SURROUNDINGS: f32 = 3.0;
/// Times the remembered brightness.
const PAST: f32 = 4.0;
/// Blocks of 2^3 pixels are the surroundings.
const LEVEL: usize = 3;

/// Limits each kind of light in `now`, whose light was `light`.
pub(crate) fn limit_fireflies(now: &mut Plane<Texel>, warped: &Plane<Texel>, light: &Light) {
    let (width, samples) = (now.width(), light.samples.max(1) as f32);
    let emitted = &light.emitted.data;
    // The mean of roots, squared, hardly notices one bright pixel.
    let mut roots = Plane::new(width, now.height());
    roots.data.par_iter_mut().enumerate().for_each(|(i, roots): (usize, &mut [f32; 2])| {
        *roots = brightness(&now.data[i], &emitted[i]).map(f32::sqrt);
    });
    let roots = Pyramid::new(roots, LEVEL);
    now.data.par_iter_mut().enumerate().for_each(|(i, texel)| {
        let surroundings = roots.at(LEVEL, i % width, i / width);
        let found = brightness(texel, &emitted[i]);
        for (kind, first) in [DIFFUSE, OTHER].into_iter().enumerate() {
            let past = luminance(&warped.data[i], first);
            let limit = SURROUNDINGS * samples * surroundings[kind].powi(2) + PAST * past;
            if found[kind] > limit {
                let kept = limit / found[kind];
                let seen = if kind == 0 { [0.0; 3] } else { emitted[i] };
                (0..3).for_each(|c| texel[first + c] = seen[c] + (texel[first + c] - seen[c]) * kept);
            }
        }
    });
}

/// Luminance of each kind of light, without seen lamps.
fn brightness(texel: &Texel, emitted: &[f32; 3]) -> [f32; 2] {
    let seen = super::luminance(emitted);
    [luminance(texel, DIFFUSE).max(0.0), (luminance(texel, OTHER) - seen).max(0.0)]
}
