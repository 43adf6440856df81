//! What a clap at one metre would sound like, and what room it tells of.

use std::{path::Path, sync::Arc};

use maquette_conditioning::{EnergyDecay, RoomFigures, SAMPLE_RATE_HZ, SourceAcoustics};

use crate::{Error, dry::Dry, octave, pan::equal_power, render::samples_in, stem::stem, tail};

/// The answer to a unit impulse, at 48 kHz. Index n is n/48000 s after the impulse.
#[derive(Clone, Debug, PartialEq)]
pub struct ImpulseResponse {
    /// At an ear that hears all directions alike.
    pub pressure: Vec<f32>,
    /// Left and right, as in the mix.
    pub stereo: Vec<[f32; 2]>,
    /// Travel time of the first arrival; 0 where there is none.
    pub onset_s: f64,
}

/// The response from a source to the listener as they stand at `time_s`, frozen, for `length_s`. A source that is not
/// heard answers with silence. What the zero-phase band filters put before the impulse itself is left out.
pub fn impulse_response(source: &SourceAcoustics, time_s: f64, length_s: f64) -> ImpulseResponse {
    let length = samples_in(0.0, length_s.clamp(0.0, 3600.0));
    let index = ((time_s - source.start_s) / source.step_s).round().max(0.0) as usize;
    let instant = source.instants.get(index.min(source.instants.len().saturating_sub(1)));
    let nearest =
        source.late.iter().min_by(|a, b| (a.time_s - time_s).abs().total_cmp(&(b.time_s - time_s).abs()));
    let early = SourceAcoustics {
        start_s: 0.0,
        step_s: 1.0 / f64::from(SAMPLE_RATE_HZ),
        instants: instant.cloned().into_iter().collect(),
        late: Vec::new(),
    };
    let click = Dry { samples: Arc::from([1.0f32]), start_s: 0.0, looped: false };
    let onset_s = instant.into_iter().flatten().map(|arrival| arrival.delay_s).reduce(f64::min);
    let turned = stem(&click, &on_the_left(&early), 0.0, length, 0.01);
    let mut pressure: Vec<f32> = turned.iter().map(|ears| ears[0]).collect();
    let mut stereo = stem(&click, &early, 0.0, length, 0.01);
    // What a click makes of the late field is the late field's own response.
    for (direction, late) in nearest.map_or_else(Vec::new, tail::responses) {
        let ears = equal_power(direction);
        pressure.iter_mut().zip(&late).for_each(|(to, sample)| *to += sample);
        stereo.iter_mut().zip(&late).for_each(|(to, sample)| {
            to[0] += ears[0] * sample;
            to[1] += ears[1] * sample;
        });
    }
    ImpulseResponse { pressure, stereo, onset_s: onset_s.unwrap_or(0.0) }
}

impl ImpulseResponse {
    /// Energy over time in eight bands, measured in [`pressure`](Self::pressure).
    pub fn decay(&self) -> EnergyDecay {
        EnergyDecay::of_response(
            &octave::split_apart(&self.pressure),
            f64::from(SAMPLE_RATE_HZ),
            self.onset_s,
        )
    }

    /// Reverberation, clarity and definition in eight bands, measured in [`pressure`](Self::pressure).
    pub fn figures(&self) -> RoomFigures {
        self.decay().figures()
    }

    /// Writes a WAV file of three channels in 32-bit floats: pressure, left, right. Full scale is the pressure at 1 m.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the file cannot be written.
    pub fn write_wav(&self, path: &Path) -> Result<(), Error> {
        let spec = hound::WavSpec {
            channels: 3,
            sample_rate: SAMPLE_RATE_HZ,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let failed = |error: hound::Error| Error::Write { path: path.to_owned(), reason: error.to_string() };
        let mut writer = hound::WavWriter::create(path, spec).map_err(failed)?;
        for (pressure, [left, right]) in self.pressure.iter().zip(&self.stereo) {
            for sample in [pressure, left, right] {
                writer.write_sample(*sample).map_err(failed)?;
            }
        }
        writer.finalize().map_err(failed)
    }
}

/// Everything from the left: the left ear then hears all of it.
fn on_the_left(source: &SourceAcoustics) -> SourceAcoustics {
    let mut turned = source.clone();
    turned.instants.iter_mut().flatten().for_each(|arrival| arrival.direction = glam::Vec3::NEG_X);
    turned
}
