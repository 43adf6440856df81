//! Rigged models to corners at any time: Bevy's animation sought to the instant, skinned once on the CPU.
//!
//! Clips are never played, only sought, and the rest pose is put back first: what a rig looks like at a time does not
//! depend on where it was before.

use std::{collections::VecDeque, path::Path, sync::Arc};

use bevy::{
    animation::{
        AnimationClip, AnimationPlayer,
        graph::{AnimationGraph, AnimationGraphHandle, AnimationNodeIndex},
    },
    gltf::Gltf,
    mesh::{Mesh as BevyMesh, VertexAttributeValues},
    prelude::*,
};
use glam::{Affine3A, Mat4, Vec3};
use maquette_conditioning::{Mesh, Vertices};
use maquette_scene::document::Play;

use super::{Part, Standing};
use crate::Error;

/// One clip fades into the next over this time.
const FADE_S: f64 = 0.25;

/// Poses kept: a frame asks for three times, and the next frame for one of them again.
const KEPT: usize = 8;

/// A model with bones and clips, standing in the world.
pub(crate) struct Rig {
    pub(crate) parts: Vec<Part>,
    players: Vec<Entity>,
    rest: Vec<(Entity, Transform)>,
    clips: Vec<Clip>,
    plays: Vec<(f64, usize, f64)>,
    path: std::path::PathBuf,
}

struct Clip {
    name: String,
    node: AnimationNodeIndex,
    length_s: f64,
}

/// What a part looks like at a time, in the model's space.
#[derive(Clone)]
pub(crate) enum Posed {
    /// It moves as a whole.
    Rigid(Affine3A),
    /// Its corners move.
    Deformed(Arc<Vertices>),
}

impl Posed {
    /// Height of the highest corner.
    pub(crate) fn top(&self, mesh: &Mesh) -> f32 {
        let top = |heights: &mut dyn Iterator<Item = f32>| heights.fold(0.0, f32::max);
        match self {
            Self::Rigid(place) => top(&mut mesh.positions.iter().map(|p| place.transform_point3(*p).y)),
            Self::Deformed(corners) => top(&mut corners.positions.iter().map(|p| p.y)),
        }
    }
}

impl Rig {
    pub(super) fn new(app: &mut App, standing: Standing, gltf: &Handle<Gltf>, path: &Path) -> Self {
        let mut entities = Vec::new();
        super::walk(app.world(), standing.root, &mut entities);
        let world = app.world();
        let rest = entities.iter().filter_map(|e| Some((*e, *world.get::<Transform>(*e)?))).collect();
        let players: Vec<Entity> =
            entities.iter().copied().filter(|e| world.get::<AnimationPlayer>(*e).is_some()).collect();
        let mut graph = AnimationGraph::new();
        let clips = clips(world, gltf, &mut graph);
        let graph = app.world_mut().resource_mut::<Assets<AnimationGraph>>().add(graph);
        for player in &players {
            app.world_mut().entity_mut(*player).insert(AnimationGraphHandle(graph.clone()));
        }
        app.update();
        Self { parts: standing.parts, players, rest, clips, plays: Vec::new(), path: path.to_owned() }
    }

    /// Says which clip plays from when on.
    pub(crate) fn schedule(&mut self, plays: &[Play]) -> Result<(), Error> {
        for play in plays {
            let known = || self.clips.iter().map(|clip| clip.name.as_str()).collect::<Vec<_>>().join(", ");
            let clip = self.clips.iter().position(|clip| clip.name == play.clip);
            let clip = clip.ok_or_else(|| Error::NoClip {
                path: self.path.clone(),
                clip: play.clip.clone(),
                known: if self.clips.is_empty() { "none".to_owned() } else { known() },
            })?;
            self.plays.push((play.t_s, clip, f64::from(play.speed)));
        }
        self.plays.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(())
    }

    /// Puts back the rest pose and seeks the clips of a time. The next update of the app poses the bones.
    fn seek(&self, world: &mut World, time_s: f64) {
        for (entity, transform) in &self.rest {
            if let Some(mut place) = world.get_mut::<Transform>(*entity) {
                *place = *transform;
            }
        }
        let voices = self.voices(time_s);
        for player in &self.players {
            let Some(mut player) = world.get_mut::<AnimationPlayer>(*player) else { continue };
            player.stop_all();
            for (clip, at_s, weight) in &voices {
                player.play(self.clips[*clip].node).set_seek_time(*at_s as f32).set_weight(*weight).pause();
            }
        }
    }

    /// Which clips sound together at a time: clip, time within it, weight.
    fn voices(&self, time_s: f64) -> Vec<(usize, f64, f32)> {
        let next = self.plays.partition_point(|play| play.0 <= time_s);
        let Some(now) = next.checked_sub(1).map(|n| self.plays[n]) else { return Vec::new() };
        let voice = |(from_s, clip, speed): (f64, usize, f64), weight: f32| {
            let length_s = self.clips[clip].length_s;
            let at_s = (time_s - from_s) * speed;
            (clip, if length_s > 0.0 { at_s.rem_euclid(length_s) } else { 0.0 }, weight)
        };
        let faded = ((time_s - now.0) / FADE_S).clamp(0.0, 1.0) as f32;
        match next.checked_sub(2).map(|n| self.plays[n]) {
            Some(before) if faded < 1.0 && before.1 != now.1 => {
                vec![voice(before, 1.0 - faded), voice(now, faded)]
            }
            _ => vec![voice(now, 1.0)],
        }
    }

