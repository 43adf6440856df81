//! Vertices, triangles and instances at each time slice of the shutter.
//!
//! Every instance is placed in the middle of each slice; deformed vertices are interpolated linearly. One more slice
//! shows shutter open, for the G-buffer, and the last placement the previous frame's shutter open, for motion.

use std::{ops::Range, sync::Arc};

use glam::{Affine3A, Vec2, Vec3, Vec3Swizzles, Vec4};
use maquette_conditioning::{ContentId, Instance, Mesh, Moment, Vertices};

use super::{
    InstanceRecord, MIRRORED, NONE, SMOOTH, Slice, Surfaces, TANGENTS, VEILED, VertexRecord,
    lights::LightTable, rows,
};
use crate::Error;

/// Geometry of one frame.
pub(crate) struct Shapes {
    pub(crate) vertices: Arc<Vec<VertexRecord>>,
    pub(crate) triangles: Arc<Vec<[u32; 3]>>,
    /// A packed tangent for each vertex of the meshes as they are undeformed; empty when none has any.
    pub(crate) tangents: Arc<Vec<u32>>,
    /// `count` records for each slice, then `count` for the previous frame's shutter open.
    pub(crate) instances: Vec<InstanceRecord>,
    /// Instances a slice.
    pub(crate) count: usize,
    /// What each record's triangles are, for slices only.
    pub(crate) slice_shapes: Vec<SliceShape>,
}

/// The shape of one instance in one slice. Equal values are equal shapes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SliceShape {
    /// The mesh's identity, unless deformed.
    pub(crate) id: Option<ContentId>,
    pub(crate) vertices: Range<usize>,
    pub(crate) triangles: Range<usize>,
    pub(crate) world_from_local: Affine3A,
}

/// Keeps flattened meshes while they stay the same.
#[derive(Default)]
pub(super) struct ShapesCache {
    ids: Vec<ContentId>,
    spans: Vec<Span>,
    vertices: Arc<Vec<VertexRecord>>,
    triangles: Arc<Vec<[u32; 3]>>,
    tangents: Arc<Vec<u32>>,
}

#[derive(Clone, Debug)]
struct Span {
    vertices: Range<usize>,
    triangles: Range<usize>,
}

impl ShapesCache {
    /// Flattens the meshes; deformed vertices of the last frame are dropped.
    fn flatten(&mut self, meshes: &[Arc<Mesh>]) -> &mut Vec<VertexRecord> {
        let ids: Vec<ContentId> = meshes.iter().map(|mesh| mesh.id).collect();
        if ids != self.ids || self.spans.len() != meshes.len() {
            *self = Self { ids, ..Self::default() };
            let vertices = Arc::make_mut(&mut self.vertices);
            let triangles = Arc::make_mut(&mut self.triangles);
            for mesh in meshes {
                let (first_vertex, first_triangle) = (vertices.len(), triangles.len());
                vertices.extend(
                    (0..mesh.positions.len()).map(|i| vertex(mesh, &mesh.positions, &mesh.normals, i)),
                );
                triangles.extend(&mesh.triangles);
                self.spans.push(Span {
                    vertices: first_vertex..vertices.len(),
                    triangles: first_triangle..triangles.len(),
                });
            }
            if meshes.iter().any(|mesh| !mesh.tangents.is_empty()) {
                self.tangents = Arc::new(meshes.iter().flat_map(|mesh| packed_tangents(mesh)).collect());
            }
        }
        let end = self.spans.last().map_or(0, |span| span.vertices.end);
        let vertices = Arc::make_mut(&mut self.vertices);
        vertices.truncate(end);
        vertices
    }
}

fn vertex(mesh: &Mesh, positions: &[Vec3], normals: &[Vec3], i: usize) -> VertexRecord {
    let uv = mesh.uvs.get(i).copied().unwrap_or_default();
    let normal = normals.get(i).copied().unwrap_or_default();
    VertexRecord { position: positions[i], u: uv.x, normal, v: uv.y }
}

fn packed_tangents(mesh: &Mesh) -> impl Iterator<Item = u32> {
    (0..mesh.positions.len()).map(|i| mesh.tangents.get(i).map_or(0, |tangent| packed(*tangent)))
}

