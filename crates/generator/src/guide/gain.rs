//! The gain that takes one picture's low frequencies to another's, thing by thing.
//!
//! Both pictures are blurred within each thing, so that nothing bleeds across an outline, and divided. Blurring happens in
//! cells of a coarse grid, one grid a thing: light goes into the four nearest cells, the cells are blurred, and a pixel
//! interpolates between them, which is nearly a Gaussian of a twelfth of the picture's shorter side. What is blurred is the
//! cube root of light, as the eye sees it: the mean of light itself would be ruled by a few bright specks, and the mean of its
//! logarithm by black.
//!
//! A thing too small to have low frequencies of its own takes the gain of all around it; between the two the change is smooth,
//! so that nothing pops as it comes nearer.

use std::collections::{BTreeMap, BTreeSet};

use maquette_conditioning::Plane;

/// Cells along the picture's shorter side. A cell is 0.87 standard deviations of the blur.
const CELLS: f32 = 14.0;
/// The share of the blur's weight at which a thing's own gain counts as much as that of all around it.
const OWN_HALF: f32 = 0.05;
/// A mean cube root below this is black and gives no gain.
const BLACK: f32 = 0.004;

/// Which thing each pixel shows, counted from 0.
pub(super) struct Things {
    of: Vec<usize>,
    count: usize,
}

impl Things {
    /// The things that have a pixel in `ids`.
    pub(super) fn new(ids: &Plane<u32>) -> Self {
        let seen: BTreeSet<u32> = ids.data.iter().copied().collect();
        let numbers: BTreeMap<u32, usize> = seen.into_iter().zip(0..).collect();
        Self { of: ids.data.iter().map(|id| numbers[id]).collect(), count: numbers.len() }
    }
}

/// The natural logarithm of the gain a channel that takes `from` to `to` at low frequencies, within `things`. All three have one
/// size; both pictures are cube roots of light, ≥ 0, and so is what the gain applies to.
pub(super) fn log_gain(from: &Plane<[f32; 3]>, to: &Plane<[f32; 3]>, things: &Things) -> Plane<[f32; 3]> {
    let mut everything = Cells::new(from.width(), from.height());
    let mut each: Vec<Cells> = (0..things.count).map(|_| Cells::new(from.width(), from.height())).collect();
    for (i, (&[a, b, c], &[d, e, f])) in from.data.iter().zip(&to.data).enumerate() {
        let lanes = [1.0, a, b, c, d, e, f];
        everything.add(i, lanes);
        each[things.of[i]].add(i, lanes);
    }
    everything.blur();
    each.iter_mut().for_each(Cells::blur);
    let mut pixels = things.of.iter().enumerate();
    from.map(|_| {
        let Some((i, &thing)) = pixels.next() else { return [0.0; 3] };
        let (all, own) = (everything.at(i), each[thing].at(i));
        let weight = (own[0] / all[0]).powi(2);
        let share = weight / (weight + OWN_HALF * OWN_HALF);
        std::array::from_fn(|channel| {
            let (own, all) = (log_ratio(own, channel), log_ratio(all, channel));
            all + (own - all) * share
        })
    })
}

/// Weight, `from` and `to`.
type Lanes = [f32; 7];

fn log_ratio(lanes: Lanes, channel: usize) -> f32 {
    let floor = BLACK * lanes[0];
    ((lanes[4 + channel] + floor) / (lanes[1 + channel] + floor)).ln()
}

/// Sums on a coarse grid whose points lie on the picture's corners.
struct Cells {
    picture_width: usize,
    /// Cells a pixel.
    scale: f32,
    columns: usize,
    sums: Vec<Lanes>,
}

impl Cells {
    fn new(width: usize, height: usize) -> Self {
        let scale = CELLS / width.min(height) as f32;
        let points = |pixels: usize| (pixels as f32 * scale).ceil() as usize + 1;
        let columns = points(width);
        Self { picture_width: width, scale, columns, sums: vec![[0.0; 7]; columns * points(height)] }
    }

    /// The four points around the middle of pixel `i` and their weights.
    fn around(&self, i: usize) -> [(usize, f32); 4] {
        let place = |pixel: usize| {
            let at = (pixel as f32 + 0.5) * self.scale;
            (at as usize, at.fract())
        };
        let ((column, x), (row, y)) = (place(i % self.picture_width), place(i / self.picture_width));
        let first = row * self.columns + column;
        let below = first + self.columns;
        let corners = [(first, (1.0 - x) * (1.0 - y)), (first + 1, x * (1.0 - y)), (below, (1.0 - x) * y)];
        [corners[0], corners[1], corners[2], (below + 1, x * y)]
    }

    fn add(&mut self, i: usize, lanes: Lanes) {
        for (point, weight) in self.around(i) {
            self.sums[point].iter_mut().zip(lanes).for_each(|(sum, value)| *sum += weight * value);
        }
    }

    fn at(&self, i: usize) -> Lanes {
        let around = self.around(i);
        std::array::from_fn(|lane| {
            around.iter().map(|&(point, weight)| weight * self.sums[point][lane]).sum()
        })
    }

    /// Along rows and columns by 1 4 6 4 1, a Gaussian of one cell. Nothing comes from beyond the picture; that is no matter, as
    /// only quotients are used.
    fn blur(&mut self) {
        let rows = self.sums.len() / self.columns;
        for row in 0..rows {
            self.blur_line(row * self.columns, 1, self.columns);
        }
        for column in 0..self.columns {
            self.blur_line(column, self.columns, rows);
        }
    }

    fn blur_line(&mut self, first: usize, stride: usize, count: usize) {
        let line: Vec<Lanes> = (0..count).map(|at| self.sums[first + at * stride]).collect();
        for at in 0..count {
            let mut sum = [0.0; 7];
            for (tap, weight) in [1.0, 4.0, 6.0, 4.0, 1.0].into_iter().enumerate() {
                if let Some(lanes) = (at + tap).checked_sub(2).and_then(|from| line.get(from)) {
                    sum.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum += weight * lane);
                }
            }
            self.sums[first + at * stride] = sum;
        }
    }
}
