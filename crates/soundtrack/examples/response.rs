//! Times the full impulse response of a hall, paths, late field and samples: 30 × 20 × 10 m, absorption 0.15, one source.
//!
//! `cargo run -p maquette-soundtrack --example response -- RAYS ORDER SCATTERING [SEED]` prints CPU seconds and the room's
//! figures at 1 kHz as JSON. The walls are those of the reference rooms; time is that of all threads together.

use std::sync::Arc;

use glam::{Affine3A, Vec3};
use maquette_acoustics::{Settings, propagate};
use maquette_conditioning::{
    AcousticInstance, Air, Clip, EnergyDecay, Mesh, SoundSource, SoundTimeline, Surface, Track,
};
use maquette_soundtrack::impulse_response;

#[allow(clippy::print_stdout)] // it is a program
fn main() {
    let number = |at: usize, default: f64| {
        std::env::args().nth(at).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (rays, order, scattering) = (number(1, 40_000.0), number(2, 3.0), number(3, 0.0) as f32);
    let settings = Settings {
        late_rays: rays as u32,
        max_order: order as u32,
        late_s: 6.0,
        seed: number(4, 0.0) as u64,
        ..Settings::default()
    };
    let timeline = hall(scattering);
    let start_s = cpu_s();
    match propagate(&timeline, &settings) {
        Ok(acoustics) => {
            let source = &acoustics.sources[0];
            let traced_s = cpu_s() - start_s;
            let length_s = source.late.first().map_or(1.0, |late| late.bins.len() as f64 * late.bin_s);
            let response = impulse_response(source, 0.0, length_s);
            let all_s = cpu_s() - start_s;
            let figures = EnergyDecay::of(&source.instants[0], source.late.first()).figures().bands[3];
            let heard = response.figures().bands[3];
            println!(
                "{{\"rays\": {rays}, \"order\": {order}, \"scattering\": {scattering}, \"traced_cpu_s\": {traced_s:.2}, \
                 \"cpu_s\": {all_s:.2}, \"arrivals\": {}, \"t30_s\": {:.4}, \"heard_t30_s\": {:.4}}}",
                source.instants[0].len(),
                figures.t30_s.unwrap_or(f64::NAN),
                heard.t30_s.unwrap_or(f64::NAN)
            );
        }
        Err(error) => println!("{error}"),
    }
}

/// Processor time of this process so far, user and system; 0 where the system does not tell.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn hall(scattering: f32) -> SoundTimeline {
    let (size, surface) = (
        Vec3::new(30.0, 10.0, 20.0),
        Surface { absorption: [0.15; 8], scattering: [scattering; 8], transmission_loss_db: None },
    );
    let wall = |(id, from, u, v): (u32, Vec3, Vec3, Vec3)| AcousticInstance {
        object_id: id,
        mesh: Arc::new(
            Mesh::new(
                vec![from, from + u, from + u + v, from + v],
                vec![],
                vec![],
                vec![[0, 1, 2], [0, 2, 3]],
            )
            .unwrap_or_else(|| unreachable!()),
        ),
        surface,
        world_from_local: Track::still(Affine3A::IDENTITY),
    };
    let (x, y, z) = (Vec3::X * size.x, Vec3::Y * size.y, Vec3::Z * size.z);
    let walls = [
        (1, Vec3::ZERO, y, z),
        (2, x, y, z),
        (3, Vec3::ZERO, x, y),
        (4, z, x, y),
        (5, Vec3::ZERO, x, z),
        (6, y, x, z),
    ];
    SoundTimeline {
        from_s: 0.0,
        to_s: 1.0,
        air: Air { speed_of_sound_m_s: 343.0, absorbs: false, ..Air::default() },
        listener: Track::still(Affine3A::from_translation(Vec3::new(22.0, 1.3, 12.5))),
        sources: vec![SoundSource {
            name: "clap".into(),
            clip: Clip::Samples(Arc::from([1.0f32])),
            position_m: Track::still(Vec3::new(5.0, 1.6, 9.0)),
            level_db_spl_1m: 94.0,
            ..SoundSource::default()
        }],
        instances: walls.map(wall).into(),
        ..SoundTimeline::default()
    }
}
