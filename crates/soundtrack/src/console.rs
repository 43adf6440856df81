//! Sounds to stems and the whole, through one kira graph.
//!
//! Each stem is a track, the main track adds them up; sounds play on their stem's track. The graph is the only place where
//! sounds are added, whether a sound card pulls it or memory does. Offline, an effect at the end of each track writes down
//! what passes: that gives stems and the whole in one run, in pascals, before the renderer clips at ±1. Sounds hand over
//! their samples as they are, without kira's resampler, so nothing is delayed or altered.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};

use kira::{
    AudioManager, AudioManagerSettings, Capacities, Frame,
    backend::{Backend, Renderer},
    effect::{Effect, EffectBuilder},
    info::Info,
    sound::{Sound, SoundData},
    track::{MainTrackBuilder, TrackBuilder, TrackHandle},
};
use maquette_conditioning::{Channels, Layout, SAMPLE_RATE_HZ, Stem, Stems};

use crate::Error;

/// Frames worked on at a time: 10 ms.
const BLOCK: usize = 480;
/// In the order in which they are added up.
const STEMS: [Stem; 4] = [Stem::Dialogue, Stem::Effects, Stem::Ambience, Stem::Music];

/// Adds up sounds of one layout and length: each stem, and the whole.
pub(crate) fn mixed(
    layout: Layout,
    sounds: &[(Stem, Channels)],
    length: usize,
) -> Result<(Stems, Channels), Error> {
    let mut sums = [(); 5].map(|()| Channels::silent(layout, length));
    // Kira's tracks are stereo: channels go through it two at a time.
    for pair in 0..layout.channels() / 2 {
        let sides = [2 * pair, 2 * pair + 1];
        for (sum, frames) in sums.iter_mut().zip(pulled(sounds, sides, length)?) {
            for (n, frame) in frames.iter().enumerate() {
                (sum.channels[sides[0]][n], sum.channels[sides[1]][n]) = (frame.left, frame.right);
            }
        }
    }
    let [dialogue, effects, ambience, music, whole] = sums;
    Ok((Stems { dialogue, effects, ambience, music }, whole))
}

/// Two channels of each stem, and of the whole.
fn pulled(
    sounds: &[(Stem, Channels)],
    [left, right]: [usize; 2],
    length: usize,
) -> Result<[Vec<Frame>; 5], Error> {
    let taps = [(); 5].map(|()| Tap::default());
    let mut desk = Desk::<Offline>::new((), sounds.len(), Some(&taps))?;
    for (stem, Channels { channels, .. }) in sounds {
        let sides = channels[left].iter().zip(&channels[right]);
        let frames = sides.map(|(&left, &right)| Frame { left, right }).collect();
        desk.play(*stem, Strip::new(frames))?;
    }
    desk.pull(length);
    Ok(taps.map(|tap| tap.passed()))
}

/// A track for each stem, all into the main track, which the backend pulls.
pub(crate) struct Desk<B: Backend> {
    manager: AudioManager<B>,
    tracks: Vec<TrackHandle>,
}

impl<B: Backend> Desk<B> {
    /// With room for so many sounds a stem. Taps write down what leaves each stem, and the whole.
    pub(crate) fn new(backend: B::Settings, sounds: usize, taps: Option<&[Tap; 5]>) -> Result<Self, Error>
    where
        B::Error: Debug,
    {
        let mut main = MainTrackBuilder::new();
        taps.into_iter().for_each(|taps| main.add_effect(taps[STEMS.len()].clone()));
        let mut manager = AudioManager::<B>::new(AudioManagerSettings {
            capacities: Capacities { sub_track_capacity: STEMS.len(), ..Capacities::default() },
            internal_buffer_size: BLOCK,
            main_track_builder: main,
            backend_settings: backend,
        })
        .map_err(|error| Error::Card { reason: format!("{error:?}") })?;
        let mut tracks = Vec::new();
        for index in 0..STEMS.len() {
            let mut track = TrackBuilder::new().sound_capacity(sounds.max(1));
            taps.into_iter().for_each(|taps| track.add_effect(taps[index].clone()));
            tracks.push(manager.add_sub_track(track).map_err(|_| full("another track"))?);
        }
        Ok(Self { manager, tracks })
    }

    /// Plays a sound on its stem's track, from the next block on.
    pub(crate) fn play(&mut self, stem: Stem, sound: impl Sound + 'static) -> Result<(), Error> {
        let index = STEMS.iter().position(|other| *other == stem).unwrap_or(0);
        self.tracks[index].play(Playing(sound)).map_err(|_| full("another sound"))
    }
}

