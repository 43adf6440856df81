//! What holds in any scene.

use std::sync::Arc;

use crate::rooms::*;
use glam::{Affine3A, Quat, Vec3};
use maquette_acoustics::{Error, Settings, propagate};
use maquette_conditioning::{AcousticInstance, Acoustics, Contact, Mesh, SoundTimeline, Track, Via};

/// Paths alone.
const EARLY: Settings = Settings {
    max_order: 2,
    step_s: 0.01,
    max_reflectors: 64,
    min_reflector_m2: 0.25,
    contact_ring_s: 4.0,
    late_rays: 0,
    late_s: 6.0,
    late_step_s: 0.25,
    seed: 0,
};

fn heard(timeline: &SoundTimeline) -> Acoustics {
    propagate(timeline, &EARLY).expect("a scene")
}

fn office() -> Vec<AcousticInstance> {
    shoebox([4.0, 3.0, 2.7], |wall| [if wall == "floor" { 0.3 } else { 0.1 }; 8])
}

/// A closed box about a middle.
pub(crate) fn block(middle: Vec3, size: Vec3) -> Arc<Mesh> {
    let positions: Vec<Vec3> = (0..8)
        .map(|i| middle + size * (Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2) as f32) - 0.5))
        .collect();
    let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    let triangles = quads.iter().flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]]).collect();
    Arc::new(Mesh::new(positions, vec![], vec![], triangles).expect("a block"))
}

#[test]
fn source_and_listener_may_swap() {
    let (a, b) = (Vec3::new(1.0, 1.5, -1.0), Vec3::new(3.1, 1.2, -2.2));
    let pillar = still(9, block(Vec3::new(2.2, 1.3, -1.2), Vec3::new(0.3, 2.6, 0.3)), [0.2; 8]);
    let walls: Vec<_> = office().into_iter().chain([pillar]).collect();
    let lengths = |source, listener| {
        let acoustics = heard(&timeline(source, listener, walls.clone()));
        let mut all: Vec<_> =
            acoustics.sources[0].instants[0].iter().map(|a| (a.delay_s, a.gain[2])).collect();
        // Floor and ceiling are equally far here: to the nanosecond, then by level.
        all.sort_by_key(|&(delay_s, gain)| ((delay_s * 1e9).round() as i64, (gain * 1e6).round() as i64));
        all
    };
    let (there, back) = (lengths(a, b), lengths(b, a));
    assert!(there.len() > 10, "the pillar leaves some: {}", there.len());
    assert_eq!(there.len(), back.len());
    for (x, y) in there.iter().zip(&back) {
        assert!((x.0 - y.0).abs() < 1e-10 && (x.1 - y.1).abs() < 1e-6, "{x:?} {y:?}");
    }
}

#[test]
fn a_moving_source_is_heard_from_where_it_was() {
    let (speed, height, c) = (20.0, 5.0, 343.0);
    let samples: Vec<Vec3> =
        (0..=600).map(|i| Vec3::new(speed * (i as f32 * 0.01 - 3.0), 0.0, 0.0)).collect();
    let mut timeline = timeline(Vec3::ZERO, Vec3::new(0.0, height, 0.0), vec![]);
    (timeline.from_s, timeline.to_s) = (-2.0, 2.0);
    timeline.sources[0].start_s = -3.0;
    timeline.sources[0].position_m = Track { start_s: -3.0, step_s: 0.01, samples };
    let acoustics = heard(&timeline);
    let source = &acoustics.sources[0];
    assert_eq!((source.start_s, source.step_s, source.instants.len()), (-2.0, 0.01, 401));
    for (i, instant) in source.instants.iter().enumerate() {
        let (t, v, h) = (-2.0 + 0.01 * i as f64, f64::from(speed), f64::from(height));
        // (cτ)² = (v(t−τ))² + h², solved for τ.
        let (a, b) = (c * c - v * v, v * v * t);
        let expected = (-b + (b * b + a * (v * v * t * t + h * h)).sqrt()) / a;
        assert!((instant[0].delay_s - expected).abs() < 2e-7, "{t}: {} {expected}", instant[0].delay_s);
    }
    for row in reference()["doppler_passby"]["rows"].as_array().unwrap() {
        let t = row["t_obs_s"].as_f64().unwrap();
        let delay = source.instants[((t + 2.0) / 0.01).round() as usize][0].delay_s;
        assert!((delay * 1e3 - row["delay_ms"].as_f64().unwrap()).abs() < 2e-4);
    }
}

