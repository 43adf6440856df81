//! Graded frames and a WAV to an H.264/AAC movie.
//!
//! 1. The frames go through a pipe to `ffmpeg`, which encodes them without sound.
//! 2. The sound is cut or padded to the picture's length and multiplexed in, the picture copied.
//! 3. The finished file gets its name.
//!
//! Two passes because the number of frames is known only after the last one, and sound that is longer would
//! stretch the movie.

use std::{ffi::OsString, path::Path};

use maquette_conditioning::SAMPLE_RATE_HZ;
use maquette_media::{Ffmpeg, Running};

use crate::{Error, atomic::Pending, grade::Image8};

/// How a movie is made of frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Movie<'a> {
    /// Frames a second, as an exact fraction: (24, 1), (24000, 1001).
    pub fps: (u32, u32),
    /// Its sound, any file ffmpeg reads; cut or padded with silence to the picture's length.
    pub audio: Option<&'a Path>,
}

/// Constant quality: visually lossless. Lower is better and larger.
const CRF: &str = "16";
/// x264 gives other bytes for other thread counts; a fixed one gives the same on every machine of a kind.
const THREADS: &str = "4";

/// Writes an MP4 that plays everywhere: H.264 High, `yuv420p`, BT.709 tags and matrix, limited range, AAC 256 kbit/s,
/// index first.
///
/// Frames are sRGB pictures of one size; an odd side gains a repeated line, since 4:2:0 needs even ones. Says how
/// many frames it wrote. The same input gives the same bytes with the same ffmpeg, which is the one in `PATH` or the
/// one that `MAQUETTE_FFMPEG` names. On any error, one of `frames` included, no file appears.
pub fn write_movie<E: From<Error>>(
    path: &Path,
    frames: impl IntoIterator<Item = Result<Image8, E>>,
    movie: &Movie<'_>,
) -> Result<u64, E> {
    let ffmpeg = Ffmpeg::of_system();
    check_fps(path, movie.fps)?;
    let silent = Pending::part(path, "silent")?;
    let count = encode_frames(&ffmpeg, path, silent.path(), frames, movie.fps)?;
    let Some(audio) = movie.audio else {
        silent.commit()?;
        return Ok(count);
    };
    let complete = Pending::new(path)?;
    let samples = sound_samples(count, movie.fps);
    let arguments = sound_arguments(silent.path(), audio, complete.path(), samples);
    let running = ffmpeg.write(&arguments).map_err(Error::from)?;
    running.finish(path).map_err(Error::from)?;
    complete.commit()?;
    Ok(count)
}

/// Whether movies can be made: starts `ffmpeg` and stops it. Worth asking before hours of rendering.
pub fn check_ffmpeg() -> Result<(), Error> {
    Ok(Ffmpeg::of_system().check()?)
}

fn encode_frames<E: From<Error>>(
    ffmpeg: &Ffmpeg,
    path: &Path,
    target: &Path,
    frames: impl IntoIterator<Item = Result<Image8, E>>,
    fps: (u32, u32),
) -> Result<u64, E> {
    let mut encoder: Option<(Running, (usize, usize))> = None;
    let mut count = 0;
    for frame in frames {
        let frame = even(frame?);
        let got = (frame.width(), frame.height());
        if encoder.is_none() {
            let running = ffmpeg.write(&picture_arguments(got, fps, target)).map_err(Error::from)?;
            encoder = Some((running, got));
        }
        let Some((running, expected)) = &mut encoder else { continue };
        if got != *expected {
            let (what, expected) = (format!("frame {}", count + 1), *expected);
            return Err(Error::Size { path: path.to_owned(), what, got, expected }.into());
        }
        if !running.send(frame.data.as_flattened()) {
            break;
        }
        count += 1;
    }
    let (running, _) = encoder.ok_or_else(|| Error::NoFrames { path: path.to_owned() })?;
    running.finish(path).map_err(Error::from)?;
    Ok(count)
}

/// Index first, so that it plays while it loads. The tools' own names and times stay out, so that the same input
/// gives the same bytes.
const CONTAINER: [&str; 12] = [
    "-movflags",
    "+faststart",
    "-map_metadata",
    "-1",
    "-fflags",
    "+bitexact",
    "-flags:v",
    "+bitexact",
    "-flags:a",
    "+bitexact",
    "-f",
    "mp4",
];

fn picture_arguments((width, height): (usize, usize), fps: (u32, u32), target: &Path) -> Vec<OsString> {
    // Full-range RGB to limited-range BT.709, chroma computed at full resolution and rounded, not truncated.
    const FILTER: &str = "scale=out_color_matrix=bt709:out_range=tv:\
                          flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact,format=yuv420p";
    let size = format!("{width}x{height}");
    let rate = format!("{}/{}", fps.0, fps.1);
    let mut arguments = words(&["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", &size]);
    arguments.extend(words(&["-framerate", &rate, "-i", "pipe:0", "-vf", FILTER]));
    arguments.extend(words(&["-c:v", "libx264", "-preset", "medium", "-crf", CRF, "-threads", THREADS]));
    arguments.extend(words(&["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]));
    arguments.extend(words(&["-color_range", "tv"]));
    arguments.extend(words(&CONTAINER));
    arguments.push(target.into());
    arguments
}

fn sound_arguments(picture: &Path, sound: &Path, target: &Path, samples: u64) -> Vec<OsString> {
    let filter = format!("aresample={SAMPLE_RATE_HZ},apad,atrim=end_sample={samples}");
    let mut arguments = vec!["-i".into(), picture.into(), "-i".into(), sound.into()];
    arguments.extend(words(&["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-af", &filter]));
    arguments.extend(words(&["-ac", "2", "-c:a", "aac", "-b:a", "256k"]));
    arguments.extend(words(&CONTAINER));
    arguments.push(target.into());
    arguments
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

fn check_fps(path: &Path, (numerator, denominator): (u32, u32)) -> Result<(), Error> {
    const FASTEST: u32 = 1000;
    match numerator.checked_div(denominator) {
        Some(rate) if numerator > 0 && rate <= FASTEST => Ok(()),
        _ => Err(Error::FrameRate { path: path.to_owned(), numerator, denominator, fastest: FASTEST }),
    }
}

/// Samples that last as long as the picture, rounded to the nearest.
fn sound_samples(frames: u64, fps: (u32, u32)) -> u64 {
    let (numerator, denominator) = (u128::from(fps.0), u128::from(fps.1));
    let exact = u128::from(frames) * denominator * u128::from(SAMPLE_RATE_HZ);
    ((exact + numerator / 2) / numerator) as u64
}

/// Repeats the last column and row where a side is odd.
fn even(frame: Image8) -> Image8 {
    let (width, height) = (frame.width(), frame.height());
    if width % 2 == 0 && height % 2 == 0 {
        return frame;
    }
    let (wide, tall) = (width.next_multiple_of(2), height.next_multiple_of(2));
    let mut padded = Image8::new(wide, tall);
    for (index, code) in padded.data.iter_mut().enumerate() {
        *code = *frame.at((index % wide).min(width - 1), (index / wide).min(height - 1));
    }
    padded
}
