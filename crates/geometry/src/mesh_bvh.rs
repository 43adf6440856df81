//! The bottom level: one mesh in its own space.

use glam::Vec3;
use obvhs::BvhBuildParams;

#[cfg(target_arch = "x86_64")]
use crate::lanes::Avx2;
use crate::{
    Ray, Triangle,
    lanes::{Eight, LANES, Plain, prefetch, widest},
    pack::{Aimed, Pack},
    wide_bvh::{Visitor, WideBvh},
};

/// An eight-wide BVH over a mesh's triangles, which it keeps in packs, in the order of its leaves.
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

    /// The same tree fitted to new positions of as many triangles: a fraction of the time of building, for a tree that is
    /// as good as long as neighbours stay neighbours. [`cost`](Self::cost) tells.
    pub fn refitted(&self, positions: &[Vec3], triangles: &[[u32; 3]]) -> Self {
        let mut tree = self.tree.clone();
        tree.refit(&boxes(positions, triangles));
        let packs = packs(&tree, positions, triangles);
        Self { tree, packs }
    }

    /// How many boxes a ray through the mesh meets on average: the surface-area heuristic without its constants.
    pub fn cost(&self) -> f32 {
        self.tree.cost()
    }

    /// How many triangles it was built over.
    pub fn triangle_count(&self) -> usize {
        self.tree.primitive_count()
    }

    /// Smallest and largest corner of the box around all triangles; inverted when there are none.
    pub fn bounds(&self) -> (Vec3, Vec3) {
        self.tree.bounds()
    }

    /// Nearest hit: distance, triangle, barycentric weights of its second and third corners. Of two triangles at the
    /// same distance the lower index wins, whatever order the tree visits them in.
    #[inline]
    pub fn closest(&self, ray: &Ray) -> Option<MeshHit> {
        self.closest_where(ray, |_, _, _, _| true)
    }

    /// Nearest hit of those that `meets` accepts, given distance, triangle and barycentric weights.
    #[inline]
    pub fn closest_where(&self, ray: &Ray, meets: impl FnMut(f32, u32, f32, f32) -> bool) -> Option<MeshHit> {
        widest!(self.closest_by::<Plain>(ray, meets), self.closest_avx2(ray, meets))
    }

    /// Whether anything lies within the ray's range.
    #[inline]
    pub fn occluded(&self, ray: &Ray) -> bool {
        widest!(self.occluded_by::<Plain>(ray), self.occluded_avx2(ray))
    }

    /// Calls `stop` with distance, triangle and barycentric weights of every hit, in any order, until it returns true.
    /// Returns whether it did.
    #[inline]
    pub fn any_hit(&self, ray: &Ray, stop: impl FnMut(f32, u32, f32, f32) -> bool) -> bool {
        widest!(self.any_hit_by::<Plain>(ray, stop), self.any_hit_avx2(ray, stop))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn closest_avx2(&self, ray: &Ray, meets: impl FnMut(f32, u32, f32, f32) -> bool) -> Option<MeshHit> {
        self.closest_by::<Avx2>(ray, meets)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn occluded_avx2(&self, ray: &Ray) -> bool {
        self.occluded_by::<Avx2>(ray)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn any_hit_avx2(&self, ray: &Ray, stop: impl FnMut(f32, u32, f32, f32) -> bool) -> bool {
        self.any_hit_by::<Avx2>(ray, stop)
    }

    #[inline(always)]
    fn packs<E: Eight>(&self, ray: &Ray) -> Packs<'_, E> {
        Packs { packs: &self.packs, ray: Aimed::new(ray), t_max: ray.t_max }
    }

    #[inline(always)]
    pub(crate) fn closest_by<E: Eight>(
        &self,
        ray: &Ray,
        meets: impl FnMut(f32, u32, f32, f32) -> bool,
    ) -> Option<MeshHit> {
        let packs = self.packs::<E>(ray);
        let mut nearest = Nearest { packs, limit: ray.t_max, best: None, meets };
        self.tree.traverse::<E, true>(ray, &mut nearest);
        nearest.best
    }

    #[inline(always)]
    pub(crate) fn occluded_by<E: Eight>(&self, ray: &Ray) -> bool {
        let packs = self.packs::<E>(ray);
        let mut any = Any { packs, found: false };
        self.tree.traverse::<E, false>(ray, &mut any);
        any.found
    }

    #[inline(always)]
    pub(crate) fn any_hit_by<E: Eight>(
        &self,
        ray: &Ray,
        stop: impl FnMut(f32, u32, f32, f32) -> bool,
    ) -> bool {
        let packs = self.packs::<E>(ray);
        let mut every = Every { packs, stop, stopped: false };
        self.tree.traverse::<E, false>(ray, &mut every);
        every.stopped
    }
}

/// The leaves, and the ray that meets them.
struct Packs<'a, E> {
    packs: &'a [Pack],
    ray: Aimed<E>,
    t_max: f32,
}

