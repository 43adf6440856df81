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
    /// The paths, as loud as the source sends them.
    pub(crate) arrivals: Vec<Arrival>,
    early: [Vec<Spectrum>; 2],
    tail: [Vec<Spectrum>; 2],
}

impl Room {
    /// The first instant and the first late moment of each source, which has a voice or not.
    pub(crate) fn all<'a>(
        sources: impl Iterator<Item = (&'a SourceAcoustics, Option<Voice<'a>>)>,
    ) -> Vec<Self> {
        let transforms = Transforms::new();
        let prepared = |response: Vec<f32>| transforms.response(&response);
        let sources: Vec<(&SourceAcoustics, Option<Voice<'_>>)> = sources.collect();
        let late: Vec<Option<&Late>> = sources.iter().map(|(source, _)| source.late.first()).collect();
        let room = |((source, voice), tail): (&(&SourceAcoustics, Option<Voice<'_>>), [Vec<f32>; 2])| {
            let mut arrivals = source.instants.first().cloned().unwrap_or_default();
            if let Some(voice) = voice {
                arrivals.iter_mut().for_each(|arrival| arrival.gain = voice.shaped(arrival, source.start_s));
            }
            Self { early: early(&arrivals).map(prepared), tail: tail.map(prepared), arrivals }
        };
        sources.iter().zip(tail::sides(&late, AHEAD)).map(room).collect()
    }

    /// How many blocks back it reaches.
    pub(crate) fn partitions(&self) -> usize {
        self.early[0].len().max(self.tail[0].len())
    }

    /// All that is heard on a side.
    pub(crate) fn whole(&self, side: usize) -> [&[Spectrum]; 2] {
        [&self.early[side], &self.tail[side]]
    }

    /// What is heard late on a side.
    pub(crate) fn tail(&self, side: usize) -> &[Spectrum] {
        &self.tail[side]
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
