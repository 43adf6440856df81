//! Eight triangles tested at once.

use crate::{
    Ray, Triangle,
    lanes::{Eight, LANES, cross, dot, load, splat},
};

/// Eight triangles, or fewer: lanes without one hold points, which no ray meets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pack {
    /// Coordinates of first corners, then of both edges.
    corner: [[f32; LANES]; 3],
    edge_1: [[f32; LANES]; 3],
    edge_2: [[f32; LANES]; 3],
    /// Which triangle of the mesh.
    pub(crate) index: [u32; LANES],
}

/// Where a ray meets a pack: a bit for each lane that it meets within its range, and what is there.
pub(crate) struct PackHits<E> {
    pub(crate) lanes: u32,
    pub(crate) t: E,
    pub(crate) u: E,
    pub(crate) v: E,
}

impl<E> PackHits<E> {
    /// Takes the first of the lanes.
    #[inline(always)]
    pub(crate) fn next_lane(&mut self) -> Option<usize> {
        if self.lanes == 0 {
            return None;
        }
        let lane = self.lanes.trailing_zeros() as usize & (LANES - 1);
        self.lanes &= self.lanes - 1;
        Some(lane)
    }
}

impl Pack {
    /// At most eight triangles with their indices.
    pub(crate) fn new(triangles: impl Iterator<Item = (Triangle, u32)>) -> Self {
        let none = [[0.0; LANES]; 3];
        let mut pack = Self { corner: none, edge_1: none, edge_2: none, index: [u32::MAX; LANES] };
        for (lane, (triangle, index)) in triangles.take(LANES).enumerate() {
            for axis in 0..3 {
                pack.corner[axis][lane] = triangle.corner[axis];
                pack.edge_1[axis][lane] = triangle.edge_1[axis];
                pack.edge_2[axis][lane] = triangle.edge_2[axis];
            }
            pack.index[lane] = index;
        }
        pack
    }

    /// [`Triangle::intersect`], operation for operation, in each lane.
    #[inline(always)]
    pub(crate) fn intersect<E: Eight>(&self, ray: &Ray, t_max: f32) -> PackHits<E> {
        let (origin, direction) = (splat::<E>(ray.origin), splat::<E>(ray.direction));
        let (corner, edge_1, edge_2) = (load::<E>(&self.corner), load(&self.edge_1), load(&self.edge_2));
        let p = cross(direction, edge_2);
        let inverse_determinant = E::splat(1.0).over(dot(edge_1, p));
        let from_corner =
            [origin[0].minus(corner[0]), origin[1].minus(corner[1]), origin[2].minus(corner[2])];
        let u = dot(from_corner, p).times(inverse_determinant);
        let q = cross(from_corner, edge_1);
        let v = dot(direction, q).times(inverse_determinant);
        let t = dot(edge_2, q).times(inverse_determinant);
        let zero = E::splat(0.0);
        let inside = zero.at_most(u) & zero.at_most(v) & u.plus(v).at_most(E::splat(1.0));
        let within = E::splat(ray.t_min).at_most(t) & t.at_most(E::splat(t_max));
        PackHits { lanes: inside & within, t, u, v }
    }
}
