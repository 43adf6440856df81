//! Waves to the pixels of one tile.

use rustfft::{FftPlanner, num_complex::Complex32};

use super::pattern::{Role, Wave};

/// Samples of a tile's side: twenty for the finest wave, so that straight lines between them are close enough.
const SIDE: usize = 512;

/// One tile, of mean 0 and variance 1, that repeats.
pub(super) struct Tile {
    samples: Vec<f32>,
}

impl Tile {
    /// The tile of `waves` whose bits are `word`.
    pub(super) fn new(waves: &[Wave], word: &[bool]) -> Self {
        let mut plane = vec![Complex32::default(); SIDE * SIDE];
        let height = (2.0 / waves.len() as f32).sqrt();
        for wave in waves {
            let sign = match wave.role {
                Role::Bit(bit) if !word[bit] => -height,
                _ => height,
            };
            let (u, v) = (wave.u.rem_euclid(SIDE as i32) as usize, wave.v.rem_euclid(SIDE as i32) as usize);
            plane[v * SIDE + u] = wave.phase * sign;
        }
        let fft = FftPlanner::new().plan_fft_inverse(SIDE);
        fft.process(&mut plane);
        let mut turned = transposed(&plane);
        fft.process(&mut turned);
        Self { samples: transposed(&turned).iter().map(|c| c.re).collect() }
    }

    /// A row of pixels: `row[x]` at (x + ½) / `period`, `y` tiles down. `between` is working space.
    pub(super) fn row(&self, y: f32, period: f32, row: &mut [f32], between: &mut Vec<f32>) {
        let (above, weight) = place(y);
        let lines =
            (&self.samples[above * SIDE..][..SIDE], &self.samples[(above + 1) % SIDE * SIDE..][..SIDE]);
        between.clear();
        between.extend(lines.0.iter().zip(lines.1).map(|(a, b)| a + weight * (b - a)));
        between.push(between[0]);
        let step = (2_f64.powi(32) / f64::from(period)) as u32;
        let mut turn = step / 2;
        for pixel in row {
            // The upper bits of the turn are the sample, the others the way to the next.
            let (left, weight) = ((turn >> 23) as usize, (turn & 0x7f_ffff) as f32 / 8_388_608.0);
            *pixel = between[left] + weight * (between[left + 1] - between[left]);
            turn = turn.wrapping_add(step);
        }
    }
}

/// The sample before a place in tiles, and how far it is behind.
fn place(tiles: f32) -> (usize, f32) {
    let samples = tiles.rem_euclid(1.0) * SIDE as f32;
    (samples as usize % SIDE, samples.fract())
}

fn transposed(plane: &[Complex32]) -> Vec<Complex32> {
    (0..SIDE * SIDE).map(|i| plane[i % SIDE * SIDE + i / SIDE]).collect()
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;
    use crate::mark::{
        PublicKey,
        video::pattern::{BITS, waves},
    };

    #[test]
    fn a_row_is_the_sum_of_the_waves() {
        let waves = waves(PublicKey::PICTURE);
        let word: Vec<bool> = (0..BITS).map(|i| i % 3 == 0).collect();
        let (mut row, mut space) = (vec![0.0; 300], Vec::new());
        Tile::new(&waves, &word).row(0.3, 192.5, &mut row, &mut space);
        for (x, pixel) in row.iter().enumerate() {
            let sum: f32 = waves
                .iter()
                .map(|wave| {
                    let angle = wave.u as f32 * (x as f32 + 0.5) / 192.5 + wave.v as f32 * 0.3;
                    let negative = matches!(wave.role, Role::Bit(bit) if !word[bit]);
                    let value = (Complex32::from_polar(1.0, TAU * angle) * wave.phase).re;
                    if negative { -value } else { value }
                })
                .sum();
            let expected = sum * (2.0 / waves.len() as f32).sqrt();
            assert!((pixel - expected).abs() < 0.05, "{x}: {pixel} against {expected}");
        }
    }
}
