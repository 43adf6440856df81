//! A scene, ready to be asked for any moment of any of its shots.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    ops::RangeInclusive,
    sync::Arc,
};

use bevy::prelude::App;
use glam::{Affine3A, Vec3};
use maquette_conditioning::{
    Clip, FIRST_FRAME, Figure, Haze, Instance, Moment, Moving, Shutter, SoundSource, SoundTimeline, StandIn,
    Stem, Track,
};
use maquette_scene::{
    LoadedScene,
    document::{Emitter, Scene, Shot, Sound, Speech},
};

use crate::{
    Error,
    actor::{Actor, ActorBody, Casting},
    camera, document,
    finish::Finishes,
    floor::Floors,
    lamp::Fixture,
    library::Library,
    listener,
    model::{Models, Posed, Rigs},
    physics::Physics,
    profile::Profiles,
    set::{Prop, SetBuilder},
    sound,
    surroundings::Surroundings,
    world,
};

/// A scene played in a headless Bevy world.
///
/// Times are seconds on the world's clock; the world stands still before 0. Any moment may be asked for in any
/// order: the answer does not depend on what was asked before.
pub struct Stage {
    pub(crate) app: App,
    pub(crate) scene: Scene,
    pub(crate) library: Library,
    pub(crate) props: Vec<Prop>,
    pub(crate) fixtures: Vec<Fixture>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) rigs: Rigs,
    pub(crate) physics: Physics,
    pub(crate) floors: Floors,
    /// Files by the name of their sound: recordings, and lines that have been read.
    pub(crate) clips: HashMap<String, std::path::PathBuf>,
    /// What recorded people say, by the name of the actor: mono samples at 48 kHz from where the recording starts to play.
    pub(crate) voices: HashMap<String, Arc<[f32]>>,
    surroundings: Surroundings,
    haze: Option<Haze>,
    profiles: Profiles,
    object_names: Arc<[String]>,
}

impl Stage {
    /// Loads models and textures and builds the world.
    ///
    /// Errors name the file, piece or name that is missing or cannot be used.
    pub fn new(loaded: &LoadedScene) -> Result<Self, Error> {
        let scene = loaded.scene.clone();
        let mut app = world::app(&loaded.folder);
        let (mut library, mut finishes, mut models) =
            (Library::default(), Finishes::default(), Models::default());
        let mut names = Vec::new();
        let mut set = SetBuilder::new(&mut app, loaded, &mut library, &mut finishes, &mut models, &mut names);
        for piece in &scene.set {
            set.add(piece)?;
        }
        let (props, mut solids) = (set.props, set.solids);
        let floors = Floors::new(&solids);
        let mut next_id = |name: &str| {
            names.push(name.to_owned());
            names.len() as u32
        };
        let mut profiles = Profiles::default();
        let mut fixtures = Vec::with_capacity(scene.lights.len());
        for light in &scene.lights {
            let profile =
                light.profile.as_ref().map(|file| profiles.read(&loaded.resolve(file))).transpose()?;
            let turbidity = scene.environment.daylight.as_ref().map(|daylight| daylight.turbidity);
            fixtures.push(Fixture::new(light, next_id(&light.name), profile, turbidity));
        }
        let mut rigs = Rigs::default();
        let floor_y = |point: Vec3| floors.under(point).map(|(y, _)| y);
        let mut casting = Casting {
            app: &mut app,
            loaded,
            library: &mut library,
            finishes: &mut finishes,
            models: &mut models,
            rigs: &mut rigs,
            floor_y: &floor_y,
        };
        let cast = scene.actors.iter().map(|actor| casting.cast(actor, next_id(&actor.name)));
        let actors = cast.collect::<Result<Vec<Actor>, Error>>()?;
        solids.extend(actors.iter().filter_map(|actor| actor.solid(&library)));
        let physics = Physics::new(&mut app, solids, scene.gravity_m_s2);
        let recorded =
            |sound: &Sound| sound.clip.as_ref().map(|clip| (sound.name.clone(), loaded.resolve(clip)));
        let clips = scene.sounds.iter().filter_map(recorded).collect();
        let surroundings = Surroundings::new(loaded)?;
        let haze = scene.environment.haze.as_ref().map(document::haze);
        let object_names = names.into();
        Ok(Self {
            app,
            scene,
            library,
            props,
            fixtures,
            actors,
            rigs,
            physics,
            floors,
            clips,
            voices: HashMap::new(),
            surroundings,
            haze,
            profiles,
            object_names,
        })
    }

