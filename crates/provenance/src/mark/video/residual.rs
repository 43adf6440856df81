//! Frames to one plane in which the mark has added up and the picture has not.
//!
//! What is slow or strong in a frame is picture: the local mean is taken away and the rest weighted as a matched filter does,
//! by one over its local power, so that a mark in a calm wall is not lost among trees. Where a coder left nothing there is
//! nothing to add. The mark stands still while pictures move, so the sum over frames favours it.
//!
//! A video coder writes the first frame of a shot anew and after that mostly moves about what it has, the mark with it:
//! where the camera moves, that first frame says more than all others. So there are two sums, of such frames and of the others.

use super::Layer;

/// Pixels of a plane's shorter side below which there is nothing to find.
const SMALLEST_SIDE: usize = 32;
/// Half sides, in working pixels, of the windows of the local mean and the local strength.
const MEAN_REACH: usize = 2;
const STRENGTH_REACH: usize = 3;
/// Code values of strength below which a region counts as calm.
const CALM: f32 = 0.7;
/// Multiples of the local strength at which a pixel is cut.
const CUT: f32 = 1.5;

/// Mean difference between cells, in code values, at which a frame opens a new shot. A camera that trembles changes them by 3 at
/// most, one that pans by an eightieth of the frame by 10; a cut between two photographs by 17 at least, by 61 mostly.
const CUT_TO: f32 = 14.0;
/// Cells across a frame.
const CELLS: usize = 20;

/// What frames of one size add up to, for one layer of the mark.
pub(super) struct Residual {
    layer: Layer,
    /// Size of the frames.
    frame: (usize, usize),
    /// Cells of the frame before.
    last: Vec<f32>,
    sums: Vec<Plane>,
}

/// A sum of frames.
#[derive(Clone)]
pub(super) struct Plane {
    /// Whose mark it is read for.
    pub layer: Layer,
    pub width: usize,
    pub height: usize,
    pub sum: Vec<f32>,
}

impl Plane {
    /// Side of a tile, had nothing been cropped.
    pub(super) fn period(&self) -> f32 {
        self.layer.period(self.width, self.height)
    }
}

impl Residual {
    pub(super) fn new(layer: Layer) -> Self {
        Self { layer, frame: (0, 0), last: Vec::new(), sums: Vec::new() }
    }

    /// Of the frames that open a shot, and of the others if there are any. None where frames are too small for a mark.
    pub(super) fn planes(&self) -> &[Plane] {
        let fits = |plane: &Plane| plane.width.min(plane.height) >= SMALLEST_SIDE;
        if self.sums.iter().all(fits) { &self.sums } else { &[] }
    }

    /// Adds a frame. Those of another size than the first are left out.
    pub(super) fn add(&mut self, luma: &[u8], width: usize, height: usize) {
        if luma.len() != width * height || luma.is_empty() {
            return;
        }
        let factor = (((width * height) as f32 / self.layer.working_pixels).sqrt().round() as usize).max(1);
        let (small_width, small_height) = ((width / factor).max(1), (height / factor).max(1));
        if self.sums.is_empty() {
            self.frame = (width, height);
        }
        if self.frame != (width, height) {
            return;
        }
        let plane = averaged(luma, width, factor, small_width, small_height);
        let cells = cells(&plane, small_width);
        let opens = self.last.is_empty() || difference(&self.last, &cells) > CUT_TO;
        let place = usize::from(!opens);
        if self.sums.len() <= place {
            let sum = vec![0.0; plane.len()];
            self.sums.push(Plane { layer: self.layer, width: small_width, height: small_height, sum });
        }
        let residual = residual(&plane, small_width);
        self.sums[place].sum.iter_mut().zip(&residual).for_each(|(sum, r)| *sum += r);
        self.last = cells;
    }
}

/// Means over squares, [`CELLS`] of them side by side; what is left over at the border is left out.
fn cells(plane: &[f32], width: usize) -> Vec<f32> {
    let side = (width / CELLS).max(1);
    let mean = |rows: &[f32], x: usize| {
        rows.chunks_exact(width).flat_map(|row| &row[x..x + side]).sum::<f32>() / (side * side) as f32
    };
    let bands = plane.chunks_exact(width * side);
    bands.flat_map(|rows| (0..width / side).map(move |cell| mean(rows, cell * side))).collect()
}

