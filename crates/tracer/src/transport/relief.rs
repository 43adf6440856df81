//! Normals that are finer than triangles: normal maps, and the relief of patterns.
//!
//! Both start from the triangle as it stands undeformed and as it stands in the world. Directions are carried from one
//! to the other along the triangle's edges, so that maps and patterns stay on a surface that bends.

use glam::{Vec2, Vec3};

use super::{Scene, frame::Frame, pattern, texture};
use crate::world::{InstanceRecord, MIRRORED, MaterialRecord, NONE, TANGENTS, VertexRecord};

/// A hit triangle, in the world and at rest.
pub(crate) struct Facet<'a> {
    pub(crate) instance: &'a InstanceRecord,
    pub(crate) triangle: u32,
    /// In the world.
    pub(crate) corners: [Vec3; 3],
    /// In local space, as it stands.
    pub(crate) vertices: [&'a VertexRecord; 3],
    pub(crate) weights: [f32; 3],
}

/// A surface's normal, and what its relief makes of the rest.
#[derive(Clone, Copy)]
pub(crate) struct Detailed {
    pub(crate) normal: Vec3,
    pub(crate) grain: pattern::Grain,
}

fn edges(corners: &[Vec3; 3]) -> [Vec3; 2] {
    [corners[1] - corners[0], corners[2] - corners[0]]
}

fn mixed(values: [Vec3; 3], weights: &[f32; 3]) -> Vec3 {
    values[0] * weights[0] + values[1] * weights[1] + values[2] * weights[2]
}

/// A direction in the plane of `from` as the same direction in the plane of `to`.
fn carried(direction: Vec3, from: [Vec3; 2], to: [Vec3; 2]) -> Vec3 {
    let [a, b] = from;
    let (aa, ab, bb) = (a.dot(a), a.dot(b), b.dot(b));
    let (da, db) = (direction.dot(a), direction.dot(b));
    let scale = 1.0 / (aa * bb - ab * ab).max(1e-30);
    to[0] * ((bb * da - ab * db) * scale) + to[1] * ((aa * db - ab * da) * scale)
}

/// Directions in the world of the image's right and up, not orthonormal; zero where texture coordinates say nothing.
fn tangents(scene: &Scene, facet: &Facet) -> [Vec3; 2] {
    let world = edges(&facet.corners);
    if facet.instance.flags & TANGENTS == 0 {
        let [a, b, c] = facet.vertices.map(|v| Vec2::new(v.u, v.v));
        let (d, e) = (b - a, c - a);
        let scale = 1.0 / d.perp_dot(e);
        if !scale.is_finite() {
            return [Vec3::ZERO; 2];
        }
        // v counts downwards.
        return [(world[0] * e.y - world[1] * d.y) * scale, (world[0] * e.x - world[1] * d.x) * scale];
    }
    let shapes = &scene.world.shapes;
    let at = shapes.rest_indices(facet.instance, facet.triangle);
    let rest = edges(&at.map(|i| shapes.vertices[i].position));
    let packed = at.map(|i| shapes.tangents[i]);
    let tangent = mixed(packed.map(unpacked), &facet.weights);
    let handed = if packed[0] >> 30 & 1 == 0 { 1.0 } else { -1.0 };
    let normal = mixed(at.map(|i| shapes.vertices[i].normal), &facet.weights);
    [carried(tangent, rest, world), carried(normal.cross(tangent) * handed, rest, world)]
}

/// The unit vector that `world::shapes` packed.
fn unpacked(bits: u32) -> Vec3 {
    let at = Vec2::new((bits & 32_767) as f32, (bits >> 15 & 32_767) as f32) * (2.0 / 32_767.0) - 1.0;
    let z = 1.0 - at.x.abs() - at.y.abs();
    let fold = (-z).max(0.0);
    let v = Vec3::new(at.x - fold.copysign(at.x), at.y - fold.copysign(at.y), z);
    v.normalize()
}

