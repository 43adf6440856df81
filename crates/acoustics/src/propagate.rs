//! The whole line: a timeline in, arrivals of every source out.

use std::ops::RangeInclusive;

use glam::DVec3;
use maquette_conditioning::{Acoustics, Arrival, SoundTimeline, SourceAcoustics};
use rayon::prelude::*;

use crate::{
    Error, Settings,
    air::band_absorption_db_per_m,
    edge::edges,
    emitter::Emitter,
    image_source::{Instant, Medium},
    late::{LateWorld, heads},
    listener::Listener,
    motion::{moves, placement_at, position_at},
    moving_planes::MovingPlanes,
    obstacle::{Obstacles, Surroundings},
    prominence::most_prominent,
    reflector::Reflectors,
    validate::validate,
};

/// Most edges of things that stand still to bend around: the longest.
const MOST_EDGES: usize = 512;

/// Follows every source's sound to the listener: recordings first, then contacts, each in the timeline's order.
///
/// Instants lie on whole multiples of `step_s` from at or before `from_s` to at or after `to_s`, so that two ranges that
/// overlap agree where they do. A source has one instant where neither it, the listener nor anything else moves, and
/// none where it cannot be heard within the range. Levels are (1/r)·∏√(1−α)·air in each band, with r no less than 0.1 m;
/// air is ISO 9613-1. What carries a recording, and a thing no longer than 3 m whose box holds it, does not block it;
/// the two things of a contact do not block it either when they are loose or small.
///
/// # Errors
///
/// [`Error`] when a setting, the range, the air, a track or a mesh cannot be worked with.
pub fn propagate(timeline: &SoundTimeline, settings: &Settings) -> Result<Acoustics, Error> {
    validate(timeline, settings)?;
    let emitters = Emitter::all(timeline, settings);
    let obstacles = Obstacles::new(timeline);
    let (medium, owner) = medium(timeline, settings, &emitters, &obstacles);
    let moving_planes = MovingPlanes::gather(&obstacles, settings.min_reflector_m2);
    let world =
        World { timeline, settings, obstacles: &obstacles, medium: &medium, moving_planes: &moving_planes };

    let world_moves = moves(&timeline.listener) || obstacles.move_at_all();
    let heard: Vec<Option<RangeInclusive<i64>>> =
        emitters.iter().map(|emitter| instants_heard(emitter, world_moves, timeline, settings)).collect();
    let (first, last) = ticks(timeline.from_s, timeline.to_s, settings.step_s).into_inner();
    let by_tick: Vec<Vec<Option<Vec<Arrival>>>> =
        (first..=last).into_par_iter().map(|tick| world.arrivals_at(tick, &emitters, &heard)).collect();
    let mut sources = by_source(by_tick, &heard, settings.step_s);
    if settings.late_rays > 0 {
        let moments: Vec<Vec<i64>> =
            heard.iter().zip(&emitters).map(|(range, emitter)| moments(range, emitter, settings)).collect();
        let late = LateWorld { world: &world, owner: &owner }.traced(&emitters, &moments);
        sources.iter_mut().zip(late).for_each(|(source, late)| source.late = late);
    }
    Ok(Acoustics { sources })
}

/// What holds for the whole timeline.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    /// The timeline.
    pub(crate) timeline: &'a SoundTimeline,
    /// What was asked for.
    pub(crate) settings: &'a Settings,
    /// What stands in the way.
    pub(crate) obstacles: &'a Obstacles<'a>,
    /// Planes and air.
    pub(crate) medium: &'a Medium,
    /// Planes that move.
    pub(crate) moving_planes: &'a MovingPlanes,
}

/// Moments of an emitter's late field, in steps of the late field's grid: one where its arrivals have one instant, and
/// one for a hit; otherwise from at or before the first instant to at or after the last.
fn moments(range: &Option<RangeInclusive<i64>>, emitter: &Emitter, settings: &Settings) -> Vec<i64> {
    let Some(range) = range else { return Vec::new() };
    let [from, to] =
        [range.start(), range.end()].map(|&tick| tick as f64 * settings.step_s / settings.late_step_s);
    let first = (from + 1e-9).floor() as i64;
    if range.start() == range.end() || emitter.struck.is_some() {
        return vec![first];
    }
    (first..=(to - 1e-9).ceil() as i64).collect()
}

