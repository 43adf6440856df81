//! Rounded cross-sections along a line to a smooth closed body: limbs, torsos, heads.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};
use maquette_conditioning::Mesh;

use super::smooth_normals;

/// A cross-section at a height: half width (x), reach towards the front (−Z) and the back (+Z), and the shift of
/// its middle towards the front.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring {
    pub(crate) y: f32,
    pub(crate) half_width: f32,
    pub(crate) front: f32,
    pub(crate) back: f32,
    pub(crate) ahead: f32,
}

impl Ring {
    fn numbers(&self) -> [f32; 5] {
        [self.y, self.half_width, self.front, self.back, self.ahead]
    }
}

const SIDES: usize = 24;
const CUTS: usize = 4;
const CAP_RINGS: usize = 5;

/// A closed body through rings from top to bottom, smooth between them, with round ends that reach
/// `cap` (top, bottom) beyond the first and last.
pub(crate) fn loft(rings: &[Ring], cap: [f32; 2]) -> Mesh {
    let body = smoothed(rings);
    let mut outline: Vec<Ring> = Vec::new();
    outline.extend(dome(&body[0], cap[0]).into_iter().rev());
    outline.extend(&body);
    outline.extend(dome(&body[body.len() - 1], -cap[1]));
    skin(&outline)
}

/// Rings between the given ones: Catmull-Rom in every number.
fn smoothed(rings: &[Ring]) -> Vec<Ring> {
    let last = rings.len() - 1;
    let mut all = Vec::with_capacity(last * CUTS + 1);
    for i in 0..last {
        let p = [i.saturating_sub(1), i, i + 1, (i + 2).min(last)].map(|k| rings[k].numbers());
        for cut in 0..CUTS {
            let t = cut as f32 / CUTS as f32;
            let mix = |n: usize| catmull_rom([p[0][n], p[1][n], p[2][n], p[3][n]], t);
            all.push(Ring { y: mix(0), half_width: mix(1), front: mix(2), back: mix(3), ahead: mix(4) });
        }
    }
    all.push(rings[last]);
    all
}

fn catmull_rom(p: [f32; 4], t: f32) -> f32 {
    let (a, b) = (0.5 * (p[2] - p[0]), 0.5 * (p[3] - p[1]));
    let (t2, t3) = (t * t, t * t * t);
    p[1] * (2.0 * t3 - 3.0 * t2 + 1.0)
        + a * (t3 - 2.0 * t2 + t)
        + p[2] * (3.0 * t2 - 2.0 * t3)
        + b * (t3 - t2)
}

/// Shrinking rings beyond an end, a quarter ellipse; the last is nearly a point.
fn dome(end: &Ring, reach: f32) -> Vec<Ring> {
    let ring = |i: usize| {
        let angle = std::f32::consts::FRAC_PI_2 * i as f32 / CAP_RINGS as f32;
        let (sin, cos) = angle.sin_cos();
        let scale = cos.max(1e-3);
        Ring {
            y: end.y + reach * sin,
            half_width: end.half_width * scale,
            front: end.front * scale,
            back: end.back * scale,
            ahead: end.ahead,
        }
    };
    (1..=CAP_RINGS).map(ring).collect()
}

fn skin(outline: &[Ring]) -> Mesh {
    let mut positions = Vec::new();
    let mut triangles = Vec::new();
    for ring in outline {
        for side in 0..SIDES {
            let (sin, cos) = (TAU * side as f32 / SIDES as f32).sin_cos();
            let depth = if sin > 0.0 { ring.front } else { ring.back };
            positions.push(Vec3::new(ring.half_width * cos, ring.y, -ring.ahead - depth * sin));
        }
    }
    let at = |row: usize, side: usize| (row * SIDES + side % SIDES) as u32;
    for row in 0..outline.len() - 1 {
        for side in 0..SIDES {
            let [a, b, c, d] = [at(row, side), at(row + 1, side), at(row + 1, side + 1), at(row, side + 1)];
            triangles.extend([[a, b, d], [d, b, c]]);
        }
    }
    let last = outline.len() - 1;
    triangles.extend((1..SIDES - 1).map(|side| [at(0, 0), at(0, side), at(0, side + 1)]));
    triangles.extend((1..SIDES - 1).map(|side| [at(last, 0), at(last, side + 1), at(last, side)]));
    let normals = smooth_normals(&positions, &triangles);
    let uvs = positions.iter().map(|p| Vec2::new(p.x, -p.y)).collect();
    #[allow(clippy::expect_used)] // one normal and one uv a position; `at` stays below their number
    Mesh::new(positions, normals, uvs, triangles).expect("lists grow together")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{open_edges, volume};
    use super::*;

    #[test]
    fn a_loft_of_equal_circles_is_a_closed_capsule() {
        let mesh = loft(
            &[1.0, 0.0].map(|y| Ring { y, half_width: 0.2, front: 0.2, back: 0.2, ahead: 0.0 }),
            [0.2, 0.2],
        );
        let exact = std::f32::consts::PI * (0.04 + 4.0 / 3.0 * 0.008);
        assert_eq!(open_edges(std::slice::from_ref(&mesh)), 0);
        let volume = volume(std::slice::from_ref(&mesh));
        assert!((volume / exact - 1.0).abs() < 0.03, "{volume} against {exact}");
    }
}
