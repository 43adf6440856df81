//! What sounds, where and when: the sound's own clock.

use std::{path::PathBuf, sync::Arc};

use glam::{Affine3A, Vec3};
use maquette_scene::document::{Ambience, Stem};

use crate::{Body, Mesh, Surface};

/// All that sounds or shapes sound over a stretch of the world's time.
#[derive(Clone, Debug)]
pub struct SoundTimeline {
    /// First instant heard. Sources before it matter as long as their tails reach it.
    pub from_s: f64,
    /// End of what is heard.
    pub to_s: f64,
    /// The air.
    pub air: Air,
    /// The ear: looks along local −Z, +X right.
    pub listener: Track<Affine3A>,
    /// What sounds from a place for a while: recordings, ambience, things that slide and roll.
    pub sources: Vec<SoundSource>,
    /// Hits between bodies, in order of time.
    pub contacts: Vec<Contact>,
    /// Music and backgrounds that no room shapes.
    pub beds: Vec<Bed>,
    /// Surfaces sound meets.
    pub instances: Vec<AcousticInstance>,
}

/// A value sampled evenly in time; between samples, the user interpolates. A single sample stands for all time.
#[derive(Clone, Debug, PartialEq)]
pub struct Track<T> {
    /// Time of the first sample.
    pub start_s: f64,
    /// Time between samples: 0.01 or finer.
    pub step_s: f64,
    /// At least one.
    pub samples: Vec<T>,
}

impl<T> Track<T> {
    /// A value that never changes.
    pub fn still(value: T) -> Self {
        Self { start_s: 0.0, step_s: 0.01, samples: vec![value] }
    }

    /// Whether it can change at all.
    pub fn is_still(&self) -> bool {
        self.samples.len() == 1
    }

    /// The two samples around a time and the share of the second, clamped at both ends.
    pub fn around(&self, time_s: f64) -> (&T, &T, f32) {
        let last = self.samples.len() - 1;
        let at = ((time_s - self.start_s) / self.step_s).clamp(0.0, last as f64);
        let first = (at.floor() as usize).min(last);
        (&self.samples[first], &self.samples[(first + 1).min(last)], (at - first as f64) as f32)
    }
}

impl Track<Vec3> {
    /// The position at a time, linear between samples.
    pub fn at(&self, time_s: f64) -> Vec3 {
        let (a, b, share) = self.around(time_s);
        a.lerp(*b, share)
    }
}

impl Track<f32> {
    /// The value at a time, linear between samples.
    pub fn at(&self, time_s: f64) -> f32 {
        let (a, b, share) = self.around(time_s);
        a + share * (b - a)
    }
}

impl Default for SoundTimeline {
    /// Nothing, heard at the origin for no time.
    fn default() -> Self {
        Self {
            from_s: 0.0,
            to_s: 0.0,
            air: Air::default(),
            listener: Track::still(Affine3A::IDENTITY),
            sources: Vec::new(),
            contacts: Vec::new(),
            beds: Vec::new(),
            instances: Vec::new(),
        }
    }
}

/// The air, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Air {
    /// Temperature.
    pub temperature_k: f32,
    /// Relative humidity, 0 to 1.
    pub humidity: f32,
    /// Static pressure.
    pub pressure_pa: f32,
    /// Speed of sound.
    pub speed_of_sound_m_s: f32,
    /// Whether air absorbs (ISO 9613-1) or not.
    pub absorbs: bool,
}

impl Default for Air {
    /// 20 °C, 50 % humidity at sea level.
    fn default() -> Self {
        Self {
            temperature_k: 293.15,
            humidity: 0.5,
            pressure_pa: 101_325.0,
            speed_of_sound_m_s: 343.21,
            absorbs: true,
        }
    }
}

