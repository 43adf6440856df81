//! A folder of pictures and movies to the table of what the video mark survives.
//!
//! `cargo run -p maquette-provenance --example video_mark -- FOLDER [CLIPS [WRONG_KEYS [PAIRS]]]`
//!
//! Every file of FOLDER (1280×720 or more) is a shot. Clips of 72 frames are made by moving a window over it, no two alike;
//! they are marked, handed to the system's ffmpeg to be damaged, and searched. Every clip goes through the row that counts, one
//! in ten through the others. Where WRONG_KEYS are asked for, each is one trial against a damaged clip. With PAIRS, a
//! folder, one clip in ten is written there without loss, as it was and marked, for `scripts/oracles/video_mark.sh`.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use maquette_media::{Ffmpeg, PixelFormat, Reading, read_frames};
use maquette_provenance::mark::{
    InstallKey, Payload, PublicKey,
    video::{Detector, Found, Position, VideoMark},
};

const SIZE: (usize, usize) = (1280, 720);
const FRAMES: usize = 72;
const KEY: InstallKey = InstallKey([42; 32]);

type Failure = Box<dyn std::error::Error>;
type Picture = Vec<[u8; 3]>;

/// What is done to a marked clip: a name, ffmpeg's filter, encoder.
const ATTACKS: [(&str, &str, &str); 11] = [
    ("crop 10 %, half size, H.264 CRF 28", "crop=iw*0.9:ih*0.9:iw*0.1*CX:ih*0.1*CY,scale=iw/2:ih/2", H264_28),
    ("the same, CRF 33", "crop=iw*0.9:ih*0.9:iw*0.1*CX:ih*0.1*CY,scale=iw/2:ih/2", H264_33),
    ("AV1 CRF 35, half size", "scale=iw/2:ih/2", "-c:v libsvtav1 -preset 10 -crf 35"),
    ("23.976 to 30 frames a second, CRF 28", "fps=30,scale=iw/2:ih/2", H264_28),
    (
        "the second of three seconds, half size, CRF 28",
        "trim=start_frame=24:end_frame=48,setpts=PTS-STARTPTS,scale=iw/2:ih/2",
        H264_28,
    ),
    ("brightness +0.08, half size, CRF 28", "eq=brightness=0.08,scale=iw/2:ih/2", H264_28),
    ("gamma 1.3, half size, CRF 28", "eq=gamma=1.3,scale=iw/2:ih/2", H264_28),
    ("rotated by 1°, half size, CRF 28", "rotate=PI/180,scale=iw/2:ih/2", H264_28),
    (
        "letterboxed to 2.39:1, half size, CRF 28",
        "scale=iw*0.744:ih*0.744,pad=1280:720:-1:-1,scale=iw/2:ih/2",
        H264_28,
    ),
    (
        "bars painted over, half size, CRF 28",
        "drawbox=h=92:t=fill,drawbox=y=628:h=92:t=fill,scale=iw/2:ih/2",
        H264_28,
    ),
    ("full size, CRF 23", "null", "-c:v libx264 -preset veryfast -crf 23"),
];
const H264_28: &str = "-c:v libx264 -preset veryfast -crf 28";
const H264_33: &str = "-c:v libx264 -preset veryfast -crf 33";

/// What is done to a marked picture: a name, size of its sides against the original, JPEG quality.
const IMAGE_ATTACKS: [(&str, f32, u8); 5] = [
    ("one image, half size, JPEG 75", 0.5, 75),
    ("one image, half size, JPEG 50", 0.5, 50),
    ("one image, full size, JPEG 50", 1.0, 50),
    ("one image made at 480×270, JPEG 75", -1.0, 75),
    ("one image made at 480×270, JPEG 50", -1.0, 50),
];

/// Times a row was tried and found, and the weakest correlation among those found.
#[derive(Clone, Default)]
struct Row {
    tried: usize,
    found: usize,
    weakest_z: Option<f32>,
    missed: Vec<String>,
}

impl Row {
    fn count(&mut self, clip: &str, id: u32, found: Option<Found>) {
        self.tried += 1;
        match found.filter(|found| found.payload == Payload::new(&KEY, id)) {
            Some(found) => {
                self.found += 1;
                let weakest = self.weakest_z.unwrap_or(f32::MAX);
                self.weakest_z = Some(weakest.min(found.correlation_z));
            }
            None => self.missed.push(clip.to_owned()),
        }
    }
}

/// Everything measured.
#[derive(Default)]
struct Table {
    rows: Vec<(String, Row)>,
    psnr_db: Vec<f64>,
    embedding: Duration,
    detecting: Duration,
    keys_tried: u64,
    highest_wrong_z: f32,
    false_alarms: u64,
    unmarked_found: usize,
    unmarked_tried: usize,
}

