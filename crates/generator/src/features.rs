//! A tile's planes to a network's input channels, and its three output channels back.
//!
//! Each plane has an encoding: light is scaled and goes through the transfer curve, a guide's albedo stays as it is, a
//! normal moves from −1…1 to 0…1, and an albedo that is itself to be cleaned goes through the sRGB curve. Values are
//! cleaned first as the library does: NaN becomes 0, and what lies outside the range is brought to its border. The
//! network's padding at the right and the bottom is zero in these channels.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::tile::Tile;
use crate::transfer::{Transfer, srgb_forward, srgb_inverse};

/// A plane and how a network sees it.
#[derive(Clone, Copy)]
pub(crate) struct Feature<'a> {
    /// Three channels.
    pub(crate) plane: &'a Plane<[f32; 3]>,
    /// How a network sees them.
    pub(crate) encoding: Encoding,
}

/// How values go to a network's scale.
#[derive(Clone, Copy)]
pub(crate) enum Encoding {
    /// Scene-linear light: times `scale` (above 0), then through the curve.
    Light {
        /// The network's curve.
        transfer: Transfer,
        /// Brings the picture to middle grey.
        scale: f32,
    },
    /// Albedo as a guide, 0 to 1.
    Reflectance,
    /// Albedo to be cleaned, 0 to 1.
    Srgb,
    /// A normal, −1 to 1.
    Direction,
}

impl Encoding {
    fn forward(self, value: f32) -> f32 {
        match self {
            Self::Light { transfer, scale } => transfer.forward(clean(value * scale, 0.0, f32::MAX)),
            Self::Reflectance => clean(value, 0.0, 1.0),
            Self::Srgb => srgb_forward(clean(value, 0.0, 1.0)),
            Self::Direction => clean(value, -1.0, 1.0) * 0.5 + 0.5,
        }
    }

    fn inverse(self, value: f32) -> f32 {
        let value = clean(value, 0.0, f32::MAX);
        match self {
            Self::Light { transfer, scale } => transfer.inverse(value) / scale,
            Self::Reflectance => value.min(1.0),
            Self::Srgb => srgb_inverse(value).min(1.0),
            Self::Direction => (value * 2.0 - 1.0).min(1.0),
        }
    }
}

/// Three planes a feature, of the tile's padded size.
pub(crate) fn encode(features: &[Feature<'_>], tile: &Tile) -> Vec<f32> {
    let [width, height] = tile.padded();
    let mut channels = vec![0.0; 3 * features.len() * width * height];
    channels.par_chunks_mut(width).enumerate().for_each(|(index, target)| {
        let (channel, row) = (index / height, index % height);
        if row < tile.input[1].len() {
            encode_row(features[channel / 3], tile, channel % 3, row, target);
        }
    });
    channels
}

fn encode_row(feature: Feature<'_>, tile: &Tile, channel: usize, row: usize, target: &mut [f32]) {
    let Feature { plane, encoding } = feature;
    let source = &plane.data[(tile.input[1].start + row) * plane.width()..][tile.input[0].clone()];
    for (value, pixel) in target.iter_mut().zip(source) {
        *value = encoding.forward(pixel[channel]);
    }
}

/// Writes the kept part of a tile's three output planes into the picture.
pub(crate) fn place(output: &[f32], tile: &Tile, encoding: Encoding, picture: &mut Plane<[f32; 3]>) {
    let [width, height] = tile.padded();
    let [columns, rows] = &tile.keep;
    let across = picture.width();
    let kept = picture.data[rows.start * across..rows.end * across].par_chunks_mut(across);
    kept.zip(rows.clone()).for_each(|(pixels, y)| {
        let start = (y - tile.input[1].start) * width + columns.start - tile.input[0].start;
        for (offset, pixel) in pixels[columns.clone()].iter_mut().enumerate() {
            *pixel = std::array::from_fn(|channel| {
                encoding.inverse(output[channel * width * height + start + offset])
            });
        }
    });
}

/// NaN to 0, then into the range.
pub(crate) fn clean(value: f32, lowest: f32, highest: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(lowest, highest) }
}