#[test]
fn a_screen_hides_the_source() {
    let (source, listener) = (Vec3::new(0.0, 1.5, -4.0), Vec3::new(0.0, 1.5, 4.0));
    assert_eq!(heard(&timeline(source, listener, vec![])).sources[0].instants[0].len(), 1);
    let screen = panel(Vec3::new(-1.0, 0.0, 0.0), Vec3::X * 2.0, Vec3::Y * 3.0, [1, 1]);
    let hidden = heard(&timeline(source, listener, vec![still(1, screen, [0.1; 8])]));
    assert!(hidden.sources[0].instants[0].iter().all(|a| a.via == Via::Diffracted));
}

#[test]
fn a_passer_by_hides_the_source_while_in_the_way() {
    let (source, listener) = (Vec3::new(0.0, 1.5, -4.0), Vec3::new(0.0, 1.5, 4.0));
    let mut passer = still(1, block(Vec3::Y * 1.0, Vec3::new(0.5, 2.0, 0.5)), [0.1; 8]);
    let steps = (0..=100).map(|i| Affine3A::from_translation(Vec3::X * (i as f32 * 0.05 - 2.5)));
    passer.world_from_local = Track { start_s: 0.0, step_s: 0.01, samples: steps.collect() };
    let instants = heard(&timeline(source, listener, vec![passer])).sources[0].instants.clone();
    for (i, instant) in instants.iter().enumerate() {
        let x = i as f32 * 0.05 - 2.5;
        // The edges themselves fall on instants.
        if (x.abs() - 0.25).abs() > 0.01 {
            let is_hidden = instant.iter().all(|a| a.via == Via::Diffracted);
            assert_eq!(is_hidden, x.abs() < 0.25, "passer at {x}");
        }
    }
}

#[test]
fn somebody_in_between_hides_treble_more_than_bass_and_mirrors_nothing() {
    let (source, listener) = (Vec3::new(0.0, 1.5, -4.0), Vec3::new(0.0, 1.5, 4.0));
    let mut body = still(1, block(Vec3::Y * 0.86, Vec3::new(0.5, 1.7, 0.3)), [0.5; 8]);
    body.surface.scattering = [1.0; 8];
    let sway = |step: i32| Affine3A::from_translation(Vec3::X * 0.01 * step as f32);
    body.world_from_local = Track { start_s: 0.0, step_s: 0.5, samples: (0..3).map(sway).collect() };
    let arrivals = heard(&timeline(source, listener, vec![body])).sources[0].instants[0].clone();
    assert!(!arrivals.is_empty() && arrivals.iter().all(|a| a.via == Via::Diffracted), "{arrivals:?}");
    // Against the free field, by energies over all ways around.
    let level_db = |band: usize| {
        let energy: f64 = arrivals.iter().map(|a| f64::from(a.gain[band] * 8.0).powi(2)).sum();
        10.0 * energy.log10()
    };
    let levels: Vec<f64> = (0..8).map(level_db).collect();
    assert!(levels.windows(2).all(|pair| pair[1] < pair[0]), "{levels:?}");
    assert!(levels[0] > -10.0 && levels[7] < -10.0, "{levels:?}");
}

#[test]
fn a_head_does_not_muffle_its_own_voice() {
    let (mouth, listener) = (Vec3::new(0.0, 1.6, 0.0), Vec3::new(0.0, 1.6, 5.0));
    let head = still(1, block(mouth + Vec3::Z * 0.08, Vec3::splat(0.2)), [0.1; 8]);
    let wall = still(2, block(Vec3::new(0.0, 1.5, 2.5), Vec3::new(9.0, 9.0, 0.2)), [0.1; 8]);
    let direct = |things| {
        let arrivals = heard(&timeline(mouth, listener, things)).sources[0].instants[0].clone();
        arrivals.iter().filter(|a| a.via == Via::Direct).count()
    };
    assert_eq!(direct(vec![head.clone()]), 1);
    assert_eq!(direct(vec![head, wall]), 0, "only its own body is skipped");
}

#[test]
fn tiles_sound_like_the_slab_they_make() {
    let (source, listener) = (Vec3::new(-2.0, 1.5, 0.3), Vec3::new(2.5, 1.2, -0.4));
    let slab = vec![still(
        1,
        panel(Vec3::new(-5.0, 0.0, 5.0), Vec3::X * 10.0, Vec3::NEG_Z * 10.0, [1, 1]),
        [0.2; 8],
    )];
    let tile = |i: u32| {
        let origin = Vec3::new((i % 10) as f32 - 5.0, 0.0, 5.0 - (i / 10) as f32);
        still(i + 1, panel(origin, Vec3::X, Vec3::NEG_Z, [1, 1]), [0.2; 8])
    };
    let whole = heard(&timeline(source, listener, slab)).sources[0].instants[0].clone();
    let tiled =
        heard(&timeline(source, listener, (0..100).map(tile).collect())).sources[0].instants[0].clone();
    let plain = |arrivals: &[maquette_conditioning::Arrival]| {
        arrivals.iter().map(|a| (a.order, (a.delay_s * 1e9).round(), a.gain)).collect::<Vec<_>>()
    };
    assert_eq!(whole.len(), 2);
    assert_eq!(plain(&whole), plain(&tiled));
}

