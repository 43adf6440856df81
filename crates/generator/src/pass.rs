//! One network over a whole picture, tile by tile.

use maquette_conditioning::Plane;

use crate::Error;
use crate::device::Executor;
use crate::features::{Feature, encode, place};
use crate::tile::tiles;

/// Runs the network over `features`, planes of one size, and takes the result back through the first one's encoding.
/// A tile has at most `max_tile_pixels`.
pub(crate) fn pass(
    executor: &Executor,
    features: &[Feature<'_>],
    max_tile_pixels: usize,
) -> Result<Plane<[f32; 3]>, Error> {
    let Feature { plane, encoding } = features[0];
    let (width, height) = (plane.width(), plane.height());
    let mut result = Plane::new(width, height);
    for tile in tiles(width, height, max_tile_pixels, executor.receptive_field()) {
        let output = executor.run(encode(features, &tile), tile.padded())?;
        place(&output, &tile, encoding, &mut result);
    }
    Ok(result)
}

/// Their common size in pixels, above 0; the first has the picture's.
pub(crate) fn checked_size(planes: &[(&'static str, &Plane<[f32; 3]>)]) -> Result<[usize; 2], Error> {
    let (expected_width, expected_height) = (planes[0].1.width(), planes[0].1.height());
    for &(name, plane) in planes {
        let (width, height) = (plane.width(), plane.height());
        if (width, height) != (expected_width, expected_height) {
            return Err(Error::Size { plane: name, width, height, expected_width, expected_height });
        }
    }
    if expected_width == 0 || expected_height == 0 {
        return Err(Error::Empty { width: expected_width, height: expected_height });
    }
    Ok([expected_width, expected_height])
}
