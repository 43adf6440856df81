//! A hit to the surface there: place, normals, material with its textures and patterns.

use glam::{Vec2, Vec3};
use maquette_geometry::Hit;

use super::{
    Scene,
    frame::off_surface,
    mirror,
    relief::{self, Facet},
    texture::{Place, look},
};
use crate::world::{
    APPENDIX_B, InstanceRecord, MIRRORED, MaterialRecord, NONE, POLISHED, SMOOTH, THIN, WINDOW,
    transform_normal,
};

/// What a ray met.
#[derive(Clone, Copy)]
pub(crate) struct Surface {
    pub(crate) position: Vec3,
    /// Of the triangle, towards the viewer.
    pub(crate) geometric: Vec3,
    /// For shading, towards the viewer.
    pub(crate) normal: Vec3,
    /// Whether the viewer sees the counter-clockwise side.
    pub(crate) front: bool,
    pub(crate) base_color: Vec3,
    pub(crate) roughness: f32,
    pub(crate) metallic: f32,
    pub(crate) reflectance: f32,
    pub(crate) transmission: f32,
    pub(crate) ior: f32,
    pub(crate) clearcoat: f32,
    pub(crate) clearcoat_roughness: f32,
    /// What transmits is a pane.
    pub(crate) thin: bool,
    /// Shadow rays go straight through the clear share.
    pub(crate) window: bool,
    /// glTF's Appendix B to the letter.
    pub(crate) literal: bool,
    /// Which flat mirror it is a part of, or [`NONE`].
    pub(crate) mirror: u32,
    /// Towards the viewer, in nits.
    pub(crate) emission: Vec3,
    pub(crate) material: u32,
    pub(crate) object_id: u32,
    /// Position of the triangle in the light table, or [`NONE`].
    pub(crate) light: u32,
    /// Of the triangle, in the world.
    pub(crate) area: f32,
}

impl Surface {
    /// Where a ray `along` a direction leaves it, on whichever side.
    #[inline(always)]
    pub(crate) fn leaving(&self, along: Vec3) -> Vec3 {
        let side = if along.dot(self.geometric) < 0.0 { -self.geometric } else { self.geometric };
        off_surface(self.position, side)
    }
}

/// The surface at `hit`, seen along `direction` by a cone `width` wide there.
#[inline(always)]
pub(crate) fn surface_at(scene: &Scene, hit: &Hit, slice: u32, direction: Vec3, width: f32) -> Surface {
    let world = scene.world;
    let instance = &world.shapes.instances[(slice * world.frame.instances + hit.instance) as usize];
    let vertices = world.shapes.vertices(instance, hit.triangle);
    let corners = world.shapes.corners(instance, hit.triangle);
    let weights = [1.0 - hit.u - hit.v, hit.u, hit.v];
    let cross = oriented_cross(instance, &corners);
    let length = cross.length();
    let front = cross.dot(direction) < 0.0;
    let geometric = (if front { cross } else { -cross }) / length;
    let smooth: Vec3 = (0..3).map(|i| vertices[i].normal * weights[i]).sum();
    let material = &world.surfaces.materials[instance.material as usize];
    let lit = front && instance.first_light != NONE;
    // Side of a square of the footprint's area.
    let width = width / (-direction.dot(geometric)).max(1e-3).sqrt();
    let place = match is_textured(material) {
        true => place(&vertices, &weights, length, width),
        false => Place::point(Vec2::ZERO),
    };
    let textures = &world.surfaces;
    let factors = look(textures, material.metallic_roughness_texture, &place);
    let base_color = look(textures, material.base_color_texture, &place).truncate();
    let mut surface = Surface {
        position: (0..3).map(|i| corners[i] * weights[i]).sum(),
        geometric,
        normal: interpolated_normal(instance, smooth, geometric),
        front,
        base_color: material.base_color * base_color,
        roughness: material.roughness * factors.y,
        metallic: material.metallic * factors.z,
        reflectance: material.reflectance,
        transmission: material.transmission,
        ior: material.ior,
        clearcoat: material.clearcoat,
        clearcoat_roughness: material.clearcoat_roughness,
        thin: material.flags & THIN != 0,
        window: material.flags & WINDOW != 0,
        literal: material.flags & APPENDIX_B != 0,
        mirror: if material.flags & POLISHED != 0 {
            mirror::mirror_of(scene, slice, *hit, direction)
        } else {
            NONE
        },
        emission: match lit {
            true => material.emission * look(textures, material.emission_texture, &place).truncate(),
            false => Vec3::ZERO,
        },
        material: instance.material,
        object_id: instance.object_id,
        light: if lit { instance.first_light + hit.triangle } else { NONE },
        area: 0.5 * length,
    };
    if relief::is_mapped(material) || material.pattern != 0 {
        let facet = Facet { instance, triangle: hit.triangle, corners, vertices, weights };
        surface = refine(scene, material, facet, place, width, surface);
    }
    surface.normal = visible(surface.normal, geometric, direction);
    surface
}

