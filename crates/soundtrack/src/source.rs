//! What plays to dry samples: recordings decoded, backgrounds and slides synthesised, all at their level.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use maquette_conditioning::{Clip, SAMPLE_RATE_HZ, SoundSource, SoundTimeline};
use rayon::prelude::*;

use crate::{
    Error,
    ambience::{LOOP, ambience},
    clip,
    dry::Dry,
    level,
    slide::slide,
};

/// A background that begins with the scene has sounded before, by so many of its loops: a minute, the longest that a room
/// is followed. Else every room would fill up anew at 0 s, over a second and more.
const LOOPS_BEFORE: f64 = 3.0;

/// Every source of a timeline. A file that several play is decoded once.
pub(crate) fn all(timeline: &SoundTimeline) -> Result<Vec<Dry>, Error> {
    let mut paths: Vec<&Path> = timeline.sources.iter().filter_map(file).collect();
    paths.sort_unstable();
    paths.dedup();
    let loaded: Vec<(PathBuf, Vec<f32>)> = paths
        .into_par_iter()
        .map(|path| Ok((path.to_owned(), clip::load(path)?)))
        .collect::<Result<_, Error>>()?;
    let files: BTreeMap<PathBuf, Vec<f32>> = loaded.into_iter().collect();
    timeline.sources.par_iter().map(|source| dry(source, &files)).collect()
}

fn file(source: &SoundSource) -> Option<&Path> {
    match &source.clip {
        Clip::File(path) => Some(path),
        _ => None,
    }
}

fn dry(source: &SoundSource, files: &BTreeMap<PathBuf, Vec<f32>>) -> Result<Dry, Error> {
    let level_db = source.level_db_spl_1m;
    let (samples, looped) = match &source.clip {
        Clip::File(path) => (level::scaled_to(&files[path], level_db), source.looped),
        Clip::Samples(samples) => {
            (level::scaled_to(&clip::checked(samples.to_vec(), &source.name)?, level_db), source.looped)
        }
        Clip::Ambience { kind, seed } => (level::scaled_to(&ambience(*kind, *seed), level_db), true),
        Clip::Slide(rubbed) => (slide(rubbed, &source.name), false),
    };
    let has_sounded = matches!(source.clip, Clip::Ambience { .. }) && source.start_s <= 0.0;
    let before_s = if has_sounded { LOOPS_BEFORE * LOOP as f64 / f64::from(SAMPLE_RATE_HZ) } else { 0.0 };
    Ok(Dry { samples: samples.into(), start_s: source.start_s - before_s, looped })
}
