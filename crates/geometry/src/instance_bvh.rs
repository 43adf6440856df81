//! The top level: placed meshes.

use std::{marker::PhantomData, sync::Arc};

use glam::{Affine3A, Vec3, Vec3A};
use obvhs::BvhBuildParams;

#[cfg(target_arch = "x86_64")]
use crate::lanes::Avx2;
use crate::{
    Hit, MeshBvh, Ray,
    lanes::{Eight, Plain, widest},
    wide_bvh::{Visitor, WideBvh},
};

/// A mesh in the world.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The mesh.
    pub bvh: Arc<MeshBvh>,
    /// Its placement; must be invertible.
    pub world_from_local: Affine3A,
}

/// An eight-wide BVH over placed meshes.
#[derive(Clone, Debug, Default)]
pub struct InstanceBvh {
    tree: WideBvh,
    /// In the caller's order: mesh, and local from world.
    instances: Vec<(Arc<MeshBvh>, Affine3A)>,
}

impl InstanceBvh {
    /// Builds over `placed`; hits name instances by position in this list.
    pub fn build(placed: Vec<Placed>) -> Self {
        let tree = WideBvh::build(&boxes(&placed), 1, BvhBuildParams::fast_build());
        Self { tree, instances: instances(placed) }
    }

    /// The same tree fitted to instances that moved or changed their meshes; `placed` must be as long as the list it
    /// was built over. As good as a new tree as long as neighbours stay neighbours; [`cost`](Self::cost) tells.
    pub fn refitted(&self, placed: Vec<Placed>) -> Self {
        let mut tree = self.tree.clone();
        tree.refit(&boxes(&placed));
        Self { tree, instances: instances(placed) }
    }

    /// How many boxes a ray through all meets on average; see [`MeshBvh::cost`].
    pub fn cost(&self) -> f32 {
        self.tree.cost()
    }

    /// Nearest hit within the ray's range. Ties go to the lower instance, then the lower triangle.
    #[inline]
    pub fn closest(&self, ray: Ray) -> Option<Hit> {
        self.closest_where(ray, |_| true)
    }

    /// Nearest hit within the ray's range of those that `meets` accepts.
    #[inline]
    pub fn closest_where(&self, ray: Ray, meets: impl FnMut(&Hit) -> bool) -> Option<Hit> {
        widest!(self.closest_by::<Plain>(ray, meets), self.closest_avx2(ray, meets))
    }

    /// Whether anything lies within the ray's range.
    #[inline]
    pub fn occluded(&self, ray: Ray) -> bool {
        widest!(self.occluded_by::<Plain>(ray), self.occluded_avx2(ray))
    }