    /// Lines of the scene that a speech synthesiser is to read: names of sounds and what they say.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &Speech)> {
        let spoken = self.scene.sounds.iter().filter(|sound| sound.clip.is_none());
        spoken.filter_map(|sound| Some((sound.name.as_str(), sound.speech.as_ref()?)))
    }

    /// Takes the recording of a line. Without it, [`sound_timeline`](Self::sound_timeline) refuses the scene.
    pub fn put_line(&mut self, sound: &str, file: std::path::PathBuf) {
        self.clips.insert(sound.to_owned(), file);
    }

    /// Says where a sound's recording is read: where leave was asked for it, whatever a link points to since.
    pub fn put_recording(&mut self, sound: &str, file: &std::path::Path) {
        if let Some(clip) = self.clips.get_mut(sound) {
            *clip = file.to_owned();
        }
    }

    /// Takes a recorded person's voice: mono samples at 48 kHz from where their recording starts to play. Without it they are
    /// silent.
    pub fn put_voice(&mut self, actor: &str, samples: Arc<[f32]>) {
        self.voices.insert(actor.to_owned(), samples);
    }

    /// What actors say: who, and the recording as it plays. Lines count once they have been read.
    pub fn spoken(&self) -> Vec<(String, SoundSource)> {
        let said = |sound: &Sound| {
            let Emitter::Actor(actor) = &sound.on else { return None };
            let clip =
                Clip::File(self.clips.get(&sound.name).filter(|_| sound.stem() == Stem::Dialogue)?.clone());
            Some((actor.clone(), SoundSource { clip, start_s: sound.at_s, ..SoundSource::default() }))
        };
        self.scene.sounds.iter().filter_map(said).collect()
    }

    /// Has a mannequin's jaw follow a line: how far it is open over the world's time, 0 to 1. Others have no jaw.
    pub fn put_opening(&mut self, actor: &str, opening: Track<f32>) {
        let actor = self.actors.iter_mut().find(|other| other.name == actor);
        if let Some(Actor { body: ActorBody::Mannequin { mannequin, .. }, .. }) = actor {
            mannequin.speak(opening);
        }
    }

    /// Where recorded people stand during a shutter interval.
    pub fn stand_ins(&self, shutter: &Shutter) -> Vec<StandIn> {
        let stand_in = |actor: &Actor| {
            let ActorBody::Recorded { cameo, is_turned } = &actor.body else { return None };
            Some(StandIn {
                object_id: actor.object_id,
                actor: actor.name.clone(),
                cameo: cameo.clone(),
                feet_m: moving(shutter, |time_s| actor.place(time_s).translation),
                facing: is_turned.then(|| listener::ahead(&actor.place(shutter.open_s.max(0.0)))),
                plate_s: cameo.plate_from_s + (shutter.open_s - cameo.at_s).max(0.0),
            })
        };
        self.actors.iter().filter_map(stand_in).collect()
    }

    /// The joints of every mannequin at a time.
    pub fn figures(&self, time_s: f64) -> Vec<Figure> {
        let figure = |actor: &Actor| {
            let ActorBody::Mannequin { mannequin, .. } = &actor.body else { return None };
            Some(Figure { object_id: actor.object_id, joints_m: mannequin.joints(time_s) })
        };
        self.actors.iter().filter_map(figure).collect()
    }

    /// What objects are called, those of id 1 first. Copies of a piece are numbered: `tube`, `tube.2`.
    pub fn object_names(&self) -> &[String] {
        &self.object_names
    }

    /// What an object is called.
    pub fn object_name(&self, object_id: u32) -> String {
        let name = self.object_names.get((object_id as usize).wrapping_sub(1));
        name.map_or_else(|| object_id.to_string(), String::clone)
    }

    /// The frames of a shot: from 1001, its length times the frame rate, rounded, at least one.
    pub fn frames(&self, shot: &str) -> Result<RangeInclusive<u32>, Error> {
        let shot = self.shot(shot)?;
        let count = (shot.length_s * self.scene.frames_per_second()).round().max(1.0) as u32;
        Ok(FIRST_FRAME..=FIRST_FRAME + count - 1)
    }

    /// The world during a frame's shutter interval.
    pub fn moment(&mut self, shot: &str, frame: u32) -> Result<Moment, Error> {
        let shutter = self.shutter(shot, frame)?;
        let shot = self.shot(shot)?.clone();
        self.advance(shutter.close_s.max(shutter.open_s));
        let camera =
            camera::camera(&shot, &shutter, &mut |name, time_s| self.whereabouts(&shot.name, name, time_s))?;
        let mut instances = self.prop_instances(&shutter);
        instances.extend(self.actor_instances(&shutter));
        Ok(Moment {
            frame,
            shutter,
            camera,
            instances,
            meshes: self.library.meshes().to_vec(),
            materials: self.library.materials().to_vec(),
            textures: self.library.textures().to_vec(),
            lamps: self.fixtures.iter().filter_map(|fixture| fixture.lamp(&shutter)).collect(),
            profiles: self.profiles.list().to_vec(),
            environment: self.surroundings.at(&self.fixtures, &shutter),
            haze: self.haze,
            object_names: self.object_names.clone(),
        })
    }

    /// All that sounds during some of a shot's frames, heard by whom the shot or the sequence says.
    ///
    /// Sources, listener, moving surfaces and people are tracked from six seconds before, so that tails are there.
    pub fn sound_timeline(
        &mut self,
        shot: &str,
        frames: RangeInclusive<u32>,
    ) -> Result<SoundTimeline, Error> {
        let from_s = self.shutter(shot, *frames.start())?.open_s;
        let to_s = self.shutter(shot, *frames.end())?.open_s + 1.0 / self.scene.frames_per_second();
        let shot = self.shot(shot)?.clone();
        sound::timeline(self, &shot, from_s, to_s)
    }

    /// A number that two worlds share only when everything in them is in the same place, bit for bit.
    pub fn state_hash(&mut self, time_s: f64) -> u64 {
        self.advance(time_s);
        let mut hasher = DefaultHasher::new();
        let mut put = |numbers: &[f32]| numbers.iter().for_each(|n| n.to_bits().hash(&mut hasher));
        self.props.iter().for_each(|prop| put(&prop.pose(&self.physics, time_s).numbers()));
        self.fixtures.iter().for_each(|fixture| put(&fixture.pose(time_s).numbers()));
        for actor in &self.actors {
            put(&actor.place(time_s).numbers());
            if let ActorBody::Mannequin { mannequin, .. } = &actor.body {
                mannequin.at(time_s).iter().for_each(|pose| put(&pose.numbers()));
            }
        }
        for posed in self.rigs.at(&mut self.app, self.library.meshes(), time_s).iter().flatten() {
            match posed {
                Posed::Rigid(place) => put(&place.to_cols_array()),
                Posed::Deformed(corners) => corners.positions.iter().for_each(|p| put(&p.to_array())),
            }
        }
        hasher.finish()
    }

    pub(crate) fn advance(&mut self, until_s: f64) {
        self.physics.advance(&mut self.app, until_s);
    }

    fn shot(&self, name: &str) -> Result<&Shot, Error> {
        let known = || match self.scene.shots.len() {
            0 => "none".to_owned(),
            _ => self.scene.shots.iter().map(|shot| shot.name.as_str()).collect::<Vec<_>>().join(", "),
        };
        let shot = self.scene.shots.iter().find(|shot| shot.name == name);
        shot.ok_or_else(|| Error::NoShot { name: name.to_owned(), known: known() })
    }

    fn shutter(&self, shot: &str, frame: u32) -> Result<Shutter, Error> {
        let frames = self.frames(shot)?;
        if !frames.contains(&frame) {
            let (first, last) = (*frames.start(), *frames.end());
            return Err(Error::NoFrame { shot: shot.to_owned(), frame, first, last });
        }
        let shot = self.shot(shot)?;
        let (numerator, denominator) = self.scene.fps;
        // One product and one quotient, so that a time does not depend on how many frames were counted.
        let at_s = |n: f64| shot.from_s + n * f64::from(denominator) / f64::from(numerator);
        let n = f64::from(frame - FIRST_FRAME);
        let exposed = f64::from(shot.camera.shutter_deg) / 360.0;
        Ok(Shutter { open_s: at_s(n), close_s: at_s(n + exposed), previous_open_s: at_s(n - 1.0) })
    }

    /// Where a piece, light or actor is, as a camera aims at it.
    pub(crate) fn whereabouts(&self, user: &str, name: &str, time_s: f64) -> Result<Vec3, Error> {
        if let Some(actor) = self.actors.iter().find(|actor| actor.name == name) {
            return Ok(actor.eyes(time_s.max(0.0)));
        }
        if let Some(prop) = self.prop(name) {
            return Ok(prop.centre(&self.physics, time_s));
        }
        let fixture = self.fixtures.iter().find(|fixture| fixture.name == name);
        let found = fixture.map(|fixture| fixture.pose(time_s).translation);
        found.ok_or_else(|| Error::NoSuch { user: user.to_owned(), kind: "thing", name: name.to_owned() })
    }

    /// A piece by its name; of several copies, the first.
    pub(crate) fn prop(&self, name: &str) -> Option<&Prop> {
        self.props.iter().find(|prop| self.object_names[prop.object_id as usize - 1] == name)
    }

    fn prop_instances(&self, shutter: &Shutter) -> Vec<Instance> {
        let mut instances = Vec::new();
        for prop in self.props.iter().filter(|prop| prop.visible) {
            let poses = moving(shutter, |time_s| prop.pose(&self.physics, time_s));
            for part in prop.parts.iter() {
                instances.push(Instance {
                    object_id: prop.object_id,
                    mesh: part.mesh,
                    material: part.material,
                    world_from_local: map(&poses, |pose| prop.world_from_part(pose, part)),
                    deformed: None,
                });
            }
        }
        instances
    }

    fn actor_instances(&mut self, shutter: &Shutter) -> Vec<Instance> {
        let meshes = self.library.meshes();
        let posed = moving(shutter, |time_s| self.rigs.at(&mut self.app, meshes, time_s));
        let mut instances = Vec::new();
        for actor in &self.actors {
            match &actor.body {
                ActorBody::Mannequin { mannequin, meshes, material } => {
                    let poses = moving(shutter, |time_s| mannequin.at(time_s));
                    instances.extend(meshes.iter().enumerate().map(|(segment, mesh)| Instance {
                        object_id: actor.object_id,
                        mesh: *mesh,
                        material: *material,
                        world_from_local: map(&poses, |poses| poses[segment].affine()),
                        deformed: None,
                    }));
                }
                ActorBody::Rigged { rig, scale, material } => {
                    let places = moving(shutter, |time_s| actor.world_from_model(time_s, *scale));
                    for (n, part) in self.rigs.parts(*rig).iter().enumerate() {
                        let looks = map(&posed, |posed| posed[*rig][n].clone());
                        let (world_from_local, deformed) = placed(&places, looks);
                        let material = material.unwrap_or(part.material);
                        let (object_id, mesh) = (actor.object_id, part.mesh);
                        instances.push(Instance { object_id, mesh, material, world_from_local, deformed });
                    }
                }
                ActorBody::Recorded { .. } => {}
            }
        }
        instances
    }
}

