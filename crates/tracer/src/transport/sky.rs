//! The sky: its light from a direction, and directions towards its light.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

use super::{Scene, lamp::LightSample, texture::bilinear};
use crate::world::NONE;

/// Light from a direction, in nits.
#[inline(always)]
pub(crate) fn sky_radiance(scene: &Scene, direction: Vec3) -> Vec3 {
    let frame = &scene.world.frame;
    if frame.sky_texture == NONE {
        return frame.sky_scale;
    }
    let surfaces = &scene.world.surfaces;
    let image = &surfaces.textures[frame.sky_texture as usize];
    let at = sky_place(scene, direction) * Vec2::new(image.width as f32, image.height as f32) - 0.5;
    bilinear(surfaces, image, 0, at).truncate() * frame.sky_scale
}

/// Place in the panorama, 0 to 1 from the left and from the top: its middle is −Z, its right half +X.
#[inline(always)]
fn sky_place(scene: &Scene, direction: Vec3) -> Vec2 {
    let azimuth = direction.x.atan2(-direction.z) + scene.world.frame.sky_yaw;
    let across = 0.5 + azimuth / TAU;
    Vec2::new(across - across.floor(), direction.y.clamp(-1.0, 1.0).acos() / PI)
}

/// Chooses a direction. `u.x` picks the cell, with its remainder the place across.
#[inline(always)]
pub(crate) fn sample_sky(scene: &Scene, u: Vec2) -> LightSample {
    let frame = &scene.world.frame;
    let cells = &scene.world.sky_cells;
    let scaled = u.x * cells.len() as f32;
    let mut cell = (scaled as u32).min(cells.len() as u32 - 1);
    let mut rest = (scaled - cell as f32).clamp(0.0, 0.999_999_94);
    let record = cells[cell as usize];
    if rest < record.threshold {
        rest /= record.threshold;
    } else {
        rest = (rest - record.threshold) / (1.0 - record.threshold);
        cell = record.other;
    }
    let (column, row) = (cell % frame.sky_columns, cell / frame.sky_columns);
    let across = (column as f32 + rest) / frame.sky_columns as f32;
    let (top, bottom) = (row_cosine(scene, row), row_cosine(scene, row + 1));
    let cosine = top + (bottom - top) * u.y;
    let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
    let azimuth = TAU * (across - 0.5) - frame.sky_yaw;
    let point = Vec3::new(sine * azimuth.sin(), cosine, -sine * azimuth.cos());
    let pdf = cell_pdf(scene, cell, row);
    LightSample { point, distant: true, radiance: sky_radiance(scene, point), pdf, ..LightSample::DARK }
}

/// Density with which [`sample_sky`] chooses a direction.
#[inline(always)]
pub(crate) fn sky_pdf(scene: &Scene, direction: Vec3) -> f32 {
    let frame = &scene.world.frame;
    let place = sky_place(scene, direction);
    let column = ((place.x * frame.sky_columns as f32) as u32).min(frame.sky_columns - 1);
    let row = ((place.y * frame.sky_rows as f32) as u32).min(frame.sky_rows - 1);
    cell_pdf(scene, row * frame.sky_columns + column, row)
}

#[inline(always)]
fn cell_pdf(scene: &Scene, cell: u32, row: u32) -> f32 {
    let height = row_cosine(scene, row) - row_cosine(scene, row + 1);
    let solid_angle = TAU * height / scene.world.frame.sky_columns as f32;
    scene.world.sky_cells[cell as usize].probability / solid_angle
}

#[inline(always)]
fn row_cosine(scene: &Scene, row: u32) -> f32 {
    (PI * row as f32 / scene.world.frame.sky_rows as f32).cos()
}
