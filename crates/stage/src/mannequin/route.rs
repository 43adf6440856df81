//! Marks to a route: where the middle of the body is at any time, and which way it faces.
//!
//! Consecutive marks that lie apart make a walk. Its path is a cubic through the marks at their times, with velocities
//! averaged at the marks in between, so corners are rounded. Time is warped at its two ends, so that the
//! walker starts from rest, keeps an even pace, and comes to rest at the last mark.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};
use maquette_scene::document::Mark;

use crate::pose::vec3;

/// Nearer than this is the same place.
const SAME_PLACE_M: f32 = 0.03;

/// From standing to full pace: about a step and a half.
const RAMP_S: f64 = 0.9;

/// Turning on the spot: time to get going, and degrees a second.
const TURN_START_S: f64 = 0.5;
const TURN_RATE_DEG_S: f64 = 110.0;

/// The body lags this much behind sharp changes of direction, on either side.
const FACING_BLUR_S: f64 = 0.25;

/// A whole actor's way through the scene.
#[derive(Debug)]
pub(crate) struct Route {
    marks: Vec<(f64, Vec3)>,
    walks: Vec<Walk>,
    turns: Vec<TurnOnSpot>,
    /// Facing from a time on, while standing.
    facings: Vec<(f64, f32)>,
}

/// One walk between two stands.
#[derive(Debug)]
pub(crate) struct Walk {
    knots: Vec<Knot>,
    /// Distance gone at even times.
    gone_m: Vec<f32>,
    step_s: f64,
    /// What is left of the old facing at the start, when there was no time to turn before.
    late_turn: f32,
}

#[derive(Clone, Copy, Debug)]
struct Knot {
    time_s: f64,
    at: Vec3,
    velocity: Vec3,
}

/// A turn on the spot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TurnOnSpot {
    pub(crate) from_s: f64,
    pub(crate) to_s: f64,
    pub(crate) yaw_from: f32,
    pub(crate) yaw_by: f32,
}

impl Walk {
    fn new(marks: &[(f64, Vec3)]) -> Self {
        let last = marks.len() - 1;
        let pace = |i: usize| (marks[i + 1].1 - marks[i].1) / (marks[i + 1].0 - marks[i].0) as f32;
        let time = |i: usize| (marks[i + 1].0 - marks[i].0) as f32;
        let velocity = |i: usize| match i {
            0 => pace(0),
            i if i == last => pace(last - 1),
            i => (pace(i - 1) * time(i) + pace(i) * time(i - 1)) / (time(i - 1) + time(i)),
        };
        let knot = |i: usize| Knot { time_s: marks[i].0, at: marks[i].1, velocity: velocity(i) };
        let mut walk =
            Self { knots: (0..=last).map(knot).collect(), gone_m: Vec::new(), step_s: 0.0, late_turn: 0.0 };
        walk.measure();
        walk
    }

    fn measure(&mut self) {
        let duration = self.stop_s() - self.start_s();
        let steps = (duration * 120.0).ceil().clamp(8.0, 200_000.0) as usize;
        self.step_s = duration / steps as f64;
        let mut gone = 0.0;
        let mut before = self.position(self.start_s());
        self.gone_m = (0..=steps)
            .map(|i| {
                let at = self.position(self.start_s() + i as f64 * self.step_s);
                gone += at.distance(before);
                before = at;
                gone
            })
            .collect();
    }

    pub(crate) fn start_s(&self) -> f64 {
        self.knots[0].time_s
    }

    pub(crate) fn stop_s(&self) -> f64 {
        self.knots[self.knots.len() - 1].time_s
    }

    pub(crate) fn length_m(&self) -> f32 {
        self.gone_m.last().copied().unwrap_or(0.0)
    }

    /// When this much of the way is gone.
    pub(crate) fn time_at(&self, gone_m: f32) -> f64 {
        let next = self.gone_m.partition_point(|gone| *gone < gone_m).min(self.gone_m.len() - 1);
        let (a, b) = (self.gone_m[next.saturating_sub(1)], self.gone_m[next]);
        let share = if b > a { f64::from((gone_m - a) / (b - a)).clamp(0.0, 1.0) } else { 1.0 };
        self.start_s() + (next as f64 - 1.0 + share).max(0.0) * self.step_s
    }

    fn position(&self, time_s: f64) -> Vec3 {
        let (a, b, u, span) = self.around(self.warped(time_s));
        let (u2, u3) = (u * u, u * u * u);
        a.at * (2.0 * u3 - 3.0 * u2 + 1.0)
            + a.velocity * (span * (u3 - 2.0 * u2 + u))
            + b.at * (3.0 * u2 - 2.0 * u3)
            + b.velocity * (span * (u3 - u2))
    }

