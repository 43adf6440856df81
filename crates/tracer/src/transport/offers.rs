//! Eight candidates' scores at once.
//!
//! Most candidates only have to be compared, so their scores are computed side by side, a lane each, and the one that
//! is kept is looked at again in full.

use glam::Vec3;

use super::bsdf::Bsdf;
use crate::{lanes::widest, world::CANDIDATES as LANES};

/// What eight candidates offer a surface.
#[derive(Default)]
pub(crate) struct Offers {
    direction: [[f32; LANES]; 3],
    incoming: [[f32; LANES]; 3],
    rival: [f32; LANES],
}

impl Offers {
    /// A candidate: unit direction towards it, radiance over density, and one over the density with which all
    /// candidates are drawn, or 0 if chance never finds it.
    #[inline(always)]
    pub(crate) fn set(&mut self, lane: usize, direction: Vec3, incoming: Vec3, rival: f32) {
        for axis in 0..3 {
            self.direction[axis][lane] = direction[axis];
            self.incoming[axis][lane] = incoming[axis];
        }
        self.rival[lane] = rival;
    }

    /// [`Bsdf::score`] of each; not a number for lights that do not shine this way.
    #[inline]
    pub(crate) fn scores(&self, bsdf: &Bsdf) -> [f32; LANES] {
        widest!(self.score_each(bsdf), self.score_each_avx2(bsdf))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn score_each_avx2(&self, bsdf: &Bsdf) -> [f32; LANES] {
        self.score_each(bsdf)
    }

    #[inline(always)]
    fn score_each(&self, bsdf: &Bsdf) -> [f32; LANES] {
        let bsdf = *bsdf;
        let at = |v: &[[f32; LANES]; 3], lane: usize| Vec3::new(v[0][lane], v[1][lane], v[2][lane]);
        let mut scores = [0.0; LANES];
        for lane in 0..LANES {
            scores[lane] = bsdf.score(at(&self.direction, lane), at(&self.incoming, lane), self.rival[lane]);
        }
        scores
    }
}
