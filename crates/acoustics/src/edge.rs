//! Triangles to the edges that sound bends around.
//!
//! Faces that share an edge make a wedge, whatever things they belong to; a face alone ends there, like a screen. Edges
//! within a flat surface are none. Which side of a wedge is solid is not asked: sound bends around it where both source
//! and listener are on the wide side.

use std::collections::BTreeMap;

use glam::{DAffine3, DVec3};
use maquette_conditioning::AcousticInstance;

use crate::reflector::mixed;

/// Corners this close are one.
const WELD_M: f64 = 1e-3;
/// Shorter edges are left out: below a wavelength at 3 kHz there is no edge to speak of.
const SHORTEST_M: f64 = 0.12;
/// Smaller things are left out, by the area of their triangles: what is small next to the waves does not hide.
const SMALLEST_M2: f64 = 0.25;
/// Flatter wedges, within 5 degrees, are surfaces.
const FLAT: f64 = 0.996;

/// A straight edge.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// Identity, the same at every instant.
    pub(crate) key: u64,
    /// Which thing it belongs to; where things meet, one of them.
    pub(crate) object_id: u32,
    /// One end.
    pub(crate) from: DVec3,
    /// Unit vector to the other end.
    pub(crate) along: DVec3,
    /// Length.
    pub(crate) length_m: f64,
    /// Unit vectors from the edge into its faces, at right angles to it; the same twice for a screen.
    wings: [DVec3; 2],
}

impl Edge {
    /// Angle of the space on the wide side, in units of π.
    pub(crate) fn opening(&self) -> f64 {
        let [a, b] = self.wings;
        2.0 - a.dot(b).clamp(-1.0, 1.0).acos() / std::f64::consts::PI
    }

    /// Where a point stands around the edge, in radians from the first face over the wide side to the second; more than
    /// `opening`·π on the narrow side.
    pub(crate) fn angle(&self, point: DVec3) -> f64 {
        let [a, b] = self.wings;
        let up = (b - a * a.dot(b)).try_normalize().map_or_else(|| a.cross(self.along), |narrow| -narrow);
        let way = point - self.from;
        way.dot(up).atan2(way.dot(a)).rem_euclid(std::f64::consts::TAU)
    }

    /// A unit vector away from the edge into the middle of the wide side.
    pub(crate) fn outwards(&self) -> DVec3 {
        -(self.wings[0] + self.wings[1]).normalize_or_zero()
    }

    /// Distance of a point from the edge's line, and its place along it.
    pub(crate) fn around(&self, point: DVec3) -> (f64, f64) {
        let way = point - self.from;
        let along = way.dot(self.along);
        ((way - along * self.along).length(), along)
    }

    /// The same edge after a rigid motion.
    pub(crate) fn moved(&self, motion: &DAffine3) -> Self {
        Self {
            from: motion.transform_point3(self.from),
            along: motion.matrix3 * self.along,
            wings: self.wings.map(|wing| motion.matrix3 * wing),
            ..self.clone()
        }
    }
}

/// The `most` longest edges of things.
pub(crate) fn edges(things: &[(&AcousticInstance, DAffine3)], most: usize) -> Vec<Edge> {
    let mut shared: BTreeMap<[[i64; 3]; 2], Shared> = BTreeMap::new();
    for (at, (instance, world_from_local)) in things.iter().enumerate() {
        let corner =
            |i: u32| world_from_local.transform_point3(instance.mesh.positions[i as usize].as_dvec3());
        let triangles: Vec<[DVec3; 3]> = instance.mesh.triangles.iter().map(|t| t.map(corner)).collect();
        let area = |[a, b, c]: &[DVec3; 3]| 0.5 * (b - a).cross(c - a).length();
        if triangles.iter().map(area).sum::<f64>() < SMALLEST_M2 {
            continue;
        }
        for (index, triangle) in triangles.iter().enumerate() {
            (0..3).for_each(|side| {
                add_side(&mut shared, triangle, side, [at, index, side], instance.object_id);
            });
        }
    }
    let mut edges: Vec<Edge> = shared.into_values().filter_map(Shared::edge).collect();
    edges.sort_by(|a, b| b.length_m.total_cmp(&a.length_m).then(a.key.cmp(&b.key)));
    edges.truncate(most);
    edges
}

