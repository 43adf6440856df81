//! A point to its place among boards, bricks, tiles or threads.

use std::f32::consts::PI;

use glam::{IVec3, Vec2, Vec3};

use super::{BRICK, TILED, WOOD, WOVEN};
use crate::{
    transport::noise::{flattened, lattice, ramp, unit},
    world::MaterialRecord,
};

/// Length of a board over its width.
const BOARD: f32 = 9.0;
/// Height of a course over the length of a brick.
const COURSE: f32 = 0.33;

/// Where a point lies in a regular layout; all zero in patterns that have none.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spot {
    /// In the layout's plane.
    pub(crate) flat: Vec2,
    /// Across the plane.
    pub(crate) depth: f32,
    /// Bits of the board, brick, tile or thread.
    pub(crate) id: u32,
    /// Distance to its edge.
    pub(crate) edge: f32,
    /// Of a tile: place within it. Of a thread: along and across.
    pub(crate) inner: Vec2,
    /// Height of the upper thread.
    pub(crate) top: f32,
}

pub(crate) fn spot(material: &MaterialRecord, p: Vec3, normal: Vec3) -> Spot {
    let flat = flattened(p, normal);
    let spot = Spot { flat, depth: p.dot(normal.abs()), edge: 1.0, ..Spot::default() };
    match material.pattern {
        WOOD if material.pattern_amount > 0.0 => board(spot),
        BRICK => brick(spot),
        TILED => tile(spot),
        WOVEN => thread(spot),
        _ => spot,
    }
}

fn board(spot: Spot) -> Spot {
    let row = spot.flat.y.floor();
    let shift = 3.7 * unit(lattice(IVec3::new(row as i32, 0, 0), 51));
    let turns = spot.flat.x / BOARD + shift;
    let board = turns.floor();
    let (across, along) = (spot.flat.y - row, BOARD * (turns - board));
    Spot {
        id: lattice(IVec3::new(row as i32, board as i32, 1), 53),
        edge: across.min(1.0 - across).min(along.min(BOARD - along)),
        ..spot
    }
}

fn brick(spot: Spot) -> Spot {
    let course = (spot.flat.y / COURSE).floor();
    let along = spot.flat.x + if course as i32 & 1 == 0 { 0.0 } else { 0.5 };
    let number = along.floor();
    let across = spot.flat.y - COURSE * course;
    Spot {
        id: lattice(IVec3::new(number as i32, course as i32, 3), 101),
        edge: (along - number).min(number + 1.0 - along).min(across.min(COURSE - across)),
        ..spot
    }
}

fn tile(spot: Spot) -> Spot {
    let cell = spot.flat.floor();
    let inner = spot.flat - cell;
    Spot {
        id: lattice(IVec3::new(cell.x as i32, cell.y as i32, 5), 111),
        edge: inner.x.min(1.0 - inner.x).min(inner.y.min(1.0 - inner.y)),
        inner,
        ..spot
    }
}

/// Plain weave: threads a unit wide, over and under in turn.
fn thread(spot: Spot) -> Spot {
    let cell = spot.flat.floor();
    let at = (spot.flat - cell - 0.5) * PI;
    let (i, j) = (cell.x as i32, cell.y as i32);
    let over = if (i + j) & 1 == 0 { 1.0 } else { -1.0 };
    let (c, d) = (at.x.cos(), at.y.cos());
    let (weft, warp) = (d * (0.6 + 0.4 * over * c), c * (0.6 - 0.4 * over * d));
    let weft_on_top = weft > warp;
    Spot {
        id: lattice(if weft_on_top { IVec3::new(j, 0, 7) } else { IVec3::new(i, 1, 7) }, 61),
        inner: if weft_on_top { spot.flat } else { Vec2::new(spot.flat.y, spot.flat.x) },
        top: weft.max(warp),
        ..spot
    }
}

/// A line of a half width with soft edges, as a share of what a footprint sees.
pub(super) fn line(distance: f32, half: f32, soft: f32, width: f32) -> f32 {
    let wide = half.max(0.5 * width);
    (half / wide) * (1.0 - ramp(wide - 0.5 * soft, wide + soft.max(0.5 * width), distance))
}
