//! A mix to a 48 kHz, 24-bit WAV of as many channels as it has.
//!
//! Rounded, not dithered: the rounding error lies 144 dB below full scale, under every microphone and every room.

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use hound::{SampleFormat, WavSpec, WavWriter};
use maquette_conditioning::{Channels, Mix, SAMPLE_RATE_HZ};

use crate::{Error, atomic::write_with};

/// What became of the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WavReport {
    /// Samples written of each channel.
    pub samples: usize,
    /// Values beyond ±1, written as ±1. More than none is audible: turn the mix down.
    pub clipped: usize,
    /// Values that were no numbers, written as silence.
    pub not_finite: usize,
    /// The largest magnitude before clipping, of the finite values.
    pub peak: f32,
}

/// Writes a mix; full scale ±1 becomes ±2^23 (the positive end 2^23 − 1). The same mix gives the same bytes.
pub fn write_wav(path: &Path, mix: &Mix) -> Result<WavReport, Error> {
    write_interleaved(path, 2, mix.samples.as_flattened().iter().copied())
}

/// Writes any number of channels as [`write_wav`] does: stems, binaural sound, AmbiX (W, Y, Z, X).
pub fn write_channels(path: &Path, channels: &Channels) -> Result<WavReport, Error> {
    let frames = 0..channels.length();
    let values = frames.flat_map(|n| channels.channels.iter().map(move |channel| channel[n]));
    write_interleaved(path, channels.layout.channels() as u16, values)
}

fn write_interleaved(
    path: &Path,
    channels: u16,
    values: impl Iterator<Item = f32>,
) -> Result<WavReport, Error> {
    let spec = WavSpec {
        channels,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 24,
        sample_format: SampleFormat::Int,
    };
    let mut report = WavReport::default();
    write_with(path, |file| {
        let mut sink = BufWriter::new(file);
        let write = || {
            let mut writer = WavWriter::new(&mut sink, spec)?;
            for value in values {
                writer.write_sample(report.quantize(value))?;
                report.samples += 1;
            }
            writer.finalize()
        };
        write().map_err(|error| Error::codec(path, "WAV")(error.to_string()))?;
        sink.flush().map_err(Error::file("write", path))
    })?;
    report.samples /= usize::from(channels);
    Ok(report)
}

impl WavReport {
    fn quantize(&mut self, value: f32) -> i32 {
        const FULL_SCALE: f32 = 8_388_608.0;
        if !value.is_finite() {
            self.not_finite += 1;
            return 0;
        }
        self.peak = self.peak.max(value.abs());
        self.clipped += usize::from(value.abs() > 1.0);
        (value * FULL_SCALE).round().clamp(-FULL_SCALE, FULL_SCALE - 1.0) as i32
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hound::WavReader;

    use super::*;

    fn written(samples: &[[f32; 2]]) -> (WavReport, WavSpec, Vec<i32>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sound/mix.wav");
        let report = write_wav(&path, &Mix { samples: samples.to_vec() }).unwrap();
        let mut reader = WavReader::open(&path).unwrap();
        let spec = reader.spec();
        (report, spec, reader.samples::<i32>().map(Result::unwrap).collect())
    }

    #[test]
    fn samples_are_24_bit_stereo_at_48_khz_left_first() {
        let (report, spec, values) = written(&[[0.5, -0.25], [0.0, 1.0e-7]]);
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 48_000, 24));
        assert_eq!(values, [4_194_304, -2_097_152, 0, 1]);
        assert_eq!(report, WavReport { samples: 2, clipped: 0, not_finite: 0, peak: 0.5 });
    }

    #[test]
    fn overloads_clip_and_are_counted() {
        let (report, _, values) = written(&[[1.5, -2.0], [1.0, -1.0], [f32::NAN, f32::INFINITY]]);
        assert_eq!(values, [8_388_607, -8_388_608, 8_388_607, -8_388_608, 0, 0]);
        assert_eq!(report, WavReport { samples: 3, clipped: 2, not_finite: 2, peak: 2.0 });
    }

    #[test]
    fn four_channels_are_interleaved_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ambix.wav");
        let channels = (1..=4).map(|n| vec![0.125 * n as f32, -0.125 * n as f32]).collect();
        let sound = Channels { layout: maquette_conditioning::Layout::AmbiX, channels };
        assert_eq!(write_channels(&path, &sound).unwrap().samples, 2);
        let mut reader = WavReader::open(&path).unwrap();
        assert_eq!((reader.spec().channels, reader.duration()), (4, 2));
        let values: Vec<i32> = reader.samples::<i32>().map(Result::unwrap).collect();
        let eighth = 1 << 20;
        assert_eq!(values, [1, 2, 3, 4, -1, -2, -3, -4].map(|n| n * eighth));
    }

    #[test]
    fn rounding_error_stays_under_half_a_step() {
        let samples: Vec<_> = (0..4800).map(|i| [0.9 * (i as f32 * 0.1).sin(), 1.0e-6 * i as f32]).collect();
        let (_, _, values) = written(&samples);
        for (value, sample) in values.iter().zip(samples.as_flattened()) {
            assert!((f64::from(*value) / 8_388_608.0 - f64::from(*sample)).abs() <= 0.5 / 8_388_608.0);
        }
    }

    #[test]
    fn silence_of_no_length_is_a_valid_file_and_bytes_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.wav"), folder.path().join("b.wav"));
        for path in [&a, &b] {
            write_wav(path, &Mix { samples: Vec::new() }).unwrap();
        }
        assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
        assert_eq!(WavReader::open(&a).unwrap().duration(), 0);
    }
}
