//! The backdrop's own colour at every pixel, also where the person hides it.
//!
//! Light on a backdrop falls off slowly and paint has one colour. So blocks of pixels that are backdrop for certain are found,
//! a surface of second order is fitted through them without its outliers, and what still differs locally (a fold, a lamp)
//! is carried into the hidden part from around it. With a clean plate there is nothing to guess but the exposure.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::{
    Backdrop,
    backdrop::{channels, colour_difference},
    pyramid::{Known, bilinear, filled},
};

/// The backdrop alone.
pub(crate) struct Screen {
    /// Its linear colour at every pixel.
    pub color: Plane<[f32; 3]>,
    /// Standard deviation of a pixel's channel from it: the camera's noise and what the codec added.
    pub noise: f32,
    /// Share of the picture that is backdrop for certain, 0 to 1.
    pub share: f64,
}

/// Pixels across and down a block.
const BLOCK: usize = 8;
/// Least share of the picture that must be backdrop.
pub(crate) const LEAST_SHARE: f64 = 0.05;

/// A block's mean, and whether it is backdrop.
struct Blocks {
    mean: Plane<[f32; 3]>,
    spread: Plane<f32>,
}

/// Finds the backdrop of a picture.
pub(crate) fn screen(
    picture: &Plane<[f32; 3]>,
    backdrop: Backdrop,
    clean: Option<&Plane<[f32; 3]>>,
) -> Screen {
    let blocks = blocks(picture);
    let mut sure = match channels(backdrop) {
        Some(channels) => coloured(&blocks, channels),
        None => around(&blocks),
    };
    let tolerance = if channels(backdrop).is_some() { 0.35 } else { 0.12 };
    let mut smooth = Surface::default();
    for _ in 0..4 {
        smooth = Surface::through(&blocks.mean, &sure);
        let near = |i: usize| smooth.is_near(&blocks.mean, i, tolerance);
        match channels(backdrop) {
            Some(_) => sure.iter_mut().enumerate().for_each(|(i, sure)| *sure &= near(i)),
            // What lies inside the frame joins as the surface reaches it.
            None => sure.iter_mut().enumerate().for_each(|(i, sure)| *sure = near(i) && is_flat(&blocks, i)),
        }
    }
    let color = match clean {
        Some(clean) => exposed(clean, &blocks, &sure),
        None => completed(picture, &blocks, &sure, &smooth),
    };
    let noise = noise(picture, &color, &sure, blocks.mean.width());
    let share = sure.iter().filter(|&&sure| sure).count() as f64 / sure.len().max(1) as f64;
    Screen { color, noise, share }
}

fn blocks(picture: &Plane<[f32; 3]>) -> Blocks {
    let (width, height) = (picture.width().div_ceil(BLOCK), picture.height().div_ceil(BLOCK));
    let mut mean = Plane::new(width, height);
    let mut spread = Plane::new(width, height);
    let rows = mean.data.par_chunks_mut(width.max(1)).zip(spread.data.par_chunks_mut(width.max(1)));
    rows.enumerate().for_each(|(by, (means, spreads))| {
        for (bx, (mean, spread)) in means.iter_mut().zip(spreads).enumerate() {
            (*mean, *spread) = block(picture, bx * BLOCK, by * BLOCK);
        }
    });
    Blocks { mean, spread }
}

/// Mean of a block, and the standard deviation of its channels' sum over that sum.
fn block(picture: &Plane<[f32; 3]>, x: usize, y: usize) -> ([f32; 3], f32) {
    let (mut sum, mut squares, mut count) = ([0.0; 3], 0.0, 0.0);
    let columns = x..(x + BLOCK).min(picture.width());
    for row in y..(y + BLOCK).min(picture.height()) {
        for color in &picture.data[row * picture.width()..][columns.clone()] {
            (0..3).for_each(|c| sum[c] += color[c]);
            let total: f32 = color.iter().sum();
            squares += total * total;
            count += 1.0;
        }
    }
    let mean = sum.map(|s| s / count);
    let total: f32 = mean.iter().sum();
    (mean, (squares / count - total * total).max(0.0).sqrt() / total.max(1e-4))
}

