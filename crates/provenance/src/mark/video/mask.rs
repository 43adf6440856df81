//! A picture's luma to how strongly the mark may stand in each part of it, in large tiles and in small ones.
//!
//! How strong it has to be is known: a reader weights each part by its signal over the power around it, so the sum over all parts of
//! (strength / relief)² says how well the mark will be read. One gain for the frame brings that to what a video coder
//! leaves readable, and no higher: a calm hall needs half a code value, a meadow one and a half.
//!
//! Where it stands, the eye decides, and measures that follow it: what a part of a picture tells is the logarithm of its power (Sheikh
//! and Bovik 2006, "Image information and visual quality"), so a mark in calm parts takes least away, as long as it is not seen there.
//! Large tiles stand in calm blocks, up to a limit that rises with slope, and fade beside edges. Where they would
//! pass the limit all over, in moss and leaves, small tiles take over: those rise with slope, and spread inwards only: a
//! block is as strong as the calmest of its neighbours, or a sky would shimmer along every roof.
//!
//! The frame that opens a shot carries most: a coder writes it anew and mostly moves it about after that, and for some hundredths of
//! a second after a cut the eye sees least (Seyler and Budrikis 1965, "Detail perception after scene changes").
//!
//! Blocks shrink towards black, where displays show single code values most. One gain for all keeps the frame above 42 dB.

use rayon::prelude::*;

use super::{
    Position,
    blocks::{Blocks, least, mean},
    enlargement,
};

/// What large tiles are brought to: root mean square of strength over relief.
const COARSE_READ: f32 = 0.2;
/// More of that, as a share, for each doubling of a frame's detail beyond so many: coders are less careful with busy frames.
const BUSY_GROWTH: f32 = 0.5;
const BUSY: f32 = 3.0;
/// What small tiles are brought to, of strength over slope: in a frame without detail, and more for each doubling of its
/// detail, as coders are less careful with busy frames.
const FINE_READ: (f32, f32) = (0.14, 0.0165);
/// Shares of that, for large tiles and for small ones: in a frame that opens a shot, and in the others.
const OPENING: (f32, f32) = (1.5, 1.5);
const WITHIN: (f32, f32) = (0.86, 0.8);
/// Root mean square of large tiles at least, in code values, where no limit is met: rounding leaves little of less.
const COARSE_LEAST: f32 = 0.4;
/// Code values that coding adds to either.
const NOISE: f32 = 2.0;
/// Root mean square of large tiles at most, in code values: anywhere; and in a calm block, more for a code value of slope.
const COARSE_MOST: f32 = 2.0;
const CALM: f32 = 0.85;
const CALM_GROWTH: f32 = 0.6;
/// Slope of a block in which large tiles are half as strong, in calm frames and in busy ones.
const COARSE_SLOPE: (f32, f32) = (2.0, 4.5);
/// Shares of what they are to be brought to that large tiles reach: small tiles show below the second, wholly below the first.
const FINE_SHOWS: (f32, f32) = (0.6, 0.75);
/// Shape of small tiles: their strength in a calm block, more for a code value of slope, the slope beyond which
/// nothing is gained, and the one at which a half is enough, as so rough a block drowns them; and their gain at most.
const FLOOR: f32 = 0.8;
const GROWTH: f32 = 0.25;
const STEEPEST: f32 = 6.0;
const DROWNED: f32 = 16.0;
const FINE_MOST: f32 = 3.0;
/// Their strength in a block without slope at most: the eye finds them sooner than large ones.
const FINE_CALM: f32 = 0.4;
/// Root mean square over a frame at most: with rounding to whole code values √(1.96² + 1/12), 42.2 dB.
const FRAME_STRENGTH: f32 = 1.96;
/// Pixels of a block's side at 1280×720.
const BLOCK: f32 = 8.0;

/// Strength in code values for each layer.
pub(super) struct Mask {
    pub(super) layers: [Blocks; 2],
}

impl Mask {
    /// Of a plane of luma code values, 0–255.
    pub(super) fn new(luma: &[f32], width: usize, height: usize, position: Position) -> Self {
        let share = match position {
            Position::Opening => OPENING,
            Position::Within => WITHIN,
        };
        let looks = Looks::new(luma, width, height);
        let (coarse, reached) = looks.coarse(share.0);
        let mut layers = [coarse, looks.fine(reached, share.1)];
        limit(&mut layers);
        Self { layers }
    }
}

/// One gain for all blocks keeps the frame at or under [`FRAME_STRENGTH`].
fn limit(layers: &mut [Blocks; 2]) {
    let [coarse, fine] = layers.each_ref().map(Blocks::root_mean_square);
    let gain = (FRAME_STRENGTH / coarse.hypot(fine)).min(1.0);
    layers.iter_mut().flat_map(|layer| &mut layer.numbers).for_each(|s| *s *= gain);
}

