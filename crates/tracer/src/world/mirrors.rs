//! Flat mirrors, so that lamps can be chosen by way of them.

use glam::Vec3;

use super::{InstanceRecord, MirrorRecord, POLISHED, SMOOTH, Shapes, Surfaces};
use crate::transport::oriented_cross;

/// Faces that lamps are chosen by way of, the largest ones: each costs every bounce before it up to four rays.
const MOST_FACES: usize = 8;
/// A thing with more planes than this is no flat mirror.
const MOST_PLANES: usize = 64;
/// Meshes of more triangles are no plain mirrors either.
const MOST_TRIANGLES: usize = 4096;
/// A face counts if it is at least this share of its thing's surface, and of the largest face.
const LEAST_SHARE: [f32; 2] = [0.04, 0.01];
/// A corner lies in a triangle's plane if it is as near as this times the square root of the triangle's area.
const THICKNESS: f32 = 1e-4;

/// The flat mirrors of each slice, as many in each.
pub(super) fn mirrors(shapes: &Shapes, surfaces: &Surfaces) -> Vec<MirrorRecord> {
    let mut faces: Vec<Face> = (0..shapes.count).flat_map(|i| faces(shapes, surfaces, i)).collect();
    faces.sort_by(|a, b| b.area.total_cmp(&a.area));
    let least = faces.first().map_or(0.0, |largest| LEAST_SHARE[1] * largest.area);
    faces.retain(|face| face.area >= least);
    faces.truncate(MOST_FACES);
    let record = |first: usize, face: &Face| {
        let instance = &shapes.instances[first + face.instance];
        face.record(shapes, instance, surfaces.materials[instance.material as usize].base_color)
    };
    let still: Vec<_> =
        faces.iter().map(|face| (!shapes.moves(face.instance)).then(|| record(0, face))).collect();
    let firsts = (0..shapes.slice_shapes.len()).step_by(shapes.count.max(1));
    firsts
        .flat_map(|first| faces.iter().zip(&still).map(move |(face, still)| (first, face, still)))
        .map(|(first, face, still)| still.unwrap_or_else(|| record(first, face)))
        .collect()
}

/// Triangles of one instance in one plane.
struct Face {
    instance: usize,
    /// Its largest triangle, which has the plane.
    triangle: u32,
    largest: f32,
    area: f32,
    plane: Plane,
    is_flat: bool,
}

#[derive(Clone, Copy)]
struct Plane {
    normal: Vec3,
    offset: f32,
    thickness: f32,
}

impl Plane {
    /// Of a triangle, towards its front; and the triangle's area.
    fn new(instance: &InstanceRecord, corners: &[Vec3; 3]) -> (Self, f32) {
        let (cross, [a, b, c]) = (oriented_cross(instance, corners), corners);
        let area = 0.5 * cross.length();
        let normal = cross.normalize_or_zero();
        // Not below what rounding leaves of such coordinates.
        let rounding = 8.0 * f32::EPSILON * a.abs().max(b.abs()).max(c.abs()).max_element();
        (Self { normal, offset: normal.dot(*a), thickness: rounding.max(THICKNESS * area.sqrt()) }, area)
    }

    fn height(&self, point: Vec3) -> f32 {
        self.normal.dot(point) - self.offset
    }

    fn has(&self, corners: &[Vec3; 3]) -> bool {
        corners.iter().all(|corner| self.height(*corner).abs() <= self.thickness)
    }
}

