//! Local means at several scales.

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// Means over 1×1, 2×2, 4×4, … pixels, `N` values at once.
pub(crate) struct Pyramid<const N: usize> {
    levels: Vec<Plane<[f32; N]>>,
}

impl<const N: usize> Pyramid<N> {
    /// `count` levels above the full one.
    pub(crate) fn new(full: Plane<[f32; N]>, count: usize) -> Self
    where
        [f32; N]: Default,
    {
        let mut levels = vec![full];
        for _ in 0..count {
            levels.push(halved(&levels[levels.len() - 1]));
        }
        Self { levels }
    }

    /// The mean over blocks of 2^`level` pixels, interpolated at the middle of pixel (`x`, `y`).
    pub(crate) fn at(&self, level: usize, x: usize, y: usize) -> [f32; N] {
        let plane = &self.levels[level];
        let side = (1 << level) as f32;
        let place = |at: usize, extent: usize| {
            let at = ((at as f32 + 0.5) / side - 0.5).clamp(0.0, (extent - 1) as f32);
            let first = at as usize;
            (first, (first + 1).min(extent - 1), at - first as f32)
        };
        let ((left, right, fx), (top, bottom, fy)) = (place(x, plane.width()), place(y, plane.height()));
        let [a, b, c, d] =
            [(left, top), (right, top), (left, bottom), (right, bottom)].map(|(x, y)| plane.at(x, y));
        std::array::from_fn(|lane| {
            let upper = a[lane] + (b[lane] - a[lane]) * fx;
            let lower = c[lane] + (d[lane] - c[lane]) * fx;
            upper + (lower - upper) * fy
        })
    }
}

/// Means of 2×2; an odd last row or column repeats.
fn halved<const N: usize>(full: &Plane<[f32; N]>) -> Plane<[f32; N]>
where
    [f32; N]: Default,
{
    let (width, height) = (full.width().div_ceil(2), full.height().div_ceil(2));
    let mut half = Plane::new(width, height);
    half.data.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let rows = [2 * y, (2 * y + 1).min(full.height() - 1)];
        for (x, value) in row.iter_mut().enumerate() {
            let columns = [2 * x, (2 * x + 1).min(full.width() - 1)];
            let four = rows.map(|y| columns.map(|x| full.at(x, y)));
            *value = std::array::from_fn(|lane| 0.25 * four.iter().flatten().map(|v| v[lane]).sum::<f32>());
        }
    });
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_keeps_the_mean_and_a_ramp_stays_a_ramp() {
        let ramp = Plane::from_vec(32, 16, (0..32 * 16).map(|i| [(i % 32) as f32]).collect()).unwrap();
        let pyramid = Pyramid::new(ramp, 3);
        for level in 0..=3 {
            assert!((pyramid.at(level, 16, 5)[0] - 16.0).abs() < 1e-4, "{level}");
        }
    }

    #[test]
    fn odd_sides_repeat_their_last_row_and_column() {
        let plane = Plane::from_vec(3, 1, vec![[1.0], [3.0], [8.0]]).unwrap();
        let half = Pyramid::new(plane, 1);
        assert_eq!([half.levels[1].data[0], half.levels[1].data[1]], [[2.0], [8.0]]);
    }
}
