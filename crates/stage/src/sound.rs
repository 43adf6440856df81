//! A stretch of a shot to its sound timeline.

use std::sync::Arc;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{
    AcousticInstance, Bed, Body, BodyShape, Clip, Contact, SoundSource, SoundTimeline, Stem, Track,
};
use maquette_scene::document::{Emitter, Shot, Sound};

use crate::{
    Error,
    actor::{Actor, ActorBody},
    document, listener,
    pose::vec3,
    presence,
    set::{Prop, PropPart},
    stage::Stage,
};

/// Sound's own clock.
const STEP_S: f64 = 0.01;

/// How long before what is heard things may have sounded that still ring.
const TAIL_S: f64 = 6.0;

/// A body of this height weighs this much; others by the cube of their height.
const BODY_KG: f32 = 70.0;
const BODY_HEIGHT_M: f32 = 1.75;

/// Speed of a heel that comes down (0.2 to 0.4 m/s just before contact, up to 0.8 without a soft landing: Whittle, Gait
/// and Posture 10, 1999), and share of the body's mass that it stops (Chi and Schmitt, J. Biomechanics 38, 2005).
const HEEL_M_S: f32 = 0.5;
const HEEL_MASS: f32 = 0.06;

/// The ball of the foot comes down this much later, slower and lighter, and this far ahead of the heel over stature.
const TOE_AFTER_S: f64 = 0.11;
const TOE_M_S: f32 = 0.35;
const TOE_MASS: f32 = 0.025;
const TOE_AHEAD: f32 = 0.1;

/// What a mannequin walks on.
const SHOE: &str = "shoe sole";

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
    let listener = clock.track(|time_s| Ok(listener::pose(stage, shot, time_s)?.affine()))?;
    let (beds, placed): (Vec<&Sound>, Vec<&Sound>) =
        stage.scene.sounds.iter().partition(|sound| sound.on == Emitter::Bed);
    let sources = placed.into_iter().map(|sound| source(stage, &clock, sound));
    let mut sources = sources.collect::<Result<Vec<_>, Error>>()?;
    sources.extend(stage.actors.iter().filter_map(|actor| voice(stage, &clock, actor)));
    sources.extend(stage.physics.rubs().sources(start_s, to_s, |id| stage.object_name(id)));
    let mut instances: Vec<AcousticInstance> =
        stage.props.iter().flat_map(|prop| instances(stage, &clock, prop)).collect();
    instances.extend(stage.actors.iter().map(|actor| present(&clock, actor)));
    Ok(SoundTimeline {
        from_s,
        to_s,
        air: document::air(&stage.scene.air),
        listener,
        sources,
        contacts: contacts(stage, start_s, to_s),
        beds: beds.into_iter().map(|sound| bed(stage, sound)).collect::<Result<_, Error>>()?,
        instances,
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
        Ok(self.kept(self.times().map(&mut at).collect::<Result<_, Error>>()?))
    }

    /// A value that is always there.
    fn always<T: PartialEq>(&self, at: impl Fn(f64) -> T) -> Track<T> {
        self.kept(self.times().map(at).collect())
    }

    fn times(&self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(|i| self.start_s + i as f64 * STEP_S)
    }

    fn kept<T: PartialEq>(&self, mut samples: Vec<T>) -> Track<T> {
        if samples.iter().all(|sample| *sample == samples[0]) {
            samples.truncate(1);
        }
        Track { start_s: self.start_s, step_s: STEP_S, samples }
    }
}

fn source(stage: &Stage, clock: &Clock, sound: &Sound) -> Result<SoundSource, Error> {
    let missing = |kind, name: &str| Error::NoSuch { user: sound.name.clone(), kind, name: name.to_owned() };
    let (mut mouth, mut carrier) = (None, None);
    let position_m = match &sound.on {
        Emitter::Bed => Track::still(Vec3::ZERO),
        Emitter::At(point) => Track::still(vec3(*point)),
        Emitter::Actor(name) => {
            let actor = stage.actors.iter().find(|actor| actor.name == *name);
            let actor = actor.ok_or_else(|| missing("actor", name))?;
            carrier = Some(actor.object_id);
            mouth = Some(clock.always(|time_s| listener::ahead(&actor.place(time_s.max(0.0)))));
            clock.always(|time_s| actor.mouth(time_s))
        }
        Emitter::Piece(name) => {
            let prop = stage.prop(name).ok_or_else(|| missing("piece", name))?;
            clock.always(|time_s| prop.centre(&stage.physics, time_s))
        }
    };
    Ok(SoundSource {
        name: sound.name.clone(),
        clip: clip(stage, sound)?,
        start_s: sound.at_s,
        position_m,
        level_db_spl_1m: sound.level_db_spl_1m,
        looped: sound.looped,
        stem: sound.stem(),
        mouth,
        carrier,
    })
}

