//! What a frame costs: CPU time of keying and of making a card, at 1280×720.
//!
//!     cargo run -p maquette-cameo --example cost

#![allow(clippy::print_stdout)]

use maquette_cameo::{Backdrop, Card, Framing, Keying, Performance, Picture, Placing};
use maquette_conditioning::Plane;

/// Clock ticks a second of /proc/self/stat on Linux.
const TICKS: f64 = 100.0;

fn main() {
    const FRAMES: usize = 24;
    let picture = picture(1280, 720);
    let source = (0..FRAMES).map(move |_| Ok(picture.clone()));
    let start = cpu_s();
    let mut keying_s = 0.0;
    let mut cards_s = 0.0;
    let mut performance = Performance::of(source, &Keying::of(Backdrop::Green), None);
    let mut before = start;
    while let Some(Ok(matte)) = performance.next() {
        let keyed = cpu_s();
        keying_s += keyed - before;
        let framing =
            Framing { metres_per_pixel: 0.0025, foot_row: 716.0, foot_column: 640.0, size: (1280, 720) };
        let card = Card::of(&matte, framing, 1.7);
        let placing = Placing {
            feet_m: glam::Vec3::ZERO,
            camera_m: glam::Vec3::new(0.0, 1.5, 4.0),
            facing_rad: None,
            relight: 0.8,
            white_nits: 100.0,
        };
        assert_eq!(card.placed(&placing).textures.len(), 3);
        before = cpu_s();
        cards_s += before - keyed;
    }
    let ms = |seconds: f64| 1e3 * seconds / FRAMES as f64;
    println!("1280x720, CPU a frame: keying {:.0} ms, card {:.0} ms", ms(keying_s), ms(cards_s));
}

/// A figure before a green screen, with a soft edge.
fn picture(width: usize, height: usize) -> Picture {
    let mut color = Plane::new(width, height);
    for (i, pixel) in color.data.iter_mut().enumerate() {
        let (x, y) = ((i % width) as f32 - 640.0, (i / width) as f32 - 400.0);
        let alpha = ((1.0 - (x / 180.0).powi(2) - (y / 330.0).powi(2)) * 40.0).clamp(0.0, 1.0);
        let noise = 0.004 * ((i * 7919 % 1009) as f32 / 1009.0 - 0.5);
        let mix = |a: f32, b: f32| a * alpha + b * (1.0 - alpha) + noise;
        *pixel = [mix(0.45, 0.05), mix(0.3, 0.36), mix(0.22, 0.08)];
    }
    Picture { alpha: color.map(|_| 1.0), color }
}

/// CPU time of this process, all threads, in seconds; 0 where the system does not say.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}
