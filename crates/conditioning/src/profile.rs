//! How a luminaire's intensity varies with direction.

use crate::ContentId;

/// A table of factors over directions, relative to a lamp's −Z axis: candela for each candela of the lamp's strength.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Identity by content.
    pub id: ContentId,
    /// Azimuths, even from 0 to 2π about the axis, from local +X towards +Y; the first is not repeated. 1 is symmetric
    /// about the axis.
    pub columns: usize,
    /// Polar angles, even from 0 (along −Z) to π, both included; at least 2.
    pub rows: usize,
    /// `rows` × `columns` factors, azimuth fastest, not negative.
    pub factors: Vec<f32>,
}
