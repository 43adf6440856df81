//! Sources of both kinds, recordings and hits, as points that sound.

use glam::Vec3;
use maquette_conditioning::{Contact, SoundSource, SoundTimeline, Track};

use crate::{Settings, motion::moves};

/// A point that sounds.
#[derive(Clone, Debug)]
pub(crate) struct Emitter {
    /// Where it is.
    pub(crate) position: Track<Vec3>,
    /// Whether it ever changes place.
    pub(crate) moves: bool,
    /// Nothing is heard of it before.
    pub(crate) begins_s: f64,
    /// Nothing is heard of it after.
    pub(crate) ends_s: f64,
    /// The thing that a recording comes from, where that is known.
    pub(crate) carrier: Option<u32>,
    /// For a hit, the two things that met.
    pub(crate) struck: Option<[u32; 2]>,
}

impl Emitter {
    /// Recordings first, then hits, as [`Acoustics`](maquette_conditioning::Acoustics) orders them.
    pub(crate) fn all(timeline: &SoundTimeline, settings: &Settings) -> Vec<Self> {
        let recordings = timeline.sources.iter().map(Self::recording);
        let hits = timeline.contacts.iter().map(|contact| Self::hit(contact, settings.contact_ring_s));
        recordings.chain(hits).collect()
    }

    fn recording(source: &SoundSource) -> Self {
        Self {
            position: source.position_m.clone(),
            moves: moves(&source.position_m),
            begins_s: source.start_s,
            ends_s: f64::INFINITY,
            carrier: source.carrier,
            struck: None,
        }
    }

    fn hit(contact: &Contact, ring_s: f64) -> Self {
        Self {
            position: Track::still(contact.position_m),
            moves: false,
            begins_s: contact.time_s,
            ends_s: contact.time_s + ring_s,
            carrier: None,
            struck: Some(contact.objects),
        }
    }
}
