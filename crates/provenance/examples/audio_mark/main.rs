//! A folder of mixes to a table: what the audio mark survives, what it changes, how often it is found where it is not.
//!
//! Every sound is marked, cut to ten seconds at an odd place, sent through each attack and searched. `audio_mark FOLDER
//! [--more] [--keys N] [--table FILE]`: `--more` adds the attacks that are only reported, `--keys` is how many wrong keys are tried on
//! each unmarked sound. `audio_mark --mark IN OUT` writes one marked WAV, for ears and eyes.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use maquette_media::{Ffmpeg, read_samples};
use maquette_provenance::mark::{
    InstallKey, PublicKey,
    audio::{AudioMark, detect, strongest},
};
use rayon::prelude::*;

mod quality;
use quality::{Quality, quality};

type Channels = Vec<Vec<f32>>;

/// Name, what ffmpeg does, and the ending of the file it writes.
type Attack = (&'static str, &'static [&'static str], &'static str);

const REQUIRED: [Attack; 5] = [
    ("trim to 10 s", &["-c:a", "pcm_s16le"], "wav"),
    ("AAC 64 k", &["-c:a", "aac", "-b:a", "64k"], "m4a"),
    ("Opus 32 k", &["-c:a", "libopus", "-b:a", "32k"], "opus"),
    ("MP3 128 k", &["-c:a", "libmp3lame", "-b:a", "128k"], "mp3"),
    ("44.1 kHz", &["-ar", "44100", "-c:a", "pcm_s16le"], "wav"),
];

const REPORTED: [Attack; 8] = [
    ("mono, AAC 64 k", &["-ac", "1", "-c:a", "aac", "-b:a", "64k"], "m4a"),
    ("8 kHz band", &["-ar", "16000", "-c:a", "pcm_s16le"], "wav"),
    ("noise -30 dB", &[], "noise"),
    ("-12 dB", &["-af", "volume=-12dB", "-c:a", "pcm_s16le"], "wav"),
    ("equaliser", &["-af", "equalizer=f=1000:t=o:w=1:g=6,treble=g=-6,bass=g=6", "-c:a", "pcm_s16le"], "wav"),
    ("0.2 % faster", &["-af", "asetrate=48096,aresample=48000", "-c:a", "pcm_s16le"], "wav"),
    ("25 / 23.976", &["-af", "asetrate=50050,aresample=48000", "-c:a", "pcm_s16le"], "wav"),
    ("compressor", &["-af", "acompressor=threshold=-24dB:ratio=4", "-c:a", "pcm_s16le"], "wav"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, from, to] = arguments.as_slice()
        && flag == "--mark"
    {
        let mut channels = read_samples(Path::new(from), 48_000)?;
        AudioMark::new(&InstallKey([3; 32]), 0x5a_17c3).embed(&mut channels);
        return written(&channels, &["-c:a", "pcm_f32le"], Path::new(to));
    }
    let folder = arguments.first().ok_or("usage: audio_mark FOLDER [--more] [--keys N] [--table FILE]")?;
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
    let keys: u32 = option("--keys").map_or(Ok(0), |text| text.parse())?;
    let mut attacks = REQUIRED.to_vec();
    if arguments.iter().any(|argument| argument == "--more") {
        attacks.extend(REPORTED);
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let results: Vec<Outcome> = files
        .par_iter()
        .enumerate()
        .filter_map(|(index, path)| match outcome(path, index as u32, &attacks, keys) {
            Ok(outcome) => Some(outcome),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                None
            }
        })
        .collect();
    let text = table(&attacks, &results);
    if let Some(path) = option("--table") {
        fs::write(path, &text)?;
    }
    print(&text);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn print(text: &str) {
    println!("{text}");
}

/// Of one sound.
struct Outcome {
    name: String,
    quality: Quality,
    /// Correlation by attack where the right id was found; a wrong id is −1.
    found: Vec<Option<f64>>,
    /// Strongest correlations of the unmarked sound with wrong keys.
    wrong: Vec<f64>,
    detect_s: f64,
    embed_s: f64,
    length_s: f64,
}

fn outcome(path: &Path, index: u32, attacks: &[Attack], keys: u32) -> Result<Outcome, Box<dyn Error>> {
    let sound = read_samples(path, 48_000)?;
    let id = index.wrapping_mul(2_654_435_761) >> 8;
    let mut marked = sound.clone();
    let clock = std::time::Instant::now();
    AudioMark::new(&InstallKey([3; 32]), id).embed(&mut marked);
    let embed_s = clock.elapsed().as_secs_f64();
    let spare = marked[0].len().saturating_sub(480_000);
    let start = (index as usize).wrapping_mul(7919) % (spare + 1);
    let cut: Channels = marked.iter().map(|c| c[start..(start + 480_000).min(c.len())].to_vec()).collect();
    let mut detect_s = 0.0;
    let mut found = Vec::new();
    for attack in attacks {
        let heard = attacked(&cut, attack)?;
        let clock = std::time::Instant::now();
        let mark = detect(&heard, PublicKey::SOUND);
        detect_s += clock.elapsed().as_secs_f64();
        found.push(mark.map(|mark| if mark.id == id { mark.correlation_z } else { -1.0 }));
    }
    let wrong: Vec<PublicKey> = (0..keys).map(|key| wrong_key(index, key)).collect();
    Ok(Outcome {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        quality: quality(&sound, &marked)?,
        found,
        wrong: strongest(&sound, &wrong),
        detect_s: detect_s / attacks.len() as f64,
        embed_s,
        length_s: sound[0].len() as f64 / 48_000.0,
    })
}

fn wrong_key(sound: u32, key: u32) -> PublicKey {
    let mut bytes = [0x77; 32];
    bytes[..4].copy_from_slice(&sound.to_le_bytes());
    bytes[4..8].copy_from_slice(&key.to_le_bytes());
    PublicKey(bytes)
}

fn attacked(channels: &Channels, (_, arguments, ending): &Attack) -> Result<Channels, Box<dyn Error>> {
    if *ending == "noise" {
        return Ok(with_noise(channels));
    }
    let file = tempfile::Builder::new().suffix(&format!(".{ending}")).tempfile()?;
    written(channels, arguments, file.path())?;
    Ok(read_samples(file.path(), 48_000)?)
}

/// White noise 30 dB below the sound.
fn with_noise(channels: &Channels) -> Channels {
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let power: f32 = channels[0].iter().map(|s| s * s).sum::<f32>() / channels[0].len() as f32;
    let level = (3.0 * power / 1000.0).sqrt();
    channels.iter().map(|c| c.iter().map(|sample| sample + level * noise()).collect()).collect()
}

fn written(channels: &Channels, arguments: &[&str], path: &Path) -> Result<(), Box<dyn Error>> {
    let count = channels.len().to_string();
    let mut all = vec!["-f", "f32le", "-ar", "48000", "-ac", &count, "-i", "pipe:0"];
    all.extend(arguments);
    let name = path.to_string_lossy();
    all.push(&name);
    let mut running = Ffmpeg::of_system().write(&all)?;
    let frames = (0..channels[0].len()).flat_map(|n| channels.iter().flat_map(move |c| c[n].to_le_bytes()));
    running.send(&frames.collect::<Vec<u8>>());
    Ok(running.finish(path)?)
}

fn table(attacks: &[Attack], results: &[Outcome]) -> String {
    let count = results.len();
    let mut text = format!(
        "{count} sounds\n\n| attack | found | wrong id | least z | median z | missed |\n|---|---|---|---|---|---|\n"
    );
    for (column, (name, ..)) in attacks.iter().enumerate() {
        let mut z: Vec<f64> = results.iter().filter_map(|r| r.found[column]).filter(|z| *z > 0.0).collect();
        z.sort_by(f64::total_cmp);
        let wrong = results.iter().filter(|r| r.found[column].is_some_and(|z| z < 0.0)).count();
        let missed: Vec<&str> =
            results.iter().filter(|r| r.found[column].is_none()).map(|r| r.name.as_str()).collect();
        let (least, median) = (z.first().unwrap_or(&0.0), z.get(z.len() / 2).unwrap_or(&0.0));
        text += &format!(
            "| {name} | {}/{count} | {wrong} | {least:.1} | {median:.1} | {} |\n",
            z.len(),
            missed.join(" ")
        );
    }
    let worst = |of: fn(&Outcome) -> f64| results.iter().map(of).fold(f64::MIN, f64::max);
    let mean = |of: fn(&Outcome) -> f64| results.iter().map(of).sum::<f64>() / count.max(1) as f64;
    let mut row = |name: &str, of: fn(&Outcome) -> f64| {
        text += &format!("| {name} | {:.3} | {:.3} |\n", mean(of), worst(of));
    };
    row("\n\n| measure | mean | highest |\n|---|---|---|\n| noise to mask, dB", |r| {
        r.quality.noise_to_mask_db
    });
    row("segmental noise to signal, dB", |r| r.quality.noise_to_signal_db);
    row("change of loudness, LU", |r| r.quality.loudness_lu.abs());
    row("rise of true peak, dB", |r| r.quality.true_peak_db);
    row("seconds to detect a second", |r| r.detect_s / 10.0);
    row("seconds to mark a second", |r| r.embed_s / r.length_s);
    let wrong: Vec<f64> = results.iter().flat_map(|r| r.wrong.iter().copied()).collect();
    let highest = wrong.iter().copied().fold(0.0, f64::max);
    text + &format!("\nwrong keys: {} trials, highest z {highest:.2}\n", wrong.len())
}
