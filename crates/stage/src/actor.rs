//! Actors to what they look like at any time: mannequins by their own gait, rigged models by their clips; recorded people
//! are only placed.

use std::sync::Arc;

use bevy::prelude::App;
use bevy_rapier3d::prelude::Collider;
use glam::{Affine3A, Quat, Vec3};
use maquette_scene::{
    LoadedScene,
    document::{Actor as Written, Cameo, Form},
};

use crate::{
    Error,
    finish::{self, Finishes},
    library::Library,
    mannequin::{EYE_HEIGHT, Mannequin, Route},
    model::{Models, Rigs},
    physics::{Drive, Motion, Solid},
    pose::Pose,
    solidity::Build,
    strike::Identity,
};

/// A model's front is +Z (glTF 2.0, 3.4), an actor's −Z.
const ACTOR_FROM_MODEL: Quat = Quat::from_xyzw(0.0, 1.0, 0.0, 0.0);

/// Mouth height over the height of a rigged model or a person.
const MOUTH_HEIGHT: f32 = 0.9;

/// Someone on the set.
pub(crate) struct Actor {
    pub(crate) object_id: u32,
    pub(crate) name: String,
    pub(crate) body: ActorBody,
    height_m: f32,
    route: Arc<Route>,
}

pub(crate) enum ActorBody {
    /// Meshes of the segments and their one material.
    Mannequin { mannequin: Mannequin, meshes: Vec<usize>, material: usize },
    /// Index into the rigs, uniform scale, and a material instead of the model's own.
    Rigged { rig: usize, scale: f32, material: Option<usize> },
    /// A recording, which stage never opens, and whether a mark says which way they face.
    Recorded { cameo: Cameo, is_turned: bool },
}

impl Actor {
    /// Between the feet, facing ahead.
    pub(crate) fn place(&self, time_s: f64) -> Pose {
        Pose::new(Quat::from_rotation_y(self.route.facing(time_s)), self.route.position(time_s))
    }

    pub(crate) fn height_m(&self) -> f32 {
        self.height_m
    }

    pub(crate) fn eyes(&self, time_s: f64) -> Vec3 {
        self.route.position(time_s) + Vec3::Y * EYE_HEIGHT * self.height_m
    }

    pub(crate) fn mouth(&self, time_s: f64) -> Vec3 {
        match &self.body {
            ActorBody::Mannequin { mannequin, .. } => mannequin.mouth(time_s),
            ActorBody::Rigged { .. } | ActorBody::Recorded { .. } => {
                self.route.position(time_s) + Vec3::Y * MOUTH_HEIGHT * self.height_m
            }
        }
    }

    /// Where a rigged model's own space is.
    pub(crate) fn world_from_model(&self, time_s: f64, scale: f32) -> Affine3A {
        let place = self.place(time_s);
        let rotation = place.rotation * ACTOR_FROM_MODEL;
        Affine3A::from_scale_rotation_translation(Vec3::splat(scale), rotation, place.translation)
    }

    /// A standing capsule that pushes what is in the way; only mannequins have one.
    pub(crate) fn solid(&self, library: &Library) -> Option<Solid> {
        let ActorBody::Mannequin { mannequin, material, .. } = &self.body else { return None };
        let (h, route) = (mannequin.height_m(), self.route.clone());
        let radius = 0.1 * h;
        // The feet step over what lies on the floor.
        let collider = Collider::capsule(Vec3::Y * (0.05 * h + radius), Vec3::Y * (h - radius), radius);
        let pose_at = move |time_s: f64| Pose::new(Quat::IDENTITY, route.position(time_s));
        let material = library.materials()[*material].name.clone();
        Some(Solid {
            identity: Identity { object_id: self.object_id, material, build: Build::person(h) },
            collider,
            start: pose_at(0.0),
            friction: 0.5,
            restitution: 0.1,
            motion: Motion::Driven(Drive { end_s: self.route.end_s(), pose_at: Box::new(pose_at) }),
        })
    }
}

/// What is needed to bring actors on.
pub(crate) struct Casting<'a> {
    pub(crate) app: &'a mut App,
    pub(crate) loaded: &'a LoadedScene,
    pub(crate) library: &'a mut Library,
    pub(crate) finishes: &'a mut Finishes,
    pub(crate) models: &'a mut Models,
    pub(crate) rigs: &'a mut Rigs,
    /// Height of the floor near a point.
    pub(crate) floor_y: &'a dyn Fn(Vec3) -> Option<f32>,
}

impl Casting<'_> {
    pub(crate) fn cast(&mut self, written: &Written, object_id: u32) -> Result<Actor, Error> {
        let material = match &written.material {
            Some(name) => {
                Some(self.finishes.index(self.loaded, self.library, &written.name, Some(name.as_str()))?)
            }
            None => None,
        };
        let name = written.name.clone();
        match &written.form {
            Form::Mannequin { height_m } => {
                let mannequin = Mannequin::new(*height_m, &written.marks, self.floor_y);
                let meshes = mannequin.meshes().into_iter().map(|mesh| self.library.put_mesh(mesh)).collect();
                let material = material.unwrap_or_else(|| self.library.put_material(finish::mannequin()));
                let route = mannequin.route().clone();
                let body = ActorBody::Mannequin { mannequin, meshes, material };
                Ok(Actor { object_id, name, body, height_m: *height_m, route })
            }
            Form::Gltf { file, scale, clips } => {
                let mut rig = self.models.rig(self.app, self.loaded, self.library, file)?;
                rig.schedule(clips)?;
                let height_m = scale * self.height(&rig);
                let rig = self.rigs.add(rig);
                let body = ActorBody::Rigged { rig, scale: *scale, material };
                Ok(Actor { object_id, name, body, height_m, route: Arc::new(Route::new(&written.marks)) })
            }
            Form::Cameo(cameo) => Ok(Actor {
                object_id,
                name,
                body: ActorBody::Recorded {
                    cameo: cameo.clone(),
                    is_turned: written.marks.iter().any(|mark| mark.turn_deg.is_some()),
                },
                height_m: cameo.height_m,
                route: Arc::new(Route::new(&written.marks)),
            }),
        }
    }

    /// Highest corner of a model in its rest pose.
    fn height(&self, rig: &crate::model::Rig) -> f32 {
        let posed = rig.rest(self.app.world(), self.library.meshes());
        let tops =
            rig.parts.iter().zip(posed).map(|(part, posed)| posed.top(&self.library.meshes()[part.mesh]));
        tops.fold(0.0, f32::max)
    }
}
