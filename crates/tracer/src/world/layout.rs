//! The records both executors read, laid out as WGSL lays out the structs of the same names in `shaders/shared/records.wgsl`.

use bytemuck::{Pod, Zeroable};
use glam::{Affine3A, Mat4, Vec3, Vec4};
use maquette_conditioning::{Haze, Moment};

use super::{Sky, Slice, Strategy, lights::LightTable};
use crate::{PixelFilter, Settings};

/// Means "none" in every index of these records.
pub(crate) const NONE: u32 = u32::MAX;

/// Instance flag: the mesh has shading normals.
pub(crate) const SMOOTH: u32 = 1;
/// Instance flag: the placement mirrors, so fronts turn.
pub(crate) const MIRRORED: u32 = 2;
/// Instance flag: some light goes straight through its surface.
pub(crate) const VEILED: u32 = 4;
/// Instance flag: the mesh has tangents.
pub(crate) const TANGENTS: u32 = 8;

/// Material flag: glTF's Appendix B to the letter.
pub(crate) const APPENDIX_B: u32 = 1;
/// Material flag: what transmits is a pane.
pub(crate) const THIN: u32 = 2;
/// Material flag: no surface where the coverage is below `cutoff`.
pub(crate) const CUTOUT: u32 = 4;
/// Material flag: only the covered share of light meets the surface.
pub(crate) const BLENDED: u32 = 8;
/// Material flag: shadow rays go straight through its clear share.
pub(crate) const WINDOW: u32 = 16;
/// Material flag: a metal so smooth that it may count as reflecting in a single direction, the same everywhere.
pub(crate) const POLISHED: u32 = 32;

/// Beyond an image's edge: the image again.
pub(crate) const WRAP_REPEAT: u32 = 0;
/// Its edge goes on.
pub(crate) const WRAP_CLAMP: u32 = 1;
/// The image mirrored.
pub(crate) const WRAP_MIRROR: u32 = 2;
/// Levels of a mip pyramid at most.
pub(crate) const MOST_LEVELS: usize = 16;

/// Light kinds.
pub(crate) const LIGHT_TRIANGLE: u32 = 0;
/// A lamp.
pub(crate) const LIGHT_LAMP: u32 = 1;
/// The sky.
pub(crate) const LIGHT_SKY: u32 = 2;

/// Lamp kinds.
pub(crate) const LAMP_RECT: u32 = 0;
/// A point or a spot with a radius.
pub(crate) const LAMP_BALL: u32 = 1;
/// A point or a spot in the strict sense.
pub(crate) const LAMP_POINT: u32 = 2;
/// The sun.
pub(crate) const LAMP_SUN: u32 = 3;

/// Texel formats.
pub(crate) const TEXELS_SRGB: u32 = 0;
/// Linear, eight bits a channel.
pub(crate) const TEXELS_LINEAR: u32 = 1;
/// Linear, three floats.
pub(crate) const TEXELS_FLOAT: u32 = 2;

/// One mesh corner.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct VertexRecord {
    pub(crate) position: Vec3,
    pub(crate) u: f32,
    pub(crate) normal: Vec3,
    pub(crate) v: f32,
}

/// An affine map as three rows.
pub(crate) type Rows = [Vec4; 3];

/// One mesh in the world at one time slice.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct InstanceRecord {
    pub(crate) world_from_local: Rows,
    pub(crate) local_from_world: Rows,
    pub(crate) first_vertex: u32,
    pub(crate) first_triangle: u32,
    pub(crate) material: u32,
    pub(crate) object_id: u32,
    /// Index of its first triangle in the light table, or [`NONE`].
    pub(crate) first_light: u32,
    pub(crate) flags: u32,
    /// Root of its BVH among the GPU's nodes.
    pub(crate) root: u32,
    /// First of the mesh's own vertices, undeformed.
    pub(crate) rest_vertex: u32,
}

