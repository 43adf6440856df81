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
    /// Opens a movie, or the numbered pictures that begin with `path`, at `span.from_s`.
    pub(crate) fn open(path: &Path, span: &Span) -> Result<Self, Error> {
        let mut reading = Reading::all(PixelFormat::Rgba16);
        let frame_s = f64::from(span.fps.1) / f64::from(span.fps.0);
        let frame = (span.from_s / frame_s).round().max(0.0);
        let numbered = Numbered::of(path);
        let source = match &numbered {
            Some(numbered) => {
                let first = numbered.first.saturating_add(frame as u32);
                if !numbered.file(first).exists() {
                    return Err(Error::TooShort { path: path.to_owned(), from_s: span.from_s });
                }
                reading.sequence = Some((first, span.fps));
                numbered.pattern()
            }
            None => {
                reading.fps = Some(span.fps);
                // Half a frame early, so that rounding never skips the frame that begins here.
                reading.from_s = (span.from_s - 0.5 * frame_s).max(0.0);
                path.to_owned()
            }
        };
        let frames = read_frames(&source, &reading)?;
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

/// A still whose name ends in a number, with others after it: `maya.1001.png`.
struct Numbered {
    /// Up to the number.
    before: String,
    /// Digits of the number.
    digits: usize,
    /// The ending, with its dot.
    ending: String,
    first: u32,
}

impl Numbered {
    /// `None` for movies and single pictures.
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        if !["png", "tif", "tiff", "exr", "jpg", "jpeg"].contains(&ending.to_ascii_lowercase().as_str()) {
            return None;
        }
        let whole = path.to_str()?;
        let stem = &whole[..whole.len() - ending.len() - 1];
        let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        let first = stem[before.len()..].parse().ok()?;
        let before = before.to_owned();
        let numbered =
            Self { digits: stem.len() - before.len(), before, ending: format!(".{ending}"), first };
        numbered.file(first.saturating_add(1)).exists().then_some(numbered)
    }

    fn file(&self, number: u32) -> PathBuf {
        format!("{}{number:0digits$}{}", self.before, self.ending, digits = self.digits).into()
    }

    fn pattern(&self) -> PathBuf {
        format!("{}%0{}d{}", self.before, self.digits, self.ending).into()
    }
}

/// Whether a file has sound.
pub(crate) fn has_sound(path: &Path) -> Result<bool, Error> {
    Ok(probe(path)?.sound.is_some())
}
