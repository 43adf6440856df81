//! Where the head is heard.
//!
//! Where neither camera nor surface moves, gathered light is exact, and the best a head can do is nothing: any answer would
//! follow the noise of its own evidence, and a still picture would flicker. There it is heard only where the frame by
//! itself differs from the last picture by more than cleaned noise does over a neighbourhood.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{blend::CANDIDATES, evidence::Views, pyramid::Pyramid};

/// Pixels a frame from which on a surface counts as moving, and from which on the head is heard in full.
const MOVING: [f32; 2] = [0.02, 0.1];
/// Blocks of 2^3 and 2^4 pixels are looked at.
const LEVELS: [usize; 2] = [3, 4];
/// Logarithm of brightness by which they differ through noise, and from which on it is surely a change.
const NOISE: [f32; 2] = [0.06, 0.03];
const CHANGE: [f32; 2] = [0.12, 0.06];

/// How far the head is heard, 0 to 1 a pixel. `levels` are the candidates'.
pub(crate) fn gate(views: &Views, levels: &Plane<[f32; CANDIDATES]>) -> Plane<f32> {
    let width = levels.width();
    let difference = levels.map(|[alone, _, shown, _]| [alone - shown]);
    let pyramid = Pyramid::new(difference, LEVELS[1]);
    let mut gate = Plane::new(width, levels.height());
    gate.data.par_iter_mut().enumerate().for_each(|(i, gate)| {
        let changed = |at: usize| {
            let [difference] = pyramid.at(LEVELS[at], i % width, i / width);
            ramp(difference.abs(), NOISE[at], CHANGE[at])
        };
        *gate = ramp(views.speed(i), MOVING[0], MOVING[1]).max(changed(0)).max(changed(1));
    });
    gate
}

fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}
