//! One frame of a scene, for other renderers to do again and for figures to be taken from.
//!
//!     oracle_frame SCENE SHOT FRAME WxH SAMPLES SEEDS FOLDER [small|base]
//!
//! Writes `FOLDER/moment.json` and `moment.bin` (what the tracer is given, as plain data), and for each of SEEDS seeds
//! `traced.N.exr` (conditioning, light in nits, with a box filter, as other renderers can be asked for) and, with a
//! network, `denoised.N.exr`. Prints the seconds that tracing and the network took, best of all seeds.

#![allow(clippy::print_stdout)] // a program's output

mod dump;

use std::{env, error::Error, path::Path, time::Instant};

use maquette_conditioning::{Conditioning, Moment};
use maquette_delivery::{save_conditioning, write_exr};
use maquette_generator::{DeviceChoice, Generator, Network};
use maquette_stage::Stage;
use maquette_tracer::{PixelFilter, Settings, Tracer};

/// Exposure of the delivered frames where the shot leaves it open.
const EV100: f32 = 7.5;
/// Light of more bounces than this is below every tolerance.
const BOUNCES: u32 = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [scene, shot, frame, size, samples, seeds, folder, network @ ..] = arguments.as_slice() else {
        return Err("usage: oracle_frame SCENE SHOT FRAME WxH SAMPLES SEEDS FOLDER [small|base]".into());
    };
    let loaded = maquette_scene::load(Path::new(scene)).map_err(|report| report.render(110, false))?;
    let moment = Stage::new(&loaded)?.moment(shot, frame.parse()?)?;
    let folder = Path::new(folder);
    let (width, height) = size.split_once('x').ok_or("a size is WIDTHxHEIGHT")?;
    let settings = Settings {
        width: width.parse()?,
        height: height.parse()?,
        samples: samples.parse()?,
        max_bounces: BOUNCES,
        filter: PixelFilter::Box,
        ..Settings::default()
    };
    dump::write(&moment, &settings, folder)?;
    shoot(&moment, settings, seeds.parse()?, network.first().map(String::as_str), folder)
}

fn shoot(
    moment: &Moment,
    settings: Settings,
    seeds: u64,
    network: Option<&str>,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let generator = match network {
        None => None,
        Some("small") => Some(Generator::new(Network::SMALL, DeviceChoice::Cpu)?),
        Some("base") => Some(Generator::new(Network::BASE, DeviceChoice::Cpu)?),
        Some(other) => return Err(format!("no network {other}").into()),
    };
    let mut tracer = Tracer::cpu();
    let (mut tracing, mut denoising) = (f64::INFINITY, f64::INFINITY);
    for seed in 0..seeds {
        let start = Instant::now();
        let traced = tracer.trace(moment, &Settings { seed, ..settings })?;
        tracing = tracing.min(start.elapsed().as_secs_f64());
        let conditioning = Conditioning {
            frame: moment.frame,
            camera: moment.camera,
            ev100: moment.camera.ev100.unwrap_or(EV100),
            gbuffer: traced.gbuffer,
            light: traced.light,
        };
        save_conditioning(&folder.join(format!("traced.{seed}.exr")), &conditioning)?;
        if let Some(generator) = &generator {
            let start = Instant::now();
            let frame = generator.generate(&conditioning)?;
            denoising = denoising.min(start.elapsed().as_secs_f64());
            write_exr(&folder.join(format!("denoised.{seed}.exr")), &frame, Some(&conditioning))?;
        }
    }
    println!("trace_s = {tracing:.3}");
    if generator.is_some() {
        println!("denoise_s = {denoising:.3}");
    }
    Ok(())
}
