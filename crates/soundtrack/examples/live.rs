//! Measures the live path: ten seconds of a listener who walks through a furnished room with three sources, in real time.
//!
//! `cargo run -p maquette-soundtrack --example live -- [SHARE]` plays through kira into nothing, on one thread as a sound
//! card would; acoustics are worked out at draft on another, with no more than SHARE of one core (default 0.04): after each
//! update it rests. The main thread stands for the picture: 24 times a second it says where the listener is. Prints the
//! share of a core that acoustics and sound took, updates a second, how late sound was at most, and how long the picture
//! waited at most.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use glam::{Affine3A, Vec3};
use kira::backend::{Backend, Renderer};
use maquette_acoustics::{Settings, propagate};
use maquette_conditioning::{
    AcousticInstance, Ambience, Clip, Mesh, SoundSource, SoundTimeline, Surface, Track,
};
use maquette_soundtrack::{Live, Updates};

const LASTS_S: f32 = 10.0;
/// What is worked out for each update: draft.
const DRAFT: Settings = Settings {
    max_order: 2,
    step_s: 0.01,
    max_reflectors: 32,
    min_reflector_m2: 0.5,
    contact_ring_s: 4.0,
    late_rays: 256,
    late_s: 1.0,
    late_step_s: 0.5,
    seed: 0,
};

#[allow(clippy::print_stdout)] // it is a program
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let share: f64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0.04);
    let timeline = room().ok_or("a box is no mesh")?;
    let sink = Arc::new(Sink::default());
    let live = Live::<Null>::new(sink.clone(), &timeline, 0.1)?;
    let listener = Arc::new(Mutex::new(at(0.0)));
    let is_over = Arc::new(AtomicBool::new(false));
    let (place, over, updates) = (listener.clone(), is_over.clone(), live.updates());
    let acoustics = thread::spawn(move || follow(timeline, &updates, &place, &over, share));

    let (begun, mut longest) = (Instant::now(), Duration::ZERO);
    while begun.elapsed().as_secs_f32() < LASTS_S {
        let asked = Instant::now();
        *listener.lock().unwrap_or_else(PoisonError::into_inner) = at(begun.elapsed().as_secs_f32());
        longest = longest.max(asked.elapsed());
        thread::sleep(Duration::from_secs_f32(1.0 / 24.0));
    }
    is_over.store(true, Ordering::Relaxed);
    sink.is_over.store(true, Ordering::Relaxed);
    let (taken_s, count) = acoustics.join().map_err(|_| "the acoustics stopped")??;
    let lasted_s = begun.elapsed().as_secs_f64();
    let heard = sink.heard.lock().unwrap_or_else(PoisonError::into_inner);
    println!("bench: live_share = {:.4}", taken_s / lasted_s);
    println!("bench: live_updates = {:.1}", count as f64 / lasted_s);
    println!("bench: live_sound_share = {:.4}", heard.taken_s / lasted_s);
    println!("bench: live_late_ms = {:.1}", 1e3 * heard.late_s);
    println!("bench: live_wait_ms = {:.3}", 1e3 * longest.as_secs_f64());
    println!("loudest {:.3} of full scale", heard.loudest);
    Ok(())
}

/// Where the listener is: walks in a circle, looking ahead.
fn at(time_s: f32) -> Affine3A {
    let angle = 0.6 * time_s;
    let place = Vec3::new(4.0 + 2.2 * angle.cos(), 1.6, -3.0 + 2.2 * angle.sin());
    Affine3A::from_rotation_translation(glam::Quat::from_rotation_y(-angle), place)
}

/// Keeps acoustics up to date with a share of one core, until it is over. Processor time taken, and updates.
fn follow(
    mut timeline: SoundTimeline,
    updates: &Updates,
    listener: &Mutex<Affine3A>,
    is_over: &AtomicBool,
    share: f64,
) -> Result<(f64, usize), String> {
    // On this thread alone: others belong to the picture.
    let alone = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build()
        .map_err(|error| error.to_string())?;
    let begun_s = cpu_s();
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        let before_s = cpu_s();
        let placement = *listener.lock().unwrap_or_else(PoisonError::into_inner);
        timeline.listener = Track::still(placement);
        let acoustics = alone.install(|| propagate(&timeline, &DRAFT)).map_err(|error| error.to_string())?;
        alone.install(|| updates.put(&acoustics));
        count += 1;
        let taken_s = cpu_s() - before_s;
        thread::sleep(Duration::from_secs_f64(taken_s / share - taken_s));
    }
    Ok((cpu_s() - begun_s, count))
}

