//! Times propagation in a corridor: about a hundred pieces, ten sources, a walking figure, a moving ear, three seconds.
//!
//! `cargo run -p maquette-acoustics --example corridor`

use std::{sync::Arc, time::Instant};

use glam::{Affine3A, Vec3};
use maquette_acoustics::{Settings, propagate};
use maquette_conditioning::{
    AcousticInstance, Air, Clip, Contact, Mesh, SoundSource, SoundTimeline, Surface, Track,
};

#[allow(clippy::print_stdout)] // it is a program
fn main() {
    let timeline = corridor();
    let settings = Settings::default();
    let start = Instant::now();
    match propagate(&timeline, &settings) {
        Ok(acoustics) => {
            let arrivals: usize = acoustics.sources.iter().flat_map(|s| &s.instants).map(Vec::len).sum();
            let instants: usize = acoustics.sources.iter().map(|s| s.instants.len()).sum();
            println!(
                "{} pieces, {} sources, {instants} instants, {arrivals} arrivals: {:.2} s",
                timeline.instances.len(),
                acoustics.sources.len(),
                start.elapsed().as_secs_f64()
            );
        }
        Err(error) => println!("{error}"),
    }
}

fn corridor() -> SoundTimeline {
    let slab = |x, y, z, w, h, d| (Vec3::new(x, y, z), Vec3::new(w, h, d));
    let mut blocks = Vec::new();
    for i in 0..10 {
        let z = -1.0 - 2.0 * i as f32;
        blocks.push(slab(0.0, -0.05, z, 2.4, 0.1, 2.0));
        blocks.push(slab(0.0, 2.65, z, 2.4, 0.1, 2.0));
        for side in [-1.0, 1.0] {
            blocks.push(slab(side * 1.25, 1.3, z, 0.1, 2.6, 2.0));
            blocks.push(slab(side * 1.15, 1.3, z + 0.9, 0.1, 2.6, 0.15));
            blocks.push(slab(side * 1.1, 0.1, z, 0.2, 0.2, 1.6));
            blocks.push(slab(side * 1.05, 2.45, z, 0.3, 0.15, 1.7));
        }
    }
    blocks.push(slab(0.0, 1.3, -20.05, 2.4, 2.6, 0.1));
    let still =
        blocks.iter().enumerate().map(|(i, &(at, size))| piece(i as u32 + 1, size, Track::still(placed(at))));
    let limbs = (0..15).map(|i| {
        let part = Vec3::new(0.1 * (i % 3) as f32 - 0.1, 0.15 + 0.11 * i as f32, 0.0);
        piece(500, Vec3::splat(0.15), walk(part, -12.0, 1.2))
    });
    let voice = |i: usize| SoundSource {
        name: format!("voice {i}"),
        clip: Clip::Samples(Arc::from([1.0f32])),
        start_s: 0.0,
        position_m: if i == 0 {
            Track {
                start_s: 0.0,
                step_s: 0.01,
                samples: steps().map(|t| Vec3::new(0.0, 1.6, -12.0 + 1.2 * t)).collect(),
            }
        } else {
            Track::still(Vec3::new(0.8, 0.5 + 0.2 * i as f32, -2.0 * i as f32))
        },
        level_db_spl_1m: 65.0,
        looped: true,
        ..SoundSource::default()
    };
    let hit = |i: usize| Contact {
        time_s: 1.0 + 0.1 * i as f64,
        position_m: Vec3::new(0.4, 0.0, -5.0),
        objects: [1, 600],
        materials: ["deck".into(), "steel".into()],
        impulse_n_s: 1.0,
        closing_speed_m_s: 2.0,
        ..Contact::default()
    };
    SoundTimeline {
        from_s: 0.0,
        to_s: 3.0,
        air: Air::default(),
        listener: walk(Vec3::new(0.25, 1.55, 0.0), -0.4, -0.3),
        sources: (0..8).map(voice).collect(),
        contacts: (0..2).map(hit).collect(),
        instances: still.chain(limbs).collect(),
        ..SoundTimeline::default()
    }
}

fn steps() -> impl Iterator<Item = f32> {
    (0..=300).map(|i| i as f32 * 0.01)
}

fn placed(at: Vec3) -> Affine3A {
    Affine3A::from_translation(at)
}

fn walk(part: Vec3, from_z: f32, speed: f32) -> Track<Affine3A> {
    let samples = steps().map(|t| placed(part + Vec3::Z * (from_z + speed * t))).collect();
    Track { start_s: 0.0, step_s: 0.01, samples }
}

fn piece(object_id: u32, size: Vec3, world_from_local: Track<Affine3A>) -> AcousticInstance {
    let corner = |i: usize| size * (Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2) as f32) - 0.5);
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = quads.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    let mesh =
        Mesh::new((0..8).map(corner).collect(), vec![], vec![], triangles).unwrap_or_else(|| unreachable!());
    AcousticInstance { object_id, mesh: Arc::new(mesh), surface: Surface::default(), world_from_local }
}
