//! What is under a foot: a ray straight down onto whatever stands fixed.

use bevy_rapier3d::prelude::Collider;
use glam::Vec3;

use crate::{
    physics::{Motion, Solid},
    pose::Pose,
    strike::Identity,
};

/// How far above and below a foot its floor is looked for.
const ABOVE_M: f32 = 0.4;
const BELOW_M: f32 = 0.4;

/// All that one can stand on.
#[derive(Default)]
pub(crate) struct Floors {
    solids: Vec<(Collider, Pose, Identity)>,
}

impl Floors {
    pub(crate) fn new(solids: &[Solid]) -> Self {
        let fixed = solids.iter().filter(|solid| matches!(solid.motion, Motion::Fixed));
        Self { solids: fixed.map(|s| (s.collider.clone(), s.start, s.identity.clone())).collect() }
    }

    /// The highest floor near a point, and whose it is.
    pub(crate) fn under(&self, point: Vec3) -> Option<(f32, &Identity)> {
        let from = point + Vec3::Y * ABOVE_M;
        let hits = self.solids.iter().filter_map(|(collider, pose, identity)| {
            let way = collider.cast_ray(
                pose.translation,
                pose.rotation,
                from,
                Vec3::NEG_Y,
                ABOVE_M + BELOW_M,
                false,
            )?;
            // Inside a solid there is no floor.
            (way > 1e-4).then_some((from.y - way, identity))
        });
        hits.max_by(|a, b| a.0.total_cmp(&b.0))
    }
}