/// What the blocks of a picture look like.
struct Looks {
    side: usize,
    columns: usize,
    rows: usize,
    blocks: Vec<Look>,
    /// Mean doublings of slope beyond noise.
    busyness: f32,
}

/// What one block looks like.
struct Look {
    /// Mean difference, in code values, over a quarter of a block.
    slope: f32,
    /// Mean code value.
    luma: f32,
    /// Share of a strength that its luma allows: a half at black, all of it from a third of white.
    visibility: f32,
}

impl Looks {
    fn new(luma: &[f32], width: usize, height: usize) -> Self {
        let side = ((BLOCK * enlargement(width, height)).round() as usize).max(2);
        let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
        let look =
            |block| Look::new(luma, width, height, block % columns * side, block / columns * side, side);
        let blocks: Vec<Look> = (0..columns * rows).into_par_iter().map(look).collect();
        let doublings: f32 = blocks.iter().map(|look| (1.0 + 0.5 * look.slope * look.slope).log2()).sum();
        Self { side, columns, rows, busyness: doublings / blocks.len() as f32, blocks }
    }

    /// Strength of large tiles at this share of what they need, and how much of what is wanted they can reach.
    fn coarse(&self, share: f32) -> (Blocks, f32) {
        let half = (self.busyness + 0.5).clamp(COARSE_SLOPE.0, COARSE_SLOPE.1);
        let shape = self.each(|look| look.visibility / (1.0 + (look.slope / half).powi(2))).smooth();
        let relief = self.relief();
        let needed = COARSE_READ * (1.0 + BUSY_GROWTH * (self.busyness - BUSY).max(0.0));
        let gain = (needed / readable(&shape, &relief)).min(COARSE_MOST);
        let most = self.each(|look| look.visibility * (CALM + CALM_GROWTH * look.slope));
        let wanted = share.max(1.0);
        let reached = readable(&shape.raised(gain, &most, wanted), &relief) / (wanted * needed);
        let mut strength = shape.raised(gain, &most, share);
        let raise = (COARSE_LEAST / strength.root_mean_square()).max(1.0);
        strength.numbers.iter_mut().for_each(|strength| *strength *= raise);
        (strength.neighbours(mean), reached)
    }

    /// Strength of small tiles at this share of what they need, where large ones can reach so much of theirs.
    fn fine(&self, reached: f32, share: f32) -> Blocks {
        let shape = self.each(|look| {
            let rising = look.visibility * (FLOOR + GROWTH * look.slope.min(STEEPEST));
            rising / (1.0 + (look.slope / DROWNED).powi(2))
        });
        let shape = shape.neighbours(least);
        let needed = FINE_READ.0 + FINE_READ.1 * self.busyness;
        let gain = (needed / readable(&shape, &self.each(|look| look.slope))).min(FINE_MOST);
        let (wholly, none) = FINE_SHOWS;
        let gain = gain * ((none - reached) / (none - wholly)).clamp(0.0, 1.0);
        let most = self.each(|look| look.visibility * (FINE_CALM + CALM_GROWTH * look.slope));
        shape.raised(gain, &most, share).neighbours(mean)
    }

    /// Root mean square, nearby, of how far blocks stand out from those around them: what a picture has at the frequencies
    /// of large tiles.
    fn relief(&self) -> Blocks {
        let luma = self.each(|look| look.luma);
        let around = luma.neighbours(mean);
        let squares = luma.numbers.iter().zip(&around.numbers).map(|(luma, around)| (luma - around).powi(2));
        let mut relief = Blocks { numbers: squares.collect(), ..luma }.smooth();
        relief.numbers.iter_mut().for_each(|square| *square = square.sqrt());
        relief
    }

    fn each(&self, number: impl Fn(&Look) -> f32) -> Blocks {
        let numbers = self.blocks.iter().map(number).collect();
        Blocks { side: self.side, columns: self.columns, rows: self.rows, numbers }
    }
}

/// Root mean square of strength over what stands in a reader's way.
fn readable(strength: &Blocks, obstacle: &Blocks) -> f32 {
    let ratios = strength.numbers.iter().zip(&obstacle.numbers).map(|(s, o)| (s / (o + NOISE)).powi(2));
    (ratios.sum::<f32>() / strength.numbers.len() as f32).sqrt().max(1e-6)
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
        let luma = sum / count;
        Self { slope: 0.5 * slope / count, luma, visibility: (0.5 + luma / 160.0).min(1.0) }
    }
}
