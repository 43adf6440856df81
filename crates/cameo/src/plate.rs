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
    /// Opens a movie, a picture, or the numbered pictures of a pattern (`maya.%04d.png`), at `span.from_s`.
    pub(crate) fn open(path: &Path, span: &Span) -> Result<Self, Error> {
        let mut reading = Reading::all(PixelFormat::Rgba16);
        let frame_s = f64::from(span.fps.1) / f64::from(span.fps.0);
        let frame = (span.from_s / frame_s).round().max(0.0);
        match Numbered::of(path) {
            Some(numbered) => {
                let too_short = || Error::TooShort { path: path.to_owned(), from_s: span.from_s };
                let first = numbered.first().ok_or_else(too_short)?.saturating_add(frame as u32);
                if !numbered.file(first).exists() {
                    return Err(too_short());
                }
                reading.sequence = Some((first, span.fps));
            }
            None => {
                reading.fps = Some(span.fps);
                // A quarter of a frame early, so that rounding neither skips nor repeats the frame that begins here.
                reading.from_s = (span.from_s - 0.25 * frame_s).max(0.0);
            }
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
                sum.data.iter_mut().flatten().zip(color.data.iter().flatten()).for_each(|(a, b)| *a += b);
            }
        }
    }
    let sum = sum.ok_or_else(|| Error::TooShort { path: path.to_owned(), from_s: 0.0 })?;
    Ok(sum.map(|color| color.map(|channel| channel / count)))
}

/// The pattern of numbered pictures, `maya.%04d.png`, from the path of one of them that has a successor.
///
/// A permit is for the file it names: claim the pattern, or it covers the one picture only.
pub fn pattern_of(path: &Path) -> Option<PathBuf> {
    let ending = path.extension()?.to_str()?;
    if !["png", "tif", "tiff", "exr", "jpg", "jpeg"].contains(&ending.to_ascii_lowercase().as_str()) {
        return None;
    }
    let stem = path.file_stem()?.to_str()?;
    let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = stem.len() - before.len();
    let number: u32 = stem[before.len()..].parse().ok()?;
    let pattern = path.with_file_name(format!("{before}%0{digits}d.{ending}"));
    Numbered::of(&pattern)?.file(number.saturating_add(1)).exists().then_some(pattern)
}

/// A pattern's parts.
struct Numbered {
    folder: PathBuf,
    before: String,
    digits: usize,
    after: String,
}

impl Numbered {
    /// `None` for a path that is no pattern.
    fn of(path: &Path) -> Option<Self> {
        let (before, rest) = path.file_name()?.to_str()?.split_once('%')?;
        let (digits, after) = rest.split_once('d')?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (folder, before, after) = (folder.to_owned(), before.to_owned(), after.to_owned());
        Some(Self { folder, before, digits: digits.parse().unwrap_or(1), after })
    }

    fn file(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{}{number:0digits$}{}", self.before, self.after, digits = self.digits))
    }

    /// The lowest number there is.
    fn first(&self) -> Option<u32> {
        let names = std::fs::read_dir(&self.folder).ok()?.flatten().map(|entry| entry.file_name());
        let number = |name: std::ffi::OsString| -> Option<u32> {
            name.to_str()?.strip_prefix(&self.before)?.strip_suffix(&self.after)?.parse().ok()
        };
        names.filter_map(number).min()
    }
}

/// Whether a file has sound.
pub(crate) fn has_sound(path: &Path) -> Result<bool, Error> {
    Ok(Numbered::of(path).is_none() && probe(path)?.sound.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_is_the_one_that_begins_at_the_time_asked_for() {
        let ffmpeg = maquette_media::Ffmpeg::of_system();
        if ffmpeg.check().is_err() {
            println!("skipped: no ffmpeg");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counting.mp4");
        let target = path.to_string_lossy().into_owned();
        let source = "nullsrc=size=64x64:rate=24:duration=1,geq=lum=20+9*N:cb=128:cr=128";
        let words =
            ["-f", "lavfi", "-i", source, "-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p", &target];
        ffmpeg.write(&words).unwrap().finish(&path).unwrap();
        let span = |frame: u32| Span { fps: (24, 1), from_s: f64::from(frame) / 24.0, transfer: None };
        let level = |picture: Picture| picture.color.at(32, 32)[1];
        let all: Vec<f32> = Plate::open(&path, &span(0)).unwrap().map(|p| level(p.unwrap())).collect();
        assert_eq!(all.len(), 24);
        for frame in [1, 2, 11, 12, 20] {
            let from: Vec<f32> =
                Plate::open(&path, &span(frame)).unwrap().map(|p| level(p.unwrap())).collect();
            assert_eq!(from[..3], all[frame as usize..frame as usize + 3], "from frame {frame}");
        }
    }
}
