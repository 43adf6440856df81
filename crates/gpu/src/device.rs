//! An adapter, or somebody else's device, to one device and queue.

use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;

/// Where compute shaders run. OpenGL is left out: looking for it prints complaints on machines without a display.
const BACKENDS: wgpu::Backends =
    wgpu::Backends::VULKAN.union(wgpu::Backends::METAL).union(wgpu::Backends::DX12);

/// A device and its queue, open and shared.
#[derive(Debug)]
pub struct Gpu {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
    name: String,
    /// First complaint that no scope was open for.
    stray: Arc<Mutex<Option<String>>>,
}

impl Gpu {
    /// The machine's best real GPU, or `None`. Software adapters do not count.
    pub fn detect() -> Option<Self> {
        Self::open(wgpu::DeviceType::Cpu).ok().flatten()
    }

    /// Any adapter, a real GPU first; `None` when none answers. For tests.
    pub fn software_or_real() -> Option<Self> {
        Self::detect().or_else(|| Self::open(wgpu::DeviceType::Other).ok().flatten())
    }

    /// Takes over a device that is already open: Bevy's, in the editor. Errors outside the tracer's own work keep
    /// going to that device's handler.
    pub fn from_device(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
    ) -> Self {
        let name = adapter.get_info().name;
        Self { instance, adapter, device, queue, name, stray: Arc::default() }
    }

    /// Opens the best adapter that is not of the type `without`.
    fn open(without: wgpu::DeviceType) -> Result<Option<Self>, Error> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        descriptor.backends &= BACKENDS;
        let instance = wgpu::Instance::new(descriptor);
        let adapters = pollster::block_on(instance.enumerate_adapters(BACKENDS));
        let Some(adapter) = adapters
            .into_iter()
            .filter(|adapter| adapter.get_info().device_type != without && can_compute(adapter))
            .min_by_key(|adapter| rank(adapter.get_info().device_type))
        else {
            return Ok(None);
        };
        let name = adapter.get_info().name;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("maquette"),
            required_features: adapter.features() & wanted_features(),
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        }))
        .map_err(|error| Error::Open { adapter: name.clone(), reason: error.to_string() })?;
        let gpu = Self::from_device(instance, adapter, device, queue);
        let stray = gpu.stray.clone();
        gpu.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let mut first = stray.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| error.to_string());
        }));
        Ok(Some(gpu))
    }

    /// Does some work on the device and returns its result, or the device's complaint about it. `what` completes
    /// "the GPU refused …".
    pub fn checked<T>(&self, what: &str, work: impl FnOnce() -> T) -> Result<T, Error> {
        let filters =
            [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Internal];
        let scopes = filters.map(|filter| self.device.push_error_scope(filter));
        let result = work();
        // Scopes close in the reverse of their opening.
        let complaints: Vec<_> =
            scopes.into_iter().rev().filter_map(|scope| pollster::block_on(scope.pop())).collect();
        let stray = self.stray.lock().unwrap_or_else(PoisonError::into_inner).take();
        match complaints.first().map(ToString::to_string).or(stray) {
            Some(reason) => Err(Error::Refused { adapter: self.name.clone(), what: what.to_owned(), reason }),
            None => Ok(result),
        }
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether kernels may compute in half precision.
    pub fn computes_in_halves(&self) -> bool {
        self.device.features().contains(wgpu::Features::SHADER_F16)
    }

    /// Whether the adapter is a program on the CPU.
    pub fn is_software(&self) -> bool {
        self.adapter.get_info().device_type == wgpu::DeviceType::Cpu
    }

    /// The instance the adapter came from.
    pub fn instance(&self) -> &wgpu::Instance {
        &self.instance
    }

    /// The adapter.
    pub fn adapter(&self) -> &wgpu::Adapter {
        &self.adapter
    }

    /// The device.
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// The queue.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }
}

fn can_compute(adapter: &wgpu::Adapter) -> bool {
    adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS)
}

fn rank(kind: wgpu::DeviceType) -> u32 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// What the generator's kernels run faster with; the tracer needs none.
fn wanted_features() -> wgpu::Features {
    wgpu::Features::SUBGROUP
        | wgpu::Features::SHADER_F16
        | wgpu::Features::SHADER_INT64
        | wgpu::Features::SHADER_FLOAT32_ATOMIC
        | wgpu::Features::TIMESTAMP_QUERY
        | wgpu::Features::PIPELINE_CACHE
}
