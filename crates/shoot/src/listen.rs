//! The sound of a scene alone, without pictures: heard, and drawn to be looked at.

use std::path::{Path, PathBuf};

use maquette_acoustics::paths_json;
use maquette_conditioning::{BAND_CENTRES_HZ, EnergyDecay, SoundTimeline, SourceAcoustics};
use maquette_delivery::{Decay, Mark, SoundSheet, sound_sheet};
use maquette_scene::LoadedScene;
use maquette_soundtrack::{Loudness, impulse_response};

use crate::{
    Certificate, Error, Selection, SoundSettings,
    shelf::Shelf,
    sound::{Heard, assembled, programme},
    writer::Writer,
};

/// What [`listen`] made.
#[derive(Clone, Debug, PartialEq)]
pub struct Listened {
    /// The edit's sound.
    pub sound: PathBuf,
    /// A drawing of each shot's sound.
    pub sheets: Vec<PathBuf>,
    /// How loud the edit is.
    pub loudness: Loudness,
    /// The most that a limiter took off a peak, in dB.
    pub limited_db: f64,
}

/// Renders the sound of a selection into the folder `out`, and draws each shot's: waveform, spectrogram, what happens when,
/// how the room dies away. With `responses`, each source's impulse response, paths and room figures are written, too.
///
/// The sound is the one that [`Studio::shoot`](crate::Studio::shoot) writes for the same selection.
pub fn listen(
    scene: &LoadedScene,
    selection: &Selection,
    settings: &SoundSettings,
    certificate: Option<&Certificate>,
    responses: bool,
    out: &Path,
) -> Result<Listened, Error> {
    let (mut stage, shots, company) = assembled(scene, selection)?;
    let programme = programme(&mut stage, &shots, settings)?;
    company.seal()?;
    let writer = Writer::of_sound(scene, settings, certificate, out, &company)?;
    writer.sounds(&Shelf::new(out, false, false), &programme)?;
    let mut sheets = Vec::new();
    for (name, heard) in &programme.shots {
        let path = out.join(name).join("sound.png");
        let drawn = sound_sheet(&heard.whole.stereo(), &sheet(&scene.scene.title, name, heard))?;
        writer.drawing(&path, &format!("shot {name}, sound drawn"), &drawn)?;
        sheets.push(path);
        if responses {
            write_responses(&writer, name, &out.join(name), heard)?;
        }
    }
    let (loudness, limited_db) = (programme.master.loudness, programme.master.limited_db);
    let sound = out.join("sound.wav");
    Ok(Listened { sound, sheets, loudness, limited_db })
}

fn sheet(title: &str, shot: &str, heard: &Heard) -> SoundSheet {
    let from_s = heard.timeline.from_s;
    let marks = marks(&heard.timeline);
    SoundSheet { title: format!("{title}, shot {shot}"), from_s, marks, decays: decays(heard) }
}

/// How the room dies away after the first source that is heard, at the start of the range.
fn decays(heard: &Heard) -> Vec<Decay> {
    let audible = |source: &&SourceAcoustics| source.instants.iter().any(|arrivals| !arrivals.is_empty());
    let Some(source) = heard.acoustics.sources.iter().find(audible) else { return Vec::new() };
    let arrivals = source.instants.iter().find(|arrivals| !arrivals.is_empty());
    let decay = EnergyDecay::of(arrivals.map_or(&[][..], |arrivals| arrivals), source.late.first());
    let band = |(band, hz): (usize, f32)| Decay {
        label: if hz < 1000.0 { format!("{hz} Hz") } else { format!("{} kHz", hz / 1000.0) },
        levels_db: decay.decay_db(band).into_iter().map(|level| level as f32).collect(),
        step_s: decay.step_s(),
    };
    BAND_CENTRES_HZ.into_iter().enumerate().map(band).collect()
}

/// Each source's and hit's impulse response and paths at the start of the range, or when it is first heard.
fn write_responses(writer: &Writer, shot: &str, folder: &Path, heard: &Heard) -> Result<(), Error> {
    /// Longest response that is written.
    const MOST_S: f64 = 6.0;
    let mut paths = Vec::new();
    let sources = heard.timeline.sources.iter().map(|source| source.name.clone());
    let hits = (1..).zip(&heard.timeline.contacts);
    let hits = hits.map(|(n, hit)| format!("hit {n}, {}", hit.materials.join(" on ")));
    for (name, acoustics) in sources.chain(hits).zip(&heard.acoustics.sources) {
        let time_s = acoustics.start_s.max(heard.timeline.from_s);
        let bins = acoustics.late.iter().map(|late| late.bins.len() as f64 * late.bin_s);
        let early = acoustics.instants.iter().flatten().map(|arrival| arrival.delay_s);
        let length_s = bins.chain(early).fold(0.0, f64::max).min(MOST_S) + 0.1;
        // Names are the scene's; what a file system may not like is left out.
        let keep = |c: char| if c.is_alphanumeric() || "-_".contains(c) { c } else { '_' };
        let file = format!("response.{}.wav", name.chars().map(keep).collect::<String>());
        let response = impulse_response(acoustics, time_s, length_s);
        let what = format!("shot {shot}, what the room does to {name}");
        writer.beside(&folder.join(file), &what, |path| Ok(response.write_wav(path)?))?;
        paths.push(paths_json(&name, acoustics, time_s));
    }
    let text = format!("{:#}\n", serde_json::Value::Array(paths));
    writer.beside(&folder.join("paths.json"), &format!("shot {shot}, paths of its sounds"), |path| {
        Ok(maquette_delivery::write_file(path, text.as_bytes())?)
    })
}

/// Where sources begin and bodies meet, within the range.
fn marks(timeline: &SoundTimeline) -> Vec<Mark> {
    let begun = timeline.sources.iter().map(|source| (source.start_s, source.name.clone()));
    let beds = timeline.beds.iter().map(|bed| (bed.start_s, bed.name.clone()));
    let met = timeline.contacts.iter().map(|contact| (contact.time_s, contact.materials.join(" on ")));
    let mut marks: Vec<Mark> = begun
        .chain(beds)
        .chain(met)
        .filter(|(time_s, _)| (timeline.from_s..timeline.to_s).contains(time_s))
        .map(|(time_s, label)| Mark { time_s: time_s - timeline.from_s, label })
        .collect();
    marks.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    marks
}
