//! BVHs of a world for the CPU executor, one for each time slice.
//!
//! Whatever stands still is merged into one mesh in world space: a single tree over a room's walls, furniture and
//! lamps is traced about twice as fast as a tree of trees whose boxes overlap, and is built once a shot. Things that
//! move, deform, or repeat a large mesh keep trees of their own, under a tree over those that stand still, which all
//! slices share, and one over those that move. Little changes within a shutter or from frame to frame: the latter and the
//! trees of deforming meshes are kept from an earlier frame and fitted anew to each slice, until they have become bad ones.

use std::{collections::HashMap, sync::Arc};

use glam::{Affine3A, Vec3};
use maquette_conditioning::ContentId;
use maquette_geometry::{Hit, InstanceBvh, MeshBvh, Placed, Ray};
use rayon::prelude::*;

use crate::world::{SliceShape, World};

/// A mesh of more triangles is merged only if it stands in one place.
const SMALL_MESH: usize = 4096;
/// Triangles in the merged mesh at most; about half a gigabyte.
const MERGED_LIMIT: usize = 4_000_000;
/// A fitted tree is built anew when its cost has grown so much.
const WORN: f32 = 1.3;

/// What rays meet in one slice.
pub(crate) struct SliceBvh {
    still: Option<Arc<Merged>>,
    /// What stands still without being merged, and what moves.
    placed: Vec<Arc<Placings>>,
}

/// Meshes that keep trees of their own.
struct Placings {
    tree: InstanceBvh,
    /// Instance index of each.
    instances: Vec<u32>,
}

impl Placings {
    /// A hit of the tree as one of the slice.
    #[inline(always)]
    fn hit(&self, hit: &Hit) -> Hit {
        Hit { instance: self.instances[hit.instance as usize], ..*hit }
    }
}

/// The merged mesh.
struct Merged {
    bvh: Arc<MeshBvh>,
    /// The slice's instances in it, and the first triangle of each; one more at the end.
    instances: Vec<u32>,
    firsts: Vec<u32>,
    /// For each [`BLOCK`] of triangles the position of the instance that it starts in. A table of every triangle's
    /// instance would not fit the caches, and each hit would wait for it.
    blocks: Vec<u32>,
}

/// Triangles that share an entry of a merged mesh's table.
const BLOCK: usize = 64;

impl Merged {
    /// The mesh of those instances of `shapes`.
    fn new(bvh: Arc<MeshBvh>, shapes: &[SliceShape], instances: Vec<u32>) -> Self {
        let mut firsts = vec![0];
        for &instance in &instances {
            let last = firsts.last().copied().unwrap_or_default();
            firsts.push(last + shapes[instance as usize].triangles.len() as u32);
        }
        let blocks = bvh.triangle_count().div_ceil(BLOCK);
        let holder = |block: usize| firsts.partition_point(|&first| first as usize <= block * BLOCK) - 1;
        let blocks = (0..blocks).map(|block| holder(block) as u32).collect();
        Self { bvh, instances, firsts, blocks }
    }

    /// Which instance and triangle one of its triangles is.
    #[inline(always)]
    fn origin(&self, triangle: u32) -> [u32; 2] {
        let mut at = self.blocks[triangle as usize / BLOCK] as usize;
        while self.firsts[at + 1] <= triangle {
            at += 1;
        }
        [self.instances[at], triangle - self.firsts[at]]
    }
}

impl SliceBvh {
    /// Nearest hit; its instance is an index into the slice's records.
    #[inline(always)]
    pub(crate) fn closest(&self, ray: Ray) -> Option<Hit> {
        let still = self.still.as_ref().and_then(|merged| {
            let (t, triangle, u, v) = merged.bvh.closest(&ray)?;
            let [instance, triangle] = merged.origin(triangle);
            Some(Hit { t, instance, triangle, u, v })
        });
        self.placed.iter().fold(still, |nearest, placings| {
            let t_max = nearest.map_or(ray.t_max, |hit| hit.t);
            let hit = placings.tree.closest(Ray { t_max, ..ray });
            hit.map(|hit| placings.hit(&hit)).or(nearest)
        })
    }

    /// Nearest hit of those that `meets` accepts.
    #[inline(always)]
    pub(crate) fn closest_where(&self, ray: Ray, meets: impl Fn(&Hit) -> bool) -> Option<Hit> {
        let still = self.still.as_ref().and_then(|merged| {
            let hit = |t, triangle: u32, u, v| {
                let [instance, triangle] = merged.origin(triangle);
                Hit { t, instance, triangle, u, v }
            };
            let met = merged.bvh.closest_where(&ray, |t, triangle, u, v| meets(&hit(t, triangle, u, v)));
            met.map(|(t, triangle, u, v)| hit(t, triangle, u, v))
        });
        self.placed.iter().fold(still, |nearest, placings| {
            let t_max = nearest.map_or(ray.t_max, |hit| hit.t);
            let met = placings.tree.closest_where(Ray { t_max, ..ray }, |hit| meets(&placings.hit(hit)));
            met.map(|hit| placings.hit(&hit)).or(nearest)
        })
    }

