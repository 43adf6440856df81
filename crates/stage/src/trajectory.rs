//! What physics did, step by step, so that any time can be looked up again.
//!
//! Physics only runs forwards, and each step depends on the one before. The poses of everything that falls are
//! therefore kept at every step, and a time in between is read off the two steps around it: the
//! world at frame 100 is the same whether it was played to, asked for alone, or come back to.

use crate::pose::Pose;

/// Poses of all bodies at every step since time 0.
pub(crate) struct Trajectory {
    step_s: f64,
    bodies: usize,
    /// Step by step, body by body.
    poses: Vec<Pose>,
}

impl Trajectory {
    /// Only the poses at time 0 so far.
    pub(crate) fn new(step_s: f64, start: Vec<Pose>) -> Self {
        Self { step_s, bodies: start.len(), poses: start }
    }

    pub(crate) fn push_step(&mut self, poses: impl Iterator<Item = Pose>) {
        self.poses.extend(poses);
        debug_assert_eq!(self.poses.len() % self.bodies.max(1), 0);
    }

    /// Steps recorded, time 0 not counted.
    pub(crate) fn steps(&self) -> usize {
        (self.poses.len() / self.bodies.max(1)).saturating_sub(1)
    }

    /// A body's pose, straight between steps; clamped at both ends.
    pub(crate) fn at(&self, body: usize, time_s: f64) -> Pose {
        let at = (time_s / self.step_s).clamp(0.0, self.steps() as f64);
        let first = at.floor() as usize;
        let pose = |step: usize| &self.poses[step.min(self.steps()) * self.bodies + body];
        pose(first).toward(pose(first + 1), (at - first as f64) as f32)
    }

    /// A body's pose at the last step.
    pub(crate) fn last(&self, body: usize) -> Pose {
        self.poses[self.steps() * self.bodies + body]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::{Quat, Vec3};

    #[test]
    fn a_time_between_steps_lies_between_their_poses_and_the_ends_are_held() {
        let pose = |x: f32| Pose::new(Quat::IDENTITY, Vec3::X * x);
        let mut trajectory = Trajectory::new(0.5, vec![pose(0.0), pose(10.0)]);
        trajectory.push_step([pose(1.0), pose(12.0)].into_iter());
        assert_eq!(trajectory.at(1, 0.25).translation.x, 11.0);
        assert_eq!(trajectory.at(0, -3.0).translation.x, 0.0);
        assert_eq!(trajectory.at(0, 9.0).translation.x, 1.0);
    }
}
