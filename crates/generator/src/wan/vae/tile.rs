//! A picture too large for memory in overlapping tiles, each blended into the last.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

#[cfg(test)]
use crate::Error;

/// Square tiles of a video that is encoded or decoded in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tiling {
    /// Pixels along a tile's side. Default 256. Larger tiles see more around them, and need memory with their area.
    side: usize,
    /// Pixels from a tile to the next. Default 192; tiles blend over the rest.
    stride: usize,
}

/// A tile's side and the distance to the next, before and after it is encoded or decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) side: usize,
    pub(super) stride: usize,
    pub(super) result_side: usize,
    pub(super) result_stride: usize,
}

impl Default for Tiling {
    fn default() -> Self {
        Self { side: 256, stride: 192 }
    }
}

impl Tiling {
    /// Tiles of `side` pixels, `stride` from each other: whole multiples of the autoencoder's scale (8), the latter
    /// smaller than and at least half the former.
    #[cfg(test)]
    pub(crate) fn new(side: usize, stride: usize, scale: usize) -> Result<Self, Error> {
        let whole = side.is_multiple_of(scale) && stride.is_multiple_of(scale);
        if whole && stride < side && 2 * stride >= side {
            return Ok(Self { side, stride });
        }
        let problem = format!(
            "tiles of {side} pixels every {stride}: both must be multiples of {scale}, and the second from half the first to below it"
        );
        Err(Error::Config { file: "of the tiles".into(), problem })
    }

    /// Pixels along a tile's side.
    pub(crate) fn side(self) -> usize {
        self.side
    }

    /// Of pixels to latents.
    pub(super) fn encoding(self, scale: usize) -> Grid {
        let Self { side, stride } = self;
        Grid { side, stride, result_side: side / scale, result_stride: stride / scale }
    }

    /// Of latents to pixels.
    pub(super) fn decoding(self, scale: usize) -> Grid {
        let Self { side, stride } = self;
        Grid { side: side / scale, stride: stride / scale, result_side: side, result_stride: stride }
    }
}

/// Runs `run` over tiles, rows and columns each, of a picture of this height and width, and joins the results, each tile's upper and left margin going over from its neighbours
/// linearly, as in diffusers' `tiled_decode`. Holds one tile's result, a row of tiles' lower margins, and the whole
/// result.
pub(super) fn tiled<B: Backend>(
    [height, width]: [usize; 2],
    grid: Grid,
    mut run: impl FnMut(Range<usize>, Range<usize>) -> Tensor<B, 4>,
) -> Tensor<B, 4> {
    let margin = grid.result_side - grid.result_stride;
    let mut rows = Vec::new();
    let mut above: Vec<Tensor<B, 4>> = Vec::new();
    for top in (0..height).step_by(grid.stride) {
        let down = top..height.min(top + grid.side);
        let (mut row, mut lower, mut left) = (Vec::new(), Vec::new(), None);
        for (index, start) in (0..width).step_by(grid.stride).enumerate() {
            let mut tile = run(down.clone(), start..width.min(start + grid.side));
            if let Some(above) = above.get(index) {
                tile = blend(above.clone(), tile, 2);
            }
            if let Some(left) = left {
                tile = blend(left, tile, 3);
            }
            left = Some(end_of(&tile, 3, margin));
            lower.push(end_of(&tile, 2, margin));
            row.push(start_of(start_of(tile, 2, grid.result_stride), 3, grid.result_stride));
        }
        above = lower;
        rows.push(Tensor::cat(row, 3));
    }
    Tensor::cat(rows, 2)
}

/// The tile with its first rows or columns (axis 2 or 3) going over from the end of the tile before it.
fn blend<B: Backend>(before: Tensor<B, 4>, tile: Tensor<B, 4>, axis: usize) -> Tensor<B, 4> {
    let (known, length) = (before.dims()[axis], tile.dims()[axis]);
    let margin = known.min(length);
    let mut shape = [1; 4];
    shape[axis] = margin;
    let weights = Tensor::<B, 1, Int>::arange(0..margin as i64, &tile.device()).float() / margin as f64;
    let weights = weights.cast(before.dtype()).reshape(shape);
    let before = before.narrow(axis, known - margin, margin);
    let first = tile.clone().narrow(axis, 0, margin);
    let first = before.clone() + (first - before) * weights;
    if margin == length {
        return first;
    }
    Tensor::cat(vec![first, tile.narrow(axis, margin, length - margin)], axis)
}

/// The first `count` rows or columns, or all.
fn start_of<B: Backend>(tile: Tensor<B, 4>, axis: usize, count: usize) -> Tensor<B, 4> {
    let count = count.min(tile.dims()[axis]);
    tile.narrow(axis, 0, count)
}

/// The last `count` rows or columns, or all.
fn end_of<B: Backend>(tile: &Tensor<B, 4>, axis: usize, count: usize) -> Tensor<B, 4> {
    let length = tile.dims()[axis];
    let count = count.min(length);
    tile.clone().narrow(axis, length - count, count)
}
