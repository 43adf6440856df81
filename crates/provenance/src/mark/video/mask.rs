//! A picture's luma to how strongly the mark may stand in each part of it, in large tiles and in small ones.
//!
//! How strong it has to be is known: a reader weights each part by its signal over the power around it, so the sum over all parts of
//! (strength / slope)² says how well the mark will be read. One gain for the frame brings that to what a video coder
//! leaves readable, and no higher: a calm hall needs half a code value, a meadow one and a half.
//!
//! Where it stands, the eye decides, and measures that follow it: what a part of a picture tells is the logarithm of its power (Sheikh
//! and Bovik 2006, "Image information and visual quality"), so a mark in calm parts takes least away, as long as it is not seen there.
//! Large tiles stand in calm blocks, up to a limit that rises with slope, and fade beside edges. Where they would
//! pass the limit all over, in moss and leaves, small tiles take over: those rise with slope, and spread inwards only: a
//! block is as strong as the calmest of its neighbours, or a sky would shimmer along every roof.
//!
//! Blocks shrink towards black, where displays show single code values most. One gain for all keeps the frame above 42 dB.

use rayon::prelude::*;

use super::enlargement;

/// What large tiles are brought to: root mean square of strength over slope, in a frame without detail and more for each
/// doubling of its detail, as coders are less careful with busy frames.
const COARSE_READ: (f32, f32) = (0.175, 0.04);
/// The same of small tiles.
const FINE_READ: (f32, f32) = (0.105, 0.012);
/// Code values of slope that noise and coding add to a block's own.
const NOISE: f32 = 2.0;
/// Root mean square of large tiles at most, in code values: anywhere; and in a calm block, more for a code value of slope.
const COARSE_MOST: f32 = 1.7;
const CALM: f32 = 0.85;
const CALM_GROWTH: f32 = 0.4;
/// Slope of a block in which large tiles are half as strong, in calm frames and in busy ones.
const COARSE_SLOPE: (f32, f32) = (2.0, 4.5);
/// Small tiles take over where large ones would need this many times [`COARSE_MOST`].
const FINE_SHOWS: (f32, f32) = (1.5, 1.8);
/// Shape of small tiles: their strength in a calm block, more for a code value of slope, and the slope beyond which
/// nothing is gained; and their gain at most.
const FLOOR: f32 = 0.8;
const GROWTH: f32 = 0.25;
const STEEPEST: f32 = 6.0;
const FINE_MOST: f32 = 2.0;
/// Root mean square over a frame at most: with rounding to whole code values √(1.96² + 1/12), 42.2 dB.
const FRAME_STRENGTH: f32 = 1.96;
/// Pixels of a block's side at 1280×720.
const BLOCK: f32 = 8.0;

/// Strength in code values for each layer.
pub(super) struct Mask {
    pub(super) layers: [Strength; 2],
}

/// Strength, on a grid of blocks.
pub(super) struct Strength {
    side: usize,
    columns: usize,
    rows: usize,
    blocks: Vec<f32>,
}

/// What a block looks like.
struct Look {
    /// Mean difference, in code values, over a quarter of a block: the slope of the frequencies that the mark has.
    slope: f32,
    /// Strength that its luma allows: a half at black, all of it from a third of white.
    visibility: f32,
}

impl Mask {
    /// Of a plane of luma code values, 0–255.
    pub(super) fn new(luma: &[f32], width: usize, height: usize) -> Self {
        let side = ((BLOCK * enlargement(width, height)).round() as usize).max(2);
        let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
        let looks: Vec<Look> = (0..columns * rows)
            .into_par_iter()
            .map(|block| Look::new(luma, width, height, block % columns * side, block / columns * side, side))
            .collect();
        let mut layers = layers(&looks, side, columns, rows);
        limit(&mut layers);
        Self { layers }
    }
}

