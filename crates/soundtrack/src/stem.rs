//! One dry sound, heard along all its paths.

use std::ops::Range;

use maquette_conditioning::{Channels, SAMPLE_RATE_HZ, SourceAcoustics};
use rayon::prelude::*;

use crate::{
    dry::Dry,
    ears::{Listening, dot},
    head::{Ear, HEAD_TAPS, Head},
    interpolator::{BEFORE, Interpolator, TAPS},
    octave::{Octaves, REACH},
    path::{Leg, Path, State},
    tail,
    voice::Voice,
};

const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// Output samples worked on together: bounds memory, and is the same whatever the number of cores.
const CHUNK: usize = 1 << 17;
/// Most output samples of one leg worked on together, so that they stay in the cache.
const MOST_TOGETHER: usize = 4096;
/// An ear is never further from the head's middle than this many samples of sound.
const EAR_SLACK: i64 = 96;

/// Pascals at the left and right of the listener, from `from_s` for `length` samples.
pub(crate) fn stem(
    dry: &Dry,
    acoustics: &SourceAcoustics,
    from_s: f64,
    length: usize,
    fade_s: f64,
) -> Vec<[f32; 2]> {
    let hearing = Hearing { listening: &Listening::Stereo, from_s, length, fade_s };
    hearing.heard(dry, acoustics, None).stereo().samples
}

/// What is heard, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hearing<'a> {
    pub(crate) listening: &'a Listening,
    /// World time of the first sample.
    pub(crate) from_s: f64,
    pub(crate) length: usize,
    /// Length of a fade when a path appears or vanishes.
    pub(crate) fade_s: f64,
}

impl Hearing<'_> {
    /// Pascals in every channel.
    pub(crate) fn heard(
        &self,
        dry: &Dry,
        acoustics: &SourceAcoustics,
        voice: Option<&Voice<'_>>,
    ) -> Channels {
        let paths = Path::all(acoustics, voice, self.listening, self.fade_s);
        let chunks: Vec<Channels> = (0..self.length.div_ceil(CHUNK))
            .into_par_iter()
            .map(|index| {
                let start_s = self.from_s + (index * CHUNK) as f64 / RATE;
                let length = CHUNK.min(self.length - index * CHUNK);
                let mut chunk = Channels::silent(self.listening.layout(), length);
                add_paths(dry, &paths, start_s, self.listening, &mut chunk);
                chunk
            })
            .collect();
        let mut whole = Channels::silent(self.listening.layout(), 0);
        for chunk in &chunks {
            whole.channels.iter_mut().zip(&chunk.channels).for_each(|(to, from)| to.extend_from_slice(from));
        }
        for (direction, pressure) in tail::streams(dry, &acoustics.late, self.from_s, self.length) {
            self.listening.project(direction, &pressure, &mut whole);
        }
        whole
    }

    /// Pascals by the paths alone, worked out on this thread: one that must be in time waits for no pool.
    pub(crate) fn early(
        &self,
        dry: &Dry,
        acoustics: &SourceAcoustics,
        voice: Option<&Voice<'_>>,
    ) -> Channels {
        let mut channels = Channels::silent(self.listening.layout(), self.length);
        let paths = Path::all(acoustics, voice, self.listening, self.fade_s);
        add_paths(dry, &paths, self.from_s, self.listening, &mut channels);
        channels
    }
}

fn add_paths(dry: &Dry, paths: &[Path], start_s: f64, listening: &Listening, chunk: &mut Channels) {
    let lag_s = listening.lag() as f64 / RATE;
    let end_s = start_s + chunk.length() as f64 / RATE;
    let heard = |path: &&Path| path.span_s().0 < end_s && path.span_s().1 + lag_s > start_s;
    let paths: Vec<&Path> = paths.iter().filter(heard).collect();
    let least_s = paths.iter().map(|path| path.delays_s().0).fold(f64::INFINITY, f64::min);
    let most_s = paths.iter().map(|path| path.delays_s().1).fold(f64::NEG_INFINITY, f64::max);
    if paths.is_empty() {
        return;
    }
    let slack = TAPS as i64 + EAR_SLACK;
    let first = ((start_s - lag_s - most_s - dry.start_s) * RATE).floor() as i64 - slack;
    let end = ((end_s - least_s - dry.start_s) * RATE).ceil() as i64 + slack;
    if dry.is_silent(first - REACH as i64, end + REACH as i64) {
        return;
    }
    let bands = Banded::new(dry, first, end);
    let age_s = start_s - dry.start_s;
    for path in paths {
        match listening {
            Listening::Binaural(head) => bands.add_to_ears(path, head, age_s, start_s, chunk),
            _ => bands.add(path, age_s, start_s, chunk),
        }
    }
}