fn full(what: &'static str) -> Error {
    Error::Console { what }
}

/// A sound that nothing holds on to.
struct Playing<S>(S);

impl<S: Sound + 'static> SoundData for Playing<S> {
    type Error = ();
    type Handle = ();

    fn into_sound(self) -> Result<(Box<dyn Sound>, ()), ()> {
        Ok((Box::new(self.0), ()))
    }
}

/// Finished samples, played once.
pub(crate) struct Strip {
    frames: Vec<Frame>,
    at: usize,
}

impl Strip {
    pub(crate) fn new(frames: Vec<Frame>) -> Self {
        Self { frames, at: 0 }
    }
}

impl Sound for Strip {
    fn process(&mut self, out: &mut [Frame], _: f64, _: &Info<'_>) {
        let left = &self.frames[self.at.min(self.frames.len())..];
        let count = left.len().min(out.len());
        out[..count].copy_from_slice(&left[..count]);
        out[count..].fill(Frame::ZERO);
        self.at += count;
    }

    fn finished(&self) -> bool {
        self.at >= self.frames.len()
    }
}

/// Writes down what passes.
#[derive(Clone, Default)]
pub(crate) struct Tap(Arc<Mutex<Vec<Frame>>>);

impl Tap {
    /// What has passed so far.
    pub(crate) fn passed(&self) -> Vec<Frame> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl EffectBuilder for Tap {
    type Handle = ();

    fn build(self) -> (Box<dyn Effect>, ()) {
        (Box::new(self), ())
    }
}

impl Effect for Tap {
    fn process(&mut self, passing: &mut [Frame], _: f64, _: &Info<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(passing);
    }
}

/// A backend that runs when asked. What comes out at its end, clipped, is of no use.
pub(crate) struct Offline {
    renderer: Option<Renderer>,
}

impl Backend for Offline {
    type Settings = ();
    type Error = ();

    fn setup(_: (), _: usize) -> Result<(Self, u32), ()> {
        Ok((Self { renderer: None }, SAMPLE_RATE_HZ))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), ()> {
        self.renderer = Some(renderer);
        Ok(())
    }
}

impl Desk<Offline> {
    /// Runs for so many frames.
    pub(crate) fn pull(&mut self, length: usize) {
        let mut clipped = [0.0; 2 * BLOCK];
        for first in (0..length).step_by(BLOCK) {
            if let Some(renderer) = &mut self.manager.backend_mut().renderer {
                renderer.on_start_processing();
                renderer.process(&mut clipped[..2 * BLOCK.min(length - first)], 2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, layout: Layout, length: usize) -> Channels {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Far over full scale, as pascals may be.
            37.3 * (state as f32 / u32::MAX as f32 - 0.5)
        };
        let channels = (0..layout.channels()).map(|_| (0..length).map(|_| next()).collect()).collect();
        Channels { layout, channels }
    }

    #[test]
    fn one_sound_comes_out_bit_for_bit_in_its_stem_and_in_the_whole() {
        for length in [1, 2, 3, 5, 479, 480, 481, 100_003] {
            let sound = noise(7, Layout::Stereo, length);
            let (stems, whole) = mixed(Layout::Stereo, &[(Stem::Ambience, sound.clone())], length).unwrap();
            assert!(whole == sound && stems.ambience == sound, "{length}");
            assert!(stems.effects == Channels::silent(Layout::Stereo, length));
        }
    }

    #[test]
    fn sounds_add_up_in_every_channel() {
        let layout = Layout::Surround;
        let sounds: Vec<_> = (0..200).map(|n| (STEMS[n % 4], noise(n as u32, layout, 1000))).collect();
        let (stems, whole) = mixed(layout, &sounds, 1000).unwrap();
        for (channel, samples) in whole.channels.iter().enumerate() {
            for (n, sample) in samples.iter().enumerate() {
                let sum: f64 = sounds.iter().map(|(_, sound)| f64::from(sound.channels[channel][n])).sum();
                // 200 additions at 24 bits.
                assert!((f64::from(*sample) - sum).abs() < 4e-3, "{n}");
                let of_stems: f32 = STEMS.iter().map(|stem| stems.of(*stem).channels[channel][n]).sum();
                assert!((of_stems - sample).abs() < 1e-3, "{n}");
            }
        }
    }

    #[test]
    fn nothing_makes_silence() {
        let silence = Channels::silent(Layout::Stereo, 10);
        assert_eq!(mixed(Layout::Stereo, &[], 10).unwrap().1, silence);
        assert_eq!(mixed(Layout::Stereo, &[], 0).unwrap().1.length(), 0);
    }
}
