//! Where a rigid thing is: the scene's positions and turns to poses, and poses between poses.

use glam::{Affine3A, EulerRot, Quat, Vec3};
use maquette_scene::document::{Easing, MotionKey, Turn};

use crate::easing;

/// A rigid placement: rotation, then translation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    pub(crate) rotation: Quat,
    pub(crate) translation: Vec3,
}

impl Pose {
    pub(crate) const IDENTITY: Self = Self { rotation: Quat::IDENTITY, translation: Vec3::ZERO };

    pub(crate) fn new(rotation: Quat, translation: Vec3) -> Self {
        Self { rotation, translation }
    }

    /// A local point in the outer space.
    pub(crate) fn point(&self, local: Vec3) -> Vec3 {
        self.rotation * local + self.translation
    }

    /// `world_from_inner` for an inner pose in this one's space.
    pub(crate) fn then(&self, inner: Pose) -> Self {
        Self::new(self.rotation * inner.rotation, self.point(inner.translation))
    }

    /// Between this pose and another: straight line and shortest arc.
    pub(crate) fn toward(&self, to: &Pose, share: f32) -> Self {
        Self::new(self.rotation.slerp(to.rotation, share), self.translation.lerp(to.translation, share))
    }

    pub(crate) fn affine(&self) -> Affine3A {
        Affine3A::from_rotation_translation(self.rotation, self.translation)
    }

    /// The seven numbers, for hashing.
    pub(crate) fn numbers(&self) -> [f32; 7] {
        let (r, t) = (self.rotation, self.translation);
        [r.x, r.y, r.z, r.w, t.x, t.y, t.z]
    }
}

/// A document's triple as a vector.
pub(crate) fn vec3(v: (f32, f32, f32)) -> Vec3 {
    Vec3::new(v.0, v.1, v.2)
}

/// R = Ry·Rx·Rz.
pub(crate) fn rotation(turn: Turn) -> Quat {
    Quat::from_euler(EulerRot::YXZ, turn.yaw.to_radians(), turn.pitch.to_radians(), turn.roll.to_radians())
}

/// Angle by angle, so that a path may turn more than once around.
pub(crate) fn turn_between(a: Turn, b: Turn, share: f32) -> Turn {
    let mix = |a: f32, b: f32| a + (b - a) * share;
    Turn { yaw: mix(a.yaw, b.yaw), pitch: mix(a.pitch, b.pitch), roll: mix(a.roll, b.roll) }
}

/// A path through keys; it stands still before the first and after the last.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    keys: Vec<Key>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    time_s: f64,
    at_m: Vec3,
    turn: Turn,
    ease: Easing,
}

impl Path {
    /// `keys` holds at least one, in order of time. A key without a turn keeps `rest`; all are moved by `offset_m`.
    pub(crate) fn new(keys: &[MotionKey], rest: Turn, offset_m: Vec3) -> Self {
        let key = |k: &MotionKey| Key {
            time_s: k.t_s,
            at_m: vec3(k.at_m) + offset_m,
            turn: k.turn_deg.unwrap_or(rest),
            ease: k.ease,
        };
        Self { keys: keys.iter().map(key).collect() }
    }

    pub(crate) fn at(&self, time_s: f64) -> Pose {
        let (a, b, share) = easing::around(&self.keys, time_s, |k| (k.time_s, k.ease));
        Pose::new(rotation(turn_between(a.turn, b.turn, share)), a.at_m.lerp(b.at_m, share))
    }

    /// When it stops for good.
    pub(crate) fn end_s(&self) -> f64 {
        self.keys.last().map_or(0.0, |key| key.time_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_yaws_left_then_pitches_up() {
        let ahead = rotation(Turn { yaw: 90.0, ..Turn::default() }) * Vec3::NEG_Z;
        assert!(ahead.abs_diff_eq(Vec3::NEG_X, 1e-6), "{ahead}");
        let up = rotation(Turn { yaw: 35.0, pitch: 90.0, roll: 0.0 }) * Vec3::NEG_Z;
        assert!(up.abs_diff_eq(Vec3::Y, 1e-6), "{up}");
    }

    #[test]
    fn a_path_can_turn_all_the_way_around() {
        let key = |t_s: f64, yaw: f32| MotionKey {
            t_s,
            at_m: (0.0, 0.0, 0.0),
            turn_deg: Some(Turn { yaw, ..Turn::default() }),
            ease: Easing::Linear,
        };
        let path = Path::new(&[key(0.0, 0.0), key(4.0, 360.0)], Turn::default(), Vec3::ZERO);
        assert!((path.at(1.0).rotation * Vec3::NEG_Z).abs_diff_eq(Vec3::NEG_X, 1e-5));
        assert!((path.at(2.0).rotation * Vec3::NEG_Z).abs_diff_eq(Vec3::Z, 1e-5));
    }
}
