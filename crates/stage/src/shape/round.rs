//! Spheres, cylinders and capsules: rings of corners around +Y with exact normals.

use std::f32::consts::{FRAC_PI_2, PI};

use glam::{Vec2, Vec3};
use maquette_conditioning::Mesh;

use super::Faces;

/// How finely round things are cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facets {
    /// Sides around the axis.
    pub(crate) around: u32,
    /// Rings from pole to pole.
    pub(crate) rings: u32,
}

impl Facets {
    /// For pictures: the silhouette of a sphere that fills a 1080-line frame strays by half a pixel.
    pub(crate) const FINE: Self = Self { around: 64, rings: 32 };
    /// For sound: no wave up to 16 kHz sees the difference on anything smaller than a room.
    pub(crate) const COARSE: Self = Self { around: 12, rings: 6 };
}

/// One ring of corners: height, radius, and the slope of the outline there.
struct Circle {
    y: f32,
    radius: f32,
    normal_y: f32,
    normal_out: f32,
    v: f32,
}

pub(super) fn sphere(radius: f32, facets: Facets) -> Mesh {
    let mut faces = Faces::default();
    let rings: Vec<Circle> = arc(radius, 0.0, 0.0..=1.0, facets.rings, PI * radius).collect();
    band(&mut faces, &rings, facets.around, std::f32::consts::TAU * radius);
    faces.mesh()
}

pub(super) fn capsule(radius: f32, height: f32, facets: Facets) -> Mesh {
    let straight = (0.5 * height - radius).max(0.0);
    let half = facets.rings.div_ceil(2);
    let length = PI * radius + 2.0 * straight;
    let mut rings: Vec<Circle> = arc(radius, straight, 0.0..=0.5, half, length).collect();
    rings.extend(arc(radius, -straight, 0.5..=1.0, half, length));
    if straight == 0.0 {
        rings.remove(half as usize);
    }
    let mut faces = Faces::default();
    band(&mut faces, &rings, facets.around, std::f32::consts::TAU * radius);
    faces.mesh()
}

pub(super) fn cylinder(radius: f32, height: f32, facets: Facets) -> Mesh {
    let circle = |y: f32, v: f32| Circle { y, radius, normal_y: 0.0, normal_out: 1.0, v };
    let mut faces = Faces::default();
    let sides = [circle(0.5 * height, 0.0), circle(-0.5 * height, height)];
    band(&mut faces, &sides, facets.around, std::f32::consts::TAU * radius);
    let rim = |y: f32| move |i: u32| around(i, facets.around) * radius + Vec3::Y * y;
    faces.polygon(&(0..facets.around).map(rim(0.5 * height)).collect::<Vec<_>>());
    faces.polygon(&(0..facets.around).rev().map(rim(-0.5 * height)).collect::<Vec<_>>());
    faces.mesh()
}

/// Circles along part of a half circle from the upper (share 0) to the lower pole (share 1).
fn arc(
    radius: f32,
    lift: f32,
    shares: std::ops::RangeInclusive<f32>,
    count: u32,
    length: f32,
) -> impl Iterator<Item = Circle> {
    let (from, to) = (*shares.start(), *shares.end());
    (0..=count).map(move |i| {
        let share = from + (to - from) * i as f32 / count as f32;
        let (sin, cos) = exact_sin_cos(share);
        let v = share * PI * radius + if lift < 0.0 { length - PI * radius } else { 0.0 };
        Circle { y: lift + radius * cos, radius: radius * sin, normal_y: cos, normal_out: sin, v }
    })
}

/// Sine and cosine of share·π, exact at the poles and the equator so that rings meet.
fn exact_sin_cos(share: f32) -> (f32, f32) {
    match share {
        0.0 => (0.0, 1.0),
        0.5 => (1.0, 0.0),
        1.0 => (0.0, -1.0),
        _ => (share * PI).sin_cos(),
    }
}

/// Unit vector to side `i`; the last side is the first again, bit for bit. Counter-clockwise seen from above.
fn around(i: u32, sides: u32) -> Vec3 {
    let angle = 2.0 * PI * (i % sides) as f32 / sides as f32 + FRAC_PI_2;
    Vec3::new(angle.cos(), 0.0, -angle.sin())
}

/// Quads between successive rings, top to bottom; triangles where a ring is a pole.
fn band(faces: &mut Faces, rings: &[Circle], sides: u32, girth: f32) {
    let first = faces.positions.len() as u32;
    for ring in rings {
        for i in 0..=sides {
            let out = around(i, sides);
            let uv = Vec2::new(girth * i as f32 / sides as f32, ring.v);
            let normal = (out * ring.normal_out + Vec3::Y * ring.normal_y).normalize();
            faces.corner(out * ring.radius + Vec3::Y * ring.y, normal, uv);
        }
    }
    let row = sides + 1;
    for r in 0..rings.len() as u32 - 1 {
        for i in 0..sides {
            let (a, b) = (first + r * row + i, first + (r + 1) * row + i);
            if rings[r as usize].radius > 0.0 {
                faces.triangles.push([a, b, a + 1]);
            }
            if rings[r as usize + 1].radius > 0.0 {
                faces.triangles.push([a + 1, b, b + 1]);
            }
        }
    }
}
