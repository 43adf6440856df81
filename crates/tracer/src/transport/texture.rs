//! Texture lookups: bilinear within a level, linear between levels, repeated, clamped or mirrored.
//!
//! The level follows from a ray cone's footprint on the surface (Akenine-Möller et al., "Improved Shader and Texture
//! Level of Detail Using Ray Cones", JCGT 2021), as the side of a square of the footprint's area.

use glam::{Vec2, Vec3, Vec4};

use crate::world::{
    NONE, SRGB_TABLE, Surfaces, TEXELS_FLOAT, TEXELS_SRGB, TextureRecord, WRAP_CLAMP, WRAP_REPEAT, tables,
};

/// Where on an image to look, and how large a piece of it to average.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) uv: Vec2,
    /// log₂ of the footprint's side as a share of the image's.
    pub(crate) size: f32,
}

impl Place {
    /// A point of the image.
    pub(crate) fn point(uv: Vec2) -> Self {
        Self { uv, size: -100.0 }
    }
}

/// The texture's colour at `uv`, or white when there is none.
#[inline(always)]
pub(crate) fn color(surfaces: &Surfaces, texture: u32, uv: Vec2) -> Vec3 {
    look(surfaces, texture, &Place::point(uv)).truncate()
}

/// The texture at a place, with its coverage, or white when there is none.
#[inline(always)]
pub(crate) fn look(surfaces: &Surfaces, texture: u32, place: &Place) -> Vec4 {
    if texture == NONE {
        return Vec4::ONE;
    }
    let image = &surfaces.textures[texture as usize];
    let level = level(image, place);
    let low = level as u32;
    let near = within(surfaces, image, low, place.uv);
    let share = level - low as f32;
    if share <= 0.0 {
        return near;
    }
    near + (within(surfaces, image, low + 1, place.uv) - near) * share
}

/// Level of the pyramid whose texels are as large as the place.
#[inline(always)]
pub(crate) fn level(image: &TextureRecord, place: &Place) -> f32 {
    let texels = (image.width * image.height) as f32;
    (place.size + 0.5 * texels.log2()).clamp(0.0, (image.levels - 1) as f32)
}

#[inline(always)]
fn within(surfaces: &Surfaces, image: &TextureRecord, level: u32, uv: Vec2) -> Vec4 {
    let size = Vec2::new((image.width >> level).max(1) as f32, (image.height >> level).max(1) as f32);
    let near = Vec2::new(near_zero(uv.x, image.wrap_across), near_zero(uv.y, image.wrap_down));
    bilinear(surfaces, image, level, near * size - 0.5)
}

/// The same place near the image, where floats are fine.
#[inline(always)]
fn near_zero(u: f32, wrap: u32) -> f32 {
    match wrap {
        WRAP_REPEAT => u - u.floor(),
        WRAP_CLAMP => u.clamp(-1.0, 2.0),
        _ => u - 2.0 * (0.5 * u).floor(),
    }
}

/// Bilinear at `at`, in texels of a level from the first one's centre.
#[inline(always)]
pub(crate) fn bilinear(surfaces: &Surfaces, image: &TextureRecord, level: u32, at: Vec2) -> Vec4 {
    let floor = at.floor();
    let share = at - floor;
    let (x, y) = (floor.x as i32, floor.y as i32);
    let (columns, rows) = ((image.width >> level).max(1), (image.height >> level).max(1));
    let column = [wrapped(x, columns, image.wrap_across), wrapped(x + 1, columns, image.wrap_across)];
    let row = [wrapped(y, rows, image.wrap_down), wrapped(y + 1, rows, image.wrap_down)];
    let first = image.firsts[level as usize];
    let at = |c: usize, r: usize| texel(surfaces, image.format, first, row[r] * columns + column[c]);
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * share.x;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * share.x;
    top + (bottom - top) * share.y
}

#[inline(always)]
fn wrapped(i: i32, count: u32, wrap: u32) -> u32 {
    let count = count as i32;
    let index = match wrap {
        WRAP_REPEAT => i.rem_euclid(count),
        WRAP_CLAMP => i.clamp(0, count - 1),
        _ => {
            let twice = i.rem_euclid(2 * count);
            if twice < count { twice } else { 2 * count - 1 - twice }
        }
    };
    index as u32
}

/// One texel, decoded, by its index from `first`.
#[inline(always)]
pub(crate) fn texel(surfaces: &Surfaces, format: u32, first: u32, index: u32) -> Vec4 {
    if format == TEXELS_FLOAT {
        let first = (first + 3 * index) as usize;
        let word = |i: usize| f32::from_bits(surfaces.texels[first + i]);
        return Vec4::new(word(0), word(1), word(2), 1.0);
    }
    let [r, g, b, a] = surfaces.texels[(first + index) as usize].to_le_bytes();
    let linear = |byte: u8| f32::from(byte) / 255.0;
    let decoded = |byte: u8| match format == TEXELS_SRGB {
        true => tables()[SRGB_TABLE + byte as usize],
        false => linear(byte),
    };
    Vec4::new(decoded(r), decoded(g), decoded(b), linear(a))
}
