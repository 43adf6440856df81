//! The shutter interval cut into slices.
//!
//! When anything but the camera moves, things are placed in the middle of each slice, and a sample picks one.
//! Transforms are interpolated by their parts (translation, rotation, scale). There are as many slices as make the steps
//! from one to the next too small to see, so that a thousand things that hardly move are not placed 32 times:
//! a power of two, so that as many samples fall into each.

use std::{collections::HashMap, f32::consts::FRAC_PI_2, sync::Arc};

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Instance, Mesh, Moment, Vertices};

use crate::Settings;

/// Slices at most. With 8, the steps of a fast prop's blur showed.
const MOST: usize = 32;
/// Slices at most when a mesh deforms, which needs a tree of its own in each.
const MOST_DEFORMING: usize = 8;
/// Slices at least when anything moves.
const FEWEST: usize = 2;
/// Slices a pixel of blur: shadows and reflections may move a few times as far.
const SLICES_A_PIXEL: f32 = 4.0;
/// Slices at most, shutter open included.
pub(crate) const MOST_SLICES: usize = MOST + 1;

/// An instant within the shutter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slice {
    /// 0 is shutter open, 1 is close.
    pub(super) time: f32,
    /// The part of the shutter interval that it stands for.
    span: (f32, f32),
}

/// The instants at which the moment is placed: slices of the shutter, if anything moves, and shutter open last.
pub(super) fn slices(moment: &Moment, settings: &Settings) -> Vec<Slice> {
    let open = Slice { time: 0.0, span: (0.0, 1.0) };
    let moves = |i: &&Instance| i.world_from_local.open != i.world_from_local.close || deforms(i).is_some();
    let moving: Vec<&Instance> = moment.instances.iter().filter(moves).collect();
    let lamps_move = moment.lamps.iter().any(|l| l.world_from_lamp.open != l.world_from_lamp.close);
    if moving.is_empty() && !lamps_move {
        return vec![open];
    }
    let most = if moving.iter().any(|i| deforms(i).is_some()) { MOST_DEFORMING } else { MOST };
    // Nobody knows how far a lamp's light moves.
    let count = if lamps_move {
        most
    } else {
        wanted(moment, &moving, settings).clamp(FEWEST, most).next_power_of_two()
    };
    let at = |step: f32| step / count as f32;
    let middle = |i: usize| Slice { time: at(i as f32 + 0.5), span: (at(i as f32), at(i as f32 + 1.0)) };
    (0..count).map(middle).chain([open]).collect()
}

impl Slice {
    /// The share of the slice that lies within a part of the shutter interval.
    pub(super) fn share(&self, (from, to): (f32, f32)) -> f32 {
        let (first, last) = self.span;
        ((to.min(last) - from.max(first)) / (last - first)).clamp(0.0, 1.0)
    }

    /// The pose at this instant.
    pub(super) fn pose(&self, open: &Affine3A, close: &Affine3A) -> Affine3A {
        if self.time == 0.0 || open == close {
            return *open;
        }
        let (scale_0, turn_0, move_0) = open.to_scale_rotation_translation();
        let (scale_1, turn_1, move_1) = close.to_scale_rotation_translation();
        Affine3A::from_scale_rotation_translation(
            scale_0.lerp(scale_1, self.time),
            turn_0.slerp(turn_1, self.time),
            move_0.lerp(move_1, self.time),
        )
    }
}

/// Vertices at shutter open and close, if they differ.
fn deforms(instance: &Instance) -> Option<(&Vertices, &Vertices)> {
    let deformed = instance.deformed.as_ref()?;
    (!Arc::ptr_eq(&deformed.open, &deformed.close)).then_some((&deformed.open, &deformed.close))
}

