//! Finished sound.

use maquette_scene::document::Stem;

/// Sample rate of everything delivered.
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// A stereo programme at 48 kHz. Full scale is ±1.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// Left and right.
    pub samples: Vec<[f32; 2]>,
}

/// What the channels of a programme stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Left and right loudspeaker.
    #[default]
    Stereo,
    /// Left and right ear, for headphones.
    Binaural,
    /// Five loudspeakers around and one for low frequencies, as L R C LFE Ls Rs (ITU-R BS.775).
    Surround,
    /// First-order Ambisonics as AmbiX: W, Y, Z, X (ACN order), SN3D, +X ahead, +Y left, +Z up.
    AmbiX,
    /// Third-order Ambisonics as AmbiX: 16 channels in ACN order, SN3D.
    AmbiX3,
}

impl Layout {
    /// How many channels it has.
    pub fn channels(self) -> usize {
        match self {
            Self::Stereo | Self::Binaural => 2,
            Self::Surround => 6,
            Self::AmbiX => 4,
            Self::AmbiX3 => 16,
        }
    }
}

/// Sound at 48 kHz in any layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Channels {
    /// What the channels stand for.
    pub layout: Layout,
    /// Samples of each channel, all of one length.
    pub channels: Vec<Vec<f32>>,
}

impl Channels {
    /// Silence.
    pub fn silent(layout: Layout, length: usize) -> Self {
        Self { layout, channels: vec![vec![0.0; length]; layout.channels()] }
    }

    /// Samples of a channel.
    pub fn length(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Two channels to listen to: as they are; of 5.1, centre and surrounds at −3 dB in their sides and no low-frequency
    /// channel (ITU-R BS.775-4, table 2); of AmbiX, two virtual cardioids that look left and right.
    pub fn stereo(&self) -> Mix {
        let pair = |n: usize| match self.layout {
            Layout::Stereo | Layout::Binaural => [self.channels[0][n], self.channels[1][n]],
            Layout::Surround => {
                let at = |channel: usize| self.channels[channel][n];
                [0, 1].map(|side| at(side) + (at(2) + at(4 + side)) * std::f32::consts::FRAC_1_SQRT_2)
            }
            Layout::AmbiX | Layout::AmbiX3 => {
                let (w, y) = (self.channels[0][n], self.channels[1][n]);
                // 0.5·(W ± Y) leaves a sound ahead at −6 dB in each; √2 keeps its power.
                [(w + y), (w - y)].map(|side| side * std::f32::consts::FRAC_1_SQRT_2)
            }
        };
        Mix { samples: (0..self.length()).map(pair).collect() }
    }

    /// Adds another of the same layout and length.
    pub fn add(&mut self, other: &Self) {
        for (to, from) in self.channels.iter_mut().zip(&other.channels) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }
}

/// A programme in four parts that add up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stems {
    /// What people say.
    pub dialogue: Channels,
    /// Hits, steps, scrapes and recordings that are neither of the others.
    pub effects: Channels,
    /// Backgrounds.
    pub ambience: Channels,
    /// Music.
    pub music: Channels,
}

impl Stems {
    /// One of them.
    pub fn of(&self, stem: Stem) -> &Channels {
        match stem {
            Stem::Dialogue => &self.dialogue,
            Stem::Effects => &self.effects,
            Stem::Ambience => &self.ambience,
            Stem::Music => &self.music,
        }
    }

    /// All of them together.
    pub fn sum(&self) -> Channels {
        let mut sum = self.dialogue.clone();
        [&self.effects, &self.ambience, &self.music].into_iter().for_each(|stem| sum.add(stem));
        sum
    }
}
