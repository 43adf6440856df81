//! One frame of a scene, for other renderers to do again and for figures to be taken from.
//!
//!     oracle_frame SCENE SHOT FRAME WxH SAMPLES SEEDS FOLDER [small|base]
//!
//! Writes `FOLDER/moment.json` and `moment.bin` (what the tracer is given, as plain data), and for each of SEEDS seeds
//! `traced.N.exr` (conditioning, light in nits, with a box filter, as other renderers can be asked for) and, with a
//! network, `denoised.N.exr` and, as a screen shows it, `denoised.N.png`; none carries a mark. Prints what tracing and the network took, best of all seeds: seconds on the clock, and on
//! Linux of all cores together, which a busy machine does not stretch.

#![allow(clippy::print_stdout)] // a program's output

mod dump;

use std::{env, error::Error, path::Path, time::Instant};

use maquette_conditioning::{Conditioning, Moment};
use maquette_delivery::{ToneMap, grade, save_conditioning, write_exr, write_png};
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
    let (mut tracing, mut denoising) = (Best::default(), Best::default());
    for seed in 0..seeds {
        let traced = tracing.time(|| tracer.trace(moment, &Settings { seed, ..settings }))?;
        let conditioning = Conditioning {
            frame: moment.frame,
            camera: moment.camera,
            ev100: moment.camera.ev100.unwrap_or(EV100),
            gbuffer: traced.gbuffer,
            light: traced.light,
        };
        save_conditioning(&folder.join(format!("traced.{seed}.exr")), &conditioning)?;
        if let Some(generator) = &generator {
            let frame = denoising.time(|| generator.generate(&conditioning))?;
            write_exr(&folder.join(format!("denoised.{seed}.exr")), &frame, Some(&conditioning))?;
            write_png(&folder.join(format!("denoised.{seed}.png")), &grade(&frame, ToneMap::Agx))?;
        }
    }
    println!("trace_s = {:.3}\ntrace_cpu_s = {:.3}", tracing.clock_s, tracing.cpu_s);
    if generator.is_some() {
        println!("denoise_s = {:.3}\ndenoise_cpu_s = {:.3}", denoising.clock_s, denoising.cpu_s);
    }
    Ok(())
}

/// The least that something took.
struct Best {
    clock_s: f64,
    cpu_s: f64,
}

impl Default for Best {
    fn default() -> Self {
        Self { clock_s: f64::INFINITY, cpu_s: f64::INFINITY }
    }
}

impl Best {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (clock, cpu) = (Instant::now(), cpu_seconds());
        let result = work();
        self.clock_s = self.clock_s.min(clock.elapsed().as_secs_f64());
        self.cpu_s = self.cpu_s.min(cpu_seconds() - cpu);
        result
    }
}

/// Seconds that all threads of this program have computed; NaN where the system does not say.
fn cpu_seconds() -> f64 {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name, in brackets, may hold spaces; user and system time are the 12th and 13th after it.
    let ticks = stat.rsplit(')').next().map(|rest| rest.split_whitespace().skip(11).take(2));
    ticks.into_iter().flatten().map(|ticks| ticks.parse().unwrap_or(f64::NAN)).sum::<f64>() / TICKS_A_SECOND
}
