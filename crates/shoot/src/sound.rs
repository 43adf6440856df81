//! The sound of a take: each shot as its camera hears it, joined in the order of the edit.

use std::collections::BTreeMap;

use maquette_acoustics::propagate;
use maquette_conditioning::Mix;
use maquette_soundtrack::{applied, programme_gain, render};
use maquette_stage::Stage;

use crate::{Error, plan::PlannedShot};

/// Either side of a cut fades this long, in samples: 5 ms. The perspective jumps there, and a jump in a waveform clicks.
const CUT_FADE: usize = 240;

/// Finished sound.
pub(crate) struct Programme {
    /// Every shot of the selection by name, at the programme's gain.
    pub(crate) shots: BTreeMap<String, Mix>,
    /// All shots in the order of the edit.
    pub(crate) sequence: Mix,
}

/// Renders each shot from its first to its last selected frame, then sets one gain for all of them.
pub(crate) fn programme(stage: &mut Stage, shots: &[PlannedShot]) -> Result<Programme, Error> {
    let mut heard = BTreeMap::new();
    for shot in shots {
        if !heard.contains_key(&shot.name) {
            heard.insert(shot.name.clone(), hear(stage, shot)?);
        }
    }
    let in_order: Vec<Mix> = shots.iter().map(|shot| heard[&shot.name].clone()).collect();
    let gain = programme_gain(&in_order);
    let finished: BTreeMap<_, _> = heard.into_iter().map(|(name, mix)| (name, applied(&mix, gain))).collect();
    let sequence = joined(shots.iter().map(|shot| &finished[&shot.name]));
    Ok(Programme { shots: finished, sequence })
}

/// One shot as its camera hears it, in pascals.
fn hear(stage: &mut Stage, shot: &PlannedShot) -> Result<Mix, Error> {
    let (first, last) = (shot.frames[0], shot.frames[shot.frames.len() - 1]);
    let timeline = stage.sound_timeline(&shot.name, first..=last)?;
    let acoustics = propagate(&timeline, &maquette_acoustics::Settings::default())?;
    Ok(render(&timeline, &acoustics, &maquette_soundtrack::Settings::default())?)
}

/// Mixes one after the other, without a click at the cuts. The programme's own beginning and end stay as they are.
fn joined<'a>(mixes: impl Iterator<Item = &'a Mix>) -> Mix {
    let mut samples: Vec<[f32; 2]> = Vec::new();
    for mix in mixes {
        let cut = samples.len();
        samples.extend_from_slice(&mix.samples);
        if cut > 0 {
            fade(samples[..cut].iter_mut().rev());
            fade(samples[cut..].iter_mut());
        }
    }
    Mix { samples }
}

/// Raises the first samples from nothing to full along half a cosine.
fn fade<'a>(samples: impl Iterator<Item = &'a mut [f32; 2]>) {
    for (index, sample) in samples.take(CUT_FADE).enumerate() {
        let phase = (index as f32 + 0.5) / CUT_FADE as f32 * std::f32::consts::PI;
        let gain = 0.5 - 0.5 * phase.cos();
        *sample = sample.map(|channel| channel * gain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_does_not_click_and_keeps_the_length() {
        let [up, down] = [1.0, -1.0].map(|value| Mix { samples: vec![[value; 2]; 1000] });
        let whole = joined([&up, &down].into_iter()).samples;
        assert_eq!(whole.len(), 2000);
        let largest = whole.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs()).fold(0.0, f32::max);
        assert!(largest < 0.01, "a jump of {largest}");
        assert_eq!((whole[0], whole[1999]), ([1.0; 2], [-1.0; 2]));
        assert_eq!(whole[1000 - CUT_FADE - 1], [1.0; 2]);
    }
}
