//! Bytes to the device and back.

use std::sync::mpsc;

use crate::{Error, Gpu};

impl Gpu {
    /// A storage buffer that holds `bytes`, or 16 zero bytes where there are none (empty bindings are not allowed).
    pub fn upload(&self, label: &str, bytes: &[u8]) -> Result<wgpu::Buffer, Error> {
        let buffer = self.storage(label, bytes.len() as u64)?;
        self.checked(label, || self.queue().write_buffer(&buffer, 0, bytes))?;
        Ok(buffer)
    }

    /// A zeroed storage buffer of at least `size` bytes.
    pub fn storage(&self, label: &str, size: u64) -> Result<wgpu::Buffer, Error> {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
        self.buffer(label, size.next_multiple_of(16).max(16), usage)
    }

    /// A buffer of any usage.
    pub fn buffer(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, Error> {
        self.checked(label, || {
            self.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        })
    }

    /// Waits for all submitted work and copies the first `size` bytes of a buffer back.
    pub fn download(&self, buffer: &wgpu::Buffer, size: u64) -> Result<Vec<u8>, Error> {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let staging = self.buffer("download", size.next_multiple_of(4), usage)?;
        let (sender, receiver) = mpsc::channel();
        self.checked("a download", || {
            let mut encoder = self.device().create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, size.next_multiple_of(4));
            self.queue().submit([encoder.finish()]);
            staging.slice(..).map_async(wgpu::MapMode::Read, move |result| {
                // The receiver waits below; it is gone only if the wait failed.
                let _ = sender.send(result.map_err(|error| error.to_string()));
            });
        })?;
        self.wait()?;
        receiver.recv().map_err(|error| error.to_string()).flatten().map_err(|reason| self.lost(reason))?;
        let bytes = staging.slice(..).get_mapped_range()[..size as usize].to_vec();
        staging.unmap();
        Ok(bytes)
    }

    /// Waits until everything submitted is done.
    pub fn wait(&self) -> Result<(), Error> {
        let polled = self.device().poll(wgpu::PollType::wait_indefinitely());
        polled.map(|_| ()).map_err(|error| self.lost(error.to_string()))
    }

    fn lost(&self, reason: String) -> Error {
        Error::Lost { adapter: self.name().to_owned(), reason }
    }
}

#[cfg(test)]
mod tests {
    use crate::Gpu;

    #[test]
    fn bytes_survive_the_round_trip() {
        let Some(gpu) = Gpu::software_or_real() else {
            println!("skipped: no Vulkan adapter");
            return;
        };
        let bytes: Vec<u8> = (0..=255).collect();
        let buffer = gpu.upload("bytes", &bytes).unwrap();
        assert_eq!(gpu.download(&buffer, 256).unwrap(), bytes);
    }

    #[test]
    fn a_refused_shader_is_an_error_with_the_drivers_words() {
        let Some(gpu) = Gpu::software_or_real() else {
            println!("skipped: no Vulkan adapter");
            return;
        };
        let source = wgpu::ShaderSource::Wgsl("fn broken( {".into());
        let descriptor = wgpu::ShaderModuleDescriptor { label: None, source };
        let error = gpu.checked("a shader", || gpu.device().create_shader_module(descriptor)).unwrap_err();
        assert!(error.to_string().contains("broken"), "{error}");
    }

    #[test]
    fn a_software_adapter_is_never_detected_as_a_gpu() {
        assert!(Gpu::detect().is_none_or(|gpu| !gpu.is_software()));
    }
}
