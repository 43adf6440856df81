//! Where somebody's joints are.

use glam::Vec3;

/// Joints of a figure.
pub const JOINTS: usize = 18;

/// Somebody on the set, as points of the body.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Which thing of the scene it is.
    pub object_id: u32,
    /// World positions in the order of OpenPose's 18 (Cao et al., "OpenPose", 2019): nose, neck (between the shoulders); right
    /// shoulder, elbow, wrist; left ones; right hip, knee, ankle; left ones; right eye, left eye, right ear, left ear.
    pub joints_m: [Vec3; JOINTS],
}
