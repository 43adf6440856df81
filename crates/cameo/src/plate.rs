//! A recording of a person to frames of linear light.
//!
//! Opened by those who hold a permit; whoever reads a frame from here has been through the consent check.

use std::path::{Path, PathBuf};

use maquette_conditioning::Plane;
use maquette_media::{Frames, PixelFormat, Reading, probe, read_frames};

use crate::{Error, Transfer};

/// One frame of a plate.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Linear Rec.709; 1 is the recording's white.
    pub color: Plane<[f32; 3]>,
    /// The recording's own alpha, 0 to 1; 1 where it has none.
    pub alpha: Plane<f32>,
}

/// Which part of a recording is read, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Frames a second of the scene; the plate's frames are repeated or dropped to it.
    pub fps: (u32, u32),
    /// Time in the plate of the first frame that is given, in seconds.
    pub from_s: f64,
    /// How values stand for light; none goes by the kind of file.
    pub transfer: Option<Transfer>,
}

/// The frames of a recording, decoded as they are asked for.
pub(crate) struct Plate {
    frames: Frames,
    light: Vec<f32>,
}

impl Plate {
    /// Opens a movie, a still or a numbered sequence (`plate.%04d.png`) at `span.from_s`.
    pub(crate) fn open(path: &Path, span: &Span) -> Result<Self, Error> {
        let mut reading = Reading::all(PixelFormat::Rgba16);
        let frame = (span.from_s * f64::from(span.fps.0) / f64::from(span.fps.1)).round().max(0.0);
        match path.to_string_lossy().contains('%') {
            true => reading.sequence = Some((first_number(path)?.saturating_add(frame as u32), span.fps)),
            false => {
                reading.fps = Some(span.fps);
                // Half a frame early, so that rounding never skips the frame that begins here.
                reading.from_s = (span.from_s - 0.5 * f64::from(span.fps.1) / f64::from(span.fps.0)).max(0.0);
            }
        }
        let file = reading.sequence.map_or(path.to_owned(), |(number, _)| numbered(path, number));
        if reading.sequence.is_some() && !file.exists() {
            return Err(Error::TooShort { path: path.to_owned(), from_s: span.from_s });
        }
        let frames = read_frames(path, &reading)?;
        let transfer = span.transfer.unwrap_or_else(|| Transfer::of_codec(&frames.picture.codec));
        Ok(Self { frames, light: transfer.table() })
    }

    /// Pixels across and down.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.frames.picture.width, self.frames.picture.height)
    }

    fn linear(&self, bytes: &[u8]) -> Picture {
        let (width, height) = self.size();
        let mut color = Plane::new(width, height);
        let mut alpha = Plane::new(width, height);
        let value = |pair: [u8; 2]| u16::from_le_bytes(pair);
        let pixels = bytes.as_chunks::<8>().0.iter();
        for ((color, alpha), p) in color.data.iter_mut().zip(&mut alpha.data).zip(pixels) {
            *color =
                [[p[0], p[1]], [p[2], p[3]], [p[4], p[5]]].map(|pair| self.light[usize::from(value(pair))]);
            *alpha = f32::from(value([p[6], p[7]])) / f32::from(u16::MAX);
        }
        Picture { color, alpha }
    }
}

impl Iterator for Plate {
    type Item = Result<Picture, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.frames.next()?;
        Some(bytes.map(|bytes| self.linear(&bytes)).map_err(Error::from))
    }
}

/// Mean over at most two seconds of an empty set: as free of noise as it gets.
pub(crate) fn clean_plate(path: &Path, span: &Span) -> Result<Plane<[f32; 3]>, Error> {
    const MOST_FRAMES: usize = 48;
    let span = Span { from_s: 0.0, ..span.clone() };
    let mut sum: Option<Plane<[f32; 3]>> = None;
    let mut count = 0.0;
    for picture in Plate::open(path, &span)?.take(MOST_FRAMES) {
        let color = picture?.color;
        count += 1.0;
        match &mut sum {
            None => sum = Some(color),
            Some(sum) => {
                sum.data.iter_mut().flatten().zip(color.data.iter().flatten()).for_each(|(a, b)| *a += b)
            }
        }
    }
    let sum = sum.ok_or_else(|| Error::TooShort { path: path.to_owned(), from_s: 0.0 })?;
    Ok(sum.map(|color| color.map(|channel| channel / count)))
}

/// The parts around the number of a pattern: `plate.`, `.png`.
fn around_number(pattern: &str) -> Option<(&str, &str)> {
    let (before, rest) = pattern.split_once('%')?;
    let (digits, after) = rest.split_once('d')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some((before, after))
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let pattern = path.to_string_lossy();
    let Some((before, after)) = around_number(&pattern) else { return path.to_owned() };
    let digits: usize =
        pattern[before.len() + 1..].split('d').next().and_then(|d| d.parse().ok()).unwrap_or(0);
    format!("{before}{number:0digits$}{after}").into()
}

/// The lowest number of the files that fit the pattern.
fn first_number(path: &Path) -> Result<u32, Error> {
    let none = || Error::NoSequence { path: path.to_owned() };
    let pattern = path.file_name().unwrap_or_default().to_string_lossy();
    let (before, after) = around_number(&pattern).ok_or_else(none)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = std::fs::read_dir(folder).map_err(|_| none())?.flatten().map(|entry| entry.file_name());
    let number = |name: std::ffi::OsString| -> Option<u32> {
        name.to_str()?.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
    };
    names.filter_map(number).min().ok_or_else(none)
}

/// Whether a file has sound.
pub(crate) fn has_sound(path: &Path) -> Result<bool, Error> {
    Ok(!path.to_string_lossy().contains('%') && probe(path)?.sound.is_some())
}
