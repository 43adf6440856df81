//! What stands in the way, at an instant.

use std::{collections::BTreeMap, sync::Arc};

use glam::{Affine3A, DVec3, Vec3};
use maquette_conditioning::{AcousticInstance, Mesh, SoundTimeline};
use maquette_geometry::{Hit, InstanceBvh, MeshBvh, Placed, Ray};

use crate::{
    motion::{moves, placement_at},
    skin::Skin,
};

/// A thing no longer than this can be the body a source sits in: a person, a loudspeaker, a car's bonnet.
const LONGEST_BODY_M: f32 = 3.0;
/// A source this close to a thing's box sits in it.
const BODY_MARGIN_M: f32 = 0.05;
/// A ray goes on this far behind a body it may pass.
pub(crate) const PAST_SURFACE_M: f32 = 1e-4;
/// Two faces of one thing farther apart than this are two partitions.
const THICKEST_M: f32 = 1.0;
/// So many triangles that move are melted into one mesh anew at every instant; more keep their own BVHs.
const MOST_MELTED: usize = 1024;
/// Sound does not get through more than this many.
const MOST_PARTITIONS: usize = 16;

/// All that stands in the way: what is still, placed once, and what moves.
pub(crate) struct Obstacles<'a> {
    /// Things that never move, in the timeline's order.
    pub(crate) still: Layer,
    /// The same things with their placement.
    pub(crate) still_instances: Vec<(&'a AcousticInstance, Affine3A)>,
    /// Things that move.
    pub(crate) movers: Vec<(&'a AcousticInstance, Arc<MeshBvh>)>,
}

impl<'a> Obstacles<'a> {
    /// Sorts the timeline's things and builds the BVHs that serve at all times.
    pub(crate) fn new(timeline: &'a SoundTimeline) -> Self {
        let (movers, still): (Vec<_>, Vec<_>) =
            timeline.instances.iter().partition(|i| moves(&i.world_from_local));
        let still: Vec<_> = still.into_iter().map(|i| (i, i.world_from_local.samples[0])).collect();
        let mut meshes = BTreeMap::new();
        let mut bvh_of = |mesh: &Arc<Mesh>| -> Arc<MeshBvh> {
            let built = || Arc::new(MeshBvh::build(&mesh.positions, &mesh.triangles));
            meshes.entry(Arc::as_ptr(mesh)).or_insert_with(built).clone()
        };
        Self {
            still: Layer::melted(&still),
            still_instances: still,
            movers: movers.into_iter().map(|i| (i, bvh_of(&i.mesh))).collect(),
        }
    }

    /// Whether anything moves.
    pub(crate) fn move_at_all(&self) -> bool {
        !self.movers.is_empty()
    }

    /// What moves, where it is at a time.
    pub(crate) fn moving_at(&self, time_s: f64) -> Layer {
        let at = |instance: &AcousticInstance| placement_at(&instance.world_from_local, time_s);
        let triangles: usize = self.movers.iter().map(|(instance, _)| instance.mesh.triangles.len()).sum();
        if triangles <= MOST_MELTED {
            return Layer::melted(&self.movers.iter().map(|(i, _)| (*i, at(i))).collect::<Vec<_>>());
        }
        let placed = |(i, bvh): &(&AcousticInstance, Arc<MeshBvh>)| (Body::new(i, at(i)), bvh.clone());
        Layer::placed(self.movers.iter().map(placed).collect())
    }
}

/// One thing as it stands.
pub(crate) struct Body {
    /// Which thing of the scene.
    pub(crate) object_id: u32,
    /// What it does to energy.
    pub(crate) skin: Skin,
    mesh: Arc<Mesh>,
    world_from_local: Affine3A,
}

impl Body {
    fn new(instance: &AcousticInstance, world_from_local: Affine3A) -> Self {
        Self {
            object_id: instance.object_id,
            skin: Skin::new(&instance.surface),
            mesh: instance.mesh.clone(),
            world_from_local,
        }
    }

    fn corners(&self, triangle: u32) -> [Vec3; 3] {
        self.mesh.triangles[triangle as usize]
            .map(|i| self.world_from_local.transform_point3(self.mesh.positions[i as usize]))
    }

    fn normal(&self, triangle: u32) -> Vec3 {
        let [a, b, c] = self.corners(triangle);
        (b - a).cross(c - a).normalize_or_zero()
    }
}

/// Things placed at one instant.
pub(crate) struct Layer {
    shape: Shape,
    bodies: Vec<Body>,
    /// Boxes by object, over all its parts.
    boxes: BTreeMap<u32, (Vec3, Vec3)>,
}

/// The triangles of a layer.
enum Shape {
    /// All in one mesh, which a ray traverses faster than many; with body, triangle and normal of each.
    Melted(MeshBvh, Vec<(u32, u32, Vec3)>),
    /// Each body with its own.
    Placed(InstanceBvh),
}

/// What a ray meets.
#[derive(Clone, Copy)]
pub(crate) struct Meeting<'a> {
    /// How far away.
    pub(crate) distance_m: f32,
    /// Place of the thing in its layer.
    pub(crate) body_index: usize,
    /// The thing.
    pub(crate) body: &'a Body,
    /// Triangle of its mesh.
    pub(crate) triangle: u32,
    /// Unit normal of the triangle, on either side.
    pub(crate) normal: Vec3,
}

