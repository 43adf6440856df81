//! Evidence of a person to three regions: backdrop for certain, person for certain, and the band between, where alpha is worked out.
//!
//! One noisy pixel decides nothing: a region begins where everything within a few pixels agrees.

use maquette_conditioning::Plane;

use crate::window::{greatest, least, mean};

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

/// Evidence above which a level neighbourhood is person. Spill lowers that of skin and cloth to about this.
const PERSON: f32 = 0.72;
/// Evidence that is person if no backdrop is near: a shirt of the screen's hue.
const INSIDE: f32 = 0.25;
/// A neighbourhood is level when its evidence differs by no more than this share; a blurred edge climbs.
const LEVEL: f32 = 0.2;

/// Splits the picture. `floor` is the evidence that noise alone reaches on bare backdrop.
pub(crate) fn regions(evidence: &Plane<f32>, floor: f32) -> Plane<Region> {
    let reach = (evidence.height() / 240).max(1);
    let lowest = least(evidence, reach);
    let highest = greatest(evidence, reach);
    let mut regions = Plane::new(evidence.width(), evidence.height());
    for ((region, &lowest), &highest) in regions.data.iter_mut().zip(&lowest.data).zip(&highest.data) {
        let is_level = highest - lowest <= LEVEL * highest + floor;
        *region = match highest <= floor {
            true => Region::Backdrop,
            false if lowest >= PERSON && is_level => Region::Person,
            false => Region::Band,
        };
    }
    fill_inside(&mut regions, &lowest);
    regions
}

/// What lies deeper inside the person than any edge is wide belongs to them.
fn fill_inside(regions: &mut Plane<Region>, lowest: &Plane<f32>) {
    let widest = (regions.height() / 24).max(4);
    let bare = mean(&regions.map(|&region| f32::from(region == Region::Backdrop)), widest);
    for ((region, &lowest), &bare) in regions.data.iter_mut().zip(&lowest.data).zip(&bare.data) {
        // A running sum leaves a trace of rounding where the window is empty.
        if *region == Region::Band && bare < 1e-5 && lowest >= INSIDE {
            *region = Region::Person;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Backdrop at the left, then a climb to a plateau; a patch of weaker evidence deep inside.
    fn evidence(climb: usize) -> Plane<f32> {
        let value = |i: usize| {
            let (x, y) = (i % 200, i / 200);
            let patch = (140..170).contains(&x) && (40..80).contains(&y);
            if patch { 0.6 } else { 1.7 * ((x as f32 - 40.0) / climb as f32).clamp(0.0, 1.0) }
        };
        Plane::from_vec(200, 120, (0..24_000).map(value).collect()).unwrap()
    }

    #[test]
    fn a_blurred_edge_stays_a_band_to_its_end() {
        let regions = regions(&evidence(12), 0.05);
        assert_eq!(*regions.at(30, 60), Region::Backdrop);
        assert!((42..51).all(|x| *regions.at(x, 60) == Region::Band));
        assert_eq!(*regions.at(60, 60), Region::Person);
    }

    #[test]
    fn a_patch_of_the_screens_hue_inside_the_person_is_person() {
        assert_eq!(*regions(&evidence(1), 0.05).at(155, 60), Region::Person);
    }
}
