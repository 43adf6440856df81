//! Fine structure of surfaces as functions of a point: relief, colour, roughness, and what lies bare in places.
//!
//! 1. [`layout`] says where a point lies among boards, bricks, tiles or threads.
//! 2. [`noises`] evaluates up to four noises and the cells that the pattern is mixed from.
//! 3. [`mix`] turns them into what is seen.
//!
//! In this order, so that the costly steps stand in the shader once for all patterns: drivers inline every
//! call, and a copy for each pattern took a minute to compile. All in units of the pattern's own scale. `width` is a
//! ray's footprint: what is finer is left out, and what its slopes would have done to a highlight comes back as
//! roughness (after Olano and Baker, "LEAN Mapping", 2010).

mod layout;
mod mix;
mod noises;

use glam::Vec3;

use crate::world::MaterialRecord;

/// Kinds, as `maquette_conditioning::Pattern` numbers them; what is none of these is smudged.
pub(crate) const BRUSHED: u32 = 1;
pub(crate) const GRAINED: u32 = 2;
pub(crate) const WORN: u32 = 3;
pub(crate) const CONCRETE: u32 = 4;
pub(crate) const WOOD: u32 = 5;
pub(crate) const WOVEN: u32 = 6;
pub(crate) const LEATHER: u32 = 7;
pub(crate) const SKIN: u32 = 8;
pub(crate) const ASPHALT: u32 = 9;
pub(crate) const BRICK: u32 = 10;
pub(crate) const TILED: u32 = 11;
pub(crate) const TUFTED: u32 = 12;
pub(crate) const VEINED: u32 = 13;

/// What a pattern makes of a surface at a point.
#[derive(Clone, Copy)]
pub(crate) struct Grain {
    /// Of the relief, in units of the scale.
    pub(crate) height: f32,
    /// Multiplies the base colour.
    pub(crate) color: Vec3,
    /// Added to the roughness.
    pub(crate) roughness: f32,
    /// Mean square of the slopes that are too fine to show.
    pub(crate) lost: f32,
    /// Share of the other substance, and what that is.
    pub(crate) bare: f32,
    pub(crate) bare_color: Vec3,
    pub(crate) bare_roughness: f32,
    pub(crate) bare_metallic: f32,
}

/// The material's pattern at `p`, in units of its scale. `normal` chooses the plane of flat patterns.
pub(crate) fn grain(material: &MaterialRecord, p: Vec3, normal: Vec3, width: f32) -> Grain {
    let spot = layout::spot(material, p, normal);
    let noises = noises::noises(material.pattern, p, &spot, width);
    mix::mix(material, p, &spot, &noises, width)
}
