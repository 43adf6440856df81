//! A selection heard at once, on the system's sound card, before anything is rendered.
//!
//! Sound plays through the graph that renders it; acoustics follow at draft, paths more often than tails, as often as a twentieth
//! of one core allows. Before each time, the people who are heard are asked whether their grants still hold.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use maquette_acoustics::propagate;
use maquette_conditioning::SoundTimeline;
use maquette_scene::LoadedScene;
use maquette_soundtrack::{Live, Master, MasterSettings, Output, render_whole};

use crate::{
    Error, Selection,
    consent::Company,
    sound::{assembled, timeline},
};

/// Acoustics of each update.
const DRAFT: maquette_acoustics::Settings = maquette_acoustics::Settings {
    max_order: 3,
    // Whole in binary, so that an instant is exactly one tick.
    step_s: 1.0 / 128.0,
    max_reflectors: 32,
    min_reflector_m2: 0.5,
    contact_ring_s: 4.0,
    late_rays: 256,
    late_s: 1.0,
    late_step_s: 1.0 / 16.0,
    seed: 0,
};
/// What updates take of one core: less than the twentieth that they may, for one may take longer than the last did.
const SHARE: f64 = 0.04;
/// What paths alone take of the time for paths and tails, before it is known.
const PATHS_OF_ALL: f64 = 0.25;
/// What begins within this time, or before the next update of its kind is due, is worked out beforehand.
const SOON_S: f64 = 1.0;
/// The same for what is worked out first, when nobody knows how long that takes.
const FIRST_SOON_S: f64 = 4.0;
/// How long a shot rings on.
const RING_S: f64 = 0.5;

/// What [`play`] says.
#[derive(Clone, Debug, PartialEq)]
pub enum Playing {
    /// A shot begins.
    Shot {
        /// Its name.
        name: String,
        /// How long it is.
        lasts_s: f64,
    },
    /// A shot is over.
    Over {
        /// Updates of its paths a second.
        updates: f64,
        /// Updates of its tails a second.
        tails: f64,
        /// What they took of one core.
        share: f64,
    },
}

/// Plays the sound of a selection in stereo, one shot after the other, as loud as the edit will be. Nothing
/// is written.
///
/// # Errors
///
/// [`Error`] when the selection is empty, consent is missing, or no sound card plays.
pub fn play(
    scene: &LoadedScene,
    selection: &Selection,
    target_lufs: f64,
    output: &Output,
    on_event: &mut dyn FnMut(Playing),
) -> Result<(), Error> {
    let (mut stage, shots, company) = assembled(scene, selection)?;
    let timelines = shots.iter().map(|shot| timeline(&mut stage, shot)).collect::<Result<Vec<_>, _>>()?;
    let gain = gain(&timelines, target_lufs)?;
    for (shot, timeline) in shots.iter().zip(timelines) {
        on_event(Playing::Shot { name: shot.name.clone(), lasts_s: timeline.to_s - timeline.from_s });
        on_event(follow(output, &timeline, gain, &company)?);
    }
    company.seal()
}

/// What brings pascals to the target, by the direct sound and a sparse tail.
fn gain(timelines: &[SoundTimeline], target_lufs: f64) -> Result<f32, Error> {
    let sparse = maquette_acoustics::Settings { max_order: 0, late_step_s: 1.0, ..DRAFT };
    let mut heard = Vec::new();
    for timeline in timelines {
        let acoustics = propagate(timeline, &sparse)?;
        heard.push(render_whole(timeline, &acoustics, &maquette_soundtrack::Settings::default())?.1);
    }
    Ok(Master::of(&heard, &MasterSettings { target_lufs, ..MasterSettings::default() }).gain)
}

