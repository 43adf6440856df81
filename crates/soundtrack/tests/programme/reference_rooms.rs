//! The reference rooms in the rendered response.
//!
//! Rooms of one absorption are judged as a whole: the response is fitted with pulses at the reference's times, free in
//! level and in place. Where bands differ, each arrival is rendered alone and its spectrum read at the centres of the
//! bands, and the whole is shown to be the sum of its arrivals.

use maquette_acoustics::propagate;
use maquette_conditioning::{Arrival, SourceAcoustics};
use maquette_soundtrack::impulse_response;
use serde_json::Value;

use crate::{
    rooms::*,
    scene::{RATE, decibels, early_only, spectrum},
};

fn acoustics(case: &Value) -> SourceAcoustics {
    propagate(&shoebox_case(case), &early_only()).expect("a room").sources.remove(0)
}

fn only(arrival: &Arrival) -> SourceAcoustics {
    SourceAcoustics { start_s: 0.0, step_s: 0.01, instants: vec![vec![*arrival]], late: vec![] }
}

fn length_s(source: &SourceAcoustics) -> f64 {
    source.instants[0].iter().map(|a| a.delay_s).fold(0.0, f64::max) + 0.05
}

fn cases(variant: &str) -> Vec<Value> {
    let all = reference()["cases"].as_array().unwrap().clone();
    all.into_iter().filter(|case| case["variant"] == variant).collect()
}

/// Reference time in samples and amplitude of each of the first seven arrivals; those at one time add up.
fn expected_pulses(case: &Value) -> Vec<(f64, f64)> {
    let direct = &case["direct"];
    let mut pulses = vec![(
        direct["time_ms"].as_f64().unwrap() * RATE / 1e3,
        direct["amplitude_1_over_d"].as_f64().unwrap(),
    )];
    for reflection in case["first_6_reflections"].as_array().unwrap() {
        let time = reflection["time_ms"].as_f64().unwrap() * RATE / 1e3;
        let amplitude = numbers(&reflection["amp_1_over_d_per_band"])[3];
        match pulses.last_mut() {
            Some(last) if (last.0 - time).abs() < 1e-6 => last.1 += amplitude,
            _ => pulses.push((time, amplitude)),
        }
    }
    pulses
}

#[test]
fn flat_rooms_match_in_the_whole_response() {
    let mut worst = [0.0f64; 2];
    for case in cases("flat") {
        let source = acoustics(&case);
        let response = impulse_response(&source, 0.0, length_s(&source)).pressure;
        let expected = expected_pulses(&case);
        let found = fitted(&response, &expected.iter().map(|pulse| pulse.0).collect::<Vec<_>>());
        for ((time, amplitude), (level, shift)) in expected.iter().zip(&found) {
            let error_db = decibels(level / amplitude);
            println!("{} {time:9.3}: {error_db:+.4} dB, {shift:+.4} samples", case["room"]);
            worst = [worst[0].max(shift.abs()), worst[1].max(error_db.abs())];
            assert!(error_db.abs() < 0.02, "{time}: {error_db} dB");
            assert!(shift.abs() < 0.02, "{time}: {shift} samples");
        }
    }
    println!("bench: heard_samples = {:.4}\nbench: heard_db = {:.4}", worst[0], worst[1]);
}

/// How far a path's response by itself is off a pulse at `time` in samples, by the spectrum at the bands' centres: in samples
/// and in dB at most.
fn off_by(arrival: &Arrival, time: f64, amplitudes: &[f64]) -> [f64; 2] {
    let response = impulse_response(&only(arrival), 0.0, arrival.delay_s + 0.05).pressure;
    let mut worst = [0.0f64; 2];
    for (band, amplitude) in amplitudes.iter().enumerate() {
        let hz = 125.0 * f64::from(1 << band);
        let (re, im) = spectrum(&response, hz, time);
        let shift = -im.atan2(re) / (std::f64::consts::TAU * hz) * RATE;
        worst = [worst[0].max(shift.abs()), worst[1].max(decibels(re.hypot(im) / amplitude).abs())];
    }
    let peak = (0..response.len()).max_by(|&a, &b| response[a].abs().total_cmp(&response[b].abs()));
    assert!((peak.unwrap() as f64 - time).abs() < 1.0);
    worst
}

