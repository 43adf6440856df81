//! The CPU executor: every row of pixels on whichever core is free.
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
        let row = |y: u32| (0..width).map(|x| trace_pixel(&scene, UVec2::new(x, y))).collect::<Vec<_>>();
        let rows: Vec<Vec<Pixel>> = (0..height).into_par_iter().map(row).collect();
        let pixels: Vec<Pixel> = rows.into_iter().flatten().collect();
        develop(world, &pixels)
    }
}

fn trace_pixel(scene: &Scene, pixel: UVec2) -> Pixel {
    let frame = &scene.world.frame;
    let mut sum = PathSum { rays: 1, ..PathSum::default() };
    for sample in 0..frame.samples {
        trace_path(scene, pixel, frame.first_sample.wrapping_add(sample), &mut sum);
    }
    Pixel { primary: trace_primary(scene, pixel), sum }
}
