//! The sound of a take: each shot as its listener hears it, joined in the order of the edit, at one loudness.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use maquette_acoustics::propagate;
use maquette_conditioning::{Acoustics, Channels, Layout, SoundTimeline, Stems};
use maquette_scene::LoadedScene;
use maquette_soundtrack::{Head, Line, Listening, Master, MasterSettings, jaw, render_whole};
use maquette_stage::Stage;

use crate::{
    Error, Selection,
    cast::Cast,
    consent::{Company, Purpose, home},
    plan::{PlannedShot, plan},
    settings::{Ears, SoundSettings},
};

/// Either side of a cut fades this long, in samples: 5 ms. The perspective jumps there, and a jump in a waveform clicks.
const CUT_FADE: usize = 240;

/// Finished sound.
pub(crate) struct Programme {
    /// Every shot of the selection by name, at the programme's gain.
    pub(crate) shots: BTreeMap<String, Heard>,
    /// All shots in the order of the edit.
    pub(crate) sequence: Channels,
    /// How they were brought to their level.
    pub(crate) master: Master,
}

/// One shot's sound.
pub(crate) struct Heard {
    pub(crate) timeline: SoundTimeline,
    pub(crate) acoustics: Acoustics,
    pub(crate) stems: Stems,
    /// All stems together.
    pub(crate) whole: Channels,
}

/// The stage of a scene's sound, the shots that are asked for, and everybody who is heard in them, with leave and a voice.
pub(crate) fn assembled(
    scene: &LoadedScene,
    selection: &Selection,
) -> Result<(Stage, Vec<PlannedShot>, Company), Error> {
    let mut stage = Stage::new(scene)?;
    let shots = plan(&scene.scene, &stage, selection)?;
    let names = shots.iter().map(|shot| shot.name.as_str()).collect();
    let company = Company::admit(scene, &names, Purpose::default())?;
    speak(&mut stage, &Cast::of(scene), &company)?;
    Ok((stage, shots, company))
}

/// What sounds from a shot's first to its last selected frame.
pub(crate) fn timeline(stage: &mut Stage, shot: &PlannedShot) -> Result<SoundTimeline, Error> {
    let (first, last) = (shot.frames[0], shot.frames[shot.frames.len() - 1]);
    Ok(stage.sound_timeline(&shot.name, first..=last)?)
}

/// Gives everybody on the stage their voice: recorded people their own, others the lines that a synthesiser reads, which are
/// kept with the program's data.
pub(crate) fn speak(stage: &mut Stage, cast: &Cast, company: &Company) -> Result<(), Error> {
    company.voices().for_each(|(name, file)| stage.put_recording(name, file));
    cast.speak(stage, company)?;
    read_lines(stage, &home()?.join("cache").join("speech"))?;
    for (actor, line) in stage.spoken() {
        stage.put_opening(&actor, jaw(&line)?);
    }
    Ok(())
}

