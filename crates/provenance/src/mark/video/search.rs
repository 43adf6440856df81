//! Summed planes and a key to the scale, rotation and shift at which they agree best.
//!
//! Every guess of scale and rotation folds the plane onto one tile, and a Fourier transform gives the agreement at all
//! 16 384 shifts at once. Guesses lie so close that the finest wave loses a tenth between two of them, so there are fewer for
//! large tiles.
//!
//! What opens a shot and what follows each carry the mark, with noise of their own: together they tell more than
//! either, unless one of them tells nothing. So each guess is made three times: with one, with the other, with both.

use rayon::prelude::*;
use rustfft::num_complex::Complex32;

use super::{
    Layer,
    agreement::Agreement,
    fold::{Folding, Geometry, SIDE},
    pattern::{Role, Wave},
    residual::Plane,
};

/// Of the tile's side against that of an uncropped frame: letterboxed to 0.7 (2.39:1 in 16:9 is 0.744), cropped to two thirds.
const SCALES: (f32, f32) = (0.7, 1.5);
/// Rotations searched, to either side, in radians: 2.3°.
const ROTATION: f32 = 0.04;
/// Guesses that are followed up.
const FOLLOWED: usize = 16;
/// What is read at once: the first plane, the second, both.
const READINGS: [&[usize]; 3] = [&[0], &[1], &[0, 1]];

/// One guess and how well it does.
#[derive(Clone, Debug)]
pub(super) struct Match {
    pub geometry: Geometry,
    /// The planes that it was made with.
    planes: &'static [usize],
    /// Correlation with the finding waves, in standard deviations of chance.
    pub z: f32,
    /// Where the key's tile begins in the folded one, in tiles.
    pub shift: (f32, f32),
    /// Strength and phase of every wave.
    pub strengths: Vec<Complex32>,
}

/// How many correlations a full search makes: what a threshold must allow for.
pub(super) fn trials(layer: Layer) -> f64 {
    let guesses = scales(layer, 1.0).count() * angles(layer).count() + FOLLOWED * FOLLOW_UPS;
    (READINGS.len() * guesses * (SIDE * SIDE + REFINEMENTS)) as f64
}

/// The best matches among upright tiles.
pub(super) fn upright(planes: &[Plane], waves: &[Wave], folding: &Folding) -> Vec<Match> {
    best(planes, |_| vec![0.0], waves, folding)
}

/// The best matches among tiles at any angle in reach.
pub(super) fn turned(planes: &[Plane], waves: &[Wave], folding: &Folding) -> Vec<Match> {
    best(planes, |layer| angles(layer).collect(), waves, folding)
}

/// Sides of tiles from the smallest to the largest scale.
fn scales(layer: Layer, expected: f32) -> impl Iterator<Item = f32> {
    let steps = ((SCALES.1 / SCALES.0).ln() / layer.step).ceil() as i32;
    (0..=steps).map(move |step| expected * SCALES.0 * (step as f32 * layer.step).exp())
}

/// Rotations to either side, and none.
fn angles(layer: Layer) -> impl Iterator<Item = f32> {
    let steps = (ROTATION / layer.step).round() as i32;
    (-steps..=steps).map(move |step| step as f32 * layer.step)
}

fn best(
    planes: &[Plane],
    angles: impl Fn(Layer) -> Vec<f32>,
    waves: &[Wave],
    folding: &Folding,
) -> Vec<Match> {
    let Some(first) = planes.first() else { return Vec::new() };
    let guesses: Vec<Geometry> = angles(first.layer)
        .into_iter()
        .flat_map(|angle| scales(first.layer, first.period()).map(move |period| Geometry { period, angle }))
        .collect();
    let mut matches: Vec<Match> =
        guesses.par_iter().flat_map_iter(|&geometry| at(planes, geometry, waves, folding)).collect();
    matches.sort_by(|a, b| b.z.total_cmp(&a.z));
    matches.truncate(FOLLOWED);
    matches.into_par_iter().map(|start| followed(planes, start, waves, folding)).collect()
}

/// Rounds of halved steps, each looking at eight neighbours.
const HALVINGS: i32 = 3;
const FOLLOW_UPS: usize = 9 * HALVINGS as usize;
/// Shifts tried around the best of a follow-up.
const REFINEMENTS: usize = 121;

