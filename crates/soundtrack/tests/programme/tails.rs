//! The late field in what is heard.

use glam::Vec3;
use maquette_acoustics::{Settings, propagate};
use maquette_conditioning::{BandFigures, Late, LateBin, SourceAcoustics};
use maquette_soundtrack::impulse_response;

use crate::{
    rooms::*,
    scene::{RATE, clip, followed, rendered},
};

/// A late field that decays by itself, alike in all bands.
fn decaying(time_s: f64, reverberation_s: f64, flow: Vec3) -> Late {
    let fall = |bin: usize| 10f64.powf(-6.0 * bin as f64 * 0.002 / reverberation_s);
    let bins = (0..(reverberation_s * 500.0) as usize)
        .map(|bin| LateBin { energy: [if bin < 5 { 0.0 } else { 1e-3 * fall(bin) as f32 }; 8], flow });
    Late { time_s, bin_s: 0.002, seed: 0, bins: bins.collect() }
}

fn late_only(late: Vec<Late>) -> SourceAcoustics {
    SourceAcoustics { late, ..followed(vec![vec![]]) }
}

#[test]
fn a_tail_has_the_energy_of_its_field_in_every_bin_and_band() {
    let late = decaying(0.0, 0.8, Vec3::ZERO);
    let response = impulse_response(&late_only(vec![late.clone()]), 0.0, 0.9);
    assert!(response.pressure[..430].iter().all(|x| x.abs() < 1e-6), "nothing before the first bin");
    for (band, figures) in response.figures().bands.iter().enumerate() {
        let t30_s = figures.t30_s.expect("a decay");
        assert!((t30_s / 0.8 - 1.0).abs() < 0.05, "band {band}: {t30_s} s");
    }
    for start in (10..300).step_by(10) {
        let expected: f64 = late.bins[start..start + 10].iter().map(|bin| f64::from(bin.energy[0])).sum();
        let heard: f64 =
            response.pressure[start * 96..(start + 10) * 96].iter().map(|x| f64::from(*x).powi(2)).sum();
        let error_db = 10.0 * (heard / expected).log10();
        assert!(error_db.abs() < 1.0, "{start}: {error_db} dB");
    }
}

#[test]
fn a_tail_leans_to_where_its_field_comes_from() {
    let stereo = |flow| {
        let source = late_only(vec![decaying(0.0, 0.5, flow)]);
        let stereo = impulse_response(&source, 0.0, 0.5).stereo;
        [0, 1].map(|ear| stereo.iter().map(|s| f64::from(s[ear]).powi(2)).sum::<f64>())
    };
    let [left, right] = stereo(Vec3::X * 0.8);
    assert!(right > 4.0 * left, "{left} {right}");
    let [left, right] = stereo(Vec3::ZERO);
    assert!((left / right - 1.0).abs() < 0.15, "{left} {right}");
}

#[test]
fn a_changing_tail_does_not_click_and_keeps_its_level_where_nothing_changes() {
    let noise: Vec<f32> =
        (0..96_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 32_768.0 - 1.0).collect();
    let mut scene = timeline(Vec3::ZERO, Vec3::X, vec![]);
    (scene.from_s, scene.to_s) = (0.0, 2.0);
    scene.sources[0].clip = clip(noise);
    let power = |late| {
        let mix = rendered(&scene, late_only(late));
        mix.samples
            .chunks(4800)
            .map(|c| c.iter().flatten().map(|x| f64::from(*x).powi(2)).sum::<f64>())
            .collect::<Vec<_>>()
    };
    let one = power(vec![decaying(0.0, 0.4, Vec3::ZERO)]);
    let many = power((0..9).map(|k| decaying(0.25 * f64::from(k), 0.4, Vec3::ZERO)).collect());
    assert!(one[10] > 0.0 && one.iter().zip(&many).all(|(a, b)| (a - b).abs() < 1e-3 * one[10]));

    // A field that opens at 1 s over a quarter of a second: no step is larger than those of the steady sound.
    scene.sources[0].clip = crate::scene::tone(400.0, 2.0);
    let opening =
        vec![decaying(0.0, 0.4, Vec3::ZERO), decaying(1.0, 0.4, Vec3::ZERO), decaying(1.25, 0.8, Vec3::ZERO)];
    let mix = rendered(&scene, late_only(opening));
    let step = |from: f64, to: f64| {
        let range = (from * RATE) as usize..(to * RATE) as usize;
        mix.samples[range].windows(3).map(|w| (w[2][0] - 2.0 * w[1][0] + w[0][0]).abs()).fold(0.0, f32::max)
    };
    assert!(
        step(0.95, 1.3) < 2.0 * step(1.5, 1.9).max(step(0.6, 0.9)),
        "{} {}",
        step(0.95, 1.3),
        step(1.5, 1.9)
    );
}

#[test]
fn rendered_rooms_decay_like_the_reference() {
    // One draw of the noise in the first 50 ms of the lowest band is off by 1 dB: eight would still be by a third.
    const SEEDS: u64 = 20;
    let all = reference();
    let case = all["cases"].as_array().unwrap().iter().find(|case| case["variant"] == "flat").unwrap();
    let mut worst = [0.0f64; 2];
    for (name, scattering) in [("0.1", 0.1f32), ("0.3", 0.3), ("0.5", 0.5)] {
        let mut scene = shoebox_case(case);
        scene.instances.iter_mut().for_each(|wall| wall.surface.scattering = [scattering; 8]);
        // Mirror images interfere in each band, energies do not: here all but the direct sound is late.
        let one = |seed| {
            let settings = Settings { seed, late_rays: 4096, max_order: 0, ..Settings::default() };
            let source = propagate(&scene, &settings).unwrap().sources.remove(0);
            impulse_response(&source, 0.0, 0.5).figures().bands
        };
        let heard: Vec<_> = (0..SEEDS).map(one).collect();
        let reference = &case["ray_mc"][name];
        for band in 0..7 {
            let mean = |figure: fn(&BandFigures) -> Option<f64>| {
                heard.iter().map(|bands| figure(&bands[band]).expect("a figure")).sum::<f64>() / SEEDS as f64
            };
            let (t30_s, c50_db) = (mean(|f| f.t30_s), mean(|f| f.c50_db));
            let expected = |key: &str| reference[key][band].as_f64().unwrap();
            let away = (t30_s / expected("t30") - 1.0).abs();
            assert!(away < 0.05, "{name}, band {band}: {t30_s} s");
            let away_db = (c50_db - expected("c50_db")).abs();
            worst = [worst[0].max(away), worst[1].max(away_db)];
            assert!(away_db < 0.5, "{name}, band {band}: {away_db} dB");
        }
    }
    println!("rendered rooms: worst T30 {:.1} %, C50 {:.2} dB", 100.0 * worst[0], worst[1]);
}
