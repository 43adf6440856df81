//! The CPU executor: every pixel on whichever core is free.
//!
//! A pixel's samples are summed in order by one thread, so the picture does not depend on how many threads there are.

use glam::UVec2;
use rayon::prelude::*;

use crate::{
    Traced,
    bvh::BvhCache,
    develop::{Pixel, develop},
    lanes::widest,
    transport::{PathSum, Scene, trace_path, trace_primary},
    world::World,
};

/// Traces on all cores.
#[derive(Default)]
pub(crate) struct Cpu {
    bvhs: BvhCache,
}

impl Cpu {
    /// Traces every pixel.
    pub(crate) fn trace(&mut self, world: &World) -> Traced {
        let bvhs = self.bvhs.bvhs(world);
        let scene = Scene { world, bvhs: &bvhs };
        let (width, height) = (world.frame.width, world.frame.height);
        let pixel = |i: u32| trace_pixel(&scene, UVec2::new(i % width, i / width));
        // Each lands in its place: a picture of two million pixels is not held twice.
        let pixels: Vec<Pixel> = (0..width * height).into_par_iter().map(pixel).collect();
        develop(world, &pixels)
    }
}

fn trace_pixel(scene: &Scene, pixel: UVec2) -> Pixel {
    widest!(trace_samples(scene, pixel), trace_samples_avx2(scene, pixel))
}

/// The whole way of a path for such machines: what is called for each bounce is inlined into this, vector code is not.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn trace_samples_avx2(scene: &Scene, pixel: UVec2) -> Pixel {
    trace_samples(scene, pixel)
}

#[inline(always)]
fn trace_samples(scene: &Scene, pixel: UVec2) -> Pixel {
    let frame = &scene.world.frame;
    let primary = trace_primary(scene, pixel);
    let mut sum = PathSum { rays: u64::from(primary.rays), ..PathSum::default() };
    for sample in 0..frame.samples {
        trace_path(scene, pixel, frame.first_sample.wrapping_add(sample), &mut sum);
    }
    Pixel { primary, sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Settings, set,
        world::{Strategy, WorldCache},
    };

    #[test]
    fn a_pixel_is_the_same_on_any_machine() {
        for moment in [set::corridor(), set::street()] {
            let settings = Settings { width: 24, height: 16, samples: 4, ..Settings::default() };
            let world = World::new(&moment, &settings, Strategy::Both, &mut WorldCache::default()).unwrap();
            let mut bvhs = BvhCache::default();
            let scene = Scene { world: &world, bvhs: &bvhs.bvhs(&world) };
            for i in 0..24 * 16 {
                let pixel = UVec2::new(i % 24, i / 24);
                let (plain, widest) = (trace_samples(&scene, pixel).sum, trace_pixel(&scene, pixel).sum);
                assert_eq!(
                    plain.parts.map(|part| part.to_array().map(f32::to_bits)),
                    widest.parts.map(|part| part.to_array().map(f32::to_bits))
                );
                assert_eq!(
                    (plain.rays, plain.albedo, plain.normal),
                    (widest.rays, widest.albedo, widest.normal)
                );
            }
        }
    }
}