impl Layer {
    /// All as one mesh.
    fn melted(things: &[(&AcousticInstance, Affine3A)]) -> Self {
        let bodies: Vec<Body> = things.iter().map(|(instance, place)| Body::new(instance, *place)).collect();
        let (mut positions, mut triangles, mut faces) = (Vec::new(), Vec::new(), Vec::new());
        for (index, body) in bodies.iter().enumerate() {
            let first = positions.len() as u32;
            positions.extend(body.mesh.positions.iter().map(|&p| body.world_from_local.transform_point3(p)));
            triangles.extend(body.mesh.triangles.iter().map(|t| t.map(|i| i + first)));
            faces.extend((0..body.mesh.triangles.len() as u32).map(|t| (index as u32, t, body.normal(t))));
        }
        let shape = Shape::Melted(MeshBvh::build(&positions, &triangles), faces);
        Self { shape, boxes: boxes(&bodies), bodies }
    }

    /// Each with its own BVH, which stays when it moves.
    fn placed(movers: Vec<(Body, Arc<MeshBvh>)>) -> Self {
        let (bodies, placed): (Vec<Body>, Vec<Placed>) = movers
            .into_iter()
            .map(|(body, bvh)| {
                let world_from_local = body.world_from_local;
                (body, Placed { bvh, world_from_local })
            })
            .unzip();
        Self { shape: Shape::Placed(InstanceBvh::build(placed)), boxes: boxes(&bodies), bodies }
    }

    /// The nearest thing on a ray that `meets` accepts.
    #[inline]
    pub(crate) fn closest_where(&self, ray: Ray, meets: impl Fn(u32) -> bool) -> Option<Meeting<'_>> {
        let accepts = |body: u32| meets(self.bodies[body as usize].object_id);
        match &self.shape {
            Shape::Melted(mesh, faces) => {
                let hit = mesh.closest_where(&ray, |_, face, _, _| accepts(faces[face as usize].0))?;
                Some(self.on_face(hit.0, faces[hit.1 as usize]))
            }
            Shape::Placed(bvh) => Some(self.on_body(&bvh.closest_where(ray, |hit| accepts(hit.instance))?)),
        }
    }

    /// The nearest thing on a ray.
    #[inline]
    pub(crate) fn closest(&self, ray: Ray) -> Option<Meeting<'_>> {
        match &self.shape {
            Shape::Melted(mesh, faces) => {
                let (distance_m, face, _, _) = mesh.closest(&ray)?;
                Some(self.on_face(distance_m, faces[face as usize]))
            }
            Shape::Placed(bvh) => Some(self.on_body(&bvh.closest(ray)?)),
        }
    }

    #[inline]
    fn occluded(&self, ray: Ray) -> bool {
        match &self.shape {
            Shape::Melted(mesh, _) => mesh.occluded(&ray),
            Shape::Placed(bvh) => bvh.occluded(ray),
        }
    }

    #[inline]
    fn on_face(&self, distance_m: f32, (body, triangle, normal): (u32, u32, Vec3)) -> Meeting<'_> {
        let body_index = body as usize;
        Meeting { distance_m, body_index, body: &self.bodies[body_index], triangle, normal }
    }

    fn on_body(&self, hit: &Hit) -> Meeting<'_> {
        let body_index = hit.instance as usize;
        let body = &self.bodies[body_index];
        Meeting {
            distance_m: hit.t,
            body_index,
            body,
            triangle: hit.triangle,
            normal: body.normal(hit.triangle),
        }
    }
}