#[test]
fn rooms_of_many_materials_match_band_by_band() {
    let mut worst = [0.0f64; 2];
    for case in cases("materials") {
        let source = acoustics(&case);
        for reflection in case["first_6_reflections"].as_array().unwrap() {
            let time = reflection["time_ms"].as_f64().unwrap() * RATE / 1e3;
            let amplitudes = numbers(&reflection["amp_1_over_d_per_band"]);
            let matches = |a: &&Arrival| {
                (a.delay_s * RATE - time).abs() < 0.01
                    && (f64::from(a.gain[2]) / amplitudes[2] - 1.0).abs() < 1e-3
            };
            let arrival = source.instants[0].iter().find(matches).expect("the arrival");
            let off = off_by(arrival, time, &amplitudes);
            assert!(off[0] < 0.1 && off[1] < 0.02, "{} at {time}: {off:?}", case["room"]);
            worst = [worst[0].max(off[0]), worst[1].max(off[1])];
        }
    }
    println!("bench: heard_bands_samples = {:.4}\nbench: heard_bands_db = {:.4}", worst[0], worst[1]);
}

#[test]
fn the_whole_response_is_the_sum_of_its_arrivals() {
    for case in cases("materials") {
        let source = acoustics(&case);
        let whole = impulse_response(&source, 0.0, length_s(&source)).pressure;
        let mut sum = vec![0.0f32; whole.len()];
        for arrival in &source.instants[0] {
            let alone = impulse_response(&only(arrival), 0.0, length_s(&source)).pressure;
            sum.iter_mut().zip(alone).for_each(|(to, sample)| *to += sample);
        }
        assert!(whole.iter().zip(&sum).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}

/// Levels and shifts, in samples, of pulses near the given times. The response and the model pulses are both blurred by a
/// Gaussian, which makes the model's shape known between samples; a pulse's derivative takes up its shift.
fn fitted(response: &[f32], times: &[f64]) -> Vec<(f64, f64)> {
    const WIDTH: f64 = 1.6;
    let gauss = |x: f64| (-0.5 * (x / WIDTH).powi(2)).exp();
    let slope = |x: f64| x / (WIDTH * WIDTH) * gauss(x);
    let end = times.last().unwrap().ceil() as usize + 6;
    let blurred = |n: usize| -> f64 {
        let near = n.saturating_sub(14)..(n + 15).min(response.len());
        near.map(|m| f64::from(response[m]) * gauss(n as f64 - m as f64)).sum()
    };
    let shapes = |n: usize| -> Vec<f64> {
        times.iter().flat_map(|t| [gauss(n as f64 - t), slope(n as f64 - t)]).collect()
    };
    let unknowns = 2 * times.len();
    let mut system = vec![vec![0.0; unknowns + 1]; unknowns];
    for n in times[0] as usize - 14..end {
        let (row, value) = (shapes(n), blurred(n));
        for i in 0..unknowns {
            (0..unknowns).for_each(|j| system[i][j] += row[i] * row[j]);
            system[i][unknowns] += row[i] * value;
        }
    }
    let solution = solved(system);
    solution.chunks(2).map(|pair| (pair[0], pair[1] / pair[0])).collect()
}

/// Gaussian elimination with pivoting on an augmented matrix.
fn solved(mut system: Vec<Vec<f64>>) -> Vec<f64> {
    let n = system.len();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|&a, &b| system[a][column].abs().total_cmp(&system[b][column].abs())).unwrap();
        system.swap(column, pivot);
        let row = system[column].clone();
        for other in (0..n).filter(|&other| other != column) {
            let factor = system[other][column] / row[column];
            system[other].iter_mut().zip(&row).for_each(|(to, from)| *to -= factor * from);
        }
    }
    (0..n).map(|i| system[i][n] / system[i][i]).collect()
}