    /// Calls `stop` with every hit within the ray's range, in any order, until it returns true. Returns whether it did.
    #[inline(always)]
    pub(crate) fn any_hit(&self, ray: Ray, mut stop: impl FnMut(&Hit) -> bool) -> bool {
        let still = self.still.as_ref().is_some_and(|merged| {
            merged.bvh.any_hit(&ray, |t, triangle, u, v| {
                let [instance, triangle] = merged.origin(triangle);
                stop(&Hit { t, instance, triangle, u, v })
            })
        });
        still || self.placed.iter().any(|placings| placings.tree.any_hit(ray, |hit| stop(&placings.hit(hit))))
    }

    /// Whether anything lies within the ray's range.
    #[inline(always)]
    pub(crate) fn occluded(&self, ray: Ray) -> bool {
        self.still.as_ref().is_some_and(|merged| merged.bvh.occluded(&ray))
            || self.placed.iter().any(|placings| placings.tree.occluded(ray))
    }
}

/// Keeps trees while their meshes are in use.
#[derive(Default)]
pub(crate) struct BvhCache {
    meshes: HashMap<ContentId, Arc<MeshBvh>>,
    /// Trees of deformed meshes as they were built, by the position of their first triangle, and their cost then.
    deformed: HashMap<usize, (Arc<MeshBvh>, f32)>,
    still: Vec<(ContentId, Affine3A)>,
    merged: Option<Arc<MeshBvh>>,
    /// The tree over things that move, as it was built, with their instance indices.
    moving: Option<(Vec<u32>, InstanceBvh)>,
}

impl BvhCache {
    /// A tree for each slice of `world`.
    pub(crate) fn bvhs(&mut self, world: &World) -> Vec<SliceBvh> {
        let count = world.shapes.count;
        let slices: Vec<&[SliceShape]> = match count {
            0 => vec![&[][..]; world.frame.open_slice as usize + 1],
            _ => world.shapes.slice_shapes.chunks(count).collect(),
        };
        let is_still = still_instances(&slices);
        let still = self.merge(world, slices[0], &is_still);
        let meshes = self.mesh_bvhs(world, &slices, &is_still);
        let moves = |i: usize| slices.iter().any(|slice| slice[i] != slices[0][i]);
        let (moving, standing): (Vec<u32>, Vec<u32>) =
            (0..count as u32).filter(|&i| !is_still[i as usize]).partition(|&i| moves(i as usize));
        let placed = |shapes: &[SliceShape], instances: &[u32]| -> Vec<Placed> {
            let place = |shape: &SliceShape| Placed {
                bvh: meshes[&shape.vertices.start].clone(),
                world_from_local: shape.world_from_local,
            };
            instances.iter().map(|&i| place(&shapes[i as usize])).collect()
        };
        // Where things are half way, so that it suits the first slice and the last.
        let middle = self.moving_tree(&moving, placed(slices[slices.len() / 2], &moving));
        let standing = (!standing.is_empty()).then(|| {
            let tree = InstanceBvh::build(placed(slices[0], &standing));
            Arc::new(Placings { tree, instances: standing })
        });
        let fit = |shapes: &&[SliceShape]| {
            let moving = (!moving.is_empty()).then(|| {
                let tree = middle.refitted(placed(shapes, &moving));
                Arc::new(Placings { tree, instances: moving.clone() })
            });
            SliceBvh { still: still.clone(), placed: standing.clone().into_iter().chain(moving).collect() }
        };
        slices.par_iter().map(fit).collect()
    }

    /// A tree over moving instances: the last one fitted to where they are now, if it is over the same and still a good
    /// one.
    fn moving_tree(&mut self, instances: &[u32], placed: Vec<Placed>) -> InstanceBvh {
        if let Some((_, tree)) = self.moving.as_ref().filter(|(of, _)| of == instances) {
            let fitted = tree.refitted(placed.clone());
            if fitted.cost() <= WORN * tree.cost() {
                return fitted;
            }
        }
        let tree = InstanceBvh::build(placed);
        self.moving = Some((instances.to_vec(), tree.clone()));
        tree
    }

