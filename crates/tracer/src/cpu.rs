//! The CPU executor: every pixel on whichever core is free.
//!
//! A pixel's samples are summed in order by one thread, so the picture does not depend on how many threads there are.

use glam::UVec2;
use rayon::prelude::*;

use crate::{
    Traced,
    bvh::BvhCache,
    develop::{Pixel, develop},
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
    let frame = &scene.world.frame;
    let primary = trace_primary(scene, pixel);
    let mut sum = PathSum { rays: u64::from(primary.rays), ..PathSum::default() };
    for sample in 0..frame.samples {
        trace_path(scene, pixel, frame.first_sample.wrapping_add(sample), &mut sum);
    }
    Pixel { primary, sum }
}
