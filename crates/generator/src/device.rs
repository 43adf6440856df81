//! Where networks run. The only place outside `gpu` that names burn's backends.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::DType;
use burn_flex::{Flex, FlexDevice};
use burn_wgpu::{RuntimeOptions, Wgpu, WgpuDevice, WgpuSetup, init_device};
use maquette_gpu::Gpu;

use crate::Error;
use crate::cpu::Cpu;
use crate::gpu::OnGpu;
use crate::instructions::Instructions;
use crate::pool::Pool;
use crate::unet::{Steps, Unet};
use crate::video::{ModelFiles, Render, VideoKind, Wan};
use crate::wan::attention::{self, Kernel};
use crate::wan::{Precision, self_test};
use crate::weights::Weights;

/// The most memory a tile's feature maps may need while the network runs.
const WORKING_BYTES: u64 = 1 << 30;
/// The most memory that is kept for feature maps on the CPU: above the former, because what is free does not always fit.
const KEPT_BYTES: u64 = 3 << 29;

/// What to run a network on.
#[derive(Clone, Debug, Default)]
pub enum DeviceChoice {
    /// All cores, with our own convolution.
    #[default]
    Cpu,
    /// A GPU that is open, through burn-wgpu, shared with the tracer. Software adapters work, but the CPU is quicker.
    Gpu(Arc<Gpu>),
}

impl DeviceChoice {
    /// In which a video model's transformer computes there.
    pub(crate) fn precision(&self) -> Precision {
        match self {
            Self::Gpu(gpu) if gpu.computes_in_halves() => Precision::Half,
            _ => Precision::Single,
        }
    }
}

/// A device that is open.
pub(crate) enum Device {
    Cpu(Arc<Pool>),
    // A trait object, so that unit tests, which never open a GPU, need not compile a GPU's kernels: minutes.
    Gpu(Box<dyn Place>),
}

/// Puts networks on a GPU.
pub(crate) trait Place {
    fn executor(&self, weights: &Weights) -> Result<Executor, Error>;

    fn video(
        &self,
        kind: VideoKind,
        files: &ModelFiles,
        cache: &Path,
    ) -> Result<Box<dyn Render + Send + Sync>, Error>;
}

/// A network on a device.
pub(crate) struct Executor {
    network: Box<dyn Run + Send + Sync>,
    place: String,
    max_tile_pixels: usize,
    receptive_field: usize,
}

/// A network on whatever device.
trait Run {
    fn run(&self, features: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, String>;
}

impl<S: Steps> Run for Unet<S> {
    fn run(&self, features: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, String> {
        self.run(features, size)
    }
}

impl Device {
    pub(crate) fn open(choice: DeviceChoice) -> Self {
        let precision = choice.precision();
        match choice {
            DeviceChoice::Cpu => Self::cpu(),
            DeviceChoice::Gpu(gpu) => Self::Gpu(Box::new(SharedGpu::new(&gpu, precision))),
        }
    }

    pub(crate) fn cpu() -> Self {
        Self::Cpu(Arc::new(Pool::new(KEPT_BYTES)))
    }

    /// Memory for what runs on the CPU beside it.
    pub(crate) fn pool(&self) -> Arc<Pool> {
        match self {
            Self::Cpu(pool) => pool.clone(),
            Self::Gpu(_) => Arc::new(Pool::new(KEPT_BYTES)),
        }
    }

    /// Puts a network on the device.
    pub(crate) fn executor(&self, weights: &Weights) -> Result<Executor, Error> {
        match self {
            Self::Cpu(pool) => Ok(Executor::on_cpu(weights, pool.clone())),
            Self::Gpu(gpu) => gpu.executor(weights),
        }
    }

    /// Puts a video model on the device.
    pub(crate) fn video(
        &self,
        kind: VideoKind,
        files: &ModelFiles,
        cache: &Path,
    ) -> Result<Box<dyn Render + Send + Sync>, Error> {
        match self {
            Self::Cpu(_) => {
                let (precision, device) = (Precision::Single, FlexDevice);
                // The first that is right, not the quickest: the same command gives the same frames.
                let choose = |kernel| attention::choose(vec![kernel], &device, precision);
                let choice = choose(attention::on_cpu()).or_else(|_| choose(Kernel::chunked()));
                let choice = choice.map_err(disagrees("the CPU"))?;
                let place = format!("the CPU, {choice}");
                Ok(Box::new(Wan::<Flex>::open(kind, files, cache, precision, device, &place, choice.kernel)?))
            }
            Self::Gpu(gpu) => gpu.video(kind, files, cache),
        }
    }
}

/// A GPU shared with the tracer.
struct SharedGpu {
    device: WgpuDevice,
    name: String,
    /// Bytes of the largest tensor.
    binding: u64,
    /// In which a video model's transformer computes.
    precision: Precision,
    software: bool,
}

impl SharedGpu {
    fn new(gpu: &Gpu, precision: Precision) -> Self {
        let setup = WgpuSetup {
            instance: gpu.instance().clone(),
            adapter: gpu.adapter().clone(),
            device: gpu.device().clone(),
            queue: gpu.queue().clone(),
            backend: gpu.adapter().get_info().backend,
        };
        let binding = gpu.device().limits().max_storage_buffer_binding_size;
        Self {
            device: init_device(setup, RuntimeOptions::default()),
            name: gpu.name().to_owned(),
            binding,
            precision,
            software: gpu.is_software(),
        }
    }
}

impl Place for SharedGpu {
    /// Runs the network once there and once on the CPU, and refuses a GPU that disagrees: burn picks kernels by timing
    /// them, and some of them have been wrong on some drivers. In half precision where that agrees as well.
    fn executor(&self, weights: &Weights) -> Result<Executor, Error> {
        let on_cpu = Executor::on_cpu(weights, Arc::new(Pool::new(0)));
        let in_halves = (self.precision == Precision::Half).then(|| self.unchecked(weights, DType::F16));
        let agrees = |executor: &Executor| check(executor, &on_cpu, weights.inputs, &self.name);
        if let Some(executor) = in_halves.filter(|executor| agrees(executor).is_ok()) {
            return Ok(executor);
        }
        let executor = self.unchecked(weights, DType::F32);
        agrees(&executor).map(|()| executor)
    }

