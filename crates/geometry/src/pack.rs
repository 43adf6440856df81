//! Eight triangles tested at once.

use glam::Vec3;

use crate::{
    Ray, Triangle,
    lanes::{Eight, LANES, splat},
    triangle::Shear,
};

/// Eight triangles, or fewer: lanes without one hold points, which no ray meets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pack {
    /// For each corner its coordinates. Triangles that share an edge must start from the same numbers, so that there
    /// is no gap between them: corners, not differences.
    corners: [[[f32; LANES]; 3]; 3],
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
        let mut pack = Self { corners: [[[0.0; LANES]; 3]; 3], index: [u32::MAX; LANES] };
        for (lane, (triangle, index)) in triangles.take(LANES).enumerate() {
            for (corner, position) in triangle.corners.iter().enumerate() {
                for axis in 0..3 {
                    pack.corners[corner][axis][lane] = position[axis];
                }
            }
            pack.index[lane] = index;
        }
        pack
    }

    /// [`Triangle::intersect`], operation for operation, in each lane.
    #[inline(always)]
    pub(crate) fn intersect<E: Eight>(&self, ray: &Aimed<E>, t_max: f32) -> PackHits<E> {
        let ([ax, ay, az], [bx, by, bz], [cx, cy, cz]) =
            (ray.sheared(&self.corners[0]), ray.sheared(&self.corners[1]), ray.sheared(&self.corners[2]));
        let u = cx.times(by).minus(cy.times(bx));
        let v = ax.times(cy).minus(ay.times(cx));
        let w = bx.times(ay).minus(by.times(ax));
        let zero = E::splat(0.0);
        let inside = zero.at_most(u.least(v).least(w)) | u.most(v).most(w).at_most(zero);
        // Most packs are missed.
        if inside == 0 {
            return PackHits { lanes: 0, t: zero, u: zero, v: zero };
        }
        let inverse_area = E::splat(1.0).over(u.plus(v).plus(w));
        let t = u.times(az).plus(v.times(bz)).plus(w.times(cz)).times(ray.per_z).times(inverse_area);
        let within = ray.t_min.at_most(t) & t.at_most(E::splat(t_max.min(f32::MAX)));
        PackHits { lanes: inside & within, t, u: v.times(inverse_area), v: w.times(inverse_area) }
    }
}

/// A ray ready to be tested against packs.
pub(crate) struct Aimed<E> {
    axes: [usize; 3],
    /// In the order of `axes`.
    origin: [E; 3],
    slope_x: E,
    slope_y: E,
    per_z: E,
    t_min: E,
}

impl<E: Eight> Aimed<E> {
    #[inline(always)]
    pub(crate) fn new(ray: &Ray) -> Self {
        let Shear { axes, slope_x, slope_y, per_z } = Shear::new(ray.direction);
        Self {
            axes,
            origin: splat(Vec3::from(axes.map(|axis| ray.origin[axis]))),
            slope_x: E::splat(slope_x),
            slope_y: E::splat(slope_y),
            per_z: E::splat(per_z),
            t_min: E::splat(ray.t_min),
        }
    }

    /// Corners where the ray is the last axis.
    #[inline(always)]
    fn sheared(&self, corner: &[[f32; LANES]; 3]) -> [E; 3] {
        let at = |axis: usize| E::load(&corner[self.axes[axis]]).minus(self.origin[axis]);
        let z = at(2);
        [at(0).minus(self.slope_x.times(z)), at(1).minus(self.slope_y.times(z)), z]
    }
}
