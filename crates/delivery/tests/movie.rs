//! Movies, judged by ffprobe and by decoding them again. Without ffmpeg each test says so and passes.

#![allow(clippy::unwrap_used, reason = "a test's helper may fail the test")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use maquette_conditioning::{Mix, Plane};
use maquette_delivery::{Error, Image8, Movie, check_ffmpeg, write_movie, write_wav};
use support::run_or_skip;
use tempfile::TempDir;

const BARS: [[u8; 3]; 8] = [
    [255, 255, 255],
    [255, 255, 0],
    [0, 255, 255],
    [0, 255, 0],
    [255, 0, 255],
    [255, 0, 0],
    [0, 0, 255],
    [0, 0, 0],
];

fn bars(width: usize, height: usize) -> Image8 {
    let data = (0..width * height).map(|i| BARS[(i % width) * 8 / width]).collect();
    Plane::from_vec(width, height, data).unwrap()
}

/// A gradient that moves, so that there is something to encode.
fn moving(width: usize, height: usize, index: usize) -> Image8 {
    let data = (0..width * height)
        .map(|i| [(i % width + 3 * index) as u8, (i / width * 2) as u8, (i + index * index) as u8])
        .collect();
    Plane::from_vec(width, height, data).unwrap()
}

fn frames(frames: Vec<Image8>) -> impl Iterator<Item = Result<Image8, Error>> {
    frames.into_iter().map(Ok)
}

fn clip(count: usize) -> impl Iterator<Item = Result<Image8, Error>> {
    (0..count).map(|index| Ok(moving(64, 48, index)))
}

/// A click at a sample, for checking when it is heard.
fn click(folder: &TempDir, seconds: f64, at: usize) -> PathBuf {
    let path = folder.path().join("mix.wav");
    let mut samples = vec![[0.0; 2]; (seconds * 48_000.0) as usize];
    samples[at..at + 48].iter_mut().enumerate().for_each(|(i, s)| *s = [0.8 * (i as f32 * 0.6).sin(); 2]);
    write_wav(&path, &Mix { samples }).unwrap();
    path
}

fn have_ffmpeg() -> bool {
    run_or_skip("ffmpeg", &["-version"]).is_some()
        && check_ffmpeg().is_ok()
        && run_or_skip("ffprobe", &["-version"]).is_some()
}

fn probe(path: &Path) -> serde_json::Value {
    let arguments = [
        "-v",
        "error",
        "-show_streams",
        "-show_format",
        "-count_frames",
        "-of",
        "json",
        path.to_str().unwrap(),
    ];
    serde_json::from_slice(&run_or_skip("ffprobe", &arguments).unwrap().stdout).unwrap()
}

fn decoded_rgb(path: &Path) -> Vec<u8> {
    let filter = "scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags=accurate_rnd+full_chroma_int";
    let arguments = [
        "-v",
        "error",
        "-i",
        path.to_str().unwrap(),
        "-vf",
        filter,
        "-pix_fmt",
        "rgb24",
        "-f",
        "rawvideo",
        "-",
    ];
    run_or_skip("ffmpeg", &arguments).unwrap().stdout
}

fn number(value: &serde_json::Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn streams_are_what_every_player_expects() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("movies/cut.mp4");
    let sound = click(&folder, 2.0, 24_000);
    write_movie(&path, clip(30), &Movie { fps: (24, 1), audio: Some(&sound) }).unwrap();
    let facts = probe(&path);
    let (video, audio) = (&facts["streams"][0], &facts["streams"][1]);
    for (field, value) in [
        ("codec_name", "h264"),
        ("pix_fmt", "yuv420p"),
        ("color_space", "bt709"),
        ("color_primaries", "bt709"),
        ("color_transfer", "bt709"),
        ("color_range", "tv"),
        ("r_frame_rate", "24/1"),
        ("nb_read_frames", "30"),
    ] {
        assert_eq!(video[field], value, "{field}");
    }
    assert_eq!((&audio["codec_name"], &audio["sample_rate"]), (&"aac".into(), &"48000".into()));
    assert_eq!(audio["channels"], 2);
    let bytes = fs::read(&path).unwrap();
    let place = |atom: &[u8]| bytes.windows(4).position(|window| window == atom).unwrap();
    assert!(place(b"moov") < place(b"mdat"), "the index comes last");
}

