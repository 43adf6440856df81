//! A route to footsteps: where each foot stands, when it lifts, when it lands.
//!
//! Step length and cadence keep a fixed ratio across speeds, the walk ratio of 0.0064 m/(steps/min) at a stature of
//! 1.75 m (Sekiya et al., Human Movement Science 15, 1996), scaled by stature^1.5 as a pendulum is. A foot lands half a
//! step ahead of the body and the other lifts a fifth of a step later: 10 % of the stride on both feet at
//! either end of stance (Perry, Gait Analysis, 1992).

use glam::{Quat, Vec3};

use super::{
    Footfall, anatomy,
    route::{Route, TurnOnSpot, Walk},
};
use crate::pose::Pose;

const WALK_RATIO_M_MIN: f32 = 0.0064;
const LONGEST_STEP: f32 = 0.48;
const DOUBLE_SUPPORT: f32 = 0.2;

/// Half the distance between the feet over stature, walking and standing.
const HALF_WIDTH_WALKING: f32 = 0.033;
const HALF_WIDTH_STANDING: f32 = 0.048;

/// A step on the spot turns this far at most.
const TURN_STEP_RAD: f32 = 0.7;

/// Where a foot stands: the floor under its ankle, and which way it points.
#[derive(Clone, Copy, Debug)]
struct Print {
    at: Vec3,
    yaw: f32,
}

/// One step of one foot.
#[derive(Clone, Copy, Debug)]
struct Step {
    lift_s: f64,
    land_s: f64,
    to: Print,
    /// Pitch of the foot as it leaves (negative: heel up) and as it lands (positive: toes up).
    push_off: f32,
    heel_strike: f32,
}

/// Both feet over all time.
#[derive(Debug)]
pub(crate) struct Feet {
    start: [Print; 2],
    steps: [Vec<Step>; 2],
}

/// A foot at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Foot {
    /// Of the ankle; local −Z is along the foot.
    pub(crate) ankle: Pose,
    /// Bend of the toes against the foot; positive is up.
    pub(crate) toes_rad: f32,
    /// How far through its swing it is, 0 to 1; `None` on the ground.
    pub(crate) swing: Option<f32>,
    /// Height of the ground it stands on, or between the grounds it swings between.
    pub(crate) ground_y: f32,
}

const LEFT: usize = 0;
const RIGHT: usize = 1;

fn side_sign(foot: usize) -> f32 {
    if foot == LEFT { -1.0 } else { 1.0 }
}

impl Feet {
    pub(crate) fn new(route: &Route, height_m: f32, floor_y: &dyn Fn(Vec3) -> Option<f32>) -> Self {
        let print = |time_s: f64, yaw: f32, foot: usize, half_width: f32| {
            let right = Quat::from_rotation_y(yaw) * Vec3::X;
            let middle = route.position(time_s);
            let mut at = middle + right * (side_sign(foot) * half_width * height_m);
            at.y = floor_y(at).filter(|y| (y - middle.y).abs() < 0.35).unwrap_or(middle.y);
            // Feet point a little outwards.
            Print { at, yaw: yaw - side_sign(foot) * 0.1 }
        };
        let facing = route.facing(f64::MIN);
        let start = [LEFT, RIGHT].map(|foot| print(f64::MIN, facing, foot, HALF_WIDTH_STANDING));
        let mut steps = [Vec::new(), Vec::new()];
        for walk in route.walks() {
            walk_steps(route, walk, height_m, &print, &mut steps);
        }
        for turn in route.turns() {
            turn_steps(turn, &print, &mut steps);
        }
        steps.iter_mut().for_each(|steps| steps.sort_by(|a: &Step, b| a.land_s.total_cmp(&b.land_s)));
        Self { start, steps }
    }

    /// A foot at a time.
    pub(crate) fn at(&self, foot: usize, height_m: f32, time_s: f64) -> Foot {
        let steps = &self.steps[foot];
        let next = steps.partition_point(|step| step.land_s <= time_s);
        let before = next.checked_sub(1).map(|n| &steps[n]);
        let stands = before.map_or(self.start[foot], |step| step.to);
        match steps.get(next) {
            Some(step) if step.lift_s <= time_s => swing(stands, step, height_m, time_s),
            after => stance(stands, before, after, height_m, time_s),
        }
    }

    /// All landings, in order of time.
    pub(crate) fn footfalls(&self, height_m: f32) -> impl Iterator<Item = Footfall> + use<> {
        let mut falls: Vec<Footfall> = self.steps.iter().flatten().map(|step| fall(step, height_m)).collect();
        falls.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
        falls.into_iter()
    }
}

fn fall(step: &Step, height_m: f32) -> Footfall {
    let heel = anatomy::HEEL * height_m;
    let behind = Quat::from_rotation_y(step.to.yaw) * Vec3::new(heel.x, 0.0, heel.z);
    Footfall { time_s: step.land_s, heel_m: step.to.at + behind }
}

type PrintAt<'a> = dyn Fn(f64, f32, usize, f32) -> Print + 'a;

