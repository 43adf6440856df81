//! A finished picture, before grading.

use crate::Plane;

/// A frame's number within its shot. The first is [`FIRST_FRAME`].
pub type FrameNumber = u32;

/// Every shot starts at this number.
pub const FIRST_FRAME: FrameNumber = 1001;

/// A scene-linear picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its number within the shot.
    pub number: FrameNumber,
    /// Linear Rec.709, nits times [`exposure_factor`]; 1 is diffuse white for a balanced exposure.
    pub color: Plane<[f32; 3]>,
    /// The exposure that scaled it.
    pub ev100: f32,
}

/// Nits to frame values: 2^−EV100 / 1.2 (the saturation-based speed of ISO 12232, lens factor q = 0.65).
pub fn exposure_factor(ev100: f32) -> f32 {
    (-ev100).exp2() / 1.2
}