#[test]
fn duration_is_the_pictures_whatever_the_sounds_length() {
    if !have_ffmpeg() {
        return;
    }
    for (fps, rate) in [((24, 1), "24/1"), ((24_000, 1001), "24000/1001"), ((60, 1), "60/1")] {
        for (sound_s, count) in [(0.5, 31), (3.0, 31), (1.0, 1)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.mp4");
            let sound = click(&folder, sound_s, 100);
            let written = write_movie(&path, clip(count), &Movie { fps, audio: Some(&sound) }).unwrap();
            let expected = count as f64 * f64::from(fps.1) / f64::from(fps.0);
            assert_eq!(written, count as u64);
            let facts = probe(&path);
            let frame_s = f64::from(fps.1) / f64::from(fps.0);
            assert_eq!(facts["streams"][0]["r_frame_rate"], rate);
            for duration in [
                &facts["streams"][0]["duration"],
                &facts["streams"][1]["duration"],
                &facts["format"]["duration"],
            ] {
                let got = number(duration);
                assert!(
                    (got - expected).abs() < frame_s,
                    "{got} s for {expected} s at {rate}, sound {sound_s} s"
                );
            }
        }
    }
}

#[test]
fn colour_bars_survive() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bars.mp4");
    write_movie(&path, frames(vec![bars(256, 64); 3]), &Movie { fps: (24, 1), audio: None }).unwrap();
    let pixels = decoded_rgb(&path);
    assert_eq!(pixels.len(), 3 * 256 * 64 * 3);
    for (bar, color) in BARS.iter().enumerate() {
        let at = (32 * 256 + bar * 32 + 16) * 3;
        for (got, expected) in pixels[at..at + 3].iter().zip(color) {
            assert!(got.abs_diff(*expected) <= 3, "bar {bar}: {:?} for {color:?}", &pixels[at..at + 3]);
        }
    }
}

/// When the frame that is brighter than all others is shown, in seconds.
fn flash_s(path: &Path) -> f64 {
    let arguments =
        ["-v", "error", "-i", path.to_str().unwrap(), "-an", "-f", "rawvideo", "-pix_fmt", "gray", "-"];
    let luma = run_or_skip("ffmpeg", &arguments).unwrap().stdout;
    let mean = |frame: &[u8]| frame.iter().map(|&code| u64::from(code)).sum::<u64>();
    let (brightest, _) = luma.chunks_exact(64 * 48).enumerate().max_by_key(|(_, frame)| mean(frame)).unwrap();
    let arguments = [
        "-v",
        "error",
        "-select_streams",
        "v",
        "-show_entries",
        "frame=pts_time",
        "-of",
        "csv=p=0",
        path.to_str().unwrap(),
    ];
    let times = String::from_utf8(run_or_skip("ffprobe", &arguments).unwrap().stdout).unwrap();
    let mut times = times.lines().filter(|line| !line.is_empty());
    times.nth(brightest).unwrap().trim_end_matches(',').parse().unwrap()
}

/// Where in the decoded sound the recorded one is found again, in samples: the lag of the best correlation.
fn click_sample(path: &Path, sound: &Path) -> usize {
    let decoded = |path: &Path| -> Vec<f64> {
        let arguments = ["-v", "error", "-i", path.to_str().unwrap(), "-vn", "-f", "s16le", "-ac", "1", "-"];
        let pcm = run_or_skip("ffmpeg", &arguments).unwrap().stdout;
        pcm.as_chunks::<2>().0.iter().map(|&sample| f64::from(i16::from_le_bytes(sample))).collect()
    };
    let (played, recorded) = (decoded(path), decoded(sound));
    let start = recorded.iter().position(|sample| *sample != 0.0).unwrap();
    let shape = &recorded[start..start + 48];
    let likeness = |at: &usize| played[*at..].iter().zip(shape).map(|(a, b)| a * b).sum::<f64>();
    (0..played.len() - 48).max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap()
}

