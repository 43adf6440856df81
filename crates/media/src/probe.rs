//! What a media file holds, by `ffprobe`.

use std::{ffi::OsString, path::Path};

use serde_json::Value;

use crate::{Error, Ffmpeg, ffmpeg::input};

/// A file's first picture and sound streams.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Its picture: of a movie, or of a still image.
    pub picture: Option<PictureStream>,
    /// Its sound.
    pub sound: Option<SoundStream>,
    /// Length in seconds, as the container says; stills and pipes have none.
    pub duration_s: Option<f64>,
}

/// A picture stream.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureStream {
    /// Columns, as shown: a telephone's upright picture is upright.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Frames a second, as an exact fraction.
    pub fps: (u32, u32),
    /// Frames, where the container counts them.
    pub frames: Option<u64>,
    /// ffmpeg's name of the codec: "h264", "prores", "png".
    pub codec: String,
}

/// A sound stream.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundStream {
    /// Samples a second and channel.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: usize,
    /// ffmpeg's name of the codec: "aac", "pcm_s24le".
    pub codec: String,
}

/// ffprobe's answer is a few kilobytes; a file that makes it longer is not worth reading.
const MOST_BYTES: u64 = 1 << 20;
/// Sides of a picture that are read.
const LONGEST_SIDE: u64 = 16_384;

/// Asks `ffprobe` what `path` holds.
///
/// # Errors
///
/// When the program is missing, the file is not one it reads, or a side is over 16 384 pixels.
pub fn probe(path: &Path) -> Result<Probe, Error> {
    let mut arguments: Vec<OsString> =
        ["-show_streams", "-show_format", "-of", "json"].iter().map(OsString::from).collect();
    arguments.extend(input(path));
    let mut running = Ffmpeg::of_system().probe(&arguments)?;
    let answer = running.receive_all(MOST_BYTES).map_err(Error::file("read what ffprobe says of", path))?;
    running.finish(path)?;
    parsed(path, &serde_json::from_slice(&answer).unwrap_or(Value::Null))
}

fn parsed(path: &Path, answer: &Value) -> Result<Probe, Error> {
    let none = Vec::new();
    let streams = answer["streams"].as_array().unwrap_or(&none);
    let first = |kind: &str| streams.iter().find(|stream| stream["codec_type"] == kind);
    Ok(Probe {
        picture: first("video").map(|stream| picture(path, stream)).transpose()?,
        sound: first("audio").map(sound),
        duration_s: number(&answer["format"]["duration"]),
    })
}

fn picture(path: &Path, stream: &Value) -> Result<PictureStream, Error> {
    let side = |field: &'static str| match stream[field].as_u64().unwrap_or(0) {
        value if value <= LONGEST_SIDE => Ok(value as usize),
        value => Err(Error::Limit { path: path.to_owned(), field, value, limit: LONGEST_SIDE }),
    };
    let (mut width, mut height) = (side("width")?, side("height")?);
    if lies_on_its_side(stream) {
        (width, height) = (height, width);
    }
    Ok(PictureStream {
        width,
        height,
        fps: fraction(&stream["r_frame_rate"]).unwrap_or((0, 1)),
        frames: number(&stream["nb_frames"]),
        codec: text(&stream["codec_name"]),
    })
}

fn sound(stream: &Value) -> SoundStream {
    SoundStream {
        sample_rate_hz: number(&stream["sample_rate"]).unwrap_or(0),
        channels: stream["channels"].as_u64().unwrap_or(0) as usize,
        codec: text(&stream["codec_name"]),
    }
}

/// Telephones store pictures as the sensor lay and say how to turn them; ffmpeg turns them when it decodes.
fn lies_on_its_side(stream: &Value) -> bool {
    let none = Vec::new();
    let notes = stream["side_data_list"].as_array().unwrap_or(&none);
    notes.iter().filter_map(|note| note["rotation"].as_i64()).any(|degrees| degrees.rem_euclid(180) == 90)
}

/// ffprobe writes most numbers as text.
fn number<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// "24000/1001" as a pair.
fn fraction(value: &Value) -> Option<(u32, u32)> {
    let (numerator, denominator) = value.as_str()?.split_once('/')?;
    Some((numerator.parse().ok()?, denominator.parse().ok().filter(|&d| d > 0)?))
}
