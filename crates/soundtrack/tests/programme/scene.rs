//! Small scenes and measurements on what they sound like.

use std::{f64::consts::TAU, sync::Arc};

use maquette_acoustics::propagate;
use maquette_conditioning::{Acoustics, Arrival, Clip, Mix, PathId, SoundTimeline, SourceAcoustics, Via};
use maquette_soundtrack::{Settings, render};

/// Samples a second.
pub(crate) const RATE: f64 = 48_000.0;

/// A sine of some seconds.
pub(crate) fn tone(hz: f64, seconds: f64) -> Clip {
    let sample = |i| (TAU * hz * i as f64 / RATE).sin() as f32;
    Clip::Samples((0..(seconds * RATE) as usize).map(sample).collect())
}

/// Paths that can be told apart, and no late field.
pub(crate) fn early_only() -> maquette_acoustics::Settings {
    maquette_acoustics::Settings { late_rays: 0, ..maquette_acoustics::Settings::default() }
}

/// Propagates and renders, without the late field.
pub(crate) fn heard(timeline: &SoundTimeline) -> Mix {
    let acoustics = propagate(timeline, &early_only()).expect("acoustics");
    render(timeline, &acoustics, &Settings::default()).expect("a mix")
}

/// A way from straight ahead, alike in all bands.
pub(crate) fn ahead(path: u64, delay_s: f64, gain: f32) -> Arrival {
    Arrival {
        path: PathId(path),
        via: Via::Direct,
        order: 0,
        delay_s,
        gain: [gain; 8],
        direction: glam::Vec3::NEG_Z,
        departure: glam::Vec3::NEG_Z,
    }
}

/// One source's arrivals every 10 ms from time 0.
pub(crate) fn followed(instants: Vec<Vec<Arrival>>) -> SourceAcoustics {
    SourceAcoustics { start_s: 0.0, step_s: 0.01, instants, late: vec![] }
}

/// Renders hand-written arrivals.
pub(crate) fn rendered(timeline: &SoundTimeline, source: SourceAcoustics) -> Mix {
    render(timeline, &Acoustics { sources: vec![source] }, &Settings::default()).expect("a mix")
}

/// The left channel.
pub(crate) fn left(mix: &Mix) -> Vec<f64> {
    mix.samples.iter().map(|s| f64::from(s[0])).collect()
}

/// Root mean square of both channels' power together: pressure, whatever the panning.
pub(crate) fn pressure_rms(samples: &[[f32; 2]]) -> f64 {
    let power: f64 = samples.iter().flatten().map(|&s| f64::from(s).powi(2)).sum();
    (power / samples.len() as f64).sqrt()
}

/// Level difference.
pub(crate) fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// Frequency of a sine between two samples, by its rising zero crossings.
pub(crate) fn frequency_hz(samples: &[f64], from: usize, to: usize) -> f64 {
    let rises = (from..to).filter(|&i| samples[i] <= 0.0 && samples[i + 1] > 0.0);
    let times: Vec<f64> = rises.map(|i| i as f64 + samples[i] / (samples[i] - samples[i + 1])).collect();
    (times.len() - 1) as f64 / (times[times.len() - 1] - times[0]) * RATE
}

/// Value of a signal's spectrum: real and imaginary part, with time counted from `origin` samples.
pub(crate) fn spectrum(signal: &[f32], hz: f64, origin: f64) -> (f64, f64) {
    signal.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, &x)| {
        let angle = TAU * hz / RATE * (n as f64 - origin);
        (re + f64::from(x) * angle.cos(), im - f64::from(x) * angle.sin())
    })
}

/// A clip shared by reference.
pub(crate) fn clip(samples: Vec<f32>) -> Clip {
    Clip::Samples(Arc::from(samples))
}
