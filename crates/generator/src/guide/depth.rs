//! Distances to grey, near white: the depth picture that VACE was trained on.
//!
//! Its annotators (MiDaS, Depth Anything V2) estimate relative inverse depth and stretch each frame from its smallest value,
//! black, to its largest, white. Here the distances are known, so the stretch is one for all of the shot:
//!
//! grey(z) = (1/z − 1/far) / (1/near − 1/far), between 0 and 1,
//!
//! with `near` and `far` such that one pixel in 200 of the shot is nearer, one farther. A stretch a frame would pump whenever
//! something enters or leaves.

use maquette_conditioning::Plane;

use super::GuideFrame;

/// The share of pixels beyond each limit: specks do not decide.
const TAIL: f64 = 1.0 / 200.0;
/// The least ratio of the limits, so that a lone wall is not stretched until its grain shows.
const LEAST_RATIO: f32 = 1.25;
/// Bits of a float's mantissa that do not tell bins apart: 256 bins to each doubling of the distance.
const DROPPED_BITS: u32 = 15;

/// How often each distance is seen in a shot. Order does not matter.
pub(crate) struct DepthHistogram {
    counts: Vec<u64>,
    misses: u64,
}

impl DepthHistogram {
    /// Nothing seen.
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; 1 << (31 - DROPPED_BITS)], misses: 0 }
    }

    /// Sees a frame.
    pub(crate) fn add(&mut self, guide: &GuideFrame) {
        for &depth in &guide.depth.data {
            if depth > 0.0 && depth.is_finite() {
                self.counts[(depth.to_bits() >> DROPPED_BITS) as usize] += 1;
            } else {
                self.misses += 1;
            }
        }
    }

    /// The limits for all frames seen. What is open to the sky reaches to infinity.
    pub(crate) fn range(&self) -> DepthRange {
        let hits: u64 = self.counts.iter().sum();
        let tail = (hits as f64 * TAIL) as u64;
        let edge = |bin: usize| f32::from_bits((bin as u32) << DROPPED_BITS);
        let near_m = first_beyond(tail, self.counts.iter().enumerate()).map_or(1.0, edge);
        let open = self.misses as f64 > (hits + self.misses) as f64 * TAIL;
        let far = first_beyond(tail, self.counts.iter().enumerate().rev()).filter(|_| !open);
        let far_m = far.map_or(f32::INFINITY, |bin| edge(bin + 1).max(LEAST_RATIO * near_m));
        DepthRange { near_m, far_m }
    }
}

/// The bin at which more than `tail` have been counted.
fn first_beyond<'a>(tail: u64, mut bins: impl Iterator<Item = (usize, &'a u64)>) -> Option<usize> {
    let mut sum = 0;
    bins.find_map(|(bin, count)| {
        sum += count;
        (sum > tail).then_some(bin)
    })
}

/// The distances that a shot shows as white and as black.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DepthRange {
    /// White from here towards the camera.
    near_m: f32,
    /// Black from here on; may be infinite.
    far_m: f32,
}

impl DepthRange {
    /// Grey of a distance along the view axis.
    fn grey(self, depth_m: f32) -> f32 {
        let (near, far) = (1.0 / self.near_m, 1.0 / self.far_m);
        ((1.0 / depth_m - far) / (near - far)).clamp(0.0, 1.0)
    }

    /// The depth picture of a frame: three equal channels, near 1, far and nothing 0.
    pub(crate) fn picture(self, guide: &GuideFrame) -> Plane<[f32; 3]> {
        guide.depth.map(|&depth| [self.grey(depth); 3])
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::tests::{Shown, set};
    use super::*;

    fn at(depth: impl Fn(usize) -> f32) -> GuideFrame {
        set(200, 4, |x, _| Shown { depth: depth(x), id: 1, normal: [0.0, 0.0, 1.0], light: [0.5; 3] })
    }

    fn range(frames: &[&GuideFrame]) -> DepthRange {
        let mut histogram = DepthHistogram::new();
        frames.iter().for_each(|frame| histogram.add(frame));
        histogram.range()
    }

    #[test]
    fn inverse_depth_is_what_is_stretched() {
        let range = DepthRange { near_m: 2.0, far_m: 10.0 };
        for (depth, grey) in [(1.0, 1.0), (2.0, 1.0), (10.0, 0.0), (f32::INFINITY, 0.0), (10.0 / 3.0, 0.5)] {
            assert!((range.grey(depth) - grey).abs() < 1e-6, "{depth}");
        }
    }

    #[test]
    fn limits_span_the_shot_without_its_specks() {
        let ramp = |x: usize| 2.0 + 8.0 * x as f32 / 199.0;
        let plain = range(&[&at(ramp)]);
        assert!(
            (plain.near_m / 2.0 - 1.0).abs() < 0.04 && (plain.far_m / 10.0 - 1.0).abs() < 0.01,
            "{plain:?}"
        );
        let speck = |x: usize| if x == 0 { 0.001 } else { ramp(x) };
        let specked = range(&[&at(ramp), &at(speck)]);
        assert!((specked.near_m / plain.near_m - 1.0).abs() < 0.05, "{specked:?}");
    }

    #[test]
    fn one_distance_has_one_grey_in_all_frames_of_a_shot_whatever_enters() {
        let calm = at(|x| 4.0 + x as f32 / 50.0);
        let busy = at(|x| if x < 80 { 1.0 } else { 4.0 + x as f32 / 50.0 });
        let shot = range(&[&calm, &busy]);
        assert_eq!(shot, range(&[&busy, &calm]));
        assert_eq!(shot.picture(&calm).at(150, 0), shot.picture(&busy).at(150, 0));
        assert_eq!(*shot.picture(&busy).at(10, 0), [1.0; 3]);
    }

    #[test]
    fn sky_is_black_and_what_stands_before_it_is_not() {
        let open = at(|x| if x < 100 { f32::INFINITY } else { 5.0 + x as f32 / 100.0 });
        let range = range(&[&open]);
        assert_eq!(range.far_m, f32::INFINITY);
        assert_eq!(*range.picture(&open).at(3, 0), [0.0; 3]);
        assert!(range.picture(&open).at(199, 0)[0] > 0.8);
    }

    #[test]
    fn a_lone_wall_and_an_empty_set_give_finite_greys() {
        let wall = at(|x| 3.0 + 1e-3 * (x % 2) as f32);
        let picture = range(&[&wall]).picture(&wall);
        assert!(picture.data.iter().all(|grey| grey[0] > 0.98), "{:?}", picture.at(0, 0));
        let empty = at(|_| f32::INFINITY);
        assert!(range(&[&empty]).picture(&empty).data.iter().all(|grey| *grey == [0.0; 3]));
    }
}
