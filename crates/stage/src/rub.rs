//! Bodies that stay in touch while they move to the tracks of slides and rolls.
//!
//! Each physics step in which two things press on each other and move leaves a sample; samples that follow each other
//! closely are one slide. On sound's clock its steps are averaged into ticks of 10 ms; of a tick's two or three steps, one
//! that reaches into the next tick counts in both, by its share.

use std::{collections::BTreeMap, sync::Arc};

use glam::Vec3;
use maquette_conditioning::{Body, Clip, Slide, SoundSource, Track};

use crate::physics::STEP_S;

/// Slower than this nothing is heard: bodies at rest creep.
const SLOWEST_M_S: f32 = 0.02;
/// Samples further apart belong to two slides.
const SAME_SLIDE_S: f64 = 0.06;
/// Sound's own clock.
const TICK_S: f64 = 0.01;
/// A blow within a slide is a hit's to sound, not the slide's: forces beyond this many means are cut.
const MOST_MEANS: f32 = 3.0;

/// What two things in touch do in one step.
#[derive(Clone, Debug)]
pub(crate) struct Rub {
    pub(crate) time_s: f64,
    pub(crate) position_m: Vec3,
    /// Speed at which the surfaces rub.
    pub(crate) slip_m_s: f32,
    /// Speed at which the place of contact travels.
    pub(crate) travel_m_s: f32,
    pub(crate) force_n: f32,
    pub(crate) bodies: [Body; 2],
}

/// A slide, step after step.
#[derive(Debug)]
struct Stretch {
    materials: [String; 2],
    rubs: Vec<Rub>,
}

/// All slides so far, by the ids of the two things.
#[derive(Debug, Default)]
pub(crate) struct Rubs {
    stretches: BTreeMap<[u32; 2], Vec<Stretch>>,
}

impl Rubs {
    /// Takes in a step. Steps come in order of time.
    pub(crate) fn hear(&mut self, objects: [u32; 2], materials: &[String; 2], rub: Rub) {
        if rub.slip_m_s.max(rub.travel_m_s) < SLOWEST_M_S || rub.force_n <= 0.0 {
            return;
        }
        let stretches = self.stretches.entry(objects).or_default();
        let goes_on = |stretch: &&mut Stretch| {
            stretch.rubs.last().is_some_and(|last| rub.time_s - last.time_s < SAME_SLIDE_S)
        };
        match stretches.last_mut().filter(goes_on) {
            Some(stretch) => stretch.rubs.push(rub),
            None => stretches.push(Stretch { materials: materials.clone(), rubs: vec![rub] }),
        }
    }

    /// Slides that are on within a stretch of time, as sources of sound. `name` tells what a thing is called.
    pub(crate) fn sources(&self, from_s: f64, to_s: f64, name: impl Fn(u32) -> String) -> Vec<SoundSource> {
        let mut sources = Vec::new();
        for (objects, stretches) in &self.stretches {
            for (n, stretch) in stretches.iter().enumerate() {
                let (first, last) = (&stretch.rubs[0], &stretch.rubs[stretch.rubs.len() - 1]);
                // A step or two is a hit, not a slide.
                if last.time_s > from_s && first.time_s < to_s && last.time_s - first.time_s > 4.0 * STEP_S {
                    let [a, b] = objects.map(&name);
                    sources.push(stretch.source(format!("{b} on {a}, {}", n + 1)));
                }
            }
        }
        sources
    }
}

