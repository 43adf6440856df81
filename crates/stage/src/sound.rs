//! A stretch of a shot to its sound timeline.

use std::sync::Arc;

use glam::Affine3A;
use maquette_conditioning::{AcousticInstance, Clip, Contact, SoundSource, SoundTimeline, Track};
use maquette_scene::document::{Emitter, Shot, Sound};

use crate::{
    Error,
    actor::ActorBody,
    camera, document,
    pose::vec3,
    set::{Prop, PropPart},
    stage::Stage,
};

/// Sound's own clock.
const STEP_S: f64 = 0.01;

/// How long before what is heard things may have sounded that still ring.
const TAIL_S: f64 = 3.0;

/// A body of this height weighs this much; others by the cube of their height.
const BODY_KG: f32 = 70.0;
const BODY_HEIGHT_M: f32 = 1.75;

/// Speed of a heel that comes down (0.2 to 0.4 m/s: Whittle, Gait and Posture 10, 1999).
const HEEL_M_S: f32 = 0.3;

pub(crate) fn timeline(
    stage: &mut Stage,
    shot: &Shot,
    from_s: f64,
    to_s: f64,
) -> Result<SoundTimeline, Error> {
    stage.advance(to_s);
    let stage = &*stage;
    let start_s = (from_s - TAIL_S).max(0.0).min(from_s);
    let clock = Clock { start_s, steps: ((to_s - start_s) / STEP_S).ceil() as usize };
    let mut find = |name: &str, time_s| stage.whereabouts(&shot.name, name, time_s);
    let listener = clock.track(|time_s| Ok(camera::pose(shot, time_s, &mut find)?.affine()))?;
    let sources = stage.scene.sounds.iter().map(|sound| source(stage, &clock, sound));
    Ok(SoundTimeline {
        from_s,
        to_s,
        air: document::air(&stage.scene.air),
        listener,
        sources: sources.collect::<Result<_, Error>>()?,
        contacts: contacts(stage, start_s, to_s),
        instances: stage.props.iter().flat_map(|prop| instances(stage, &clock, prop)).collect(),
    })
}

/// Even instants over a stretch of time.
struct Clock {
    start_s: f64,
    steps: usize,
}

impl Clock {
    /// A value over time; a single sample when it never changes.
    fn track<T: PartialEq>(&self, mut at: impl FnMut(f64) -> Result<T, Error>) -> Result<Track<T>, Error> {
        let samples = (0..=self.steps).map(|i| at(self.start_s + i as f64 * STEP_S));
        let mut samples = samples.collect::<Result<Vec<T>, Error>>()?;
        if samples.iter().all(|sample| *sample == samples[0]) {
            samples.truncate(1);
        }
        Ok(Track { start_s: self.start_s, step_s: STEP_S, samples })
    }
}

fn source(stage: &Stage, clock: &Clock, sound: &Sound) -> Result<SoundSource, Error> {
    let missing = |kind, name: &str| Error::NoSuch { user: sound.name.clone(), kind, name: name.to_owned() };
    let position_m = match &sound.on {
        Emitter::At(point) => Track::still(vec3(*point)),
        Emitter::Actor(name) => {
            let actor = stage.actors.iter().find(|actor| actor.name == *name);
            let actor = actor.ok_or_else(|| missing("actor", name))?;
            clock.track(|time_s| Ok(actor.mouth(time_s)))?
        }
        Emitter::Piece(name) => {
            let prop = stage.prop(name).ok_or_else(|| missing("piece", name))?;
            clock.track(|time_s| Ok(prop.centre(&stage.physics, time_s)))?
        }
    };
    Ok(SoundSource {
        name: sound.name.clone(),
        clip: Clip::File(stage.clips[&sound.clip].clone()),
        start_s: sound.at_s,
        position_m,
        level_db_spl_1m: sound.level_db_spl_1m,
        looped: sound.looped,
    })
}

/// Hits and heel strikes, in order of time.
fn contacts(stage: &Stage, from_s: f64, to_s: f64) -> Vec<Contact> {
    let hits = stage.physics.contacts().iter().filter(|hit| (from_s..=to_s).contains(&hit.time_s));
    let mut contacts: Vec<Contact> = hits.cloned().collect();
    contacts.extend(footfalls(stage, from_s, to_s));
    contacts.sort_by(|a, b| a.time_s.total_cmp(&b.time_s).then(a.objects.cmp(&b.objects)));
    contacts
}

fn footfalls(stage: &Stage, from_s: f64, to_s: f64) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for actor in &stage.actors {
        let ActorBody::Mannequin { mannequin, material, .. } = &actor.body else { continue };
        let mass_kg = BODY_KG * (mannequin.height_m() / BODY_HEIGHT_M).powi(3);
        let own = &stage.library.materials()[*material].name;
        for fall in mannequin.footfalls(from_s, to_s) {
            let Some((_, floor)) = stage.floors.under(fall.heel_m) else { continue };
            // Set pieces come before actors, so the floor has the smaller id.
            contacts.push(Contact {
                time_s: fall.time_s,
                position_m: fall.heel_m,
                objects: [floor.object_id, actor.object_id],
                materials: [floor.material.clone(), own.clone()],
                impulse_n_s: mass_kg * HEEL_M_S,
                closing_speed_m_s: HEEL_M_S,
            });
        }
    }
    contacts
}

fn instances(stage: &Stage, clock: &Clock, prop: &Prop) -> Vec<AcousticInstance> {
    let instance = |part: &PropPart| AcousticInstance {
        object_id: prop.object_id,
        mesh: part.heard.clone().unwrap_or_else(|| Arc::clone(&stage.library.meshes()[part.mesh])),
        surface: stage.library.materials()[part.material].surface,
        world_from_local: place(stage, clock, prop, part),
    };
    prop.parts.iter().filter(|_| prop.visible).map(instance).collect()
}

fn place(stage: &Stage, clock: &Clock, prop: &Prop, part: &PropPart) -> Track<Affine3A> {
    let at = |time_s: f64| prop.world_from_part(&prop.pose(&stage.physics, time_s), part);
    if prop.is_still() {
        return Track::still(at(0.0));
    }
    clock.track(|time_s| Ok(at(time_s))).unwrap_or_else(|_| Track::still(at(clock.start_s)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;

    #[test]
    fn a_value_that_never_changes_is_one_sample() {
        let clock = Clock { start_s: 1.0, steps: 10 };
        assert!(clock.track(|_| Ok(Vec3::ONE)).unwrap().is_still());
        let moving = clock.track(|time_s| Ok(Vec3::X * time_s as f32)).unwrap();
        assert_eq!(moving.samples.len(), 11);
        assert!((moving.at(1.055).x - 1.055).abs() < 1e-6);
    }
}