/// Steps of a walk: all but the last put a foot ahead of the other, the last brings the feet together.
fn walk_steps(route: &Route, walk: &Walk, height_m: f32, print: &PrintAt, steps: &mut [Vec<Step>; 2]) {
    let length = walk.length_m();
    let pace = length / ((walk.stop_s() - walk.start_s()) as f32 - 0.9).max(0.5);
    let ratio = 60.0 * WALK_RATIO_M_MIN * (height_m / 1.75).powf(1.5);
    let wanted = (ratio * pace).sqrt().clamp(0.1 * height_m, LONGEST_STEP * height_m);
    let count = (length / wanted).round().max(1.0) as usize;
    let step_m = length / count as f32;
    let vigour = (step_m / (0.4 * height_m)).min(1.2);
    for k in 1..=count + 1 {
        let (first, last) = (k == 1, k == count + 1);
        let foot = if k % 2 == 1 { RIGHT } else { LEFT };
        let lands_at = if last { length } else { (k as f32 - 0.5) * step_m };
        let lifts_at = (k as f32 - 1.5 + DOUBLE_SUPPORT) * step_m;
        let over_s = walk.time_at((k as f32).min(count as f32) * step_m);
        let half_width = if k >= count { HALF_WIDTH_STANDING } else { HALF_WIDTH_WALKING };
        steps[foot].push(Step {
            lift_s: if first { walk.start_s() } else { walk.time_at(lifts_at) },
            land_s: if last { walk.stop_s() } else { walk.time_at(lands_at) },
            to: print(over_s, route.facing(over_s), foot, half_width),
            push_off: if first { 0.0 } else { -0.85 * vigour },
            heel_strike: if last { 0.05 } else { 0.36 * vigour },
        });
    }
}

/// Small steps, a foot at a time, starting on the side one turns to.
fn turn_steps(turn: &TurnOnSpot, print: &PrintAt, steps: &mut [Vec<Step>; 2]) {
    let pairs = (turn.yaw_by.abs() / TURN_STEP_RAD).ceil().max(1.0) as usize;
    let slot_s = (turn.to_s - turn.from_s) / (2 * pairs) as f64;
    let lead = if turn.yaw_by > 0.0 { LEFT } else { RIGHT };
    for j in 0..2 * pairs {
        let foot = if j % 2 == 0 { lead } else { 1 - lead };
        let yaw = turn.yaw_from + turn.yaw_by * (j / 2 + 1) as f32 / pairs as f32;
        let lift_s = turn.from_s + j as f64 * slot_s;
        steps[foot].push(Step {
            lift_s,
            land_s: lift_s + 0.9 * slot_s,
            to: print(turn.from_s, yaw, foot, HALF_WIDTH_STANDING),
            push_off: 0.0,
            heel_strike: 0.0,
        });
    }
}

/// On the ground: rolls over the heel after landing, lies flat, rolls over the ball before it lifts.
fn stance(stands: Print, before: Option<&Step>, after: Option<&Step>, height_m: f32, time_s: f64) -> Foot {
    let since = before.map_or(f64::INFINITY, |step| time_s - step.land_s);
    let left = after.map_or(f64::INFINITY, |step| step.lift_s - time_s);
    let whole = since + left;
    let (down_s, up_s) = ((0.16 * whole).min(0.12), (0.45 * whole).min(0.32));
    let landing = before.map_or(0.0, |step| step.heel_strike * (1.0 - smooth((since / down_s) as f32)));
    let rising = (1.0 - left / up_s).clamp(0.0, 1.0) as f32;
    let leaving = after.map_or(0.0, |step| step.push_off * rising * rising.sqrt());
    Foot {
        ankle: rolled(stands, landing + leaving, height_m),
        toes_rad: -leaving,
        swing: None,
        ground_y: stands.at.y,
    }
}

/// Through the air.
fn swing(stands: Print, step: &Step, height_m: f32, time_s: f64) -> Foot {
    let u = ((time_s - step.lift_s) / (step.land_s - step.lift_s)) as f32;
    let (from, to) = (rolled(stands, step.push_off, height_m), rolled(step.to, step.heel_strike, height_m));
    // A foot that rolled off is on its way already; one that stood starts from rest.
    let rolled_off = (step.push_off / -0.85).clamp(0.0, 1.0);
    let share = smooth(u) + rolled_off * 0.35 * u * (1.0 - u) * (1.0 - u);
    let mut at = from.translation.lerp(to.translation, share);
    let reach = from.translation.distance(to.translation);
    let lift = 0.012 * height_m + 0.012 * reach;
    at.y =
        from.translation.y + (to.translation.y - from.translation.y) * smooth(u) + lift * 4.0 * u * (1.0 - u);
    let pitch = step.push_off * (1.0 - smooth(u / 0.6)) + step.heel_strike * smooth((u - 0.45) / 0.5);
    let dip = -0.25 * (1.0 - rolled_off) * (u * (1.0 - u) * 4.0).powi(2) * (1.0 - u);
    let yaw = stands.yaw + (step.to.yaw - stands.yaw) * smooth(u);
    let rotation = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(pitch + dip);
    let toes_rad = -step.push_off * (1.0 - smooth(u / 0.35));
    let ground_y = stands.at.y + (step.to.at.y - stands.at.y) * smooth(u);
    Foot { ankle: Pose::new(rotation, at), toes_rad, swing: Some(u), ground_y }
}

/// The ankle of a planted foot pitched about its heel (toes up) or its ball (heel up); neither slides.
fn rolled(stands: Print, pitch: f32, height_m: f32) -> Pose {
    let flat = Quat::from_rotation_y(stands.yaw);
    let pivot = height_m * if pitch > 0.0 { anatomy::HEEL } else { anatomy::BALL };
    let ankle = stands.at + Vec3::Y * anatomy::ANKLE * height_m;
    let rotation = flat * Quat::from_rotation_x(pitch);
    Pose::new(rotation, ankle + flat * pivot - rotation * pivot)
}

fn smooth(u: f32) -> f32 {
    let u = u.clamp(0.0, 1.0);
    u * u * (3.0 - 2.0 * u)
}