/// A recorded person's own voice, at their mouth.
fn voice(stage: &Stage, clock: &Clock, actor: &Actor) -> Option<SoundSource> {
    let ActorBody::Recorded { cameo, .. } = &actor.body else { return None };
    Some(SoundSource {
        name: actor.name.clone(),
        clip: Clip::Samples(stage.voices.get(&actor.name)?.clone()),
        start_s: cameo.at_s,
        position_m: clock.always(|time_s| actor.mouth(time_s)),
        level_db_spl_1m: cameo.voice_db_spl_1m?,
        looped: false,
        stem: Stem::Dialogue,
        mouth: Some(clock.always(|time_s| listener::ahead(&actor.place(time_s.max(0.0))))),
        carrier: Some(actor.object_id),
    })
}

fn bed(stage: &Stage, sound: &Sound) -> Result<Bed, Error> {
    Ok(Bed {
        name: sound.name.clone(),
        clip: clip(stage, sound)?,
        start_s: sound.at_s,
        level_db_spl: sound.level_db_spl_1m,
        looped: sound.looped,
        stem: sound.stem(),
    })
}

fn clip(stage: &Stage, sound: &Sound) -> Result<Clip, Error> {
    if let Some(kind) = sound.ambience {
        // Two of a kind in one scene are not the same.
        let named = sound.name.bytes().fold(stage.scene.seed, |seed, byte| {
            (seed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        return Ok(Clip::Ambience { kind, seed: named });
    }
    let file = stage.clips.get(&sound.name).cloned();
    file.map(Clip::File).ok_or_else(|| Error::Unspoken { sound: sound.name.clone() })
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
        let ActorBody::Mannequin { mannequin, .. } = &actor.body else { continue };
        let mass_kg = BODY_KG * (mannequin.height_m() / BODY_HEIGHT_M).powi(3);
        for fall in mannequin.footfalls(from_s - TOE_AFTER_S, to_s) {
            let ahead = listener::ahead(&actor.place(fall.time_s)) * (TOE_AHEAD * mannequin.height_m());
            let heel = (fall.time_s, fall.heel_m, HEEL_MASS * mass_kg, HEEL_M_S);
            let toe = (fall.time_s + TOE_AFTER_S, fall.heel_m + ahead, TOE_MASS * mass_kg, TOE_M_S);
            for (time_s, position_m, stopped_kg, speed_m_s) in [heel, toe] {
                let floor = stage.floors.under(position_m).filter(|_| (from_s..=to_s).contains(&time_s));
                let Some((_, floor)) = floor else { continue };
                let sole = Body {
                    shape: BodyShape::Box,
                    size_m: Vec3::new(0.08, 0.03, 0.1),
                    mass_kg: stopped_kg,
                    ..Body::default()
                };
                // Set pieces come before actors, so the floor has the smaller id.
                contacts.push(Contact {
                    time_s,
                    position_m,
                    objects: [floor.object_id, actor.object_id],
                    materials: [floor.material.clone(), SHOE.to_owned()],
                    bodies: [floor.build.touched(position_m, 0.0), sole],
                    impulse_n_s: stopped_kg * speed_m_s,
                    closing_speed_m_s: speed_m_s,
                });
            }
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

/// An actor's body, which carries their own voice.
fn present(clock: &Clock, actor: &Actor) -> AcousticInstance {
    let at = |time_s: f64| {
        let place = actor.place(time_s.max(0.0));
        Affine3A::from_rotation_translation(place.rotation, place.translation)
    };
    AcousticInstance {
        object_id: actor.object_id,
        mesh: presence::form(actor.height_m()),
        surface: presence::surface(),
        world_from_local: clock.always(at),
    }
}

fn place(stage: &Stage, clock: &Clock, prop: &Prop, part: &PropPart) -> Track<Affine3A> {
    let at = |time_s: f64| prop.world_from_part(&prop.pose(&stage.physics, time_s), part);
    if prop.is_still() {
        return Track::still(at(0.0));
    }
    clock.always(at)
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
