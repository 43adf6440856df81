//! Moves what is remembered to where it is seen now.
//!
//! Each pixel's motion vector points between pixels of the previous frame. One of the four around is taken whole, the one
//! whose remembered surface lies nearest, and the rest of the way is remembered with it. Interpolation would be smoother,
//! but it spreads noise over neighbours, and the denoiser takes spread noise for texture; and what is interpolated in
//! every frame blurs, while this stays within half a pixel for good.
//!
//! Where the lamps' light on a surface has changed since, what is remembered changes by as much: that light has no noise, so
//! a lamp that moves, and the edge of its shadow, do not have to be learnt anew from noisy samples.
//!
//! A value counts only if it belongs to the same thing, on the same plane, facing the same way; where none does, the
//! surface was hidden or outside, and nothing is remembered.

use glam::Vec3;
use maquette_conditioning::{GBuffer, Plane};
use rayon::prelude::*;

use super::{
    lamp_light::followed,
    texel::{LAMPS, LANES, OFFSET, Texel, VARIANCE, blank, relit, three},
};

/// What a frame sees, through mirrors, to know it again.
pub(crate) struct Seen {
    position: Plane<[f32; 3]>,
    normal: Plane<[f32; 3]>,
    distance: Plane<f32>,
    object_id: Plane<u32>,
    motion: Plane<[f32; 2]>,
    lamp_light: Plane<[f32; 3]>,
    /// Whether it is seen in a mirror.
    mirrored: Plane<bool>,
}

/// Variance of what is not remembered: so large that it gets no weight.
pub(crate) const UNKNOWN: f32 = 1e6;
/// How far off the plane, over the distance from the camera: what walks moves about a hundredth of it in a frame.
const PLANE_TOLERANCE: f32 = 0.02;
/// Cosine between normals.
const NORMAL_TOLERANCE: f32 = 0.7;

impl Seen {
    pub(crate) fn new(gbuffer: &GBuffer) -> Self {
        let mut distance = gbuffer.distance.clone();
        let mut mirrored = distance.map(|_| false);
        let places = gbuffer.position.data.iter().zip(&gbuffer.image_position.data);
        for (i, (surface, image)) in places.enumerate() {
            distance.data[i] += Vec3::from(*surface).distance(Vec3::from(*image));
            mirrored.data[i] = surface != image;
        }
        Self {
            position: gbuffer.image_position.clone(),
            normal: gbuffer.image_normal.clone(),
            distance,
            object_id: gbuffer.image_id.clone(),
            motion: gbuffer.image_motion.clone(),
            lamp_light: gbuffer.lamp_light.clone(),
            mirrored,
        }
    }

    /// Whether pixel `i` of `now` shows what stood at column `x`, row `y`; if so, the index of that pixel.
    pub(crate) fn matching(&self, [x, y]: [i64; 2], now: &Self, i: usize) -> Option<usize> {
        let (width, height) = (self.position.width() as i64, self.position.height() as i64);
        if !(0..width).contains(&x) || !(0..height).contains(&y) {
            return None;
        }
        let at = (y * width + x) as usize;
        let id = now.object_id.data[i];
        let normal = Vec3::from(now.normal.data[i]);
        let offset = Vec3::from(self.position.data[at]) - Vec3::from(now.position.data[i]);
        let same_surface = normal.dot(Vec3::from(self.normal.data[at])) >= NORMAL_TOLERANCE
            && offset.dot(normal).abs() <= PLANE_TOLERANCE * now.distance.data[i];
        (self.object_id.data[at] == id && (id == 0 || same_surface)).then_some(at)
    }

    /// The lamps' light on pixel `i`, given what it was `before` on the same place; nits.
    pub(crate) fn lamp_light(&self, i: usize, before: [f32; 3]) -> [f32; 3] {
        followed(&self.lamp_light, &self.object_id, i, before)
    }

    /// Where pixel `i` was in the frame before: a place between pixels. `None` if that is nowhere near the picture.
    pub(crate) fn origin(&self, i: usize) -> Option<[f32; 2]> {
        let width = self.motion.width();
        let [dx, dy] = self.motion.data[i];
        let [x, y] = [(i % width) as f32 + dx, (i / width) as f32 + dy];
        (x.abs() < 1e6 && y.abs() < 1e6).then_some([x, y])
    }
}

/// Moves `memory`, whose surfaces were `seen`, to where they are seen `now`.
pub(crate) fn warp(memory: &Plane<Texel>, seen: &Seen, now: &Seen) -> Plane<Texel> {
    let mut warped = blank(memory.width(), memory.height());
    warped.data.par_iter_mut().enumerate().for_each(|(i, texel)| {
        *texel = nearest(memory, seen, now, i).unwrap_or(FORGOTTEN);
    });
    warped
}

/// No memory.
pub(crate) const FORGOTTEN: Texel = {
    let mut texel = [0.0; LANES];
    texel[VARIANCE] = UNKNOWN;
    texel
};

/// The memory that lies nearest to where pixel `i` was.
fn nearest(memory: &Plane<Texel>, seen: &Seen, now: &Seen, i: usize) -> Option<Texel> {
    let [x, y] = now.origin(i)?;
    let mut best: Option<(f32, [f32; 2], usize)> = None;
    for [column, row] in around([x, y]) {
        let Some(at) = seen.matching([column, row], now, i) else { continue };
        let texel = &memory.data[at];
        let offset = [column as f32 + texel[OFFSET] - x, row as f32 + texel[OFFSET + 1] - y];
        let distance = offset[0] * offset[0] + offset[1] * offset[1];
        if best.is_none_or(|(least, ..)| distance < least) {
            best = Some((distance, offset, at));
        }
    }
    let (_, offset, at) = best?;
    let remembered = &memory.data[at];
    let lamps = now.lamp_light(i, three(remembered, LAMPS));
    let mut moved = relit(remembered, lamps, now.mirrored.data[i]);
    moved[OFFSET..].copy_from_slice(&offset);
    Some(moved)
}

/// The four pixels around a place: upper left, upper right, lower left, lower right.
pub(crate) fn around([x, y]: [f32; 2]) -> [[i64; 2]; 4] {
    let [left, top] = [x.floor() as i64, y.floor() as i64];
    [[left, top], [left + 1, top], [left, top + 1], [left + 1, top + 1]]
}