fn medium(
    timeline: &SoundTimeline,
    settings: &Settings,
    emitters: &[Emitter],
    obstacles: &Obstacles<'_>,
) -> (Medium, Vec<Vec<Option<usize>>>) {
    let still: Vec<_> =
        obstacles.still_instances.iter().map(|(i, placement)| (*i, placement.as_daffine3())).collect();
    let all = Reflectors::gather(&still, settings.min_reflector_m2);
    let viewpoints = viewpoints(timeline, emitters);
    let kept = most_prominent(all, &obstacles.still, &viewpoints, settings.max_reflectors);
    let medium = Medium {
        reflectors: kept.planes,
        edges: edges(&still, MOST_EDGES),
        max_order: settings.max_order as usize,
        speed_m_s: f64::from(timeline.air.speed_of_sound_m_s),
        air_db_per_m: band_absorption_db_per_m(&timeline.air),
    };
    (medium, kept.owner)
}

/// Where listener and emitters are at the start, middle and end of the range.
fn viewpoints(timeline: &SoundTimeline, emitters: &[Emitter]) -> Vec<DVec3> {
    let times = [0.0, 0.5, 1.0].map(|share| timeline.from_s + share * (timeline.to_s - timeline.from_s));
    let ear = |&time: &f64| Listener::new(&placement_at(&timeline.listener, time)).position;
    let heard = |emitter: &Emitter| {
        let times = if emitter.moves { &times[..] } else { &times[..1] };
        times.iter().map(|&time| position_at(&emitter.position, time)).collect::<Vec<_>>()
    };
    times.iter().map(ear).chain(emitters.iter().flat_map(heard)).collect()
}

fn ticks(from_s: f64, to_s: f64, step_s: f64) -> RangeInclusive<i64> {
    (from_s / step_s).floor() as i64..=(to_s / step_s).ceil() as i64
}

/// The ticks at which an emitter's arrivals are worked out: none, one, or all within the range.
fn instants_heard(
    emitter: &Emitter,
    world_moves: bool,
    timeline: &SoundTimeline,
    settings: &Settings,
) -> Option<RangeInclusive<i64>> {
    let (from_s, to_s) = (emitter.begins_s.max(timeline.from_s), emitter.ends_s.min(timeline.to_s));
    if from_s > to_s {
        return None;
    }
    let all = ticks(from_s, to_s, settings.step_s);
    let still = !world_moves && !emitter.moves;
    Some(if still { *all.start()..=*all.start() } else { all })
}

impl World<'_> {
    /// Arrivals of each emitter that is worked out at a tick.
    fn arrivals_at(
        &self,
        tick: i64,
        emitters: &[Emitter],
        heard: &[Option<RangeInclusive<i64>>],
    ) -> Vec<Option<Vec<Arrival>>> {
        let is_heard =
            |range: &Option<RangeInclusive<i64>>| range.as_ref().is_some_and(|r| r.contains(&tick));
        if !heard.iter().any(is_heard) {
            return vec![None; emitters.len()];
        }
        let time_s = tick as f64 * self.settings.step_s;
        let moving = self.obstacles.moving_at(time_s);
        let listener = Listener::new(&placement_at(&self.timeline.listener, time_s));
        let surroundings = Surroundings { still: &self.obstacles.still, moving: &moving };
        let instant = Instant {
            time_s,
            around_listener: heads(listener.position.as_vec3(), &surroundings),
            listener,
            surroundings,
            moving: self.moving_planes.at(self.obstacles, time_s),
            moving_edges: self.moving_planes.edges_at(self.obstacles, time_s),
        };
        emitters
            .par_iter()
            .zip(heard)
            .map(|(emitter, range)| is_heard(range).then(|| self.medium.arrivals(emitter, &instant)))
            .collect()
    }
}

fn by_source(
    mut by_tick: Vec<Vec<Option<Vec<Arrival>>>>,
    heard: &[Option<RangeInclusive<i64>>],
    step_s: f64,
) -> Vec<SourceAcoustics> {
    let source = |(index, range): (usize, &Option<RangeInclusive<i64>>)| SourceAcoustics {
        start_s: range.as_ref().map_or(0.0, |r| *r.start() as f64 * step_s),
        step_s,
        instants: by_tick.iter_mut().filter_map(|tick| tick[index].take()).collect(),
        late: Vec::new(),
    };
    heard.iter().enumerate().map(source).collect()
}
