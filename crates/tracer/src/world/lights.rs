//! One alias table over all that shines.
//!
//! Two groups, each chosen from by power: local lights (glowing triangles, rectangles, points, spots) and distant
//! ones (suns, sky). Every shading point sends a shadow ray into both, because a sun that never enters a room would
//! otherwise take nearly all the samples from the lamps inside.

use glam::Vec3;

use super::{
    BLENDED, CUTOUT, LAMP_POINT, LAMP_SUN, LIGHT_LAMP, LIGHT_SKY, LIGHT_TRIANGLE, LampRecord, LightRecord,
    NONE, Shapes, Sky, Surfaces, alias::alias_table,
};
use crate::transport::{color, luminance, oriented_cross};

/// The light table of one frame.
pub(crate) struct LightTable {
    /// Local, then distant.
    pub(crate) lights: Vec<LightRecord>,
    /// How many are local.
    pub(crate) local: usize,
    /// Whether the only local light is a point in the strict sense, so that one candidate says all.
    pub(crate) local_is_delta: bool,
    /// Whether the only distant light is a sun of no size.
    pub(crate) distant_is_delta: bool,
    /// Position of the sky, or [`NONE`].
    pub(crate) sky: u32,
    /// For each instance of a slice, the position of its first triangle, or [`NONE`].
    pub(crate) first_lights: Vec<u32>,
    /// The lamps, told their positions.
    pub(crate) lamps: Vec<LampRecord>,
    /// The local lights that are triangles, in their order.
    pub(crate) glows: Vec<GlowRecord>,
}

/// Builds the table; `lamps` holds `lamp_count` records for each slice.
pub(super) fn lights(
    shapes: &Shapes,
    surfaces: &Surfaces,
    lamps: &[LampRecord],
    lamp_count: usize,
    sky: &Sky,
) -> LightTable {
    let (mut local, mut first_lights) = glowing_triangles(shapes, surfaces);
    let glows = local.iter().map(|entry| glow(shapes, surfaces, entry)).collect();
    let mut distant = Vec::new();
    for (index, lamp) in lamps[..lamp_count].iter().enumerate() {
        let group = if lamp.kind == LAMP_SUN { &mut distant } else { &mut local };
        // A lamp may be dark in some slices.
        let brightest =
            lamps.iter().skip(index).step_by(lamp_count).map(|lamp| lamp.power).fold(0.0, f32::max);
        group.push((LIGHT_LAMP, index as u32, 0, brightest));
    }
    if sky.mean > 0.0 {
        distant.push((LIGHT_SKY, 0, 0, std::f32::consts::PI * sky.mean));
    }
    first_lights.resize(shapes.count, NONE);
    let only_delta = |group: &[Entry]| match group {
        [(LIGHT_LAMP, index, ..)] => {
            let lamp = &lamps[*index as usize];
            lamp.kind == LAMP_POINT || lamp.kind == LAMP_SUN && lamp.sin_half <= 0.0
        }
        _ => false,
    };
    let (local_is_delta, distant_is_delta) = (only_delta(&local), only_delta(&distant));
    let mut lights = records(&local, 0);
    lights.extend(records(&distant, local.len() as u32));
    let position = |kind, index| {
        lights.iter().position(|l| l.kind == kind && l.index == index).map_or(NONE, |i| i as u32)
    };
    let positions: Vec<u32> = (0..lamp_count).map(|i| position(LIGHT_LAMP, i as u32)).collect();
    let placed = lamps.iter().enumerate();
    LightTable {
        local: local.len(),
        local_is_delta,
        distant_is_delta,
        sky: position(LIGHT_SKY, 0),
        first_lights,
        lamps: placed.map(|(i, lamp)| LampRecord { light: positions[i % lamp_count], ..*lamp }).collect(),
        lights,
        glows,
    }
}

/// A glowing triangle in the world, ready to be sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlowRecord {
    pub(crate) corner: Vec3,
    /// 0 when the triangle moves during the shutter or has holes: then each slice's records have it.
    pub(crate) area: f32,
    /// Second and third corner minus the first.
    pub(crate) edges: [Vec3; 2],
    /// Unit, towards the front.
    pub(crate) normal: Vec3,
    pub(crate) emission: Vec3,
    pub(crate) texture: u32,
    pub(crate) uvs: [glam::Vec2; 3],
}

fn glow(shapes: &Shapes, surfaces: &Surfaces, &(_, index, triangle, _): &Entry) -> GlowRecord {
    let instance = &shapes.instances[index as usize];
    let corners = shapes.corners(instance, triangle);
    let cross = oriented_cross(instance, &corners);
    let length = cross.length();
    let material = &surfaces.materials[instance.material as usize];
    let changes = shapes.moves(index as usize) || material.flags & (CUTOUT | BLENDED) != 0;
    GlowRecord {
        corner: corners[0],
        area: if changes { 0.0 } else { 0.5 * length },
        edges: [corners[1] - corners[0], corners[2] - corners[0]],
        normal: cross / length,
        emission: material.emission,
        texture: material.emission_texture,
        uvs: shapes.vertices(instance, triangle).map(|v| glam::Vec2::new(v.u, v.v)),
    }
}

/// Kind, index, triangle, weight.
type Entry = (u32, u32, u32, f32);

fn records(group: &[Entry], first: u32) -> Vec<LightRecord> {
    let weights: Vec<f32> = group.iter().map(|entry| entry.3).collect();
    let table = alias_table(&weights).into_iter();
    table
        .zip(group)
        .map(|((probability, other, threshold), &(kind, index, triangle, _))| LightRecord {
            kind,
            index,
            triangle,
            probability,
            other: first + other,
            threshold,
            leaf: NONE,
            padding: 0,
        })
        .collect()
}

fn glowing_triangles(shapes: &Shapes, surfaces: &Surfaces) -> (Vec<Entry>, Vec<u32>) {
    let mut entries = Vec::new();
    let mut first_lights = Vec::with_capacity(shapes.count);
    for index in 0..shapes.count {
        let instance = &shapes.instances[index];
        let material = &surfaces.materials[instance.material as usize];
        if material.emission.max_element() <= 0.0 {
            first_lights.push(NONE);
            continue;
        }
        first_lights.push(entries.len() as u32);
        for triangle in 0..shapes.slice_shapes[index].triangles.len() as u32 {
            let [a, b, c] = shapes.corners(instance, triangle);
            let area = 0.5 * (b - a).cross(c - a).length();
            let uvs = shapes.vertices(instance, triangle).map(|v| glam::Vec2::new(v.u, v.v));
            let glow = luminance(material.emission * texture_mean(surfaces, material.emission_texture, uvs));
            let power = std::f32::consts::PI * area * glow;
            entries.push((LIGHT_TRIANGLE, index as u32, triangle, finite(power)));
        }
    }
    (entries, first_lights)
}

/// A texture's mean over a triangle, roughly: the middle and half way to each corner. A little white is added so that
/// a glow between these points is still found.
fn texture_mean(surfaces: &Surfaces, texture: u32, uvs: [glam::Vec2; 3]) -> Vec3 {
    let middle = (uvs[0] + uvs[1] + uvs[2]) / 3.0;
    let half_way = uvs.map(|uv| 0.5 * (uv + middle));
    let sum: Vec3 = half_way.iter().chain([&middle]).map(|&uv| color(surfaces, texture, uv)).sum();
    0.25 * sum + 0.02
}

fn finite(weight: f32) -> f32 {
    if weight.is_finite() { weight.max(0.0) } else { 0.0 }
}
