//! What hangs in the air and makes beams visible.

use glam::Vec3;

/// A homogeneous medium that scatters light once on its way.
///
/// Light that crosses a distance d keeps exp(−extinction·d) of itself (Beer and Lambert). What is scattered more than
/// once is lost, so thick haze comes out darker than it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Haze {
    /// Share of light that is lost a metre, for short distances.
    pub extinction_per_m: f32,
    /// Share of the lost light that is scattered and not absorbed, linear Rec.709, each 0 to 1.
    pub albedo: Vec3,
    /// Mean cosine between the directions before and after scattering (Henyey and Greenstein's g), −1 to 1: mist and
    /// smoke scatter forward, 0 is even.
    pub anisotropy: f32,
    /// The box it fills, lowest and highest corner. `None` is everywhere: then sun and sky light the set as they are
    /// given, but the sky is not seen through it.
    pub within_m: Option<(Vec3, Vec3)>,
}
