//! How sound gets from each source to the listener.
//!
//! Two parts that never count the same energy: arrivals, each a path of its own with a phase, and the late field, of
//! which only energy over time is known.

use std::sync::Arc;

use glam::Vec3;

/// Arrivals of every source over time.
///
/// `sources` holds the timeline's recordings first, then its contacts, each in the timeline's order.
#[derive(Clone, Debug, PartialEq)]
pub struct Acoustics {
    /// Per source: how its sound arrives.
    pub sources: Vec<SourceAcoustics>,
}

/// One source's arrivals, sampled evenly over the time it can be heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceAcoustics {
    /// World time at the listener of the first sample.
    pub start_s: f64,
    /// Time between samples; 0.01 or finer.
    pub step_s: f64,
    /// For each instant, the paths that reach the listener then, sorted by `path`. A single instant stands for all time.
    pub instants: Vec<Vec<Arrival>>,
    /// The late field at a few moments, in order of time: between two it is interpolated, before the first and after the
    /// last it stays. Empty where nothing was traced.
    pub late: Vec<Late>,
}

/// Identity of a propagation path, the same from instant to instant as long as it meets the same surfaces in the
/// same order. 0 is the direct path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathId(pub u64);

/// What a path does on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// Nothing: the source is in sight.
    #[default]
    Direct,
    /// Mirror reflections.
    Reflected,
    /// Straight through partitions.
    Transmitted,
    /// Around one or two edges.
    Diffracted,
}

/// One way sound reaches the listener.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Which path.
    pub path: PathId,
    /// What it does on its way.
    pub via: Via,
    /// Reflections on the way; for a diffracted path, edges.
    pub order: u32,
    /// Travel time, path length over the speed of sound.
    pub delay_s: f64,
    /// Pressure at the listener relative to 1 m from the source, by octave band: (1/r)·∏√((1−α)(1−s))·air, and what
    /// partitions and edges leave of it.
    pub gain: [f32; 8],
    /// Unit vector from the listener towards where the sound comes from, in the listener's space (+X right, −Z ahead).
    pub direction: Vec3,
    /// Unit vector in which the sound left the source, in the world; 0 where source and listener are in one place.
    pub departure: Vec3,
}

/// The late field as it stands at one moment: all that arrivals do not carry.
#[derive(Clone, Debug, PartialEq)]
pub struct Late {
    /// World time at the listener for which it holds.
    pub time_s: f64,
    /// Length of a bin. Bin n covers travel times from n·`bin_s` to (n+1)·`bin_s`.
    pub bin_s: f64,
    /// Which random numbers it was made with; the noise that carries it draws from the same.
    pub seed: u64,
    /// The bins, up to the last that matters.
    pub bins: Arc<[LateBin]>,
}

/// Energy that arrives within one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LateBin {
    /// Squared pressure relative to that 1 m from the source, by octave band, in the units of an arrival's squared gain.
    pub energy: [f32; 8],
    /// Energy-weighted mean over all bands of the unit vectors towards where it comes from, in the listener's space:
    /// 0 when from everywhere alike, of length 1 when from one direction.
    pub flow: Vec3,
}