/// A part of a rig in the world: it moves as a whole, or its corners move in the model's space.
fn placed(
    places: &Moving<Affine3A>,
    looks: Moving<Posed>,
) -> (Moving<Affine3A>, Option<Moving<Arc<maquette_conditioning::Vertices>>>) {
    let world = |place: &Affine3A, look: &Posed| match look {
        Posed::Rigid(inner) => *place * *inner,
        Posed::Deformed(_) => *place,
    };
    let world_from_local = Moving {
        open: world(&places.open, &looks.open),
        close: world(&places.close, &looks.close),
        previous: world(&places.previous, &looks.previous),
    };
    let deformed = match (looks.open, looks.close, looks.previous) {
        (Posed::Deformed(open), Posed::Deformed(close), Posed::Deformed(previous)) => {
            Some(Moving { open, close, previous })
        }
        _ => None,
    };
    (world_from_local, deformed)
}

/// A value at the three times of a shutter interval. The world stands still before time 0.
fn moving<T>(shutter: &Shutter, mut at: impl FnMut(f64) -> T) -> Moving<T> {
    let previous = at(shutter.previous_open_s.max(0.0));
    Moving { previous, open: at(shutter.open_s.max(0.0)), close: at(shutter.close_s.max(0.0)) }
}

fn map<T, U>(moving: &Moving<T>, f: impl Fn(&T) -> U) -> Moving<U> {
    Moving { open: f(&moving.open), close: f(&moving.close), previous: f(&moving.previous) }
}