/// Something that sounds from a place.
#[derive(Clone, Debug)]
pub struct SoundSource {
    /// Its name.
    pub name: String,
    /// What plays.
    pub clip: Clip,
    /// When it starts, on the world's clock.
    pub start_s: f64,
    /// Where it is.
    pub position_m: Track<Vec3>,
    /// Active RMS at one metre; averaged over all directions for a voice. A slide's own forces set its level instead.
    pub level_db_spl_1m: f32,
    /// Plays again and again.
    pub looped: bool,
    /// Which stem it belongs to.
    pub stem: Stem,
    /// Where a mouth points, in the world, for what is spoken; `None` sounds alike in all directions.
    pub mouth: Option<Track<Vec3>>,
    /// Whose mouth: the thing, by its `object_id`, that neither hides nor colours what comes from it.
    pub carrier: Option<u32>,
}

impl Default for SoundSource {
    /// A silent sample at the origin.
    fn default() -> Self {
        Self {
            name: String::new(),
            clip: Clip::Samples(Arc::from([0.0f32])),
            start_s: 0.0,
            position_m: Track::still(Vec3::ZERO),
            level_db_spl_1m: 60.0,
            looped: false,
            stem: Stem::Effects,
            mouth: None,
            carrier: None,
        }
    }
}

/// Sound that reaches the listener as it is, without a room: music, a background laid under a scene.
#[derive(Clone, Debug)]
pub struct Bed {
    /// Its name.
    pub name: String,
    /// What plays. A file's two channels stay apart.
    pub clip: Clip,
    /// When it starts, on the world's clock.
    pub start_s: f64,
    /// Active RMS where it is heard.
    pub level_db_spl: f32,
    /// Plays again and again.
    pub looped: bool,
    /// Which stem it belongs to.
    pub stem: Stem,
}

/// What plays.
#[derive(Clone, Debug)]
pub enum Clip {
    /// A sound file.
    File(PathBuf),
    /// Mono samples at 48 kHz.
    Samples(Arc<[f32]>),
    /// A synthesised background; equal seeds sound alike. It goes on as long as anybody listens.
    Ambience {
        /// Of what.
        kind: Ambience,
        /// Which of many alike.
        seed: u64,
    },
    /// Two bodies that slide or roll on each other.
    Slide(Arc<Slide>),
}

/// Two bodies that stay in touch while one moves over the other. All tracks start together.
#[derive(Clone, Debug, PartialEq)]
pub struct Slide {
    /// Names of their materials.
    pub materials: [String; 2],
    /// The two bodies.
    pub bodies: [Body; 2],
    /// Speed at which the surfaces rub, m/s.
    pub slip_m_s: Track<f32>,
    /// Speed at which the place of contact travels over the rougher surface, m/s.
    pub travel_m_s: Track<f32>,
    /// Force that presses them together, newton; 0 out of touch.
    pub force_n: Track<f32>,
}

/// A hit between two bodies.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// When they touched, interpolated inside the physics step.
    pub time_s: f64,
    /// Where.
    pub position_m: Vec3,
    /// Object ids of the two, the smaller first.
    pub objects: [u32; 2],
    /// Names of their materials, in the same order.
    pub materials: [String; 2],
    /// How they are shaped and where they were hit, in the same order.
    pub bodies: [Body; 2],
    /// Normal impulse of the hit, in newton seconds.
    pub impulse_n_s: f32,
    /// Closing speed along the contact normal before the hit.
    pub closing_speed_m_s: f32,
}

impl Default for Contact {
    /// A touch of nothing by nothing.
    fn default() -> Self {
        Self {
            time_s: 0.0,
            position_m: Vec3::ZERO,
            objects: [1, 2],
            materials: Default::default(),
            bodies: [Body::default(); 2],
            impulse_n_s: 0.0,
            closing_speed_m_s: 0.0,
        }
    }
}

/// A surface sound meets.
#[derive(Clone, Debug)]
pub struct AcousticInstance {
    /// Which thing of the scene it is.
    pub object_id: u32,
    /// Its triangles.
    pub mesh: Arc<Mesh>,
    /// What they do to sound.
    pub surface: Surface,
    /// Where they are.
    pub world_from_local: Track<Affine3A>,
}
