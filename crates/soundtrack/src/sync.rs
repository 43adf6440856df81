//! Whether sound takes its time to the listener.

use std::borrow::Cow;

use glam::Vec3;
use maquette_conditioning::{Acoustics, SoundTimeline, SourceAcoustics, Track};

/// How sound from afar stands against the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// It arrives when it arrives: 3 ms a metre late.
    #[default]
    Physical,
    /// As if it left early enough for its direct way to take no time: what is seen is heard at once, as editors cut it.
    /// Echoes keep their distance from the direct sound; Doppler shifts are gone.
    Edit,
}

/// The acoustics with the straight way's delay taken out, where that is wanted.
pub(crate) fn applied<'a>(
    sync: Sync,
    timeline: &SoundTimeline,
    acoustics: &'a Acoustics,
) -> Cow<'a, Acoustics> {
    if sync == Sync::Physical {
        return Cow::Borrowed(acoustics);
    }
    let places = timeline.sources.iter().map(|source| source.position_m.clone());
    let hits = timeline.contacts.iter().map(|contact| Track::still(contact.position_m));
    let mut moved = acoustics.clone();
    for (source, place) in moved.sources.iter_mut().zip(places.chain(hits)) {
        advance(source, &place, timeline);
    }
    Cow::Owned(moved)
}

fn advance(source: &mut SourceAcoustics, place: &Track<Vec3>, timeline: &SoundTimeline) {
    let (start_s, step_s) = (source.start_s, source.step_s);
    let straight_s = |time_s: f64| {
        let (a, b, share) = timeline.listener.around(time_s);
        let ear = Vec3::from(a.translation).lerp(Vec3::from(b.translation), share);
        f64::from(place.at(time_s).distance(ear) / timeline.air.speed_of_sound_m_s)
    };
    for (index, arrivals) in source.instants.iter_mut().enumerate() {
        // The source has moved a little since the sound left; the first arrival is never made early.
        let first_s = arrivals.iter().map(|arrival| arrival.delay_s).fold(f64::INFINITY, f64::min);
        let early_s = straight_s(start_s + index as f64 * step_s).min(first_s);
        arrivals.iter_mut().for_each(|arrival| arrival.delay_s -= early_s);
    }
    for late in &mut source.late {
        let early = (straight_s(late.time_s) / late.bin_s) as usize;
        late.bins = late.bins[early.min(late.bins.len())..].into();
    }
}
