//! Where a recorded person stands.

use glam::Vec3;
use maquette_scene::document::Cameo;

use crate::Moving;

/// The place in the set that a recorded person takes: all that is known of them without opening the recording.
#[derive(Clone, Debug, PartialEq)]
pub struct StandIn {
    /// Which thing of the scene it is.
    pub object_id: u32,
    /// The actor's name.
    pub actor: String,
    /// The recording, and how it is to be taken.
    pub cameo: Cameo,
    /// On the floor, between the feet.
    pub feet_m: Moving<Vec3>,
    /// Horizontal unit vector towards where the recording's camera stood, where a mark tells; none lets them face any camera.
    pub facing: Option<Vec3>,
    /// Seconds into the recording at shutter open; not negative.
    pub plate_s: f64,
}
