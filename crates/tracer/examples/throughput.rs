//! Rays and samples a second in a corridor-like set: strips, lamps, a glossy floor, a metal ball, a glass ball.
//!
//! `cargo run -p maquette-tracer --example throughput -- [SAMPLES] [gpu] [FOLDER]`; with a folder it writes the
//! picture there as `corridor.ppm`.

#![allow(clippy::print_stdout)] // it is a program

#[path = "../tests/set/mod.rs"]
mod set;

use std::{error::Error, io::Write, path::Path, sync::Arc, time::Instant};

use maquette_conditioning::Light;
use maquette_gpu::Gpu;
use maquette_tracer::{Settings, Tracer};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let samples = arguments.first().map_or(Ok(16), |s| s.parse())?;
    let mut tracer = match arguments.iter().any(|a| a == "gpu") {
        true => Tracer::gpu(Arc::new(Gpu::software_or_real().ok_or("no adapter")?))?,
        false => Tracer::cpu(),
    };
    let moment = set::corridor();
    let settings = Settings { width: 480, height: 270, samples, ..Settings::default() };
    tracer.trace(&moment, &Settings { samples: 1, ..settings })?;
    let start = Instant::now();
    let traced = tracer.trace(&moment, &settings)?;
    let seconds = start.elapsed().as_secs_f64();
    let paths = f64::from(samples) * (settings.width * settings.height) as f64;
    println!(
        "{}: {seconds:.2} s, {:.2} M rays/s, {:.2} M samples/s",
        tracer.describe(),
        traced.rays as f64 / seconds / 1e6,
        paths / seconds / 1e6
    );
    if let Some(folder) = arguments.iter().skip(1).find(|a| *a != "gpu") {
        write(&Path::new(folder).join("corridor.ppm"), &traced.light, -6.0)?;
    }
    Ok(())
}

fn write(path: &Path, light: &Light, stops: f32) -> std::io::Result<()> {
    let total = light.total();
    let mut file = std::fs::File::create(path)?;
    writeln!(file, "P6 {} {} 255", total.width(), total.height())?;
    let encode = |c: f32| {
        let c = c * stops.exp2();
        let c = (c / (1.0 + c) * 1.2).clamp(0.0, 1.0);
        (255.0 * c.powf(1.0 / 2.2)) as u8
    };
    file.write_all(&total.data.iter().flatten().map(|c| encode(*c)).collect::<Vec<_>>())
}
