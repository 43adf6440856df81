//! Tracer and network on one GPU device, turn and turn about, against both on the CPU. Skips where no adapter answers.

// Clippy takes only functions marked `#[test]` for tests; their helpers are here too.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{path::Path, sync::Arc};

use maquette_conditioning::{Conditioning, Moment, Plane};
use maquette_generator::{DeviceChoice, Generator, Network};
use maquette_gpu::Gpu;
use maquette_stage::Stage;
use maquette_tracer::{Settings, Tracer};

/// Two frames of the first scene, finished; small, since the adapter may be a program on the CPU.
fn finished(moments: &[Moment], mut tracer: Tracer, device: DeviceChoice) -> Vec<Plane<[f32; 3]>> {
    let generator = Generator::new(Network::SMALL, device).unwrap();
    let settings = Settings { width: 48, height: 32, samples: 4, ..Settings::default() };
    let finish = |moment: &Moment| {
        let traced = tracer.trace(moment, &settings).unwrap();
        let (gbuffer, light) = (traced.gbuffer, traced.light);
        let conditioning =
            Conditioning { frame: moment.frame, camera: moment.camera, ev100: 14.0, gbuffer, light };
        generator.generate(&conditioning).unwrap().color
    };
    moments.iter().map(finish).collect()
}

#[test]
fn tracer_and_network_share_a_device_and_agree_with_the_cpu() {
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenes/first_light.ron");
    // The kernels' timings are kept below the nearest Cargo.toml above the working folder.
    std::env::set_current_dir(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let Some(gpu) = Gpu::software_or_real().map(Arc::new) else {
        println!("skipped: no adapter answers");
        return;
    };
    let mut stage = Stage::new(&maquette_scene::load(&scene).unwrap()).unwrap();
    let moments = [1001, 1002].map(|frame| stage.moment("010", frame).unwrap());
    let shared = finished(&moments, Tracer::gpu(gpu.clone()).unwrap(), DeviceChoice::Gpu(gpu));
    let expected = finished(&moments, Tracer::cpu(), DeviceChoice::Cpu);
    for (shared, expected) in shared.iter().zip(&expected) {
        let mean = expected.data.iter().flatten().sum::<f32>();
        let pairs = shared.data.iter().flatten().zip(expected.data.iter().flatten());
        let difference: f32 = pairs.map(|(a, b)| (a - b).abs()).sum();
        assert!(difference <= 0.01 * mean, "{} of the light differs", difference / mean);
    }
}
