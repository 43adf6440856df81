//! What stands in the way, at an instant.

use std::{collections::BTreeMap, sync::Arc};

use glam::{Affine3A, DVec3, Vec3};
use maquette_conditioning::{AcousticInstance, Mesh, SoundTimeline};
use maquette_geometry::{InstanceBvh, MeshBvh, Placed, Ray};

use crate::motion::{moves, placement_at};

/// A thing no longer than this can be the body a source sits in: a person, a loudspeaker, a car's bonnet.
const LONGEST_BODY_M: f32 = 3.0;
/// A source this close to a thing's box sits in it.
const BODY_MARGIN_M: f32 = 0.05;
/// A ray goes on this far behind a body it may pass.
const PAST_SURFACE_M: f32 = 1e-4;

/// All that stands in the way: what is still, placed once, and what moves.
pub(crate) struct Obstacles<'a> {
    /// Things that never move, in the timeline's order.
    pub(crate) still: Layer,
    /// The same things with their placement.
    pub(crate) still_instances: Vec<(&'a AcousticInstance, Affine3A)>,
    movers: Vec<(&'a AcousticInstance, Arc<MeshBvh>)>,
}

impl<'a> Obstacles<'a> {
    /// Sorts the timeline's things and builds each mesh's BVH once.
    pub(crate) fn new(timeline: &'a SoundTimeline) -> Self {
        let mut meshes = BTreeMap::new();
        let mut bvh_of = |mesh: &Arc<Mesh>| -> Arc<MeshBvh> {
            let built = || Arc::new(MeshBvh::build(&mesh.positions, &mesh.triangles));
            meshes.entry(Arc::as_ptr(mesh)).or_insert_with(built).clone()
        };
        let all: Vec<_> = timeline.instances.iter().map(|i| (i, bvh_of(&i.mesh))).collect();
        let (movers, still): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(i, _)| moves(&i.world_from_local));
        let place = |instance: &AcousticInstance| instance.world_from_local.samples[0];
        Self {
            still_instances: still.iter().map(|(instance, _)| (*instance, place(instance))).collect(),
            still: Layer::build(still.into_iter().map(|(i, bvh)| (i.object_id, bvh, place(i)))),
            movers,
        }
    }

    /// Whether anything moves.
    pub(crate) fn move_at_all(&self) -> bool {
        !self.movers.is_empty()
    }

    /// What moves, where it is at a time.
    pub(crate) fn moving_at(&self, time_s: f64) -> Layer {
        let placed = |(instance, bvh): &(&AcousticInstance, Arc<MeshBvh>)| {
            (instance.object_id, bvh.clone(), placement_at(&instance.world_from_local, time_s))
        };
        Layer::build(self.movers.iter().map(placed))
    }
}

/// Things placed at one instant.
pub(crate) struct Layer {
    /// Their BVH, in the order given.
    pub(crate) bvh: InstanceBvh,
    objects: Vec<u32>,
    /// Boxes by object, over all its parts.
    boxes: BTreeMap<u32, (Vec3, Vec3)>,
}

impl Layer {
    fn build(placed: impl Iterator<Item = (u32, Arc<MeshBvh>, Affine3A)>) -> Self {
        let (mut objects, mut boxes, mut instances) = (Vec::new(), BTreeMap::new(), Vec::new());
        for (object_id, bvh, world_from_local) in placed {
            let (low, high) = boxes.entry(object_id).or_insert((Vec3::INFINITY, Vec3::NEG_INFINITY));
            for corner in box_corners(bvh.bounds()) {
                let corner = world_from_local.transform_point3(corner);
                (*low, *high) = (low.min(corner), high.max(corner));
            }
            objects.push(object_id);
            instances.push(Placed { bvh, world_from_local });
        }
        Self { bvh: InstanceBvh::build(instances), objects, boxes }
    }

    /// Whether anything but the things in `skip` lies on the ray.
    fn blocks(&self, mut ray: Ray, skip: &[u32]) -> bool {
        if !self.bvh.occluded(ray) {
            return false;
        }
        while let Some(hit) = self.bvh.closest(ray) {
            if !skip.contains(&self.objects[hit.instance as usize]) {
                return true;
            }
            ray.t_min = hit.t + PAST_SURFACE_M;
        }
        false
    }
}

fn box_corners((low, high): (Vec3, Vec3)) -> impl Iterator<Item = Vec3> {
    let corners = if low.x > high.x { 0..0u32 } else { 0..8 };
    corners.map(move |i| Vec3::select(glam::BVec3::new(i & 1 != 0, i & 2 != 0, i & 4 != 0), high, low))
}

/// Everything at one instant.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// What never moves.
    pub(crate) still: &'a Layer,
    /// What moves, as it stands now.
    pub(crate) moving: &'a Layer,
}

impl Surroundings<'_> {
    /// Whether the way between two points is free, but for the given lengths at its ends and the things in `skip`.
    pub(crate) fn is_free(&self, from: DVec3, to: DVec3, clear_m: [f64; 2], skip: &[u32]) -> bool {
        let way = to - from;
        let length = way.length();
        if length <= clear_m[0] + clear_m[1] {
            return true;
        }
        let ray = Ray {
            origin: from.as_vec3(),
            direction: (way / length).as_vec3(),
            t_min: clear_m[0] as f32,
            t_max: (length - clear_m[1]) as f32,
        };
        ![self.still, self.moving].iter().any(|layer| layer.blocks(ray, skip))
    }

    /// Things that a source at a point sits in. An emitter is a point on or in something, and the timeline does not
    /// say in what; without this a voice would be muffled by the head it comes out of.
    pub(crate) fn bodies_around(&self, point: DVec3) -> Vec<u32> {
        let point = point.as_vec3();
        let holds = |&(low, high): &(Vec3, Vec3)| {
            point.cmpge(low - BODY_MARGIN_M).all() && point.cmple(high + BODY_MARGIN_M).all()
        };
        let body =
            |(object, extent): (&u32, &(Vec3, Vec3))| (is_body(extent) && holds(extent)).then_some(*object);
        [self.still, self.moving].iter().flat_map(|layer| layer.boxes.iter().filter_map(body)).collect()
    }

    /// Which of two things that hit each other are loose or small: these do not block their own sound.
    pub(crate) fn struck_bodies(&self, objects: [u32; 2]) -> Vec<u32> {
        let small = |object: &u32| self.still.boxes.get(object).is_some_and(is_body);
        objects.into_iter().filter(|object| small(object) || self.moving.boxes.contains_key(object)).collect()
    }
}

fn is_body(&(low, high): &(Vec3, Vec3)) -> bool {
    (high - low).max_element() <= LONGEST_BODY_M
}