/// Plays one timeline, with acoustics as they change.
fn follow(output: &Output, timeline: &SoundTimeline, gain: f32, company: &Company) -> Result<Playing, Error> {
    // One thread: the others belong to the picture.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let mut now = timeline.clone();
    let mut acoustics_at = |time_s: f64, soon_s: f64, settings: &maquette_acoustics::Settings| {
        set_clock(&mut now, timeline, time_s, soon_s);
        alone.install(|| propagate(&now, settings))
    };
    let started = Instant::now();
    let first = acoustics_at(timeline.from_s, FIRST_SOON_S, &DRAFT)?;
    let mut work = started.elapsed();
    let live = Live::new(output.clone(), timeline, gain)?;
    let updates = live.updates();
    let started = Instant::now();
    alone.install(|| updates.put(&first));
    work += started.elapsed();
    let (mut paths, mut tails) = (Effort::of(work.mul_f64(PATHS_OF_ALL)), Effort::of(work));
    let (begun, lasts) = (Instant::now(), Duration::from_secs_f64(timeline.to_s - timeline.from_s));
    loop {
        // As much time for paths alone as for paths and tails.
        let is_whole = tails.taken + tails.last < paths.taken + paths.last;
        let last = if is_whole { tails.last } else { paths.last };
        sleep(due(paths.taken + tails.taken + last).min(lasts).saturating_sub(begun.elapsed()));
        company.still_holds()?;
        if begun.elapsed() >= lasts {
            break;
        }
        let started = Instant::now();
        let settings = if is_whole { DRAFT } else { maquette_acoustics::Settings { late_rays: 0, ..DRAFT } };
        // Half the share is for each kind.
        let soon_s = SOON_S.max(2.0 * due(last).as_secs_f64());
        let acoustics = acoustics_at(timeline.from_s + begun.elapsed().as_secs_f64(), soon_s, &settings)?;
        alone.install(|| if is_whole { updates.put(&acoustics) } else { updates.put_paths(&acoustics) });
        let effort = if is_whole { &mut tails } else { &mut paths };
        effort.add(started.elapsed());
    }
    sleep(Duration::from_secs_f64(RING_S));
    let lasted_s = begun.elapsed().as_secs_f64();
    Ok(Playing::Over {
        updates: f64::from(paths.count + tails.count) / lasted_s,
        tails: f64::from(tails.count) / lasted_s,
        share: (paths.taken + tails.taken).as_secs_f64() / lasted_s,
    })
}

/// What a kind of update has cost.
#[derive(Clone, Copy, Default)]
struct Effort {
    count: u32,
    taken: Duration,
    last: Duration,
}

impl Effort {
    /// Nothing yet, and what it is likely to be.
    fn of(last: Duration) -> Self {
        Self { last, ..Self::default() }
    }

    fn add(&mut self, work: Duration) {
        *self = Self { count: self.count + 1, taken: self.taken + work, last: work };
    }
}

/// When so much work is no more than its share of the time that has passed.
fn due(work: Duration) -> Duration {
    work.div_f64(SHARE)
}

/// Leaves of a timeline one instant. What sounds soon counts as sounding.
fn set_clock(now: &mut SoundTimeline, whole: &SoundTimeline, time_s: f64, soon_s: f64) {
    let tick_s = (time_s / DRAFT.step_s).round() * DRAFT.step_s;
    let begun = |start_s: f64| if start_s < tick_s + soon_s { start_s.min(tick_s) } else { start_s };
    (now.from_s, now.to_s) = (tick_s, tick_s);
    for (now, whole) in now.sources.iter_mut().zip(&whole.sources) {
        now.start_s = begun(whole.start_s);
    }
    for (now, whole) in now.contacts.iter_mut().zip(&whole.contacts) {
        now.time_s = begun(whole.time_s);
    }
}

#[cfg(test)]
mod tests {
    use maquette_conditioning::{Contact, SoundSource};

    use super::*;

    #[test]
    fn what_sounds_soon_is_worked_out_beforehand() {
        let source = |start_s: f64| SoundSource { start_s, ..SoundSource::default() };
        let hit = |time_s: f64| Contact { time_s, ..Contact::default() };
        let whole = SoundTimeline {
            to_s: 10.0,
            sources: [0.0, 3.5, 9.0].map(source).into(),
            contacts: [2.0, 3.9, 4.1].map(hit).into(),
            ..SoundTimeline::default()
        };
        let mut now = whole.clone();
        for (time_s, starts, times) in
            [(3.0, [0.0, 3.0, 9.0], [2.0, 3.0, 4.1]), (9.5, [0.0, 3.5, 9.0], [2.0, 3.9, 4.1])]
        {
            set_clock(&mut now, &whole, time_s, 1.0);
            assert_eq!((now.from_s, now.to_s), (time_s, time_s));
            assert_eq!(now.sources.iter().map(|source| source.start_s).collect::<Vec<_>>(), starts);
            assert_eq!(now.contacts.iter().map(|hit| hit.time_s).collect::<Vec<_>>(), times);
            let heard = propagate(&now, &DRAFT).unwrap().sources;
            let is_heard = |index: usize| !heard[index].instants.is_empty();
            assert_eq!(is_heard(2), time_s > 9.0);
            assert_eq!(is_heard(4), time_s < 9.0, "a hit rings for 4 s");
        }
    }
}
