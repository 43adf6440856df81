//! The network on burn-wgpu against the CPU, on whatever adapter answers. A software one takes five seconds.

use std::sync::Arc;

use maquette_generator::{DeviceChoice, Generator, Network};
use maquette_gpu::Gpu;

use crate::pictures::{Fixture, noisy_discs, worst_difference};

#[test]
fn gpu_agrees_with_the_cpu_and_the_original_library() {
    // The kernels' timings are kept below the nearest Cargo.toml above the working folder, which is this crate's.
    std::env::set_current_dir(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let Some(gpu) = Gpu::software_or_real().map(Arc::new) else {
        println!("skipped: no adapter answers");
        return;
    };
    let on_gpu = Generator::new(Network::SMALL, DeviceChoice::Gpu(gpu.clone())).unwrap();
    assert!(on_gpu.describe().contains(gpu.name()), "{}", on_gpu.describe());
    let [noisy, _, albedo, normal] = noisy_discs(64, 48);
    let expected =
        Generator::new(Network::SMALL, DeviceChoice::Cpu).unwrap().denoise(&noisy, &albedo, &normal);
    let result = on_gpu.denoise(&noisy, &albedo, &normal).unwrap();
    let worst = worst_difference(&result, &expected.unwrap());
    assert!(worst <= 1e-3, "{worst:e} from the CPU");
    let fixture = Fixture::read("61x47");
    let result = on_gpu.denoise(&fixture.color, &fixture.albedo, &fixture.normal).unwrap();
    let worst = worst_difference(&result, &fixture.answer("rt_hdr_alb_nrm_small"));
    println!("{}: {worst:e}", on_gpu.describe());
    assert!(worst <= 1e-3, "{worst:e} from the original library");
}
