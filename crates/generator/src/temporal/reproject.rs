//! Moves what is remembered to where it is seen now.
//!
//! Each pixel's motion vector points between pixels of the previous frame. One of the four around is taken whole, the one
//! whose remembered surface lies nearest, and the rest of the way is remembered with it. Interpolation would be smoother,
//! but it spreads noise over neighbours, and the denoiser takes spread noise for texture; and what is interpolated in
//! every frame blurs, while this stays within half a pixel for good.
//!
//! A value counts only if it belongs to the same thing, on the same plane, facing the same way; where none does, the
//! surface was hidden or outside, and nothing is remembered.

use glam::Vec3;
use maquette_conditioning::{GBuffer, Plane};
use rayon::prelude::*;

use super::texel::{LANES, OFFSET, Texel, VARIANCE, blank};

/// What is compared to know a surface again.
pub(crate) struct Seen {
    position: Plane<[f32; 3]>,
    normal: Plane<[f32; 3]>,
    object_id: Plane<u32>,
}

/// The memory, moved; `valid` is 1 where something is remembered and 0 elsewhere.
pub(crate) struct Warped {
    pub(crate) texels: Plane<Texel>,
    pub(crate) valid: Plane<f32>,
}

/// Variance of what is not remembered: so large that it gets no weight.
pub(crate) const UNKNOWN: f32 = 1e6;
/// How far off the plane, over the distance from the camera: what walks moves about a hundredth of it in a frame.
const PLANE_TOLERANCE: f32 = 0.02;
/// Cosine between normals.
const NORMAL_TOLERANCE: f32 = 0.7;

impl Seen {
    pub(crate) fn new(gbuffer: &GBuffer) -> Self {
        Self {
            position: gbuffer.position.clone(),
            normal: gbuffer.normal.clone(),
            object_id: gbuffer.object_id.clone(),
        }
    }

    /// Whether pixel `i` of `now` shows what stood at pixel `j`.
    fn matches(&self, j: usize, now: &GBuffer, i: usize) -> bool {
        let id = now.object_id.data[i];
        if self.object_id.data[j] != id {
            return false;
        }
        if id == 0 {
            return true;
        }
        let normal = Vec3::from(now.normal.data[i]);
        let offset = Vec3::from(self.position.data[j]) - Vec3::from(now.position.data[i]);
        normal.dot(Vec3::from(self.normal.data[j])) >= NORMAL_TOLERANCE
            && offset.dot(normal).abs() <= PLANE_TOLERANCE * now.distance.data[i]
    }
}

/// Moves `memory`, whose surfaces were `seen`, to where `gbuffer` shows them.
pub(crate) fn warp(memory: &Plane<Texel>, seen: &Seen, gbuffer: &GBuffer) -> Warped {
    let (width, height) = (memory.width(), memory.height());
    let mut texels = blank(width, height);
    let mut valid = Plane::new(width, height);
    let rows = texels.data.par_chunks_mut(width).zip(valid.data.par_chunks_mut(width));
    rows.enumerate().for_each(|(y, (texels, valid))| {
        for (x, (texel, valid)) in texels.iter_mut().zip(valid).enumerate() {
            let source = Source { memory, seen, gbuffer, pixel: y * width + x };
            let [dx, dy] = gbuffer.motion.data[source.pixel];
            match source.nearest([x as f32 + dx, y as f32 + dy]) {
                Some(found) => (*texel, *valid) = (found, 1.0),
                None => *texel = FORGOTTEN,
            }
        }
    });
    Warped { texels, valid }
}

/// No memory.
pub(crate) const FORGOTTEN: Texel = {
    let mut texel = [0.0; LANES];
    texel[VARIANCE] = UNKNOWN;
    texel[VARIANCE + 1] = UNKNOWN;
    texel
};

struct Source<'a> {
    memory: &'a Plane<Texel>,
    seen: &'a Seen,
    gbuffer: &'a GBuffer,
    pixel: usize,
}

impl Source<'_> {
    /// The memory that lies nearest to a place between pixels.
    fn nearest(&self, [x, y]: [f32; 2]) -> Option<Texel> {
        if !(x.abs() < 1e6 && y.abs() < 1e6) {
            return None;
        }
        let corner = [x.floor() as i64, y.floor() as i64];
        let mut best: Option<(f32, [f32; 2], &Texel)> = None;
        for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| (corner[0] + dx, corner[1] + dy))
        {
            let Some(texel) = self.at(column, row) else { continue };
            let offset = [column as f32 + texel[OFFSET] - x, row as f32 + texel[OFFSET + 1] - y];
            let distance = offset[0] * offset[0] + offset[1] * offset[1];
            if best.is_none_or(|(least, ..)| distance < least) {
                best = Some((distance, offset, texel));
            }
        }
        let (_, offset, texel) = best?;
        let mut moved = *texel;
        moved[OFFSET..].copy_from_slice(&offset);
        Some(moved)
    }

    /// The memory of a pixel, if it is of the same surface.
    fn at(&self, x: i64, y: i64) -> Option<&Texel> {
        let (width, height) = (self.memory.width() as i64, self.memory.height() as i64);
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        let at = (y * width + x) as usize;
        (inside && self.seen.matches(at, self.gbuffer, self.pixel)).then(|| &self.memory.data[at])
    }
}
