//! The sound of a take: each shot as its camera hears it, joined in the order of the edit.

use std::collections::BTreeMap;

use maquette_acoustics::propagate;
use maquette_conditioning::Mix;
use maquette_soundtrack::{applied, programme_gain, render};
use maquette_stage::Stage;

use crate::{Error, plan::PlannedShot};

/// Finished sound.
pub(crate) struct Programme {
    /// Every shot of the selection by name, at the programme's gain.
    pub(crate) shots: BTreeMap<String, Mix>,
    /// All shots in the order of the edit.
    pub(crate) sequence: Mix,
}

/// Makes sound from a stage.
pub(crate) struct SoundMaker<'a> {
    stage: &'a mut Stage,
}

impl<'a> SoundMaker<'a> {
    pub(crate) fn new(stage: &'a mut Stage) -> Self {
        Self { stage }
    }

    /// Renders each shot from its first to its last selected frame, then sets one gain for all of them.
    pub(crate) fn programme(&mut self, shots: &[PlannedShot]) -> Result<Programme, Error> {
        let mut dry = BTreeMap::new();
        for shot in shots {
            if !dry.contains_key(&shot.name) {
                dry.insert(shot.name.clone(), self.shot(shot)?);
            }
        }
        let in_order: Vec<Mix> = shots.iter().map(|shot| dry[&shot.name].clone()).collect();
        let gain = programme_gain(&in_order);
        let finished: BTreeMap<_, _> =
            dry.into_iter().map(|(name, mix)| (name, applied(&mix, gain))).collect();
        let joined = shots.iter().flat_map(|shot| finished[&shot.name].samples.iter().copied()).collect();
        Ok(Programme { shots: finished, sequence: Mix { samples: joined } })
    }

    fn shot(&mut self, shot: &PlannedShot) -> Result<Mix, Error> {
        let (first, last) = (shot.frames[0], shot.frames[shot.frames.len() - 1]);
        let timeline = self.stage.sound_timeline(&shot.name, first..=last)?;
        let acoustics = propagate(&timeline, &maquette_acoustics::Settings::default())?;
        Ok(render(&timeline, &acoustics, &maquette_soundtrack::Settings::default())?)
    }
}
