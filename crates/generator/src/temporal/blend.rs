//! This frame's light and the remembered, mixed by predicted weights.
//!
//! For each kind of light and pixel there are ten candidates: the new value, and the 3×3 remembered ones around the
//! place it came from. Their weights are a softmax over the head's answer plus what plain accumulation would do, so a
//! head that answers zero accumulates plainly.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{
    Comparison,
    evidence::{gate, still_weight},
    reproject::Warped,
    texel::{ALBEDO, DIFFUSE, NORMAL, OFFSET, OTHER, SECOND, Texel, VARIANCE, blank},
};

/// Candidates: the new value, then 3×3 remembered ones row by row.
pub(crate) const CANDIDATES: usize = 10;
/// The remembered value at the pixel itself.
const CENTRE: usize = 5;
/// Logarithm of a neighbour's share where the head is heard, before it speaks. Elsewhere neighbours have none: what leaks
/// out of a lamp in every frame would add up.
const NEIGHBOUR: f32 = -6.0;
/// Logarithm of no share at all.
const NEVER: f32 = -60.0;

/// Logits of plain accumulation at pixel `i`, for one kind of light. `gate` says how far the head is heard.
pub(crate) fn plain_logits(
    now: &Plane<Texel>,
    warped: &Warped,
    i: usize,
    kind: usize,
    gate: f32,
) -> [f32; CANDIDATES] {
    let mut logits = [NEVER; CANDIDATES];
    logits[0] = 0.0;
    if warped.valid.data[i] <= 0.0 {
        return logits;
    }
    let weight = still_weight(&now.data[i], &warped.texels.data[i])[kind];
    let kept = (1.0 - weight).max(1e-6).ln();
    logits[0] = weight.ln();
    let neighbour = kept + NEVER + (NEIGHBOUR - NEVER) * gate;
    for (candidate, logit) in logits.iter_mut().enumerate().skip(1) {
        *logit = if candidate == CENTRE { kept } else { neighbour };
    }
    logits
}

/// The candidates at pixel `i`: where their texels are, the new one first.
pub(crate) fn candidates<'a>(now: &'a Plane<Texel>, warped: &'a Warped, i: usize) -> [&'a Texel; CANDIDATES] {
    let (width, height) = (now.width(), now.height());
    let (x, y) = (i % width, i / width);
    let mut all = [&warped.texels.data[i]; CANDIDATES];
    all[0] = &now.data[i];
    for (candidate, texel) in all.iter_mut().enumerate().skip(1) {
        let (dx, dy) = ((candidate - 1) % 3, (candidate - 1) / 3);
        let (x, y) = ((x + dx).wrapping_sub(1), (y + dy).wrapping_sub(1));
        if x < width && y < height && warped.valid.data[y * width + x] > 0.0 {
            *texel = &warped.texels.data[y * width + x];
        }
    }
    all
}

/// Mixes by the head's `answer`, or without one as plain accumulation does.
pub(crate) fn blend(comparison: &Comparison, answer: Option<&Answer>) -> Plane<Texel> {
    let Comparison { now, warped, evidence } = comparison;
    let mut mixed = blank(now.width(), now.height());
    mixed.data.par_iter_mut().enumerate().for_each(|(i, mixed)| {
        let gate = if answer.is_some() { gate(&evidence.data[i]) } else { [0.0; 2] };
        let weights = [0, 1].map(|kind| {
            let mut logits = plain_logits(now, warped, i, kind, gate[kind]);
            if let Some(answer) = answer {
                answer.add(&mut logits, kind, gate[kind], [i % now.width(), i / now.width()]);
            }
            softmax(logits)
        });
        *mixed = mix(candidates(now, warped, i), weights);
    });
    mixed
}

/// What the head said: `2·CANDIDATES` planes of `size`, padded at the right and the bottom.
pub(crate) struct Answer {
    pub(crate) values: Vec<f32>,
    pub(crate) size: [usize; 2],
}

impl Answer {
    fn add(&self, logits: &mut [f32; CANDIDATES], kind: usize, gate: f32, [x, y]: [usize; 2]) {
        let [width, height] = self.size;
        for (candidate, logit) in logits.iter_mut().enumerate() {
            *logit += gate * self.values[((kind * CANDIDATES + candidate) * height + y) * width + x];
        }
    }
}

fn softmax(logits: [f32; CANDIDATES]) -> [f32; CANDIDATES] {
    let most = logits.iter().fold(f32::NEG_INFINITY, |most, &logit| most.max(logit));
    let shares = logits.map(|logit| (logit - most).exp());
    let total: f32 = shares.iter().sum();
    shares.map(|share| share / total)
}

fn mix(from: [&Texel; CANDIDATES], weights: [[f32; CANDIDATES]; 2]) -> Texel {
    let mut mixed = *from[0];
    for (kind, weights) in weights.iter().enumerate() {
        let first = [DIFFUSE, OTHER][kind];
        for lane in first..first + 3 {
            mixed[lane] = from.iter().zip(weights).map(|(texel, weight)| weight * texel[lane]).sum();
        }
        let second = SECOND + kind;
        mixed[second] = from.iter().zip(weights).map(|(texel, weight)| weight * texel[second]).sum();
        // Neighbours' errors are much the same, so their weights add before they are squared.
        let (new, kept) = (weights[0], 1.0 - weights[0]);
        mixed[VARIANCE + kind] =
            new * new * from[0][VARIANCE + kind] + kept * kept * from[CENTRE][VARIANCE + kind];
    }
    // Features are as new as the newer of the two kinds of light: what is seen in a mirror changes with it.
    let new = weights[0][0].max(weights[1][0]);
    for lane in (ALBEDO..ALBEDO + 3).chain(NORMAL..NORMAL + 3).chain(OFFSET..OFFSET + 2) {
        mixed[lane] = new * from[0][lane] + (1.0 - new) * from[CENTRE][lane];
    }
    mixed
}
