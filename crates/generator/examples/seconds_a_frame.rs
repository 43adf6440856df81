//! Times both networks on the CPU: `cargo run -p maquette-generator --example seconds_a_frame [WIDTH HEIGHT]`.

use std::time::Instant;

use maquette_conditioning::Plane;
use maquette_generator::{DeviceChoice, Generator, Network};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sides: Vec<usize> = std::env::args().skip(1).map(|side| side.parse()).collect::<Result<_, _>>()?;
    let &[width, height] = sides.as_slice() else { return time(480, 270) };
    time(width, height)
}

/// Prints the least time of several frames for each network.
#[allow(clippy::print_stdout)] // a program's output
fn time(width: usize, height: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut index = 0u32;
    let picture = Plane::new(width, height).map(|_: &[f32; 3]| {
        index = index.wrapping_add(1);
        [index % 89, index % 97, index % 101].map(|value| value as f32 / 100.0)
    });
    for network in [Network::Small, Network::Base] {
        let generator = Generator::new(network, DeviceChoice::Cpu)?;
        let mut least = f64::INFINITY;
        for _ in 0..7 {
            let start = Instant::now();
            generator.denoise(&picture, &picture, &picture)?;
            least = least.min(start.elapsed().as_secs_f64());
        }
        println!("{least:.3} s for {width}×{height}, {}", generator.describe());
    }
    Ok(())
}