/// Blocks as saturated as the screen, which is the most saturated thing of its hue that fills a part of the picture.
fn coloured(blocks: &Blocks, channels: (usize, [usize; 2])) -> Vec<bool> {
    const DARK: f32 = 0.01;
    let saturation = |color: &[f32; 3]| match color[channels.0] {
        dark if dark < DARK => 0.0,
        bright => (colour_difference(*color, channels) / bright).max(0.0),
    };
    let all: Vec<f32> = blocks.mean.data.iter().map(saturation).collect();
    let mut keyed: Vec<f32> = all.iter().copied().filter(|&s| s > 0.15).collect();
    if keyed.is_empty() {
        return vec![false; all.len()];
    }
    let typical = quantile(&mut keyed, 0.6);
    let flat = |i: usize| blocks.spread.data[i] < 0.25;
    all.iter().enumerate().map(|(i, &s)| s > 0.85 * typical && s > 0.15 && flat(i)).collect()
}

/// Blocks at the sides and the top whose colour most of them share.
fn around(blocks: &Blocks) -> Vec<bool> {
    let (width, height) = (blocks.mean.width(), blocks.mean.height());
    let border = |i: usize| i % width < 2 || i % width + 2 >= width || (i / width) < 1.min(height);
    let mut result: Vec<bool> = (0..width * height).map(|i| border(i) && is_flat(blocks, i)).collect();
    let middle: [f32; 3] = std::array::from_fn(|c| {
        let border = (0..result.len()).filter(|&i| result[i]);
        let mut values: Vec<f32> = border.map(|i| blocks.mean.data[i][c]).collect();
        quantile(&mut values, 0.5)
    });
    let near = |color: &[f32; 3]| (0..3).all(|c| (color[c] - middle[c]).abs() < 0.4 * middle[c] + 0.01);
    result.iter_mut().zip(&blocks.mean.data).for_each(|(sure, color)| *sure &= near(color));
    result
}

fn is_flat(blocks: &Blocks, i: usize) -> bool {
    blocks.spread.data[i] < 0.12
}

/// The value below which a share of the values lies; 0 of none.
pub(crate) fn quantile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f64 * share) as usize;
    *values.select_nth_unstable_by(rank, f32::total_cmp).1
}

/// Colour as a polynomial of second order in the position, channel by channel.
#[derive(Default)]
struct Surface {
    coefficients: [[f64; 6]; 3],
}

impl Surface {
    /// Least squares through the blocks that are sure.
    fn through(blocks: &Plane<[f32; 3]>, sure: &[bool]) -> Self {
        let mut matrix = [[0.0; 6]; 6];
        let mut right = [[0.0; 6]; 3];
        for (i, color) in blocks.data.iter().enumerate().filter(|&(i, _)| sure[i]) {
            let terms = terms(blocks, (i % blocks.width()) as f64, (i / blocks.width()) as f64);
            for (row, &a) in terms.iter().enumerate() {
                (0..6).for_each(|column| matrix[row][column] += a * terms[column]);
                (0..3).for_each(|c| right[c][row] += a * f64::from(color[c]));
            }
        }
        // A little weight on the coefficients keeps few or collinear blocks solvable.
        (1..6).for_each(|i| matrix[i][i] += 1e-4 * (matrix[0][0] + 1e-6));
        matrix[0][0] += 1e-9;
        Self { coefficients: right.map(|right| solved(matrix, right)) }
    }

    fn at(&self, blocks: &Plane<[f32; 3]>, x: f64, y: f64) -> [f32; 3] {
        let terms = terms(blocks, x, y);
        self.coefficients.map(|c| c.iter().zip(&terms).map(|(c, t)| c * t).sum::<f64>().max(0.0) as f32)
    }

    fn is_near(&self, blocks: &Plane<[f32; 3]>, i: usize, tolerance: f32) -> bool {
        let expected = self.at(blocks, (i % blocks.width()) as f64, (i / blocks.width()) as f64);
        let size = expected.iter().fold(0.0f32, |a, &b| a.max(b));
        (0..3).all(|c| (blocks.data[i][c] - expected[c]).abs() < tolerance * size + 0.002)
    }
}