/// The best neighbour, at ever smaller steps: the one with which all waves may agree best, whatever they say.
fn followed(planes: &[Plane], start: Match, waves: &[Wave], folding: &Folding) -> Match {
    let judged = |found: Match| {
        let found = refined(found, waves);
        (Agreement::new(waves, &found).bound(), found)
    };
    let (reading, layer_step) = (start.planes, planes[0].layer.step);
    let followed = (1..=HALVINGS).fold(judged(start), |start, halving| {
        let step = layer_step * 0.5_f32.powi(halving);
        let Geometry { period, angle } = start.1.geometry;
        let around = (0..9).map(|i| (i % 3 - 1, i / 3 - 1)).filter(|&around| around != (0, 0));
        around
            .map(|(scale, turn)| Geometry {
                period: period * (1.0 + scale as f32 * step),
                angle: angle + turn as f32 * step,
            })
            .map(|geometry| {
                let strengths = mixed(reading, |plane| folding.strengths(&planes[plane], geometry, waves));
                judged(best_shift(geometry, reading, strengths, waves, folding))
            })
            .fold(start, |best, other| if other.0 > best.0 { other } else { best })
    });
    followed.1
}

/// The best match of each reading.
pub(super) fn at(planes: &[Plane], geometry: Geometry, waves: &[Wave], folding: &Folding) -> Vec<Match> {
    let each: Vec<_> = planes.iter().map(|plane| folding.strengths(plane, geometry, waves)).collect();
    let there = |reading: &&[usize]| reading.iter().all(|&plane| plane < planes.len());
    let best = |reading: &'static [usize]| {
        best_shift(geometry, reading, mixed(reading, |plane| each[plane].clone()), waves, folding)
    };
    READINGS.into_iter().filter(there).map(best).collect()
}

/// The strengths in several planes, added at equal noise.
fn mixed(reading: &[usize], strengths: impl Fn(usize) -> Vec<Complex32>) -> Vec<Complex32> {
    let level = |mut strengths: Vec<Complex32>| {
        let deviation = deviation(strengths.iter());
        strengths.iter_mut().for_each(|strength| *strength /= deviation);
        strengths
    };
    let planes = reading.iter().map(|&plane| level(strengths(plane)));
    let add = |mut sum: Vec<Complex32>, other: Vec<Complex32>| {
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        sum
    };
    planes.reduce(add).unwrap_or_default()
}

/// Of a sum of waves at phases that chance decides.
pub(super) fn deviation<'a>(strengths: impl Iterator<Item = &'a Complex32>) -> f32 {
    (0.5 * strengths.map(|strength| strength.norm_sqr()).sum::<f32>()).sqrt().max(1e-20)
}

/// The best of all shifts, by the finding waves.
pub(super) fn best_shift(
    geometry: Geometry,
    planes: &'static [usize],
    strengths: Vec<Complex32>,
    waves: &[Wave],
    folding: &Folding,
) -> Match {
    let finding = || waves.iter().zip(&strengths).filter(|(wave, _)| wave.role == Role::Sync);
    let sum = folding.sum(finding().map(|(wave, strength)| (*wave, strength * wave.phase.conj())));
    let (peak, cell) =
        sum.iter().enumerate().fold((f32::MIN, 0), |best, (i, &v)| if v > best.0 { (v, i) } else { best });
    let shift = ((cell % SIDE) as f32 / SIDE as f32, (cell / SIDE) as f32 / SIDE as f32);
    let z = peak / deviation(finding().map(|(_, strength)| strength));
    Match { geometry, planes, z, shift, strengths }
}

/// The same planes, read for another key.
pub(super) fn other_key(reading: &Match, waves: &[Wave], folding: &Folding) -> Match {
    best_shift(reading.geometry, reading.planes, reading.strengths.clone(), waves, folding)
}

/// The same with its shift to an eighth of a cell.
fn refined(found: Match, waves: &[Wave]) -> Match {
    let finding = || waves.iter().zip(&found.strengths).filter(|(wave, _)| wave.role == Role::Sync);
    let agreement = |shift| finding().map(|(wave, &strength)| aligned(wave, strength, shift)).sum::<f32>();
    let part = 0.125 / SIDE as f32;
    let (shift, peak) = (0..REFINEMENTS as i32)
        .map(|i| (found.shift.0 + (i % 11 - 5) as f32 * part, found.shift.1 + (i / 11 - 5) as f32 * part))
        .map(|shift| (shift, agreement(shift)))
        .fold((found.shift, f32::MIN), |best, other| if other.1 > best.1 { other } else { best });
    let z = peak / deviation(finding().map(|(_, strength)| strength));
    Match { shift, z, ..found }
}

/// How much of a wave stands at the key's phase, once the tile is shifted back.
pub(super) fn aligned(wave: &Wave, strength: Complex32, shift: (f32, f32)) -> f32 {
    let turns = wave.u as f32 * shift.0 + wave.v as f32 * shift.1;
    (strength * wave.phase.conj() * Complex32::from_polar(1.0, std::f32::consts::TAU * turns)).re
}
