//! A tile's planes to the network's nine input channels, and its three output channels back to light.
//!
//! Channels are light (scaled, then through the transfer curve), albedo 0 to 1, and normal moved from −1…1 to 0…1,
//! each cleaned as the library does: NaN becomes 0, and what lies outside the range is brought to its border.
//! The network's padding at the right and the bottom is zero in these channels.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::tile::Tile;
use crate::transfer::Transfer;

/// The picture to clean and what is known about it; three planes of one size.
#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    /// Scene-linear light.
    pub(crate) color: &'a Plane<[f32; 3]>,
    /// Albedo, 0 to 1.
    pub(crate) albedo: &'a Plane<[f32; 3]>,
    /// Normal, −1 to 1.
    pub(crate) normal: &'a Plane<[f32; 3]>,
}

/// The curve and the scale before it.
#[derive(Clone, Copy)]
pub(crate) struct Tone {
    /// The network's curve.
    pub(crate) transfer: Transfer,
    /// Multiplies light before the curve and divides it after; above 0.
    pub(crate) scale: f32,
}

/// Nine planes of the tile's padded size.
pub(crate) fn features(picture: Picture<'_>, tile: &Tile, tone: Tone) -> Vec<f32> {
    let [width, height] = tile.padded();
    let mut channels = vec![0.0; 9 * width * height];
    channels.par_chunks_mut(width).enumerate().for_each(|(index, target)| {
        let (channel, row) = (index / height, index % height);
        if row < tile.input[1].len() {
            fill_row(picture, tile, tone, channel, row, target);
        }
    });
    channels
}

fn fill_row(picture: Picture<'_>, tile: &Tile, tone: Tone, channel: usize, row: usize, target: &mut [f32]) {
    let plane = [picture.color, picture.albedo, picture.normal][channel / 3];
    let source = &plane.data[(tile.input[1].start + row) * plane.width()..][tile.input[0].clone()];
    for (value, pixel) in target.iter_mut().zip(source) {
        let raw = pixel[channel % 3];
        *value = match channel / 3 {
            0 => tone.transfer.forward(clean(raw * tone.scale, 0.0, f32::MAX)),
            1 => clean(raw, 0.0, 1.0),
            _ => clean(raw, -1.0, 1.0) * 0.5 + 0.5,
        };
    }
}

/// Writes the kept part of a tile's three output planes into the picture, as light.
pub(crate) fn place(output: &[f32], tile: &Tile, tone: Tone, picture: &mut Plane<[f32; 3]>) {
    let [width, height] = tile.padded();
    let [columns, rows] = &tile.keep;
    let across = picture.width();
    let kept = picture.data[rows.start * across..rows.end * across].par_chunks_mut(across);
    kept.zip(rows.clone()).for_each(|(pixels, y)| {
        let start = (y - tile.input[1].start) * width + columns.start - tile.input[0].start;
        for (offset, pixel) in pixels[columns.clone()].iter_mut().enumerate() {
            *pixel = std::array::from_fn(|channel| {
                let value = output[channel * width * height + start + offset];
                tone.transfer.inverse(clean(value, 0.0, f32::MAX)) / tone.scale
            });
        }
    });
}

/// NaN to 0, then into the range.
pub(crate) fn clean(value: f32, lowest: f32, highest: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(lowest, highest) }
}
