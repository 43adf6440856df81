//! A picture's luma to how strongly the mark may stand in each part of it.
//!
//! The eye sees a pattern of a few cycles a degree least where the picture itself is busy. So strength rises with the mean
//! slope of a block, but spreads inwards only: a block is as strong as the calmest of its neighbours, or a sky would
//! shimmer along every roof. Blocks shrink it towards black, where displays show single code values most. One gain for
//! the frame keeps it above 42 dB.
//!
//! It rises little, because a reader learns most from calm blocks: there nothing else is in the way. Of two frames at 42 dB,
//! the one that is marked evenly reads at z = 27 after H.264 where the one marked by its texture does not read at all.

/// Code values in a calm, mid-grey block, root mean square: below 0.8 a video coder removes it from more shots than one in ten, at
/// 1.5 it is seen in skies and on smooth walls.
const FLOOR: f32 = 0.8;
/// More of them for a code value of mean slope.
const GROWTH: f32 = 0.35;
/// Slope beyond which nothing is gained.
const STEEPEST: f32 = 4.0;
/// Root mean square over a frame at most: with rounding to whole code values √(1.96² + 1/12), 42.2 dB.
const FRAME_STRENGTH: f32 = 1.96;
/// Blocks in a tile's side: 8 pixels at 1280×720.
const BLOCKS_A_TILE: f32 = 32.0;

/// Strength in code values, on a grid of blocks.
pub(super) struct Mask {
    side: usize,
    columns: usize,
    rows: usize,
    strength: Vec<f32>,
}

impl Mask {
    /// Of a plane of luma code values, 0–255. `period` is the tile's side in pixels.
    pub(super) fn new(luma: &[f32], width: usize, height: usize, period: f32) -> Self {
        let side = ((period / BLOCKS_A_TILE).round() as usize).max(2);
        let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
        let mut mask = Self { side, columns, rows, strength: Vec::with_capacity(columns * rows) };
        for block in 0..columns * rows {
            let (x, y) = (block % columns * side, block / columns * side);
            mask.strength.push(block_strength(luma, width, height, x, y, side));
        }
        let calmest = mask.neighbours(|all| all.iter().copied().fold(f32::INFINITY, f32::min));
        mask.strength = calmest;
        mask.strength = mask.neighbours(|all| all.iter().sum::<f32>() / all.len() as f32);
        mask.limit();
        mask
    }

    /// One gain for all blocks keeps the frame at or under [`FRAME_STRENGTH`].
    fn limit(&mut self) {
        let power: f32 = self.strength.iter().map(|s| s * s).sum();
        let rms = (power / self.strength.len().max(1) as f32).sqrt();
        let gain = (FRAME_STRENGTH / rms.max(1e-6)).min(1.0);
        self.strength.iter_mut().for_each(|s| *s *= gain);
    }

    /// Every block's 3×3 neighbourhood, cut at the border, as one number.
    fn neighbours(&self, summary: impl Fn(&[f32]) -> f32) -> Vec<f32> {
        let mut all = Vec::with_capacity(9);
        let near = |i: usize, end: usize| i.saturating_sub(1)..(i + 2).min(end);
        let blocks = (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (row, column)));
        blocks
            .map(|(row, column)| {
                all.clear();
                for y in near(row, self.rows) {
                    all.extend_from_slice(&self.strength[y * self.columns..][near(column, self.columns)]);
                }
                summary(&all)
            })
            .collect()
    }

    /// Multiplies a row of pixels by the strength at each, straight between the centres of blocks.
    pub(super) fn scale_row(&self, y: usize, row: &mut [f32], between: &mut Vec<f32>) {
        let (above, weight) = self.place(y, self.rows);
        let line = |row: usize| &self.strength[row.min(self.rows - 1) * self.columns..][..self.columns];
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

/// Strength by the block's own slope and luma.
fn block_strength(luma: &[f32], width: usize, height: usize, x: usize, y: usize, side: usize) -> f32 {
    // A quarter of a block apart: slopes of the frequencies that the mark has.
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
    let (slope, mean) = (0.5 * slope / count, sum / count);
    (FLOOR + GROWTH * slope.min(STEEPEST)) * visibility(mean)
}

/// Less towards black: a half at black, all of it from a third of white.
fn visibility(luma: f32) -> f32 {
    (0.5 + luma / 160.0).min(1.0)
}
