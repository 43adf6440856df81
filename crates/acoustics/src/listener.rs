//! The ear at an instant.

use glam::{Affine3A, DMat3, DVec3, Vec3};

/// Where the ear is and how it is turned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    /// Position in the world.
    pub(crate) position: DVec3,
    listener_from_world: DMat3,
}

impl Listener {
    /// From the ear's rigid pose.
    pub(crate) fn new(world_from_listener: &Affine3A) -> Self {
        Self {
            position: Vec3::from(world_from_listener.translation).as_dvec3(),
            listener_from_world: glam::Mat3::from(world_from_listener.matrix3).as_dmat3().inverse(),
        }
    }

    /// A direction of the world in the ear's own axes.
    pub(crate) fn turned(&self, direction: Vec3) -> Vec3 {
        (self.listener_from_world * direction.as_dvec3()).as_vec3()
    }

    /// Unit vector towards a point in the ear's own axes; straight ahead for a point inside the ear.
    pub(crate) fn direction_to(&self, point: DVec3) -> Vec3 {
        let towards = self.listener_from_world * (point - self.position);
        towards.try_normalize().unwrap_or(DVec3::NEG_Z).as_vec3()
    }
}
