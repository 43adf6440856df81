//! How sound gets from each source to the listener.

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
#[derive(Clone, Debug, PartialEq)]
pub struct SourceAcoustics {
    /// World time at the listener of the first sample.
    pub start_s: f64,
    /// Time between samples; 0.01 or finer.
    pub step_s: f64,
    /// For each instant, the paths that reach the listener then, sorted by `path`. A single instant stands for all time.
    pub instants: Vec<Vec<Arrival>>,
}

/// Identity of a propagation path, the same from instant to instant as long as it meets the same surfaces in the
/// same order. 0 is the direct path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathId(pub u64);

/// One way sound reaches the listener.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Which path.
    pub path: PathId,
    /// Reflections on the way.
    pub order: u32,
    /// Travel time, path length over the speed of sound.
    pub delay_s: f64,
    /// Pressure at the listener relative to 1 m from the source, by octave band: (1/r)·∏√(1−α)·air.
    pub gain: [f32; 8],
    /// Unit vector from the listener towards where the sound comes from, in the listener's space (+X right, −Z ahead).
    pub direction: Vec3,
}
