//! One frame to what a training step needs: evidence, candidates, and an independent noisy answer.
//!
//! The answer is another render of the same frame with other random numbers (noise to noise; Lehtinen et al. 2018): its
//! noise adds a constant to the loss, so the head learns as if from converged frames.

use maquette_conditioning::Plane;

use super::{Lesson, random::Random};
use crate::temporal::{
    ALIGNMENT, CANDIDATES, CHANNELS, Comparison, Pyramid, Texel, candidates, gate, kinds_luminance,
    plain_logits, planes, texels, visibility,
};

/// Values above this many times the local brightness are cut, in training only: they would drown all others.
const BRIGHTEST: f32 = 12.0;
/// Share of the picture's mean that keeps dark places from counting without bound.
const DARKEST: f32 = 0.05;

/// Planes of one frame, `size` padded to what the head takes.
pub(crate) struct Example {
    pub(crate) size: [usize; 2],
    /// `CHANNELS` planes.
    pub(crate) evidence: Vec<f32>,
    /// `2·CANDIDATES` planes: logits of plain accumulation.
    pub(crate) plain: Vec<f32>,
    /// 2 planes: how far the head is heard.
    pub(crate) gate: Vec<f32>,
    /// `2·CANDIDATES` planes: luminance over local brightness.
    pub(crate) candidates: Vec<f32>,
    /// 2 planes: the independent render's.
    pub(crate) target: Vec<f32>,
}

impl Example {
    /// `comparison` is of the lesson's frame.
    pub(crate) fn new(comparison: &Comparison, lesson: &Lesson) -> Self {
        let Comparison { now, warped, evidence } = comparison;
        let size = [now.width(), now.height()].map(|side| side.next_multiple_of(ALIGNMENT));
        let pixels = size[0] * size[1];
        let mut example = Self {
            size,
            evidence: planes(evidence, size),
            plain: vec![0.0; 2 * CANDIDATES * pixels],
            gate: vec![0.0; 2 * pixels],
            candidates: vec![0.0; 2 * CANDIDATES * pixels],
            target: vec![0.0; 2 * pixels],
        };
        debug_assert_eq!(example.evidence.len(), CHANNELS * pixels);
        let gbuffer = &lesson.conditioning.gbuffer;
        let target = texels(&lesson.target, &gbuffer.albedo_mean, &gbuffer.normal_mean);
        let brightness = brightness(now);
        for i in 0..now.data.len() {
            let (x, y) = (i % now.width(), i / now.width());
            let at = y * size[0] + x;
            let scale = visibility(&now.data[i]).map(|visibility| visibility / brightness.at(3, x, y)[0]);
            let gate = gate(&evidence.data[i]);
            let from = candidates(now, warped, i);
            for kind in 0..2 {
                let value = |texel: &Texel| (kinds_luminance(texel)[kind] * scale[kind]).min(BRIGHTEST);
                let plain = plain_logits(now, warped, i, kind, gate[kind]);
                for candidate in 0..CANDIDATES {
                    let plane = (kind * CANDIDATES + candidate) * pixels;
                    example.plain[plane + at] = plain[candidate];
                    example.candidates[plane + at] = value(from[candidate]);
                }
                example.gate[kind * pixels + at] = gate[kind];
                example.target[kind * pixels + at] = value(&target.data[i]);
            }
        }
        example
    }

    /// A square part somewhere of at most `side`.
    pub(crate) fn random_part(&self, side: usize, random: &mut Random) -> Self {
        let size = self.size.map(|extent| extent.min(side));
        let corner =
            [0, 1].map(|axis| random.below((self.size[axis] - size[axis]) / ALIGNMENT + 1) * ALIGNMENT);
        self.part(corner, size)
    }

    /// A part of every plane, from column `x` and row `y` on.
    fn part(&self, [x, y]: [usize; 2], size: [usize; 2]) -> Self {
        let [width, height] = self.size;
        let part = |planes: &[f32]| {
            let rows =
                planes.chunks(width * height).flat_map(|plane| plane.chunks(width).skip(y).take(size[1]));
            rows.flat_map(|row| row[x..x + size[0]].iter().copied()).collect()
        };
        Self {
            size,
            evidence: part(&self.evidence),
            plain: part(&self.plain),
            gate: part(&self.gate),
            candidates: part(&self.candidates),
            target: part(&self.target),
        }
    }
}

/// Local brightness at several scales, never near zero.
fn brightness(now: &Plane<Texel>) -> Pyramid<1> {
    let luminance = |texel: &Texel| -> f32 {
        kinds_luminance(texel).iter().zip(visibility(texel)).map(|(light, share)| light * share).sum()
    };
    let mean = now.data.iter().map(luminance).sum::<f32>() / now.data.len().max(1) as f32;
    Pyramid::new(now.map(|texel| [luminance(texel) + DARKEST * mean + 1e-20]), 3)
}
