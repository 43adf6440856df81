//! Where a network runs. The only place outside `unet` and `layers` that names burn's backends.

use burn_flex::{Flex, FlexDevice};
use burn_wgpu::{RuntimeOptions, Wgpu, WgpuSetup, init_device};
use maquette_gpu::Gpu;

use crate::Error;
use crate::instructions::Instructions;
use crate::layers::Layers;
use crate::unet::Unet;
use crate::weights::Weights;

/// The most memory a tile may need while the network runs.
const WORKING_BYTES: u64 = 3 << 29;

/// What to run a network on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeviceChoice {
    /// All cores, through burn-flex with our own convolution.
    #[default]
    Cpu,
    /// The machine's GPU, through burn-wgpu. Never a software adapter: the CPU is quicker than that.
    Gpu,
}

/// A network on a device.
pub(crate) struct Executor {
    // A trait object, so that unit tests, which never make one for a GPU, need not compile a GPU's kernels: minutes.
    network: Box<dyn Run + Send + Sync>,
    place: String,
    max_tile_pixels: usize,
}

/// A network on whatever backend.
trait Run {
    fn run(&self, features: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, String>;
}

impl<B: Layers> Run for Unet<B> {
    fn run(&self, features: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, String> {
        self.run(features, size)
    }
}

impl Executor {
    pub(crate) fn new(weights: &Weights, device: DeviceChoice) -> Result<Self, Error> {
        match device {
            DeviceChoice::Cpu => Ok(Self::on_cpu(weights)),
            DeviceChoice::Gpu => Self::on_gpu(weights, &Gpu::detect().ok_or(Error::NoGpu)?),
        }
    }

    pub(crate) fn on_cpu(weights: &Weights) -> Self {
        let instructions = Instructions::available()[0].name();
        Self {
            network: Box::new(Unet::<Flex>::new(weights, FlexDevice)),
            place: format!("the CPU (burn-flex, {} threads, {instructions})", rayon::current_num_threads()),
            max_tile_pixels: pixels(WORKING_BYTES, weights.values_a_pixel()),
        }
    }

    /// Shares the device of `gpu`. Runs the network once there and once on the CPU, and refuses a GPU that disagrees:
    /// burn picks kernels by timing them, and some of them have been wrong on some drivers.
    pub(crate) fn on_gpu(weights: &Weights, gpu: &Gpu) -> Result<Self, Error> {
        let setup = WgpuSetup {
            instance: gpu.instance().clone(),
            adapter: gpu.adapter().clone(),
            device: gpu.device().clone(),
            queue: gpu.queue().clone(),
            backend: gpu.adapter().get_info().backend,
        };
        let device = init_device(setup, RuntimeOptions::default());
        let binding = gpu.device().limits().max_storage_buffer_binding_size;
        let executor = Self {
            network: Box::new(Unet::<Wgpu>::new(weights, device)),
            place: format!("{} (burn-wgpu)", gpu.name()),
            max_tile_pixels: pixels(WORKING_BYTES, weights.values_a_pixel())
                .min(pixels(binding, weights.widest())),
        };
        check(&executor, &Self::on_cpu(weights), gpu.name())?;
        Ok(executor)
    }

    /// Where it runs, for people.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The most pixels a tile may have.
    pub(crate) fn max_tile_pixels(&self) -> usize {
        self.max_tile_pixels
    }

    /// Nine planes to three; both sides multiples of 16.
    pub(crate) fn run(&self, features: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, Error> {
        let result = self.network.run(features, size);
        result.map_err(|problem| Error::Readback { place: self.place.clone(), problem })
    }
}

/// How many pixels fit into `bytes` at so many single-precision values a pixel.
fn pixels(bytes: u64, values: usize) -> usize {
    usize::try_from(bytes / (4 * values as u64)).unwrap_or(usize::MAX)
}

/// Compares two devices on a small pattern.
fn check(gpu: &Executor, cpu: &Executor, name: &str) -> Result<(), Error> {
    const SIZE: [usize; 2] = [64, 48];
    const LIMIT: f32 = 1e-3;
    // Fractional parts of multiples of the golden ratio: spread over 0 to 1, without a period.
    let features: Vec<f32> = (0..9 * SIZE[0] * SIZE[1])
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