#[test]
fn a_flash_and_a_click_of_one_moment_are_decoded_within_a_sample() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    // A whole number of samples a frame, and one that is none.
    for fps in [(24, 1), (24_000, 1001)] {
        let moment_s = 18.0 * f64::from(fps.1) / f64::from(fps.0);
        let sample = (moment_s * 48_000.0).round() as usize;
        let sound = click(&folder, 2.0, sample);
        let lit = |index: usize| {
            Plane::from_vec(64, 48, vec![[if index == 18 { 240 } else { 20 }; 3]; 64 * 48]).unwrap()
        };
        write_movie(&path, frames((0..48).map(lit).collect()), &Movie { fps, audio: Some(&sound) }).unwrap();
        assert!((flash_s(&path) - moment_s).abs() < 0.5 / 48_000.0, "the flash is at {} s", flash_s(&path));
        let heard = click_sample(&path, &sound);
        assert!(heard.abs_diff(sample) <= 1, "the click is at sample {heard}, not {sample}");
    }
}

#[test]
fn the_same_frames_and_sound_give_the_same_bytes() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sound = click(&folder, 1.0, 500);
    let paths = ["a", "b"].map(|name| folder.path().join(name).join("cut.mp4"));
    for path in &paths {
        write_movie(path, clip(40), &Movie { fps: (24, 1), audio: Some(&sound) }).unwrap();
    }
    assert!(fs::read(&paths[0]).unwrap() == fs::read(&paths[1]).unwrap());
}

#[test]
fn odd_sizes_gain_a_repeated_line() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.mp4");
    let blue = Image8::new(33, 17).map(|_| [20, 40, 200]);
    write_movie(&path, frames(vec![blue; 2]), &Movie { fps: (25, 1), audio: None }).unwrap();
    let facts = probe(&path);
    assert_eq!((&facts["streams"][0]["width"], &facts["streams"][0]["height"]), (&34.into(), &18.into()));
    let pixels = decoded_rgb(&path);
    let corner = &pixels[34 * 18 * 3 - 3..34 * 18 * 3];
    assert!(
        corner.iter().zip([20u8, 40, 200]).all(|(got, expected)| got.abs_diff(expected) <= 3),
        "{corner:?}"
    );
}

#[test]
fn failures_leave_no_file() {
    if !have_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out/a.mp4");
    let nothing_left = || fs::read_dir(folder.path().join("out")).unwrap().count() == 0;

    let none = write_movie(&path, frames(Vec::new()), &Movie { fps: (24, 1), audio: None });
    assert!(matches!(none, Err(Error::NoFrames { .. })) && nothing_left());

    let mixed =
        write_movie(&path, frames(vec![bars(16, 16), bars(16, 18)]), &Movie { fps: (24, 1), audio: None });
    assert!(matches!(mixed, Err(Error::Size { .. })) && nothing_left());

    let broken = clip(3).chain([Err(Error::NoFrames { path: "frame 4".into() })]);
    assert!(
        write_movie(&path, broken, &Movie { fps: (24, 1), audio: None })
            .unwrap_err()
            .to_string()
            .contains("frame 4")
    );
    assert!(nothing_left());

    let absent = folder.path().join("absent.wav");
    let no_sound = write_movie(&path, clip(3), &Movie { fps: (24, 1), audio: Some(&absent) });
    let text = no_sound.unwrap_err().to_string();
    assert!(text.contains("absent.wav") && text.contains("No such file"), "{text}");
    assert!(nothing_left());

    for fps in [(0, 1), (24, 0), (90_000, 1)] {
        let impossible = write_movie(&path, clip(3), &Movie { fps, audio: None });
        assert!(matches!(impossible, Err(Error::FrameRate { .. })));
    }
    assert!(nothing_left());
}
