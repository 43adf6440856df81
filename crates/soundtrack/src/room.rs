//! A source's acoustics at one instant to two responses, left and right, that a block goes through whole.
//!
//! As long as nothing moves, all ways to the listener are one filter: paths and tail together cost what a tail costs.

use maquette_conditioning::{Arrival, Late, SAMPLE_RATE_HZ, SourceAcoustics};

use crate::{
    convolution::{Spectrum, Transforms},
    interpolator::{BEFORE, Interpolator, TAPS},
    octave::{Octaves, REACH},
    pan::equal_power,
    tail,
    voice::Voice,
};

/// Samples that a response begins ahead of time: filters without delay reach that far.
pub(crate) const AHEAD: usize = REACH + TAPS;

/// How one source is heard in stereo.
#[derive(Default)]
pub(crate) struct Room {
    paths: Paths,
    tail: Sides,
}

/// What has changed of a room.
pub(crate) struct Change {
    paths: Paths,
    /// Unless it stays.
    tail: Option<Sides>,
}

/// A response on the left and on the right.
type Sides = [Vec<Spectrum>; 2];

#[derive(Default)]
struct Paths {
    /// As loud as the source sends them.
    arrivals: Vec<Arrival>,
    heard: Sides,
}

impl Room {
    /// How many blocks back it reaches.
    pub(crate) fn partitions(&self) -> usize {
        self.paths.heard[0].len().max(self.tail[0].len())
    }

    /// All that is heard on a side.
    pub(crate) fn whole(&self, side: usize) -> [&[Spectrum]; 2] {
        [&self.paths.heard[side], &self.tail[side]]
    }

    /// What is heard late on a side.
    pub(crate) fn tail(&self, side: usize) -> &[Spectrum] {
        &self.tail[side]
    }

    /// The paths before and after a change.
    pub(crate) fn paths_to(&self, change: &Change) -> [Vec<Arrival>; 2] {
        [&self.paths, &change.paths].map(|paths| paths.arrivals.clone())
    }

    /// As it is from now on.
    pub(crate) fn change(&mut self, change: Change) {
        self.paths = change.paths;
        change.tail.into_iter().for_each(|tail| self.tail = tail);
    }
}

impl Change {
    /// Of each source, which has a voice or not: to its first instant and, with `tails`, to its first late moment.
    pub(crate) fn all<'a>(
        sources: impl Iterator<Item = (&'a SourceAcoustics, Option<Voice<'a>>)>,
        tails: bool,
    ) -> Vec<Self> {
        let transforms = Transforms::new();
        let prepared = |response: Vec<f32>| transforms.response(&response);
        let sources: Vec<(&SourceAcoustics, Option<Voice<'_>>)> = sources.collect();
        let late: Vec<Option<&Late>> = sources.iter().map(|(source, _)| source.late.first()).collect();
        let mut late = if tails { tail::sides(&late, AHEAD) } else { Vec::new() }.into_iter();
        let change = |(source, voice): &(&SourceAcoustics, Option<Voice<'_>>)| {
            let mut arrivals = source.instants.first().cloned().unwrap_or_default();
            if let Some(voice) = voice {
                arrivals.iter_mut().for_each(|arrival| arrival.gain = voice.shaped(arrival, source.start_s));
            }
            let paths = Paths { heard: early(&arrivals).map(prepared), arrivals };
            Self { paths, tail: late.next().map(|sides| sides.map(prepared)) }
        };
        sources.iter().map(change).collect()
    }

    /// What is heard late on a side, unless that stays.
    pub(crate) fn tail(&self, side: usize) -> Option<&[Spectrum]> {
        self.tail.as_ref().map(|tail| &tail[side][..])
    }

    /// This after an earlier one that nobody took up.
    pub(crate) fn after(self, earlier: Option<Self>) -> Self {
        Self { tail: self.tail.or(earlier.and_then(|earlier| earlier.tail)), ..self }
    }
}

/// The paths' response on both sides, from [`AHEAD`] on: pulses between samples in every band, then the bands put together.
fn early(arrivals: &[Arrival]) -> [Vec<f32>; 2] {
    let Some(longest_s) = arrivals.iter().map(|arrival| arrival.delay_s).reduce(f64::max) else {
        return Default::default();
    };
    let length = samples(longest_s).ceil() as usize + 2 * TAPS;
    let mut sides = [(); 2].map(|()| vec![[0.0f32; 8]; length]);
    for arrival in arrivals {
        // A pulse arrives between the samples before and after.
        let after = samples(arrival.delay_s).ceil();
        let weights = Interpolator::get().weights(after - samples(arrival.delay_s));
        let first = after as usize + TAPS + BEFORE as usize;
        for (side, level) in sides.iter_mut().zip(equal_power(arrival.direction)) {
            for (tap, weight) in weights.into_iter().enumerate() {
                let to = &mut side[first - tap];
                (0..8).for_each(|band| to[band] += level * weight * arrival.gain[band]);
            }
        }
    }
    sides.map(|side| Octaves::get().joined(&side))
}

fn samples(seconds: f64) -> f64 {
    seconds * f64::from(SAMPLE_RATE_HZ)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use glam::Vec3;
    use maquette_conditioning::{PathId, Via};

    use super::*;
    use crate::{dry::Dry, stem::stem};

    #[test]
    fn paths_that_stay_sound_as_those_that_could_move() {
        let arrival = |delay_s: f64, side: f32| Arrival {
            path: PathId((1e9 * delay_s) as u64),
            via: Via::Reflected,
            order: 1,
            delay_s,
            gain: std::array::from_fn(|band| 0.5 / (1.0 + band as f32)),
            direction: Vec3::new(side, 0.0, -(1.0 - side * side).sqrt()),
            departure: Vec3::ZERO,
        };
        let arrivals = vec![arrival(0.01, 0.0), arrival(0.012_345_6, -0.7), arrival(0.15, 0.9)];
        let moving =
            SourceAcoustics { instants: vec![arrivals.clone()], step_s: 0.01, ..SourceAcoustics::default() };
        let click = Dry { samples: Arc::from([1.0f32]), start_s: 0.0, looped: false };
        let [left, right] = early(&arrivals);
        let from_s = -(AHEAD as f64) / f64::from(SAMPLE_RATE_HZ);
        for (n, expected) in stem(&click, &moving, from_s, left.len(), 0.01).into_iter().enumerate() {
            let off = (left[n] - expected[0]).abs().max((right[n] - expected[1]).abs());
            assert!(off < 2e-6, "{n}: {} {} for {expected:?}", left[n], right[n]);
        }
    }
}
