//! Rooms whose sound is known in closed form, propagated through their triangles.

use crate::rooms::*;
use glam::Vec3;
use maquette_acoustics::{Settings, air_absorption_db_per_m, propagate};
use maquette_conditioning::{Air, Arrival, SoundTimeline, Via};

fn arrivals(timeline: &SoundTimeline) -> Vec<Arrival> {
    arrivals_to(timeline, 2)
}

fn arrivals_to(timeline: &SoundTimeline, max_order: u32) -> Vec<Arrival> {
    let settings = Settings { max_order, late_rays: 0, ..Settings::default() };
    let acoustics = propagate(timeline, &settings).expect("a room");
    assert_eq!(acoustics.sources[0].instants.len(), 1, "nothing moves");
    let mut arrivals = acoustics.sources[0].instants[0].clone();
    arrivals.sort_by(|a, b| a.delay_s.total_cmp(&b.delay_s));
    arrivals
}

fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// Where the image behind an arrival stands; the listener's axes are the world's here.
fn image(listener: Vec3, arrival: &Arrival) -> Vec3 {
    listener + arrival.direction * (arrival.delay_s * 343.0) as f32
}

#[test]
fn shoeboxes_match_the_reference() {
    let reference = reference();
    let (mut worst_samples, mut worst_db) = (0.0f64, 0.0f64);
    for case in reference["cases"].as_array().unwrap() {
        let timeline = shoebox_case(case);
        let arrivals = arrivals(&timeline);
        // Direct, six walls, and all 18 images of order two.
        assert_eq!(arrivals.len(), 25, "{}", case["room"]);
        let listener = point(&case["receiver"]);

        let direct = &arrivals[0];
        assert_eq!((direct.order, direct.path.0), (0, 0));
        assert!((direct.delay_s * 1e3 - case["direct"]["time_ms"].as_f64().unwrap()).abs() < 1e-5);
        let amplitude = case["direct"]["amplitude_1_over_d"].as_f64().unwrap();
        assert!(direct.gain.iter().all(|&g| decibels(f64::from(g) / amplitude).abs() < 1e-4));

        for expected in case["first_6_reflections"].as_array().unwrap() {
            let place = point(&expected["image"]);
            let found =
                arrivals.iter().find(|a| image(listener, a).distance(place) < 1e-3).expect("an arrival");
            assert_eq!(u64::from(found.order), expected["order"].as_u64().unwrap());
            // 0.001 samples at 48 kHz.
            let late_ms = (found.delay_s * 1e3 - expected["time_ms"].as_f64().unwrap()).abs();
            worst_samples = worst_samples.max(48.0 * late_ms);
            assert!(late_ms < 2e-5);
            for (gain, amplitude) in found.gain.iter().zip(numbers(&expected["amp_1_over_d_per_band"])) {
                let error_db = decibels(f64::from(*gain) / amplitude).abs();
                worst_db = worst_db.max(error_db);
                assert!(error_db < 1e-2, "{gain} {amplitude}");
            }
        }
    }
    println!("bench: path_samples = {worst_samples:.5}\nbench: path_db = {worst_db:.5}");
}

#[test]
fn l_shaped_room_shows_the_reference_images() {
    let room = &reference()["l_shaped_room"];
    let timeline = l_shaped(point(&room["case"]["source"]), point(&room["case"]["receiver"]));
    let listener = point(&room["case"]["receiver"]);
    let arrivals = arrivals_to(&timeline, 3);
    let expected = room["case"]["visible_images"].as_array().unwrap();
    // One path meets the corner at (6, 3) itself, and the reference lists it in either order of its walls: it is one image.
    let mut images: Vec<Vec3> = expected.iter().map(|visible| point(&visible["image"])).collect();
    images.dedup();
    assert_eq!((expected.len(), images.len()), (54, 53));
    assert_eq!(arrivals.len(), images.len());
    let mut worst_db = 0.0f64;
    for visible in expected {
        let place = point(&visible["image"]);
        let found = arrivals.iter().find(|a| image(listener, a).distance(place) < 1e-3).expect("an arrival");
        assert_eq!(u64::from(found.order), visible["order"].as_u64().unwrap());
        assert!((found.delay_s * 1e3 - visible["time_ms"].as_f64().unwrap()).abs() < 1e-4);
        let amplitude = visible["amplitude_1_over_d"].as_f64().unwrap();
        assert!(decibels(f64::from(found.gain[3]) / amplitude).abs() < 1e-2);
        // Beside an edge the exact field of a source in sight rises by no more.
        let colour_db = found.gain.map(|gain| decibels(f64::from(gain) / amplitude));
        worst_db = colour_db.into_iter().map(f64::abs).fold(worst_db, f64::max);
    }
    assert!(worst_db < 1.4, "{worst_db} dB");
    println!(
        "bench: l_colour_db = {worst_db:.3}\nbench: l_shape = {}",
        arrivals.len().abs_diff(images.len())
    );
}