    /// Calls `stop` with every hit within the ray's range, in any order, until it returns true. Returns whether it did.
    #[inline]
    pub fn any_hit(&self, ray: Ray, stop: impl FnMut(&Hit) -> bool) -> bool {
        widest!(self.any_hit_by::<Plain>(ray, stop), self.any_hit_avx2(ray, stop))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn closest_avx2(&self, ray: Ray, meets: impl FnMut(&Hit) -> bool) -> Option<Hit> {
        self.closest_by::<Avx2>(ray, meets)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn occluded_avx2(&self, ray: Ray) -> bool {
        self.occluded_by::<Avx2>(ray)
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn any_hit_avx2(&self, ray: Ray, stop: impl FnMut(&Hit) -> bool) -> bool {
        self.any_hit_by::<Avx2>(ray, stop)
    }

    #[inline(always)]
    fn closest_by<E: Eight>(&self, ray: Ray, meets: impl FnMut(&Hit) -> bool) -> Option<Hit> {
        let mut nearest = Nearest { bvh: self, ray, best: None, meets, lanes: PhantomData::<E> };
        self.tree.traverse::<E, true>(&ray, &mut nearest);
        nearest.best
    }

    #[inline(always)]
    fn occluded_by<E: Eight>(&self, ray: Ray) -> bool {
        let mut any = Any { bvh: self, ray, found: false, lanes: PhantomData::<E> };
        self.tree.traverse::<E, false>(&ray, &mut any);
        any.found
    }

    #[inline(always)]
    fn any_hit_by<E: Eight>(&self, ray: Ray, stop: impl FnMut(&Hit) -> bool) -> bool {
        let mut every = Every { bvh: self, ray, stop, stopped: false, lanes: PhantomData::<E> };
        self.tree.traverse::<E, false>(&ray, &mut every);
        every.stopped
    }
}

/// Looks for the nearest hit that is accepted.
struct Nearest<'a, E, M> {
    bvh: &'a InstanceBvh,
    /// Ends at the nearest hit so far.
    ray: Ray,
    best: Option<Hit>,
    meets: M,
    lanes: PhantomData<E>,
}

impl<E: Eight, M: FnMut(&Hit) -> bool> Visitor for Nearest<'_, E, M> {
    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        for &instance in self.bvh.tree.leaf(leaf) {
            let (mesh, local_from_world) = &self.bvh.instances[instance as usize];
            let meets = |t, triangle, u, v| (self.meets)(&Hit { t, instance, triangle, u, v });
            let hit = mesh.closest_by::<E>(&local(&self.ray, local_from_world), meets);
            if let Some((t, triangle, u, v)) = hit
                && self.best.is_none_or(|best| t < best.t || instance < best.instance)
            {
                self.best = Some(Hit { t, instance, triangle, u, v });
                self.ray.t_max = t;
            }
        }
        self.ray.t_max
    }
}

/// Looks for any hit.
struct Any<'a, E> {
    bvh: &'a InstanceBvh,
    ray: Ray,
    found: bool,
    lanes: PhantomData<E>,
}

impl<E: Eight> Visitor for Any<'_, E> {
    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        for &instance in self.bvh.tree.leaf(leaf) {
            let (mesh, local_from_world) = &self.bvh.instances[instance as usize];
            self.found |= mesh.occluded_by::<E>(&local(&self.ray, local_from_world));
        }
        if self.found { -1.0 } else { self.ray.t_max }
    }
}

/// Looks at every hit.
struct Every<'a, E, S> {
    bvh: &'a InstanceBvh,
    ray: Ray,
    stop: S,
    stopped: bool,
    lanes: PhantomData<E>,
}

impl<E: Eight, S: FnMut(&Hit) -> bool> Visitor for Every<'_, E, S> {
    #[inline(always)]
    fn visit(&mut self, leaf: u32) -> f32 {
        for &instance in self.bvh.tree.leaf(leaf) {
            let (mesh, local_from_world) = &self.bvh.instances[instance as usize];
            let stop = |t, triangle, u, v| (self.stop)(&Hit { t, instance, triangle, u, v });
            if mesh.any_hit_by::<E>(&local(&self.ray, local_from_world), stop) {
                self.stopped = true;
                return -1.0;
            }
        }
        self.ray.t_max
    }
}

fn boxes(placed: &[Placed]) -> Vec<(Vec3, Vec3)> {
    placed.iter().map(world_box).collect()
}

fn instances(placed: Vec<Placed>) -> Vec<(Arc<MeshBvh>, Affine3A)> {
    placed.into_iter().map(|p| (p.bvh, p.world_from_local.inverse())).collect()
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

/// The box around a placed mesh: its middle and half its size through the placement (Arvo, "Transforming
/// Axis-Aligned Bounding Boxes", Graphics Gems 1990), widened by what rounding may have cost. An empty mesh gets a point.
fn world_box(placed: &Placed) -> (Vec3, Vec3) {
    let (low, high) = placed.bvh.bounds();
    if low.x > high.x {
        let place = placed.world_from_local.translation.into();
        return (place, place);
    }
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let map = &placed.world_from_local;
    let middle = map.transform_point3a(middle.into());
    let [x, y, z] = [map.matrix3.x_axis, map.matrix3.y_axis, map.matrix3.z_axis].map(Vec3A::abs);
    let half = x * half.x + y * half.y + z * half.z;
    let half = half + 1e-6 * (half + middle.abs());
    ((middle - half).into(), (middle + half).into())
}
