//! The whole line: timeline and acoustics in, stems or a mix out.

use maquette_conditioning::{
    Acoustics, Channels, Contact, Mix, SAMPLE_RATE_HZ, SoundTimeline, SourceAcoustics, Stem, Stems,
};
use rayon::prelude::*;

use crate::{
    Error, bed, console,
    dry::Dry,
    ears::Listening,
    source,
    stem::Hearing,
    strike::strike,
    sync::{self, Sync},
    voice::Voice,
};

/// A day.
const MOST_RANGE_S: f64 = 86_400.0;

/// Settings of [`render`].
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Length of the fade when a path appears or vanishes, 0.001 to 0.1 s. Default 0.015. Shorter clicks, longer smears.
    pub crossfade_s: f64,
    /// The format of what is rendered. Default stereo.
    pub listening: Listening,
    /// Whether sound takes its time from the source to the listener. Default: it does.
    pub sync: Sync,
}

impl Default for Settings {
    fn default() -> Self {
        Self { crossfade_s: 0.015, listening: Listening::Stereo, sync: Sync::Physical }
    }
}

/// Renders what is heard from `from_s` to `to_s` as pascals at 48 kHz, left and right: exactly
/// round((to_s − from_s)·48000) samples.
///
/// A source's active RMS at one metre is its `level_db_spl_1m`; its channels are averaged first, since the room makes
/// the width. Sources that started earlier ring into the range. Equal inputs give equal bytes, on any number of cores.
///
/// # Errors
///
/// [`Error`] when a recording cannot be read, the range or a setting cannot be worked with, or the acoustics are another
/// timeline's.
pub fn render(timeline: &SoundTimeline, acoustics: &Acoustics, settings: &Settings) -> Result<Mix, Error> {
    Ok(render_whole(timeline, acoustics, settings)?.1.stereo())
}

/// As [`render`], in the settings' format, with dialogue, effects, ambience and music apart.
///
/// # Errors
///
/// As [`render`].
pub fn render_stems(
    timeline: &SoundTimeline,
    acoustics: &Acoustics,
    settings: &Settings,
) -> Result<Stems, Error> {
    Ok(render_whole(timeline, acoustics, settings)?.0)
}

/// As [`render`], in the settings' format: dialogue, effects, ambience and music apart, and all together, as one graph adds
/// them up.
///
/// # Errors
///
/// As [`render`].
pub fn render_whole(
    timeline: &SoundTimeline,
    acoustics: &Acoustics,
    settings: &Settings,
) -> Result<(Stems, Channels), Error> {
    validate(timeline, acoustics, settings)?;
    let in_sync = sync::applied(settings.sync, timeline, acoustics);
    let (placed, struck) = in_sync.sources.split_at(timeline.sources.len());
    let length = samples_in(timeline.from_s, timeline.to_s);
    let (listening, fade_s) = (&settings.listening, settings.crossfade_s);
    let hearing = Hearing { listening, from_s: timeline.from_s, length, fade_s };

    let mut parts: Vec<(Stem, Channels)> = source::all(timeline)?
        .par_iter()
        .zip(&timeline.sources)
        .zip(placed)
        .map(|((dry, source), acoustics)| {
            let voice = Voice::of(source);
            (source.stem, hearing.heard(dry, acoustics, voice.as_ref()))
        })
        .collect();
    if !timeline.contacts.is_empty() {
        parts.push((Stem::Effects, hits(&timeline.contacts, struck, &hearing)?));
    }
    for bed in &timeline.beds {
        parts.push((bed.stem, bed::heard(bed, &hearing)?));
    }
    console::mixed(listening.layout(), &parts, length)
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

/// A hit, before any room.
pub(crate) fn hit(contact: &Contact) -> Dry {
    Dry { samples: strike(contact).into(), start_s: contact.time_s, looped: false }
}

/// All hits together, a few at a time: they may be hundreds, each as long as the range.
fn hits(contacts: &[Contact], struck: &[SourceAcoustics], hearing: &Hearing<'_>) -> Result<Channels, Error> {
    const TOGETHER: usize = 8;
    let layout = hearing.listening.layout();
    let mut sum = Channels::silent(layout, hearing.length);
    for (contacts, struck) in contacts.chunks(TOGETHER).zip(struck.chunks(TOGETHER)) {
        let heard = |(contact, acoustics): (&Contact, &SourceAcoustics)| {
            (Stem::Effects, hearing.heard(&hit(contact), acoustics, None))
        };
        let mut parts: Vec<(Stem, Channels)> = contacts.par_iter().zip(struck).map(heard).collect();
        parts.push((Stem::Effects, sum));
        sum = console::mixed(layout, &parts, hearing.length)?.1;
    }
    Ok(sum)
}
