//! Stems to a mix, through kira without a sound card.
//!
//! Each stem plays as a static sound on its own track; the renderer is pulled in fixed blocks. Two things make it exact.
//! At equal rates kira's resampler always stands on a whole frame, where its interpolation returns that frame, so no
//! sample is delayed or altered. And because the renderer clips at ±1, pascals go in divided by a power of two that no
//! sum can exceed, and come out multiplied by it.

use kira::{
    AudioManager, AudioManagerSettings, Capacities, Frame,
    backend::{Backend, Renderer},
    sound::static_sound::{StaticSoundData, StaticSoundSettings},
    track::TrackBuilder,
};
use maquette_conditioning::{Channels, Layout, Mix, SAMPLE_RATE_HZ};

use crate::Error;

/// Frames pulled at a time: 10 ms.
const BLOCK: usize = 480;

/// Adds up sounds of one layout and length: kira's tracks are stereo, so channels go through it two at a time.
pub(crate) fn joined(layout: Layout, sounds: &[Channels], length: usize) -> Result<Channels, Error> {
    let mut whole = Channels::silent(layout, length);
    for pair in 0..layout.channels() / 2 {
        let [left, right] = [2 * pair, 2 * pair + 1];
        let two = |sound: &Channels| -> Vec<[f32; 2]> {
            let sides = sound.channels[left].iter().zip(&sound.channels[right]);
            sides.map(|(left, right)| [*left, *right]).collect()
        };
        let mix = mixed(sounds.iter().map(two).collect(), length)?;
        for (n, sample) in mix.samples.iter().enumerate() {
            (whole.channels[left][n], whole.channels[right][n]) = (sample[0], sample[1]);
        }
    }
    Ok(whole)
}

/// Adds up stems of equal length.
fn mixed(stems: Vec<Vec<[f32; 2]>>, length: usize) -> Result<Mix, Error> {
    let highest: f64 = stems.iter().map(|stem| f64::from(peak(stem))).sum();
    if highest == 0.0 || length == 0 {
        return Ok(Mix { samples: vec![[0.0; 2]; length] });
    }
    let scale = (-highest.log2().ceil()).exp2() as f32;
    let mut desk =
        AudioManager::<Offline>::new(desk_settings(stems.len())).map_err(|()| full("a renderer"))?;
    // A track lives as long as its handle.
    let mut tracks = Vec::with_capacity(stems.len());
    for stem in stems {
        let mut track = desk.add_sub_track(TrackBuilder::new()).map_err(|_| full("another track"))?;
        track.play(sound(&stem, scale)).map_err(|_| full("another sound"))?;
        tracks.push(track);
    }
    let mut samples = desk.backend_mut().pull(length);
    samples.iter_mut().flatten().for_each(|sample| *sample /= scale);
    Ok(Mix { samples })
}

fn full(what: &'static str) -> Error {
    Error::Console { what }
}

fn desk_settings(tracks: usize) -> AudioManagerSettings<Offline> {
    AudioManagerSettings {
        capacities: Capacities { sub_track_capacity: tracks, ..Capacities::default() },
        internal_buffer_size: BLOCK,
        ..AudioManagerSettings::default()
    }
}

fn peak(stem: &[[f32; 2]]) -> f32 {
    stem.iter().flatten().fold(0.0, |most, sample| sample.abs().max(most))
}

fn sound(stem: &[[f32; 2]], scale: f32) -> StaticSoundData {
    StaticSoundData {
        sample_rate: SAMPLE_RATE_HZ,
        frames: stem.iter().map(|&[left, right]| Frame::new(left * scale, right * scale)).collect(),
        settings: StaticSoundSettings::default(),
        slice: None,
    }
}

/// A backend that plays into memory when asked.
struct Offline {
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

impl Offline {
    fn pull(&mut self, length: usize) -> Vec<[f32; 2]> {
        let mut samples = vec![[0.0; 2]; length];
        if let Some(renderer) = &mut self.renderer {
            for block in samples.chunks_mut(BLOCK) {
                renderer.on_start_processing();
                renderer.process(block.as_flattened_mut(), 2);
            }
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, length: usize) -> Vec<[f32; 2]> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        };
        (0..length).map(|_| [next(), next()]).collect()
    }

    #[test]
    fn one_stem_comes_out_bit_for_bit() {
        for length in [1, 2, 3, 5, 479, 480, 481, 100_003] {
            let stem: Vec<[f32; 2]> = noise(7, length).iter().map(|s| s.map(|x| x * 37.3)).collect();
            assert_eq!(mixed(vec![stem.clone()], length).unwrap().samples, stem);
        }
    }

    #[test]
    fn stems_add_up() {
        let stems: Vec<_> = (0..200).map(|seed| noise(seed, 1000)).collect();
        let mix = mixed(stems.clone(), 1000).unwrap();
        for (n, sample) in mix.samples.iter().enumerate() {
            let sum: f64 = stems.iter().map(|stem| f64::from(stem[n][0])).sum();
            // 200 additions at 24 bits.
            assert!((f64::from(sample[0]) - sum).abs() < 1e-4, "{n}");
        }
    }

    #[test]
    fn nothing_makes_silence() {
        assert_eq!(mixed(vec![], 10).unwrap().samples, vec![[0.0; 2]; 10]);
        assert_eq!(mixed(vec![vec![[0.0; 2]; 10]], 10).unwrap().samples, vec![[0.0; 2]; 10]);
    }
}
