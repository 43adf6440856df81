//! A direction to the channels of the format one listens in.
//!
//! One type for all formats, so that whatever arrives, a single path or a stream of the late field, is placed by the same
//! rules: loudspeakers by panning, two ears by a measured head, a sphere by Ambisonics.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{Channels, Layout, SAMPLE_RATE_HZ};

use crate::{
    head::{HEAD_TAPS, Head},
    interpolator::{BEFORE, Interpolator, TAPS},
    pan::{ambix, equal_power, surround},
};

/// Most channels of a format.
pub(crate) const MOST_CHANNELS: usize = 16;

/// The format a programme is rendered in.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Listening {
    /// Two loudspeakers.
    #[default]
    Stereo,
    /// Headphones, through somebody's ears.
    Binaural(Arc<Head>),
    /// Five loudspeakers around (ITU-R BS.775), as L R C LFE Ls Rs; the low-frequency channel stays silent.
    Surround,
    /// First-order AmbiX: ACN order, SN3D.
    AmbiX,
    /// Third-order AmbiX, 16 channels.
    AmbiX3,
}

impl Listening {
    /// What its channels stand for.
    pub fn layout(&self) -> Layout {
        match self {
            Self::Stereo => Layout::Stereo,
            Self::Binaural(_) => Layout::Binaural,
            Self::Surround => Layout::Surround,
            Self::AmbiX => Layout::AmbiX,
            Self::AmbiX3 => Layout::AmbiX3,
        }
    }

    /// Samples of the past that a sample depends on.
    pub(crate) fn lag(&self) -> usize {
        if matches!(self, Self::Binaural(_)) { HEAD_TAPS - 1 } else { 0 }
    }

    /// Level in each channel of a sound from a direction, in the listener's space; none for ears, which filter.
    pub(crate) fn gains(&self, direction: Vec3) -> [f32; MOST_CHANNELS] {
        let mut gains = [0.0; MOST_CHANNELS];
        match self {
            Self::Stereo => gains[..2].copy_from_slice(&equal_power(direction)),
            Self::Binaural(_) => {}
            Self::Surround => gains[..6].copy_from_slice(&surround(direction)),
            Self::AmbiX => gains[..4].copy_from_slice(&ambix(direction)[..4]),
            Self::AmbiX3 => gains = ambix(direction),
        }
        gains
    }

    /// Adds a stream that keeps coming from one direction.
    pub fn project(&self, direction: Vec3, samples: &[f32], to: &mut Channels) {
        let Self::Binaural(head) = self else {
            for (channel, gain) in to.channels.iter_mut().zip(self.gains(direction)) {
                channel.iter_mut().zip(samples).for_each(|(to, sample)| *to += gain * sample);
            }
            return;
        };
        for (channel, ear) in to.channels.iter_mut().zip(head.ears(direction)) {
            let late = delayed(samples, f64::from(ear.later_s) * f64::from(SAMPLE_RATE_HZ));
            for (n, to) in channel.iter_mut().enumerate() {
                *to += dot(&late[n..n + HEAD_TAPS], &ear.taps);
            }
        }
    }
}

/// A stream, later by some samples, behind as many zeros as a head's filter reaches back.
fn delayed(samples: &[f32], later: f64) -> Vec<f32> {
    let (whole, fraction) = ((-later).floor(), -later - (-later).floor());
    let weights = Interpolator::get().weights(fraction);
    let offset = whole as i64 - BEFORE;
    let at = |index: i64| usize::try_from(index).ok().and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
    let sample = |n: i64| (0..TAPS).map(|tap| weights[tap] * at(n + offset + tap as i64)).sum();
    let lag = HEAD_TAPS as i64 - 1;
    (-lag..samples.len() as i64).map(sample).collect()
}

/// In eight sums side by side, for the processor's vector units. Lengths are equal multiples of eight.
#[inline]
pub(crate) fn dot(samples: &[f32], weights: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (samples, weights) in samples.chunks_exact(8).zip(weights.chunks_exact(8)) {
        (0..8).for_each(|lane| sums[lane] += samples[lane] * weights[lane]);
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambisonics_has_the_first_harmonics_of_the_direction() {
        // Ahead, left, up, in AmbiX order W Y Z X.
        assert_eq!(Listening::AmbiX.gains(Vec3::NEG_Z)[..4], [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(Listening::AmbiX.gains(Vec3::NEG_X)[..4], [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(Listening::AmbiX.gains(Vec3::Y)[..4], [1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_projected_stream_is_its_panning() {
        let stream: Vec<f32> = (0..500).map(|n| (n as f32 * 0.1).sin()).collect();
        for listening in [Listening::Stereo, Listening::Surround, Listening::AmbiX, Listening::AmbiX3] {
            let mut channels = Channels::silent(listening.layout(), stream.len());
            listening.project(Vec3::X, &stream, &mut channels);
            for (channel, gain) in channels.channels.iter().zip(listening.gains(Vec3::X)) {
                assert!(channel.iter().zip(&stream).all(|(out, dry)| (out - gain * dry).abs() < 1e-6));
            }
        }
    }
}
