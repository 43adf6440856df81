//! Recordings to samples at 48 kHz: one channel for a place in the world, two for a bed.

use std::{fs::File, path::Path};

use kira::sound::static_sound::StaticSoundData;
use maquette_conditioning::SAMPLE_RATE_HZ;
use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::direct::InterleavedSlice};

use crate::Error;

const LEAST_RATE_HZ: u32 = 4_000;
const MOST_RATE_HZ: u32 = 768_000;
/// Input frames the resampler takes at a time.
const RESAMPLER_CHUNK: usize = 4096;

/// Decodes a file, averages its channels and brings it to 48 kHz.
pub(crate) fn load(path: &Path) -> Result<Vec<f32>, Error> {
    let [left, right] = load_stereo(path)?;
    Ok(left.iter().zip(&right).map(|(left, right)| 0.5 * (left + right)).collect())
}

/// Decodes a file and brings both channels to 48 kHz; one channel counts as two alike.
pub(crate) fn load_stereo(path: &Path) -> Result<[Vec<f32>; 2], Error> {
    let file = File::open(path).map_err(|source| Error::Open { path: path.into(), source })?;
    let undecodable = |reason: String| Error::Decode { path: path.into(), reason };
    let sound = StaticSoundData::from_media_source(file).map_err(|error| undecodable(error.to_string()))?;
    let rate_hz = sound.sample_rate;
    if !(LEAST_RATE_HZ..=MOST_RATE_HZ).contains(&rate_hz) {
        let (least_hz, most_hz) = (LEAST_RATE_HZ, MOST_RATE_HZ);
        return Err(Error::Rate { path: path.into(), rate_hz, least_hz, most_hz });
    }
    let name = path.display().to_string();
    let left = checked(sound.frames.iter().map(|frame| frame.left).collect(), &name)?;
    let right = checked(sound.frames.iter().map(|frame| frame.right).collect(), &name)?;
    Ok([resampled(left, rate_hz).map_err(undecodable)?, resampled(right, rate_hz).map_err(undecodable)?])
}

/// The samples, unless there are none or one is not a number.
pub(crate) fn checked(samples: Vec<f32>, name: &str) -> Result<Vec<f32>, Error> {
    if samples.is_empty() {
        return Err(Error::Empty { name: name.into() });
    }
    match samples.iter().position(|sample| !sample.is_finite()) {
        Some(index) => Err(Error::NotFinite { name: name.into(), index }),
        None => Ok(samples),
    }
}

/// Band-limited to the lower of both rates, with the resampler's own delay taken out.
fn resampled(samples: Vec<f32>, rate_hz: u32) -> Result<Vec<f32>, String> {
    if rate_hz == SAMPLE_RATE_HZ {
        return Ok(samples);
    }
    let (from, to) = (rate_hz as usize, SAMPLE_RATE_HZ as usize);
    let mut resampler =
        Fft::<f32>::new(from, to, RESAMPLER_CHUNK, 1, FixedSync::Both).map_err(|error| error.to_string())?;
    let length = samples.len();
    let input = InterleavedSlice::new(&samples, 1, length).map_err(|error| error.to_string())?;
    let output = resampler.process_all(&input, length, None).map_err(|error| error.to_string())?;
    Ok(output.take_data())
}
