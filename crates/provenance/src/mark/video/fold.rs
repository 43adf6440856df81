//! A plane, laid onto one tile under a guess of scale and rotation, to the strengths of the key's waves.

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner, num_complex::Complex32};

use super::{pattern::Wave, residual::Plane};

/// Cells of a tile's side: five for the finest wave. A power of two.
pub(super) const SIDE: usize = 128;
const SIDE_BITS: u32 = SIDE.ilog2();
/// Frequencies across that are kept: 0 to 25.
const ACROSS: usize = 26;
/// Waves, in order of frequency, over which noise is taken as equal.
const NEIGHBOURS: usize = 36;
/// Multiples of the noise at which a wave's strength is cut: fences and blinds put all their strength into a few.
const CUT: f32 = 1.5;

/// How the tiles lie in a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Geometry {
    /// Side of a tile in the plane's pixels.
    pub period: f32,
    /// Of the tiles' rows against the plane's, in radians, from +x towards +y.
    pub angle: f32,
}

/// Fourier transforms of a tile, planned once.
pub(super) struct Folding {
    rows: Arc<dyn RealToComplex<f32>>,
    rows_back: Arc<dyn ComplexToReal<f32>>,
    columns: Arc<dyn Fft<f32>>,
    columns_back: Arc<dyn Fft<f32>>,
}

impl Folding {
    pub(super) fn new() -> Self {
        let (mut real, mut complex) = (RealFftPlanner::new(), FftPlanner::new());
        Self {
            rows: real.plan_fft_forward(SIDE),
            rows_back: real.plan_fft_inverse(SIDE),
            columns: complex.plan_fft_forward(SIDE),
            columns_back: complex.plan_fft_inverse(SIDE),
        }
    }

    /// The strengths and phases of `waves` in the folded plane, freed of differences in noise.
    pub(super) fn strengths(&self, plane: &Plane, geometry: Geometry, waves: &[Wave]) -> Vec<Complex32> {
        let spectrum = self.spectrum(folded(plane, geometry));
        let mut strengths: Vec<Complex32> = waves.iter().map(|wave| spectrum[place(wave)]).collect();
        for ring in strengths.chunks_mut(NEIGHBOURS) {
            let power: f32 = ring.iter().map(|c| c.norm_sqr()).sum::<f32>() / ring.len() as f32;
            let noise = power.sqrt().max(1e-20);
            for strength in ring {
                let excess = (strength.norm() / (CUT * noise)).max(1.0);
                // Once for the unit, once because a wave in less noise tells more.
                *strength /= noise * noise * excess;
            }
        }
        strengths
    }

    /// Columns of frequencies across, each with all frequencies down.
    fn spectrum(&self, mut tile: Vec<f32>) -> Vec<Complex32> {
        let mut spectrum = vec![Complex32::default(); ACROSS * SIDE];
        let mut line = self.rows.make_output_vec();
        for (y, row) in tile.chunks_mut(SIDE).enumerate() {
            // Fails only on wrong lengths, which are the plan's own.
            let _ = self.rows.process(row, &mut line);
            for (column, value) in spectrum.chunks_mut(SIDE).zip(&line) {
                column[y] = *value;
            }
        }
        self.columns.process(&mut spectrum);
        spectrum
    }

    /// The sum of waves of given strengths over a tile: `SIDE`×`SIDE` cells.
    pub(super) fn sum(&self, waves: impl Iterator<Item = (Wave, Complex32)>) -> Vec<f32> {
        let mut spectrum = vec![Complex32::default(); ACROSS * SIDE];
        for (wave, strength) in waves {
            // The transform of rows counts every column but the first twice.
            spectrum[place(&wave)] = if wave.u == 0 { strength } else { 0.5 * strength };
        }
        self.columns_back.process(&mut spectrum);
        let mut line = self.rows_back.make_input_vec();
        let mut sum = vec![0.0; SIDE * SIDE];
        for (y, row) in sum.chunks_mut(SIDE).enumerate() {
            line.fill(Complex32::default());
            for (value, column) in line.iter_mut().zip(spectrum.chunks(SIDE)) {
                *value = column[y];
            }
            line[0].im = 0.0;
            let _ = self.rows_back.process(&mut line, row);
        }
        sum
    }
}

fn place(wave: &Wave) -> usize {
    wave.u as usize * SIDE + wave.v.rem_euclid(SIDE as i32) as usize
}

/// Sums of the pixels that fall into each cell of the tile.
fn folded(plane: &Plane, geometry: Geometry) -> Vec<f32> {
    let mut tile = vec![0.0; SIDE * SIDE];
    let (sin, cos) = geometry.angle.sin_cos();
    // Whole turns are whole tiles; 32-bit turns wrap by themselves.
    let turns = |tiles: f32| (f64::from(tiles) * 2_f64.powi(32)) as i64 as u32;
    let step = (turns(cos / geometry.period), turns(-sin / geometry.period));
    let x = -0.5 * plane.width as f32;
    for (row, pixels) in plane.sum.chunks(plane.width).enumerate() {
        let y = row as f32 - 0.5 * plane.height as f32;
        let mut u = turns((cos * x + sin * y) / geometry.period);
        let mut v = turns((cos * y - sin * x) / geometry.period);
        for pixel in pixels {
            let cell = v >> (32 - SIDE_BITS) << SIDE_BITS | u >> (32 - SIDE_BITS);
            tile[cell as usize] += pixel;
            (u, v) = (u.wrapping_add(step.0), v.wrapping_add(step.1));
        }
    }
    tile
}
