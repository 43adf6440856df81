//! A mark in the luma of frames: written by [`VideoMark`], found again by [`Detector`].
//!
//! 1. `pattern`: a published key becomes a square tile of waves that carries 32 bits and a keyed check;
//! 2. `tile`: the waves become pixels;
//! 3. `mask`: how strongly each part of a picture may carry it unseen, in large tiles and in small ones;
//! 4. `embed`: tiles times strength are added to every frame;
//! 5. `residual`: a frame to be read loses its content as far as possible; frames add up;
//! 6. `fold`: under a guessed scale and rotation all tiles of the sum fall onto one;
//! 7. `search`: the guess, and the shift, at which the folded tile looks most like the key's waves;
//! 8. `agreement`: how well all waves agree there, and with which bits;
//! 9. `detector`: whether that can be chance.
//!
//! The mark is there twice, each time whole, as two layers. A video coder wipes faint waves of less than some twenty pixels
//! from calm surfaces and keeps longer ones, as it codes those in few coefficients; under moss and leaves it keeps
//! short waves, and long ones drown in the picture. So calm pictures carry large tiles, busy ones small tiles.
//!
//! The tiles grow with the frame, so that a resized delivery keeps its count of tiles and the search for scale stays
//! short. The pattern stands still: one that changed with time would cost a video coder bits in
//! every frame and be the first thing it throws away, and one that stands is found in a single image as well.

mod agreement;
mod blocks;
mod detector;
mod embed;
mod fold;
mod mask;
mod pattern;
mod residual;
mod search;
mod tile;

pub use detector::{Detector, Found};
pub use embed::VideoMark;

/// Where in a shot a frame stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// It is the first.
    Opening,
    /// It is a later one, or a picture on its own.
    Within,
}

/// The same waves at one size.
#[derive(Clone, Copy, Debug)]
struct Layer {
    /// Side of a tile in a frame of 1280×720 that was not cropped, in pixels.
    tile: f32,
    /// Pixels that a frame is averaged down to, about, before it is read: its finest wave then is four or five long.
    working_pixels: f32,
    /// Between guesses of scale (as a share) and of rotation (in radians): half a pixel at the border of what is left.
    step: f32,
}

impl Layer {
    /// Waves of 20 to 67 pixels.
    const COARSE: Self = Self { tile: 512.0, working_pixels: 320.0 * 180.0, step: 0.01 };
    /// Waves of 7.5 to 25 pixels.
    const FINE: Self = Self { tile: 192.0, working_pixels: 640.0 * 360.0, step: 0.005 };
    const ALL: [Self; 2] = [Self::COARSE, Self::FINE];

    /// Pixels of a tile's side in a frame of `width`×`height` that was not cropped.
    fn period(self, width: usize, height: usize) -> f32 {
        self.tile * enlargement(width, height)
    }
}

/// Length of a frame's side against that of 1280×720, by area.
fn enlargement(width: usize, height: usize) -> f32 {
    ((width * height) as f32 / (1280.0 * 720.0)).sqrt()
}
