//! Rays and samples a second with full shading, on all cores or the GPU executor.
//!
//! `cargo run -p maquette-tracer --example throughput -- [hall|corridor] [--samples N] [--triangles N] [--reference N]
//! [--gpu] [--folder PATH]`. The hall has about 80 000 triangles unless told otherwise. With `--reference` it also
//! prints the picture's error against so many other samples; with `--folder` it writes the picture there.

#![allow(clippy::print_stdout)] // it is a program

mod hall;
#[path = "../tests/set/mod.rs"]
mod set;

use std::{error::Error, io::Write, path::Path, sync::Arc, time::Instant};

use maquette_conditioning::{Moment, Plane};
use maquette_gpu::Gpu;
use maquette_tracer::{Settings, Tracer};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().skip_while(|a| *a != name).nth(1);
    let number = |name: &str, default: u32| after(name).map_or(Ok(default), |n| n.parse());
    let has = |name: &str| arguments.iter().any(|a| a == name);
    let mut tracer = match has("--gpu") {
        true => Tracer::gpu(Arc::new(Gpu::software_or_real().ok_or("no adapter")?))?,
        false => Tracer::cpu(),
    };
    let name = if has("corridor") { "corridor" } else { "hall" };
    let moment = match name {
        "corridor" => set::corridor(),
        _ => hall::hall(number("--triangles", 80_000)? as usize),
    };
    let settings =
        Settings { width: 480, height: 270, samples: number("--samples", 16)?, ..Settings::default() };
    let picture = measure(&mut tracer, &moment, &settings, name)?;
    let reference = number("--reference", 0)?;
    if reference > 0 {
        let more = Settings { samples: reference, first_sample: 1 << 20, seed: 1, ..settings };
        let reference = tracer.trace(&moment, &more)?.light.total();
        println!("relMSE {:.3e} against {} samples", relative_error(&picture, &reference), more.samples);
    }
    match after("--folder") {
        Some(folder) => Ok(write(&Path::new(folder).join(format!("{name}.ppm")), &picture, -6.0)?),
        None => Ok(()),
    }
}

fn measure(
    tracer: &mut Tracer,
    moment: &Moment,
    settings: &Settings,
    name: &str,
) -> Result<Plane<[f32; 3]>, Box<dyn Error>> {
    let triangles: usize = moment.instances.iter().map(|i| moment.meshes[i.mesh].triangles.len()).sum();
    let start = Instant::now();
    tracer.trace(moment, &Settings { samples: 1, ..*settings })?;
    let first = start.elapsed().as_secs_f64();
    let (start, before) = (Instant::now(), processor_seconds());
    let traced = tracer.trace(moment, settings)?;
    let (seconds, busy) = (start.elapsed().as_secs_f64(), processor_seconds() - before);
    let paths = f64::from(settings.samples) * (settings.width * settings.height) as f64;
    let (rays, samples) = (traced.rays as f64 / 1e6, paths / 1e6);
    println!("{name}, {triangles} triangles, {}: first sample {first:.2} s;", tracer.describe());
    println!("{seconds:.2} s, {:.2} M rays/s, {:.2} M samples/s;", rays / seconds, samples / seconds);
    println!(
        "{busy:.2} processor seconds, in each {:.2} M rays, {:.2} M samples",
        rays / busy,
        samples / busy
    );
    Ok(traced.light.total())
}

/// User time of this process so far, where the system tells (Linux, in hundredths); else not a number.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().nth(11).and_then(|n| n.parse::<f64>().ok()).map_or(f64::NAN, |n| n / 100.0)
}

/// Mean of (x − r)² / (r² + 0.01·mean(r)²) without the worst thousandth of the pixels.
fn relative_error(picture: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> f64 {
    let values = || reference.data.iter().flatten().map(|&r| f64::from(r));
    let mean = values().sum::<f64>() / values().count() as f64;
    let error = |(x, r): (&f32, &f32)| {
        let (x, r) = (f64::from(*x), f64::from(*r));
        (x - r) * (x - r) / (r * r + 0.01 * mean * mean)
    };
    let pixel = |(x, r): (&[f32; 3], &[f32; 3])| x.iter().zip(r).map(error).sum::<f64>() / 3.0;
    let mut errors: Vec<f64> = picture.data.iter().zip(&reference.data).map(pixel).collect();
    errors.sort_by(f64::total_cmp);
    errors.truncate(errors.len() - errors.len() / 1000);
    errors.iter().sum::<f64>() / errors.len() as f64
}

fn write(path: &Path, total: &Plane<[f32; 3]>, stops: f32) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    writeln!(file, "P6 {} {} 255", total.width(), total.height())?;
    let encode = |c: f32| {
        let c = c * stops.exp2();
        let c = (c / (1.0 + c) * 1.2).clamp(0.0, 1.0);
        (255.0 * c.powf(1.0 / 2.2)) as u8
    };
    file.write_all(&total.data.iter().flatten().map(|c| encode(*c)).collect::<Vec<_>>())
}
