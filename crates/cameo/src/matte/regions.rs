//! A first alpha to three regions: backdrop for certain, person for certain, and the band between, where alpha is worked out.
//!
//! One noisy pixel decides nothing: a region begins where everything within a few pixels agrees.

use maquette_conditioning::Plane;

use crate::window::{greatest, least};

/// Where a pixel belongs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Region {
    /// Nothing but backdrop.
    Backdrop,
    /// Some of both, or not certain.
    #[default]
    Band,
    /// Nothing but the person.
    Person,
}

/// Alpha above which a whole neighbourhood is person. Spill lowers the first alpha of skin and cloth to about this.
const PERSON: f32 = 0.72;

/// Splits the picture. `floor` is the alpha that noise alone reaches on bare backdrop.
pub(crate) fn regions(coarse: &Plane<f32>, floor: f32) -> Plane<Region> {
    let reach = (coarse.height() / 360).max(1);
    let lowest = least(coarse, reach);
    let highest = greatest(coarse, reach);
    let mut index = 0;
    lowest.map(|&lowest| {
        index += 1;
        match highest.data[index - 1] {
            highest if highest <= floor => Region::Backdrop,
            _ if lowest >= PERSON => Region::Person,
            _ => Region::Band,
        }
    })
}