/// Faces that meet in one line.
struct Shared {
    key: u64,
    object_id: u32,
    ends: [DVec3; 2],
    wings: Vec<DVec3>,
}

fn add_side(
    shared: &mut BTreeMap<[[i64; 3]; 2], Shared>,
    triangle: &[DVec3; 3],
    side: usize,
    place: [usize; 3],
    object_id: u32,
) {
    let (a, b, third) = (triangle[side], triangle[(side + 1) % 3], triangle[(side + 2) % 3]);
    let Some(along) = (b - a).try_normalize().filter(|_| a.distance(b) >= SHORTEST_M) else { return };
    let way = third - a;
    let Some(wing) = (way - way.dot(along) * along).try_normalize() else { return };
    let cell = |point: DVec3| (point / WELD_M).to_array().map(|x| x.round() as i64);
    let (mut name, mut ends) = ([cell(a), cell(b)], [a, b]);
    if name[0] > name[1] {
        name.reverse();
        ends.reverse();
    }
    let key = mixed([u64::from(object_id), place[0] as u64, place[1] as u64, place[2] as u64, 0xed6e]);
    shared.entry(name).or_insert_with(|| Shared { key, object_id, ends, wings: Vec::new() }).wings.push(wing);
}

impl Shared {
    /// An edge, when one or two faces meet that are not one flat surface.
    fn edge(self) -> Option<Edge> {
        let wings = match self.wings[..] {
            [wing] => [wing; 2],
            [a, b] if a.dot(b) > -FLAT && a.dot(b) < FLAT => [a, b],
            _ => return None,
        };
        let way = self.ends[1] - self.ends[0];
        Some(Edge {
            key: self.key,
            object_id: self.object_id,
            from: self.ends[0],
            along: way.normalize(),
            length_m: way.length(),
            wings,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{f64::consts::PI, sync::Arc};

    use glam::{Affine3A, Vec3};
    use maquette_conditioning::{Mesh, Surface, Track};

    use super::*;

    fn thing(positions: Vec<Vec3>, triangles: Vec<[u32; 3]>) -> AcousticInstance {
        AcousticInstance {
            object_id: 1,
            mesh: Arc::new(Mesh::new(positions, vec![], vec![], triangles).expect("a mesh")),
            surface: Surface::default(),
            world_from_local: Track::still(Affine3A::IDENTITY),
        }
    }

    #[test]
    fn a_block_has_twelve_edges_and_a_sheet_four() {
        let corner = |i: usize| Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2) as f32);
        let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let triangles = quads.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
        let block = thing((0..8).map(corner).collect(), triangles);
        let all = edges(&[(&block, DAffine3::IDENTITY)], 100);
        assert_eq!(all.len(), 12);
        assert!(all.iter().all(|edge| (edge.opening() - 1.5).abs() < 1e-9));
        assert!(all.iter().all(|edge| edge.outwards().dot(edge.from - DVec3::splat(0.5)) > 0.0));

        let sheet = thing((0..4).map(corner).collect(), vec![[0, 1, 3], [0, 3, 2]]);
        let all = edges(&[(&sheet, DAffine3::IDENTITY)], 100);
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|edge| (edge.opening() - 2.0).abs() < 1e-9));
    }

    #[test]
    fn angles_run_over_the_wide_side() {
        let sheet = thing(vec![Vec3::ZERO, Vec3::X, Vec3::X + Vec3::Y, Vec3::Y], vec![[0, 1, 2], [0, 2, 3]]);
        let all = edges(&[(&sheet, DAffine3::IDENTITY)], 100);
        let top = all.iter().find(|edge| edge.outwards().distance(DVec3::Y) < 1e-9).expect("the upper edge");
        let [a, b] = [1.0, -1.0].map(|z| top.angle(DVec3::new(0.5, 1.0, z)));
        assert!((a.min(b) - 0.5 * PI).abs() < 1e-9 && (a.max(b) - 1.5 * PI).abs() < 1e-9, "{a} {b}");
        assert!((top.angle(DVec3::new(0.5, 2.0, 0.0)) - PI).abs() < 1e-9);
    }
}
