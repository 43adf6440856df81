//! One interface over two executors.

use std::sync::Arc;

use maquette_conditioning::{GBuffer, Light, Moment};
use maquette_gpu::Gpu;

use crate::{
    Error, Settings,
    cpu::Cpu,
    gpu::GpuExecutor,
    world::{Strategy, World, WorldCache},
};

/// Largest side of a picture: what a GPU's planes and a file's header can hold.
const LARGEST_SIDE: usize = 16_384;

/// What one moment looks like.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Geometry and surfaces.
    pub gbuffer: GBuffer,
    /// Light in nits.
    pub light: Light,
    /// Rays cast, shadow rays included.
    pub rays: u64,
    /// What [`Settings::clamp`] did to the light.
    pub clamped: Clamped,
}

/// How much light a clamp left and took, each as luminance in nits averaged over the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clamped {
    /// What remains, all parts together.
    pub kept_nits: f64,
    /// What was taken away; 0 without a clamp.
    pub removed_nits: f64,
}

/// Traces moments. Keeps what can be kept from one to the next: BVHs, textures, buffers.
pub struct Tracer {
    executor: Executor,
    cache: WorldCache,
}

enum Executor {
    Cpu(Box<Cpu>),
    Gpu(Box<GpuExecutor>),
}

impl Tracer {
    /// A tracer on all cores.
    pub fn cpu() -> Self {
        Self { executor: Executor::Cpu(Box::default()), cache: WorldCache::default() }
    }

    /// A tracer on a GPU. Fails when the device refuses the shaders.
    pub fn gpu(gpu: Arc<Gpu>) -> Result<Self, Error> {
        let executor = Executor::Gpu(Box::new(GpuExecutor::new(gpu)?));
        Ok(Self { executor, cache: WorldCache::default() })
    }

    /// Where the work is done, for people: `CPU, 2 threads` or `GPU, NAME`.
    pub fn describe(&self) -> String {
        match &self.executor {
            Executor::Cpu(_) => format!("CPU, {} threads", rayon::current_num_threads()),
            Executor::Gpu(gpu) => format!("GPU, {}", gpu.name()),
        }
    }

    /// Traces a moment.
    ///
    /// The same moment, settings and executor give the same bits. Fails when the moment refers outside its lists,
    /// holds numbers that are not finite, or does not fit the device.
    pub fn trace(&mut self, moment: &Moment, settings: &Settings) -> Result<Traced, Error> {
        self.trace_by(moment, settings, Strategy::Both)
    }

    pub(crate) fn trace_by(
        &mut self,
        moment: &Moment,
        settings: &Settings,
        strategy: Strategy,
    ) -> Result<Traced, Error> {
        check(settings)?;
        let world = World::new(moment, settings, strategy, &mut self.cache)?;
        match &mut self.executor {
            Executor::Cpu(cpu) => Ok(cpu.trace(&world)),
            Executor::Gpu(gpu) => gpu.trace(&world),
        }
    }
}

fn check(settings: &Settings) -> Result<(), Error> {
    let (width, height) = (settings.width, settings.height);
    let fits = |side: usize| (1..=LARGEST_SIDE).contains(&side);
    if !fits(width) || !fits(height) {
        return Err(Error::Size { width, height, limit: LARGEST_SIDE });
    }
    if settings.samples == 0 {
        return Err(Error::NoSamples);
    }
    Ok(())
}
