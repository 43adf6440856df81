//! Triangles.

use glam::{Vec2, Vec3, Vec4};

use crate::ContentId;

/// An immutable triangle mesh in its own space.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// Identity by content.
    pub id: ContentId,
    /// Corner positions.
    pub positions: Vec<Vec3>,
    /// Unit shading normals, one a position, or empty for flat shading.
    pub normals: Vec<Vec3>,
    /// Texture coordinates, one a position, or empty. (0,0) is the image's top left.
    pub uvs: Vec<Vec2>,
    /// Unit tangents along +u, one a position, or empty; w is ±1: the bitangent is w·(normal × tangent), as in glTF.
    pub tangents: Vec<Vec4>,
    /// Corners of each triangle, counter-clockwise seen from the front.
    pub triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// Builds a mesh and its content id. `None` when an index points outside, or a per-corner list has the wrong length.
    pub fn new(
        positions: Vec<Vec3>,
        normals: Vec<Vec3>,
        uvs: Vec<Vec2>,
        triangles: Vec<[u32; 3]>,
    ) -> Option<Self> {
        let fits = |len: usize| len == 0 || len == positions.len();
        let inside = triangles.iter().flatten().all(|&i| (i as usize) < positions.len());
        if !fits(normals.len()) || !fits(uvs.len()) || !inside {
            return None;
        }
        let id = ContentId::of(&[
            &bytes(positions.iter().flat_map(|p| p.to_array())),
            &bytes(normals.iter().flat_map(|n| n.to_array())),
            &bytes(uvs.iter().flat_map(|t| t.to_array())),
            &triangles.iter().flatten().flat_map(|i| i.to_le_bytes()).collect::<Vec<u8>>(),
        ]);
        Some(Self { id, positions, normals, uvs, tangents: Vec::new(), triangles })
    }

    /// The mesh with tangents. `None` when there is not one a position.
    #[must_use]
    pub fn with_tangents(self, tangents: Vec<Vec4>) -> Option<Self> {
        if tangents.len() != self.positions.len() {
            return None;
        }
        let id = ContentId::of(&[&self.id.0, &bytes(tangents.iter().flat_map(|t| t.to_array()))]);
        Some(Self { id, tangents, ..self })
    }
}

fn bytes(values: impl Iterator<Item = f32>) -> Vec<u8> {
    values.flat_map(f32::to_le_bytes).collect()
}
