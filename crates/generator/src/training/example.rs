//! One frame to what a training step needs: evidence, candidates, and an independent answer.
//!
//! The answer is another render of the same frame with other random numbers, cleaned (noise to noise; Lehtinen et al. 2018):
//! what is left of its noise adds a constant to the loss, so the head learns as if from converged frames.

use maquette_conditioning::Plane;

use super::random::Random;
use crate::temporal::{
    ALIGNMENT, CANDIDATES, CHANNELS, Shown, Views, candidates, evidence, gate, levels, luminance,
    mean_luminance, plain_logits, planes,
};

/// Share of the picture's mean that keeps dark places from counting without bound.
const DARKEST: f32 = 0.1;

/// Planes of one frame, `size` padded to what the head takes. Colours are over the answer's brightness.
pub(crate) struct Example {
    pub(crate) size: [usize; 2],
    /// `CHANNELS` planes.
    pub(crate) evidence: Vec<f32>,
    /// `CANDIDATES` planes: logits of plain accumulation.
    pub(crate) plain: Vec<f32>,
    /// 1 plane: how far the head is heard.
    pub(crate) gate: Vec<f32>,
    /// `3·CANDIDATES` planes, red, green and blue of each candidate.
    pub(crate) candidates: Vec<f32>,
    /// 3 planes: the independent render's.
    pub(crate) target: Vec<f32>,
    /// 3 planes: error of the last finished picture, moved along.
    pub(crate) past_error: Vec<f32>,
    /// 1 plane: where there is a past, 1.
    pub(crate) known: Vec<f32>,
}

impl Example {
    /// A frame's `views` beside what was `shown`, already moved; `target` is the right answer, and `past_target` that of the
    /// frame before, moved likewise.
    pub(crate) fn new(
        views: &Views,
        shown: &Shown,
        target: &Plane<[f32; 3]>,
        past_target: &Plane<[f32; 3]>,
    ) -> Self {
        let (width, height) = (target.width(), target.height());
        let size = [width, height].map(|side| side.next_multiple_of(ALIGNMENT));
        let pixels = size[0] * size[1];
        let from = candidates(views, shown);
        let levels = levels(views, &from);
        let mut example = Self {
            size,
            evidence: planes(&evidence(views, shown, &from, &levels), size),
            plain: vec![0.0; CANDIDATES * pixels],
            gate: vec![0.0; pixels],
            candidates: vec![0.0; 3 * CANDIDATES * pixels],
            target: vec![0.0; 3 * pixels],
            past_error: vec![0.0; 3 * pixels],
            known: vec![0.0; pixels],
        };
        debug_assert_eq!(example.evidence.len(), CHANNELS * pixels);
        let darkest = DARKEST * mean_luminance(target);
        let gate = gate(views, &levels);
        for i in 0..target.data.len() {
            let at = i / width * size[0] + i % width;
            let scale = 1.0 / luminance(&target.data[i]).hypot(darkest);
            example.gate[at] = gate.data[i];
            let candidates = plain_logits(views, shown, gate.data[i], i).into_iter().zip(from.data[i]);
            for (candidate, (plain, color)) in candidates.enumerate() {
                example.plain[candidate * pixels + at] = plain;
                for (c, value) in color.into_iter().enumerate() {
                    example.candidates[(3 * candidate + c) * pixels + at] = value * scale;
                }
            }
            for c in 0..3 {
                example.target[c * pixels + at] = target.data[i][c] * scale;
                let error = shown.picture.data[i][c] - past_target.data[i][c];
                example.past_error[c * pixels + at] = error * scale;
            }
            example.known[at] = if shown.age.data[i] > 0.0 { 1.0 } else { 0.0 };
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
            past_error: part(&self.past_error),
            known: part(&self.known),
        }
    }
}
