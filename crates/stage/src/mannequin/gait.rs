//! Two feet to a whole body.
//!
//! How far the feet are apart along the way says everything: how low the pelvis is, which hip leads, which arm
//! swings forward. The pelvis shifts over the foot that carries and tips to the other side (Perry, Gait
//! Analysis, 1992, chapters 7 and 8 for the ranges).

use std::f32::consts::PI;

use glam::{EulerRot, Quat, Vec3};

use super::{
    anatomy::{self, SEGMENTS, SIDES},
    footstep::{Feet, Foot},
    limb,
    route::Route,
};
use crate::pose::Pose;

/// Amplitudes of the body's rotations in radians, for a full step.
const PELVIS_TURN: f32 = 0.09;
const PELVIS_TIP: f32 = 0.06;
const CHEST_TURN: f32 = 0.08;
const LEAN: f32 = 0.05;
const ARM_SWING: f32 = 0.31;

/// World poses of all segments.
pub(super) fn body(route: &Route, feet: &Feet, height_m: f32, time_s: f64) -> [Pose; SEGMENTS] {
    let stance = Stance::new(route, feet, height_m, time_s);
    let mut poses = [Pose::IDENTITY; SEGMENTS];
    let pelvis = stance.pelvis();
    poses[anatomy::PELVIS] = pelvis;
    stance.legs(&pelvis, &mut poses);
    let chest = stance.chest(&pelvis);
    poses[anatomy::CHEST] = chest;
    stance.arms(&chest, &mut poses);
    let ahead = Quat::from_rotation_y(route.facing(time_s + 0.25));
    stance.head(&chest, ahead, &mut poses);
    poses
}

/// What the feet say.
struct Stance {
    height_m: f32,
    middle: Vec3,
    yaw: f32,
    feet: [Foot; 2],
    /// Distance by which the left foot leads, in full steps.
    lead: f32,
    /// How far each foot is through mid-swing: 0 on the ground, 1 half way.
    airy: [f32; 2],
    /// 0 standing, 1 at a brisk walk.
    haste: f32,
}

impl Stance {
    fn new(route: &Route, feet: &Feet, height_m: f32, time_s: f64) -> Self {
        let yaw = route.facing(time_s);
        let both = [0, 1].map(|foot| feet.at(foot, height_m, time_s));
        let ahead = Quat::from_rotation_y(yaw) * Vec3::NEG_Z;
        let apart = (both[0].ankle.translation - both[1].ankle.translation).dot(ahead);
        let airy = both.map(|foot| foot.swing.map_or(0.0, |u| (PI * u).sin()));
        let haste = (route.speed_m_s(time_s) / 1.4).min(1.2);
        // On stairs the feet know better than the straight line between the marks how high the body is.
        let middle = route.position(time_s).with_y(0.5 * (both[0].ground_y + both[1].ground_y));
        let lead = (apart / (0.4 * height_m)).clamp(-1.2, 1.2);
        Self { height_m, middle, yaw, feet: both, lead, airy, haste }
    }

    fn ahead(&self) -> Vec3 {
        Quat::from_rotation_y(self.yaw) * Vec3::NEG_Z
    }

    fn pelvis(&self) -> Pose {
        let h = self.height_m;
        // A step on the spot needs less of it.
        let effort = 0.4 + 0.6 * self.haste.min(1.0);
        let shift = effort * (self.airy[0] - self.airy[1]);
        let right = Quat::from_rotation_y(self.yaw) * Vec3::X;
        let lean_ahead = 0.008 * h * self.haste;
        let flat = self.middle + right * (0.014 * h * shift) + self.ahead() * lean_ahead;
        let turn = Quat::from_euler(
            EulerRot::YXZ,
            self.yaw - PELVIS_TURN * self.lead,
            -0.3 * LEAN * self.haste,
            PELVIS_TIP * shift,
        );
        Pose::new(turn, flat + Vec3::Y * self.hip_height(flat, turn))
    }

    /// Over the floor: as high as both legs allow, a little less when the feet are apart.
    fn hip_height(&self, flat: Vec3, turn: Quat) -> f32 {
        let h = self.height_m;
        let leg = (anatomy::THIGH + anatomy::SHIN) * h;
        let apart = 0.5 * self.lead * 0.4 * h;
        let drop = leg - (leg * leg - apart * apart).sqrt();
        let easy = anatomy::HIP_HEIGHT * h - 0.006 * h * self.haste - 0.55 * drop;
        let reach = 0.997 * leg;
        let highest = |side: usize| {
            let hip = flat + turn * (anatomy::HIPS[side] * h);
            let ankle = self.feet[side].ankle.translation;
            let (x, z) = (ankle.x - hip.x, ankle.z - hip.z);
            ankle.y - hip.y + (reach * reach - x * x - z * z).max(0.04 * h * h).sqrt()
        };
        soft_min(soft_min(easy, highest(0), 0.004 * h), highest(1), 0.004 * h)
    }

