//! A jointed figure that walks between timed marks, as a pure function of time.
//!
//! 1. `route`: marks to where the middle of the body is, and which way it faces.
//! 2. `footstep`: the route to planted feet, each step with its times.
//! 3. `gait`: feet to a whole body: pelvis over the feet, legs by two-bone inverse kinematics, arms against legs.
//! 4. `anatomy`: how long and how thick the parts of a body are.
//!
//! Everything above the feet follows from where the feet are, so the figure starts, stops, turns and climbs with the
//! same few rules, and looks the same whether time runs forwards or not.

mod anatomy;
mod footstep;
mod gait;
mod limb;
mod route;

use std::sync::Arc;

use glam::{Quat, Vec3};
use maquette_conditioning::{JOINTS, Mesh, Track};
use maquette_scene::document::Mark;

use crate::pose::Pose;
pub(crate) use anatomy::SEGMENTS;
use footstep::Feet;
pub(crate) use route::Route;

/// Eye height over stature (Drillis and Contini 1966, after Winter 2009, fig. 4.1).
pub(crate) const EYE_HEIGHT: f32 = 0.936;

/// Someone who walks.
#[derive(Clone)]
pub(crate) struct Mannequin {
    height_m: f32,
    route: Arc<Route>,
    feet: Arc<Feet>,
    /// How far each line opens the jaw, 0 to 1.
    speech: Vec<Arc<Track<f32>>>,
}

/// A foot that comes down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footfall {
    pub(crate) time_s: f64,
    pub(crate) heel_m: Vec3,
}

impl Mannequin {
    /// `floor_y` tells how high the floor is near a point, where there is one.
    pub(crate) fn new(height_m: f32, marks: &[Mark], floor_y: &dyn Fn(Vec3) -> Option<f32>) -> Self {
        let route = Route::new(marks);
        let feet = Feet::new(&route, height_m, floor_y);
        Self { height_m, route: Arc::new(route), feet: Arc::new(feet), speech: Vec::new() }
    }

    /// Has the jaw follow a line: how far it is open over time, 0 to 1.
    pub(crate) fn speak(&mut self, line: Track<f32>) {
        self.speech.push(Arc::new(line));
    }

    pub(crate) fn height_m(&self) -> f32 {
        self.height_m
    }

    pub(crate) fn route(&self) -> &Arc<Route> {
        &self.route
    }

    /// Meshes of the segments, each in its own space.
    pub(crate) fn meshes(&self) -> Vec<Mesh> {
        anatomy::meshes(self.height_m)
    }

    /// World poses of the segments, in the order of their meshes.
    pub(crate) fn at(&self, time_s: f64) -> [Pose; SEGMENTS] {
        let mut body = gait::body(&self.route, &self.feet, self.height_m, time_s);
        let opening = self.speech.iter().map(|line| line.at(time_s)).fold(0.0, f32::max);
        let open = Quat::from_rotation_x(-anatomy::WIDE_OPEN_RAD * opening);
        body[anatomy::JAW] = body[anatomy::HEAD].then(Pose::new(open, anatomy::JAW_JOINT * self.height_m));
        body
    }

    /// Where the voice comes from.
    pub(crate) fn mouth(&self, time_s: f64) -> Vec3 {
        self.at(time_s)[anatomy::HEAD].point(anatomy::MOUTH * self.height_m)
    }

    /// The joints of a [`Figure`](maquette_conditioning::Figure), in its order.
    pub(crate) fn joints(&self, time_s: f64) -> [Vec3; JOINTS] {
        use anatomy::{EARS, EYES, FEET, FOREARMS, HANDS, HEAD, NOSE, SHINS, THIGHS, UPPER_ARMS};
        let body = self.at(time_s);
        let joint = |part: usize| body[part].translation;
        let face = |at: Vec3| body[HEAD].point(at * self.height_m);
        let limb = |parts: [[usize; 2]; 3], side: usize| parts.map(|pair| joint(pair[side]));
        let (arms, legs) = ([UPPER_ARMS, FOREARMS, HANDS], [THIGHS, SHINS, FEET]);
        let neck = 0.5 * (joint(UPPER_ARMS[0]) + joint(UPPER_ARMS[1]));
        let limbs = [limb(arms, 1), limb(arms, 0), limb(legs, 1), limb(legs, 0)];
        let ends = [EYES[1], EYES[0], EARS[1], EARS[0]].map(face);
        let mut all = [face(NOSE), neck].into_iter().chain(limbs.into_iter().flatten()).chain(ends);
        std::array::from_fn(|_| all.next().unwrap_or_default())
    }

