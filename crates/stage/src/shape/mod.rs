//! The document's shapes to triangle meshes.
//!
//! Every closed shape comes out as a closed surface: each edge belongs to exactly two triangles that run along it
//! in opposite directions, so that light and sound cannot leak through a seam.

mod faces;
mod flight;
mod loft;
mod room;
mod round;

use glam::Vec3;
use maquette_conditioning::Mesh;
use maquette_scene::document::Shape;

use crate::pose::vec3;

pub(crate) use faces::{Faces, smooth_normals};
pub(crate) use loft::{Ring, loft};
pub(crate) use room::{Room, slabs};
pub(crate) use round::Facets;

/// The meshes of a shape, in its own space; `Err` says what is wrong. A glTF shape has none here.
pub(crate) fn meshes(shape: &Shape, facets: Facets) -> Result<Vec<Mesh>, String> {
    let mesh = match shape {
        Shape::Box { size_m } => block(vec3(*size_m)),
        Shape::Sphere { radius_m } => round::sphere(*radius_m, facets),
        Shape::Cylinder { radius_m, height_m } => round::cylinder(*radius_m, *height_m, facets),
        Shape::Capsule { radius_m, height_m } => round::capsule(*radius_m, *height_m, facets),
        Shape::Plane { size_m } => plane(size_m.0, size_m.1),
        Shape::Wedge { size_m } => flight::wedge(vec3(*size_m)),
        Shape::Stairs { size_m, steps } => flight::stairs(vec3(*size_m), *steps),
        Shape::Room { size_m, thickness_m, openings, open_top } => {
            return Ok(room::meshes(&Room::new(vec3(*size_m), *thickness_m, openings, *open_top)));
        }
        Shape::Mesh { vertices_m, triangles } => written(vertices_m, triangles)?,
        Shape::Gltf(_) => return Ok(Vec::new()),
    };
    Ok(vec![mesh])
}

fn block(size: Vec3) -> Mesh {
    let mut faces = Faces::default();
    faces.block(-0.5 * size, 0.5 * size);
    faces.mesh()
}

fn plane(width: f32, depth: f32) -> Mesh {
    let (x, z) = (0.5 * width, 0.5 * depth);
    let mut faces = Faces::default();
    faces.quad([Vec3::new(-x, 0.0, z), Vec3::new(x, 0.0, z), Vec3::new(x, 0.0, -z), Vec3::new(-x, 0.0, -z)]);
    faces.mesh()
}

/// Triangles written out: flat shading, since nothing says which edges are meant to be smooth.
fn written(vertices: &[(f32, f32, f32)], triangles: &[(u32, u32, u32)]) -> Result<Mesh, String> {
    let mut faces = Faces::default();
    for &(a, b, c) in triangles {
        let corner = |i: u32| {
            let vertex = vertices.get(i as usize);
            vertex
                .map(|v| vec3(*v))
                .ok_or_else(|| format!("a triangle names corner {i}, but there are {}", vertices.len()))
        };
        faces.polygon(&[corner(a)?, corner(b)?, corner(c)?]);
    }
    Ok(faces.mesh())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Directed edges that no triangle runs along in the other direction, corners welded by position.
    pub(super) fn open_edges(meshes: &[Mesh]) -> usize {
        let mut balance: HashMap<[[u32; 3]; 2], i32> = HashMap::new();
        for mesh in meshes {
            let bits = |i: u32| (mesh.positions[i as usize] + 0.0).to_array().map(f32::to_bits);
            for t in &mesh.triangles {
                for (a, b) in [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])] {
                    let (a, b) = (bits(a), bits(b));
                    *balance.entry(if a < b { [a, b] } else { [b, a] }).or_default() +=
                        if a < b { 1 } else { -1 };
                }
            }
        }
        balance.values().filter(|count| **count != 0).count()
    }

    /// Enclosed volume by the divergence theorem; positive when triangles face outwards.
    pub(super) fn volume(meshes: &[Mesh]) -> f32 {
        let of = |mesh: &Mesh| -> f32 {
            let corner = |i: u32| mesh.positions[i as usize];
            let six = mesh.triangles.iter().map(|t| corner(t[0]).dot(corner(t[1]).cross(corner(t[2]))));
            six.sum::<f32>() / 6.0
        };
        meshes.iter().map(of).sum()
    }

    fn built(shape: &Shape) -> Vec<Mesh> {
        meshes(shape, Facets::FINE).unwrap()
    }

    #[test]
    fn solids_are_closed_and_have_their_volume() {
        use std::f32::consts::PI;
        let solids = [
            (Shape::Box { size_m: (1.0, 2.0, 3.0) }, 6.0),
            (Shape::Wedge { size_m: (1.0, 2.0, 3.0) }, 3.0),
            (Shape::Stairs { size_m: (1.0, 2.0, 3.0), steps: 4 }, 6.0 * 5.0 / 8.0),
            (Shape::Sphere { radius_m: 0.5 }, PI / 6.0),
            (Shape::Cylinder { radius_m: 0.5, height_m: 2.0 }, PI / 2.0),
            (Shape::Capsule { radius_m: 0.5, height_m: 2.0 }, PI / 4.0 + PI / 6.0),
        ];
        for (shape, expected) in solids {
            let meshes = built(&shape);
            assert_eq!(open_edges(&meshes), 0, "{shape:?}");
            let volume = volume(&meshes);
            assert!((volume / expected - 1.0).abs() < 0.01, "{shape:?}: {volume} against {expected}");
        }
    }

    #[test]
    fn normals_are_unit_and_agree_with_the_winding() {
        for shape in [
            Shape::Sphere { radius_m: 0.5 },
            Shape::Cylinder { radius_m: 0.5, height_m: 2.0 },
            Shape::Capsule { radius_m: 0.5, height_m: 2.0 },
            Shape::Stairs { size_m: (1.0, 2.0, 3.0), steps: 3 },
        ] {
            for mesh in built(&shape) {
                for t in &mesh.triangles {
                    let p = t.map(|i| mesh.positions[i as usize]);
                    let face = (p[1] - p[0]).cross(p[2] - p[0]);
                    for i in t {
                        let normal = mesh.normals[*i as usize];
                        assert!(normal.is_normalized() && normal.dot(face) > 0.0, "{shape:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_wedge_rises_from_its_front_to_its_back() {
        let mesh = &built(&Shape::Wedge { size_m: (1.0, 2.0, 3.0) })[0];
        assert!(mesh.positions.iter().all(|p| p.y < 1.0 || p.z == -1.5));
        assert!(mesh.positions.iter().any(|p| p.y == 1.0) && mesh.positions.iter().any(|p| p.z == 1.5));
    }

    #[test]
    fn a_plane_faces_up_and_carries_metres() {
        let mesh = &built(&Shape::Plane { size_m: (4.0, 2.0) })[0];
        assert!(mesh.normals.iter().all(|n| *n == Vec3::Y));
        let span = mesh.uvs.iter().fold(0.0f32, |span, uv| span.max((uv.x - mesh.uvs[0].x).abs()));
        assert_eq!(span, 4.0);
    }

    #[test]
    fn a_corner_that_does_not_exist_is_named() {
        let shape = Shape::Mesh { vertices_m: vec![(0.0, 0.0, 0.0); 3], triangles: vec![(0, 1, 7)] };
        assert!(meshes(&shape, Facets::FINE).unwrap_err().contains("corner 7"));
    }
}