#[test]
fn each_tile_reflects_with_its_own_surface() {
    let (source, listener) = (Vec3::new(-2.0, 1.0, 0.5), Vec3::new(2.0, 1.0, 0.5));
    let half = |id, x, absorption| {
        still(id, panel(Vec3::new(x, 0.0, 5.0), Vec3::X * 5.0, Vec3::NEG_Z * 10.0, [1, 1]), [absorption; 8])
    };
    let reflected = |shift: f32| {
        let floor = vec![half(1, -5.0, 0.0), half(2, 0.0, 0.75)];
        let moved = Vec3::X * shift;
        let arrivals =
            heard(&timeline(source + moved, listener + moved, floor)).sources[0].instants[0].clone();
        let floor = arrivals.into_iter().find(|a| a.order == 1).expect("a floor reflection");
        f64::from(floor.gain[0]) * floor.delay_s * 343.0
    };
    assert!((reflected(-1.0) - 1.0).abs() < 1e-5);
    assert!((reflected(1.0) - 0.5).abs() < 1e-5);
}

#[test]
fn a_hit_that_sank_into_the_floor_is_heard_once() {
    let floor = still(1, block(Vec3::Y * -0.1, Vec3::new(20.0, 0.2, 20.0)), [0.1; 8]);
    let mut prop = still(2, block(Vec3::new(0.0, 0.1, 0.0), Vec3::splat(0.2)), [0.1; 8]);
    let settle = [0.1f32, 0.0, 0.0].map(|y| Affine3A::from_translation(Vec3::Y * y));
    prop.world_from_local = Track { start_s: 0.0, step_s: 0.01, samples: settle.to_vec() };
    let listener = Vec3::new(0.0, 1.6, 8.0);
    let mut timeline = timeline(Vec3::ZERO, listener, vec![floor, prop]);
    timeline.sources.clear();
    let place = Vec3::new(0.0, -0.003, 0.0);
    timeline.contacts = vec![Contact {
        time_s: 0.25,
        position_m: place,
        objects: [1, 2],
        materials: ["concrete".into(), "steel".into()],
        impulse_n_s: 1.0,
        closing_speed_m_s: 2.0,
        ..Contact::default()
    }];
    let source = &heard(&timeline).sources[0];
    assert_eq!(source.start_s, 0.25);
    for instant in &source.instants {
        assert_eq!(instant.len(), 1);
        assert!((instant[0].delay_s - f64::from(place.distance(listener)) / 343.0).abs() < 1e-8);
    }
}

#[test]
fn directions_turn_with_the_listener() {
    let source = Vec3::new(3.0, 1.0, 0.0);
    let mut timeline = timeline(source, Vec3::Y, vec![]);
    let turned =
        Affine3A::from_rotation_translation(Quat::from_rotation_y(-std::f32::consts::FRAC_PI_2), Vec3::Y);
    let direction = |timeline: &SoundTimeline| heard(timeline).sources[0].instants[0][0].direction;
    assert!(direction(&timeline).distance(Vec3::X) < 1e-6, "on the right");
    timeline.listener = Track::still(turned);
    assert!(direction(&timeline).distance(Vec3::NEG_Z) < 1e-6, "ahead, once turned towards it");
}

#[test]
fn paths_keep_their_names_while_things_move() {
    let mut timeline = timeline(Vec3::new(1.0, 1.5, -1.0), Vec3::ZERO, office());
    let walk = (0..=100).map(|i| Affine3A::from_translation(Vec3::new(1.5 + 0.01 * i as f32, 1.2, -2.0)));
    timeline.listener = Track { start_s: 0.0, step_s: 0.01, samples: walk.collect() };
    let source = &heard(&timeline).sources[0];
    assert_eq!(source.instants.len(), 101);
    let names = |i: usize| source.instants[i].iter().map(|a| a.path).collect::<Vec<_>>();
    assert_eq!(names(0).len(), 25);
    assert!(names(0).is_sorted());
    let firsts =
        |i: usize| source.instants[i].iter().filter(|a| a.order < 2).map(|a| a.path).collect::<Vec<_>>();
    assert!((0..=100).all(|i| firsts(i) == firsts(0)), "direct and walls are always there");
    let jump = |a: &maquette_conditioning::Arrival, i: usize| {
        source.instants[i].iter().find(|b| b.path == a.path).map_or(0.0, |b| (a.delay_s - b.delay_s).abs())
    };
    // 1 m/s for 10 ms is 1 cm, or 29 µs.
    assert!((1..=100).all(|i| source.instants[i].iter().all(|a| jump(a, i - 1) < 3e-5)));
}