impl Table {
    fn row(&mut self, name: &str) -> &mut Row {
        let index = self.rows.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.rows.push((name.to_owned(), Row::default()));
            self.rows.len() - 1
        });
        &mut self.rows[index].1
    }
}

/// A still, or the frames of a movie.
struct Shot {
    name: String,
    width: usize,
    height: usize,
    frames: Vec<Picture>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |i: usize, default: u64| arguments.get(i).and_then(|a| a.parse().ok()).unwrap_or(default);
    let Some(folder) = arguments.first() else {
        eprintln!("usage: video_mark FOLDER [CLIPS [WRONG_KEYS [PAIRS]]]");
        return ExitCode::FAILURE;
    };
    let pairs = arguments.get(3).map(Path::new);
    match measured(Path::new(folder), number(1, 330) as usize, number(2, 0), pairs) {
        Ok(table) => print(&table),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measured(folder: &Path, clips: usize, wrong_keys: u64, pairs: Option<&Path>) -> Result<Table, Failure> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Failure>>()?;
    paths.sort();
    let work = env::temp_dir().join(format!("video_mark.{}", std::process::id()));
    fs::create_dir_all(&work)?;
    let shots = paths.iter().map(|path| shot(path)).collect::<Result<Vec<_>, _>>()?;
    let mut table = Table::default();
    for number in 0..clips {
        let shot = &shots[number % shots.len()];
        measure(shot, number / shots.len(), number, wrong_keys / clips as u64, pairs, &work, &mut table)?;
        if (number + 1).is_multiple_of(shots.len()) {
            eprintln!("{} clips, {} of them found", number + 1, table.rows[0].1.found);
            print(&table);
        }
    }
    fs::remove_dir_all(&work)?;
    Ok(table)
}

fn measure(
    shot: &Shot,
    clip: usize,
    number: usize,
    wrong_keys: u64,
    pairs: Option<&Path>,
    work: &Path,
    table: &mut Table,
) -> Result<(), Failure> {
    let sampled = number % 10 == number / 10 % 10;
    let id = 0x1000_0000 + number as u32 * 7919;
    let mark = VideoMark::new(&KEY, id);
    let frames: Vec<Picture> = (0..FRAMES).map(|t| window(shot, clip, t, SIZE)).collect();
    let mut marked = frames.clone();
    let start = Instant::now();
    for (t, frame) in marked.iter_mut().enumerate() {
        let position = if t == 0 { Position::Opening } else { Position::Within };
        mark.embed(frame, SIZE.0, SIZE.1, position);
    }
    table.embedding += start.elapsed();
    table.psnr_db.push(psnr_db(&frames, &marked));
    let name = format!("{} {clip}", shot.name);
    let file = work.join("clip.mkv");
    for (row, (attack, filter, encoder)) in ATTACKS.iter().enumerate() {
        if row > 0 && !sampled {
            continue;
        }
        let offset = |salt: u64| format!("{:.3}", uniform(number as u64, salt));
        let filter = filter.replace("CX", &offset(71)).replace("CY", &offset(72));
        damaged(&marked, &filter, encoder, &file)?;
        let start = Instant::now();
        let detector = listened(&file)?;
        let found = detector.finish();
        table.detecting += start.elapsed();
        table.row(attack).count(&name, id, found);
        if row == 0 {
            let z = found.map_or("no mark".to_owned(), |found| {
                let right = found.payload == Payload::new(&KEY, id);
                format!("z {:.1}{}", found.correlation_z, if right { "" } else { ", another number" })
            });
            eprintln!("{name}: {:.1} dB, {z}", table.psnr_db[number]);
            wrong(&detector, number as u64, wrong_keys, table);
        }
    }
    if sampled {
        damaged(&frames, ATTACKS[0].1.split(',').next_back().unwrap_or("null"), H264_28, &file)?;
        table.unmarked_found += usize::from(listened(&file)?.finish().is_some());
        table.unmarked_tried += 1;
        if let Some(pairs) = pairs {
            fs::create_dir_all(pairs)?;
            damaged(
                &frames,
                "null",
                "-c:v libx264 -preset ultrafast -qp 0",
                &pairs.join(format!("{number}.plain.mkv")),
            )?;
            damaged(
                &marked,
                "null",
                "-c:v libx264 -preset ultrafast -qp 0",
                &pairs.join(format!("{number}.marked.mkv")),
            )?;
        }
    }
    images(shot, clip, sampled, &mark, id, &marked[FRAMES / 2], table)
}

/// Trials of keys that nobody marked with, at places all over the search.
fn wrong(detector: &Detector, number: u64, count: u64, table: &mut Table) {
    let keys: Vec<PublicKey> = (0..count)
        .map(|i| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_le_bytes());
            key[8..16].copy_from_slice(&i.to_le_bytes());
            PublicKey(key)
        })
        .collect();
    for (part, keys) in keys.chunks(256).enumerate() {
        let scale = 0.7 + 0.8 * uniform(number, part as u64) as f32;
        let rotation_deg = 4.0 * uniform(number, 1000 + part as u64) as f32 - 2.0;
        for z in detector.correlations_of(keys, scale, rotation_deg) {
            table.keys_tried += 1;
            table.highest_wrong_z = table.highest_wrong_z.max(z);
            table.false_alarms += u64::from(z >= Detector::threshold());
        }
    }
}

