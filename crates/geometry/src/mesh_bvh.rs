//! The bottom level: one mesh in its own space.

use glam::Vec3;
use obvhs::BvhBuildParams;

use crate::{
    Ray, Triangle,
    lanes::{Eight, LANES, Plain, widest},
    pack::Pack,
    wide_bvh::WideBvh,
};

/// An eight-wide BVH over a mesh's triangles, which it keeps as [`Pack`]s in the order of its leaves.
#[derive(Clone, Debug)]
pub struct MeshBvh {
    tree: WideBvh,
    /// One a leaf.
    packs: Vec<Pack>,
}

/// Distance, triangle, barycentric weights of its second and third corners.
type MeshHit = (f32, u32, f32, f32);

impl MeshBvh {
    /// Builds over `triangles`, whose indices must lie inside `positions`.
    pub fn build(positions: &[Vec3], triangles: &[[u32; 3]]) -> Self {
        let boxes = boxes(positions, triangles);
        let tree = WideBvh::build(&boxes, LANES as u32, BvhBuildParams::medium_build());
        let packs = packs(&tree, positions, triangles);
        Self { tree, packs }
    }

    /// Fits the tree to new positions of the same triangles: a fraction of the time of building, for a tree that is as
    /// good as long as neighbours stay neighbours.
    pub fn refit(&mut self, positions: &[Vec3], triangles: &[[u32; 3]]) {
        self.tree.refit(&boxes(positions, triangles));
        self.packs = packs(&self.tree, positions, triangles);
    }

    /// Smallest and largest corner of the box around all triangles; inverted when there are none.
    pub fn bounds(&self) -> (Vec3, Vec3) {
        self.tree.bounds()
    }

    /// Nearest hit: distance, triangle, barycentric weights of its second and third corners. Of two triangles at the
    /// same distance the lower index wins, whatever order the tree visits them in.
    #[inline]
    pub fn closest(&self, ray: &Ray) -> Option<MeshHit> {
        widest!(self.closest_by::<Plain>(ray), self.closest_avx2(ray))
    }

    /// Whether anything lies within the ray's range.
    #[inline]
    pub fn occluded(&self, ray: &Ray) -> bool {
        widest!(self.occluded_by::<Plain>(ray), self.occluded_avx2(ray))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn closest_avx2(&self, ray: &Ray) -> Option<MeshHit> {
        self.closest_by::<crate::lanes::Avx2>(ray)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn occluded_avx2(&self, ray: &Ray) -> bool {
        self.occluded_by::<crate::lanes::Avx2>(ray)
    }

    #[inline(always)]
    pub(crate) fn closest_by<E: Eight>(&self, ray: &Ray) -> Option<MeshHit> {
        let mut best: Option<MeshHit> = None;
        let mut limit = ray.t_max;
        self.tree.visit::<E, true>(ray, |leaf| {
            let pack = &self.packs[leaf as usize];
            let hits = pack.intersect::<E>(ray, limit);
            if hits.lanes != 0 {
                let (t, u, v) = (hits.t.store(), hits.u.store(), hits.v.store());
                for lane in (0..LANES).filter(|lane| hits.lanes >> lane & 1 != 0) {
                    let index = pack.index[lane];
                    let nearer = t[lane] < limit || t[lane] == limit && best.is_none_or(|b| index < b.1);
                    if nearer {
                        best = Some((t[lane], index, u[lane], v[lane]));
                        limit = t[lane];
                    }
                }
            }
            limit
        });
        best
    }

    #[inline(always)]
    pub(crate) fn occluded_by<E: Eight>(&self, ray: &Ray) -> bool {
        let mut found = false;
        self.tree.visit::<E, false>(ray, |leaf| {
            found = self.packs[leaf as usize].intersect::<E>(ray, ray.t_max).lanes != 0;
            if found { -1.0 } else { ray.t_max }
        });
        found
    }
}

fn boxes(positions: &[Vec3], triangles: &[[u32; 3]]) -> Vec<(Vec3, Vec3)> {
    let bounds = |t: &[u32; 3]| {
        let [a, b, c] = t.map(|i| positions[i as usize]);
        (a.min(b).min(c), a.max(b).max(c))
    };
    triangles.iter().map(bounds).collect()
}

fn packs(tree: &WideBvh, positions: &[Vec3], triangles: &[[u32; 3]]) -> Vec<Pack> {
    let triangle = |&index: &u32| {
        let [a, b, c] = triangles[index as usize].map(|i| positions[i as usize]);
        (Triangle::new(a, b, c), index)
    };
    (0..tree.leaf_count() as u32).map(|leaf| Pack::new(tree.leaf(leaf).iter().map(triangle))).collect()
}