/// The faces of an instance that are mirrors: none where it deforms, or is bent.
fn faces(shapes: &Shapes, surfaces: &Surfaces, index: usize) -> Vec<Face> {
    let instance = &shapes.instances[index];
    let is_polished = surfaces.materials[instance.material as usize].flags & POLISHED != 0;
    let shape = &shapes.slice_shapes[index];
    if !is_polished || shape.id.is_none() || shape.triangles.len() > MOST_TRIANGLES {
        return Vec::new();
    }
    let mut faces: Vec<Face> = Vec::new();
    for triangle in 0..shape.triangles.len() as u32 {
        let corners = shapes.corners(instance, triangle);
        let (plane, area) = Plane::new(instance, &corners);
        if area <= 0.0 {
            continue;
        }
        let is_flat = is_flat(shapes, instance, triangle);
        match faces.iter().position(|face| face.plane.has(&corners)) {
            Some(known) => {
                let face = &mut faces[known];
                face.area += area;
                face.is_flat &= is_flat;
                if area > face.largest {
                    (face.largest, face.triangle, face.plane) = (area, triangle, plane);
                }
            }
            None if faces.len() == MOST_PLANES => return Vec::new(),
            None => faces.push(Face { instance: index, triangle, largest: area, area, plane, is_flat }),
        }
    }
    let whole: f32 = faces.iter().map(|face| face.area).sum();
    faces.retain(|face| face.is_flat && face.area >= LEAST_SHARE[0] * whole);
    faces
}

/// Whether a triangle's shading normals are its own.
fn is_flat(shapes: &Shapes, instance: &InstanceRecord, triangle: u32) -> bool {
    let corners = shapes.vertices(instance, triangle);
    let [a, b, c] = corners.map(|corner| corner.position);
    let own = (b - a).cross(c - a).normalize_or_zero();
    instance.flags & SMOOTH == 0
        || corners.iter().all(|corner| corner.normal.normalize_or_zero().dot(own).abs() > 0.999_999)
}

impl Face {
    fn record(&self, shapes: &Shapes, instance: &InstanceRecord, color: Vec3) -> MirrorRecord {
        let corners = shapes.corners(instance, self.triangle);
        let (plane, _) = Plane::new(instance, &corners);
        let (mut low, mut high, mut own) = (0.0f32, 0.0f32, Vec::from(corners));
        for other in 0..shapes.slice_shapes[self.instance].triangles.len() as u32 {
            let others = shapes.corners(instance, other);
            if plane.has(&others) {
                own.extend(others);
            }
            for height in others.map(|corner| plane.height(corner)) {
                (low, high) = (low.min(height), high.max(height));
            }
        }
        // Of a closed convex thing, all else lies behind.
        let is_closed = low < -plane.thickness && high <= plane.thickness;
        let [a, b, c] = corners;
        let rectangle = [b - a, c - b, a - c]
            .map(|edge| Rectangle::new(&own, edge.normalize_or_zero(), plane.normal))
            .into_iter()
            .reduce(|best, other| if other.area() < best.area() { other } else { best })
            .unwrap_or_default();
        MirrorRecord {
            normal: plane.normal,
            offset: plane.offset,
            centre: rectangle.centre,
            instance: self.instance as u32,
            across: rectangle.across,
            half_width: rectangle.half_width,
            up: rectangle.up,
            half_height: rectangle.half_height,
            color,
            two_sided: u32::from(!is_closed),
            thickness: plane.thickness,
            padding: [0; 3],
        }
    }
}

/// A rectangle around points of a plane.
#[derive(Clone, Copy, Default)]
struct Rectangle {
    centre: Vec3,
    across: Vec3,
    up: Vec3,
    half_width: f32,
    half_height: f32,
}

impl Rectangle {
    fn new(points: &[Vec3], across: Vec3, normal: Vec3) -> Self {
        let up = normal.cross(across);
        let first = points[0];
        let span = |axis: Vec3| {
            let along = points.iter().map(|point| (*point - first).dot(axis));
            along.fold((0.0f32, 0.0f32), |(low, high), at| (low.min(at), high.max(at)))
        };
        let ((left, right), (bottom, top)) = (span(across), span(up));
        Self {
            centre: first + across * (0.5 * (left + right)) + up * (0.5 * (bottom + top)),
            across,
            up,
            half_width: 0.5 * (right - left),
            half_height: 0.5 * (top - bottom),
        }
    }

    fn area(&self) -> f32 {
        self.half_width * self.half_height
    }
}
