//! New light added to the remembered: the mean of all frames, as far as memory reaches back.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{
    reproject::UNKNOWN,
    texel::{Texel, VARIANCE, blank},
};

/// Least weight of the new frame, so that memory reaches back about this many frames' inverse.
const LEAST_WEIGHT: f32 = 1.0 / 24.0;

/// The mix of least variance of what is new and what is remembered.
pub(crate) fn accumulate(now: &Plane<Texel>, warped: &Plane<Texel>) -> Plane<Texel> {
    let mut mixed = blank(now.width(), now.height());
    let pairs = now.data.par_iter().zip(&warped.data);
    mixed.data.par_iter_mut().zip(pairs).for_each(|(mixed, (now, old))| {
        if old[VARIANCE] >= UNKNOWN {
            *mixed = *now;
            return;
        }
        let weight = (old[VARIANCE] / (now[VARIANCE] + old[VARIANCE])).max(LEAST_WEIGHT);
        *mixed = std::array::from_fn(|lane| old[lane] + (now[lane] - old[lane]) * weight);
        mixed[VARIANCE] = weight * weight * now[VARIANCE] + (1.0 - weight).powi(2) * old[VARIANCE];
    });
    mixed
}