/// A stretch of a dry sound, split into bands.
struct Banded {
    /// Index in the dry sound of the first sample.
    first: i64,
    /// What is not silent, counted as `first` is.
    sounding: Range<i64>,
    samples: Vec<[f32; 8]>,
}

/// Samples of a chunk during which one leg holds, counted from the chunk's start.
struct Stretch<'a> {
    leg: Leg<'a>,
    range: Range<i64>,
}

/// The legs of a path within some samples of a chunk.
fn stretches(path: &Path, start_s: f64, whole: Range<i64>) -> Vec<Stretch<'_>> {
    let (from_s, to_s) = path.span_s();
    let index =
        |time_s: f64| ((time_s - start_s) * RATE).ceil().clamp(whole.start as f64, whole.end as f64) as i64;
    let (mut at, end) = (index(from_s), index(to_s));
    let mut all = Vec::new();
    while at < end {
        let leg = path.leg(start_s + at as f64 / RATE);
        let stop = index(leg.until_s).clamp(at + 1, end.min(at + MOST_TOGETHER as i64));
        all.push(Stretch { leg, range: at..stop });
        at = stop;
    }
    all
}

impl Banded {
    fn new(dry: &Dry, first: i64, end: i64) -> Self {
        let length = (end - first) as usize + 2 * REACH;
        let window = dry.window(first - REACH as i64, length);
        let sounds = |sample: &f32| *sample != 0.0;
        // Filters reach as far before and behind as the window does.
        let begin = window.iter().position(sounds).map_or(i64::MAX, |n| first + n as i64 - 2 * REACH as i64);
        let stop = window.iter().rposition(sounds).map_or(i64::MIN, |n| first + n as i64 + 1);
        Self { first, sounding: begin..stop, samples: Octaves::get().split(&window) }
    }

    /// Samples of a chunk to which a path can bring more than silence; as [`add`](Self::add).
    fn reached(&self, path: &Path, age_s: f64, length: usize) -> Range<i64> {
        let (least_s, most_s) = path.delays_s();
        let slack = TAPS as i64;
        let moved = |place: i64, delay_s: f64| place.saturating_add(((delay_s - age_s) * RATE) as i64);
        let first = moved(self.sounding.start, least_s).saturating_sub(slack).max(0);
        let end = moved(self.sounding.end, most_s).saturating_add(slack).min(length as i64);
        first..end.max(first)
    }

    /// Adds what arrives along a path, at the levels of its direction. `age_s` is how long the dry sound has been on when
    /// the chunk starts.
    fn add(&self, path: &Path, age_s: f64, start_s: f64, chunk: &mut Channels) {
        let reached = self.reached(path, age_s, chunk.length());
        for Stretch { leg, range } in stretches(path, start_s, reached) {
            let arrived = self.arrived(&leg, range.clone(), age_s, start_s, |_| 0.0);
            let [from, to] = leg.channels();
            for (index, channel) in chunk.channels.iter_mut().enumerate() {
                let out = &mut channel[range.start as usize..range.end as usize];
                for (out, (pressure, share)) in out.iter_mut().zip(&arrived) {
                    *out += pressure * (from[index] + share * (to[index] - from[index]));
                }
            }
        }
    }