/// The normal map's normal about `normal`, which points to the triangle's front; and the mean square of the slopes
/// that the map's smaller levels averaged away (Toksvig, "Mipmapping Normal Maps", 2005).
pub(crate) fn mapped_normal(
    scene: &Scene,
    material: &MaterialRecord,
    facet: &Facet,
    place: &texture::Place,
    normal: Vec3,
) -> (Vec3, f32) {
    let surfaces = &scene.world.surfaces;
    let [along, up] = tangents(scene, facet);
    let tangent = along - normal * normal.dot(along);
    let square = tangent.length_squared();
    if square < 1e-30 {
        return (normal, 0.0);
    }
    let tangent = tangent / square.sqrt();
    let across = normal.cross(tangent);
    let handed = if across.dot(up) < 0.0 { -1.0 } else { 1.0 };
    let painted = texture::look(surfaces, material.normal_texture, place).truncate() * 2.0 - 1.0;
    let length = painted.length();
    if painted.z <= 0.0 && length < 1e-3 {
        return (normal, 0.0);
    }
    let slopes = Vec2::new(painted.x, painted.y) * material.normal_scale;
    let bent = tangent * slopes.x + across * (slopes.y * handed) + normal * painted.z;
    let level = texture::level(&surfaces.textures[material.normal_texture as usize], place);
    // Eight bits shorten a normal by up to a hundredth without meaning it.
    let lost = ((1.0 - length) / length.max(0.1) - 0.01).max(0.0) * level.min(1.0);
    (bent.normalize_or(normal), lost)
}

/// The pattern at a hit: `normal` points to the viewer's side, `width` is the ray's footprint there.
pub(crate) fn detailed(
    scene: &Scene,
    material: &MaterialRecord,
    facet: &Facet,
    normal: Vec3,
    width: f32,
) -> Detailed {
    let scale = 1.0 / material.pattern_scale;
    let rest = rest_corners(scene, facet);
    let p = mixed(rest, &facet.weights) * scale;
    let width = width * scale;
    let (world, still) = (frame_of(&facet.corners), frame_of(&rest));
    let sign = if facet.instance.flags & MIRRORED != 0 { -1.0 } else { 1.0 };
    let to_rest = |v: Vec3| {
        let local = world.local(v);
        still.world(Vec3::new(local.x, local.y, local.z * sign))
    };
    let rest_normal = to_rest(normal);
    let grain = pattern::grain(material, p, rest_normal, width);
    let around = Frame::new(rest_normal);
    let step = (0.5 * width).max(0.01).max(2e-5 * scale);
    let rise = |direction: Vec3| {
        let there = pattern::grain(material, p + direction * step, rest_normal, width);
        (there.height - grain.height) * (material.pattern_strength / step)
    };
    let bent =
        rest_normal - around.tangent * rise(around.tangent) - around.bitangent * rise(around.bitangent);
    let local = still.local(bent.normalize());
    Detailed { normal: world.world(Vec3::new(local.x, local.y, local.z * sign)), grain }
}

/// A right-handed frame on a triangle: its first edge, and its normal.
fn frame_of(corners: &[Vec3; 3]) -> Frame {
    let [a, b] = edges(corners);
    let normal = a.cross(b).normalize();
    let tangent = a.normalize();
    Frame { tangent, bitangent: normal.cross(tangent), normal }
}

/// The undeformed triangle, scaled to metres.
fn rest_corners(scene: &Scene, facet: &Facet) -> [Vec3; 3] {
    let shapes = &scene.world.shapes;
    let [x, y, z] = facet.instance.world_from_local;
    let column = |i: usize| Vec3::new(x[i], y[i], z[i]).length();
    let size = Vec3::new(column(0), column(1), column(2));
    shapes.rest_indices(facet.instance, facet.triangle).map(|i| shapes.vertices[i].position * size)
}

/// Whether a material has a normal map.
#[inline(always)]
pub(crate) fn is_mapped(material: &MaterialRecord) -> bool {
    material.normal_texture != NONE
}
