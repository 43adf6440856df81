//! What mirrors show at a pixel: where its image stands, and where that was a frame ago.
//!
//! The image of a point in a flat mirror stands as far behind it. Near a curved one it stands nearer or farther, by the
//! mirror equation 1/s' = 1/s + 2κ with the surface's mean curvature κ: exact only for narrow bundles and steep views, but it
//! need only say what the pixel showed before. Each of several mirrors makes an image of the next one's.

use glam::{Vec2, Vec3};
use maquette_geometry::{Hit, Ray};

use super::{
    Scene,
    bsdf::is_mirror,
    frame::off_surface,
    lamp::lamp_normal,
    lamp_light::lamp_light,
    surface::{Surface, surface_at},
    traversal::{Met, closest},
    veil::Chance,
};
use crate::world::{SMOOTH, transform_normal, transform_point};

/// Mirrors looked into, one in the other.
const MOST_MIRRORS: usize = 4;
/// Surroundings in mirrors stand so far away, metres.
const SURROUNDINGS_M: f32 = 1e4;
/// A hollow mirror's image is at most this many times as far as the thing.
const LARGEST_SCALE: f32 = 10.0;

/// What is seen, where it is seen.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    pub(crate) position: Vec3,
    pub(crate) normal: Vec3,
    /// In pixels, previous minus current.
    pub(crate) motion: Vec2,
    pub(crate) object_id: u32,
}

/// A thing that is seen, and where it stood a frame ago.
#[derive(Clone, Copy)]
pub(crate) struct Thing {
    pub(crate) position: Vec3,
    pub(crate) before: Vec3,
    pub(crate) normal: Vec3,
    pub(crate) object_id: u32,
}

/// A mirror's surface at a point.
#[derive(Clone, Copy, Default)]
struct Tangent {
    point: Vec3,
    normal: Vec3,
    /// Mean curvature, one over metres; above 0 bulges towards the viewer.
    curvature: f32,
}

impl Tangent {
    /// Of the mesh hit from `direction`, at one of the frame's slices.
    fn new(scene: &Scene, hit: &Hit, slice: u32, direction: Vec3) -> Self {
        let shapes = &scene.world.shapes;
        let instance = &shapes.instances[(slice * scene.world.frame.instances + hit.instance) as usize];
        let corners = shapes.corners(instance, hit.triangle);
        let weights = [1.0 - hit.u - hit.v, hit.u, hit.v];
        let point = (0..3).map(|i| corners[i] * weights[i]).sum();
        let flat = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalize_or(-direction);
        if instance.flags & SMOOTH == 0 {
            let normal = if flat.dot(direction) > 0.0 { -flat } else { flat };
            return Self { point, normal, curvature: 0.0 };
        }
        let normals = shapes
            .vertices(instance, hit.triangle)
            .map(|vertex| transform_normal(&instance.world_from_local, vertex.normal).normalize_or(flat));
        let normal = (0..3).map(|i| normals[i] * weights[i]).sum::<Vec3>().normalize_or(flat);
        let bend = |(a, b): (usize, usize)| {
            let edge = corners[b] - corners[a];
            (normals[b] - normals[a]).dot(edge) / edge.length_squared().max(1e-20)
        };
        let curvature = [(0, 1), (1, 2), (2, 0)].map(bend).iter().sum::<f32>() / 3.0;
        let side = if normal.dot(direction) > 0.0 { -1.0 } else { 1.0 };
        Self { point, normal: side * normal, curvature: side * curvature }
    }

    /// Where the image of a point stands.
    fn image(&self, of: Vec3) -> Vec3 {
        let offset = (of - self.point).reflect(self.normal);
        let scale = 1.0 + 2.0 * self.curvature * offset.length();
        self.point + offset / scale.max(1.0 / LARGEST_SCALE)
    }
}

/// Follows a view of a mesh through mirrors to what it shows: a thing whose places are those of its image, and the
/// lamps' light on it, tinted by the mirrors. Counts the rays it casts.
pub(crate) fn image(scene: &Scene, ray: Ray, hit: Hit, surface: &Surface, rays: &mut u32) -> (Thing, Vec3) {
    let slice = scene.world.frame.open_slice;
    let (mut ray, mut hit, mut surface) = (ray, hit, *surface);
    let (mut mirrors, mut count) = ([(Tangent::default(), Tangent::default()); MOST_MIRRORS], 0);
    let (mut tint, mut lit) = (Vec3::ONE, Vec3::ZERO);
    let mut thing = loop {
        if count == MOST_MIRRORS || !is_mirror(&surface) {
            lit = tint * lamp_light(scene, &surface, rays);
            break of_mesh(scene, &hit, &surface);
        }
        mirrors[count] =
            [slice, slice + 1].map(|slice| Tangent::new(scene, &hit, slice, ray.direction)).into();
        count += 1;
        tint *= surface.base_color;
        let direction = ray.direction.reflect(surface.normal).normalize();
        ray = Ray::new(off_surface(surface.position, surface.geometric), direction);
        *rays += 1;
        match closest(scene, ray, slice, Chance::Half) {
            Met::Nothing => {
                let position = ray.at(SURROUNDINGS_M);
                let object_id = surface.object_id;
                break Thing { position, before: position, normal: -direction, object_id };
            }
            Met::Lamp(index, t) => break of_lamp(scene, index, ray.at(t)),
            Met::Triangle(next) => {
                hit = next;
                surface = surface_at(scene, &hit, slice, direction, 0.0);
            }
        }
    };
    for (now, before) in mirrors[..count].iter().rev() {
        thing.position = now.image(thing.position);
        thing.before = before.image(thing.before);
        thing.normal = thing.normal.reflect(now.normal);
    }
    (thing, lit)
}

/// What a mesh shows by itself.
fn of_mesh(scene: &Scene, hit: &Hit, surface: &Surface) -> Thing {
    Thing {
        position: surface.position,
        before: previous_position(scene, hit),
        normal: surface.normal,
        object_id: surface.object_id,
    }
}

/// What a lamp shows at a point on it.
pub(crate) fn of_lamp(scene: &Scene, index: u32, position: Vec3) -> Thing {
    let frame = &scene.world.frame;
    let lamp = &scene.world.lamps[index as usize];
    let previous = &scene.world.lamps[(index + frame.lamps) as usize];
    let across = position - lamp.position;
    let (x, y, z) = (across.dot(lamp.right), across.dot(lamp.up), across.dot(lamp.toward));
    let before = previous.position + previous.right * x + previous.up * y + previous.toward * z;
    Thing { position, before, normal: lamp_normal(lamp, position), object_id: lamp.object_id }
}

/// Where the hit point of the mesh stood when the previous frame's shutter opened.
pub(crate) fn previous_position(scene: &Scene, hit: &Hit) -> Vec3 {
    let frame = &scene.world.frame;
    let shapes = &scene.world.shapes;
    let instance = &shapes.instances[((frame.open_slice + 1) * frame.instances + hit.instance) as usize];
    let corners = shapes.vertices(instance, hit.triangle).map(|v| v.position);
    let weights = [1.0 - hit.u - hit.v, hit.u, hit.v];
    transform_point(&instance.world_from_local, (0..3).map(|i| corners[i] * weights[i]).sum())
}
