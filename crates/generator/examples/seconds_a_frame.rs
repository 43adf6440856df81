//! Times networks on the CPU: `cargo run -p maquette-generator --example seconds_a_frame WIDTH HEIGHT`, then a network a
//! line: `small`, `base` or `large`, for clean guides, or `prefiltered large` and so on. Answers with the seconds of one
//! frame. `scripts/compare_denoisers.py` talks to it so that both programs take turns on the machine.

use std::collections::{HashMap, hash_map::Entry};
use std::io::{BufRead, Write};
use std::time::Instant;

use maquette_conditioning::Plane;
use maquette_generator::{DeviceChoice, Generator, Guides, Network, Size};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sides: Vec<usize> = std::env::args().skip(1).map(|side| side.parse()).collect::<Result<_, _>>()?;
    let [width, height] = *sides.as_slice() else { return Err("give WIDTH HEIGHT".into()) };
    let mut index = 0u32;
    let picture = Plane::new(width, height).map(|_: &[f32; 3]| {
        index = index.wrapping_add(1);
        [index % 89, index % 97, index % 101].map(|value| value as f32 / 100.0)
    });
    let mut generators = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let network = network(&line?)?;
        let generator = match generators.entry(network) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Generator::new(network, DeviceChoice::Cpu)?),
        };
        let start = Instant::now();
        generator.denoise(&picture, &picture, &picture)?;
        writeln!(std::io::stdout(), "{:.4}", start.elapsed().as_secs_f64())?;
    }
    Ok(())
}

fn network(line: &str) -> Result<Network, String> {
    let (guides, size) = match line.split_once(' ') {
        None => (Guides::Clean, line),
        Some(("prefiltered", size)) => (Guides::Prefiltered, size),
        Some(("noisy", size)) => (Guides::Noisy, size),
        Some(_) => return Err(format!("no network `{line}`")),
    };
    let size = match size {
        "small" => Size::Small,
        "base" => Size::Base,
        "large" => Size::Large,
        _ => return Err(format!("no network `{line}`")),
    };
    Ok(Network { size, guides })
}
