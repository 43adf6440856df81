//! Who hears a shot, and where they are.

use glam::Vec3;
use maquette_scene::document::{Ear, Perspective, Shot};

use crate::{
    Error, camera,
    pose::{Pose, vec3},
    stage::Stage,
};

/// The listener of a shot at a time: the sequence's, where it stays through the cuts, or the shot's own.
pub(crate) fn pose(stage: &Stage, shot: &Shot, time_s: f64) -> Result<Pose, Error> {
    let ear = match &stage.scene.perspective {
        Perspective::EachShot => shot.heard_by.clone(),
        Perspective::Boom(name) => Ear::Boom(name.clone()),
        Perspective::Head(name) => Ear::Head(name.clone()),
    };
    match ear {
        Ear::Camera => {
            let mut find = |name: &str, time_s| stage.whereabouts(&shot.name, name, time_s);
            camera::pose(shot, time_s, &mut find)
        }
        Ear::Boom(name) => boom(stage, shot, &name, time_s),
        Ear::Head(name) => head(stage, shot, &name, time_s),
    }
}

fn boom(stage: &Stage, shot: &Shot, name: &str, time_s: f64) -> Result<Pose, Error> {
    let boom = stage.scene.booms.iter().find(|boom| boom.name == name);
    let boom = boom.ok_or_else(|| missing(shot, "boom", name))?;
    let at = vec3(boom.at_m);
    let rotation = match &boom.aim {
        Some(aim) => camera::looking(at, stage.whereabouts(&boom.name, aim, time_s)?, 0.0),
        None => glam::Quat::IDENTITY,
    };
    Ok(Pose::new(rotation, at))
}

/// Ears are as high as eyes (Drillis and Contini 1966), above where the actor stands, turned as the actor is.
fn head(stage: &Stage, shot: &Shot, name: &str, time_s: f64) -> Result<Pose, Error> {
    let actor = stage.actors.iter().find(|actor| actor.name == name);
    let actor = actor.ok_or_else(|| missing(shot, "actor", name))?;
    let time_s = time_s.max(0.0);
    Ok(Pose::new(actor.place(time_s).rotation, actor.eyes(time_s)))
}

fn missing(shot: &Shot, kind: &'static str, name: &str) -> Error {
    Error::NoSuch { user: shot.name.clone(), kind, name: name.to_owned() }
}

/// Where an actor's mouth points.
pub(crate) fn ahead(pose: &Pose) -> Vec3 {
    pose.rotation * Vec3::NEG_Z
}