/// As many slices as the longest blur asks for.
fn wanted(moment: &Moment, moving: &[&Instance], settings: &Settings) -> usize {
    let camera = &moment.camera;
    let pixels_a_radian = 0.5 * settings.width as f32 / camera.lens.half_width_at_one_metre();
    let [from_0, from_1] = [camera.world_from_camera.open, camera.world_from_camera.close]
        .map(|pose| Vec3::from(pose.translation));
    let mut reaches: HashMap<usize, f32> = HashMap::new();
    let blur = |instance: &&Instance| {
        // An instance of a mesh that is not there is refused later.
        let Some(mesh) = moment.meshes.get(instance.mesh) else { return 0.0 };
        let reach = *reaches.entry(instance.mesh).or_insert_with(|| reach(mesh));
        let (way, size) = way(instance, reach);
        let middle = Vec3::from(instance.world_from_local.open.translation);
        let distance = middle.distance(from_0).min(middle.distance(from_1)) - size - way;
        if distance > 0.0 { way / distance * pixels_a_radian } else { f32::INFINITY }
    };
    let longest = moving.iter().map(blur).fold(0.0, f32::max);
    (longest * SLICES_A_PIXEL).ceil().min(MOST as f32) as usize
}

/// Distance of the farthest vertex from a mesh's origin.
fn reach(mesh: &Mesh) -> f32 {
    mesh.positions.iter().map(|p| p.length_squared()).fold(0.0, f32::max).sqrt()
}

/// How far any point of an instance moves at most, and how far its points lie from its origin.
fn way(instance: &Instance, reach: f32) -> (f32, f32) {
    let (open, close) = (&instance.world_from_local.open, &instance.world_from_local.close);
    let length = |m: &glam::Mat3A| m.to_cols_array().iter().map(|c| c * c).sum::<f32>().sqrt();
    let (mut bend, mut farthest) = (0.0f32, reach);
    for (from, to) in deforms(instance).into_iter().flat_map(|(o, c)| o.positions.iter().zip(&c.positions)) {
        bend = bend.max(from.distance(*to));
        farthest = farthest.max(from.length()).max(to.length());
    }
    let scale = length(&open.matrix3).max(length(&close.matrix3));
    // A turn's arc is longer than its chord, by half of π at most.
    let turn = FRAC_PI_2 * length(&(close.matrix3 - open.matrix3)) * farthest;
    (Vec3::from(close.translation - open.translation).length() + turn + scale * bend, scale * farthest)
}

#[cfg(test)]
mod tests {
    use glam::Quat;
    use maquette_conditioning::{LampKind, Moving};

    use super::*;
    use crate::set::{Set, ball, matte};

    /// Slices, shutter open included, for a ball ten metres ahead that moves so during the shutter.
    fn count(by: Affine3A) -> usize {
        let ahead = Affine3A::from_translation(Vec3::new(0.0, 0.0, -10.0));
        let pose = Moving { open: ahead, close: ahead * by, previous: ahead };
        let set = Set::new().field_of_view(90.0).look(Vec3::ZERO, Vec3::NEG_Z);
        let set = set.moving(ball(1.0, 4), matte(Vec3::ONE), pose);
        slices(&set.moment, &Settings { width: 1000, height: 500, ..Settings::default() }).len()
    }

    #[test]
    fn a_longer_blur_gets_more_slices() {
        assert_eq!(count(Affine3A::IDENTITY), 1);
        // Fifty pixels a metre.
        let moved = |metres: f32| count(Affine3A::from_translation(Vec3::X * metres));
        assert_eq!(moved(1e-4), 1 + FEWEST);
        assert!((9..=17).contains(&moved(0.04)), "{}", moved(0.04));
        assert_eq!(moved(0.5), MOST_SLICES);
        let turned = |radians: f32| count(Affine3A::from_quat(Quat::from_rotation_z(radians)));
        assert_eq!(turned(1e-4), 1 + FEWEST);
        assert!((9..=33).contains(&turned(0.04)), "{}", turned(0.04));
        assert_eq!(turned(3.1), MOST_SLICES);
    }

    #[test]
    fn a_moving_lamp_gets_all_slices() {
        let place = |x: f32| Affine3A::from_translation(Vec3::new(x, 0.0, -1e3));
        let mut set = Set::new().lamp(LampKind::Point { radius_m: 0.0 }, Vec3::ONE, place(0.0));
        set.moment.lamps[0].world_from_lamp =
            Moving { open: place(0.0), close: place(0.1), previous: place(0.0) };
        assert_eq!(slices(&set.moment, &Settings::default()).len(), MOST_SLICES);
    }
}
