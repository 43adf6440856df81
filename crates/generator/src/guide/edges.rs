//! Geometry to a line drawing: the scribble picture that VACE was trained on, black lines on white paper.
//!
//! Its annotator (Chan et al., "Learning to Generate Line Drawings That Convey Geometry and Semantics", 2022, anime style) draws
//! outlines and creases, not textures. A line lies between two neighbouring pixels where
//!
//! - they show different things, or
//! - the depth steps: along a row or column the inverse depth of a plane is a linear function, however steeply it is seen, so a
//!   step is what the plane of neither side foretells, or
//! - the surface has a crease: its normal turns sharply.
//!
//! The nearer of the two is inked, so that an outline moves with its thing.

use glam::Vec3A;
use half::f16;
use maquette_conditioning::Plane;

use super::GuideFrame;

/// A step is a difference of inverse depth, by so much of itself, from what both sides foretell.
const STEP: f32 = 0.02;
/// A crease turns the normal by more: the cosine of 30°.
const CREASE: f32 = 0.866;
/// Lines are one pixel wide for each so many rows.
const ROWS_PER_PIXEL: usize = 480;

/// The line drawing of a frame: three equal channels, 0 on a line and 1 elsewhere.
pub(crate) fn edges(guide: &GuideFrame) -> Plane<[f32; 3]> {
    let seen = seen(guide);
    let (width, height) = (seen.width(), seen.height());
    let mut paper = Paper::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let at = |x: usize, y: usize| (x < width && y < height).then(|| seen.at(x, y));
            // One less than 0 is beyond any width.
            let across = [at(x.wrapping_sub(1), y), at(x, y), at(x + 1, y), at(x + 2, y)];
            let down = [at(x, y.wrapping_sub(1)), at(x, y), at(x, y + 1), at(x, y + 2)];
            for (four, next) in [(across, (x + 1, y)), (down, (x, y + 1))] {
                match line(four) {
                    Some(Inked::This) => paper.ink(x, y),
                    Some(Inked::Next) => paper.ink(next.0, next.1),
                    None => {}
                }
            }
        }
    }
    paper.0
}

struct Paper(Plane<[f32; 3]>);

impl Paper {
    fn new(width: usize, height: usize) -> Self {
        let mut paper = Plane::new(width, height);
        paper.data.fill([1.0; 3]);
        Self(paper)
    }

    fn ink(&mut self, x: usize, y: usize) {
        let (width, height) = (self.0.width(), self.0.height());
        let pen = ((height + ROWS_PER_PIXEL / 2) / ROWS_PER_PIXEL).max(1);
        for row in y..(y + pen).min(height) {
            self.0.data[row * width..][x..(x + pen).min(width)].fill([0.0; 3]);
        }
    }
}

/// What decides about lines.
#[derive(Clone, Copy)]
struct Seen {
    id: u32,
    /// 1/m along the view axis; 0 is a miss.
    nearness: f32,
    normal: Vec3A,
}

fn seen(guide: &GuideFrame) -> Plane<Seen> {
    let mut surfaces = guide.object_id.data.iter().zip(&guide.normal.data);
    guide.depth.map(|depth| {
        let (&id, normal) = surfaces.next().unwrap_or((&0, &[f16::ZERO; 3]));
        Seen { id, nearness: 1.0 / depth, normal: Vec3A::from_array(normal.map(f16::to_f32)) }
    })
}

enum Inked {
    This,
    Next,
}

/// Whether there is a line between the middle two of four neighbours in a row or column, and which of them it is drawn on.
fn line([before, this, next, after]: [Option<&Seen>; 4]) -> Option<Inked> {
    let (this, next) = (this?, next?);
    let whole = before.is_some_and(|at| at.id == this.id) && after.is_some_and(|at| at.id == next.id);
    let deep = step(before, this, next, after) > STEP * this.nearness.max(next.nearness);
    let seam = this.id != next.id && whole;
    // Two pixels on either side must agree, or it is a pore, or surfaces that coincide and take turns.
    let crease = whole && turned(Some(this), Some(next)) && turned(before, after);
    if !deep && !seam && !crease {
        return None;
    }
    // On one side only of a crease or contact, where rounding would choose.
    let next_is_nearer = next.nearness > (1.0 + STEP) * this.nearness;
    Some(if next_is_nearer { Inked::Next } else { Inked::This })
}

fn turned(one: Option<&Seen>, other: Option<&Seen>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.normal.dot(other.normal) < CREASE)
}

/// By how much the inverse depths of two neighbours differ beyond what either one's plane foretells; between two things, by how
/// much they differ.
fn step(before: Option<&Seen>, this: &Seen, next: &Seen, after: Option<&Seen>) -> f32 {
    if this.id != next.id {
        return (this.nearness - next.nearness).abs();
    }
    let unforetold = |before: Option<&Seen>, this: &Seen, next: &Seen| {
        let before = before.filter(|before| before.id == this.id);
        before.map_or(0.0, |before| (2.0 * this.nearness - before.nearness - next.nearness).abs())
    };
    unforetold(before, this, next).min(unforetold(after, next, this))
}

