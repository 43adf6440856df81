//! Finished pixels to planes.

use glam::Vec3;
use maquette_conditioning::{GBuffer, Light, Plane};

use crate::{
    Clamped, Traced,
    transport::{PathSum, Primary, luminance},
    world::World,
};

/// One finished pixel.
pub(crate) struct Pixel {
    pub(crate) primary: Primary,
    pub(crate) sum: PathSum,
}

/// Pixels to planes.
pub(crate) fn develop(world: &World, pixels: &[Pixel]) -> Traced {
    let (width, height) = (world.frame.width as usize, world.frame.height as usize);
    let scale = 1.0 / world.frame.samples as f32;
    let mean = |value: &dyn Fn(&PathSum) -> Vec3| {
        plane(width, height, pixels, |p| (value(&p.sum) * scale).to_array())
    };
    let gbuffer = GBuffer {
        depth: plane(width, height, pixels, |p| p.primary.depth),
        distance: plane(width, height, pixels, |p| p.primary.distance),
        position: plane(width, height, pixels, |p| p.primary.position.to_array()),
        normal: plane(width, height, pixels, |p| p.primary.normal.to_array()),
        albedo: plane(width, height, pixels, |p| p.primary.albedo.to_array()),
        roughness: plane(width, height, pixels, |p| p.primary.roughness),
        metallic: plane(width, height, pixels, |p| p.primary.metallic),
        motion: plane(width, height, pixels, |p| p.primary.motion.to_array()),
        object_id: plane(width, height, pixels, |p| p.primary.object_id),
        material_id: plane(width, height, pixels, |p| p.primary.material_id),
        image_position: plane(width, height, pixels, |p| p.primary.image.position.to_array()),
        image_normal: plane(width, height, pixels, |p| p.primary.image.normal.to_array()),
        image_motion: plane(width, height, pixels, |p| p.primary.image.motion.to_array()),
        image_id: plane(width, height, pixels, |p| p.primary.image.object_id),
        lamp_light: plane(width, height, pixels, |p| p.primary.lamp_light.to_array()),
        albedo_mean: mean(&|sum| sum.albedo),
        normal_mean: mean(&|sum| sum.normal),
    };
    let light = Light {
        emitted: mean(&|sum| sum.parts[0]),
        direct_diffuse: mean(&|sum| sum.parts[1]),
        direct_specular: mean(&|sum| sum.parts[2]),
        indirect_diffuse: mean(&|sum| sum.parts[3]),
        indirect_specular: mean(&|sum| sum.parts[4]),
        samples: world.frame.samples,
    };
    let rays = pixels.iter().map(|p| p.sum.rays).sum();
    Traced { gbuffer, light, rays, clamped: clamped(pixels, scale) }
}

/// Pixel means, averaged.
fn clamped(pixels: &[Pixel], scale: f32) -> Clamped {
    let mean = |value: &dyn Fn(&PathSum) -> f32| {
        let sum: f64 = pixels.iter().map(|p| f64::from(value(&p.sum))).sum();
        sum * f64::from(scale) / pixels.len() as f64
    };
    Clamped {
        kept_nits: mean(&|sum| luminance(sum.parts.iter().sum())),
        removed_nits: mean(&|sum| sum.removed),
    }
}

fn plane<T: Clone + Default>(
    width: usize,
    height: usize,
    pixels: &[Pixel],
    value: impl Fn(&Pixel) -> T,
) -> Plane<T> {
    let mut plane = Plane::new(width, height);
    plane.data = pixels.iter().map(value).collect();
    plane
}
