//! Everything the generator is given for one frame.

use crate::{Camera, FrameNumber, GBuffer, Light};

/// The physically grounded layout of one frame. On a CPU this is also the saved form.
#[derive(Clone, Debug)]
pub struct Conditioning {
    /// The frame's number within its shot.
    pub frame: FrameNumber,
    /// Who looks.
    pub camera: Camera,
    /// The shot's exposure, fixed or automatic.
    pub ev100: f32,
    /// Geometry and surfaces.
    pub gbuffer: GBuffer,
    /// Light in nits.
    pub light: Light,
}