    /// What it looks like as its bones stand right now; after loading, that is its rest pose.
    pub(crate) fn rest(&self, world: &World, meshes: &[Arc<Mesh>]) -> Vec<Posed> {
        self.look(world, meshes)
    }

    fn look(&self, world: &World, meshes: &[Arc<Mesh>]) -> Vec<Posed> {
        let look = |part: &Part| match &part.skin {
            Some(skin) => Posed::Deformed(Arc::new(skin.deform(world, &meshes[part.mesh]))),
            None => Posed::Rigid(place(world, part.entity)),
        };
        self.parts.iter().map(look).collect()
    }
}

fn clips(world: &World, gltf: &Handle<Gltf>, graph: &mut AnimationGraph) -> Vec<Clip> {
    let Some(gltf) = world.resource::<Assets<Gltf>>().get(gltf) else { return Vec::new() };
    let lengths = world.resource::<Assets<AnimationClip>>();
    let mut named: Vec<_> = gltf.named_animations.iter().collect();
    named.sort_by(|a, b| a.0.cmp(b.0));
    let root = graph.root;
    let mut clips = Vec::new();
    for (name, handle) in named {
        let node = graph.add_clip(handle.clone(), 1.0, root);
        let length_s = lengths.get(handle).map_or(0.0, |clip| f64::from(clip.duration()));
        clips.push(Clip { name: name.to_string(), node, length_s });
    }
    clips
}

fn place(world: &World, entity: Entity) -> Affine3A {
    world.get::<GlobalTransform>(entity).map_or(Affine3A::IDENTITY, |place| place.affine())
}

/// All rigs of a scene, posed together so that one update of the app serves them all.
#[derive(Default)]
pub(crate) struct Rigs {
    rigs: Vec<Rig>,
    kept: VecDeque<(u64, Arc<Vec<Vec<Posed>>>)>,
}

impl Rigs {
    /// Its index.
    pub(crate) fn add(&mut self, rig: Rig) -> usize {
        self.rigs.push(rig);
        self.rigs.len() - 1
    }

    pub(crate) fn parts(&self, rig: usize) -> &[Part] {
        &self.rigs[rig].parts
    }

    /// Every part of every rig at a time.
    pub(crate) fn at(&mut self, app: &mut App, meshes: &[Arc<Mesh>], time_s: f64) -> Arc<Vec<Vec<Posed>>> {
        if self.rigs.is_empty() {
            return Arc::default();
        }
        if let Some((_, posed)) = self.kept.iter().find(|(key, _)| *key == time_s.to_bits()) {
            return posed.clone();
        }
        self.rigs.iter().for_each(|rig| rig.seek(app.world_mut(), time_s));
        app.update();
        let posed: Arc<Vec<_>> =
            Arc::new(self.rigs.iter().map(|rig| rig.look(app.world(), meshes)).collect());
        self.kept.push_front((time_s.to_bits(), posed.clone()));
        self.kept.truncate(KEPT);
        posed
    }
}

/// How the corners of a mesh hang on bones.
pub(crate) struct Skin {
    joints: Vec<Entity>,
    bone_from_mesh: Vec<Mat4>,
    /// Four bones and their shares, a corner.
    hold: Vec<([u16; 4], [f32; 4])>,
}

impl Skin {
    pub(super) fn new(mesh: &BevyMesh, joints: Vec<Entity>, inverse: Vec<Mat4>) -> Result<Self, String> {
        let bones = match mesh.attribute(BevyMesh::ATTRIBUTE_JOINT_INDEX) {
            Some(VertexAttributeValues::Uint16x4(bones)) => bones.as_slice(),
            _ => &[],
        };
        let shares = match mesh.attribute(BevyMesh::ATTRIBUTE_JOINT_WEIGHT) {
            Some(VertexAttributeValues::Float32x4(shares)) => shares.as_slice(),
            _ => &[],
        };
        if bones.len() != mesh.count_vertices() || shares.len() != bones.len() {
            return Err("has a skin without joints and weights for each corner".to_owned());
        }
        let known = joints.len().min(inverse.len());
        if let Some(bone) = bones.iter().flatten().find(|bone| usize::from(**bone) >= known) {
            return Err(format!("has a corner on joint {bone}, but its skin has {known}"));
        }
        let hold = bones.iter().copied().zip(shares.iter().copied()).collect();
        Ok(Self { joints, bone_from_mesh: inverse, hold })
    }

    /// Corners in the model's space for the bones as they stand: linear blend skinning (glTF 2.0, 3.7.3.3).
    pub(super) fn deform(&self, world: &World, mesh: &Mesh) -> Vertices {
        let bones = self.joints.iter().zip(&self.bone_from_mesh);
        let bones: Vec<Mat4> = bones.map(|(joint, bind)| Mat4::from(place(world, *joint)) * *bind).collect();
        let blend = |(bones_of, shares): &([u16; 4], [f32; 4])| {
            let sum: f32 = shares.iter().sum();
            let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
            (0..4).fold(Mat4::ZERO, |all, k| all + bones[usize::from(bones_of[k])] * (shares[k] * scale))
        };
        let mut corners = Vertices { positions: Vec::new(), normals: Vec::new() };
        for (i, hold) in self.hold.iter().enumerate() {
            let model_from_mesh = blend(hold);
            corners.positions.push(model_from_mesh.transform_point3(mesh.positions[i]));
            if let Some(normal) = mesh.normals.get(i) {
                corners.normals.push(model_from_mesh.transform_vector3(*normal).normalize_or(Vec3::Y));
            }
        }
        corners
    }
}
