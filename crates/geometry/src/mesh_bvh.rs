//! The bottom level: one mesh in its own space.

use std::time::Duration;

use glam::{UVec2, Vec3};
use obvhs::{
    BvhBuildParams, cwbvh::CwBvh, cwbvh::builder::build_cwbvh, traverse, triangle::Triangle as BuildTriangle,
};

use crate::{Ray, Triangle, ray::traversal_ray};

/// A compressed wide BVH over a mesh's triangles.
#[derive(Clone, Debug)]
pub struct MeshBvh {
    bvh: CwBvh,
    /// In leaf order, each with its index in the mesh.
    triangles: Vec<(Triangle, u32)>,
    bounds: (Vec3, Vec3),
}

impl MeshBvh {
    /// Builds over `triangles`, whose indices must lie inside `positions`.
    pub fn build(positions: &[Vec3], triangles: &[[u32; 3]]) -> Self {
        let corners = |t: &[u32; 3]| t.map(|i| positions[i as usize]);
        let build: Vec<BuildTriangle> = triangles
            .iter()
            .map(corners)
            .map(|[a, b, c]| BuildTriangle { v0: a.into(), v1: b.into(), v2: c.into() })
            .collect();
        let bvh = match build.is_empty() {
            true => CwBvh::default(),
            false => build_cwbvh(&build, BvhBuildParams::medium_build(), &mut Duration::default()),
        };
        let in_leaf_order = |&index: &u32| {
            let [a, b, c] = corners(&triangles[index as usize]);
            (Triangle::new(a, b, c), index)
        };
        let used = || triangles.iter().flatten().map(|&i| positions[i as usize]);
        let bounds = used().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(lo, hi), p| (lo.min(p), hi.max(p)));
        Self { triangles: bvh.primitive_indices.iter().map(in_leaf_order).collect(), bvh, bounds }
    }

    /// Smallest and largest corner of the box around all triangles; inverted when there are none.
    pub fn bounds(&self) -> (Vec3, Vec3) {
        self.bounds
    }

    /// Nearest hit: distance, triangle, barycentric weights of its second and third corners. Of two triangles at the
    /// same distance the lower index wins, whatever order the tree visits them in.
    #[inline]
    pub fn closest(&self, ray: &Ray) -> Option<(f32, u32, f32, f32)> {
        self.closest_where(ray, |_, _, _, _| true)
    }

    /// Nearest hit of those that `meets` accepts, given distance, triangle and barycentric weights.
    #[inline]
    pub fn closest_where(
        &self,
        ray: &Ray,
        mut meets: impl FnMut(f32, u32, f32, f32) -> bool,
    ) -> Option<(f32, u32, f32, f32)> {
        let mut best: Option<(f32, u32, f32, f32)> = None;
        let mut nearest = *ray;
        let mut boxed = traversal_ray(ray);
        self.visit(&mut boxed, |boxed, triangle, index| {
            if let Some((t, u, v)) = triangle.intersect(&nearest)
                && best.is_none_or(|(best_t, best_index, ..)| t < best_t || index < best_index)
                && meets(t, index, u, v)
            {
                best = Some((t, index, u, v));
                nearest.t_max = t;
                boxed.tmax = t;
            }
            false
        });
        best
    }

    /// Whether anything lies within the ray's range.
    #[inline]
    pub fn occluded(&self, ray: &Ray) -> bool {
        let mut found = false;
        self.visit(&mut traversal_ray(ray), |_, triangle, _| {
            found = triangle.intersect(ray).is_some();
            found
        });
        found
    }

    /// Calls `stop` with distance, triangle and barycentric weights of every hit, in any order, until it returns true.
    /// Returns whether it did.
    #[inline]
    pub fn any_hit(&self, ray: &Ray, mut stop: impl FnMut(f32, u32, f32, f32) -> bool) -> bool {
        let mut stopped = false;
        self.visit(&mut traversal_ray(ray), |_, triangle, index| {
            stopped = triangle.intersect(ray).is_some_and(|(t, u, v)| stop(t, index, u, v));
            stopped
        });
        stopped
    }

    /// Calls `stop` on each triangle whose box the ray meets, until it returns true.
    #[inline(always)]
    fn visit(
        &self,
        ray: &mut obvhs::ray::Ray,
        mut stop: impl FnMut(&mut obvhs::ray::Ray, &Triangle, u32) -> bool,
    ) {
        if self.triangles.is_empty() {
            return;
        }
        let mut state = self.bvh.new_traversal(ray.direction);
        let mut node;
        traverse!(self.bvh, node, state, node.intersect_ray(ray, state.oct_inv4), {
            let (triangle, index) = &self.triangles[state.primitive_id as usize];
            if stop(ray, triangle, *index) {
                return;
            }
        });
    }
}