    /// Builds the merged mesh's tree unless the last frame had the same.
    fn merge(&mut self, world: &World, shapes: &[SliceShape], is_still: &[bool]) -> Option<Arc<Merged>> {
        let still = || shapes.iter().enumerate().filter(|(i, _)| is_still[*i]);
        let key: Vec<_> = still().filter_map(|(_, s)| Some((s.id?, s.world_from_local))).collect();
        if key.is_empty() {
            (self.still, self.merged) = (key, None);
            return None;
        }
        if self.merged.is_none() || key != self.still {
            let mut positions: Vec<Vec3> = Vec::new();
            let mut triangles = Vec::new();
            for (_, shape) in still() {
                let first = positions.len() as u32;
                let place =
                    |v: &crate::world::VertexRecord| shape.world_from_local.transform_point3(v.position);
                positions.extend(world.shapes.vertices[shape.vertices.clone()].iter().map(place));
                let corners = &world.shapes.triangles[shape.triangles.clone()];
                triangles.extend(corners.iter().map(|t| t.map(|i| i + first)));
            }
            (self.still, self.merged) = (key, Some(Arc::new(MeshBvh::build(&positions, &triangles))));
        }
        let instances = (0..shapes.len() as u32).filter(|&i| is_still[i as usize]).collect();
        Some(Arc::new(Merged::new(self.merged.clone()?, shapes, instances)))
    }

    /// The tree of each distinct shape that is not merged, by the position of its first vertex.
    fn mesh_bvhs(
        &mut self,
        world: &World,
        slices: &[&[SliceShape]],
        is_still: &[bool],
    ) -> HashMap<usize, Arc<MeshBvh>> {
        let moving = slices.iter().flat_map(|s| s.iter().enumerate()).filter(|(i, _)| !is_still[*i]);
        let distinct: HashMap<usize, &SliceShape> =
            moving.map(|(_, shape)| (shape.vertices.start, shape)).collect();
        let kept = std::mem::take(&mut self.meshes);
        let templates = self.templates(world, &distinct);
        let build = |shape: &SliceShape| match shape.id {
            Some(id) => kept.get(&id).cloned().unwrap_or_else(|| Arc::new(mesh_bvh(world, shape))),
            None => Arc::new(fitted(world, shape, &templates[&shape.triangles.start].0)),
        };
        let built: HashMap<usize, Arc<MeshBvh>> =
            distinct.par_iter().map(|(&first, shape)| (first, build(shape))).collect();
        self.meshes =
            distinct.values().filter_map(|s| Some((s.id?, built[&s.vertices.start].clone()))).collect();
        self.deformed = templates;
        built
    }

    /// For each deformed mesh a tree to fit to its shapes, by the position of its first triangle: the last frame's, as
    /// long as it suits the first of them.
    fn templates(
        &mut self,
        world: &World,
        distinct: &HashMap<usize, &SliceShape>,
    ) -> HashMap<usize, (Arc<MeshBvh>, f32)> {
        let mut firsts: HashMap<usize, &SliceShape> = HashMap::new();
        for shape in distinct.values().filter(|shape| shape.id.is_none()) {
            let first = firsts.entry(shape.triangles.start).or_insert(shape);
            if shape.vertices.start < first.vertices.start {
                *first = shape;
            }
        }
        let kept = std::mem::take(&mut self.deformed);
        let template = |(&start, shape): (&usize, &&SliceShape)| {
            let suits = |(tree, cost): &&(Arc<MeshBvh>, f32)| {
                tree.triangle_count() == shape.triangles.len()
                    && fitted(world, shape, tree).cost() <= WORN * cost
            };
            let build = || {
                let tree = mesh_bvh(world, shape);
                let cost = tree.cost();
                (Arc::new(tree), cost)
            };
            (start, kept.get(&start).filter(suits).cloned().unwrap_or_else(build))
        };
        firsts.par_iter().map(template).collect()
    }
}

fn fitted(world: &World, shape: &SliceShape, tree: &MeshBvh) -> MeshBvh {
    let vertices = &world.shapes.vertices[shape.vertices.clone()];
    let positions: Vec<Vec3> = vertices.iter().map(|vertex| vertex.position).collect();
    tree.refitted(&positions, &world.shapes.triangles[shape.triangles.clone()])
}

fn mesh_bvh(world: &World, shape: &SliceShape) -> MeshBvh {
    let vertices = &world.shapes.vertices[shape.vertices.clone()];
    let positions: Vec<Vec3> = vertices.iter().map(|vertex| vertex.position).collect();
    MeshBvh::build(&positions, &world.shapes.triangles[shape.triangles.clone()])
}

/// Which instances of a slice are merged.
fn still_instances(slices: &[&[SliceShape]]) -> Vec<bool> {
    let first = slices[0];
    let mut uses: HashMap<ContentId, usize> = HashMap::new();
    first.iter().filter_map(|shape| shape.id).for_each(|id| *uses.entry(id).or_default() += 1);
    let mut total = 0;
    let merges = |i: usize| {
        let shape = &first[i];
        let Some(id) = shape.id else { return false };
        let moves = slices.iter().any(|slice| slice[i].world_from_local != shape.world_from_local);
        let small = shape.triangles.len() <= SMALL_MESH || uses[&id] == 1;
        if moves || !small || total + shape.triangles.len() > MERGED_LIMIT {
            return false;
        }
        total += shape.triangles.len();
        true
    };
    (0..first.len()).map(merges).collect()
}
