//! Eight candidates' scores at once.
//!
//! Most candidates only have to be compared, so their scores are computed side by side, a lane each, and the one that
//! is kept is looked at again in full.

use glam::Vec3;

use super::bsdf::Bsdf;
use crate::{lanes::widest, world::CANDIDATES as LANES};

/// What a candidate offers a surface.
#[derive(Clone, Copy)]
pub(crate) struct Offer {
    /// Towards the light, of any length.
    pub(crate) to: Vec3,
    pub(crate) radiance: Vec3,
    /// One over the density of the candidate over solid angle; or, if `by_area`, that over the cube of `to`'s length: a
    /// lane divides as quickly by a length for eight as for one. 0 when nothing comes.
    pub(crate) gain: f32,
    pub(crate) by_area: bool,
    /// Whether `to` is a direction only.
    pub(crate) distant: bool,
    /// Whether chance hits also find the light.
    pub(crate) competes: bool,
}

/// Eight offers, lane by lane.
#[derive(Default)]
pub(crate) struct Offers {
    to: [[f32; LANES]; 3],
    radiance: [[f32; LANES]; 3],
    gain: [f32; LANES],
    /// 1 or 0.
    by_area: [f32; LANES],
    competes: [f32; LANES],
}

impl Offers {
    #[inline(always)]
    pub(crate) fn set(&mut self, lane: usize, offer: Offer) {
        for axis in 0..3 {
            self.to[axis][lane] = offer.to[axis];
            self.radiance[axis][lane] = offer.radiance[axis];
        }
        self.gain[lane] = offer.gain;
        self.by_area[lane] = f32::from(u8::from(offer.by_area));
        self.competes[lane] = f32::from(u8::from(offer.competes));
    }

    /// [`Bsdf::score`] of each, or [`Bsdf::full_score`] where there is more than that knows.
    #[inline]
    pub(crate) fn scores(&self, bsdf: Bsdf) -> [f32; LANES] {
        match bsdf.is_plain() {
            true => widest!(self.score_each(bsdf), self.score_each_avx2(bsdf)),
            false => self.score_fully(&bsdf),
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn score_each_avx2(&self, bsdf: Bsdf) -> [f32; LANES] {
        self.score_each(bsdf)
    }

    // A counted loop becomes vector code.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn score_each(&self, bsdf: Bsdf) -> [f32; LANES] {
        let mut scores = [0.0; LANES];
        for lane in 0..LANES {
            let (direction, incoming, rival) = self.lane(lane);
            scores[lane] = counted(bsdf.score(direction, incoming, rival));
        }
        scores
    }

    fn score_fully(&self, bsdf: &Bsdf) -> [f32; LANES] {
        std::array::from_fn(|lane| {
            let (direction, incoming, rival) = self.lane(lane);
            counted(bsdf.full_score(direction, incoming, rival))
        })
    }

    /// Direction, light from there over its density, and what chance hits' density counts.
    #[inline(always)]
    fn lane(&self, lane: usize) -> (Vec3, Vec3, f32) {
        let to = Vec3::new(self.to[0][lane], self.to[1][lane], self.to[2][lane]);
        let radiance = Vec3::new(self.radiance[0][lane], self.radiance[1][lane], self.radiance[2][lane]);
        let inverse_length = 1.0 / to.length();
        let cube = inverse_length * inverse_length * inverse_length;
        let gain = self.gain[lane] * if self.by_area[lane] > 0.0 { cube } else { 1.0 };
        let rival = self.competes[lane] * gain / LANES as f32;
        (to * inverse_length, radiance * gain, rival)
    }
}

/// A point in the lamp itself gives infinities, one that does not shine this way nothing.
#[inline(always)]
fn counted(score: f32) -> f32 {
    if score > 0.0 && score < f32::MAX { score } else { 0.0 }
}
