//! The whole line: a timeline in, arrivals of every source out.

use std::ops::RangeInclusive;

use glam::DVec3;
use maquette_conditioning::{Acoustics, Arrival, SoundTimeline, SourceAcoustics};
use rayon::prelude::*;

use crate::{
    Error, Settings,
    air::band_absorption_db_per_m,
    emitter::Emitter,
    image_source::{Instant, Medium},
    listener::Listener,
    motion::{moves, placement_at, position_at},
    obstacle::{Obstacles, Surroundings},
    prominence::most_prominent,
    reflector::Reflectors,
    validate::validate,
};

/// Follows every source's sound to the listener: recordings first, then contacts, each in the timeline's order.
///
/// Instants lie on whole multiples of `step_s` from at or before `from_s` to at or after `to_s`, so that two ranges that
/// overlap agree where they do. A source has one instant where neither it, the listener nor anything else moves, and
/// none where it cannot be heard within the range. Levels are (1/r)·∏√(1−α)·air in each band, with r no less than 0.1 m;
/// air is ISO 9613-1. A thing no longer than 3 m whose box holds a recording counts as its body and does not block it;
/// the two things of a contact do not block it either when they are loose or small.
///
/// # Errors
///
/// [`Error`] when a setting, the range, the air, a track or a mesh cannot be worked with.
pub fn propagate(timeline: &SoundTimeline, settings: &Settings) -> Result<Acoustics, Error> {
    validate(timeline, settings)?;
    let emitters = Emitter::all(timeline, settings);
    let obstacles = Obstacles::new(timeline);
    let medium = medium(timeline, settings, &emitters, &obstacles);

    let world_moves = moves(&timeline.listener) || obstacles.move_at_all();
    let heard: Vec<Option<RangeInclusive<i64>>> =
        emitters.iter().map(|emitter| instants_heard(emitter, world_moves, timeline, settings)).collect();
    let (first, last) = ticks(timeline.from_s, timeline.to_s, settings.step_s).into_inner();
    let by_tick: Vec<Vec<Option<Vec<Arrival>>>> = (first..=last)
        .into_par_iter()
        .map(|tick| arrivals_at(tick, timeline, settings, &emitters, &heard, &obstacles, &medium))
        .collect();
    Ok(Acoustics { sources: by_source(by_tick, &heard, settings.step_s) })
}

fn medium(
    timeline: &SoundTimeline,
    settings: &Settings,
    emitters: &[Emitter],
    obstacles: &Obstacles<'_>,
) -> Medium {
    let still: Vec<_> =
        obstacles.still_instances.iter().map(|(i, placement)| (*i, placement.as_daffine3())).collect();
    let all = Reflectors::gather(&still, settings.min_reflector_m2);
    let viewpoints = viewpoints(timeline, emitters);
    let kept = most_prominent(all, &obstacles.still, &viewpoints, settings.max_reflectors);
    Medium {
        reflectors: kept.planes,
        max_order: settings.max_order as usize,
        speed_m_s: f64::from(timeline.air.speed_of_sound_m_s),
        air_db_per_m: band_absorption_db_per_m(&timeline.air),
    }
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

/// Arrivals of each emitter that is worked out at a tick.
fn arrivals_at(
    tick: i64,
    timeline: &SoundTimeline,
    settings: &Settings,
    emitters: &[Emitter],
    heard: &[Option<RangeInclusive<i64>>],
    obstacles: &Obstacles<'_>,
    medium: &Medium,
) -> Vec<Option<Vec<Arrival>>> {
    let is_heard = |range: &Option<RangeInclusive<i64>>| range.as_ref().is_some_and(|r| r.contains(&tick));
    if !heard.iter().any(is_heard) {
        return vec![None; emitters.len()];
    }
    let time_s = tick as f64 * settings.step_s;
    let moving = obstacles.moving_at(time_s);
    let instant = Instant {
        time_s,
        listener: Listener::new(&placement_at(&timeline.listener, time_s)),
        surroundings: Surroundings { still: &obstacles.still, moving: &moving },
    };
    emitters
        .par_iter()
        .zip(heard)
        .map(|(emitter, range)| is_heard(range).then(|| medium.arrivals(emitter, &instant)))
        .collect()
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
    };
    heard.iter().enumerate().map(source).collect()
}