fn images(
    shot: &Shot,
    clip: usize,
    sampled: bool,
    mark: &VideoMark,
    id: u32,
    marked: &Picture,
    table: &mut Table,
) -> Result<(), Failure> {
    for (row, (name, scale, quality)) in IMAGE_ATTACKS.into_iter().enumerate() {
        if row > 1 && !sampled {
            continue;
        }
        let (picture, size) = if scale > 0.0 {
            let size = ((SIZE.0 as f32 * scale) as usize, (SIZE.1 as f32 * scale) as usize);
            (shrunk(marked, SIZE, size), size)
        } else {
            let size = (480, 270);
            let mut small = shrunk(&window(shot, clip, FRAMES / 2, SIZE), SIZE, size);
            mark.embed(&mut small, size.0, size.1, Position::Within);
            (small, size)
        };
        let mut jpeg = Vec::new();
        let (width, height) = (size.0 as u32, size.1 as u32);
        JpegEncoder::new_with_quality(&mut jpeg, quality).encode(
            picture.as_flattened(),
            width,
            height,
            ExtendedColorType::Rgb8,
        )?;
        let read = image::load_from_memory(&jpeg)?.to_luma8();
        let mut detector = Detector::new(PublicKey::PICTURE);
        detector.add(read.as_raw(), size.0, size.1);
        table.row(name).count(&format!("{} {clip}", shot.name), id, detector.finish());
    }
    Ok(())
}

fn shrunk(picture: &Picture, from: (usize, usize), to: (usize, usize)) -> Picture {
    if from == to {
        return picture.clone();
    }
    let image = image::RgbImage::from_raw(from.0 as u32, from.1 as u32, picture.as_flattened().to_vec())
        .unwrap_or_default();
    let small =
        image::imageops::resize(&image, to.0 as u32, to.1 as u32, image::imageops::FilterType::CatmullRom);
    small.as_raw().as_chunks::<3>().0.to_vec()
}

fn shot(path: &Path) -> Result<Shot, Failure> {
    let mut reading = Reading::all(PixelFormat::Rgb8);
    reading.at_most = Some(FRAMES as u64);
    let frames = read_frames(path, &reading)?;
    let (width, height) = (frames.picture.width, frames.picture.height);
    let frames =
        frames.map(|frame| Ok(frame?.as_chunks::<3>().0.to_vec())).collect::<Result<_, Failure>>()?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut shot = Shot { name, width, height, frames };
    while shot.width >= 2 * SIZE.0 && shot.height >= 2 * SIZE.1 {
        let half = (shot.width / 2, shot.height / 2);
        shot.frames = shot.frames.iter().map(|frame| halved(frame, shot.width, half)).collect();
        (shot.width, shot.height) = half;
    }
    Ok(shot)
}

fn halved(frame: &Picture, stride: usize, (width, height): (usize, usize)) -> Picture {
    let mean = |i: usize| {
        let at = i / width * 2 * stride + i % width * 2;
        let four = [frame[at], frame[at + 1], frame[at + stride], frame[at + stride + 1]];
        [0, 1, 2].map(|c| (four.iter().map(|p| u32::from(p[c])).sum::<u32>() / 4) as u8)
    };
    (0..width * height).map(mean).collect()
}

