//! Dispatches `shaders/path.wgsl`: light, one sample of every pixel at a time.
//!
//! On a real GPU a dispatch traces whole paths. A software driver ends an invocation silently at 65 535 loop
//! iterations, so there each dispatch does one bounce: five rays at most, and four more for each flat mirror.

use maquette_gpu::Gpu;

use super::{
    buffers::{Buffers, Layouts},
    nodes::Nodes,
    records::DispatchRecord,
    shader,
};
use crate::{Error, world::World};

pub(super) const SOURCE: &str = include_str!("../../../../shaders/path.wgsl");

/// Submissions in flight at most, so that a long render does not pile up in the driver.
const IN_FLIGHT: u32 = 16;

pub(super) fn pipeline(gpu: &Gpu, layouts: &Layouts) -> Result<wgpu::ComputePipeline, Error> {
    Ok(shader::pipeline(gpu, &layouts.pipeline, "trace_path", SOURCE)?)
}

pub(super) fn dispatch(
    gpu: &Gpu,
    pipeline: &wgpu::ComputePipeline,
    buffers: &Buffers,
    world: &World,
    nodes: &Nodes,
) -> Result<(), Error> {
    let frame = &world.frame;
    // The camera's ray comes on top of the bounces.
    let steps = frame.max_bounces + 1;
    let bounces = if gpu.is_software() { 1 } else { steps };
    let mut submitted = 0;
    for sample in 0..frame.samples {
        for first_bounce in (0..steps).step_by(bounces as usize) {
            let sample_index = frame.first_sample.wrapping_add(sample);
            let work = DispatchRecord { sample_index, first_bounce, bounces, padding: 0, roots: nodes.roots };
            buffers.run(gpu, pipeline, &work)?;
            submitted += 1;
            if submitted % IN_FLIGHT == 0 {
                gpu.wait()?;
            }
        }
    }
    Ok(())
}
