//! The whole line: timeline and acoustics in, mix out.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use maquette_conditioning::{
    Acoustics, Clip, Contact, Mix, SAMPLE_RATE_HZ, SoundSource, SoundTimeline, SourceAcoustics,
};
use rayon::prelude::*;

use crate::{Error, clip, console, dry::Dry, level, stem::stem, strike::strike};

/// A day.
const MOST_RANGE_S: f64 = 86_400.0;

/// Settings of [`render`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Length of the fade when a path appears or vanishes, 0.001 to 0.1 s. Default 0.015. Shorter clicks, longer smears.
    pub crossfade_s: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { crossfade_s: 0.015 }
    }
}

/// Renders what is heard from `from_s` to `to_s` as pascals at 48 kHz, left and right: exactly
/// round((to_s − from_s)·48000) samples.
///
/// A recording's active RMS at one metre is its `level_db_spl_1m`; its channels are averaged first, since the room makes
/// the width. Sources that started earlier ring into the range. Equal inputs give equal bytes, on any number of cores.
///
/// # Errors
///
/// [`Error`] when a recording cannot be read, the range or a setting cannot be worked with, or the acoustics are another
/// timeline's.
pub fn render(timeline: &SoundTimeline, acoustics: &Acoustics, settings: &Settings) -> Result<Mix, Error> {
    validate(timeline, acoustics, settings)?;
    let length = samples_in(timeline.from_s, timeline.to_s);
    let (recorded, struck) = acoustics.sources.split_at(timeline.sources.len());
    let dry = recordings(&timeline.sources)?;
    let one =
        |dry: &Dry, heard: &SourceAcoustics| stem(dry, heard, timeline.from_s, length, settings.crossfade_s);

    let mut stems: Vec<Vec<[f32; 2]>> =
        dry.par_iter().zip(recorded).map(|(dry, heard)| one(dry, heard)).collect();
    if !timeline.contacts.is_empty() {
        stems.push(hits(&timeline.contacts, struck, length, one));
    }
    console::mixed(stems, length)
}

/// Samples in a range: the nearest whole number.
pub(crate) fn samples_in(from_s: f64, to_s: f64) -> usize {
    ((to_s - from_s) * f64::from(SAMPLE_RATE_HZ)).round() as usize
}

fn validate(timeline: &SoundTimeline, acoustics: &Acoustics, settings: &Settings) -> Result<(), Error> {
    let (from_s, to_s) = (timeline.from_s, timeline.to_s);
    if !(0.0..=MOST_RANGE_S).contains(&(to_s - from_s)) || !from_s.is_finite() {
        return Err(Error::Range { from_s, to_s, most_s: MOST_RANGE_S });
    }
    let (least, most) = (0.001, 0.1);
    if !(least..=most).contains(&settings.crossfade_s) {
        return Err(Error::Setting { name: "crossfade_s", value: settings.crossfade_s, least, most });
    }
    let (expected, found) = (timeline.sources.len() + timeline.contacts.len(), acoustics.sources.len());
    if expected != found {
        return Err(Error::Sources { expected, found });
    }
    Ok(())
}

/// Every recording at its level. A file that several sources play is decoded once.
fn recordings(sources: &[SoundSource]) -> Result<Vec<Dry>, Error> {
    let mut paths: Vec<&Path> = sources.iter().filter_map(file).collect();
    paths.sort_unstable();
    paths.dedup();
    let loaded: Vec<(PathBuf, Vec<f32>)> = paths
        .into_par_iter()
        .map(|path| Ok((path.to_owned(), clip::load(path)?)))
        .collect::<Result<_, Error>>()?;
    let files: BTreeMap<PathBuf, Vec<f32>> = loaded.into_iter().collect();
    sources.par_iter().map(|source| recording(source, &files)).collect()
}

fn file(source: &SoundSource) -> Option<&Path> {
    match &source.clip {
        Clip::File(path) => Some(path),
        Clip::Samples(_) => None,
    }
}

fn recording(source: &SoundSource, files: &BTreeMap<PathBuf, Vec<f32>>) -> Result<Dry, Error> {
    let samples = match &source.clip {
        Clip::File(path) => level::scaled_to(&files[path], source.level_db_spl_1m),
        Clip::Samples(samples) => {
            level::scaled_to(&clip::checked(samples.to_vec(), &source.name)?, source.level_db_spl_1m)
        }
    };
    Ok(Dry { samples: samples.into(), start_s: source.start_s, looped: source.looped })
}

/// All hits on one stem, added in the timeline's order so that rounding does not depend on threads.
fn hits(
    contacts: &[Contact],
    struck: &[SourceAcoustics],
    length: usize,
    one: impl Fn(&Dry, &SourceAcoustics) -> Vec<[f32; 2]> + Sync,
) -> Vec<[f32; 2]> {
    const TOGETHER: usize = 8;
    let mut sum = vec![[0.0; 2]; length];
    for (contacts, struck) in contacts.chunks(TOGETHER).zip(struck.chunks(TOGETHER)) {
        let heard = |(contact, acoustics): (&Contact, &SourceAcoustics)| {
            let samples: Arc<[f32]> = strike(contact).into();
            one(&Dry { samples, start_s: contact.time_s, looped: false }, acoustics)
        };
        let stems: Vec<Vec<[f32; 2]>> = contacts.par_iter().zip(struck).map(heard).collect();
        for stem in &stems {
            for (total, sample) in sum.iter_mut().zip(stem) {
                total[0] += sample[0];
                total[1] += sample[1];
            }
        }
    }
    sum
}
