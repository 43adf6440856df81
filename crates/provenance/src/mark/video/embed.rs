//! A frame to the same frame with the mark in it.

use rayon::prelude::*;

use super::{Layer, Position, mask::Mask, pattern::waves, tile::Tile};
use crate::mark::{InstallKey, PublicKey, payload::Payload};

/// What a mark says, ready to be put into frames. Equal keys and identities make equal marks.
pub struct VideoMark {
    tile: Tile,
}

impl VideoMark {
    /// The mark of one delivered take.
    pub fn new(key: &InstallKey, id: u32) -> Self {
        Self { tile: Tile::new(&waves(PublicKey::PICTURE), &Payload::new(key, id).word()) }
    }

    /// Whether a frame of this size has room for a mark.
    pub fn fits(width: usize, height: usize) -> bool {
        width.min(height) >= SMALLEST_SIDE
    }

    /// Marks a graded sRGB frame of `width` pixels a row. The three channels change by the same amount, by at least 42 dB less
    /// than full scale over the frame. Frames under 64 pixels a side stay as they are: they have no room.
    pub fn embed(&self, rgb: &mut [[u8; 3]], width: usize, height: usize, position: Position) {
        let luma: Vec<f32> = rgb.iter().map(|&rgb| luma(rgb.map(f32::from))).collect();
        self.each_row(&Mask::new(&luma, width, height, position), width, height, rgb, |pixel, change| {
            let change = change.round_ties_even() as i16;
            *pixel = pixel.map(|code| (i16::from(code) + change).clamp(0, 255) as u8);
        });
    }

    /// Marks a scene-linear frame, 1 being diffuse white: colours are scaled, so that hue stays and exposure, grading and
    /// encoding keep the mark. As strong as [`embed`](Self::embed) makes it in that frame on a screen.
    pub fn embed_linear(&self, rgb: &mut [[f32; 3]], width: usize, height: usize, position: Position) {
        let luma: Vec<f32> = rgb.iter().map(|&rgb| screen_code(luma(rgb))).collect();
        let mask = Mask::new(&luma, width, height, position);
        let mut pixels: Vec<_> = rgb.iter_mut().zip(luma).collect();
        self.each_row(&mask, width, height, &mut pixels, |(pixel, code), change| {
            // A step in codes is one in the logarithm of light: encoding raises light to about 1/2.2.
            let gain = (2.2 * change / code.max(32.0)).exp();
            **pixel = pixel.map(|value| value * gain);
        });
    }

    /// Hands every pixel the change of its code value.
    fn each_row<P: Send>(
        &self,
        mask: &Mask,
        width: usize,
        height: usize,
        pixels: &mut [P],
        change: impl Fn(&mut P, f32) + Sync,
    ) {
        if !Self::fits(width, height) || width * height != pixels.len() {
            return;
        }
        let space = || (vec![0.0; width], vec![0.0; width], Vec::new());
        pixels.par_chunks_mut(width).enumerate().for_each_init(space, |(sum, row, between), (y, pixels)| {
            sum.fill(0.0);
            for (layer, strength) in Layer::ALL.into_iter().zip(&mask.layers) {
                let period = layer.period(width, height);
                self.tile.row((y as f32 + 0.5) / period, period, row, between);
                strength.scale_row(y, row, between);
                sum.iter_mut().zip(&*row).for_each(|(sum, row)| *sum += row);
            }
            pixels.iter_mut().zip(sum).for_each(|(pixel, sum)| change(pixel, *sum));
        });
    }
}

/// Below this a picture has too few pixels to carry anything.
const SMALLEST_SIDE: usize = 64;

/// BT.709 weights.
fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// About the code value that a grade gives a luminance: highlights roll off, the rest follows sRGB's power.
fn screen_code(luminance: f32) -> f32 {
    let luminance = if luminance > 0.0 { luminance } else { 0.0 };
    255.0 * (luminance / (1.0 + luminance)).min(1.0).powf(1.0 / 2.2)
}
