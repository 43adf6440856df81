//! Flat polygons to a mesh: flat normals, texture coordinates in metres.

use glam::{Vec2, Vec3};
use maquette_conditioning::Mesh;

/// A mesh under construction.
#[derive(Default)]
pub(crate) struct Faces {
    pub(crate) positions: Vec<Vec3>,
    pub(crate) normals: Vec<Vec3>,
    pub(crate) uvs: Vec<Vec2>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Faces {
    /// A convex polygon, counter-clockwise seen from its front; a fan from its first corner.
    pub(crate) fn polygon(&mut self, corners: &[Vec3]) {
        let first = self.positions.len() as u32;
        let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalize_or(Vec3::Y);
        self.positions.extend(corners);
        self.normals.extend(corners.iter().map(|_| normal));
        self.uvs.extend(corners.iter().map(|corner| metres_along(normal, *corner)));
        self.triangles.extend((2..corners.len() as u32).map(|i| [first, first + i - 1, first + i]));
    }

    pub(crate) fn quad(&mut self, corners: [Vec3; 4]) {
        self.polygon(&corners);
    }

    /// A box between two corners.
    pub(crate) fn block(&mut self, low: Vec3, high: Vec3) {
        let at = |x: bool, y: bool, z: bool| {
            let pick = |high_side, low: f32, high: f32| if high_side { high } else { low };
            Vec3::new(pick(x, low.x, high.x), pick(y, low.y, high.y), pick(z, low.z, high.z))
        };
        let (o, i) = (false, true);
        self.quad([at(o, o, i), at(i, o, i), at(i, i, i), at(o, i, i)]);
        self.quad([at(i, o, o), at(o, o, o), at(o, i, o), at(i, i, o)]);
        self.quad([at(i, o, i), at(i, o, o), at(i, i, o), at(i, i, i)]);
        self.quad([at(o, o, o), at(o, o, i), at(o, i, i), at(o, i, o)]);
        self.quad([at(o, i, i), at(i, i, i), at(i, i, o), at(o, i, o)]);
        self.quad([at(o, o, o), at(i, o, o), at(i, o, i), at(o, o, i)]);
    }

    /// One corner of a smooth surface; its index.
    pub(crate) fn corner(&mut self, position: Vec3, normal: Vec3, uv: Vec2) -> u32 {
        self.positions.push(position);
        self.normals.push(normal);
        self.uvs.push(uv);
        self.positions.len() as u32 - 1
    }

    pub(crate) fn mesh(self) -> Mesh {
        #[allow(clippy::expect_used)] // every method above adds one of each and points backwards only
        Mesh::new(self.positions, self.normals, self.uvs, self.triangles).expect("lists grow together")
    }
}

/// Box mapping: metres along the two axes of the plane that the normal points out of most, image upright.
fn metres_along(normal: Vec3, at: Vec3) -> Vec2 {
    let size = normal.abs();
    if size.y >= size.x && size.y >= size.z {
        Vec2::new(at.x, at.z * normal.y.signum())
    } else if size.x >= size.z {
        Vec2::new(-at.z * normal.x.signum(), -at.y)
    } else {
        Vec2::new(at.x * normal.z.signum(), -at.y)
    }
}

/// Smooth normals of a mesh whose corners are shared: face normals weighted by area.
pub(crate) fn smooth_normals(positions: &[Vec3], triangles: &[[u32; 3]]) -> Vec<Vec3> {
    let mut normals = vec![Vec3::ZERO; positions.len()];
    for t in triangles {
        let [a, b, c] = t.map(|i| positions[i as usize]);
        let twice_area = (b - a).cross(c - a);
        t.iter().for_each(|i| normals[*i as usize] += twice_area);
    }
    normals.into_iter().map(|normal| normal.normalize_or(Vec3::Y)).collect()
}
