//! Outlines and two pictures to what became of every point.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{
    Set,
    outline::{Outline, Point},
    scale::Scale,
    step::steps,
};

/// Outlines are moved elsewhere until so many points are (once to eight times), to learn what chance gives.
const MOVED_POINTS: usize = 16_384;
/// A displacement is the median of so many neighbours' in both directions along the outline.
const MEDIAN: usize = 2;
/// Roberts' R₂ sequence: multiples of these, modulo 1, fill the square evenly.
const R2: [f64; 2] = [0.754_877_666_246_693, 0.569_840_290_998_053];

/// What became of a point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Verdict {
    /// The set's own picture steps there.
    pub(super) judged: bool,
    /// The result's step lies where the set's does.
    pub(super) kept: bool,
    /// The share of moved points that is kept.
    pub(super) kept_by_chance: f32,
    /// From the set's step to the result's along the normal, pixels, positive to the right: the median of the neighbours';
    /// `None` without a step in reach.
    pub(super) displacement: Option<f32>,
}

/// Two pixels of a boundary and what to show of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) pixels: [usize; 2],
    pub(super) verdict: Verdict,
}

pub(super) fn verdicts(
    set: &Set<'_>,
    result: &Plane<[f32; 3]>,
    outlines: &[Outline],
    scale: Scale,
) -> Vec<Vec<Verdict>> {
    let points: usize = outlines.iter().map(|outline| outline.points.len()).sum();
    let moves = (MOVED_POINTS / points.max(1)).clamp(1, 8);
    let shifts = |i| (0..moves).map(|j| shift(result, i * moves + j)).collect::<Vec<_>>();
    let verdicts = |(i, outline)| outline_verdicts(set, result, outline, &shifts(i), scale);
    outlines.par_iter().enumerate().map(verdicts).collect()
}

fn outline_verdicts(
    set: &Set<'_>,
    result: &Plane<[f32; 3]>,
    outline: &Outline,
    shifts: &[[f32; 2]],
    scale: Scale,
) -> Vec<Verdict> {
    let wanted = steps(set.picture, outline, |_| true, [0.0; 2], scale);
    let judged =
        |(point, step): (&Point, Option<f32>)| step.filter(|&step| can_be_judged(point, step, scale));
    let wanted: Vec<_> = outline.points.iter().zip(wanted).map(judged).collect();
    if wanted.iter().all(Option::is_none) {
        return vec![Verdict::default(); wanted.len()];
    }
    let apart = |shift| {
        let found = steps(result, outline, |i| wanted[i].is_some(), shift, scale).into_iter();
        let apart: Vec<_> =
            wanted.iter().zip(found).map(|(wanted, found)| Some(found? - (*wanted)?)).collect();
        apart
    };
    let keeps = |apart: Option<f32>| apart.is_some_and(|apart| apart.abs() <= scale.tolerance);
    let found = apart([0.0; 2]);
    let moved: Vec<_> = shifts.iter().map(|&shift| apart(shift)).collect();
    let verdict = |i: usize| Verdict {
        judged: wanted[i].is_some(),
        kept: keeps(found[i]),
        kept_by_chance: moved.iter().filter(|apart| keeps(apart[i])).count() as f32 / moved.len() as f32,
        displacement: found[i].and_then(|_| median(outline.around(i, MEDIAN).filter_map(|i| found[i]))),
    };
    (0..wanted.len()).map(verdict).collect()
}

/// The step is the boundary's own, and there is room for it to be elsewhere.
fn can_be_judged(point: &Point, step: f32, scale: Scale) -> bool {
    let room = (point.reach[0] + point.reach[1]) as f32;
    step.abs() <= scale.tolerance && room >= 4.0 * scale.tolerance
}

/// A place elsewhere: a tenth to nine tenths of the picture's sides away.
fn shift(picture: &Plane<[f32; 3]>, number: usize) -> [f32; 2] {
    let part = |axis: usize| 0.1 + 0.8 * ((number + 1) as f64 * R2[axis]).fract();
    [(part(0) * picture.width() as f64) as f32, (part(1) * picture.height() as f64) as f32]
}

/// The middle value, the lower of two.
pub(super) fn median(values: impl Iterator<Item = f32>) -> Option<f32> {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

pub(super) fn marks(outlines: &[Outline], verdicts: &[Vec<Verdict>]) -> Vec<Mark> {
    let points = outlines.iter().flat_map(|outline| &outline.points);
    let verdicts = verdicts.iter().flatten();
    points.zip(verdicts).map(|(point, &verdict)| Mark { pixels: point.pixels, verdict }).collect()
}
