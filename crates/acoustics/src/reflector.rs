//! Triangles to planar reflectors.
//!
//! An image source depends on a plane only, so all triangles of one plane are one reflector, whatever things they
//! belong to and whichever way they face: a floor of a hundred tiles costs as much as one slab, and a doubled wall does
//! not sound twice. What a reflection loses is decided by the triangle it falls on.

use std::collections::BTreeMap;

use glam::{DAffine3, DVec3};
use maquette_conditioning::AcousticInstance;

use crate::{
    beam::Polygon,
    chance::{self, finalised},
    skin::Skin,
};

/// Corners this close to a plane lie in it. Well below the distance that legs keep from the plane they leave.
const FLATNESS_M: f64 = 1e-4;
/// Normals this close, per component, may share a plane.
const TILT: f64 = 1e-3;
/// Points this far outside a triangle are still on it, so that no sound slips through between neighbours.
const SEAM_M: f64 = 1e-4;
/// Side of the cells that normals are sorted into.
const CELL: f64 = 0.02;

/// All triangles in one plane.
#[derive(Clone, Debug)]
pub(crate) struct Reflector {
    /// Identity, the same at every instant.
    pub(crate) key: u64,
    /// Total area of its triangles.
    pub(crate) area_m2: f64,
    normal: DVec3,
    offset: f64,
    facets: Vec<Facet>,
    low: DVec3,
    high: DVec3,
    /// Middle of a rectangle around the triangles, and half its sides.
    frame: [DVec3; 3],
}

/// One triangle of a reflector.
#[derive(Clone, Debug)]
struct Facet {
    /// For each edge, the inward unit normal within the plane, and its product with a point on the edge.
    edges: [(DVec3, f64); 3],
    /// Pressure mirrored in each band, √((1−α)(1−s)): what is scattered goes elsewhere.
    kept: [f64; 8],
}

impl Reflector {
    /// The point on the other side.
    #[inline]
    pub(crate) fn mirror(&self, point: DVec3) -> DVec3 {
        point - 2.0 * self.side(point) * self.normal
    }

    /// Signed distance from the plane.
    #[inline]
    pub(crate) fn side(&self, point: DVec3) -> f64 {
        self.normal.dot(point) - self.offset
    }

    /// Cosine between a unit direction and the normal, without sign.
    pub(crate) fn cosine(&self, direction: DVec3) -> f64 {
        self.normal.dot(direction).abs()
    }

    /// Whether a point is within `margin_m` of the box around the triangles.
    #[inline]
    pub(crate) fn is_near(&self, point: DVec3, margin_m: f64) -> bool {
        let margin = DVec3::splat(margin_m);
        point.cmpge(self.low - margin).all() && point.cmple(self.high + margin).all()
    }

    /// Where the straight line from `target` to an image behind this plane goes through a triangle, and what share of
    /// pressure each band keeps there. `None` when both are on one side or the line misses every triangle.
    #[inline]
    pub(crate) fn reflection(&self, target: DVec3, image: DVec3) -> Option<(DVec3, &[f64; 8])> {
        let (near, far) = (self.side(target), self.side(image));
        if near * far >= 0.0 {
            return None;
        }
        let point = target.lerp(image, near / (near - far));
        if !self.is_near(point, SEAM_M) {
            return None;
        }
        let facet = self.facets.iter().find(|facet| facet.holds(point))?;
        Some((point, &facet.kept))
    }

    /// A rectangle around the triangles, wider by a margin on all sides.
    pub(crate) fn outline(&self, margin_m: f64) -> Polygon {
        let [middle, u, v] = self.frame;
        let wider = |half: DVec3| half + margin_m * half.normalize_or_zero();
        let (u, v) = (wider(u), wider(v));
        Polygon::rectangle([middle - u - v, middle + u - v, middle + u + v, middle - u + v])
    }

    /// The unit normal and its product with a point of the plane.
    pub(crate) fn plane(&self) -> (DVec3, f64) {
        (self.normal, self.offset)
    }

