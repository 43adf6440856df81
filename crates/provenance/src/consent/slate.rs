//! A challenge to a picture that is held before the camera, and the picture found again in a recording.
//!
//! The QR code carries the challenge with a quarter of its area to spare for glare and fingers; the digits are for the voice.

use std::{io, path::Path};

use font8x8::legacy::BASIC_LEGACY;
use maquette_media::{Frames, PixelFormat, Reading, read_frames};
use qrcode::{Color, EcLevel, QrCode};

use super::{Error, grant::Challenge, recording::first_number};

const WIDTH: usize = 1280;
const HEIGHT: usize = 720;

/// A grey picture, 0 black to 255 white, row by row from the top.
struct Slate {
    pixels: Vec<u8>,
}

impl Slate {
    fn fill(&mut self, (left, top): (usize, usize), side: usize) {
        for row in self.pixels.chunks_exact_mut(WIDTH).skip(top).take(side) {
            row[left.min(WIDTH)..(left + side).min(WIDTH)].fill(0);
        }
    }

    /// Letters of 8×8 dots of `dot` pixels; what the font lacks becomes a question mark.
    fn write(&mut self, text: &str, (left, top): (usize, usize), dot: usize) {
        for (index, c) in text.chars().enumerate() {
            let glyph = BASIC_LEGACY.get(c as usize).unwrap_or(&BASIC_LEGACY['?' as usize]);
            for (y, row) in glyph.iter().enumerate() {
                for x in (0..8).filter(|x| row >> x & 1 == 1) {
                    self.fill((left + (index * 8 + x) * dot, top + y * dot), dot);
                }
            }
        }
    }

    fn draw(&mut self, code: &QrCode, (left, top): (usize, usize), module: usize) {
        let side = code.width();
        for (index, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            self.fill((left + index % side * module, top + index / side * module), module);
        }
    }
}

/// The slate as a PNG file's bytes, 1280×720.
pub fn slate_png(challenge: &Challenge, project: &str) -> Result<Vec<u8>, Error> {
    let mut slate = Slate { pixels: vec![255; WIDTH * HEIGHT] };
    // The code is 58 characters of QR's alphanumeric set: it always fits.
    if let Ok(code) = QrCode::with_error_correction_level(challenge.code(), EcLevel::Q) {
        let module = 600 / code.width();
        slate.draw(&code, (80, (HEIGHT - module * code.width()) / 2), module);
    }
    slate.write("show this 3 seconds, say:", (730, 130), 2);
    slate.write(&challenge.digits(), (730, 200), 9);
    slate.write(&project.chars().take(33).collect::<String>(), (730, 360), 2);
    slate.write(&format!("sign before {}", challenge.until), (730, 420), 2);
    slate.write("maquette consent", (730, 560), 2);
    png(&slate.pixels).map_err(Error::file("encode the slate", Path::new("slate.png")))
}

fn png(pixels: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// How often a recording is looked at, a second, and for how long from its start.
const LOOKS_PER_S: u32 = 4;
const LOOKED_AT_S: u64 = 600;

/// When in a recording the slate of a challenge is first seen, in seconds; none if it is not.
///
/// # Errors
///
/// When the recording cannot be decoded.
pub fn find_slate(recording: &Path, challenge: &Challenge) -> Result<Option<f64>, Error> {
    let sequence = first_number(recording).map(|number| (number, (24, 1)));
    let at_most = Some(LOOKED_AT_S * u64::from(LOOKS_PER_S));
    let fps = Some((LOOKS_PER_S, 1));
    let reading = Reading { fps, at_most, sequence, ..Reading::all(PixelFormat::Luma8) };
    let frames = read_frames(recording, &reading)?;
    seen(frames, &challenge.code())
}

fn seen(frames: Frames, code: &str) -> Result<Option<f64>, Error> {
    let (width, height) = (frames.picture.width, frames.picture.height);
    for (index, frame) in frames.enumerate() {
        if shows(&frame?, (width, height), code) {
            return Ok(Some(index as f64 / f64::from(LOOKS_PER_S)));
        }
    }
    Ok(None)
}

/// Looks at full size and at half of it: noise and blur of a sharp camera vanish in the smaller picture, a small slate in the
/// larger one is kept.
fn shows(frame: &[u8], (width, height): (usize, usize), code: &str) -> bool {
    let at = |x: usize, y: usize| u32::from(frame[y * width + x]);
    let mean = |x: usize, y: usize| {
        let (x, y) = (2 * x, 2 * y);
        ((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4) as u8
    };
    reads(width, height, |x, y| frame[y * width + x], code)
        || (width.min(height) >= 480 && reads(width / 2, height / 2, mean, code))
}

fn reads(width: usize, height: usize, luma: impl FnMut(usize, usize) -> u8, code: &str) -> bool {
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, luma);
    picture.detect_grids().iter().any(|grid| grid.decode().is_ok_and(|(_, text)| text == code))
}
