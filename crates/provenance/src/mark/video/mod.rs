//! A mark in the luma of frames: written by [`VideoMark`], found again by [`Detector`].
//!
//! 1. `pattern`: a published key becomes a square tile of waves that carries 32 bits and a keyed check;
//! 2. `tile`: the waves become pixels;
//! 3. `mask`: how strongly each part of a picture may carry it unseen;
//! 4. `embed`: tile times strength is added to every frame, the same for all frames of a size;
//! 5. `residual`: a frame to be read loses its content as far as possible; frames add up;
//! 6. `fold`: under a guessed scale and rotation all tiles of the sum fall onto one;
//! 7. `search`: the guess, and the shift, at which the folded tile looks most like the key's waves;
//! 8. `detector`: the bits are read there.
//!
//! The tile grows with the frame, 256 pixels at 1280×720, so that a resized delivery keeps its count of tiles and the
//! search for scale stays short. The pattern stands still: one that changed with time would cost a video coder bits in
//! every frame and be the first thing it throws away, and one that stands is found in a single image as well.

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

/// Pixels of a tile's side in a frame of `width`×`height` that was not cropped.
fn period(width: usize, height: usize) -> f32 {
    256.0 * ((width * height) as f32 / (1280.0 * 720.0)).sqrt()
}