/// 1, x, y, x², xy, y² with both sides of the picture at −1 and 1.
fn terms(blocks: &Plane<[f32; 3]>, x: f64, y: f64) -> [f64; 6] {
    let across = |at: f64, count: usize| 2.0 * at / (count.max(2) - 1) as f64 - 1.0;
    let (u, v) = (across(x, blocks.width()), across(y, blocks.height()));
    [1.0, u, v, u * u, u * v, v * v]
}

/// Gaussian elimination with pivoting.
pub(crate) fn solved<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for i in 0..N {
        let pivot = (i..N).max_by(|&a, &b| matrix[a][i].abs().total_cmp(&matrix[b][i].abs())).unwrap_or(i);
        matrix.swap(i, pivot);
        right.swap(i, pivot);
        if matrix[i][i].abs() < 1e-30 {
            return [0.0; N];
        }
        for row in i + 1..N {
            let factor = matrix[row][i] / matrix[i][i];
            let above = matrix[i];
            (i..N).for_each(|column| matrix[row][column] -= factor * above[column]);
            right[row] -= factor * right[i];
        }
    }
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|column| matrix[i][column] * right[column]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    right
}

/// The surface, and what differs from it, carried on from where it is seen.
fn completed(picture: &Plane<[f32; 3]>, blocks: &Blocks, sure: &[bool], smooth: &Surface) -> Plane<[f32; 3]> {
    let width = blocks.mean.width();
    let place = |i: usize| ((i % width) as f64, (i / width) as f64);
    let fitted = |i: usize| smooth.at(&blocks.mean, place(i).0, place(i).1);
    let mut known: Plane<Known> = Plane::new(width, blocks.mean.height());
    for (i, value) in known.data.iter_mut().enumerate().filter(|&(i, _)| sure[i]) {
        let (seen, fitted) = (blocks.mean.data[i], fitted(i));
        *value = (std::array::from_fn(|c| seen[c] - fitted[c]), 1.0);
    }
    let rest = filled(known);
    let mut coarse = rest.clone();
    for (i, color) in coarse.data.iter_mut().enumerate() {
        let fitted = fitted(i);
        *color = std::array::from_fn(|c| (fitted[c] + color[c]).max(0.0));
    }
    let mut result = Plane::new(picture.width(), picture.height());
    result.data.par_chunks_mut(picture.width().max(1)).enumerate().for_each(|(y, row)| {
        let at = |pixel: usize| (pixel as f32 + 0.5) / BLOCK as f32 - 0.5;
        row.iter_mut().enumerate().for_each(|(x, color)| *color = bilinear(&coarse, at(x), at(y)));
    });
    result
}

/// The clean plate at the plate's exposure.
fn exposed(clean: &Plane<[f32; 3]>, seen: &Blocks, sure: &[bool]) -> Plane<[f32; 3]> {
    let empty = blocks(clean);
    let gain: [f32; 3] = std::array::from_fn(|c| {
        let pairs = seen.mean.data.iter().zip(&empty.mean.data).zip(sure);
        let lit = pairs.filter(|((_, empty), sure)| **sure && empty[c] > 1e-3);
        let mut ratios: Vec<f32> = lit.map(|((seen, empty), _)| seen[c] / empty[c]).collect();
        if ratios.is_empty() { 1.0 } else { quantile(&mut ratios, 0.5) }
    });
    clean.map(|color| std::array::from_fn(|c| color[c] * gain[c]))
}

/// From the median of deviations: edges that lie in a sure block do not count.
fn noise(picture: &Plane<[f32; 3]>, screen: &Plane<[f32; 3]>, sure: &[bool], across: usize) -> f32 {
    let width = picture.width();
    let mut deviations = Vec::new();
    for (i, (seen, screen)) in picture.data.iter().zip(&screen.data).enumerate().step_by(7) {
        if sure[i / width / BLOCK * across + i % width / BLOCK] {
            deviations.extend((0..3).map(|c| (seen[c] - screen[c]).abs()));
        }
    }
    (quantile(&mut deviations, 0.8) / 1.2816).max(5e-4)
}