#[test]
fn overlapping_ranges_agree() {
    let mut timeline = timeline(Vec3::new(1.0, 1.5, -1.0), Vec3::ZERO, office());
    let walk = (0..=100).map(|i| Affine3A::from_translation(Vec3::new(1.5 + 0.01 * i as f32, 1.2, -2.0)));
    timeline.listener = Track { start_s: 0.0, step_s: 0.01, samples: walk.collect() };
    let whole = heard(&timeline).sources[0].clone();
    (timeline.from_s, timeline.to_s) = (0.303, 0.5);
    let part = heard(&timeline).sources[0].clone();
    assert!((part.start_s - 0.3).abs() < 1e-12);
    assert_eq!(part.instants[..], whole.instants[30..=50]);
}

#[test]
fn small_things_do_not_reflect_and_the_cap_holds() {
    let (source, listener) = (Vec3::new(-1.0, 1.0, 0.0), Vec3::new(1.0, 1.0, 0.0));
    let plate = |size: f32| {
        let corner = Vec3::new(-0.5 * size, 0.0, 0.5 * size);
        vec![still(1, panel(corner, Vec3::X * size, Vec3::NEG_Z * size, [1, 1]), [0.0; 8])]
    };
    let count = |things, settings: &Settings| {
        propagate(&timeline(source, listener, things), settings).unwrap().sources[0].instants[0].len()
    };
    assert_eq!(count(plate(0.6), &Settings::default()), 2);
    assert_eq!(count(plate(0.4), &Settings::default()), 1);
    assert_eq!(count(plate(0.6), &Settings { max_reflectors: 0, ..Settings::default() }), 1);
    assert_eq!(count(plate(0.6), &Settings { max_order: 0, ..Settings::default() }), 1);
}

#[test]
fn planes_in_sight_are_kept_first() {
    let office = shoebox([4.0, 3.0, 2.7], |_| [0.1; 8]);
    // Twenty larger planes outside, where nobody sees them.
    let outside = (0..20).map(|i| {
        let far = Vec3::new(-50.0, 10.0 + i as f32, 50.0);
        still(10 + i, panel(far, Vec3::X * 100.0, Vec3::NEG_Z * 100.0, [1, 1]), [0.1; 8])
    });
    let scene = timeline(
        Vec3::new(1.0, 1.5, -1.0),
        Vec3::new(3.0, 1.2, -2.0),
        office.into_iter().chain(outside).collect(),
    );
    let settings = Settings { max_reflectors: 6, ..Settings::default() };
    assert_eq!(propagate(&scene, &settings).unwrap().sources[0].instants[0].len(), 25);
}

#[test]
fn nonsense_is_refused_by_name() {
    let scene = timeline(Vec3::ZERO, Vec3::X, vec![]);
    let refuse = |scene: &SoundTimeline, settings: Settings| propagate(scene, &settings).unwrap_err();
    let default = Settings::default;
    assert!(matches!(
        refuse(&scene, Settings { max_order: 7, ..default() }),
        Error::Setting { name: "max_order", .. }
    ));
    assert!(matches!(
        refuse(&scene, Settings { step_s: f64::NAN, ..default() }),
        Error::Setting { name: "step_s", .. }
    ));
    let backwards = SoundTimeline { to_s: -1.0, ..scene.clone() };
    assert!(matches!(refuse(&backwards, default()), Error::Range { .. }));
    let mut no_sound = scene.clone();
    no_sound.air.speed_of_sound_m_s = 0.0;
    assert!(matches!(refuse(&no_sound, default()), Error::Air { name: "speed_of_sound_m_s", .. }));
    let mut nowhere = scene.clone();
    nowhere.sources[0].position_m.samples.clear();
    assert!(refuse(&nowhere, default()).to_string().contains("source \"source\""));
    let mut lost = scene.clone();
    lost.sources[0].position_m = Track::still(Vec3::NAN);
    assert!(matches!(refuse(&lost, default()), Error::Track { .. }));
    let mut broken = Mesh::clone(&block(Vec3::ZERO, Vec3::ONE));
    broken.triangles.push([0, 1, 99]);
    let holed = SoundTimeline { instances: vec![still(7, Arc::new(broken), [0.1; 8])], ..scene };
    assert_eq!(refuse(&holed, default()), Error::Mesh { object_id: 7, corners: 8, index: 99 });
}

#[test]
fn the_same_scene_gives_the_same_arrivals() {
    let scene = timeline(Vec3::new(1.0, 1.5, -1.0), Vec3::new(3.0, 1.2, -2.0), office());
    assert_eq!(heard(&scene), heard(&scene));
}
