//! Texture lookups: bilinear, repeating.

use glam::{Vec2, Vec3};

use crate::world::{NONE, SRGB_TABLE, Surfaces, TEXELS_FLOAT, TEXELS_SRGB, TextureRecord, tables};

/// The texture's colour at `uv`, or white when there is none.
#[inline(always)]
pub(crate) fn color(surfaces: &Surfaces, texture: u32, uv: Vec2) -> Vec3 {
    if texture == NONE {
        return Vec3::ONE;
    }
    let image = &surfaces.textures[texture as usize];
    let size = Vec2::new(image.width as f32, image.height as f32);
    bilinear(surfaces, image, (uv - uv.floor()) * size - 0.5, false)
}

/// Bilinear at `at`, in texels from the first one's centre. Repeats across; repeats or clamps down.
#[inline(always)]
pub(crate) fn bilinear(surfaces: &Surfaces, image: &TextureRecord, at: Vec2, clamp_down: bool) -> Vec3 {
    let floor = at.floor();
    let share = at - floor;
    let (x, y) = (floor.x as i32, floor.y as i32);
    let (columns, rows) = (image.width as i32, image.height as i32);
    let wrap = |i: i32, count: i32| ((i % count) + count) % count;
    let column = [wrap(x, columns), wrap(x + 1, columns)];
    let row = match clamp_down {
        true => [y.clamp(0, rows - 1), (y + 1).clamp(0, rows - 1)],
        false => [wrap(y, rows), wrap(y + 1, rows)],
    };
    let at = |c: usize, r: usize| texel(surfaces, image, column[c] as u32, row[r] as u32);
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * share.x;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * share.x;
    top + (bottom - top) * share.y
}

/// One texel, decoded.
#[inline(always)]
pub(crate) fn texel(surfaces: &Surfaces, image: &TextureRecord, x: u32, y: u32) -> Vec3 {
    let index = (y * image.width + x) as usize;
    if image.format == TEXELS_FLOAT {
        let first = image.first as usize + 3 * index;
        let word = |i: usize| f32::from_bits(surfaces.texels[first + i]);
        return Vec3::new(word(0), word(1), word(2));
    }
    let [r, g, b, _] = surfaces.texels[image.first as usize + index].to_le_bytes();
    let decoded = |byte: u8| match image.format == TEXELS_SRGB {
        true => tables()[SRGB_TABLE + byte as usize],
        false => f32::from(byte) / 255.0,
    };
    Vec3::new(decoded(r), decoded(g), decoded(b))
}