/// Processor time of this thread so far; 0 where the system does not tell.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0)
        / 1e9
}

/// What the sink has seen.
#[derive(Default)]
struct Heard {
    taken_s: f64,
    late_s: f64,
    loudest: f32,
}

#[derive(Default)]
struct Sink {
    heard: Mutex<Heard>,
    is_over: AtomicBool,
}

/// A sound card that nobody hears: pulls 10 ms every 10 ms.
struct Null(Arc<Sink>);

impl Backend for Null {
    type Settings = Arc<Sink>;
    type Error = std::io::Error;

    fn setup(sink: Arc<Sink>, _: usize) -> Result<(Self, u32), Self::Error> {
        Ok((Self(sink), maquette_conditioning::SAMPLE_RATE_HZ))
    }

    fn start(&mut self, mut renderer: Renderer) -> Result<(), Self::Error> {
        let sink = self.0.clone();
        thread::Builder::new().spawn(move || {
            let (begun, mut due_s, mut block) = (Instant::now(), 0.0, [0.0f32; 960]);
            while !sink.is_over.load(Ordering::Relaxed) {
                renderer.on_start_processing();
                renderer.process(&mut block, 2);
                due_s += 0.01;
                let early_s = due_s - begun.elapsed().as_secs_f64();
                let mut heard = sink.heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.taken_s = cpu_s();
                // Once everything has been made that is made once.
                if due_s > 1.0 {
                    heard.late_s = heard.late_s.max(-early_s);
                }
                heard.loudest = block.iter().fold(heard.loudest, |most, sample| sample.abs().max(most));
                drop(heard);
                thread::sleep(Duration::from_secs_f64(early_s.max(0.0)));
            }
        })?;
        Ok(())
    }
}

/// 8 × 3 × 6 m, a cupboard in it, a voice, a fan and rain at the window.
fn room() -> Option<SoundTimeline> {
    let box_of = |id: u32, size: Vec3, place: Vec3, absorption: f32| {
        let surface =
            Surface { absorption: [absorption; 8], scattering: [0.2; 8], transmission_loss_db: None };
        let world_from_local = Track::still(Affine3A::from_translation(place));
        Some(AcousticInstance { object_id: id, mesh: Arc::new(cuboid(size)?), surface, world_from_local })
    };
    let source = |name: &str, clip: Clip, place: Vec3| SoundSource {
        name: name.into(),
        clip,
        position_m: Track::still(place),
        level_db_spl_1m: 62.0,
        looped: true,
        ..SoundSource::default()
    };
    let syllable = |n: u32| {
        let time_s = n as f32 / 48_000.0;
        (time_s * 140.0 * std::f32::consts::TAU).sin().powi(5)
            * (time_s * 4.0 * std::f32::consts::PI).sin().max(0.0)
    };
    let ambience = |kind| Clip::Ambience { kind, seed: 1 };
    Some(SoundTimeline {
        sources: vec![
            source("voice", Clip::Samples((0..96_000).map(syllable).collect()), Vec3::new(1.0, 1.5, -1.0)),
            source("fan", ambience(Ambience::Ventilation), Vec3::new(7.5, 2.5, -5.5)),
            source("rain", ambience(Ambience::Rain), Vec3::new(4.0, 1.5, -0.2)),
        ],
        instances: vec![
            box_of(1, Vec3::new(8.0, 3.0, 6.0), Vec3::new(4.0, 1.5, -3.0), 0.15)?,
            box_of(2, Vec3::new(1.0, 2.0, 0.5), Vec3::new(4.0, 1.0, -3.0), 0.1)?,
        ],
        ..SoundTimeline::default()
    })
}

/// A box around the origin.
fn cuboid(size: Vec3) -> Option<Mesh> {
    let corner = |n: u32| 0.5 * size * Vec3::new(side(n), side(n >> 1), side(n >> 2));
    let faces = [[0, 2, 6, 4], [1, 5, 7, 3], [0, 4, 5, 1], [2, 3, 7, 6], [0, 1, 3, 2], [4, 6, 7, 5]];
    let triangles = faces.iter().flat_map(|[a, b, c, d]| [[*a, *b, *c], [*a, *c, *d]]).collect();
    Mesh::new((0..8).map(corner).collect(), vec![], vec![], triangles)
}

fn side(bit: u32) -> f32 {
    if bit & 1 == 1 { 1.0 } else { -1.0 }
}
