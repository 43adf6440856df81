//! Frame time against the number of triangles and of instances, as tables in Markdown.
//!
//! `cargo run -p maquette-tracer --example growth -- [--samples N] [--memory]`; `docs/cost-growth.md` holds what it printed.

#![allow(clippy::print_stdout)] // it is a program

mod hall;
#[path = "../tests/set/mod.rs"]
mod set;

use std::{sync::Arc, time::Instant};

use glam::{Affine3A, Vec3};
use maquette_conditioning::Moment;
use maquette_geometry::{InstanceBvh, MeshBvh, Placed};
use maquette_tracer::{Error, Settings, Tracer};

/// Times are the processor's, all threads together, so that a busy machine counts little.
const COLUMNS: &str = "first frame, cpu s | later frames, cpu s | ns a ray |";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip_while(|a| a != "--samples");
    let samples = arguments.nth(1).map_or(Ok(4), |n| n.parse())?;
    let settings = Settings { width: 480, height: 270, samples, ..Settings::default() };
    if std::env::args().any(|a| a == "--memory") {
        let full = Settings { width: 1920, height: 1080, samples: 1, ..settings };
        println!("{} {:.0} MB |", row("2 M", &hall::hall(2_000_000), &full)?, peak_megabytes());
        return Ok(());
    }
    println!("| triangles | {COLUMNS} peak memory |");
    println!("|---|---|---|---|---|");
    for triangles in [1_000, 10_000, 80_000, 500_000, 2_000_000] {
        let moment = hall::hall(triangles);
        let row = row(&count_triangles(&moment).to_string(), &moment, &settings)?;
        println!("{row} {:.0} MB |", peak_megabytes());
    }
    println!();
    println!("| instances | {COLUMNS}");
    println!("|---|---|---|---|");
    for (motion, step_m) in [("still", 0.0), ("creeping", 0.04), ("running", 1.0)] {
        for instances in [10, 100, 1_000, 10_000] {
            let moment = hall::crowd(instances, step_m);
            println!("{}", row(&format!("{instances} {motion}"), &moment, &settings)?);
        }
    }
    println!();
    println!("| tree over instances | build, ms | refit, ms |");
    println!("|---|---|---|");
    for instances in [10, 100, 1_000, 10_000, 100_000] {
        let (build, refit) = top_level(instances);
        println!("| {instances} | {build:.2} | {refit:.2} |");
    }
    Ok(())
}

fn count_triangles(moment: &Moment) -> usize {
    moment.instances.iter().map(|i| moment.meshes[i.mesh].triangles.len()).sum()
}

fn row(name: &str, moment: &Moment, settings: &Settings) -> Result<String, Error> {
    let mut tracer = Tracer::cpu();
    let start = processor_seconds();
    tracer.trace(moment, settings)?;
    let first = processor_seconds() - start;
    let start = processor_seconds();
    let rays = tracer.trace(moment, settings)?.rays;
    let later = processor_seconds() - start;
    let ray = later * 1e9 / rays as f64;
    Ok(format!("| {name} | {first:.2} | {later:.2} | {ray:.0} |"))
}

/// Milliseconds of the best of some builds, and refits, of the tree over so many instances.
fn top_level(instances: usize) -> (f64, f64) {
    let cube = set::cuboid(Vec3::splat(0.4));
    let bvh = Arc::new(MeshBvh::build(&cube.positions, &cube.triangles));
    let side = (instances as f32).sqrt().ceil() as usize;
    let placed = |step: f32| -> Vec<Placed> {
        let place = |i: usize| Vec3::new((i % side) as f32 + step, 0.1 * (i % 7) as f32, (i / side) as f32);
        let placed = |i| Placed { bvh: bvh.clone(), world_from_local: Affine3A::from_translation(place(i)) };
        (0..instances).map(placed).collect()
    };
    let tree = InstanceBvh::build(placed(0.0));
    let best = |run: &dyn Fn(Vec<Placed>) -> InstanceBvh| {
        let once = |i: usize| {
            let placed = placed(0.01 * i as f32);
            let start = Instant::now();
            std::hint::black_box(run(placed));
            start.elapsed().as_secs_f64() * 1e3
        };
        (0..9).map(once).fold(f64::INFINITY, f64::min)
    };
    (best(&InstanceBvh::build), best(&|placed| tree.refitted(placed)))
}

/// Time that this process has run so far, in hundredths (Linux; elsewhere not a number).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    let mut next = || fields.next().and_then(|n| n.parse::<f64>().ok()).map_or(f64::NAN, |n| n / 100.0);
    next() + next()
}

/// Largest size of this process so far (Linux; elsewhere not a number).
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
}