    /// Direction of travel, defined even where the walker stands.
    fn yaw(&self, time_s: f64) -> f32 {
        let (a, b, u, span) = self.around(self.warped(time_s));
        let u2 = u * u;
        let slope = (b.at - a.at) * (6.0 * (u - u2) / span)
            + a.velocity * (3.0 * u2 - 4.0 * u + 1.0)
            + b.velocity * (3.0 * u2 - 2.0 * u);
        let chord = b.at - a.at;
        yaw_of(if slope.xz().length() > 1e-3 * chord.xz().length() / span { slope } else { chord })
    }

    fn around(&self, time_s: f64) -> (&Knot, &Knot, f32, f32) {
        let next = self.knots.partition_point(|k| k.time_s <= time_s).clamp(1, self.knots.len() - 1);
        let (a, b) = (&self.knots[next - 1], &self.knots[next]);
        let span = b.time_s - a.time_s;
        (a, b, (((time_s - a.time_s) / span) as f32).clamp(0.0, 1.0), span as f32)
    }

    /// Time along the path: starts and ends with no speed, and meets every mark in between at its time.
    fn warped(&self, time_s: f64) -> f64 {
        let last = self.knots.len() - 1;
        let (from, to) = (self.start_s(), self.stop_s());
        if last == 1 {
            return from + ramped(time_s - from, to - from, true, true);
        }
        let (first_end, last_start) = (self.knots[1].time_s, self.knots[last - 1].time_s);
        if time_s < first_end {
            from + ramped(time_s - from, first_end - from, true, false)
        } else if time_s > last_start {
            last_start + ramped(time_s - last_start, to - last_start, false, true)
        } else {
            time_s
        }
    }
}

/// Distance gone of `whole` after `time`, at a pace that rises from 0 (`starts`) or 1 and falls to 0 (`ends`) or 1,
/// even in between. Ramps are smoothsteps, whose mean is a half.
fn ramped(time: f64, whole: f64, starts: bool, ends: bool) -> f64 {
    let time = time.clamp(0.0, whole);
    let ramp = RAMP_S.min(0.5 * whole);
    let (first, last) = (if starts { 0.0 } else { 1.0 }, if ends { 0.0 } else { 1.0 });
    let pace = (whole - 0.5 * ramp * (first + last)) / (whole - ramp);
    // Integral of a smoothstep over its ramp: u³ − u⁴/2.
    let gone = |u: f64, from: f64| ramp * (from * u + (pace - from) * (u * u * u - 0.5 * u * u * u * u));
    let rising = gone((time / ramp).min(1.0), first);
    let even = pace * (time.min(whole - ramp) - ramp).max(0.0);
    let left = ((whole - time) / ramp).min(1.0);
    let falling = gone(1.0, last) - gone(left, last);
    rising + even + falling
}

impl Route {
    pub(crate) fn new(marks: &[Mark]) -> Self {
        let mut places: Vec<(f64, Vec3)> = marks.iter().map(|m| (m.t_s, vec3(m.at_m))).collect();
        for i in 1..places.len() {
            // Two marks at one time would ask for infinite speed.
            places[i].0 = places[i].0.max(places[i - 1].0 + 1e-3);
        }
        let moves = |i: usize| places[i].1.distance(places[i + 1].1) > SAME_PLACE_M;
        let mut walks = Vec::new();
        let mut first = 0;
        for i in 0..places.len() {
            let goes_on = i + 1 < places.len() && moves(i);
            if !goes_on && first < i {
                walks.push(Walk::new(&places[first..=i]));
            }
            if !goes_on {
                first = i + 1;
            }
        }
        let mut route = Self { marks: places, walks, turns: Vec::new(), facings: Vec::new() };
        route.face(marks);
        route
    }

    /// Facings of all stands, and the turns between them.
    fn face(&mut self, marks: &[Mark]) {
        let first_walk = self.walks.first().map(|walk| (walk.start_s(), walk.yaw(walk.start_s())));
        let until_s = first_walk.map_or(f64::INFINITY, |walk| walk.0);
        let said = written_turns(marks, f64::NEG_INFINITY, until_s).next();
        let mut facing = said.or(first_walk).map_or(0.0, |(_, yaw)| yaw);
        self.facings.push((f64::NEG_INFINITY, facing));
        for n in 0..=self.walks.len() {
            let from_s = n.checked_sub(1).map_or(f64::NEG_INFINITY, |n| self.walks[n].stop_s());
            if n > 0 {
                facing = self.walks[n - 1].yaw(from_s);
                self.facings.push((from_s, facing));
            }
            self.stand(marks, from_s, n, &mut facing);
        }
    }

    /// The turns of the stand before walk n: to what its marks say, then to where the walk goes.
    fn stand(&mut self, marks: &[Mark], from_s: f64, n: usize, facing: &mut f32) {
        let to_s = self.walks.get(n).map_or(f64::INFINITY, Walk::start_s);
        let mut free_s = from_s;
        for (time_s, yaw) in written_turns(marks, from_s, to_s) {
            let needed_s = turn_time_s(yaw - *facing);
            if time_s + needed_s <= to_s && wrapped(yaw - *facing).abs() > 0.01 {
                free_s = self.turn(time_s.max(free_s), needed_s, facing, yaw);
            }
        }
        let Some(ahead) = self.walks.get(n).map(|walk| walk.yaw(to_s)) else { return };
        let by = wrapped(ahead - *facing);
        let begin_s = to_s - turn_time_s(by);
        if begin_s >= free_s.max(0.0) && by.abs() > 0.35 {
            self.turn(begin_s, to_s - begin_s, facing, ahead);
        } else {
            self.walks[n].late_turn = -by;
        }
    }