/// Frame `t` of a clip: a window that drifts and zooms over the shot; every fourth clip trembles, every fifth stands still.
fn window(shot: &Shot, clip: usize, t: usize, (width, height): (usize, usize)) -> Picture {
    let frame = &shot.frames[t % shot.frames.len()];
    let random = |salt: u64| uniform(clip as u64, salt) as f32;
    let way = if clip % 5 == 4 { 0.0 } else { t as f32 / FRAMES as f32 };
    let between = |from: u64, to: u64| random(from) + way * (random(to) - random(from));
    let aspect = width as f32 / height as f32;
    let widest = (shot.width as f32).min(shot.height as f32 * aspect);
    let window = widest * (0.65 + 0.3 * between(1, 2));
    let tremble = if clip % 4 == 3 { 4.0 } else { 0.0 };
    let shake = |speed: f32| tremble * (speed * t as f32).sin();
    let left = (between(3, 4) * (shot.width as f32 - window) + shake(0.9)).max(0.0);
    let top = (between(5, 6) * (shot.height as f32 - window / aspect) + shake(1.3)).max(0.0);
    let step = window / width as f32;
    let columns: Vec<_> =
        (0..width).map(|x| cell(left + (x as f32 + 0.5) * step - 0.5, shot.width)).collect();
    let mut picture = Vec::with_capacity(width * height);
    for y in 0..height {
        let (row, down) = cell(top + (y as f32 + 0.5) * step - 0.5, shot.height);
        let [above, below] = [row, row + 1].map(|row| &frame[row * shot.width..][..shot.width]);
        picture.extend(columns.iter().map(|&(x, across)| {
            let mix = |c: usize| {
                let line = |line: &[[u8; 3]]| {
                    i32::from(line[x][c]) * (256 - across) + i32::from(line[x + 1][c]) * across
                };
                ((line(above) * (256 - down) + line(below) * down + 32_768) >> 16) as u8
            };
            [mix(0), mix(1), mix(2)]
        }));
    }
    picture
}

/// The pixel before a place, and how far it is behind in 256ths.
fn cell(place: f32, end: usize) -> (usize, i32) {
    let place = place.clamp(0.0, end as f32 - 1.001);
    (place as usize, (place.fract() * 256.0) as i32)
}

/// A fixed number of [0, 1) for each pair.
fn uniform(a: u64, b: u64) -> f64 {
    let mut x = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xd1b5_4a32_d192_ed03);
    for _ in 0..3 {
        x = (x ^ x >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (x >> 11) as f64 / 2_f64.powi(53)
}

/// Over all frames and channels of a clip.
fn psnr_db(plain: &[Picture], marked: &[Picture]) -> f64 {
    let square = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b)).pow(2);
    let frames =
        plain.iter().zip(marked).map(|(plain, marked)| (plain.as_flattened(), marked.as_flattened()));
    let sum: u64 = frames.map(|(plain, marked)| plain.iter().zip(marked).map(square).sum::<u64>()).sum();
    let count = plain.iter().map(|frame| 3 * frame.len()).sum::<usize>();
    10.0 * (255.0 * 255.0 * count as f64 / sum as f64).log10()
}

/// Writes a clip through a filter and an encoder.
fn damaged(frames: &[Picture], filter: &str, encoder: &str, file: &Path) -> Result<(), Failure> {
    let size = format!("{}x{}", SIZE.0, SIZE.1);
    let filter = format!("{filter},scale=trunc(iw/2)*2:trunc(ih/2)*2:out_color_matrix=bt709,format=yuv420p");
    let path = file.to_string_lossy();
    let mut arguments =
        vec!["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-r", "24000/1001", "-i", "pipe:0"];
    arguments.extend(["-vf", &filter, "-threads", "2", "-colorspace", "bt709"]);
    arguments.extend(encoder.split(' '));
    arguments.push(&path);
    let mut running = Ffmpeg::of_system().write(&arguments)?;
    for frame in frames {
        running.send(frame.as_flattened());
    }
    Ok(running.finish(file)?)
}

/// A detector that has seen all of a movie.
fn listened(file: &Path) -> Result<Detector, Failure> {
    let frames = read_frames(file, &Reading::all(PixelFormat::Luma8))?;
    let (width, height) = (frames.picture.width, frames.picture.height);
    let mut detector = Detector::new(PublicKey::PICTURE);
    for frame in frames {
        detector.add(&frame?, width, height);
    }
    Ok(detector)
}

fn print(table: &Table) {
    println!("| after | found | weakest z |\n|---|---|---|");
    for (name, row) in &table.rows {
        let share = 100.0 * row.found as f32 / row.tried as f32;
        let weakest = row.weakest_z.map_or("–".to_owned(), |z| format!("{z:.1}"));
        println!("| {name} | {} of {} ({share:.1} %) | {weakest} |", row.found, row.tried);
    }
    let clips = table.psnr_db.len();
    let lowest = table.psnr_db.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "\nPSNR: lowest {lowest:.2} dB, mean {:.2} dB",
        table.psnr_db.iter().sum::<f64>() / clips as f64
    );
    println!("unmarked clips found: {} of {}", table.unmarked_found, table.unmarked_tried);
    println!(
        "wrong keys: {} tried, {} over the threshold {:.2}, highest {:.2}",
        table.keys_tried,
        table.false_alarms,
        Detector::threshold(),
        table.highest_wrong_z
    );
    println!("embedding: {:.1} ms a frame", 1e3 * table.embedding.as_secs_f64() / (clips * FRAMES) as f64);
    for (name, row) in table.rows.iter().filter(|(_, row)| !row.missed.is_empty()) {
        println!("missed after {name}: {}", row.missed.join(", "));
    }
}
