//! Light transport: the Rust twin of `shaders/shared/`, file by file.
//!
//! A path's life: [`camera`] starts it inside a pixel ([`film`]), [`traversal`] finds what it meets, [`surface`] says
//! what that is, [`haze`] says what the air does in between, [`light`] sends shadow rays to lamps (of many,
//! [`light_tree`] finds near ones), also by way of a [`mirror`], [`bsdf`] sends it on, [`path`] does these in turn and sums up. A surface's fine
//! structure is its textures ([`texture`]), [`pattern`]s of [`noise`], and the [`relief`] of both, filtered by the
//! path's [`cone`]; [`veil`] is what lets light straight through. [`primary`] is the one ray a pixel behind the
//! G-buffer. [`sampler`] has all the randomness.
//!
//! Plain functions over plain records, without traits or allocation: WGSL has neither, and the two are kept alike.

mod bsdf;
mod camera;
mod cone;
mod film;
mod frame;
mod glass;
mod haze;
mod image;
mod lamp;
mod lamp_light;
#[cfg(test)]
mod laws;
mod light;
mod light_tree;
pub(crate) mod microfacet;
mod mirror;
mod noise;
mod offers;
mod path;
mod pattern;
mod primary;
mod relief;
mod sampler;
mod sky;
mod surface;
mod texture;
mod traversal;
mod veil;

pub(crate) use image::Image;
pub(crate) use path::{PathSum, trace_path};
pub(crate) use primary::{Primary, trace_primary};
pub(crate) use surface::oriented_cross;
pub(crate) use texture::{color, texel};

use glam::Vec3;

use crate::{bvh::SliceBvh, world::World};

/// What paths run through: the records, and a BVH for each slice.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) bvhs: &'a [SliceBvh],
}

/// Luminance of linear Rec.709.
#[inline(always)]
pub(crate) fn luminance(color: Vec3) -> f32 {
    0.2126 * color.x + 0.7152 * color.y + 0.0722 * color.z
}