/// Looks for the nearest hit that is accepted.
struct Nearest<'a, E, M> {
    packs: Packs<'a, E>,
    limit: f32,
    best: Option<MeshHit>,
    meets: M,
}

impl<E: Eight, M: FnMut(f32, u32, f32, f32) -> bool> Visitor for Nearest<'_, E, M> {
    #[inline(always)]
    fn foresee(&self, leaf: u32) {
        prefetch(self.packs.packs, leaf as usize);
    }

    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        let pack = &self.packs.packs[leaf as usize];
        let mut hits = pack.intersect(&self.packs.ray, self.limit);
        if hits.lanes != 0 {
            let (t, u, v) = (hits.t.store(), hits.u.store(), hits.v.store());
            while let Some(lane) = hits.next_lane() {
                let (index, t, u, v) = (pack.index[lane], t[lane], u[lane], v[lane]);
                let wins_tie = self.best.is_none_or(|best| index < best.1);
                let nearer = t < self.limit || t == self.limit && wins_tie;
                if nearer && (self.meets)(t, index, u, v) {
                    self.best = Some((t, index, u, v));
                    self.limit = t;
                }
            }
        }
        self.limit
    }
}

/// Looks for any hit.
struct Any<'a, E> {
    packs: Packs<'a, E>,
    found: bool,
}

impl<E: Eight> Visitor for Any<'_, E> {
    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        let Packs { packs, ray, t_max } = &self.packs;
        self.found = packs[leaf as usize].intersect(ray, *t_max).lanes != 0;
        if self.found { -1.0 } else { *t_max }
    }
}

/// Looks at every hit.
struct Every<'a, E, S> {
    packs: Packs<'a, E>,
    stop: S,
    stopped: bool,
}

impl<E: Eight, S: FnMut(f32, u32, f32, f32) -> bool> Visitor for Every<'_, E, S> {
    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        let Packs { packs, ray, t_max } = &self.packs;
        let pack = &packs[leaf as usize];
        let mut hits = pack.intersect(ray, *t_max);
        if hits.lanes != 0 {
            let (t, u, v) = (hits.t.store(), hits.u.store(), hits.v.store());
            while let Some(lane) = hits.next_lane() {
                if (self.stop)(t[lane], pack.index[lane], u[lane], v[lane]) {
                    self.stopped = true;
                    return -1.0;
                }
            }
        }
        *t_max
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_vector_code_find_the_same_to_the_bit() {
        let number = |i: u32| (i.wrapping_mul(747_796_405) >> 8) as f32 / 8_388_608.0 - 1.0;
        let point = |i: u32| Vec3::new(number(i), number(i ^ 0x1234_5678), number(i ^ 0x5a5a_5a5a));
        let positions: Vec<Vec3> = (0..900u32).map(|i| point(i / 3) + 0.2 * point(i + 5000)).collect();
        let triangles: Vec<[u32; 3]> = (0..300).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
        let mesh = MeshBvh::build(&positions, &triangles);
        let mut hits = 0;
        for i in 0..2000 {
            let ray = Ray::new(2.0 * point(i + 10_000), point(i + 20_000));
            let plain = mesh.closest_by::<Plain>(&ray, |_, _, _, _| true);
            assert_eq!(mesh.closest(&ray), plain);
            assert_eq!(mesh.occluded(&ray), plain.is_some());
            hits += usize::from(plain.is_some());
        }
        assert!(hits > 100, "{hits}");
    }
}
