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
/// A neighbourhood is level when its evidence differs by no more than this share; a blurred edge climbs.
const LEVEL: f32 = 0.12;

/// What is taken for the inside of a person, though it looks a little like the backdrop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inside {
    /// Evidence that noise alone reaches on bare backdrop.
    pub floor: f32,
    /// Half the width of the widest edge, in shares of the picture's height: deeper inside is person.
    pub widest: f32,
    /// Share of bare backdrop around a pixel that still counts as none.
    pub specks: f32,
    /// Least evidence of the inside.
    pub least: f32,
}

impl Inside {
    /// Colour tells backdrop from person: only a shirt of its hue looks like it, and gaps between limbs are real.
    pub(crate) fn coloured(floor: f32) -> Self {
        // A running sum leaves a trace of rounding where the window is empty.
        Self { floor, widest: 1.0 / 24.0, specks: 1e-5, least: 0.25 }
    }

    /// Somewhere on a person, light is as grey as the backdrop: specks of it are no holes.
    pub(crate) fn grey() -> Self {
        Self { floor: 0.08, widest: 1.0 / 45.0, specks: 0.06, least: 0.25 }
    }
}

/// Splits the picture.
pub(crate) fn regions(evidence: &Plane<f32>, inside: Inside) -> Plane<Region> {
    let floor = inside.floor;
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
    fill_inside(&mut regions, &lowest, inside);
    regions
}

/// What lies deeper inside the person than any edge is wide belongs to them.
fn fill_inside(regions: &mut Plane<Region>, lowest: &Plane<f32>, inside: Inside) {
    let widest = ((regions.height() as f32 * inside.widest) as usize).max(4);
    let bare = mean(&regions.map(|&region| f32::from(region == Region::Backdrop)), widest);
    for ((region, &lowest), &bare) in regions.data.iter_mut().zip(&lowest.data).zip(&bare.data) {
        if *region != Region::Person && bare < inside.specks && lowest >= inside.least {
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
        Plane::from_vec(200, 480, (0..96_000).map(value).collect()).unwrap()
    }

    #[test]
    fn a_blurred_edge_stays_a_band_to_its_end() {
        let regions = regions(&evidence(12), Inside::coloured(0.05));
        assert_eq!(*regions.at(30, 60), Region::Backdrop);
        assert!((42..51).all(|x| *regions.at(x, 60) == Region::Band));
        assert_eq!(*regions.at(60, 60), Region::Person);
    }

    #[test]
    fn a_patch_of_the_screens_hue_inside_the_person_is_person() {
        assert_eq!(*regions(&evidence(1), Inside::coloured(0.05)).at(155, 60), Region::Person);
    }
}