/// A unit vector as 15 bits for each of its octahedral coordinates (Meyer et al., "On Floating-Point Normal Vectors",
/// 2010), and the sign of w.
fn packed(tangent: Vec4) -> u32 {
    let v = tangent.truncate();
    let v = v / v.abs().element_sum().max(1e-20);
    let folded = (1.0 - v.yx().abs()) * Vec2::new(1f32.copysign(v.x), 1f32.copysign(v.y));
    let at = if v.z < 0.0 { folded } else { v.xy() };
    let bits = |c: f32| ((0.5 * c + 0.5).clamp(0.0, 1.0) * 32_767.0).round() as u32;
    bits(at.x) | bits(at.y) << 15 | u32::from(tangent.w < 0.0) << 30
}

/// An instance on its way into records.
struct Placing<'a> {
    instance: &'a Instance,
    mesh: &'a Mesh,
    span: Span,
    veiled: bool,
    /// Where its vertices start in each slice, and in the previous frame.
    first_vertices: Vec<usize>,
}

impl Shapes {
    pub(super) fn new(
        moment: &Moment,
        surfaces: &Surfaces,
        slices: &[Slice],
        cache: &mut ShapesCache,
    ) -> Result<Self, Error> {
        cache.flatten(&moment.meshes);
        let mut placings = Vec::new();
        for (item, instance) in moment.instances.iter().enumerate() {
            let mesh = check(item, instance, moment, surfaces)?;
            if is_visible(instance, mesh) {
                let span = cache.spans[instance.mesh].clone();
                let vertices = Arc::make_mut(&mut cache.vertices);
                let first_vertices = deform(instance, mesh, &span, slices, vertices);
                let veiled = surfaces.is_veiled(instance.material);
                placings.push(Placing { instance, mesh, span, veiled, first_vertices });
            }
        }
        let mut instances = Vec::with_capacity(placings.len() * (slices.len() + 1));
        let mut slice_shapes = Vec::with_capacity(placings.len() * slices.len());
        for (s, slice) in slices.iter().enumerate() {
            for placing in &placings {
                let poses = &placing.instance.world_from_local;
                let pose = slice.pose(&poses.open, &poses.close);
                instances.push(placing.record(s, &pose));
                slice_shapes.push(placing.slice_shape(s, pose));
            }
        }
        let previous = |p: &Placing| p.record(slices.len(), &p.instance.world_from_local.previous);
        instances.extend(placings.iter().map(previous));
        Ok(Self {
            vertices: cache.vertices.clone(),
            triangles: cache.triangles.clone(),
            tangents: cache.tangents.clone(),
            instances,
            count: placings.len(),
            slice_shapes,
        })
    }

    /// Tells every instance where its triangles stand in the light table.
    pub(super) fn with_lights(mut self, table: &LightTable) -> Self {
        for (i, instance) in self.instances.iter_mut().enumerate() {
            instance.first_light = table.first_lights[i % self.count];
        }
        self
    }

    /// Whether an instance moves or deforms during the shutter.
    pub(crate) fn moves(&self, index: usize) -> bool {
        self.slice_shapes.chunks(self.count).any(|slice| slice[index] != self.slice_shapes[index])
    }

    /// World corners of an instance's triangle.
    #[inline(always)]
    pub(crate) fn corners(&self, instance: &InstanceRecord, triangle: u32) -> [Vec3; 3] {
        let positions = self.vertices(instance, triangle).map(|vertex| vertex.position);
        super::transform_points(&instance.world_from_local, positions)
    }

    /// Corners of an instance's triangle in its own space.
    #[inline(always)]
    pub(crate) fn vertices(&self, instance: &InstanceRecord, triangle: u32) -> [&VertexRecord; 3] {
        self.triangles[(instance.first_triangle + triangle) as usize]
            .map(|i| &self.vertices[(instance.first_vertex + i) as usize])
    }

    /// Indices of the same corners among the undeformed vertices.
    #[inline(always)]
    pub(crate) fn rest_indices(&self, instance: &InstanceRecord, triangle: u32) -> [usize; 3] {
        self.triangles[(instance.first_triangle + triangle) as usize]
            .map(|i| (instance.rest_vertex + i) as usize)
    }
}

