//! Times rendering: eight seconds of ten looped sources in a shoebox, still and with a moving listener.
//!
//! `cargo run -p maquette-soundtrack --example programme`

use std::time::Instant;

use glam::{Affine3A, Vec3};
use maquette_acoustics::propagate;
use maquette_conditioning::{SoundTimeline, Track};
use maquette_soundtrack::{Settings, render};

#[path = "../../acoustics/tests/scenes/rooms.rs"]
#[allow(dead_code, reason = "shared with tests, which use all of it")]
mod rooms;

#[allow(clippy::print_stdout, reason = "it is a program")]
fn main() {
    for (name, speed) in [("still", 0.0), ("moving", 0.2)] {
        let timeline = scene(speed);
        let Ok(acoustics) = propagate(&timeline, &maquette_acoustics::Settings::default()) else { return };
        let start = Instant::now();
        let Ok(mix) = render(&timeline, &acoustics, &Settings::default()) else { return };
        let paths: usize = acoustics.sources.iter().map(|s| s.instants[0].len()).sum();
        let length_s = mix.samples.len() as f64 / 48_000.0;
        let spent_s = start.elapsed().as_secs_f64();
        println!("{name}: {paths} paths, {length_s} s of sound in {spent_s:.2} s");
    }
}

fn scene(speed_m_s: f32) -> SoundTimeline {
    let mut timeline = rooms::timeline(Vec3::ZERO, Vec3::ZERO, rooms::shoebox([8.0, 6.0, 3.0], |_| [0.1; 8]));
    timeline.to_s = 8.0;
    let step = |i: u32| Affine3A::from_translation(Vec3::new(3.0 + speed_m_s * i as f32 * 0.01, 1.6, -2.5));
    timeline.listener = Track { start_s: 0.0, step_s: 0.01, samples: (0..=800).map(step).collect() };
    timeline.sources = (0..10)
        .map(|i| {
            let mut source = rooms::source_at(Vec3::new(0.5 + 0.7 * i as f32, 1.2, -4.1));
            source.looped = true;
            source.clip = maquette_conditioning::Clip::Samples(
                (0..48_000).map(|n| (n as f32 * (0.01 + 0.003 * i as f32)).sin()).collect(),
            );
            source
        })
        .collect();
    timeline
}