    /// Adds what arrives along a path through both ears of a head: for each, first the signal at its own delay, then the
    /// filter of the direction, crossfaded from the leg's start to its end.
    fn add_to_ears(&self, path: &Path, head: &Head, age_s: f64, start_s: f64, chunk: &mut Channels) {
        const LAG: i64 = HEAD_TAPS as i64 - 1;
        let length = chunk.length() as i64;
        let stretches = stretches(path, start_s, -LAG..length);
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return };
        // Zeros before, for the first filter, and after, where the last rings out.
        let origin = first.range.start - LAG;
        let end = last.range.end + LAG;
        let ears: Vec<[[Ear; 2]; 2]> =
            stretches.iter().map(|s| s.leg.directions().map(|direction| head.ears(direction))).collect();
        for (index, channel) in chunk.channels.iter_mut().enumerate() {
            let mut pressure = vec![0.0f32; (end - origin) as usize];
            let mut shares = vec![0.0f32; (end - origin) as usize];
            for (Stretch { leg, range }, ears) in stretches.iter().zip(&ears) {
                let [from_s, to_s] = [0, 1].map(|end| f64::from(ears[end][index].later_s));
                let later = |share: f32| from_s + f64::from(share) * (to_s - from_s);
                let arrived = self.arrived(leg, range.clone(), age_s, start_s, later);
                for (offset, (value, share)) in arrived.into_iter().enumerate() {
                    let at = (range.start - origin) as usize + offset;
                    (pressure[at], shares[at]) = (value, share);
                }
            }
            let last = stretches.len() - 1;
            for (n, (Stretch { leg, range }, ears)) in stretches.iter().zip(&ears).enumerate() {
                let stop = if n == last { end } else { range.end };
                let [begin, finish] = [0, 1].map(|end| &ears[end][index].taps);
                // A direction that stays needs one filter only.
                let turns = leg.directions()[0] != leg.directions()[1];
                for at in range.start.max(0)..stop.min(length) {
                    let index_of = (at - origin) as usize;
                    let past = &pressure[index_of - LAG as usize..=index_of];
                    let mut heard = dot(past, begin);
                    if turns {
                        let share = if at < range.end { shares[index_of] } else { 1.0 };
                        heard += share * (dot(past, finish) - heard);
                    }
                    channel[at as usize] += heard;
                }
            }
        }
    }

    /// What arrives over a leg: pressure, and how far it is from the leg's start to its end. Gains run from one set to
    /// another: the bands are put together with either set first, and what lies between samples is read from these two
    /// signals instead of eight. `later` is a further delay in seconds.
    fn arrived(
        &self,
        leg: &Leg<'_>,
        range: Range<i64>,
        age_s: f64,
        start_s: f64,
        later: impl Fn(f32) -> f64,
    ) -> Vec<(f32, f32)> {
        let heard: Vec<(f64, State)> = range
            .map(|n| {
                let offset_s = n as f64 / RATE;
                let state = leg.at(start_s + offset_s);
                ((age_s + offset_s - state.delay_s - later(state.share)) * RATE, state)
            })
            .collect();
        let first = heard.iter().map(|h| h.0).fold(f64::INFINITY, f64::min).floor() as i64 - BEFORE;
        let last = heard.iter().map(|h| h.0).fold(f64::NEG_INFINITY, f64::max).floor() as i64 - BEFORE;
        let length = (last - first) as usize + TAPS;
        let [from, to] = leg.gains();
        let begin = self.joined(from, first, length);
        let end = (from != to).then(|| self.joined(to, first, length));
        let interpolator = Interpolator::get();
        let one = |(position, state): &(f64, State)| {
            let whole = position.floor();
            let weights = interpolator.weights(position - whole);
            let at = (whole as i64 - BEFORE - first) as usize;
            let mut pressure = dot(&begin[at..at + TAPS], &weights);
            if let Some(end) = &end {
                pressure += state.share * (dot(&end[at..at + TAPS], &weights) - pressure);
            }
            (pressure * state.level, state.share)
        };
        heard.iter().map(one).collect()
    }

    /// The bands added up with a gain each; silence outside what is held.
    fn joined(&self, gain: &[f32; 8], first: i64, length: usize) -> Vec<f32> {
        let sum = |bands: &[f32; 8]| bands.iter().zip(gain).map(|(band, gain)| band * gain).sum();
        let offset = first - self.first;
        let held = |index: usize| self.samples.get(usize::try_from(offset + index as i64).ok()?);
        (0..length).map(|index| held(index).map_or(0.0, sum)).collect()
    }
}
