//! What a clap at one metre would sound like.

use std::sync::Arc;

use maquette_conditioning::{SAMPLE_RATE_HZ, SourceAcoustics};

use crate::{dry::Dry, render::samples_in, stem::stem};

/// The answer to a unit impulse, at 48 kHz. Index n is n/48000 s after the impulse.
#[derive(Clone, Debug, PartialEq)]
pub struct ImpulseResponse {
    /// At an ear that hears all directions alike.
    pub pressure: Vec<f32>,
    /// Left and right, as in the mix.
    pub stereo: Vec<[f32; 2]>,
}

/// The response from a source to the listener as they stand at `time_s`, frozen, for `length_s`. A source that is not
/// heard answers with silence. What the zero-phase band filters put before the impulse itself is left out.
pub fn impulse_response(source: &SourceAcoustics, time_s: f64, length_s: f64) -> ImpulseResponse {
    let length = samples_in(0.0, length_s.clamp(0.0, 3600.0));
    let index = ((time_s - source.start_s) / source.step_s).round().max(0.0) as usize;
    let instant = source.instants.get(index.min(source.instants.len().saturating_sub(1)));
    let frozen = SourceAcoustics {
        start_s: 0.0,
        step_s: 1.0 / f64::from(SAMPLE_RATE_HZ),
        instants: instant.cloned().into_iter().collect(),
    };
    let click = Dry { samples: Arc::from([1.0f32]), start_s: 0.0, looped: false };
    ImpulseResponse {
        pressure: stem(&click, &on_the_left(&frozen), 0.0, length, 0.01).iter().map(|ears| ears[0]).collect(),
        stereo: stem(&click, &frozen, 0.0, length, 0.01),
    }
}

/// Everything from the left: the left ear then hears all of it.
fn on_the_left(source: &SourceAcoustics) -> SourceAcoustics {
    let mut turned = source.clone();
    turned.instants.iter_mut().flatten().for_each(|arrival| arrival.direction = glam::Vec3::NEG_X);
    turned
}