/// Mean magnitude.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.len() as f32
}

/// A frame without its local mean, in units of its local strength, over that strength once more.
fn residual(plane: &[f32], width: usize) -> Vec<f32> {
    let mean = box_mean(plane, width, MEAN_REACH);
    let fine: Vec<f32> = plane.iter().zip(&mean).map(|(p, m)| p - m).collect();
    let squares: Vec<f32> = fine.iter().map(|p| p * p).collect();
    let power = box_mean(&squares, width, STRENGTH_REACH);
    let weighted = |(p, power): (&f32, &f32)| {
        let strength = power.max(0.0).sqrt() + CALM;
        (p / strength).clamp(-CUT, CUT) / strength
    };
    fine.iter().zip(&power).map(weighted).collect()
}

/// Means of `factor`×`factor` pixels.
fn averaged(luma: &[u8], stride: usize, factor: usize, width: usize, height: usize) -> Vec<f32> {
    let mut plane = Vec::with_capacity(width * height);
    let mut columns = vec![0_u32; width * factor];
    let weight = 1.0 / (factor * factor) as f32;
    for y in 0..height {
        columns.fill(0);
        for row in luma[y * factor * stride..].chunks(stride).take(factor) {
            columns.iter_mut().zip(row).for_each(|(sum, &code)| *sum += u32::from(code));
        }
        plane.extend(columns.chunks_exact(factor).map(|sums| sums.iter().sum::<u32>() as f32 * weight));
    }
    plane
}

/// Means over windows of 2·`reach` + 1 pixels a side, cut at the border.
fn box_mean(plane: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let mut across: Vec<f32> = Vec::with_capacity(plane.len());
    for row in plane.chunks(width) {
        let mut sum: f32 = row[..reach.min(width)].iter().sum();
        for x in 0..width {
            sum += row.get(x + reach).unwrap_or(&0.0);
            let (first, last) = (x.saturating_sub(reach), (x + reach).min(width - 1));
            across.push(sum / (last - first + 1) as f32);
            sum -= if x >= reach { row[x - reach] } else { 0.0 };
        }
    }
    down(&across, width, reach)
}

/// The same along columns, a row at a time.
fn down(plane: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let height = plane.len() / width;
    let row = |y: usize| &plane[y * width..][..width];
    let mut sums = vec![0.0; width];
    let mut means = Vec::with_capacity(plane.len());
    for y in 0..reach.min(height) {
        sums.iter_mut().zip(row(y)).for_each(|(sum, p)| *sum += p);
    }
    for y in 0..height {
        if y + reach < height {
            sums.iter_mut().zip(row(y + reach)).for_each(|(sum, p)| *sum += p);
        }
        let count = (y + reach).min(height - 1) - y.saturating_sub(reach) + 1;
        means.extend(sums.iter().map(|sum| sum / count as f32));
        if y >= reach {
            sums.iter_mut().zip(row(y - reach)).for_each(|(sum, p)| *sum -= p);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_mean_is_the_mean_of_the_box() {
        let (width, height, reach) = (13, 9, 3);
        let plane: Vec<f32> = (0..width * height).map(|i| (i * i % 31) as f32).collect();
        let means = box_mean(&plane, width, reach);
        for y in 0..height {
            for x in 0..width {
                let (xs, ys) =
                    (x.saturating_sub(3)..(x + 4).min(width), y.saturating_sub(3)..(y + 4).min(height));
                let count = (xs.len() * ys.len()) as f32;
                let sum: f32 =
                    ys.flat_map(|y| xs.clone().map(move |x| (x, y))).map(|(x, y)| plane[y * width + x]).sum();
                assert!((means[y * width + x] - sum / count).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn frames_of_another_size_are_left_out() {
        let mut residual = Residual::new(Layer::FINE);
        residual.add(&[9; 64 * 64], 64, 64);
        residual.add(&[9; 65 * 64], 65, 64);
        residual.add(&[9; 10], 64, 64);
        assert_eq!(residual.frame, (64, 64));
        assert!(residual.planes().iter().all(|plane| plane.sum.len() == 64 * 64));
    }
}
