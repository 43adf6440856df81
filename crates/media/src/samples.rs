//! The sound of a movie or a sound file as samples.

use std::{ffi::OsString, path::Path};

use crate::{Error, Ffmpeg, ffmpeg::input, probe};

/// An hour of eight channels at 48 kHz.
const MOST_BYTES: u64 = 3600 * 48_000 * 8 * 4;

/// Every channel of a file's first sound stream, resampled to `sample_rate_hz`; full scale is ±1.
///
/// # Errors
///
/// As [`probe`], and when the file has no sound or is longer than an hour of eight channels.
pub fn read_samples(path: &Path, sample_rate_hz: u32) -> Result<Vec<Vec<f32>>, Error> {
    let lacking = || Error::Lacks { path: path.to_owned(), what: "sound" };
    let channels = probe(path)?.sound.map(|sound| sound.channels).filter(|&c| c > 0).ok_or_else(lacking)?;
    let mut arguments: Vec<OsString> = input(path).into();
    let rate = sample_rate_hz.to_string();
    let rest = ["-map", "0:a:0", "-ar", &rate, "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"];
    arguments.extend(rest.iter().map(OsString::from));
    let mut running = Ffmpeg::of_system().read(&arguments)?;
    let bytes = running.receive_all(MOST_BYTES + 1).map_err(Error::file("read the sound of", path))?;
    let value = bytes.len() as u64;
    if value > MOST_BYTES {
        return Err(Error::Limit {
            path: path.to_owned(),
            field: "bytes of sound",
            value,
            limit: MOST_BYTES,
        });
    }
    running.finish(path)?;
    let samples: Vec<f32> =
        bytes.as_chunks::<4>().0.iter().map(|&sample| f32::from_le_bytes(sample)).collect();
    Ok((0..channels)
        .map(|channel| samples.iter().skip(channel).step_by(channels).copied().collect())
        .collect())
}
