//! Many frames to one picture: a grid of thumbnails to see a shot at a glance.

use std::path::Path;

use maquette_conditioning::Plane;

use crate::{
    Error,
    grade::Image8,
    png::write_png,
    transfer::{linear_from_srgb, srgb_from_linear},
};

/// How a contact sheet is laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    /// Thumbnails a row, at least 1; default 4.
    pub columns: usize,
    /// Width of a thumbnail in pixels; default 320. Smaller frames are not enlarged.
    pub thumbnail_width: usize,
    /// Pixels between thumbnails and around them; default 4.
    pub gap: usize,
}

impl Default for Sheet {
    fn default() -> Self {
        Self { columns: 4, thumbnail_width: 320, gap: 4 }
    }
}

/// sRGB code values between the thumbnails.
const GROUND: [u8; 3] = [24; 3];
/// The largest sheet, in pixels.
const MAX_PIXELS: usize = 1 << 27;

/// Writes a [`contact_sheet`] as PNG.
pub fn write_contact_sheet(path: &Path, frames: &[Image8], sheet: Sheet) -> Result<(), Error> {
    if frames.is_empty() {
        return Err(Error::NoFrames { path: path.to_owned() });
    }
    let (width, height) = sheet_size(frames, sheet);
    let pixels = width.saturating_mul(height);
    if pixels > MAX_PIXELS {
        let (value, limit) = (pixels as u64, MAX_PIXELS as u64);
        return Err(Error::Limit { path: path.to_owned(), field: "pixels of the sheet", value, limit });
    }
    write_png(path, &contact_sheet(frames, sheet))
}

/// Thumbnails row by row in order of the frames; each is averaged in linear light.
pub fn contact_sheet(frames: &[Image8], sheet: Sheet) -> Image8 {
    let (width, height) = sheet_size(frames, sheet);
    let cell = cell_size(frames, sheet);
    let mut picture = Plane::new(width, height).map(|_: &[u8; 3]| GROUND);
    for (index, frame) in frames.iter().enumerate() {
        let (column, row) = (index % sheet.columns.max(1), index / sheet.columns.max(1));
        let left = sheet.gap + column * (cell.0 + sheet.gap);
        let top = sheet.gap + row * (cell.1 + sheet.gap);
        let thumbnail = thumbnail(frame, sheet.thumbnail_width);
        for y in 0..thumbnail.height() {
            let from = y * thumbnail.width();
            let to = (top + y) * width + left;
            picture.data[to..to + thumbnail.width()]
                .copy_from_slice(&thumbnail.data[from..from + thumbnail.width()]);
        }
    }
    picture
}

fn sheet_size(frames: &[Image8], sheet: Sheet) -> (usize, usize) {
    let cell = cell_size(frames, sheet);
    let columns = sheet.columns.max(1).min(frames.len().max(1));
    let rows = frames.len().div_ceil(columns);
    (sheet.gap + columns * (cell.0 + sheet.gap), sheet.gap + rows * (cell.1 + sheet.gap))
}

/// Room for the largest thumbnail.
fn cell_size(frames: &[Image8], sheet: Sheet) -> (usize, usize) {
    let sizes = frames.iter().map(|frame| thumbnail_size(frame, sheet.thumbnail_width));
    sizes.fold((0, 0), |most, size| (most.0.max(size.0), most.1.max(size.1)))
}

fn thumbnail_size(frame: &Image8, width: usize) -> (usize, usize) {
    let (w, h) = (frame.width(), frame.height());
    let width = width.clamp(1, w.max(1)).min(w);
    if w == 0 { (0, 0) } else { (width, (h * width).div_ceil(w)) }
}

