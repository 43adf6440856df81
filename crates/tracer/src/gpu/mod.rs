//! The GPU executor: the same transport in WGSL compute.
//!
//! 1. `nodes`: two-wide BVHs of the world, which shaders traverse themselves.
//! 2. `buffers`: the world's arrays on the device, and a record for each pixel.
//! 3. `primary`: one dispatch fills the G-buffer.
//! 4. `path`: dispatches that trace one sample of every pixel, some bounces at a time.
//! 5. Download and `develop`.

mod buffers;
mod nodes;
mod path;
mod primary;
mod records;
mod shader;

use std::sync::Arc;

use maquette_gpu::Gpu;

use crate::{
    Error, Traced,
    develop::{Pixel, develop},
    transport::{Image, PathSum, Primary},
    world::World,
};
use buffers::{Buffers, Layouts};
use nodes::NodeCache;
use records::{PrimaryRecord, SumRecord};

/// Traces on a device.
pub(crate) struct GpuExecutor {
    gpu: Arc<Gpu>,
    layouts: Layouts,
    primary: wgpu::ComputePipeline,
    path: wgpu::ComputePipeline,
    nodes: NodeCache,
    /// Loop iterations of the longest invocation of the last trace.
    most_steps: u32,
}

impl GpuExecutor {
    pub(crate) fn new(gpu: Arc<Gpu>) -> Result<Self, Error> {
        let layouts = Layouts::new(&gpu)?;
        let primary = primary::pipeline(&gpu, &layouts)?;
        let path = path::pipeline(&gpu, &layouts)?;
        Ok(Self { gpu, layouts, primary, path, nodes: NodeCache::default(), most_steps: 0 })
    }

    pub(crate) fn name(&self) -> &str {
        self.gpu.name()
    }

    pub(crate) fn trace(&mut self, world: &World) -> Result<Traced, Error> {
        let nodes = self.nodes.nodes(world)?;
        let buffers = Buffers::new(&self.gpu, &self.layouts, world, &nodes)?;
        primary::dispatch(&self.gpu, &self.primary, &buffers, &nodes)?;
        path::dispatch(&self.gpu, &self.path, &buffers, world, &nodes)?;
        let primaries: Vec<PrimaryRecord> = buffers.download(&self.gpu, &buffers.primaries)?;
        let sums: Vec<SumRecord> = buffers.download(&self.gpu, &buffers.sums)?;
        let steps = sums.iter().map(|s| s.most_steps).chain(primaries.iter().map(|p| p.most_steps));
        self.most_steps = steps.max().unwrap_or(0);
        let pixels: Vec<Pixel> = primaries.iter().zip(&sums).map(|(p, s)| pixel(p, s)).collect();
        Ok(develop(world, &pixels))
    }

    /// Loop iterations of the longest invocation of the last trace.
    #[cfg(test)]
    pub(crate) fn most_steps(&self) -> u32 {
        self.most_steps
    }
}

fn pixel(primary: &PrimaryRecord, sum: &SumRecord) -> Pixel {
    let missed = primary.distance < 0.0;
    let far = |value: f32| if missed { f32::INFINITY } else { value };
    Pixel {
        primary: Primary {
            depth: far(primary.depth),
            distance: far(primary.distance),
            position: primary.position,
            normal: primary.normal,
            albedo: primary.albedo,
            roughness: primary.roughness,
            metallic: primary.metallic,
            motion: primary.motion.into(),
            object_id: primary.object_id,
            material_id: primary.material_id,
            image: Image {
                position: primary.image_position,
                normal: primary.image_normal,
                motion: primary.image_motion.into(),
                object_id: primary.image_id,
            },
            lamp_light: primary.lamp_light,
            rays: primary.rays,
        },
        sum: PathSum {
            parts: sum.parts.map(|part| part.truncate()),
            albedo: sum.albedo.truncate(),
            normal: sum.normal.truncate(),
            rays: u64::from(sum.rays) + u64::from(primary.rays),
            removed: sum.removed,
        },
    }
}

#[cfg(test)]
mod layout;
#[cfg(test)]
mod tests;