impl Placing<'_> {
    fn record(&self, slice: usize, pose: &Affine3A) -> InstanceRecord {
        let smooth = !self.mesh.normals.is_empty() || self.instance.deformed.is_some();
        let flags = [
            (SMOOTH, smooth),
            (MIRRORED, pose.matrix3.determinant() < 0.0),
            (VEILED, self.veiled),
            (TANGENTS, !self.mesh.tangents.is_empty()),
        ];
        InstanceRecord {
            world_from_local: rows(pose),
            local_from_world: rows(&pose.inverse()),
            first_vertex: self.first_vertices[slice] as u32,
            first_triangle: self.span.triangles.start as u32,
            material: self.instance.material as u32,
            object_id: self.instance.object_id,
            first_light: NONE,
            flags: flags.iter().filter(|(_, set)| *set).map(|(flag, _)| flag).sum(),
            root: 0,
            rest_vertex: self.span.vertices.start as u32,
        }
    }

    fn slice_shape(&self, slice: usize, world_from_local: Affine3A) -> SliceShape {
        let first = self.first_vertices[slice];
        SliceShape {
            id: (first == self.span.vertices.start).then_some(self.mesh.id),
            vertices: first..first + self.span.vertices.len(),
            triangles: self.span.triangles.clone(),
            world_from_local,
        }
    }
}

fn check<'a>(
    item: usize,
    instance: &Instance,
    moment: &'a Moment,
    surfaces: &Surfaces,
) -> Result<&'a Mesh, Error> {
    let reference = |field, index, count| Error::Reference { field, item, index, count };
    let mesh = moment
        .meshes
        .get(instance.mesh)
        .ok_or_else(|| reference("mesh", instance.mesh, moment.meshes.len()))?;
    if instance.material >= surfaces.materials.len() {
        return Err(reference("material", instance.material, surfaces.materials.len()));
    }
    let poses = &instance.world_from_local;
    if ![poses.open, poses.close, poses.previous].iter().all(Affine3A::is_finite) {
        return Err(Error::NotFinite { field: "world_from_local", item });
    }
    let wants = mesh.positions.len();
    for vertices in instance.deformed.iter().flat_map(|d| [&d.open, &d.close, &d.previous]) {
        for has in [vertices.positions.len(), vertices.normals.len()] {
            if has != wants {
                return Err(Error::Deformed { instance: item, has, wants });
            }
        }
    }
    Ok(mesh)
}

/// Whether there is anything to hit: a flattened placement has no inside and cannot be inverted.
fn is_visible(instance: &Instance, mesh: &Mesh) -> bool {
    let flat = |pose: &Affine3A| pose.matrix3.determinant().abs() < 1e-30;
    let poses = &instance.world_from_local;
    !mesh.triangles.is_empty() && !flat(&poses.open) && !flat(&poses.close)
}

/// Appends the deformed vertices each slice needs; returns where each slice's, and the previous frame's, start.
fn deform(
    instance: &Instance,
    mesh: &Mesh,
    span: &Span,
    slices: &[Slice],
    into: &mut Vec<VertexRecord>,
) -> Vec<usize> {
    let Some(deformed) = &instance.deformed else { return vec![span.vertices.start; slices.len() + 1] };
    let mut add = |from: &Vertices, to: &Vertices, time: f32| {
        let first = into.len();
        into.extend((0..mesh.positions.len()).map(|i| {
            let normal = from.normals[i].lerp(to.normals[i], time);
            let position = from.positions[i].lerp(to.positions[i], time);
            let still = vertex(mesh, &mesh.positions, &mesh.normals, i);
            VertexRecord { position, normal, ..still }
        }));
        first
    };
    let open = add(&deformed.open, &deformed.open, 0.0);
    let moves = !Arc::ptr_eq(&deformed.open, &deformed.close);
    let at = |slice: &Slice, add: &mut dyn FnMut(&Vertices, &Vertices, f32) -> usize| match moves
        && slice.time > 0.0
    {
        true => add(&deformed.open, &deformed.close, slice.time),
        false => open,
    };
    let mut first: Vec<usize> = slices.iter().map(|slice| at(slice, &mut add)).collect();
    first.push(match Arc::ptr_eq(&deformed.previous, &deformed.open) {
        true => open,
        false => add(&deformed.previous, &deformed.previous, 0.0),
    });
    first
}