    fn legs(&self, pelvis: &Pose, poses: &mut [Pose; SEGMENTS]) {
        let h = self.height_m;
        for side in 0..SIDES {
            let foot = &self.feet[side];
            let hip = pelvis.point(anatomy::HIPS[side] * h);
            let along = foot.ankle.rotation * Vec3::NEG_Z;
            let along = Vec3::new(along.x, 0.0, along.z).normalize_or(self.ahead());
            let front = (self.ahead() + along).normalize_or(self.ahead());
            let lengths = [anatomy::THIGH * h, anatomy::SHIN * h];
            let [thigh, shin] = limb::two_bones(hip, foot.ankle.translation, lengths, front);
            poses[anatomy::THIGHS[side]] = thigh;
            poses[anatomy::SHINS[side]] = shin;
            poses[anatomy::FEET[side]] = foot.ankle;
            let bend = Quat::from_rotation_x(foot.toes_rad);
            poses[anatomy::TOES[side]] = foot.ankle.then(Pose::new(bend, anatomy::TOE_JOINT * h));
        }
    }

    fn chest(&self, pelvis: &Pose) -> Pose {
        let shift = (self.airy[0] - self.airy[1]) * self.haste.min(1.0);
        let rotation = Quat::from_euler(
            EulerRot::YXZ,
            self.yaw + CHEST_TURN * self.lead,
            -LEAN * self.haste,
            -0.35 * PELVIS_TIP * shift,
        );
        Pose::new(rotation, pelvis.point(anatomy::WAIST * self.height_m))
    }

    fn arms(&self, chest: &Pose, poses: &mut [Pose; SEGMENTS]) {
        let h = self.height_m;
        for side in 0..SIDES {
            let out = if side == 0 { -1.0 } else { 1.0 };
            // Each arm goes with the other side's leg.
            let swing = out * shaped(self.lead);
            let raise = 0.02 + ARM_SWING * if swing > 0.0 { 0.85 * swing } else { swing };
            let upper = Quat::from_rotation_z(out * 0.13)
                * Quat::from_rotation_x(raise)
                * Quat::from_rotation_y(out * 0.2);
            let shoulder = chest.then(Pose::new(upper, anatomy::SHOULDERS[side] * h));
            let flex = 0.17 + 0.08 * self.haste + 0.26 * (0.5 + 0.5 * swing) * self.haste.min(1.0);
            let bend = Quat::from_rotation_x(flex) * Quat::from_rotation_z(-out * 0.04);
            let elbow = shoulder.then(Pose::new(bend, Vec3::NEG_Y * anatomy::UPPER_ARM * h));
            let relaxed = Quat::from_rotation_x(0.12) * Quat::from_rotation_z(-out * 0.06);
            let wrist = elbow.then(Pose::new(relaxed, Vec3::NEG_Y * anatomy::FOREARM * h));
            poses[anatomy::UPPER_ARMS[side]] = shoulder;
            poses[anatomy::FOREARMS[side]] = elbow;
            poses[anatomy::HANDS[side]] = wrist;
        }
    }

    /// The head keeps level and looks ahead; the neck goes half way.
    fn head(&self, chest: &Pose, ahead: Quat, poses: &mut [Pose; SEGMENTS]) {
        let h = self.height_m;
        let level = ahead * Quat::from_rotation_x(-0.02 - 0.02 * self.haste);
        let neck = Pose::new(chest.rotation.slerp(level, 0.5), chest.point(anatomy::NECK_BASE * h));
        poses[anatomy::NECK] = neck;
        poses[anatomy::HEAD] = Pose::new(level, neck.point(anatomy::SKULL_BASE * h));
    }
}

/// Slows towards the ends of the swing, as a pendulum does.
fn shaped(lead: f32) -> f32 {
    (0.5 * PI * lead.clamp(-1.0, 1.0)).sin()
}

/// The smaller of two, rounded where they meet.
fn soft_min(a: f32, b: f32, round: f32) -> f32 {
    let gap = a - b;
    0.5 * (a + b - (gap * gap + round * round).sqrt())
}
