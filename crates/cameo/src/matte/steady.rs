//! Mattes of neighbouring frames to one that holds still where the plate does.
//!
//! Noise makes the edge of a person who stands still crawl. Where the picture around a pixel differs between two frames by no more
//! than noise does, their alphas are two measurements of one value and are averaged; where it moved, they are not. The window
//! has as many frames before as after and no memory, so a frame is the same wherever the reading began.

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// Frames before and after that have a say.
pub const REACH: usize = 2;

/// A neighbour whose bare backdrop differs by this many times more than another's lies beyond a cut, as behind the slate.
const CUT: f32 = 3.0;

/// What of a frame its neighbours need.
pub(crate) struct Sight {
    /// Alpha before steadying.
    pub alpha: Plane<f32>,
    /// Square root of the plate's luminance: noise is about as strong in its darks as in its lights.
    pub lightness: Plane<f32>,
}

/// The alpha of `frame`, with what `others` saw where nothing moved.
pub(crate) fn steadied(frame: &Sight, others: &[&Sight]) -> Plane<f32> {
    let noises: Vec<f32> = others.iter().map(|other| noise(frame, other)).collect();
    let least = noises.iter().copied().fold(f32::INFINITY, f32::min);
    let others: Vec<(&Sight, f32)> =
        others.iter().copied().zip(noises).filter(|(_, n)| *n <= CUT * least).collect();
    let (width, height) = (frame.alpha.width(), frame.alpha.height());
    let mut result = frame.alpha.clone();
    result.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        for (x, alpha) in row.iter_mut().enumerate() {
            let i = y * width + x;
            let same = others.iter().all(|(other, _)| other.alpha.data[i] == *alpha);
            if same || x == 0 || y == 0 || x + 1 == width || y + 1 == height {
                continue;
            }
            let (mut sum, mut weight) = (*alpha, 1.0);
            for (other, noise) in &others {
                let still = stillness(&frame.lightness, &other.lightness, i, *noise);
                sum += still * other.alpha.data[i];
                weight += still;
            }
            *alpha = sum / weight;
        }
    });
    result
}

/// 1 where the 3×3 pixels around differ as noise does, 0 where by more than twice that.
fn stillness(a: &Plane<f32>, b: &Plane<f32>, i: usize, noise: f32) -> f32 {
    let width = a.width();
    let mut sum = 0.0;
    for first in [i - width - 1, i - 1, i + width - 1] {
        sum += (first..first + 3).map(|j| (a.data[j] - b.data[j]).abs()).sum::<f32>();
    }
    (2.0 - sum / (9.0 * noise)).clamp(0.0, 1.0)
}

/// What the mean of nine differences stays below where nothing moves: 1.4 times the mean difference of bare backdrop (for
/// Gaussian noise, 1.6 standard deviations of a mean of nine).
fn noise(a: &Sight, b: &Sight) -> f32 {
    let bare = |i: &usize| a.alpha.data[*i] == 0.0 && b.alpha.data[*i] == 0.0;
    let (mut sum, mut count) = (0.0f64, 0u32);
    for i in (0..a.alpha.data.len()).step_by(5).filter(bare) {
        sum += f64::from((a.lightness.data[i] - b.lightness.data[i]).abs());
        count += 1;
    }
    (1.4 * sum / f64::from(count.max(1))).max(1e-3) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(alpha: f32, lightness: impl Fn(usize) -> f32) -> Sight {
        let plane = |f: &dyn Fn(usize) -> f32| Plane::from_vec(16, 16, (0..256).map(f).collect()).unwrap();
        Sight { alpha: plane(&|i| if i % 16 < 4 { 0.0 } else { alpha }), lightness: plane(&lightness) }
    }

    #[test]
    fn still_pixels_are_averaged_and_moved_ones_are_not() {
        let now = sight(0.6, |_| 0.5);
        let before = sight(0.3, |i| if i % 16 < 10 { 0.5004 } else { 0.7 });
        let steady = steadied(&now, &[&before]);
        assert!((steady.at(7, 8) - 0.45).abs() < 1e-6, "{}", steady.at(7, 8));
        assert_eq!(*steady.at(13, 8), 0.6);
        assert_eq!(*steady.at(2, 8), 0.0);
    }

    #[test]
    fn what_lies_beyond_a_cut_has_no_say() {
        let now = sight(0.6, |_| 0.5);
        let next = sight(0.6, |_| 0.5004);
        let slate = sight(0.0, |_| 0.56);
        assert_eq!(*steadied(&now, &[&slate, &next]).at(7, 8), 0.6);
    }
}