/// Shrinks by averaging the area each small pixel covers.
fn thumbnail(frame: &Image8, width: usize) -> Image8 {
    let (width, height) = thumbnail_size(frame, width);
    let mut linear = [0.0; 256];
    linear.iter_mut().enumerate().for_each(|(code, value)| *value = linear_from_srgb(code as f32 / 255.0));
    let columns = coverage(frame.width(), width);
    let rows = coverage(frame.height(), height);
    let mut small = Image8::new(width, height);
    for (pixel, code) in small.data.iter_mut().enumerate() {
        let mut sum = [0.0f32; 3];
        for &(y, share_y) in &rows[pixel / width] {
            for &(x, share_x) in &columns[pixel % width] {
                let share = share_x * share_y;
                let source = frame.at(x, y);
                (0..3).for_each(|channel| sum[channel] += share * linear[usize::from(source[channel])]);
            }
        }
        *code = sum.map(|value| (255.0 * srgb_from_linear(value)).round() as u8);
    }
    small
}

/// For each of `to` equal parts of a line of `from` pixels: the pixels it covers and their shares, which add up to 1.
fn coverage(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let scale = from as f64 / to.max(1) as f64;
    let part = |index: usize| {
        let (start, end) = (index as f64 * scale, ((index + 1) as f64 * scale).min(from as f64));
        let pixels = start.floor() as usize..(end.ceil() as usize).min(from);
        pixels
            .map(|pixel| {
                let covered = end.min(pixel as f64 + 1.0) - start.max(pixel as f64);
                (pixel, (covered / (end - start)) as f32)
            })
            .collect()
    };
    (0..to).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(width: usize, height: usize, color: [u8; 3]) -> Image8 {
        Image8::new(width, height).map(|_| color)
    }

    #[test]
    fn thumbnails_stand_in_order_with_gaps() {
        let frames: Vec<_> = (0..5).map(|i| flat(64, 32, [50 * i, 0, 255])).collect();
        let sheet = contact_sheet(&frames, Sheet { columns: 3, thumbnail_width: 16, gap: 2 });
        assert_eq!((sheet.width(), sheet.height()), (2 + 3 * 18, 2 + 2 * 10));
        for (index, (x, y)) in [(2, 2), (20, 2), (38, 2), (2, 12), (20, 12)].into_iter().enumerate() {
            for (dx, dy) in [(0, 0), (15, 0), (0, 7), (15, 7)] {
                assert_eq!(*sheet.at(x + dx, y + dy), [50 * index as u8, 0, 255]);
            }
        }
        for (x, y) in [(1, 1), (18, 3), (19, 3), (5, 10), (40, 13)] {
            assert_eq!(*sheet.at(x, y), GROUND, "{x} {y}");
        }
    }

    #[test]
    fn averaging_happens_in_linear_light() {
        let data = (0..64).map(|i| [[0u8; 3], [255; 3]][(i % 8 + i / 8) % 2]).collect();
        let board = Plane::from_vec(8, 8, data).unwrap();
        // Half the light is code value 188, not 128.
        assert!(thumbnail(&board, 4).data.iter().all(|&code| code == [188; 3]));
    }

    #[test]
    fn uneven_shrinking_keeps_flat_colour_and_mean_light() {
        assert!(thumbnail(&flat(37, 23, [7, 130, 251]), 10).data.iter().all(|&c| c == [7, 130, 251]));
        for (from, to) in [(37, 10), (10, 10), (1000, 7), (3, 2)] {
            let mut shares = vec![0.0; from];
            for (pixel, share) in coverage(from, to).into_iter().flatten() {
                shares[pixel] += share * from as f32 / to as f32;
            }
            assert!(shares.iter().all(|share| (share - 1.0).abs() < 1e-4), "{from} to {to}: {shares:?}");
        }
    }

    #[test]
    fn small_frames_are_not_enlarged_and_no_frames_is_an_error() {
        let sheet = contact_sheet(&[flat(5, 4, [9; 3])], Sheet::default());
        assert_eq!((sheet.width(), sheet.height()), (13, 12));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.png");
        assert!(matches!(write_contact_sheet(&path, &[], Sheet::default()), Err(Error::NoFrames { .. })));
        write_contact_sheet(&path, &[flat(5, 4, [9; 3]), flat(0, 0, [0; 3])], Sheet::default()).unwrap();
    }
}
