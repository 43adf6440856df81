//! The top level: placed meshes.

use std::{sync::Arc, time::Duration};

use glam::{Affine3A, UVec2, Vec3, Vec3A};
use obvhs::{BvhBuildParams, aabb::Aabb, cwbvh::CwBvh, cwbvh::builder::build_cwbvh, traverse};

use crate::{Hit, MeshBvh, Ray, ray::traversal_ray};

/// A mesh in the world.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The mesh.
    pub bvh: Arc<MeshBvh>,
    /// Its placement; must be invertible.
    pub world_from_local: Affine3A,
}

/// A compressed wide BVH over placed meshes.
#[derive(Clone, Debug, Default)]
pub struct InstanceBvh {
    bvh: CwBvh,
    /// In the caller's order.
    instances: Vec<(Arc<MeshBvh>, Affine3A)>,
}

impl InstanceBvh {
    /// Builds over `placed`; hits name instances by position in this list.
    pub fn build(placed: Vec<Placed>) -> Self {
        let boxes: Vec<Aabb> = placed.iter().map(world_box).collect();
        let bvh = match boxes.is_empty() {
            true => CwBvh::default(),
            false => build_cwbvh(&boxes, BvhBuildParams::fast_build(), &mut Duration::default()),
        };
        let instances = placed.into_iter().map(|p| (p.bvh, p.world_from_local.inverse())).collect();
        Self { bvh, instances }
    }

    /// Nearest hit within the ray's range. Ties go to the lower instance, then the lower triangle.
    #[inline]
    pub fn closest(&self, ray: Ray) -> Option<Hit> {
        self.closest_where(ray, |_| true)
    }

    /// Nearest hit within the ray's range of those that `meets` accepts.
    #[inline]
    pub fn closest_where(&self, ray: Ray, mut meets: impl FnMut(&Hit) -> bool) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        let mut nearest = ray;
        let mut boxed = traversal_ray(&ray);
        self.visit(&mut boxed, |boxed, mesh, local_from_world, instance| {
            let met = |t, triangle, u, v| meets(&Hit { t, instance, triangle, u, v });
            if let Some((t, triangle, u, v)) = mesh.closest_where(&local(&nearest, local_from_world), met)
                && best.is_none_or(|hit| t < hit.t || instance < hit.instance)
            {
                best = Some(Hit { t, instance, triangle, u, v });
                nearest.t_max = t;
                boxed.tmax = t;
            }
            false
        });
        best
    }

    /// Whether anything lies within the ray's range.
    #[inline]
    pub fn occluded(&self, ray: Ray) -> bool {
        let mut found = false;
        self.visit(&mut traversal_ray(&ray), |_, mesh, local_from_world, _| {
            found = mesh.occluded(&local(&ray, local_from_world));
            found
        });
        found
    }

    /// Calls `stop` with every hit within the ray's range, in any order, until it returns true. Returns whether it did.
    #[inline]
    pub fn any_hit(&self, ray: Ray, mut stop: impl FnMut(&Hit) -> bool) -> bool {
        let mut stopped = false;
        self.visit(&mut traversal_ray(&ray), |_, mesh, local_from_world, instance| {
            let hit = |t, triangle, u, v| stop(&Hit { t, instance, triangle, u, v });
            stopped = mesh.any_hit(&local(&ray, local_from_world), hit);
            stopped
        });
        stopped
    }

    #[inline(always)]
    fn visit(
        &self,
        ray: &mut obvhs::ray::Ray,
        mut stop: impl FnMut(&mut obvhs::ray::Ray, &MeshBvh, &Affine3A, u32) -> bool,
    ) {
        if self.instances.is_empty() {
            return;
        }
        let mut state = self.bvh.new_traversal(ray.direction);
        let mut node;
        traverse!(self.bvh, node, state, node.intersect_ray(ray, state.oct_inv4), {
            let index = self.bvh.primitive_indices[state.primitive_id as usize];
            let (mesh, local_from_world) = &self.instances[index as usize];
            if stop(ray, mesh, local_from_world, index) {
                return;
            }
        });
    }
}

/// The ray in local space; distances stay the same because the direction is not normalised.
#[inline(always)]
fn local(ray: &Ray, local_from_world: &Affine3A) -> Ray {
    Ray {
        origin: local_from_world.transform_point3(ray.origin),
        direction: local_from_world.transform_vector3(ray.direction),
        ..*ray
    }
}

/// The box around a placed mesh. An empty mesh gets a point far away, where no ray goes.
fn world_box(placed: &Placed) -> Aabb {
    let (lo, hi) = placed.bvh.bounds();
    if lo.x > hi.x {
        return Aabb::from_point(Vec3A::splat(1e30));
    }
    let corner = |i: u32| {
        let pick = |bit: u32, lo: f32, hi: f32| if i >> bit & 1 == 0 { lo } else { hi };
        Vec3::new(pick(0, lo.x, hi.x), pick(1, lo.y, hi.y), pick(2, lo.z, hi.z))
    };
    let corners: [Vec3A; 8] =
        std::array::from_fn(|i| placed.world_from_local.transform_point3(corner(i as u32)).into());
    Aabb::from_points(&corners)
}
