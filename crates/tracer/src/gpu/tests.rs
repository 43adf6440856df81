//! The two executors against each other, on whatever adapter answers.

use std::sync::Arc;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Haze, Moment, Plane};
use maquette_gpu::Gpu;

use super::GpuExecutor;
use crate::{
    PixelFilter, Settings, Traced, Tracer,
    cpu::Cpu,
    set::{
        Set, ball, corridor, cuboid, everything, matte, mean_of, metal, mirrors,
        photometry::{Reading, readings},
        street, surfaces,
    },
    world::{Strategy, World, WorldCache},
};

fn adapter() -> Option<Arc<Gpu>> {
    let gpu = Gpu::software_or_real().map(Arc::new);
    if gpu.is_none() {
        println!("skipped: no Vulkan adapter");
    }
    gpu
}

fn settings() -> Settings {
    Settings { width: 40, height: 30, samples: 2, ..Settings::default() }
}

/// Both executors, compiled once.
fn executors() -> Option<[Tracer; 2]> {
    Some([Tracer::cpu(), Tracer::gpu(adapter()?).unwrap()])
}

fn both(executors: &mut [Tracer; 2], moment: &Moment, settings: &Settings) -> [Traced; 2] {
    let [cpu, gpu] = executors;
    [cpu.trace(moment, settings).unwrap(), gpu.trace(moment, settings).unwrap()]
}

/// Pixels of two planes that differ by more than `relative` of their size or 1e-3.
fn differing<const N: usize>(a: &Plane<[f32; N]>, b: &Plane<[f32; N]>, relative: f32) -> usize {
    let far = |x: f32, y: f32| x != y && (x - y).abs() > relative * x.abs().max(y.abs()) + 1e-3;
    a.data.iter().zip(&b.data).filter(|(p, q)| (0..N).any(|i| far(p[i], q[i]))).count()
}

fn single(plane: &Plane<f32>) -> Plane<[f32; 1]> {
    plane.map(|v| [*v])
}

/// One of everything in a box of haze.
fn hazy() -> Moment {
    let mut moment = everything();
    moment.haze = Some(Haze {
        extinction_per_m: 0.2,
        albedo: Vec3::new(0.9, 0.8, 0.7),
        anisotropy: 0.4,
        within_m: Some((Vec3::new(-3.0, -1.0, -2.0), Vec3::new(2.0, 2.2, 3.0))),
    });
    moment
}

#[test]
fn executors_agree_pixel_by_pixel() {
    let Some(mut executors) = executors() else { return };
    let settings = settings();
    let pixels = settings.width * settings.height;
    for (name, moment) in [
        ("everything", everything()),
        ("corridor", corridor()),
        ("haze", hazy()),
        ("street", street()),
        ("surfaces", surfaces()),
        ("mirrors", mirrors()),
    ] {
        let [cpu, gpu] = both(&mut executors, &moment, &settings);
        let (a, b) = (&cpu.gbuffer, &gpu.gbuffer);
        let ids = |x: &Plane<u32>, y: &Plane<u32>| x.data.iter().zip(&y.data).filter(|(p, q)| p != q).count();
        let planes = [
            ("object id", ids(&a.object_id, &b.object_id)),
            ("material id", ids(&a.material_id, &b.material_id)),
            ("depth", differing(&single(&a.depth), &single(&b.depth), 1e-4)),
            ("distance", differing(&single(&a.distance), &single(&b.distance), 1e-4)),
            ("roughness", differing(&single(&a.roughness), &single(&b.roughness), 1e-3)),
            ("metallic", differing(&single(&a.metallic), &single(&b.metallic), 1e-3)),
            ("position", differing(&a.position, &b.position, 1e-4)),
            ("normal", differing(&a.normal, &b.normal, 1e-3)),
            ("albedo", differing(&a.albedo, &b.albedo, 1e-3)),
            ("motion", differing(&a.motion, &b.motion, 1e-3)),
            ("image id", ids(&a.image_id, &b.image_id)),
            ("image position", differing(&a.image_position, &b.image_position, 1e-3)),
            ("image normal", differing(&a.image_normal, &b.image_normal, 1e-3)),
            ("lamp light", differing(&a.lamp_light, &b.lamp_light, 1e-3)),
            ("image motion", differing(&a.image_motion, &b.image_motion, 1e-2)),
        ];
        for (plane, count) in planes {
            assert!(count <= pixels / 400, "{name}: {count} of {pixels} pixels differ in {plane}");
        }
        let means = [(&a.albedo_mean, &b.albedo_mean), (&a.normal_mean, &b.normal_mean)];
        for (x, y) in means.into_iter().chain(cpu.light.parts().into_iter().zip(gpu.light.parts())) {
            let count = differing(x, y, 1e-2);
            println!("{name}: {count} of {pixels} pixels differ by more than 1 %");
            assert!(count <= pixels / 50, "{name}: {count} of {pixels} pixels differ");
        }
        let more = cpu.rays as f64 / gpu.rays as f64 - 1.0;
        assert!(more.abs() < 5e-3, "{name}: {} rays and {}", cpu.rays, gpu.rays);
        let [x, y] = [&cpu, &gpu].map(|t| mean_of(&t.light.total()));
        assert!((x - y).abs().max_element() < 5e-3 * x.max_element(), "{name}: {x} {y}");
    }
}