/// A surface.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct MaterialRecord {
    pub(crate) base_color: Vec3,
    pub(crate) roughness: f32,
    pub(crate) emission: Vec3,
    pub(crate) metallic: f32,
    pub(crate) reflectance: f32,
    pub(crate) transmission: f32,
    pub(crate) ior: f32,
    pub(crate) opacity: f32,
    pub(crate) base_color_texture: u32,
    pub(crate) metallic_roughness_texture: u32,
    pub(crate) emission_texture: u32,
    pub(crate) normal_texture: u32,
    pub(crate) normal_scale: f32,
    pub(crate) clearcoat: f32,
    pub(crate) clearcoat_roughness: f32,
    pub(crate) cutoff: f32,
    pub(crate) flags: u32,
    /// 0 is none, else a [`Pattern`](maquette_conditioning::Pattern).
    pub(crate) pattern: u32,
    pub(crate) pattern_scale: f32,
    pub(crate) pattern_strength: f32,
    pub(crate) pattern_amount: f32,
    pub(crate) padding: [u32; 3],
}

/// An image within the texel array.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct TextureRecord {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) format: u32,
    pub(crate) levels: u32,
    pub(crate) wrap_across: u32,
    pub(crate) wrap_down: u32,
    pub(crate) padding: [u32; 2],
    /// Where each level of the mip pyramid starts; level 0 is the image.
    pub(crate) firsts: [u32; MOST_LEVELS],
}

/// A lamp at one time slice.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct LampRecord {
    pub(crate) position: Vec3,
    pub(crate) kind: u32,
    pub(crate) strength: Vec3,
    /// Of the ball of a point or spot.
    pub(crate) radius: f32,
    pub(crate) right: Vec3,
    pub(crate) half_width: f32,
    pub(crate) up: Vec3,
    pub(crate) half_height: f32,
    /// Unit vector along which it shines.
    pub(crate) toward: Vec3,
    pub(crate) object_id: u32,
    pub(crate) cos_inner: f32,
    pub(crate) cos_outer: f32,
    /// Sine of the sun's half angle.
    pub(crate) sin_half: f32,
    /// Position in the light table.
    pub(crate) light: u32,
    /// Image of its profile, or [`NONE`].
    pub(crate) profile: u32,
    /// Luminous flux, or lux for the sun: how often it is chosen.
    pub(crate) power: f32,
    pub(crate) padding: [u32; 2],
}

/// One entry of the alias table over all that shines (Vose 1991).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct LightRecord {
    pub(crate) kind: u32,
    /// Instance or lamp.
    pub(crate) index: u32,
    pub(crate) triangle: u32,
    /// Of being chosen within its group.
    pub(crate) probability: f32,
    /// Chosen instead when the draw exceeds `threshold`.
    pub(crate) other: u32,
    pub(crate) threshold: f32,
    /// Its leaf in the tree of lights.
    pub(crate) leaf: u32,
    pub(crate) padding: u32,
}

/// A ball around some local lights.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct LightNode {
    pub(crate) centre: Vec3,
    pub(crate) radius: f32,
    pub(crate) power: f32,
    /// First of two children, or a light with [`LEAF`](super::LEAF).
    pub(crate) child: u32,
    /// [`NONE`] at the root.
    pub(crate) parent: u32,
    pub(crate) padding: u32,
}

/// A flat mirror at one time slice.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct MirrorRecord {
    /// Unit, towards where it reflects.
    pub(crate) normal: Vec3,
    /// Of its plane along the normal.
    pub(crate) offset: f32,
    /// Of a rectangle that holds it.
    pub(crate) centre: Vec3,
    pub(crate) instance: u32,
    pub(crate) across: Vec3,
    pub(crate) half_width: f32,
    pub(crate) up: Vec3,
    pub(crate) half_height: f32,
    /// Reflectance straight on.
    pub(crate) color: Vec3,
    /// Whether it also reflects behind.
    pub(crate) two_sided: u32,
    /// How far from the plane its corners may lie.
    pub(crate) thickness: f32,
    pub(crate) padding: [u32; 3],
}

/// One cell of the sky's sampling grid.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct SkyCell {
    pub(crate) probability: f32,
    pub(crate) other: u32,
    pub(crate) threshold: f32,
    pub(crate) padding: u32,
}

/// A rigid pose.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct PoseRecord {
    /// Quaternion, x y z w.
    pub(crate) rotation: Vec4,
    pub(crate) position: Vec3,
    pub(crate) padding: f32,
}

impl PoseRecord {
    fn new(pose: &Affine3A) -> Self {
        let (_, rotation, position) = pose.to_scale_rotation_translation();
        Self { rotation: rotation.normalize().into(), position, padding: 0.0 }
    }
}