    /// The same triangles after a rigid motion.
    pub(crate) fn moved(&self, motion: &DAffine3) -> Self {
        let turned = |(normal, offset): (DVec3, f64)| {
            let normal = motion.matrix3 * normal;
            (normal, offset + normal.dot(motion.translation))
        };
        let (normal, offset) = turned((self.normal, self.offset));
        let facets =
            self.facets.iter().map(|facet| Facet { edges: facet.edges.map(turned), kept: facet.kept });
        let [middle, u, v] = self.frame;
        let frame = [motion.transform_point3(middle), motion.matrix3 * u, motion.matrix3 * v];
        let reach = frame[1].abs() + frame[2].abs();
        Self {
            key: self.key,
            area_m2: self.area_m2,
            normal,
            offset,
            facets: facets.collect(),
            low: frame[0] - reach,
            high: frame[0] + reach,
            frame,
        }
    }

    /// Fits the rectangle: along the first triangle's first edge.
    fn framed(mut self, corners: &[DVec3]) -> Self {
        let along = self.facets.first().map_or(DVec3::X, |facet| facet.edges[0].0);
        let across = self.normal.cross(along).normalize_or_zero();
        let span = |axis: DVec3| {
            let spans = corners.iter().map(|corner| corner.dot(axis));
            spans.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        };
        let ((u0, u1), (v0, v1)) = (span(along), span(across));
        let middle = 0.5 * (u0 + u1) * along + 0.5 * (v0 + v1) * across + self.offset * self.normal;
        self.frame = [middle, 0.5 * (u1 - u0) * along, 0.5 * (v1 - v0) * across];
        self
    }

    fn new(key: u64, triangle: &Triangle) -> Self {
        Self {
            key,
            area_m2: 0.0,
            normal: triangle.normal,
            offset: triangle.normal.dot(triangle.middle()),
            facets: Vec::new(),
            low: DVec3::INFINITY,
            high: DVec3::NEG_INFINITY,
            frame: [DVec3::ZERO; 3],
        }
    }

    fn holds_plane_of(&self, triangle: &Triangle) -> bool {
        let tilt = (self.normal - triangle.normal * self.normal.dot(triangle.normal).signum()).abs();
        tilt.max_element() <= TILT
            && triangle.corners.iter().all(|&corner| self.side(corner).abs() <= FLATNESS_M)
    }

    fn add(&mut self, triangle: &Triangle, kept: [f64; 8]) {
        self.area_m2 += triangle.area_m2;
        for corner in triangle.corners {
            self.low = self.low.min(corner);
            self.high = self.high.max(corner);
        }
        self.facets.push(Facet::new(triangle, kept));
    }
}

impl Facet {
    fn new(triangle: &Triangle, kept: [f64; 8]) -> Self {
        let edges = std::array::from_fn(|i| {
            let (from, to) = (triangle.corners[i], triangle.corners[(i + 1) % 3]);
            let inward = triangle.normal.cross(to - from).normalize_or_zero();
            (inward, inward.dot(from))
        });
        Self { edges, kept }
    }

    #[inline]
    fn holds(&self, point: DVec3) -> bool {
        self.edges.iter().all(|(inward, offset)| inward.dot(point) - offset >= -SEAM_M)
    }
}

/// A triangle in the world.
#[derive(Clone, Copy, Debug)]
struct Triangle {
    corners: [DVec3; 3],
    normal: DVec3,
    area_m2: f64,
}

impl Triangle {
    fn new(corners: [DVec3; 3]) -> Option<Self> {
        let doubled = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
        let normal = doubled.try_normalize()?;
        Some(Self { corners, normal, area_m2: 0.5 * doubled.length() })
    }

    fn middle(&self) -> DVec3 {
        self.corners.iter().sum::<DVec3>() / 3.0
    }
}

/// Reflectors of a scene, and which of them each triangle belongs to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reflectors {
    /// The planes.
    pub(crate) planes: Vec<Reflector>,
    /// Per instance and triangle, an index into `planes`.
    pub(crate) owner: Vec<Vec<Option<usize>>>,
}

