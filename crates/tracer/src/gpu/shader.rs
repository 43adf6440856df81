//! WGSL sources: shared files in front of one entry point.

use maquette_gpu::{Error, Gpu};

/// Everything the entry points share, in order of use.
const SHARED: [&str; 13] = [
    include_str!("../../../../shaders/shared/records.wgsl"),
    include_str!("../../../../shaders/shared/sampler.wgsl"),
    include_str!("../../../../shaders/shared/film.wgsl"),
    include_str!("../../../../shaders/shared/frame.wgsl"),
    include_str!("../../../../shaders/shared/camera.wgsl"),
    include_str!("../../../../shaders/shared/texture.wgsl"),
    include_str!("../../../../shaders/shared/noise.wgsl"),
    include_str!("../../../../shaders/shared/microfacet.wgsl"),
    include_str!("../../../../shaders/shared/traversal.wgsl"),
    include_str!("../../../../shaders/shared/lamp.wgsl"),
    include_str!("../../../../shaders/shared/sky.wgsl"),
    concat!(
        include_str!("../../../../shaders/shared/cone.wgsl"),
        include_str!("../../../../shaders/shared/veil.wgsl"),
        include_str!("../../../../shaders/shared/pattern.wgsl"),
        include_str!("../../../../shaders/shared/relief.wgsl"),
    ),
    concat!(
        include_str!("../../../../shaders/shared/surface.wgsl"),
        include_str!("../../../../shaders/shared/glass.wgsl"),
        include_str!("../../../../shaders/shared/bsdf.wgsl"),
        include_str!("../../../../shaders/shared/light_tree.wgsl"),
        include_str!("../../../../shaders/shared/mirror.wgsl"),
        include_str!("../../../../shaders/shared/light.wgsl"),
        include_str!("../../../../shaders/shared/haze.wgsl"),
    ),
];

/// The whole source of an entry point.
pub(super) fn source(entry: &str) -> String {
    SHARED.concat() + entry
}

/// Compiles an entry point.
pub(super) fn pipeline(
    gpu: &Gpu,
    layout: &wgpu::PipelineLayout,
    name: &str,
    entry: &str,
) -> Result<wgpu::ComputePipeline, Error> {
    gpu.checked(&format!("the shader `{name}`"), || {
        let module = gpu.device().create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: wgpu::ShaderSource::Wgsl(source(entry).into()),
        });
        gpu.device().create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: Some(layout),
            module: &module,
            entry_point: Some(name),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
    })
}