/// The four stems by their names.
pub(crate) fn parts(stems: &Stems) -> [(&'static str, &Channels); 4] {
    let Stems { dialogue, effects, ambience, music } = stems;
    [("dialogue", dialogue), ("effects", effects), ("ambience", ambience), ("music", music)]
}

/// Renders each shot from its first to its last selected frame, then brings them all to one loudness.
pub(crate) fn programme(
    stage: &mut Stage,
    shots: &[PlannedShot],
    settings: &SoundSettings,
) -> Result<Programme, Error> {
    let rendering = maquette_soundtrack::Settings {
        listening: listening(&settings.ears)?,
        sync: settings.sync,
        ..maquette_soundtrack::Settings::default()
    };
    let mut heard = BTreeMap::new();
    for shot in shots {
        if !heard.contains_key(&shot.name) {
            heard.insert(shot.name.clone(), hear(stage, shot, settings.reflections, &rendering)?);
        }
    }
    let in_order: Vec<Channels> = shots.iter().map(|shot| heard[&shot.name].whole.clone()).collect();
    let target = MasterSettings { target_lufs: settings.target_lufs, ..MasterSettings::default() };
    let master = Master::of(&in_order, &target);
    for shot in heard.values_mut() {
        shot.stems = master.finished_stems(&shot.stems);
        shot.whole = master.finished(&shot.whole);
    }
    let sequence = joined(rendering.listening.layout(), shots.iter().map(|shot| &heard[&shot.name].whole));
    Ok(Programme { shots: heard, sequence, master })
}

/// One shot as its listener hears it, in pascals.
fn hear(
    stage: &mut Stage,
    shot: &PlannedShot,
    reflections: u32,
    settings: &maquette_soundtrack::Settings,
) -> Result<Heard, Error> {
    let tracing =
        maquette_acoustics::Settings { max_order: reflections, ..maquette_acoustics::Settings::default() };
    let timeline = timeline(stage, shot)?;
    let acoustics = propagate(&timeline, &tracing)?;
    let (stems, whole) = render_whole(&timeline, &acoustics, settings)?;
    Ok(Heard { whole, timeline, acoustics, stems })
}

fn listening(ears: &Ears) -> Result<Listening, Error> {
    Ok(match ears {
        Ears::Stereo => Listening::Stereo,
        Ears::Binaural(None) => Listening::Binaural(Head::kemar()?),
        Ears::Binaural(Some(file)) => Listening::Binaural(Head::read(file)?),
        Ears::Surround => Listening::Surround,
        Ears::AmbiX => Listening::AmbiX,
        Ears::AmbiX3 => Listening::AmbiX3,
    })
}

/// Has every line of the scene read that was not read before.
fn read_lines(stage: &mut Stage, folder: &Path) -> Result<(), Error> {
    let lines: Vec<(String, Line)> = stage
        .lines()
        .map(|(sound, speech)| {
            let (text, voice) = (speech.text.clone(), speech.voice.clone());
            (sound.to_owned(), Line { text, voice, words_a_minute: speech.words_a_minute })
        })
        .collect();
    for (sound, line) in lines {
        let file = reading(&line, folder)?;
        stage.put_line(&sound, file);
    }
    Ok(())
}

/// The recording of a line, named by what is said and how.
fn reading(line: &Line, folder: &Path) -> Result<PathBuf, Error> {
    let name = blake3::hash(format!("{line:?}").as_bytes()).to_hex();
    let file = folder.join(format!("{}.wav", &name[..16]));
    if !file.exists() {
        let write = |source| Error::Io { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(write)?;
        // Another run may be reading the same line.
        let unfinished = file.with_extension(format!("{}.part.wav", std::process::id()));
        if let Some(phonemes) = maquette_soundtrack::speak(line, &unfinished)? {
            // Beside the recording, where jaws look for it.
            maquette_delivery::write_shared_file(&file.with_extension("pho"), phonemes.as_bytes())?;
        }
        std::fs::rename(&unfinished, &file).map_err(write)?;
    }
    Ok(file)
}

/// Programmes one after the other, without a click at the cuts. The whole's own beginning and end stay as they are.
fn joined<'a>(layout: Layout, shots: impl Iterator<Item = &'a Channels>) -> Channels {
    let mut whole = Channels::silent(layout, 0);
    for shot in shots {
        let cut = whole.length();
        for (channel, more) in whole.channels.iter_mut().zip(&shot.channels) {
            channel.extend_from_slice(more);
            if cut > 0 {
                fade(channel[..cut].iter_mut().rev());
                fade(channel[cut..].iter_mut());
            }
        }
    }
    whole
}

/// Raises the first samples from nothing to full along half a cosine.
fn fade<'a>(samples: impl Iterator<Item = &'a mut f32>) {
    for (index, sample) in samples.take(CUT_FADE).enumerate() {
        let phase = (index as f32 + 0.5) / CUT_FADE as f32 * std::f32::consts::PI;
        *sample *= 0.5 - 0.5 * phase.cos();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_does_not_click_and_keeps_the_length() {
        let [up, down] = [1.0, -1.0]
            .map(|value| Channels { layout: Layout::Stereo, channels: vec![vec![value; 1000]; 2] });
        let whole = joined(Layout::Stereo, [&up, &down].into_iter());
        assert_eq!(whole.length(), 2000);
        for channel in &whole.channels {
            let largest = channel.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(largest < 0.01, "a jump of {largest}");
            assert_eq!((channel[0], channel[1999]), (1.0, -1.0));
            assert_eq!(channel[1000 - CUT_FADE - 1], 1.0);
        }
    }
}
