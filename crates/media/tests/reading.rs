//! Files that ffmpeg itself makes come back as the frames and samples they hold.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panics and say what they skip")]

use std::path::{Path, PathBuf};

use maquette_media::{Error, Ffmpeg, PixelFormat, Reading, probe, read_frames, read_samples};

/// Runs ffmpeg, or says that the check is skipped where there is none.
fn made(folder: &Path, name: &str, arguments: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    let ffmpeg = Ffmpeg::of_system();
    if ffmpeg.check().is_err() {
        println!("skipped: no ffmpeg");
        return None;
    }
    let mut words: Vec<&str> = arguments.split(' ').collect();
    let target = path.to_string_lossy().into_owned();
    words.push(&target);
    ffmpeg.write(&words).unwrap().finish(&path).unwrap();
    Some(path)
}

#[test]
fn every_frame_of_a_movie_comes_with_its_colours() {
    let folder = tempfile::tempdir().unwrap();
    let made = made(
        folder.path(),
        "red.mkv",
        "-f lavfi -i color=red:size=34x18:rate=25:duration=0.4 -c:v ffv1 -pix_fmt bgr0",
    );
    let Some(path) = made else { return };
    let found = probe(&path).unwrap();
    let picture = found.picture.unwrap();
    assert_eq!((picture.width, picture.height, picture.fps), (34, 18, (25, 1)));
    assert_eq!(found.sound, None);
    let frames: Vec<_> =
        read_frames(&path, &Reading::all(PixelFormat::Rgb8)).unwrap().map(Result::unwrap).collect();
    assert_eq!(frames.len(), 10);
    for pixel in frames.concat().as_chunks::<3>().0 {
        assert!(pixel[0] > 252 && pixel[1] < 3 && pixel[2] < 3, "{pixel:?}");
    }
}

#[test]
fn luma_is_full_range_and_alpha_survives() {
    let folder = tempfile::tempdir().unwrap();
    let clip = "-f lavfi -i color=white:size=32x32:rate=24:duration=0.1 -c:v libx264 -pix_fmt yuv420p";
    let Some(path) = made(folder.path(), "white.mp4", clip) else { return };
    let frame = read_frames(&path, &Reading::all(PixelFormat::Luma8)).unwrap().next().unwrap().unwrap();
    assert!(frame.iter().all(|&luma| luma >= 254), "limited range");
    let still = "-f lavfi -i color=blue@0.5:size=8x8,format=rgba -frames:v 1";
    let path = made(folder.path(), "blue.png", still).unwrap();
    let frame = read_frames(&path, &Reading::all(PixelFormat::Rgba16)).unwrap().next().unwrap().unwrap();
    let alpha = u16::from_le_bytes([frame[6], frame[7]]);
    assert!(alpha.abs_diff(32_768) < 300, "{alpha}");
}

#[test]
fn a_numbered_sequence_is_read_in_order_at_its_rate() {
    let folder = tempfile::tempdir().unwrap();
    let pattern = "-f lavfi -i nullsrc=size=16x16:rate=24:duration=0.125,geq=lum=64*(N+1):cb=128:cr=128,format=gray -start_number 1001";
    let Some(path) = made(folder.path(), "plate.%04d.png", pattern) else { return };
    let reading = Reading { sequence: Some((1001, (24, 1))), ..Reading::all(PixelFormat::Luma8) };
    let levels: Vec<u8> = read_frames(&path, &reading).unwrap().map(|frame| frame.unwrap()[0]).collect();
    assert_eq!(levels.len(), 3);
    assert!(levels.is_sorted_by(|a, b| a + 30 < *b), "{levels:?}");
}

#[test]
fn an_upright_telephone_picture_is_upright() {
    let folder = tempfile::tempdir().unwrap();
    let clip = "-f lavfi -i color=gray:size=64x32:rate=24:duration=0.1 -c:v libx264 -pix_fmt yuv420p";
    let Some(flat) = made(folder.path(), "flat.mp4", clip) else { return };
    let turned = format!("-i {} -c copy -metadata:s:v:0 rotate=90", flat.display());
    let path = made(folder.path(), "turned.mp4", &turned).unwrap();
    let frames = read_frames(&path, &Reading::all(PixelFormat::Luma8)).unwrap();
    assert_eq!((frames.picture.width, frames.picture.height), (32, 64));
    assert!(frames.map(Result::unwrap).count() >= 2);
}

#[test]
fn samples_come_by_channel_at_the_rate_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let tone = "-f lavfi -i aevalsrc=0.5|-0.25:s=44100:d=1 -c:a pcm_s24le";
    let Some(path) = made(folder.path(), "two.wav", tone) else { return };
    let channels = read_samples(&path, 48_000).unwrap();
    assert_eq!(channels.len(), 2);
    assert!(channels[0].len().abs_diff(48_000) <= 2);
    assert!((channels[0][24_000] - 0.5).abs() < 1e-3 && (channels[1][24_000] + 0.25).abs() < 1e-3);
}

#[test]
fn what_is_no_media_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.mp4");
    std::fs::write(&path, "not a movie").unwrap();
    match probe(&path) {
        Err(Error::NoFfmpeg { .. }) => println!("skipped: no ffmpeg"),
        Err(error) => assert!(error.to_string().contains("notes.mp4"), "{error}"),
        Ok(found) => panic!("{found:?}"),
    }
}
