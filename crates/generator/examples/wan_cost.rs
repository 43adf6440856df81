//! What a step of the video model costs on the CPU, in time and memory.
//!
//! `cargo run -p maquette-generator --example wan_cost FOLDER FRAMESxWIDTHxHEIGHT…` reads a transformer in diffusers'
//! layout, in half precision if `half` stands before it (`scripts/oracles/wan_random.py` writes one of real size with random weights), evaluates it once at each size,
//! with control, and prints a line each. If the folder holds a video autoencoder, a video is encoded and decoded instead.
//! Memory is the process's peak, so sizes should rise.

#![allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "the model's modules, of which this program needs a few"
)]

#[path = "../src/error.rs"]
mod error;
#[path = "../src/wan/mod.rs"]
mod wan;

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use burn::tensor::{Distribution, Tensor, backend::Backend};
use burn_flex::Flex;
pub use error::Error;
use wan::{Checkpoint, Control, Names, Precision, Transformer, TransformerConfig, Vae};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (precision, arguments) = match arguments.split_first() {
        Some((first, rest)) if first == "half" => (Precision::Half, rest),
        _ => (Precision::Single, arguments.as_slice()),
    };
    let [folder, sizes @ ..] = arguments else {
        return Err("give a folder and sizes like 13x320x192".into());
    };
    let (folder, start) = (Path::new(folder), Instant::now());
    if std::fs::read_to_string(folder.join("config.json"))?.contains("z_dim") {
        let vae = Vae::open(folder, &Default::default(), precision)?;
        say(&format!("loaded, {}", spent(start, 0.0)))?;
        return sizes.iter().try_for_each(|size| there_and_back(&vae, parse(size)?));
    }
    let transformer = load(folder, precision)?;
    say(&format!("loaded, {}", spent(start, 0.0)))?;
    sizes.iter().try_for_each(|size| step(&transformer, parse(size)?))
}

/// `FRAMESxWIDTHxHEIGHT`.
fn parse(size: &str) -> Result<[usize; 3], Failure> {
    let sides: Vec<usize> = size.split('x').map(str::parse).collect::<Result<_, _>>()?;
    sides.try_into().map_err(|_| format!("no size `{size}`").into())
}

/// Encodes and decodes noise.
fn there_and_back(vae: &Vae<Flex>, [frames, width, height]: [usize; 3]) -> Result<(), Failure> {
    let video = Tensor::random([frames, 3, height, width], Distribution::Default, &Default::default());
    let (start, before) = (Instant::now(), processor_s());
    let latents = vae.encode(&video, None)?;
    say(&format!("{frames}x{width}x{height} encoded, {}", spent(start, before)))?;
    let (start, before) = (Instant::now(), processor_s());
    let largest = vae.decode(&latents, None)?.abs().max().into_scalar();
    say(&format!("{frames}x{width}x{height} decoded, {}, largest {largest:.3}", spent(start, before)))
}

fn load(folder: &Path, precision: Precision) -> Result<Transformer<Flex>, Error> {
    let config = TransformerConfig::read(&folder.join("config.json"))?;
    let checkpoint = Checkpoint::open(folder, Names::Transformer)?;
    checkpoint
        .load(&Default::default(), precision, |parameters| Transformer::load(parameters, config.clone()))
}

/// One evaluation at so many pixels.
fn step(transformer: &Transformer<Flex>, [frames, width, height]: [usize; 3]) -> Result<(), Failure> {
    let pixels = [frames, width, height];
    let [frames, rows, columns] = [(frames - 1) / 4 + 1, height / 8, width / 8];
    let (config, device) = (transformer.config(), Default::default());
    Flex::seed(&device, 1);
    let noise = |channels| {
        let shape = [1, channels, frames, rows, columns];
        Tensor::<Flex, 5>::random(shape, Distribution::Normal(0.0, 1.0), &device)
    };
    let text = Tensor::random([1, 512, config.text_dim], Distribution::Normal(0.0, 1.0), &device);
    let context = transformer.context(text, None);
    let strengths = vec![1.0; config.vace_layers.len()];
    let controls = [Control { latents: noise(config.vace_in_channels), strengths: &strengths }];
    let (start, before) = (Instant::now(), processor_s());
    let velocity = transformer.forward(noise(config.in_channels), 500.0, &context, &controls);
    let largest = velocity.abs().max().into_scalar();
    let [deep, high, wide] = config.patch_size;
    let tokens = (frames / deep) * (rows / high) * (columns / wide);
    say(&format!("{pixels:?}: {tokens} tokens, {}, largest {largest:.3}", spent(start, before)))
}

/// Time since `start`, processor time above `before`, and the most memory so far.
fn spent(start: Instant, before: f64) -> String {
    let (elapsed, busy) = (start.elapsed().as_secs_f64(), processor_s() - before);
    format!("{elapsed:.1} s, {busy:.1} s of processor time, peak {:.2} GB", peak_bytes() / 1e9)
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// Seconds that all threads of this process computed; 0 where the system does not say.
fn processor_s() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    // Fields 14 and 15 of the file, in hundredths of a second; the second is behind the parenthesis.
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory that this process had; 0 where the system does not say.
fn peak_bytes() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|text| text.parse().ok());
    kilobytes.map_or(0.0, |kilobytes: f64| kilobytes * 1024.0)
}