#[test]
fn light_keeps_to_closed_forms_on_the_gpu() {
    let Some(gpu) = adapter() else { return };
    let mut tracer = Tracer::gpu(gpu).unwrap();
    let settings = Settings {
        width: 16,
        height: 16,
        samples: 128,
        max_bounces: 1,
        filter: PixelFilter::Box,
        ..Settings::default()
    };
    for Reading { name, moment, wanted, tolerance } in readings() {
        let got = mean_of(&tracer.trace(&moment, &settings).unwrap().light.total()).y;
        assert!((got / wanted - 1.0).abs() < tolerance, "{name}: {got} instead of {wanted}");
    }
}

#[test]
fn executors_hit_the_same_along_every_axis() {
    let Some(mut executors) = executors() else { return };
    // A pinhole in the middle of a room of boxes, with views whose middle rays run along the axes, signed zeros
    // included.
    let mut set = Set::new().sky(Vec3::ONE);
    for i in 0..27 {
        let cell = Vec3::new((i % 3) as f32 - 1.0, (i / 3 % 3) as f32 - 1.0, (i / 9) as f32 - 1.0);
        if cell != Vec3::ZERO {
            let place = Affine3A::from_translation(cell * 2.0);
            set = set.mesh(cuboid(Vec3::new(0.46, 0.47, 0.48)), matte(Vec3::splat(0.5)), place);
        }
    }
    for axis in [Vec3::X, Vec3::Y, Vec3::Z, Vec3::NEG_X, Vec3::NEG_Y, Vec3::NEG_Z] {
        set = set.look(Vec3::ZERO, axis);
        let settings = Settings { width: 33, height: 33, samples: 1, max_bounces: 1, ..Settings::default() };
        let [cpu, gpu] = both(&mut executors, &set.moment, &settings);
        let (a, b) = (&cpu.gbuffer, &gpu.gbuffer);
        let others = a.object_id.data.iter().zip(&b.object_id.data).filter(|(p, q)| p != q).count();
        assert_eq!(others, 0, "{axis}");
        assert_eq!(differing(&single(&a.depth), &single(&b.depth), 1e-5), 0, "{axis}");
        let half = Vec3::new(0.46, 0.47, 0.48).dot(axis.abs());
        assert!((a.depth.at(16, 16) - (2.0 - half)).abs() < 1e-5, "{axis}");
    }
}

#[test]
fn no_ray_slips_through_where_triangles_meet_on_either_executor() {
    let Some(mut executors) = executors() else { return };
    let settings = Settings { width: 16, height: 16, samples: 1, max_bounces: 0, ..Settings::default() };
    let mesh = ball(1.0, 5);
    // Looks from inside a ball at its edges, so closely that the pixels' rays differ by their last digits.
    let edges = mesh.triangles.iter().map(|t| t.map(|i| mesh.positions[i as usize]));
    let mut holes = [0; 2];
    for (i, [a, b, _]) in edges.enumerate() {
        let from = Vec3::new(0.3, -0.2, 0.1) * (i % 3) as f32;
        let set = Set::new().field_of_view(1e-5).look(from, a.lerp(b, 0.11 * (i % 10) as f32));
        let set = set.mesh(mesh.clone(), matte(Vec3::splat(0.5)), Affine3A::IDENTITY);
        for (holes, traced) in holes.iter_mut().zip(both(&mut executors, &set.moment, &settings)) {
            *holes += traced.gbuffer.depth.data.iter().filter(|depth| !depth.is_finite()).count();
        }
    }
    assert_eq!(holes, [0; 2], "CPU, GPU");
}

#[test]
fn no_invocation_nears_the_software_drivers_loop_limit() {
    let Some(gpu) = adapter() else { return };
    let mut moment = everything();
    let far = Affine3A::from_translation(Vec3::new(0.0, 1.0, -3.0));
    let fine = Set::new().mesh(ball(1.0, 200), metal(Vec3::ONE, 0.3), far).moment;
    let mut instance = fine.instances[0].clone();
    (instance.object_id, instance.mesh, instance.material) =
        (99, moment.meshes.len(), moment.materials.len());
    moment.instances.push(instance);
    moment.meshes.extend(fine.meshes);
    moment.materials.extend(fine.materials);
    let settings = Settings { max_bounces: 32, samples: 2, ..settings() };
    let mut executor = GpuExecutor::new(gpu).unwrap();
    for moment in [moment, mirrors()] {
        let world = World::new(&moment, &settings, Strategy::Both, &mut WorldCache::default()).unwrap();
        let traced = executor.trace(&world).unwrap();
        println!("at most {} loop iterations an invocation", executor.most_steps());
        assert!((1..40_000).contains(&executor.most_steps()), "{}", executor.most_steps());
        // A loop cut short would lose light.
        let wanted = mean_of(&Cpu::default().trace(&world).light.total());
        assert!((mean_of(&traced.light.total()) / wanted - 1.0).abs().max_element() < 0.02);
    }
}

#[test]
fn the_gpu_repeats_itself_to_the_bit() {
    let Some(gpu) = adapter() else { return };
    let mut tracer = Tracer::gpu(gpu).unwrap();
    let mut total = || tracer.trace(&everything(), &settings()).unwrap().light.total();
    assert_eq!(total(), total());
}

#[test]
fn an_empty_moment_is_dark() {
    let Some(gpu) = adapter() else { return };
    let traced = Tracer::gpu(gpu).unwrap().trace(&Set::new().moment, &settings()).unwrap();
    assert_eq!(mean_of(&traced.light.total()), Vec3::ZERO);
    assert_eq!(*traced.gbuffer.depth.at(3, 3), f32::INFINITY);
}