/// Normal map and pattern.
fn refine(
    scene: &Scene,
    material: &MaterialRecord,
    facet: Facet,
    place: Place,
    width: f32,
    mut surface: Surface,
) -> Surface {
    if relief::is_mapped(material) {
        let side = if surface.front { 1.0 } else { -1.0 };
        let (normal, lost) = relief::mapped_normal(scene, material, &facet, &place, side * surface.normal);
        surface.normal = side * normal;
        surface.roughness = widened(surface.roughness, lost);
    }
    if material.pattern != 0 {
        let detailed = relief::detailed(scene, material, &facet, surface.normal, width);
        let (grain, strength) = (&detailed.grain, material.pattern_strength);
        let mix = |a: f32, b: f32| a + (b - a) * grain.bare;
        surface.normal = detailed.normal;
        let color = surface.base_color * (Vec3::ONE + (grain.color - Vec3::ONE) * strength);
        surface.base_color = (color + (grain.bare_color - color) * grain.bare).clamp(Vec3::ZERO, Vec3::ONE);
        let roughness = mix(surface.roughness + grain.roughness * strength, grain.bare_roughness);
        // A pattern may polish a surface, but not into a mirror.
        let least = surface.roughness.min(0.03);
        surface.roughness = widened(roughness.clamp(least, 1.0), grain.lost * strength * strength);
        surface.metallic = mix(surface.metallic, grain.bare_metallic);
    }
    surface
}

/// The roughness of a lobe whose normals also vary by slopes of a mean square: variances of slopes add, and a GGX
/// lobe's is taken as α² / 2.
fn widened(roughness: f32, slopes: f32) -> f32 {
    if slopes <= 0.0 {
        return roughness;
    }
    let alpha = roughness * roughness;
    (alpha * alpha + 2.0 * slopes).sqrt().min(1.0).sqrt()
}

#[inline(always)]
fn is_textured(material: &MaterialRecord) -> bool {
    let MaterialRecord { base_color_texture, metallic_roughness_texture, emission_texture, .. } = *material;
    // Each is all ones when there is none.
    base_color_texture & metallic_roughness_texture & emission_texture & material.normal_texture != NONE
}

/// Texture coordinates, and the footprint's size on the image.
#[inline(always)]
fn place(
    vertices: &[&crate::world::VertexRecord; 3],
    weights: &[f32; 3],
    twice_area: f32,
    width: f32,
) -> Place {
    let at = vertices.map(|vertex| Vec2::new(vertex.u, vertex.v));
    let twice_image_area = (at[1] - at[0]).perp_dot(at[2] - at[0]).abs();
    let uv = at[0] * weights[0] + at[1] * weights[1] + at[2] * weights[2];
    let size = 0.5 * (twice_image_area / twice_area).max(1e-30).log2() + width.max(1e-20).log2();
    Place { uv, size }
}

/// Cross product of two edges in the world, towards the front: a mirroring placement turns the winding.
#[inline(always)]
pub(crate) fn oriented_cross(instance: &InstanceRecord, corners: &[Vec3; 3]) -> Vec3 {
    let cross = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
    if instance.flags & MIRRORED != 0 { -cross } else { cross }
}

/// The interpolated normal on the viewer's side of the triangle.
#[inline(always)]
fn interpolated_normal(instance: &InstanceRecord, smooth: Vec3, geometric: Vec3) -> Vec3 {
    if instance.flags & SMOOTH == 0 {
        return geometric;
    }
    let smooth = transform_normal(&instance.world_from_local, smooth);
    let square = smooth.length_squared();
    if square < 1e-30 {
        return geometric;
    }
    let unit = smooth / square.sqrt();
    if unit.dot(geometric) < 0.0 { -unit } else { unit }
}

/// The normal bent until its mirror direction leaves the triangle (Keller et al., "The Iray Light Transport Simulation
/// and Rendering System", 2017, appendix A.3): what a bent normal would lose into the surface, or turn from the
/// viewer, is reflected along the surface instead.
#[inline(always)]
fn visible(normal: Vec3, geometric: Vec3, direction: Vec3) -> Vec3 {
    /// Sine of the lowest angle a mirror direction leaves at.
    const LOWEST: f32 = 0.01;
    let mirrored = direction.reflect(normal);
    let above = mirrored.dot(geometric);
    // At grazing view the mirror direction is grazing too.
    let least = LOWEST.min(-0.9 * direction.dot(geometric));
    if above >= least {
        return normal;
    }
    let lifted = (mirrored + geometric * (least - above)).normalize();
    (lifted - direction).normalize_or(geometric)
}