#[test]
fn around_the_corner_only_folded_paths_remain() {
    let (source, receiver) = ([4.5, 1.8, 1.4], [1.5, 6.0, 1.6]);
    let timeline = l_shaped(y_up(4.5, 1.8, 1.4), y_up(1.5, 6.0, 1.6));
    let (bent, folded): (Vec<Arrival>, Vec<Arrival>) =
        arrivals(&timeline).into_iter().partition(|a| a.via == Via::Diffracted);
    let mut found: Vec<f64> = folded.iter().map(|a| a.delay_s * 343.0).collect();
    let mut expected = floor_plan_distances(&L_SHAPE, 2.8, source, receiver);
    expected.sort_by(f64::total_cmp);
    found.sort_by(f64::total_cmp);
    assert!(folded.iter().all(|a| a.via == Via::Reflected), "the corner hides the source");
    assert_eq!(bent.len(), 1, "sound bends around the corner once: {bent:?}");
    assert_eq!(found.len(), expected.len(), "{found:?}\n{expected:?}");
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5));
}

#[test]
fn air_matches_iso_9613() {
    let table = &reference()["iso9613_1"];
    for (hz, expected) in numbers(&table["bands"]).into_iter().zip(numbers(&table["db_per_m"])) {
        let found = air_absorption_db_per_m(&Air::default(), hz);
        assert!((found / expected - 1.0).abs() < 2e-4, "{hz} Hz: {found} {expected}");
    }
}

#[test]
fn air_takes_its_share_by_distance() {
    let mut timeline = timeline(Vec3::ZERO, Vec3::new(0.0, 0.0, 50.0), vec![]);
    timeline.air = Air { speed_of_sound_m_s: 343.0, ..Air::default() };
    let gain = arrivals(&timeline)[0].gain;
    for (band, per_m) in numbers(&reference()["iso9613_1"]["db_per_m"]).into_iter().enumerate() {
        let expected = 10f64.powf(-per_m * 50.0 / 20.0) / 50.0;
        assert!(decibels(f64::from(gain[band]) / expected).abs() < 0.01, "band {band}");
    }
}

/// Path lengths up to order two, worked out another way: folds in the floor plan times the heights of the images that
/// floor and ceiling make.
fn floor_plan_distances(polygon: &[[f64; 2]], height: f64, source: [f64; 3], receiver: [f64; 3]) -> Vec<f64> {
    let heights = [
        vec![source[2]],
        vec![-source[2], 2.0 * height - source[2]],
        vec![2.0 * height + source[2], source[2] - 2.0 * height],
    ];
    let edges: Vec<_> = polygon.iter().copied().zip(polygon.iter().copied().cycle().skip(1)).collect();
    let (from, to) = ([source[0], source[1]], [receiver[0], receiver[1]]);
    let mut flat = vec![(0, folded(&edges, &[], from, to))];
    for a in 0..edges.len() {
        flat.push((1, folded(&edges, &[a], from, to)));
        for b in (0..edges.len()).filter(|&b| b != a) {
            flat.push((2, folded(&edges, &[a, b], from, to)));
        }
    }
    let mut distances = Vec::new();
    for (order, length) in flat.into_iter().filter_map(|(order, length)| Some((order, length?))) {
        for image in heights.iter().take(3 - order).flatten() {
            distances.push(length.hypot(image - receiver[2]));
        }
    }
    distances
}

type Edge = ([f64; 2], [f64; 2]);

/// Length of the way from `from` to `to` by the edges in order, when it stays inside the plan.
fn folded(edges: &[Edge], by: &[usize], from: [f64; 2], to: [f64; 2]) -> Option<f64> {
    let mirror = |p: &mut [f64; 2], &e: &usize| {
        *p = mirrored(edges[e], *p);
        Some(*p)
    };
    let images: Vec<[f64; 2]> = by.iter().scan(from, mirror).collect();
    let mut target = to;
    for k in (0..=by.len()).rev() {
        let image = if k == 0 { from } else { images[k - 1] };
        let crossed = |&e: &usize| crossing(edges[e], target, image);
        let next = if k == 0 { from } else { crossed(&by[k - 1])? };
        let own = [k.checked_sub(1).map(|i| by[i]), by.get(k).copied()];
        let blocked = (0..edges.len())
            .filter(|e| !own.contains(&Some(*e)))
            .any(|e| crossing(edges[e], target, next).is_some());
        if blocked {
            return None;
        }
        target = next;
    }
    let last = images.last().copied().unwrap_or(from);
    Some((last[0] - to[0]).hypot(last[1] - to[1]))
}

fn mirrored((a, b): Edge, p: [f64; 2]) -> [f64; 2] {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let away = ((p[0] - a[0]) * dy - (p[1] - a[1]) * dx) / (dx * dx + dy * dy);
    [p[0] - 2.0 * away * dy, p[1] + 2.0 * away * dx]
}

/// Where two stretches cross.
fn crossing((a, b): Edge, p: [f64; 2], q: [f64; 2]) -> Option<[f64; 2]> {
    let (d, e) = ([b[0] - a[0], b[1] - a[1]], [q[0] - p[0], q[1] - p[1]]);
    let cross = d[0] * e[1] - d[1] * e[0];
    let along = ((p[0] - a[0]) * e[1] - (p[1] - a[1]) * e[0]) / cross;
    let share = ((p[0] - a[0]) * d[1] - (p[1] - a[1]) * d[0]) / cross;
    let inside = |s: f64| (0.0..=1.0).contains(&s);
    (inside(along) && inside(share)).then(|| [p[0] + share * e[0], p[1] + share * e[1]])
}
