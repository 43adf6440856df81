//! The bottom level: one mesh in its own space.

use std::marker::PhantomData;

use glam::Vec3;
use obvhs::BvhBuildParams;

use crate::{
    Ray, Triangle,
    lanes::{Eight, LANES, Plain, widest},
    pack::Pack,
    wide_bvh::{Visitor, WideBvh},
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
        let mut nearest =
            Nearest::<E> { packs: &self.packs, ray, limit: ray.t_max, best: None, lanes: PhantomData };
        self.tree.traverse::<E, true>(ray, &mut nearest);
        nearest.best
    }

    #[inline(always)]
    pub(crate) fn occluded_by<E: Eight>(&self, ray: &Ray) -> bool {
        let mut any = Any::<E> { packs: &self.packs, ray, found: false, lanes: PhantomData };
        self.tree.traverse::<E, false>(ray, &mut any);
        any.found
    }
}

/// Looks for the nearest hit.
struct Nearest<'a, E> {
    packs: &'a [Pack],
    ray: &'a Ray,
    limit: f32,
    best: Option<MeshHit>,
    lanes: PhantomData<E>,
}

impl<E: Eight> Visitor for Nearest<'_, E> {
    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        let pack = &self.packs[leaf as usize];
        let hits = pack.intersect::<E>(self.ray, self.limit);
        let mut rest = hits.lanes;
        if rest != 0 {
            let (t, u, v) = (hits.t.store(), hits.u.store(), hits.v.store());
            while rest != 0 {
                let lane = rest.trailing_zeros() as usize & (LANES - 1);
                rest &= rest - 1;
                let (index, t) = (pack.index[lane], t[lane]);
                let wins_tie = self.best.is_none_or(|best| index < best.1);
                if t < self.limit || t == self.limit && wins_tie {
                    self.best = Some((t, index, u[lane], v[lane]));
                    self.limit = t;
                }
            }
        }
        self.limit
    }
}

/// Looks for any hit.
struct Any<'a, E> {
    packs: &'a [Pack],
    ray: &'a Ray,
    found: bool,
    lanes: PhantomData<E>,
}

impl<E: Eight> Visitor for Any<'_, E> {
    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        self.found = self.packs[leaf as usize].intersect::<E>(self.ray, self.ray.t_max).lanes != 0;
        if self.found { -1.0 } else { self.ray.t_max }
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
