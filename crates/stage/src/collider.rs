//! Shapes to what physics collides with.
//!
//! Primitives are exact, ramps are convex, stairs and rooms are made of boxes. A mesh that stands still keeps its
//! triangles; one that moves becomes its convex hull, since only solids have a mass.

use bevy_rapier3d::prelude::Collider;
use glam::{Quat, Vec3};
use maquette_conditioning::Mesh;
use maquette_scene::document::Shape;

use crate::{
    pose::vec3,
    shape::{Room, slabs},
};

/// A plane is a sheet of this thickness: below the surface when it stands still, so that things rest on the surface.
const SHEET_M: f32 = 0.02;

/// The collider of a shape at a scale. `meshes` are its triangles with their place in the piece (for inline and
/// glTF meshes); `moves` asks for a solid. `Err` says why there is none.
pub(crate) fn collider(
    shape: &Shape,
    scale: f32,
    meshes: &[(&Mesh, glam::Affine3A)],
    moves: bool,
) -> Result<Collider, String> {
    let half = |size: (f32, f32, f32)| 0.5 * scale * vec3(size);
    match shape {
        Shape::Box { size_m } => Ok(cuboid(half(*size_m))),
        Shape::Sphere { radius_m } => Ok(Collider::ball(radius_m * scale)),
        Shape::Cylinder { radius_m, height_m } => {
            Ok(Collider::cylinder(0.5 * height_m * scale, radius_m * scale))
        }
        Shape::Capsule { radius_m, height_m } => {
            Ok(Collider::capsule_y((0.5 * height_m - radius_m).max(0.0) * scale, radius_m * scale))
        }
        Shape::Plane { size_m } => Ok(sheet(size_m.0 * scale, size_m.1 * scale, moves)),
        Shape::Stairs { size_m, steps } => Ok(compound(steps_of(half(*size_m), *steps))),
        Shape::Room { size_m, thickness_m, openings, open_top } => {
            let room = Room::new(vec3(*size_m), *thickness_m, openings, *open_top);
            Ok(compound(slabs(&room).into_iter().map(|(centre, half)| (centre * scale, half * scale))))
        }
        Shape::Wedge { .. } => hull(&points(meshes, scale)),
        Shape::Mesh { .. } | Shape::Gltf(_) if moves => hull(&points(meshes, scale)),
        Shape::Mesh { .. } | Shape::Gltf(_) => triangles(meshes, scale),
    }
}

fn cuboid(half: Vec3) -> Collider {
    Collider::cuboid(half.x, half.y, half.z)
}

fn compound(boxes: impl IntoIterator<Item = (Vec3, Vec3)>) -> Collider {
    let part = |(centre, half): (Vec3, Vec3)| (centre, Quat::IDENTITY, cuboid(half));
    Collider::compound(boxes.into_iter().map(part).collect())
}

fn sheet(width: f32, depth: f32, moves: bool) -> Collider {
    let half = Vec3::new(0.5 * width, 0.5 * SHEET_M, 0.5 * depth);
    if moves { cuboid(half) } else { compound([(Vec3::new(0.0, -half.y, 0.0), half)]) }
}

/// One box a step, from the ground up.
fn steps_of(half: Vec3, steps: u32) -> impl Iterator<Item = (Vec3, Vec3)> {
    let n = steps as f32;
    (0..steps).map(move |i| {
        let height = half.y * (i + 1) as f32 / n;
        let z = half.z - 2.0 * half.z * (i as f32 + 0.5) / n;
        (Vec3::new(0.0, height - half.y, z), Vec3::new(half.x, height, half.z / n))
    })
}

fn points(meshes: &[(&Mesh, glam::Affine3A)], scale: f32) -> Vec<Vec3> {
    let of = |(mesh, place): &(&Mesh, glam::Affine3A)| {
        let place = *place;
        mesh.positions.iter().map(move |p| scale * place.transform_point3(*p)).collect::<Vec<_>>()
    };
    meshes.iter().flat_map(of).collect()
}

fn hull(points: &[Vec3]) -> Result<Collider, String> {
    if points.iter().any(|p| !p.is_finite()) {
        return Err("has corners that are not finite".to_owned());
    }
    let flat = "is flat: nothing that falls can be without volume";
    (spread(points) > 0.0).then(|| Collider::convex_hull(points)).flatten().ok_or_else(|| flat.to_owned())
}

/// Volume of the points' bounding box: a quick look whether there can be a hull at all.
fn spread(points: &[Vec3]) -> f32 {
    let low = points.iter().copied().fold(Vec3::INFINITY, Vec3::min);
    let high = points.iter().copied().fold(Vec3::NEG_INFINITY, Vec3::max);
    if points.len() < 4 { 0.0 } else { (high - low).element_product() }
}

fn triangles(meshes: &[(&Mesh, glam::Affine3A)], scale: f32) -> Result<Collider, String> {
    let mut indices = Vec::new();
    let mut first = 0;
    for (mesh, _) in meshes {
        indices.extend(mesh.triangles.iter().map(|t| t.map(|i| i + first)));
        first += mesh.positions.len() as u32;
    }
    Collider::trimesh(points(meshes, scale), indices).map_err(|e| format!("cannot be collided with: {e}"))
}