/// Boxes around things, by object.
fn boxes(bodies: &[Body]) -> BTreeMap<u32, (Vec3, Vec3)> {
    let mut boxes = BTreeMap::new();
    for body in bodies {
        let (low, high) = boxes.entry(body.object_id).or_insert((Vec3::INFINITY, Vec3::NEG_INFINITY));
        for &corner in &body.mesh.positions {
            let corner = body.world_from_local.transform_point3(corner);
            (*low, *high) = (low.min(corner), high.max(corner));
        }
    }
    boxes
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
        let Some(mut ray) = ray_between(from, to, clear_m) else { return true };
        if !self.occluded(ray) {
            return true;
        }
        while let Some(hit) = self.closest(ray) {
            if !skip.contains(&hit.body.object_id) {
                return false;
            }
            ray.t_min = hit.distance_m + PAST_SURFACE_M;
        }
        true
    }

    /// Share of energy in each band that comes straight through everything between two points; `None` when something
    /// solid is in the way. Two faces of one thing within a metre are one partition.
    pub(crate) fn passing(
        &self,
        from: DVec3,
        to: DVec3,
        clear_m: [f64; 2],
        skip: &[u32],
    ) -> Option<[f32; 8]> {
        let Some(mut ray) = ray_between(from, to, clear_m) else { return Some([1.0; 8]) };
        let mut passed = [1.0; 8];
        if !self.occluded(ray) {
            return Some(passed);
        }
        for _ in 0..MOST_PARTITIONS {
            let Some(hit) = self.closest(ray) else { return Some(passed) };
            ray.t_min = hit.distance_m + PAST_SURFACE_M;
            if skip.contains(&hit.body.object_id) {
                continue;
            }
            let through = hit.body.skin.transmitted?;
            (0..8).for_each(|band| passed[band] *= through[band]);
            ray.t_min = self.behind(ray, hit.body.object_id).unwrap_or(ray.t_min);
        }
        None
    }

    /// Where a ray that has just gone into a thing comes out of it, when that is within a metre.
    pub(crate) fn behind(&self, inside: Ray, object_id: u32) -> Option<f32> {
        let most = inside.t_min + THICKEST_M / inside.direction.length();
        let ray = Ray { t_max: most, ..inside };
        Some(self.closest_of(ray, object_id)?.distance_m + PAST_SURFACE_M)
    }

    /// The nearest thing on a ray, moving or not.
    #[inline]
    pub(crate) fn closest(&self, ray: Ray) -> Option<Meeting<'_>> {
        let still = self.still.closest(ray);
        if self.moving.bodies.is_empty() {
            return still;
        }
        let t_max = still.map_or(ray.t_max, |hit| hit.distance_m);
        self.moving.closest(Ray { t_max, ..ray }).or(still)
    }

    /// The nearest thing on a ray that is not in `skip`.
    pub(crate) fn closest_but(&self, ray: Ray, skip: &[u32]) -> Option<Meeting<'_>> {
        self.closest_where(ray, |object| !skip.contains(&object))
    }

    /// Where a ray meets one thing.
    pub(crate) fn closest_of(&self, ray: Ray, object_id: u32) -> Option<Meeting<'_>> {
        self.closest_where(ray, |object| object == object_id)
    }

    fn closest_where(&self, ray: Ray, meets: impl Fn(u32) -> bool) -> Option<Meeting<'_>> {
        let hits = self.layers().map(|layer| layer.closest_where(ray, &meets));
        hits.into_iter().flatten().min_by(|a, b| a.distance_m.total_cmp(&b.distance_m))
    }

    /// Whether a meeting was with something that moves.
    pub(crate) fn is_moving(&self, meeting: &Meeting<'_>) -> bool {
        self.moving.bodies.get(meeting.body_index).is_some_and(|body| std::ptr::eq(body, meeting.body))
    }

    #[inline]
    fn occluded(&self, ray: Ray) -> bool {
        self.still.occluded(ray) || !self.moving.bodies.is_empty() && self.moving.occluded(ray)
    }

    fn layers(&self) -> [&Layer; 2] {
        [self.still, self.moving]
    }

    /// Things that a source at a point sits in, and the one that carries it. An emitter is a point on or in something;
    /// without this a voice would be muffled by the head it comes out of.
    pub(crate) fn bodies_around(&self, point: DVec3, carrier: Option<u32>) -> Vec<u32> {
        let point = point.as_vec3();
        let holds = |&(low, high): &(Vec3, Vec3)| {
            point.cmpge(low - BODY_MARGIN_M).all() && point.cmple(high + BODY_MARGIN_M).all()
        };
        let body =
            |(object, extent): (&u32, &(Vec3, Vec3))| (is_body(extent) && holds(extent)).then_some(*object);
        let around =
            [self.still, self.moving].into_iter().flat_map(|layer| layer.boxes.iter().filter_map(body));
        carrier.into_iter().chain(around).collect()
    }

    /// Which of two things that hit each other are loose or small: these do not block their own sound.
    pub(crate) fn struck_bodies(&self, objects: [u32; 2]) -> Vec<u32> {
        let small = |object: &u32| self.still.boxes.get(object).is_some_and(is_body);
        objects.into_iter().filter(|object| small(object) || self.moving.boxes.contains_key(object)).collect()
    }
}

