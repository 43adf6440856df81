//! The sky as a grid of cells to sample from.
//!
//! Cells are even in azimuth and polar angle. A cell is chosen by luminance times solid angle; inside it azimuth and
//! the cosine of the polar angle are uniform, so its density is probability over solid angle. An even sky is one
//! cell: the same code, and exactly uniform.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{ContentId, Environment, Moment};

use super::{NONE, SkyCell, Surfaces, TextureRecord, alias::alias_table};
use crate::transport::{luminance, texel};

/// Cells across at most.
const COLUMNS: usize = 512;
/// Cells down at most.
const ROWS: usize = 256;
/// Share of the probability that every cell gets, so that filtering at a cell's edge is never missed.
const FLOOR: f32 = 0.01;

/// The sky of one frame.
pub(crate) struct Sky {
    pub(crate) cells: Arc<Vec<SkyCell>>,
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) scale: Vec3,
    pub(crate) texture: u32,
    pub(crate) yaw: f32,
    /// Mean luminance over the sphere, in nits; 0 is no sky.
    pub(crate) mean: f32,
}

/// Keeps the grid while the image stays the same.
#[derive(Default)]
pub(super) struct SkyCache(Option<(ContentId, Grid)>);

#[derive(Clone)]
struct Grid {
    cells: Arc<Vec<SkyCell>>,
    columns: usize,
    rows: usize,
    mean: f32,
}

impl SkyCache {
    pub(super) fn sky(&mut self, moment: &Moment, surfaces: &Surfaces) -> Sky {
        match &moment.environment {
            Environment::Even(nits) => even(*nits),
            Environment::Panorama { image, nits_per_unit, yaw_rad } => {
                if self.0.as_ref().is_none_or(|(id, _)| *id != image.id) {
                    self.0 = Some((image.id, grid(surfaces)));
                }
                let grid = self.0.as_ref().map_or_else(|| grid(surfaces), |(_, grid)| grid.clone());
                Sky {
                    cells: grid.cells,
                    columns: grid.columns,
                    rows: grid.rows,
                    scale: Vec3::splat(*nits_per_unit),
                    texture: surfaces.sky,
                    yaw: *yaw_rad,
                    mean: grid.mean * nits_per_unit,
                }
            }
        }
    }
}

fn even(nits: Vec3) -> Sky {
    let cell = SkyCell { probability: 1.0, other: 0, threshold: 1.0, padding: 0 };
    let cells = Arc::new(vec![cell]);
    Sky { cells, columns: 1, rows: 1, scale: nits, texture: NONE, yaw: 0.0, mean: luminance(nits) }
}

fn grid(surfaces: &Surfaces) -> Grid {
    let image = surfaces.textures[surfaces.sky as usize];
    let (columns, rows) = (COLUMNS.min(image.width as usize), ROWS.min(image.height as usize));
    let mut sums = vec![(0.0f32, 0u32); columns * rows];
    for (i, light) in filtered(surfaces, &image).into_iter().enumerate() {
        let (x, y) = (i % image.width as usize, i / image.width as usize);
        let (sum, count) =
            &mut sums[(y * rows / image.height as usize) * columns + x * columns / image.width as usize];
        *sum += light;
        *count += 1;
    }
    let cosine = |row: usize| (std::f32::consts::PI * row as f32 / rows as f32).cos();
    let share = |row: usize| (cosine(row) - cosine(row + 1)) / (2.0 * columns as f32);
    let weights: Vec<f32> = sums
        .iter()
        .enumerate()
        .map(|(i, (sum, count))| share(i / columns) * sum / (*count).max(1) as f32)
        .collect();
    let mean: f32 = weights.iter().sum();
    let floored: Vec<f32> =
        weights.iter().enumerate().map(|(i, w)| w + FLOOR * mean * share(i / columns)).collect();
    let cells = alias_table(&floored)
        .into_iter()
        .map(|(probability, other, threshold)| SkyCell { probability, other, threshold, padding: 0 })
        .collect();
    Grid { cells: Arc::new(cells), columns, rows, mean }
}

/// Each texel's mean luminance after bilinear filtering, which carries an eighth of it into either neighbour.
fn filtered(surfaces: &Surfaces, image: &TextureRecord) -> Vec<f32> {
    let (width, height) = (image.width as usize, image.height as usize);
    let light = |x: usize, y: usize| {
        let index = y as u32 * image.width + x as u32;
        let light = luminance(texel(surfaces, image.format, image.firsts[0], index).truncate());
        if light.is_finite() { light.max(0.0) } else { 0.0 }
    };
    let across = |x: usize, y: usize| {
        0.75 * light(x, y) + 0.125 * (light((x + 1) % width, y) + light((x + width - 1) % width, y))
    };
    let rows: Vec<f32> = (0..width * height).map(|i| across(i % width, i / width)).collect();
    let down = |x: usize, y: usize| {
        let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
        0.75 * rows[y * width + x] + 0.125 * (rows[above * width + x] + rows[below * width + x])
    };
    (0..width * height).map(|i| down(i % width, i / width)).collect()
}
