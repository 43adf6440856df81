//! The world's arrays on the device, and a record for each pixel.

use bytemuck::Pod;
use maquette_gpu::Gpu;

use super::{
    nodes::Nodes,
    records::{DispatchRecord, PathRecord, PrimaryRecord, SumRecord},
};
use crate::{Error, world::World};

/// Bindings of the first group: the frame's record and the world's arrays, all read only.
const WORLD_BINDINGS: u32 = 16;
/// Bindings of the second group: the dispatch's record, read only, and arrays of a record a pixel.
const PIXEL_BINDINGS: u32 = 4;

/// What both entry points bind.
pub(super) struct Layouts {
    world: wgpu::BindGroupLayout,
    pixels: wgpu::BindGroupLayout,
    pub(super) pipeline: wgpu::PipelineLayout,
}

impl Layouts {
    pub(super) fn new(gpu: &Gpu) -> Result<Self, Error> {
        let layouts = gpu.checked("the tracer's bindings", || {
            let world = group_layout(gpu, WORLD_BINDINGS, WORLD_BINDINGS);
            let pixels = group_layout(gpu, PIXEL_BINDINGS, 1);
            let pipeline = gpu.device().create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some("tracer"),
                bind_group_layouts: &[Some(&world), Some(&pixels)],
                immediate_size: 0,
            });
            Self { world, pixels, pipeline }
        })?;
        Ok(layouts)
    }
}

/// So many storage bindings, of which the first `read_only` are only read.
fn group_layout(gpu: &Gpu, bindings: u32, read_only: u32) -> wgpu::BindGroupLayout {
    let entry = |binding: u32| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only: binding < read_only },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    gpu.device().create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: None,
        entries: &(0..bindings).map(entry).collect::<Vec<_>>(),
    })
}

/// One frame on the device.
pub(super) struct Buffers {
    world: wgpu::BindGroup,
    pixels: wgpu::BindGroup,
    work: wgpu::Buffer,
    pub(super) sums: wgpu::Buffer,
    pub(super) primaries: wgpu::Buffer,
    size: (u32, u32),
}

impl Buffers {
    pub(super) fn new(gpu: &Gpu, layouts: &Layouts, world: &World, nodes: &Nodes) -> Result<Self, Error> {
        let frame = &world.frame;
        let count = u64::from(frame.width) * u64::from(frame.height);
        let frame_buffer = upload(gpu, "frame", std::slice::from_ref(frame))?;
        let arrays = [
            upload(gpu, "vertices", &world.shapes.vertices)?,
            upload(gpu, "triangles", &world.shapes.triangles)?,
            upload(gpu, "instances", &nodes.instances)?,
            upload(gpu, "materials", &world.surfaces.materials)?,
            upload(gpu, "textures", &world.surfaces.textures)?,
            upload(gpu, "texels", &world.surfaces.texels)?,
            upload(gpu, "lamps", &world.lamps)?,
            upload(gpu, "lights", &world.lights)?,
            upload(gpu, "sky", &world.sky_cells)?,
            upload(gpu, "tables", world.tables)?,
            upload(gpu, "nodes", &nodes.nodes)?,
            upload(gpu, "order", &nodes.order)?,
            upload(gpu, "light nodes", &world.light_nodes)?,
            upload(gpu, "tangents", &world.shapes.tangents)?,
            upload(gpu, "mirrors", &world.mirrors)?,
        ];
        let work = gpu.storage("work", size_of::<DispatchRecord>() as u64)?;
        let paths = pixel_array::<PathRecord>(gpu, "paths", count)?;
        let sums = pixel_array::<SumRecord>(gpu, "sums", count)?;
        let primaries = pixel_array::<PrimaryRecord>(gpu, "primaries", count)?;
        let world_buffers = std::iter::once(&frame_buffer).chain(&arrays);
        Ok(Self {
            world: group(gpu, &layouts.world, world_buffers)?,
            pixels: group(gpu, &layouts.pixels, [&work, &paths, &sums, &primaries])?,
            work,
            sums,
            primaries,
            size: (frame.width, frame.height),
        })
    }

    /// Runs an entry point over every pixel.
    pub(super) fn run(
        &self,
        gpu: &Gpu,
        pipeline: &wgpu::ComputePipeline,
        work: &DispatchRecord,
    ) -> Result<(), Error> {
        gpu.checked("a dispatch", || {
            gpu.queue().write_buffer(&self.work, 0, bytemuck::bytes_of(work));
            let mut encoder = gpu.device().create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, &self.world, &[]);
                pass.set_bind_group(1, &self.pixels, &[]);
                pass.dispatch_workgroups(self.size.0.div_ceil(8), self.size.1.div_ceil(8), 1);
            }
            gpu.queue().submit([encoder.finish()]);
        })?;
        Ok(())
    }

    /// An array of a record a pixel, back on the CPU.
    pub(super) fn download<T: Pod>(&self, gpu: &Gpu, buffer: &wgpu::Buffer) -> Result<Vec<T>, Error> {
        let count = self.size.0 as usize * self.size.1 as usize;
        let bytes = gpu.download(buffer, (count * size_of::<T>()) as u64)?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }
}

fn upload<T: Pod>(gpu: &Gpu, what: &'static str, items: &[T]) -> Result<wgpu::Buffer, Error> {
    fits(gpu, what, size_of_val(items) as u64)?;
    Ok(match items.is_empty() {
        // An array binding must hold one element at least.
        true => gpu.storage(what, size_of::<T>() as u64)?,
        false => gpu.upload(what, bytemuck::cast_slice(items))?,
    })
}

fn pixel_array<T>(gpu: &Gpu, what: &'static str, count: u64) -> Result<wgpu::Buffer, Error> {
    let bytes = count * size_of::<T>() as u64;
    fits(gpu, what, bytes)?;
    Ok(gpu.storage(what, bytes)?)
}

fn fits(gpu: &Gpu, what: &'static str, bytes: u64) -> Result<(), Error> {
    let limits = gpu.device().limits();
    let limit = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
    if bytes > limit { Err(Error::TooLarge { what, bytes, limit }) } else { Ok(()) }
}

fn group<'a>(
    gpu: &Gpu,
    layout: &wgpu::BindGroupLayout,
    buffers: impl IntoIterator<Item = &'a wgpu::Buffer>,
) -> Result<wgpu::BindGroup, Error> {
    let entry = |(i, buffer): (usize, &'a wgpu::Buffer)| wgpu::BindGroupEntry {
        binding: i as u32,
        resource: buffer.as_entire_binding(),
    };
    let entries: Vec<_> = buffers.into_iter().enumerate().map(entry).collect();
    let descriptor = wgpu::BindGroupDescriptor { label: None, layout, entries: &entries };
    Ok(gpu.checked("the tracer's buffers", || gpu.device().create_bind_group(&descriptor))?)
}
