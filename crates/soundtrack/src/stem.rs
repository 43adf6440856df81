//! One dry sound, heard along all its paths.

use maquette_conditioning::{SAMPLE_RATE_HZ, SourceAcoustics};
use rayon::prelude::*;

use crate::{
    dry::Dry,
    interpolator::{BEFORE, Interpolator, TAPS},
    octave::{Octaves, REACH},
    pan::equal_power,
    path::{Leg, Path, State},
    tail,
};

const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// Output samples worked on together: bounds memory, and is the same whatever the number of cores.
const CHUNK: usize = 1 << 17;
/// Most output samples of one leg worked on together, so that they stay in the cache.
const MOST_TOGETHER: usize = 4096;

/// Pascals at the left and right of the listener, from `from_s` for `length` samples.
pub(crate) fn stem(
    dry: &Dry,
    acoustics: &SourceAcoustics,
    from_s: f64,
    length: usize,
    fade_s: f64,
) -> Vec<[f32; 2]> {
    let paths = Path::all(acoustics, fade_s);
    let mut samples = vec![[0.0; 2]; length];
    samples.par_chunks_mut(CHUNK).enumerate().for_each(|(index, chunk)| {
        let start_s = from_s + (index * CHUNK) as f64 / RATE;
        add_paths(dry, &paths, start_s, chunk);
    });
    for (direction, pressure) in tail::streams(dry, &acoustics.late, from_s, length) {
        let ears = equal_power(direction);
        samples.iter_mut().zip(pressure).for_each(|(to, sample)| {
            to[0] += ears[0] * sample;
            to[1] += ears[1] * sample;
        });
    }
    samples
}

fn add_paths(dry: &Dry, paths: &[Path], start_s: f64, chunk: &mut [[f32; 2]]) {
    let end_s = start_s + chunk.len() as f64 / RATE;
    let heard = |path: &&Path| path.span_s().0 < end_s && path.span_s().1 > start_s;
    let paths: Vec<&Path> = paths.iter().filter(heard).collect();
    let least_s = paths.iter().map(|path| path.delays_s().0).fold(f64::INFINITY, f64::min);
    let most_s = paths.iter().map(|path| path.delays_s().1).fold(f64::NEG_INFINITY, f64::max);
    if paths.is_empty() {
        return;
    }
    let first = ((start_s - most_s - dry.start_s) * RATE).floor() as i64 - TAPS as i64;
    let end = ((end_s - least_s - dry.start_s) * RATE).ceil() as i64 + TAPS as i64;
    if dry.is_silent(first - REACH as i64, end + REACH as i64) {
        return;
    }
    let bands = Banded::new(dry, first, end);
    paths.iter().for_each(|path| bands.add(path, start_s - dry.start_s, start_s, chunk));
}

/// A stretch of a dry sound, split into bands.
struct Banded {
    /// Index in the dry sound of the first sample.
    first: i64,
    samples: Vec<[f32; 8]>,
}

impl Banded {
    fn new(dry: &Dry, first: i64, end: i64) -> Self {
        let length = (end - first) as usize + 2 * REACH;
        Self { first, samples: Octaves::get().split(&dry.window(first - REACH as i64, length)) }
    }

    /// Adds what arrives along a path. `age_s` is how long the dry sound has been on when the chunk starts.
    fn add(&self, path: &Path, age_s: f64, start_s: f64, chunk: &mut [[f32; 2]]) {
        let (from_s, to_s) = path.span_s();
        let length = chunk.len() as f64;
        let index = |time_s: f64| ((time_s - start_s) * RATE).ceil().clamp(0.0, length) as usize;
        let (mut at, end) = (index(from_s), index(to_s));
        while at < end {
            let leg = path.leg(start_s + at as f64 / RATE);
            let stop = index(leg.until_s).clamp(at + 1, end.min(at + MOST_TOGETHER));
            let offset_s = at as f64 / RATE;
            self.add_leg(&leg, age_s + offset_s, start_s + offset_s, &mut chunk[at..stop]);
            at = stop;
        }
    }

    /// Adds a stretch over which gains run from one set to another: the bands are put together with either set first,
    /// and what lies between samples is read from these two signals instead of eight.
    fn add_leg(&self, leg: &Leg<'_>, age_s: f64, start_s: f64, ears: &mut [[f32; 2]]) {
        let heard: Vec<(f64, State)> = (0..ears.len())
            .map(|n| {
                let offset_s = n as f64 / RATE;
                let state = leg.at(start_s + offset_s);
                ((age_s + offset_s - state.delay_s) * RATE, state)
            })
            .collect();
        let first = heard.iter().map(|h| h.0).fold(f64::INFINITY, f64::min).floor() as i64 - BEFORE;
        let last = heard.iter().map(|h| h.0).fold(f64::NEG_INFINITY, f64::max).floor() as i64 - BEFORE;
        let length = (last - first) as usize + TAPS;
        let [from, to] = leg.gains();
        let begin = self.joined(from, first, length);
        let end = (from != to).then(|| self.joined(to, first, length));

        let interpolator = Interpolator::get();
        for (ears, (position, state)) in ears.iter_mut().zip(&heard) {
            let whole = position.floor();
            let weights = interpolator.weights(position - whole);
            let at = (whole as i64 - BEFORE - first) as usize;
            let mut pressure = dot(&begin[at..at + TAPS], &weights);
            if let Some(end) = &end {
                pressure += state.share * (dot(&end[at..at + TAPS], &weights) - pressure);
            }
            ears[0] += pressure * state.ears[0];
            ears[1] += pressure * state.ears[1];
        }
    }

    /// The bands added up with a gain each; silence outside what is held.
    fn joined(&self, gain: &[f32; 8], first: i64, length: usize) -> Vec<f32> {
        let sum = |bands: &[f32; 8]| bands.iter().zip(gain).map(|(band, gain)| band * gain).sum();
        let offset = first - self.first;
        let held = |index: usize| self.samples.get(usize::try_from(offset + index as i64).ok()?);
        (0..length).map(|index| held(index).map_or(0.0, sum)).collect()
    }
}

/// In eight sums side by side, for the processor's vector units.
#[inline]
fn dot(samples: &[f32], weights: &[f32; TAPS]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (samples, weights) in samples.chunks_exact(8).zip(weights.chunks_exact(8)) {
        (0..8).for_each(|lane| sums[lane] += samples[lane] * weights[lane]);
    }
    sums.iter().sum()
}
