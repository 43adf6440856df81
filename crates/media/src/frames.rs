//! The frames of a movie or a still image, one after the other.

use std::{ffi::OsString, path::Path, path::PathBuf};

use crate::{Error, Ffmpeg, PictureStream, Running, ffmpeg::input, probe};

/// How a pixel is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// One byte, full range: BT.709 luma of the coded picture.
    Luma8,
    /// Red, green, blue, a byte each, full range.
    Rgb8,
    /// Red, green, blue, alpha, 16 bits each, little-endian, full range; alpha is 65 535 where the file has none.
    Rgba16,
}

impl PixelFormat {
    /// Bytes a pixel.
    pub fn bytes(self) -> usize {
        match self {
            Self::Luma8 => 1,
            Self::Rgb8 => 3,
            Self::Rgba16 => 8,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Luma8 => "gray",
            Self::Rgb8 => "rgb24",
            Self::Rgba16 => "rgba64le",
        }
    }
}

/// What of a file is read, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// How pixels are given.
    pub format: PixelFormat,
    /// Frames a second to repeat or drop to; none keeps every coded frame once.
    pub fps: Option<(u32, u32)>,
    /// Where to begin, in seconds.
    pub from_s: f64,
    /// Frames at most.
    pub at_most: Option<u64>,
    /// For a numbered image sequence (`plate.%04d.png`): the first number and the frames a second.
    pub sequence: Option<(u32, (u32, u32))>,
}

impl Reading {
    /// Every frame of a movie.
    pub fn all(format: PixelFormat) -> Self {
        Self { format, fps: None, from_s: 0.0, at_most: None, sequence: None }
    }
}

/// Frames of one size as they are decoded: `height` rows of `width` pixels from the top, without padding.
pub struct Frames {
    /// What the file holds.
    pub picture: PictureStream,
    format: PixelFormat,
    path: PathBuf,
    running: Option<Running>,
}

/// Starts to decode `path`: a movie, a still image or a numbered sequence. Untagged pictures are taken as BT.709 from 720
/// rows on and BT.601 below, as ffmpeg does.
///
/// # Errors
///
/// As [`probe`], and when the file has no picture. Later frames may fail as well.
pub fn read_frames(path: &Path, reading: &Reading) -> Result<Frames, Error> {
    let first = match reading.sequence {
        Some((number, _)) => numbered(path, number),
        None => path.to_owned(),
    };
    let lacking = || Error::Lacks { path: path.to_owned(), what: "picture" };
    let picture = probe(&first)?.picture.filter(|p| p.width > 0 && p.height > 0).ok_or_else(lacking)?;
    let running = Ffmpeg::of_system().read(&arguments(path, reading))?;
    Ok(Frames { picture, format: reading.format, path: path.to_owned(), running: Some(running) })
}

impl Iterator for Frames {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let running = self.running.as_mut()?;
        let mut frame = vec![0; self.picture.width * self.picture.height * self.format.bytes()];
        match running.receive(&mut frame) {
            Ok(got) if got == frame.len() => Some(Ok(frame)),
            Ok(_) => self.running.take().and_then(|running| running.finish(&self.path).err()).map(Err),
            Err(source) => {
                self.running = None;
                Some(Err(Error::File { action: "read the frames of", path: self.path.clone(), source }))
            }
        }
    }
}

fn arguments(path: &Path, reading: &Reading) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut say = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    if let Some((number, (numerator, denominator))) = reading.sequence {
        say(&["-framerate", &format!("{numerator}/{denominator}"), "-start_number", &number.to_string()]);
    }
    if reading.from_s > 0.0 {
        say(&["-ss", &reading.from_s.to_string()]);
    }
    arguments.extend(input(path));
    let mut say = |words: &[&str]| arguments.extend(words.iter().map(OsString::from));
    match reading.fps {
        Some((numerator, denominator)) => say(&["-r", &format!("{numerator}/{denominator}")]),
        None => say(&["-vsync", "passthrough"]),
    }
    if let Some(frames) = reading.at_most {
        say(&["-frames:v", &frames.to_string()]);
    }
    // Rotation flags and size changes in the stream must not change the frame's size.
    say(&["-map", "0:v:0", "-an", "-sn", "-dn"]);
    say(&["-sws_flags", "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"]);
    say(&["-pix_fmt", reading.format.name(), "-f", "rawvideo", "pipe:1"]);
    arguments
}

/// One file of a `%04d` sequence.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let name = path.to_string_lossy();
    let Some(start) = name.find('%') else { return path.to_owned() };
    let Some(length) = name[start..].find('d') else { return path.to_owned() };
    let width = name[start + 1..start + length].trim_start_matches('0').parse().unwrap_or(0);
    format!("{}{number:0width$}{}", &name[..start], &name[start + length + 1..]).into()
}
