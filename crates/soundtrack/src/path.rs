//! One way from source to listener, over the time it exists.

use std::collections::BTreeMap;

use glam::Vec3;
use maquette_conditioning::{Arrival, PathId, SourceAcoustics};

use crate::{
    ears::{Listening, MOST_CHANNELS},
    voice::Voice,
};

/// A way to the listener over consecutive instants.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// World time at the listener of the first point.
    start_s: f64,
    step_s: f64,
    points: Vec<Point>,
    /// Whether it appears while the source is followed, and so fades in.
    appears: bool,
    /// Whether it vanishes.
    vanishes: bool,
    /// Length of a fade.
    fade_s: f64,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    delay_s: f64,
    /// Change of delay over one step.
    drift_s: f64,
    gain: [f32; 8],
    direction: Vec3,
    channels: [f32; MOST_CHANNELS],
}

/// A stretch of a path between two instants, or all of a path that never changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg<'a> {
    path: &'a Path,
    from: &'a Point,
    to: &'a Point,
    /// World time of `from`.
    from_s: f64,
    /// World time at which the next leg takes over; infinite for the last.
    pub(crate) until_s: f64,
}

/// What a leg does to sound at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    /// Travel time.
    pub(crate) delay_s: f64,
    /// Share of the gains at the leg's end, 0 to 1.
    pub(crate) share: f32,
    /// The fade, 0 to 1.
    pub(crate) level: f32,
}

impl Path {
    /// All paths of a source. A path that is away for a while comes back as another.
    pub(crate) fn all(
        source: &SourceAcoustics,
        voice: Option<&Voice<'_>>,
        listening: &Listening,
        fade_s: f64,
    ) -> Vec<Self> {
        let count = source.instants.len();
        let mut open: BTreeMap<PathId, Self> = BTreeMap::new();
        let mut done = Vec::new();
        for (index, arrivals) in source.instants.iter().enumerate() {
            let start_s = source.start_s + index as f64 * source.step_s;
            for arrival in arrivals {
                let begun = || Self {
                    start_s,
                    step_s: source.step_s,
                    points: Vec::new(),
                    appears: index > 0,
                    vanishes: false,
                    fade_s,
                };
                let point = Point::new(arrival, start_s, voice, listening);
                open.entry(arrival.path).or_insert_with(begun).points.push(point);
            }
            let present = |id: &PathId| arrivals.iter().any(|arrival| arrival.path == *id);
            let gone: Vec<PathId> = open.keys().filter(|id| !present(id)).copied().collect();
            done.extend(
                gone.iter().filter_map(|id| open.remove(id)).map(|path| Self { vanishes: true, ..path }),
            );
        }
        done.extend(open.into_values());
        // A single instant stands for all time.
        done.iter_mut().for_each(|path| path.measure_drift(count));
        done
    }

    /// Tangents of the delay: central differences, one-sided at the ends.
    fn measure_drift(&mut self, instants: usize) {
        if instants < 2 {
            return;
        }
        let delays: Vec<f64> = self.points.iter().map(|point| point.delay_s).collect();
        let last = delays.len() - 1;
        for (index, point) in self.points.iter_mut().enumerate() {
            let (before, after) = (index.saturating_sub(1), (index + 1).min(last));
            point.drift_s = (delays[after] - delays[before]) / (after - before).max(1) as f64;
        }
    }

    /// First and last time at which it sounds, fades included.
    pub(crate) fn span_s(&self) -> (f64, f64) {
        let first = if self.appears { self.fade_in_s() - 0.5 * self.fade_s } else { f64::NEG_INFINITY };
        let last = if self.vanishes { self.fade_out_s() + 0.5 * self.fade_s } else { f64::INFINITY };
        (first, last)
    }

