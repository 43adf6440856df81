//! Two bones between a root and a goal.

use glam::{Mat3, Quat, Vec3};

use crate::pose::Pose;

/// Poses of an upper and a lower bone that hang along −Y, so that the lower one ends at `goal` as far as they
/// reach. The joint bends towards `front`, and both bones face it.
pub(super) fn two_bones(root: Vec3, goal: Vec3, lengths: [f32; 2], front: Vec3) -> [Pose; 2] {
    let [a, b] = lengths;
    let way = goal - root;
    let far = way.length().clamp((a - b).abs() + 1e-4, 0.9999 * (a + b));
    let direction = way.normalize_or(Vec3::NEG_Y);
    let sideways = (front - direction * front.dot(direction)).normalize_or(Vec3::NEG_Z);
    // Law of cosines for the angle at the root.
    let cos = ((a * a + far * far - b * b) / (2.0 * a * far)).clamp(-1.0, 1.0);
    let joint = root + a * (direction * cos + sideways * (1.0 - cos * cos).sqrt());
    let end = root + direction * far;
    [Pose::new(hanging(root, joint, front), root), Pose::new(hanging(joint, end, front), joint)]
}

/// Rotation of a bone along −Y from one point to another, its −Z towards `front`.
fn hanging(from: Vec3, to: Vec3, front: Vec3) -> Quat {
    let up = (from - to).normalize_or(Vec3::Y);
    let back = -(front - up * front.dot(up)).normalize_or(Vec3::NEG_Z);
    Quat::from_mat3(&Mat3::from_cols(up.cross(back), up, back)).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_in_reach_is_reached_with_the_joint_in_front() {
        let (root, goal) = (Vec3::new(0.0, 1.0, 0.0), Vec3::new(0.1, 0.2, -0.1));
        let [upper, lower] = two_bones(root, goal, [0.45, 0.5], Vec3::NEG_Z);
        assert!(lower.point(Vec3::NEG_Y * 0.5).distance(goal) < 1e-5);
        assert!(upper.point(Vec3::NEG_Y * 0.45).distance(lower.translation) < 1e-5);
        assert!(lower.translation.z < -0.15);
    }

    #[test]
    fn a_goal_out_of_reach_stretches_the_limb_towards_it() {
        let [_, lower] = two_bones(Vec3::ZERO, Vec3::NEG_Y * 9.0, [0.45, 0.5], Vec3::NEG_Z);
        let end = lower.point(Vec3::NEG_Y * 0.5);
        assert!(end.distance(Vec3::NEG_Y * 0.95) < 1e-3, "{end}");
    }
}
