//! Which frames a take consists of, in the order of the edit.

use maquette_conditioning::FrameNumber;
use maquette_scene::document::{Cut, Scene};
use maquette_stage::Stage;

use crate::{Error, FrameRange};

/// Which part of the scene to shoot; everything by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Only this shot.
    pub shot: Option<String>,
    /// Only these frames, of every selected shot.
    pub frames: Option<FrameRange>,
}

/// Frames to render of one shot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedShot {
    pub(crate) name: String,
    pub(crate) frames: Vec<FrameNumber>,
}

impl PlannedShot {
    /// Whether no frame is left out between the first and the last.
    pub(crate) fn is_gapless(&self) -> bool {
        self.frames.windows(2).all(|pair| pair[1] == pair[0] + 1)
    }
}

/// The edit: shots in the order in which they follow one another. A shot may come more than once.
pub(crate) fn plan(scene: &Scene, stage: &Stage, selection: &Selection) -> Result<Vec<PlannedShot>, Error> {
    let mut planned = Vec::new();
    let mut available = Vec::new();
    for name in edit(scene, selection)? {
        let frames = stage.frames(&name)?;
        available.push(format!("{}-{} of shot {name}", frames.start(), frames.end()));
        let frames = match &selection.frames {
            Some(range) => range.within(&frames),
            None => frames.collect(),
        };
        if !frames.is_empty() {
            planned.push(PlannedShot { name, frames });
        }
    }
    match &selection.frames {
        Some(range) if planned.is_empty() => {
            Err(Error::NoFrames { range: range.to_string(), available: available.join(", ") })
        }
        _ => Ok(planned),
    }
}

fn edit(scene: &Scene, selection: &Selection) -> Result<Vec<String>, Error> {
    let names = || scene.shots.iter().map(|shot| shot.name.clone());
    if scene.shots.is_empty() {
        return Err(Error::NoShots);
    }
    if let Some(name) = &selection.shot {
        let known = || names().collect::<Vec<_>>().join(", ");
        let found = names().any(|n| n == *name);
        return if found {
            Ok(vec![name.clone()])
        } else {
            Err(Error::UnknownShot { name: name.clone(), known: known() })
        };
    }
    if scene.sequence.is_empty() {
        return Ok(names().collect());
    }
    Ok(scene.sequence.iter().map(|Cut::Cut(name)| name.clone()).collect())
}
