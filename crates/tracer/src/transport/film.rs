//! Where in a pixel's surroundings a sample falls.

use glam::Vec2;

use crate::world::{FILTER_STEPS, FILTER_TABLE, FrameRecord};

/// Offset from the pixel's centre, in pixels, distributed as the filter.
#[inline(always)]
pub(crate) fn pixel_offset(frame: &FrameRecord, tables: &[f32], u: Vec2) -> Vec2 {
    match frame.filter_kind {
        0 => u - 0.5,
        _ => Vec2::new(filter_offset(tables, u.x), filter_offset(tables, u.y)),
    }
}

#[inline(always)]
fn filter_offset(tables: &[f32], u: f32) -> f32 {
    let at = u * FILTER_STEPS as f32;
    let step = (at as usize).min(FILTER_STEPS - 1);
    let (low, high) = (tables[FILTER_TABLE + step], tables[FILTER_TABLE + step + 1]);
    low + (high - low) * (at - step as f32)
}