/// Large tiles and small ones, before the frame's limit.
fn layers(looks: &[Look], side: usize, columns: usize, rows: usize) -> [Strength; 2] {
    let grid = |block: &dyn Fn(&Look) -> f32| Strength {
        side,
        columns,
        rows,
        blocks: looks.iter().map(|look| look.visibility * block(look)).collect(),
    };
    let doublings = looks.iter().map(|look| (1.0 + 0.5 * look.slope * look.slope).log2()).sum::<f32>();
    let busyness = doublings / looks.len() as f32;
    let gain = |(base, growth): (f32, f32), shape: &Strength| {
        let readable = shape.blocks.iter().zip(looks).map(|(s, look)| (s / (look.slope + NOISE)).powi(2));
        (base + growth * busyness) / (readable.sum::<f32>() / looks.len() as f32).sqrt().max(1e-6)
    };

    let half = (busyness + 0.5).clamp(COARSE_SLOPE.0, COARSE_SLOPE.1);
    let mut coarse =
        grid(&|look| 1.0 / (1.0 + (look.slope / half).powi(2))).neighbours(mean).neighbours(mean);
    let wanted = gain(COARSE_READ, &coarse);
    let most = grid(&|look| CALM + CALM_GROWTH * look.slope);
    for (strength, most) in coarse.blocks.iter_mut().zip(&most.blocks) {
        *strength = (*strength * wanted.min(COARSE_MOST)).min(*most);
    }

    let shape = grid(&|look| FLOOR + GROWTH * look.slope.min(STEEPEST));
    let mut fine = shape.neighbours(calmest).neighbours(mean);
    let shows = (wanted / COARSE_MOST - FINE_SHOWS.0) / (FINE_SHOWS.1 - FINE_SHOWS.0);
    let wanted = gain(FINE_READ, &fine).min(FINE_MOST) * shows.clamp(0.0, 1.0);
    fine.blocks.iter_mut().for_each(|strength| *strength *= wanted);
    [coarse.neighbours(mean), fine]
}

fn mean(all: &[f32]) -> f32 {
    all.iter().sum::<f32>() / all.len() as f32
}

fn calmest(all: &[f32]) -> f32 {
    all.iter().copied().fold(f32::INFINITY, f32::min)
}

/// One gain for all blocks keeps the frame at or under [`FRAME_STRENGTH`].
fn limit(layers: &mut [Strength; 2]) {
    let count = layers[0].blocks.len().max(1) as f32;
    let power: f32 = layers.iter().flat_map(|layer| &layer.blocks).map(|s| s * s).sum();
    let gain = (FRAME_STRENGTH / (power / count).sqrt().max(1e-6)).min(1.0);
    layers.iter_mut().flat_map(|layer| &mut layer.blocks).for_each(|s| *s *= gain);
}

impl Strength {
    /// Every block's 3×3 neighbourhood, cut at the border, as one number.
    fn neighbours(&self, summary: impl Fn(&[f32]) -> f32) -> Self {
        let mut all = Vec::with_capacity(9);
        let near = |i: usize, end: usize| i.saturating_sub(1)..(i + 2).min(end);
        let blocks = (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (row, column)));
        let blocks = blocks
            .map(|(row, column)| {
                all.clear();
                for y in near(row, self.rows) {
                    all.extend_from_slice(&self.blocks[y * self.columns..][near(column, self.columns)]);
                }
                summary(&all)
            })
            .collect();
        Self { blocks, ..*self }
    }

    /// Multiplies a row of pixels by the strength at each, straight between the centres of blocks.
    pub(super) fn scale_row(&self, y: usize, row: &mut [f32], between: &mut Vec<f32>) {
        let (above, weight) = self.place(y, self.rows);
        let line = |row: usize| &self.blocks[row.min(self.rows - 1) * self.columns..][..self.columns];
        between.clear();
        between.extend(line(above).iter().zip(line(above + 1)).map(|(a, b)| a + weight * (b - a)));
        between.extend_from_within(self.columns - 1..);
        for (x, pixel) in row.iter_mut().enumerate() {
            let (left, weight) = self.place(x, self.columns);
            *pixel *= between[left] + weight * (between[left + 1] - between[left]);
        }
    }

    /// The block whose centre lies before a pixel's, and how far the pixel is behind in blocks.
    fn place(&self, pixel: usize, blocks: usize) -> (usize, f32) {
        let blocks_in = ((pixel as f32 + 0.5) / self.side as f32 - 0.5).clamp(0.0, (blocks - 1) as f32);
        (blocks_in as usize, blocks_in - (blocks_in as usize) as f32)
    }
}

impl Look {
    /// Of the block whose corner is at `x`, `y`.
    fn new(luma: &[f32], width: usize, height: usize, x: usize, y: usize, side: usize) -> Self {
        let step = (side / 4).max(1);
        let (mut slope, mut sum, mut count) = (0.0, 0.0, 0.0);
        for y in y..(y + side).min(height) {
            let (row, below) =
                (&luma[y * width..][..width], &luma[(y + step).min(height - 1) * width..][..width]);
            for x in x..(x + side).min(width) {
                slope += (row[(x + step).min(width - 1)] - row[x]).abs() + (below[x] - row[x]).abs();
                sum += row[x];
                count += 1.0;
            }
        }
        Self { slope: 0.5 * slope / count, visibility: (0.5 + sum / count / 160.0).min(1.0) }
    }
}