    /// Records a turn; when it is over.
    fn turn(&mut self, from_s: f64, duration_s: f64, facing: &mut f32, to: f32) -> f64 {
        let by = wrapped(to - *facing);
        self.turns.push(TurnOnSpot { from_s, to_s: from_s + duration_s, yaw_from: *facing, yaw_by: by });
        *facing += by;
        self.facings.push((from_s + duration_s, *facing));
        from_s + duration_s
    }

    pub(crate) fn walks(&self) -> &[Walk] {
        &self.walks
    }

    pub(crate) fn turns(&self) -> &[TurnOnSpot] {
        &self.turns
    }

    /// Time of the last mark.
    pub(crate) fn end_s(&self) -> f64 {
        self.marks.last().map_or(0.0, |mark| mark.0)
    }

    /// On the floor, under the middle of the body.
    pub(crate) fn position(&self, time_s: f64) -> Vec3 {
        if let Some(walk) = self.walk_at(time_s) {
            return walk.position(time_s);
        }
        let passed = self.marks.partition_point(|mark| mark.0 <= time_s);
        self.marks[passed.saturating_sub(1)].1
    }

    /// Metres a second, averaged over a tenth of a second.
    pub(crate) fn speed_m_s(&self, time_s: f64) -> f32 {
        self.position(time_s + 0.05).distance(self.position(time_s - 0.05)) / 0.1
    }

    /// Which way the body faces: radians about +Y, 0 is −Z, positive to the left. Not wrapped to one turn.
    pub(crate) fn facing(&self, time_s: f64) -> f32 {
        let middle = self.sharp_facing(time_s);
        let sample =
            |i: i32| wrapped(self.sharp_facing(time_s + FACING_BLUR_S * f64::from(i) / 4.0) - middle);
        middle + (-4..=4).map(sample).sum::<f32>() / 9.0
    }

    fn sharp_facing(&self, time_s: f64) -> f32 {
        if let Some(walk) = self.walk_at(time_s) {
            let late = (time_s - walk.start_s()) / turn_time_s(walk.late_turn);
            return walk.yaw(time_s) + walk.late_turn * (1.0 - smooth(late));
        }
        let turn = self.turns.iter().find(|turn| turn.from_s <= time_s && time_s < turn.to_s);
        if let Some(turn) = turn {
            return turn.yaw_from + turn.yaw_by * smooth((time_s - turn.from_s) / (turn.to_s - turn.from_s));
        }
        let since = self.facings.partition_point(|facing| facing.0 <= time_s);
        self.facings[since.saturating_sub(1)].1
    }

    fn walk_at(&self, time_s: f64) -> Option<&Walk> {
        let next = self.walks.partition_point(|walk| walk.stop_s() < time_s);
        self.walks.get(next).filter(|walk| walk.start_s() <= time_s)
    }
}

/// Facings that the marks of a stretch of time ask for.
fn written_turns(marks: &[Mark], from_s: f64, to_s: f64) -> impl Iterator<Item = (f64, f32)> {
    let here = marks.iter().filter(move |mark| mark.t_s >= from_s && mark.t_s <= to_s);
    here.filter_map(|mark| Some((mark.t_s, mark.turn_deg?.yaw.to_radians())))
}

fn turn_time_s(by: f32) -> f64 {
    TURN_START_S + f64::from(wrapped(by).to_degrees().abs()) / TURN_RATE_DEG_S
}

fn smooth(u: f64) -> f32 {
    let u = u.clamp(0.0, 1.0) as f32;
    u * u * (3.0 - 2.0 * u)
}

fn yaw_of(direction: Vec3) -> f32 {
    (-direction.x).atan2(-direction.z)
}

/// An angle within half a turn of 0.
fn wrapped(angle: f32) -> f32 {
    (angle + PI).rem_euclid(TAU) - PI
}

trait Horizontal {
    fn xz(self) -> Vec2;
}

impl Horizontal for Vec3 {
    fn xz(self) -> Vec2 {
        Vec2::new(self.x, self.z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_cover_the_whole_way_and_start_and_end_at_rest() {
        for (starts, ends) in [(true, true), (true, false), (false, true), (false, false)] {
            for whole in [0.4, 2.0, 9.0] {
                assert!((ramped(whole, whole, starts, ends) - whole).abs() < 1e-9);
                let (first, last) =
                    (ramped(1e-3, whole, starts, ends), whole - ramped(whole - 1e-3, whole, starts, ends));
                assert_eq!(first < 1e-5, starts);
                assert_eq!(last < 1e-5, ends);
            }
        }
    }
}