/// Camera, settings and counts of one frame.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct FrameRecord {
    pub(crate) camera_open: PoseRecord,
    pub(crate) camera_close: PoseRecord,
    pub(crate) camera_previous: PoseRecord,
    /// Half the picture's size at depth 1.
    pub(crate) half_width: f32,
    pub(crate) half_height: f32,
    pub(crate) aperture_radius: f32,
    pub(crate) focus_distance: f32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) samples: u32,
    pub(crate) first_sample: u32,
    pub(crate) seed: [u32; 2],
    pub(crate) max_bounces: u32,
    /// 0 box, 1 Blackman-Harris.
    pub(crate) filter_kind: u32,
    /// Of one indirect contribution.
    pub(crate) clamp_nits: f32,
    /// Bit 0: choose points on lamps. Bit 1: count chance hits.
    pub(crate) strategy: u32,
    /// Time slices of the shutter.
    pub(crate) slices: u32,
    /// The slice that shows shutter open.
    pub(crate) open_slice: u32,
    pub(crate) instances: u32,
    /// Lamps a slice.
    pub(crate) lamps: u32,
    /// The first so many lamps are rectangles and balls, which rays can meet.
    pub(crate) solid_lamps: u32,
    /// Index of the first sun among a slice's lamps; the rest are suns.
    pub(crate) first_sun: u32,
    pub(crate) local_lights: u32,
    pub(crate) distant_lights: u32,
    pub(crate) local_candidates: u32,
    pub(crate) distant_candidates: u32,
    /// Scales sky texels, or is the sky's even luminance.
    pub(crate) sky_scale: Vec3,
    /// Position of the sky in the light table, or [`NONE`].
    pub(crate) sky_light: u32,
    pub(crate) sky_texture: u32,
    pub(crate) sky_columns: u32,
    pub(crate) sky_rows: u32,
    pub(crate) sky_yaw: f32,
    /// The box of haze.
    pub(crate) haze_low: Vec3,
    /// A metre; 0 is clear air.
    pub(crate) haze_extinction: f32,
    pub(crate) haze_high: Vec3,
    pub(crate) haze_anisotropy: f32,
    pub(crate) haze_albedo: Vec3,
    /// 1 when the haze has no bounds.
    pub(crate) haze_everywhere: u32,
    /// Corners of the iris; fewer than 3 is round.
    pub(crate) blades: u32,
    /// Distance of a corner from the axis.
    pub(crate) blade_radius: f32,
    pub(crate) blade_turn: f32,
    /// Root of the tree over local lights, or [`NONE`].
    pub(crate) light_tree: u32,
    /// Root of the tree over lamps, or [`NONE`].
    pub(crate) lamp_tree: u32,
    /// Side of a pixel's share of the view at distance 1: what one sample stands for.
    pub(crate) cone_spread: f32,
    /// Whether any surface lets light straight through.
    pub(crate) veils: u32,
    /// Flat mirrors a slice.
    pub(crate) mirrors: u32,
}

/// Candidates among which next-event estimation chooses the point to send its shadow ray to.
pub(crate) const CANDIDATES: usize = 8;

impl FrameRecord {
    pub(super) fn new(moment: &Moment, settings: &Settings, strategy: Strategy) -> Self {
        let camera = &moment.camera;
        let half_width = camera.lens.half_width_at_one_metre();
        Self {
            camera_open: PoseRecord::new(&camera.world_from_camera.open),
            camera_close: PoseRecord::new(&camera.world_from_camera.close),
            camera_previous: PoseRecord::new(&camera.world_from_camera.previous),
            half_width,
            half_height: half_width * settings.height as f32 / settings.width as f32,
            // A pixel's samples share it between them (Pharr et al., PBRT 4, section 10.1.3).
            cone_spread: 2.0 * half_width / settings.width as f32
                * (settings.samples as f32).sqrt().recip().max(0.125),
            aperture_radius: camera.lens.aperture_radius_m(),
            blades: if camera.lens.blades < 3 { 0 } else { camera.lens.blades },
            blade_radius: camera.lens.aperture_radius_m() * corner_radius(camera.lens.blades),
            blade_turn: camera.lens.blade_turn_rad,
            focus_distance: camera.lens.focus_distance_m,
            width: settings.width as u32,
            height: settings.height as u32,
            samples: settings.samples,
            first_sample: settings.first_sample,
            seed: [settings.seed as u32, (settings.seed >> 32) as u32],
            max_bounces: settings.max_bounces,
            filter_kind: (settings.filter == PixelFilter::BlackmanHarris) as u32,
            clamp_nits: settings.clamp.unwrap_or(f32::MAX),
            strategy: match strategy {
                Strategy::Both => 3,
                #[cfg(test)]
                Strategy::Lights => 1,
                #[cfg(test)]
                Strategy::Chance => 2,
            },
            ..Self::default()
        }
    }