    fn video(
        &self,
        kind: VideoKind,
        files: &ModelFiles,
        cache: &Path,
    ) -> Result<Box<dyn Render + Send + Sync>, Error> {
        let precision = self.precision;
        let (difference, limit) = self_test::difference::<Wgpu>(&self.device, precision);
        if difference > limit {
            return Err(Error::Disagrees { gpu: self.name.clone(), difference, limit });
        }
        let device = self.device.clone();
        let (kernel, choice) = self.attention(precision)?;
        let place = format!("{} (burn-wgpu), {choice}", self.name);
        Ok(Box::new(Wan::<Wgpu>::open(kind, files, cache, precision, device, &place, kernel)?))
    }
}

impl SharedGpu {
    /// A network there, right or wrong.
    fn unchecked(&self, weights: &Weights, kind: DType) -> Executor {
        // Joined inputs are doubled, then copied together.
        let values = weights.values_a_pixel() + 2 * weights.widest();
        let precision = if kind == DType::F16 { ", half precision" } else { "" };
        Executor {
            network: Box::new(Unet::new(weights, OnGpu { device: self.device.clone(), kind })),
            place: format!("{} (burn-wgpu{precision})", self.name),
            max_tile_pixels: pixels(WORKING_BYTES, values).min(pixels(self.binding, weights.widest())),
            receptive_field: weights.topology.receptive_field,
        }
    }

    /// Chosen by trying, and why. The flash kernel is for half precision, and takes a software adapter minutes to compile.
    fn attention(&self, precision: Precision) -> Result<(Kernel<Wgpu>, String), Error> {
        if self.software || precision == Precision::Single {
            let kernel = Kernel::chunked();
            let name = format!("attention by {}", kernel.name());
            return Ok((kernel, name));
        }
        let kernels = vec![attention::on_gpu(), Kernel::chunked()];
        let choice = attention::choose(kernels, &self.device, precision).map_err(disagrees(&self.name))?;
        let why = choice.to_string();
        Ok((choice.kernel, why))
    }
}

impl Executor {
    fn on_cpu(weights: &Weights, pool: Arc<Pool>) -> Self {
        let (threads, name) = (rayon::current_num_threads(), Instructions::available()[0].name());
        Self {
            network: Box::new(Unet::new(weights, Cpu::new(pool))),
            place: format!("the CPU ({threads} threads, {name})"),
            max_tile_pixels: pixels(WORKING_BYTES, weights.values_a_pixel()),
            receptive_field: weights.topology.receptive_field,
        }
    }

    /// Where it runs, for people.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The most pixels a tile may have.
    pub(crate) fn max_tile_pixels(&self) -> usize {
        self.max_tile_pixels
    }

    /// How many pixels along an axis one result depends on.
    pub(crate) fn receptive_field(&self) -> usize {
        self.receptive_field
    }

    /// The input's planes to three; both sides multiples of 16.
    pub(crate) fn run(&self, features: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, Error> {
        let result = self.network.run(features, size);
        result.map_err(|problem| Error::Readback { place: self.place.clone(), problem })
    }
}

/// A device on which no kernel is right, by the least difference and the limit.
fn disagrees(name: &str) -> impl Fn((f32, f32)) -> Error {
    let gpu = name.to_owned();
    move |(difference, limit)| Error::Disagrees { gpu: gpu.clone(), difference, limit }
}

/// How many pixels fit into `bytes` at so many single-precision values a pixel.
fn pixels(bytes: u64, values: usize) -> usize {
    usize::try_from(bytes / (4 * values as u64)).unwrap_or(usize::MAX)
}

/// Compares two devices on a small pattern.
fn check(gpu: &Executor, cpu: &Executor, channels: usize, name: &str) -> Result<(), Error> {
    const SIZE: [usize; 2] = [64, 48];
    const LIMIT: f32 = 1e-3;
    // Fractional parts of multiples of the golden ratio: spread over 0 to 1, without a period.
    let features: Vec<f32> = (0..channels * SIZE[0] * SIZE[1])
        .map(|index| (index as f64 * 0.618_033_988_749_895).fract() as f32)
        .collect();
    let (expected, found) = (cpu.run(features.clone(), SIZE)?, gpu.run(features, SIZE)?);
    let largest = expected.iter().fold(0.0, |largest: f32, value| largest.max(*value));
    let worst = expected.iter().zip(&found).map(|(a, b)| (a - b).abs() / largest);
    let difference =
        worst.fold(0.0, |worst: f32, value| if value.is_nan() { value } else { worst.max(value) });
    if difference <= LIMIT {
        return Ok(());
    }
    Err(Error::Disagrees { gpu: name.to_owned(), difference, limit: LIMIT })
}
