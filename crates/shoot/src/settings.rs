//! How a take is made.

use std::path::PathBuf;

use maquette_generator::Network;
use maquette_scene::document::{Generator, Look};

pub use maquette_delivery::{Certificate, ToneMap};
pub use maquette_generator::{Levels, SamplerKind, Sampling};
pub use maquette_soundtrack::Sync;

/// How much work a frame gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Quality {
    /// Seconds a frame: for blocking and timing.
    #[default]
    Draft,
    /// For review.
    Standard,
    /// For the edit.
    Final,
}

impl Quality {
    /// Light samples a pixel.
    pub fn samples(self) -> u32 {
        match self {
            Self::Draft => 8,
            Self::Standard => 32,
            Self::Final => 256,
        }
    }

    /// Picture size when none is asked for.
    pub fn size(self) -> (usize, usize) {
        match self {
            Self::Draft => (480, 270),
            Self::Standard => (1280, 720),
            Self::Final => (1920, 1080),
        }
    }

    /// Bounces of light.
    pub fn bounces(self) -> u32 {
        match self {
            Self::Draft => 6,
            Self::Standard => 8,
            Self::Final => 16,
        }
    }

    /// Whether history keeps single bright samples out: with many samples there is no need.
    pub fn limits_fireflies(self) -> bool {
        self != Self::Final
    }

    /// The denoising network.
    pub fn network(self) -> Network {
        match self {
            Self::Draft => Network::SMALL,
            Self::Standard | Self::Final => Network::BASE,
        }
    }
}

/// How a take is made. The same scene, selection and settings give the same files.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How much work a frame gets.
    pub quality: Quality,
    /// Width and height in pixels; default the quality's.
    pub size: Option<(usize, usize)>,
    /// Samples a pixel; default the quality's.
    pub samples: Option<u32>,
    /// Delivers radiance as traced, without the network.
    pub raw: bool,
    /// Whether a frame builds on those before it in its shot, so that the picture holds still.
    pub history: bool,
    /// A temporal head that [`Studio::train`](crate::Studio::train) made, instead of the built-in one.
    pub head: Option<PathBuf>,
    /// What finishes every shot, instead of what its look says.
    pub generator: Option<Generator>,
    /// How video models work.
    pub video: VideoSettings,
    /// Largest value a single indirect contribution may add, in nits; `None`, the default, takes nothing away. Ten
    /// times diffuse white removes fireflies; the receipt says with how much light.
    pub clamp_nits: Option<f32>,
    /// Whether history keeps single bright samples out, default the quality's; the receipt says with how much light.
    pub limit_fireflies: Option<bool>,
    /// Seed of everything random; default the scene's.
    pub seed: Option<u64>,
    /// The take's folder.
    pub out: PathBuf,
    /// Whether to encode a movie.
    pub movie: bool,
    /// Whether to save each frame's conditioning, lossless: `<shot>/conditioning.1001.exr`.
    pub conditioning: bool,
    /// How scene-linear values become display values.
    pub tone_map: ToneMap,
    /// Whether pictures for the screen, and so the movie, carry a label that everybody sees.
    pub label: bool,
    /// How sound is made.
    pub sound: SoundSettings,
    /// What to sign with; default this installation's own certificate, which nobody else knows.
    pub certificate: Option<Certificate>,
}

/// How video models work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoSettings {
    /// A model's name in the catalogue, or its folder; default the generator's own.
    pub model: Option<String>,
    /// How they are sampled. The seed is the take's.
    pub sampling: Sampling,
    /// Whether to draw where frames keep to the set, too: `<shot>/adherence.1001.png`.
    pub overlay: bool,
}

/// How sound is made.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundSettings {
    /// What it is listened to with.
    pub ears: Ears,
    /// Whether sound takes its time from the source to the listener.
    pub sync: Sync,
    /// Programme loudness in LUFS, −60 to 0; EBU R 128 asks for −23.
    pub target_lufs: f64,
    /// Mirror reflections that are followed one by one, 0 to 6; rays carry the rest. Two are heard as a room; more cost more.
    pub reflections: u32,
    /// Whether to write dialogue, effects, ambience and music apart, too.
    pub stems: bool,
    /// Whether to write the edit as an MP3, too.
    pub mp3: bool,
}

impl Default for SoundSettings {
    fn default() -> Self {
        Self {
            ears: Ears::Stereo,
            sync: Sync::Physical,
            target_lufs: -23.0,
            reflections: 2,
            stems: false,
            mp3: false,
        }
    }
}

/// What sound is listened to with.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Ears {
    /// Two loudspeakers.
    #[default]
    Stereo,
    /// Headphones, through a head of a SOFA file, or the built-in dummy head.
    Binaural(Option<PathBuf>),
    /// Five loudspeakers around and one for low frequencies.
    Surround,
    /// First-order Ambisonics: AmbiX.
    AmbiX,
    /// Third-order Ambisonics: AmbiX with 16 channels.
    AmbiX3,
}

impl Settings {
    /// Draft quality into a folder, with a movie.
    pub fn draft(out: impl Into<PathBuf>) -> Self {
        Self {
            quality: Quality::Draft,
            size: None,
            samples: None,
            raw: false,
            history: true,
            head: None,
            generator: None,
            video: VideoSettings::default(),
            clamp_nits: None,
            limit_fireflies: None,
            seed: None,
            out: out.into(),
            movie: true,
            conditioning: false,
            tone_map: ToneMap::Agx,
            label: false,
            sound: SoundSettings::default(),
            certificate: None,
        }
    }

    /// What finishes a shot; nothing does where radiance is wanted as traced.
    pub(crate) fn finishes(&self, look: &Look) -> Generator {
        match self.generator {
            _ if self.raw => Generator::Reconstruct,
            Some(generator) => generator,
            None => look.generator,
        }
    }

    /// Whether what is made is no better than a draft: in samples and size, too.
    pub(crate) fn is_draft(&self) -> bool {
        let draft = Quality::Draft;
        let ((width, height), (most_width, most_height)) = (self.picture_size(), draft.size());
        let is_small = width * height <= most_width * most_height;
        self.quality == draft && is_small && self.light_samples() <= draft.samples()
    }

    /// Whether frames build on one another: traced radiance by itself never does.
    pub(crate) fn remembers(&self) -> bool {
        self.history && !self.raw
    }

    /// Whether the history takes light away.
    pub(crate) fn limits_fireflies(&self) -> bool {
        self.remembers() && self.limit_fireflies.unwrap_or(self.quality.limits_fireflies())
    }

    /// Picture size in pixels.
    pub fn picture_size(&self) -> (usize, usize) {
        self.size.unwrap_or(self.quality.size())
    }

    /// Samples a pixel.
    pub fn light_samples(&self) -> u32 {
        self.samples.unwrap_or(self.quality.samples())
    }
}