    /// Steps that come down within a stretch of time.
    pub(crate) fn footfalls(&self, from_s: f64, to_s: f64) -> Vec<Footfall> {
        self.feet.footfalls(self.height_m).filter(|fall| (from_s..=to_s).contains(&fall.time_s)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maquette_scene::document::Turn;

    fn mark(t_s: f64, x: f32, z: f32) -> Mark {
        Mark { t_s, at_m: (x, 0.0, z), turn_deg: None }
    }

    fn walker(marks: &[Mark]) -> Mannequin {
        Mannequin::new(1.75, marks, &|_| None)
    }

    #[test]
    fn the_body_is_at_each_mark_at_its_time() {
        let marks = [mark(1.0, 0.0, 0.0), mark(4.0, 0.0, -4.0), mark(7.0, 4.0, -4.0), mark(9.0, 4.0, -4.0)];
        let walker = walker(&marks);
        for mark in &marks {
            let at = walker.route().position(mark.t_s);
            assert!(at.distance(crate::pose::vec3(mark.at_m)) < 1e-3, "{at} at {}", mark.t_s);
        }
    }

    #[test]
    fn a_planted_foot_does_not_slide() {
        let walker = walker(&[mark(0.0, 0.0, 0.0), mark(5.0, 0.0, -6.0), mark(9.0, 4.0, -8.0)]);
        let mut planted = 0;
        for foot in anatomy::FEET {
            for i in 0..900 {
                let times = [f64::from(i) * 0.01, f64::from(i) * 0.01 + 0.005];
                let [a, b] = times.map(|t| walker.at(t)[foot]);
                // A flat foot on the ground points along the floor, its ankle at rest height.
                let is_flat = |foot: &Pose| {
                    (foot.rotation * Vec3::NEG_Z).y.abs() < 1e-6
                        && (foot.translation.y - anatomy::ANKLE * 1.75).abs() < 1e-5
                };
                let (flat, stays) = (is_flat(&a), is_flat(&b));
                if flat && stays {
                    planted += 1;
                    assert!(a.translation.distance(b.translation) < 1e-5, "slides at {}", times[0]);
                }
            }
        }
        assert!(planted > 400, "{planted}");
    }

    #[test]
    fn the_toes_never_sink_below_the_floor() {
        let walker = walker(&[mark(0.0, 0.0, 0.0), mark(4.0, 0.0, -5.5)]);
        let meshes = walker.meshes();
        for i in 0..400 {
            let body = walker.at(f64::from(i) * 0.01);
            for part in anatomy::FEET.into_iter().chain(anatomy::TOES) {
                let low =
                    meshes[part].positions.iter().map(|p| body[part].point(*p).y).fold(f32::MAX, f32::min);
                assert!(low > -0.012, "{low} at {}", f64::from(i) * 0.01);
            }
        }
    }

    #[test]
    fn feet_stand_on_the_treads_of_stairs_and_legs_reach_them() {
        let tread = |p: Vec3| ((-p.z - 1.0) / 0.3).floor().clamp(0.0, 5.0) * 0.17;
        let top = Mark { t_s: 6.0, at_m: (0.0, 0.85, -2.6), turn_deg: None };
        let marks = [mark(0.0, 0.0, 0.0), mark(1.5, 0.0, -1.1), top];
        let walker = Mannequin::new(1.75, &marks, &|p| Some(tread(p)));
        let mut heights = Vec::new();
        for i in 0..700 {
            let body = walker.at(f64::from(i) * 0.01);
            for side in 0..2 {
                let (foot, shin) = (body[anatomy::FEET[side]], body[anatomy::SHINS[side]]);
                let later = walker.at(f64::from(i) * 0.01 + 0.005)[anatomy::FEET[side]];
                if later == foot && (foot.rotation * Vec3::NEG_Z).y.abs() < 1e-6 {
                    heights.push(foot.translation.y - anatomy::ANKLE * 1.75);
                }
                let ankle = shin.point(Vec3::NEG_Y * anatomy::SHIN * 1.75);
                assert!(
                    ankle.distance(foot.translation) < 0.03,
                    "{} at {i}",
                    ankle.distance(foot.translation)
                );
            }
        }
        assert!(heights.iter().all(|y| (y / 0.17 - (y / 0.17).round()).abs() < 1e-3));
        assert!(heights.iter().any(|y| (y - 0.85).abs() < 1e-3) && heights.iter().any(|y| y.abs() < 1e-3));
    }

    #[test]
    fn standing_is_still_and_upright() {
        let walker = walker(&[mark(2.0, 0.0, 0.0), mark(5.0, 0.0, -4.0)]);
        assert_eq!(walker.at(0.0), walker.at(1.9));
        assert_eq!(walker.at(5.5), walker.at(60.0));
        let top = walker.at(0.0)[anatomy::HEAD].point(Vec3::Y * 0.095 * 1.75).y;
        assert!((top - 1.75).abs() < 0.03, "{top}");
    }

    #[test]
    fn knees_and_ankles_stay_joined_to_their_legs() {
        let walker = walker(&[mark(0.0, 0.0, 0.0), mark(4.0, 0.0, -5.5)]);
        for i in 0..400 {
            let body = walker.at(f64::from(i) * 0.01);
            for side in 0..2 {
                let (thigh, shin, foot) = (anatomy::THIGHS[side], anatomy::SHINS[side], anatomy::FEET[side]);
                let knee = body[thigh].point(Vec3::NEG_Y * anatomy::THIGH * 1.75);
                let ankle = body[shin].point(Vec3::NEG_Y * anatomy::SHIN * 1.75);
                assert!(knee.distance(body[shin].translation) < 1e-3);
                let gap = ankle.distance(body[foot].translation);
                assert!(gap < 0.01, "{gap} at {}", f64::from(i) * 0.01);
            }
        }
    }

    #[test]
    fn they_look_where_they_walk_and_face_their_mark_when_they_stand() {
        let turn = Turn { yaw: 90.0, ..Turn::default() };
        let last = Mark { turn_deg: Some(turn), ..mark(5.0, 6.0, 0.0) };
        let walker = walker(&[mark(0.0, 0.0, 0.0), last]);
        let ahead = |t: f64| walker.at(t)[anatomy::HEAD].rotation * Vec3::NEG_Z;
        assert!(ahead(2.5).x > 0.98, "{}", ahead(2.5));
        assert!(ahead(9.0).x < -0.98, "{}", ahead(9.0));
    }

    #[test]
    fn a_jaw_opens_as_far_as_the_line_is_loud_and_nothing_else_moves() {
        let mut walker = walker(&[mark(0.0, 0.0, 0.0)]);
        let silent = walker.at(0.5);
        walker.speak(Track { start_s: 0.0, step_s: 0.5, samples: vec![0.0, 1.0, 0.0] });
        let wide = walker.at(0.5);
        let chin = |body: &[Pose; SEGMENTS]| body[anatomy::JAW].point(Vec3::new(0.0, -0.04, -0.05) * 1.75);
        let drop = chin(&silent).y - chin(&wide).y;
        assert!((0.012..0.030).contains(&drop), "{drop}");
        assert!(chin(&walker.at(0.25)).y < chin(&silent).y && chin(&walker.at(0.25)).y > chin(&wide).y);
        assert_eq!(silent[..anatomy::JAW], wide[..anatomy::JAW]);
    }

    #[test]
    fn joints_are_where_a_body_of_this_height_has_them() {
        let joints = walker(&[mark(0.0, 0.0, 0.0)]).joints(0.5);
        let [nose, neck, right, left] = [0, 1, 2, 5].map(|joint| joints[joint]);
        // Heights over stature of Drillis and Contini.
        for (joint, height) in [(14, 0.936), (2, 0.818), (8, 0.530), (9, 0.285), (10, 0.039)] {
            let found = joints[joint].y / 1.75;
            assert!((found - height).abs() < 0.03, "joint {joint}: {found}");
        }
        // They look along -Z, so that their right is +X.
        assert!(right.x > 0.15 && left.x < -0.15 && nose.z < neck.z - 0.05);
        for right in [2, 3, 4, 8, 9, 10] {
            let mirrored = joints[right + 3] * Vec3::new(-1.0, 1.0, 1.0);
            assert!(joints[right].distance(mirrored) < 0.03, "joint {right}");
        }
    }

    #[test]
    fn cadence_and_step_follow_the_walk_ratio() {
        let walker = walker(&[mark(0.0, 0.0, 0.0), mark(20.0, 0.0, -24.0)]);
        let falls = walker.footfalls(2.0, 18.0);
        let a_minute = 60.0 * (falls.len() as f64 - 1.0) / (falls[falls.len() - 1].time_s - falls[0].time_s);
        // 1.2 m/s: about 107 steps a minute of 0.68 m.
        assert!((100.0..115.0).contains(&a_minute), "{a_minute}");
        let step = (falls[4].heel_m - falls[3].heel_m).z.abs();
        assert!((0.62..0.74).contains(&step), "{step}");
    }
}