#[cfg(test)]
mod tests {
    use super::super::frame::tests::{Shown, set};
    use super::*;

    fn inked(guide: &GuideFrame) -> Vec<(usize, usize)> {
        let width = guide.width();
        let paper = edges(guide);
        (0..paper.data.len()).filter(|&i| paper.data[i] == [0.0; 3]).map(|i| (i % width, i / width)).collect()
    }

    /// A plane that is seen at the slopes `across` and `down`, 1/m a pixel.
    fn plane(across: f32, down: f32, x: usize, y: usize) -> f32 {
        1.0 / (0.2 + across * x as f32 + down * y as f32)
    }

    const FACING: [f32; 3] = [0.0, 0.0, 1.0];

    #[test]
    fn a_plane_seen_at_any_slope_has_no_lines() {
        for (across, down) in [(0.0, 0.0), (0.01, 0.0), (0.003, 0.02), (0.0, 0.05)] {
            let guide = set(64, 48, |x, y| Shown {
                depth: plane(across, down, x, y),
                id: 1,
                normal: FACING,
                light: [0.5; 3],
            });
            assert_eq!(inked(&guide), [], "{across}, {down}");
        }
    }

    #[test]
    fn an_outline_is_closed_and_lies_on_the_nearer_thing() {
        let inside = |x: usize, y: usize| (20..40).contains(&x) && (10..30).contains(&y);
        let guide = set(64, 48, |x, y| {
            let (depth, id) = if inside(x, y) { (2.0, 2) } else { (5.0, 1) };
            Shown { depth, id, normal: FACING, light: [0.5; 3] }
        });
        let border = |x, y| {
            inside(x, y) && !(inside(x + 1, y) && inside(x - 1, y) && inside(x, y + 1) && inside(x, y - 1))
        };
        let expected: Vec<_> =
            (0..48).flat_map(|y| (0..64).map(move |x| (x, y))).filter(|&(x, y)| border(x, y)).collect();
        assert_eq!(inked(&guide), expected);
    }

    #[test]
    fn a_step_in_one_thing_a_seam_and_a_crease_are_one_line_each() {
        let ramp = |x: usize| plane(0.002, 0.0, x, 0);
        let shown = |depth, id, normal| Shown { depth, id, normal, light: [0.5; 3] };
        let step = set(64, 8, |x, _| shown(if x < 32 { ramp(x) } else { 1.1 * ramp(x) }, 1, FACING));
        let seam = set(64, 8, |x, _| shown(ramp(x), if x < 32 { 1 } else { 2 }, FACING));
        let crease = set(64, 8, |x, _| shown(ramp(x), 1, if x < 32 { FACING } else { [0.8, 0.0, 0.6] }));
        let expected: Vec<_> = (0..8).map(|y| (31, y)).collect();
        for (name, guide) in [("step", step), ("seam", seam), ("crease", crease)] {
            assert_eq!(inked(&guide), expected, "{name}");
        }
    }

    #[test]
    fn pores_and_coincident_surfaces_leave_the_paper_clean() {
        let pore = |x: usize, y: usize| x % 9 == 4 && y % 7 == 3;
        let guide = set(64, 48, |x, y| Shown {
            depth: 3.0,
            id: if pore(x + 4, y + 4) { 2 } else { 1 },
            normal: if pore(x, y) { [0.8, 0.0, 0.6] } else { FACING },
            light: [0.5; 3],
        });
        assert_eq!(inked(&guide), []);
    }

    #[test]
    fn the_outline_of_a_drifting_ball_keeps_its_length() {
        let lengths: Vec<usize> = (0..16)
            .map(|step| {
                let middle = (32.0 + step as f32 / 16.0, 24.0 + step as f32 / 23.0);
                let ball = |x: usize, y: usize| (x as f32 - middle.0).hypot(y as f32 - middle.1) < 14.0;
                inked(&set(64, 48, |x, y| {
                    let (depth, id) = if ball(x, y) { (2.0, 2) } else { (4.0, 1) };
                    Shown { depth, id, normal: FACING, light: [0.5; 3] }
                }))
                .len()
            })
            .collect();
        let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
        assert!(most - least <= most / 16, "{lengths:?}");
    }

    #[test]
    fn lines_grow_with_the_picture() {
        let count = |rows: usize| {
            let guide = set(16, rows, |x, _| Shown {
                depth: 3.0,
                id: 1 + x as u32 / 8,
                normal: FACING,
                light: [0.5; 3],
            });
            inked(&guide).len() / rows
        };
        assert_eq!([270, 480, 1080, 2160].map(count), [1, 1, 2, 5]);
    }
}