fn ray_between(from: DVec3, to: DVec3, clear_m: [f64; 2]) -> Option<Ray> {
    let way = to - from;
    let length = way.length();
    (length > clear_m[0] + clear_m[1]).then(|| Ray {
        origin: from.as_vec3(),
        direction: (way / length).as_vec3(),
        t_min: clear_m[0] as f32,
        t_max: (length - clear_m[1]) as f32,
    })
}

fn is_body(&(low, high): &(Vec3, Vec3)) -> bool {
    (high - low).max_element() <= LONGEST_BODY_M
}

#[cfg(test)]
mod tests {
    use maquette_conditioning::{Surface, Track};

    use super::*;
    use crate::chance::even_direction;

    #[test]
    fn things_that_move_are_met_alike_melted_and_apart() {
        let corner = |i: usize| Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2) as f32) - 0.5;
        let corners: Vec<Vec3> = (0..8).map(corner).collect();
        let faces = [[0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3]];
        let mesh = Mesh::new(corners.clone(), corners, vec![glam::Vec2::ZERO; 8], faces.to_vec()).unwrap();
        let mesh = Arc::new(mesh);
        let thing = |object_id| AcousticInstance {
            object_id,
            mesh: mesh.clone(),
            surface: Surface::default(),
            world_from_local: Track::still(Affine3A::IDENTITY),
        };
        let things: Vec<AcousticInstance> = (0..9).map(thing).collect();
        let place = |i: u32| {
            let at = 2.0 * Vec3::new((i % 3) as f32 - 1.0, (i / 3) as f32 - 1.0, -1.0 - 0.1 * i as f32);
            Affine3A::from_rotation_translation(glam::Quat::from_rotation_y(0.3 * i as f32), at)
        };
        let placed: Vec<(&AcousticInstance, Affine3A)> =
            things.iter().map(|thing| (thing, place(thing.object_id))).collect();
        let bvh = Arc::new(MeshBvh::build(&mesh.positions, &mesh.triangles));
        let apart = Layer::placed(placed.iter().map(|(i, at)| (Body::new(i, *at), bvh.clone())).collect());
        let melted = Layer::melted(&placed);
        let mut met = 0;
        for index in 0..2000 {
            let ray = Ray::new(Vec3::ZERO, even_direction(index, 2000, [0.3, 0.7]));
            let seen = |layer: &Layer| {
                let seen = layer.closest_where(ray, |object| object != 4);
                seen.map(|m| {
                    (
                        m.body.object_id,
                        m.triangle,
                        (1e3 * m.distance_m).round(),
                        m.normal.dot(ray.direction) > 0.0,
                    )
                })
            };
            assert_eq!(seen(&apart), seen(&melted));
            assert_eq!(apart.occluded(ray), melted.occluded(ray));
            met += usize::from(seen(&melted).is_some());
        }
        assert!((100..1800).contains(&met), "{met}");
    }
}