    /// Shortest and longest delay, with room for what lies between and beyond the points.
    pub(crate) fn delays_s(&self) -> (f64, f64) {
        let slack = 2.0 * self.points.iter().map(|p| p.drift_s.abs()).fold(0.0, f64::max);
        let (least, most) =
            self.points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), p| {
                (least.min(p.delay_s), most.max(p.delay_s))
            });
        (least - slack, most + slack)
    }

    /// The leg that holds at a time. The first and the last also hold before and after.
    pub(crate) fn leg(&self, time_s: f64) -> Leg<'_> {
        let last = self.points.len() - 1;
        let index = ((time_s - self.start_s) / self.step_s).clamp(0.0, last as f64) as usize;
        let index = index.min(last.saturating_sub(1));
        let at = |index: usize| self.start_s + index as f64 * self.step_s;
        let until_s = if index + 1 >= last { f64::INFINITY } else { at(index + 1) };
        Leg {
            path: self,
            from: &self.points[index],
            to: &self.points[(index + 1).min(last)],
            from_s: at(index),
            until_s,
        }
    }

    /// The fade. It is centred half a step outside the instants that have the path, so that two paths that take over
    /// from each other always add up to one.
    #[inline]
    fn level(&self, time_s: f64) -> f32 {
        let rise = |middle: f64| ramp((time_s - middle) / self.fade_s + 0.5);
        let up = if self.appears { rise(self.fade_in_s()) } else { 1.0 };
        let down = if self.vanishes { 1.0 - rise(self.fade_out_s()) } else { 1.0 };
        (up * down) as f32
    }

    fn fade_in_s(&self) -> f64 {
        self.start_s - 0.5 * self.step_s
    }

    fn fade_out_s(&self) -> f64 {
        self.start_s + (self.points.len() as f64 - 0.5) * self.step_s
    }
}

impl Leg<'_> {
    /// Gains by band at both ends.
    pub(crate) fn gains(&self) -> [&[f32; 8]; 2] {
        [&self.from.gain, &self.to.gain]
    }

    /// Level in each channel at both ends.
    pub(crate) fn channels(&self) -> [&[f32; MOST_CHANNELS]; 2] {
        [&self.from.channels, &self.to.channels]
    }

    /// Where the sound comes from at both ends.
    pub(crate) fn directions(&self) -> [Vec3; 2] {
        [self.from.direction, self.to.direction]
    }

    /// What it does at a time. The delay is a cubic through the instants with continuous slope, because a jump in slope
    /// is a jump in pitch; gains are linear. Where a path fades beyond its ends the delay goes straight on, for two steps.
    #[inline]
    pub(crate) fn at(&self, time_s: f64) -> State {
        let steps = (time_s - self.from_s) / self.path.step_s;
        let inside = steps.clamp(0.0, 1.0);
        let beyond = (steps - inside).clamp(-2.0, 2.0);
        let drift_s = if beyond < 0.0 { self.from.drift_s } else { self.to.drift_s };
        State {
            delay_s: hermite(self.from, self.to, inside) + beyond * drift_s,
            share: inside as f32,
            level: self.path.level(time_s),
        }
    }
}

impl Point {
    fn new(arrival: &Arrival, time_s: f64, voice: Option<&Voice<'_>>, listening: &Listening) -> Self {
        let gain = voice.map_or(arrival.gain, |voice| voice.shaped(arrival, time_s));
        let channels = listening.gains(arrival.direction);
        Self { delay_s: arrival.delay_s, drift_s: 0.0, gain, direction: arrival.direction, channels }
    }
}

/// From 0 to 1 along a raised cosine.
#[inline]
fn ramp(x: f64) -> f64 {
    0.5 - 0.5 * (std::f64::consts::PI * x.clamp(0.0, 1.0)).cos()
}

/// Cubic Hermite interpolation of the delay between two points.
#[inline]
fn hermite(a: &Point, b: &Point, x: f64) -> f64 {
    let (x2, x3) = (x * x, x * x * x);
    a.delay_s
        + (3.0 * x2 - 2.0 * x3) * (b.delay_s - a.delay_s)
        + (x3 - 2.0 * x2 + x) * a.drift_s
        + (x3 - x2) * b.drift_s
}