impl Reflectors {
    /// Gathers the planes of at least `least_m2` from things that stand still, each of at least `least_m2` itself. What sends
    /// nothing back in the mirror direction, as people who scatter all of it, has none.
    pub(crate) fn gather(still: &[(&AcousticInstance, DAffine3)], least_m2: f64) -> Self {
        let mut sorter = Sorter::default();
        let mut corners: Vec<Vec<DVec3>> = Vec::new();
        let mut owner: Vec<Vec<Option<usize>>> =
            still.iter().map(|(instance, _)| vec![None; instance.mesh.triangles.len()]).collect();
        for (at, index, triangle) in large_triangles(still, least_m2) {
            let (instance, _) = still[at];
            let kept = Skin::new(&instance.surface).mirrored_pressure();
            if kept == [0.0; 8] {
                continue;
            }
            let key = mixed([u64::from(instance.object_id), at as u64, index as u64]);
            let plane = sorter.add(&triangle, kept, key);
            corners.resize(sorter.planes.len(), Vec::new());
            corners[plane].extend(triangle.corners);
            owner[at][index] = Some(plane);
        }
        let planes = sorter.planes.into_iter().zip(&corners).map(|(plane, corners)| plane.framed(corners));
        Self { planes: planes.collect(), owner }.only(|plane| plane.area_m2 >= least_m2)
    }

    fn only(self, keep: impl Fn(&Reflector) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.planes.len()).filter(|&i| keep(&self.planes[i])).collect();
        self.picked(&kept)
    }

    /// Those with the given indices, in the given order.
    pub(crate) fn picked(mut self, indices: &[usize]) -> Self {
        let mut place = vec![None; self.planes.len()];
        indices.iter().enumerate().for_each(|(new, &old)| place[old] = Some(new));
        self.owner.iter_mut().flatten().for_each(|owner| *owner = owner.and_then(|old| place[old]));
        Self { planes: indices.iter().map(|&old| self.planes[old].clone()).collect(), owner: self.owner }
    }
}

/// Triangles of things with enough area, largest first, so that each plane is set by its best-conditioned triangle.
fn large_triangles(still: &[(&AcousticInstance, DAffine3)], least_m2: f64) -> Vec<(usize, usize, Triangle)> {
    let mut all = Vec::new();
    for (at, (instance, world_from_local)) in still.iter().enumerate() {
        let corner =
            |i: u32| world_from_local.transform_point3(instance.mesh.positions[i as usize].as_dvec3());
        let triangles = instance.mesh.triangles.iter().enumerate();
        let placed = triangles.filter_map(|(i, t)| Some((at, i, Triangle::new(t.map(corner))?)));
        let placed: Vec<_> = placed.collect();
        if placed.iter().map(|(_, _, triangle)| triangle.area_m2).sum::<f64>() >= least_m2 {
            all.extend(placed);
        }
    }
    all.sort_by(|a, b| b.2.area_m2.total_cmp(&a.2.area_m2).then((a.0, a.1).cmp(&(b.0, b.1))));
    all
}

/// Finds each triangle's plane by the cell of its normal.
#[derive(Default)]
struct Sorter {
    planes: Vec<Reflector>,
    cells: BTreeMap<[i32; 3], Vec<usize>>,
}

impl Sorter {
    fn add(&mut self, triangle: &Triangle, kept: [f64; 8], key: u64) -> usize {
        let index = self.find(triangle).unwrap_or_else(|| self.start(triangle, key));
        self.planes[index].add(triangle, kept);
        index
    }

    fn find(&self, triangle: &Triangle) -> Option<usize> {
        let here = |cell: [i32; 3]| self.cells.get(&cell).into_iter().flatten();
        let mut near = [triangle.normal, -triangle.normal].into_iter().flat_map(cells_around).flat_map(here);
        near.find(|&&index| self.planes[index].holds_plane_of(triangle)).copied()
    }

    fn start(&mut self, triangle: &Triangle, key: u64) -> usize {
        let cell = triangle.normal.to_array().map(|c| (c / CELL).floor() as i32);
        self.cells.entry(cell).or_default().push(self.planes.len());
        self.planes.push(Reflector::new(key, triangle));
        self.planes.len() - 1
    }
}

/// The cells that normals within the tolerance of this one may lie in; mostly one.
fn cells_around(normal: DVec3) -> Vec<[i32; 3]> {
    let span = |c: f64| ((c - TILT) / CELL).floor() as i32..=((c + TILT) / CELL).floor() as i32;
    let [x, y, z] = normal.to_array().map(span);
    x.flat_map(|i| y.clone().map(move |j| (i, j)))
        .flat_map(|(i, j)| z.clone().map(move |k| [i, j, k]))
        .collect()
}

/// Mixes words into one that depends on their order (the finaliser of Vigna's SplitMix64).
pub(crate) fn mixed(words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(chance::STEP, |state, word| finalised((state ^ word).wrapping_add(chance::STEP)))
}