    pub(super) fn count_geometry(&mut self, shapes: &super::Shapes, slices: &[Slice], lamps: &[LampRecord]) {
        // Each slice's lamps, and the previous frame's.
        let count = lamps.len() / (slices.len() + 1);
        let kind = |kind| lamps[..count].iter().filter(move |lamp| lamp.kind == kind).count() as u32;
        self.slices = (slices.len() as u32 - 1).max(1);
        self.open_slice = slices.len() as u32 - 1;
        self.instances = shapes.count as u32;
        self.veils = shapes.instances.iter().any(|instance| instance.flags & VEILED != 0) as u32;
        self.lamps = count as u32;
        self.solid_lamps = kind(LAMP_RECT) + kind(LAMP_BALL);
        self.first_sun = self.lamps - kind(LAMP_SUN);
    }

    pub(super) fn count_lights(&mut self, table: &LightTable) {
        self.local_lights = table.local as u32;
        self.distant_lights = (table.lights.len() - table.local) as u32;
        self.local_candidates = if table.local_is_delta { 1 } else { CANDIDATES as u32 };
        self.distant_candidates = if table.distant_is_delta { 1 } else { CANDIDATES as u32 };
        self.sky_light = table.sky;
    }

    pub(super) fn fill_haze(&mut self, haze: &Haze) {
        let (low, high) = haze.within_m.unwrap_or_default();
        (self.haze_low, self.haze_high) = (low, high);
        self.haze_everywhere = u32::from(haze.within_m.is_none());
        self.haze_extinction = haze.extinction_per_m.max(0.0);
        self.haze_anisotropy = haze.anisotropy.clamp(-0.99, 0.99);
        self.haze_albedo = haze.albedo;
    }

    pub(super) fn place_sky(&mut self, sky: &Sky) {
        self.sky_scale = sky.scale;
        self.sky_texture = sky.texture;
        self.sky_columns = sky.columns as u32;
        self.sky_rows = sky.rows as u32;
        self.sky_yaw = sky.yaw;
    }
}

/// Circumradius of a regular polygon with the area of the unit disc: n/2·R²·sin(2π/n) = π.
fn corner_radius(corners: u32) -> f32 {
    let wedge = std::f32::consts::TAU / corners.max(3) as f32;
    (wedge / wedge.sin()).sqrt()
}

/// The rows of an affine map.
pub(crate) fn rows(map: &Affine3A) -> Rows {
    let m = map.matrix3;
    let t = map.translation;
    std::array::from_fn(|r| Vec4::new(m.x_axis[r], m.y_axis[r], m.z_axis[r], t[r]))
}

/// A point through rows.
#[inline(always)]
pub(crate) fn transform_point(rows: &Rows, p: Vec3) -> Vec3 {
    let p = p.extend(1.0);
    Vec3::new(rows[0].dot(p), rows[1].dot(p), rows[2].dot(p))
}

/// Points through rows, each as [`transform_point`] has it, operation for operation.
#[inline(always)]
pub(crate) fn transform_points<const COUNT: usize>(rows: &Rows, points: [Vec3; COUNT]) -> [Vec3; COUNT] {
    let columns = Mat4::from_cols(rows[0], rows[1], rows[2], Vec4::ZERO).transpose();
    let point = |p: Vec3| {
        let (x, y, z) = (columns.x_axis * p.x, columns.y_axis * p.y, columns.z_axis * p.z);
        ((x + z) + (y + columns.w_axis)).truncate()
    };
    points.map(point)
}

/// A normal through rows: the cofactor matrix, which is the inverse transpose times the determinant.
#[inline(always)]
pub(crate) fn transform_normal(rows: &Rows, n: Vec3) -> Vec3 {
    let [x, y, z] = rows.map(|row| row.truncate());
    Vec3::new(y.cross(z).dot(n), z.cross(x).dot(n), x.cross(y).dot(n))
}
