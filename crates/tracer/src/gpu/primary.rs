//! Dispatches `shaders/primary.wgsl`: the G-buffer, one ray a pixel.

use maquette_gpu::Gpu;

use super::{
    buffers::{Buffers, Layouts},
    nodes::Nodes,
    records::DispatchRecord,
    shader,
};
use crate::Error;

pub(super) const SOURCE: &str = include_str!("../../../../shaders/primary.wgsl");

pub(super) fn pipeline(gpu: &Gpu, layouts: &Layouts) -> Result<wgpu::ComputePipeline, Error> {
    Ok(shader::pipeline(gpu, &layouts.pipeline, "primary", SOURCE)?)
}

pub(super) fn dispatch(
    gpu: &Gpu,
    pipeline: &wgpu::ComputePipeline,
    buffers: &Buffers,
    nodes: &Nodes,
) -> Result<(), Error> {
    buffers.run(gpu, pipeline, &DispatchRecord { roots: nodes.roots, ..DispatchRecord::default() })
}
