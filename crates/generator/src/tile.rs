//! Cuts a picture into tiles that the network can take one after the other.
//!
//! A pixel of the network's result depends on the pixels up to half its receptive field away, 87 or 101 of them, so
//! tiles overlap by that and what lies in the overlap is thrown away. Tiles start at multiples of 64, where the
//! convolution's own tiles (4×4) of the coarsest level (16×16) start in the whole picture too; so a tiled picture
//! is the same as an untiled one, not just a similar one.

use std::ops::Range;

/// The coarsest level has one value for 16×16 pixels.
pub(crate) const ALIGNMENT: usize = 16;
/// Four pixels of the coarsest level.
const GRID: usize = 4 * ALIGNMENT;

/// A part of the picture that goes through the network by itself, in the picture's pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tile {
    /// What the network sees.
    pub(crate) input: [Range<usize>; 2],
    /// What is kept of its result; x, then y, as in `input`.
    pub(crate) keep: [Range<usize>; 2],
}

impl Tile {
    /// The size the network works on: width and height, padded at the right and the bottom.
    pub(crate) fn padded(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.input[axis].len().next_multiple_of(ALIGNMENT))
    }
}

/// The tiles of a picture, row by row. Each has at most `max_pixels` padded pixels, unless that is less than
/// what the overlap alone needs.
pub(crate) fn tiles(width: usize, height: usize, max_pixels: usize, receptive_field: usize) -> Vec<Tile> {
    let overlap = (receptive_field / 2).next_multiple_of(GRID);
    let [columns, rows] = counts(width, height, max_pixels, overlap);
    let columns = spans(width, columns, overlap);
    let rows = spans(height, rows, overlap);
    let pairs = rows.iter().flat_map(|row| columns.iter().map(move |column| (column, row)));
    pairs
        .map(|(column, row)| Tile {
            input: [column.0.clone(), row.0.clone()],
            keep: [column.1.clone(), row.1.clone()],
        })
        .collect()
}

/// How many tiles across and down.
fn counts(width: usize, height: usize, max_pixels: usize, overlap: usize) -> [usize; 2] {
    let extents = [width, height];
    let mut counts = [1, 1];
    loop {
        let sides = [0, 1].map(|axis| side(extents[axis], counts[axis], overlap));
        let divisible = [0, 1].map(|axis| core(extents[axis], counts[axis]) > GRID);
        if sides[0] * sides[1] <= max_pixels || divisible == [false, false] {
            return counts;
        }
        let across = divisible[0] && (sides[0] >= sides[1] || !divisible[1]);
        counts[usize::from(!across)] += 1;
    }
}

/// The pixels each of `count` tiles keeps along an axis; the last one may keep fewer.
fn core(extent: usize, count: usize) -> usize {
    extent.div_ceil(count).next_multiple_of(GRID)
}

/// The longest padded side among `count` tiles.
fn side(extent: usize, count: usize, overlap: usize) -> usize {
    let overlaps = (count - 1).min(2);
    (core(extent, count) + overlaps * overlap).min(extent.next_multiple_of(ALIGNMENT))
}

/// Input and kept pixels of each tile along an axis.
fn spans(extent: usize, count: usize, overlap: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let core = core(extent, count);
    (0..extent)
        .step_by(core)
        .map(|start| {
            let keep = start..(start + core).min(extent);
            (keep.start.saturating_sub(overlap)..(keep.end + overlap).min(extent), keep)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_kept_exactly_once_and_no_tile_exceeds_the_limit() {
        for (width, height, limit) in
            [(1, 1, 1 << 21), (3840, 2160, 1 << 21), (700, 300, 120_000), (999, 17, 12_000)]
        {
            let mut kept = vec![0u8; width * height];
            for tile in tiles(width, height, limit, 174) {
                let [padded_width, padded_height] = tile.padded();
                assert!(padded_width * padded_height <= limit, "{tile:?}");
                for y in tile.keep[1].clone() {
                    kept[y * width..][tile.keep[0].clone()].iter_mut().for_each(|count| *count += 1);
                }
            }
            assert!(kept.iter().all(|&count| count == 1), "{width}×{height}");
        }
    }

    #[test]
    fn tiles_start_on_the_coarsest_grid_and_see_half_the_receptive_field() {
        for receptive_field in [174, 202] {
            for tile in tiles(2500, 1700, 500_000, receptive_field) {
                for (axis, extent) in [2500, 1700].into_iter().enumerate() {
                    let (input, keep) = (&tile.input[axis], &tile.keep[axis]);
                    assert_eq!(input.start % 64, 0);
                    assert!(input.start == 0 || keep.start - input.start >= receptive_field / 2);
                    assert!(input.end == extent || input.end - keep.end >= receptive_field / 2);
                }
            }
        }
    }

    #[test]
    fn a_limit_below_the_overlap_still_ends() {
        assert!(!tiles(400, 400, 1, 174).is_empty());
    }
}