impl Stretch {
    fn source(&self, name: String) -> SoundSource {
        let first = (self.rubs[0].time_s / TICK_S).floor() as i64 - 1;
        let last = (self.rubs[self.rubs.len() - 1].time_s / TICK_S).ceil() as i64 + 1;
        let start_s = first as f64 * TICK_S;
        let ticks = (last - first + 1) as usize;
        let mut bins: Vec<Vec<&Rub>> = vec![Vec::new(); ticks];
        for rub in &self.rubs {
            bins[((rub.time_s - start_s) / TICK_S).round() as usize % ticks].push(rub);
        }
        let mean_n = self.rubs.iter().map(|rub| rub.force_n).sum::<f32>() / self.rubs.len() as f32;
        let mean = |bin: &[&Rub], of: &dyn Fn(&Rub) -> f32| {
            bin.iter().map(|rub| of(rub)).sum::<f32>() / bin.len().max(1) as f32
        };
        let track = |of: &dyn Fn(&[&Rub]) -> f32| Track {
            start_s,
            step_s: TICK_S,
            samples: bins.iter().map(|bin| of(bin)).collect(),
        };
        // Steps out of touch count as no force.
        let mut force_n = vec![0.0; ticks];
        for rub in &self.rubs {
            let pressed_n = rub.force_n.min(MOST_MEANS * mean_n);
            shares(rub.time_s - start_s).for_each(|(tick, share)| force_n[tick % ticks] += share * pressed_n);
        }
        let slide = Slide {
            materials: self.materials.clone(),
            bodies: self.rubs[self.rubs.len() / 2].bodies,
            slip_m_s: track(&|bin| mean(bin, &|rub| rub.slip_m_s)),
            travel_m_s: track(&|bin| mean(bin, &|rub| rub.travel_m_s)),
            force_n: Track { start_s, step_s: TICK_S, samples: force_n },
        };
        SoundSource {
            name,
            clip: Clip::Slide(Arc::new(slide)),
            start_s,
            position_m: Track { start_s, step_s: TICK_S, samples: places(&bins, self.rubs[0].position_m) },
            ..SoundSource::default()
        }
    }
}

/// The ticks that a step from a time on lies in, and the share of each that it fills. A tick is around its time.
fn shares(from_s: f64) -> impl Iterator<Item = (usize, f32)> {
    let (from, to) = (from_s / TICK_S + 0.5, (from_s + STEP_S) / TICK_S + 0.5);
    let share = move |tick: usize| (to.min(tick as f64 + 1.0) - from.max(tick as f64)) as f32;
    (from as usize..=to as usize).map(move |tick| (tick, share(tick))).filter(|(_, share)| *share > 0.0)
}

/// Where the contact is at each tick; where nothing touches, where it last was.
fn places(bins: &[Vec<&Rub>], first: Vec3) -> Vec<Vec3> {
    let mut at = first;
    let place = |bin: &Vec<&Rub>| {
        if !bin.is_empty() {
            at = bin.iter().map(|rub| rub.position_m).sum::<Vec3>() / bin.len() as f32;
        }
        at
    };
    bins.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rub(step: usize, slip_m_s: f32) -> Rub {
        Rub {
            time_s: 1.0 + step as f64 * STEP_S,
            position_m: Vec3::X * step as f32 * 0.01,
            slip_m_s,
            travel_m_s: 0.0,
            force_n: 5.0,
            bodies: [Body::default(); 2],
        }
    }

    #[test]
    fn steps_that_follow_each_other_are_one_slide() {
        let mut rubs = Rubs::default();
        for step in (0..100).chain(200..300) {
            rubs.hear([1, 2], &Default::default(), rub(step, 0.5));
        }
        let sources = rubs.sources(0.0, 10.0, |id| format!("thing {id}"));
        assert_eq!(sources.len(), 2);
        let Clip::Slide(slide) = &sources[0].clip else { panic!("not a slide") };
        let pressed = |tick: usize| slide.force_n.at(1.02 + 0.01 * tick as f64);
        assert!((0..38).all(|tick| (pressed(tick) - 5.0).abs() < 1e-3), "{:?}", slide.force_n);
        let impulse = slide.force_n.samples.iter().sum::<f32>() * TICK_S as f32;
        assert!((impulse - 5.0 * 100.0 * STEP_S as f32).abs() < 1e-3, "what presses is all in some tick");
        assert!((slide.slip_m_s.at(1.2) - 0.5).abs() < 1e-6);
        assert_eq!(slide.force_n.samples[0], 0.0);
        assert!(rubs.sources(5.0, 6.0, |_| String::new()).is_empty());
    }

    #[test]
    fn rest_and_single_steps_leave_nothing() {
        let mut rubs = Rubs::default();
        (0..100).for_each(|step| rubs.hear([1, 2], &Default::default(), rub(step, 0.001)));
        rubs.hear([1, 3], &Default::default(), rub(0, 1.0));
        assert!(rubs.sources(0.0, 10.0, |_| String::new()).is_empty());
    }
}
