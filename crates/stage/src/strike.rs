//! Contact points of one physics step to hits: when within the step, where, how hard.
//!
//! Rapier tells, for each point, the gap at the start of the step and the impulse of the step. Gap, closing speed
//! and acceleration give the instant of touch far below the step's 4 ms. A hit is a point that closes faster than
//! resting contacts do; further points and bounces of the same two things within a short time belong to it.
//!
//! Rapier's impulse of a step counts one part of the solver too many: the impulse kept from the step before, with which the
//! first part begins, is added up beside what that part ends with. A box at rest weighs 5/4 with four parts. [`Carried`]
//! remembers what was kept, and it is taken off.

use std::collections::{BTreeMap, HashMap};

use bevy::prelude::{Entity, Vec3};
use bevy_rapier3d::{
    geometry::RapierColliderHandle,
    prelude::RapierContextColliders,
    rapier::{
        dynamics::{RigidBody, RigidBodyHandle, RigidBodySet},
        geometry::{ColliderHandle, ColliderSet, ContactManifold, ContactPair},
        math::Pose as RapierPose,
    },
};
use maquette_conditioning::{Body, Contact};

use crate::{
    physics::{LAG_S, STEP_S},
    rub::Rub,
    solidity::Build,
};

/// Slower than this nothing is heard. Gravity closes a resting contact by 0.04 m/s a step.
const AUDIBLE_M_S: f32 = 0.1;

/// Within this time after a hit, more of it is still the same hit.
const SAME_HIT_S: f64 = 0.02;

/// Who a collider belongs to and what it is made of.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) object_id: u32,
    pub(crate) material: String,
    pub(crate) build: Build,
}

/// A body's motion at the start of a step.
#[derive(Clone, Copy)]
pub(crate) struct BodyState {
    pose: RapierPose,
    centre: Vec3,
    velocity: Vec3,
    spin: Vec3,
    acceleration: Vec3,
    /// 0 for what does not fall.
    mass_kg: f32,
}

impl BodyState {
    pub(crate) fn of(body: &RigidBody, gravity: Vec3) -> Self {
        let falls = body.is_dynamic() && !body.is_sleeping();
        let (pose, centre) = (*body.position(), body.center_of_mass());
        let acceleration = if falls { gravity } else { Vec3::ZERO };
        let mass_kg = if body.is_dynamic() { body.mass() } else { 0.0 };
        Self { pose, centre, velocity: body.linvel(), spin: body.angvel(), acceleration, mass_kg }
    }

    pub(crate) fn take_velocity(&mut self, body: &RigidBody) {
        (self.velocity, self.spin) = (body.linvel(), body.angvel());
    }

    pub(crate) fn centre(&self) -> Vec3 {
        self.centre
    }

    pub(crate) fn acceleration(&self) -> Vec3 {
        self.acceleration
    }

    /// The world place of a point of a manifold's first shape, if this is the first body.
    pub(crate) fn place_of(&self, manifold: &ContactManifold, local: Vec3) -> Vec3 {
        manifold.subshape_pos1().map_or(self.pose, |place| self.pose * *place) * local
    }

    /// Something of this build, touched at a point of the world.
    fn touched(&self, build: &Build, at: Vec3) -> Body {
        build.touched(self.pose.inverse() * at, self.mass_kg)
    }

    pub(crate) fn velocity_at(&self, point: Vec3) -> Vec3 {
        self.velocity + self.spin.cross(point - self.centre)
    }
}

/// All bodies: those that move as they were before the step, and all as they are after it.
pub(crate) struct Bodies<'a> {
    pub(crate) before: &'a HashMap<RigidBodyHandle, BodyState>,
    pub(crate) now: &'a RigidBodySet,
}

impl Bodies<'_> {
    pub(crate) fn state(&self, handle: Option<RigidBodyHandle>) -> Option<BodyState> {
        let handle = handle?;
        let still = || self.now.get(handle).map(|body| BodyState::of(body, Vec3::ZERO));
        self.before.get(&handle).copied().or_else(still)
    }
}

/// Impulses that pairs of colliders kept for the next step.
#[derive(Debug, Default)]
pub(crate) struct Carried(HashMap<[ColliderHandle; 2], f32>);

impl Carried {
    /// What is kept after a step.
    pub(crate) fn after<'a>(pairs: impl Iterator<Item = &'a ContactPair>) -> Self {
        let kept = |pair: &ContactPair| {
            let points = pair.manifolds.iter().flat_map(|manifold| &manifold.points);
            points.map(|point| point.data.warmstart_impulse).sum::<f32>()
        };
        Self(pairs.map(|pair| ([pair.collider1, pair.collider2], kept(pair))).collect())
    }

    fn of(&self, pair: &ContactPair) -> f32 {
        self.0.get(&[pair.collider1, pair.collider2]).copied().unwrap_or(0.0)
    }
}

/// What two things did to each other in one step.
pub(crate) struct Touch {
    pub(crate) time_s: f64,
    pub(crate) objects: [u32; 2],
    materials: [String; 2],
    position_m: Vec3,
    bodies: [Body; 2],
    impulse_n_s: f32,
    closing_m_s: f32,
    slip_m_s: f32,
    travel_m_s: f32,
}

impl Touch {
    /// Names of the two materials.
    pub(crate) fn materials(&self) -> &[String; 2] {
        &self.materials
    }

    /// What the two do to each other while they stay in touch, in the step from `from_s`.
    pub(crate) fn rub(&self, from_s: f64) -> Rub {
        Rub {
            time_s: from_s,
            position_m: self.position_m,
            slip_m_s: self.slip_m_s,
            travel_m_s: self.travel_m_s,
            force_n: self.impulse_n_s / STEP_S as f32,
            bodies: self.bodies,
        }
    }
}

/// The touch of a pair of colliders in the step from `from_s`, or `None` when they exchanged no impulse.
pub(crate) fn touch(
    pair: &ContactPair,
    colliders: &ColliderSet,
    bodies: &Bodies,
    identities: &HashMap<Entity, Identity>,
    carried: &Carried,
    from_s: f64,
) -> Option<Touch> {
    let handles = [pair.collider1, pair.collider2].map(RapierColliderHandle);
    let [a, b] = handles.map(|handle| {
        let collider = colliders.get(handle.0)?;
        let identity = identities.get(&RapierContextColliders::entity_from_collider(collider))?;
        Some((identity, bodies.state(collider.parent())?))
    });
    let ((first, a), (second, b)) = (a?, b?);
    let points: Vec<Point> = pair.manifolds.iter().flat_map(|manifold| points(manifold, &a, &b)).collect();
    let impulse_n_s: f32 = points.iter().map(|point| point.impulse).sum();
    if impulse_n_s <= 0.0 {
        return None;
    }
    let position_m = points.iter().map(|p| p.position * (p.impulse / impulse_n_s)).sum();
    let hardest = points.iter().max_by(|p, q| p.closing.total_cmp(&q.closing))?;
    let hits = points.iter().filter(|p| p.closing >= AUDIBLE_M_S.min(hardest.closing));
    let after_s = hits.map(|p| p.after_s).fold(f32::INFINITY, f32::min);
    let bodies = [a.touched(&first.build, position_m), b.touched(&second.build, position_m)];
    let (slip_m_s, travel_m_s) = tangential(pair, &a, &b, position_m);
    let ordered = first.object_id <= second.object_id;
    let (first, second) = if ordered { (first, second) } else { (second, first) };
    let bodies = if ordered { bodies } else { [bodies[1], bodies[0]] };
    Some(Touch {
        time_s: (from_s + f64::from(after_s)).max(0.0),
        objects: [first.object_id, second.object_id],
        materials: [first.material.clone(), second.material.clone()],
        position_m,
        bodies,
        impulse_n_s: (impulse_n_s - carried.of(pair)).max(0.0),
        closing_m_s: hardest.closing,
        slip_m_s,
        travel_m_s,
    })
}

/// Speed at which the surfaces rub, and speed at which a body rolls over the other: what its middle moves along the
/// surface without rubbing.
fn tangential(pair: &ContactPair, a: &BodyState, b: &BodyState, at: Vec3) -> (f32, f32) {
    let normal = pair.manifolds.first().map_or(Vec3::Y, |manifold| manifold.data.normal);
    let along = |velocity: Vec3| velocity - normal * velocity.dot(normal);
    let slip = along(a.velocity_at(at) - b.velocity_at(at)).length();
    let passes = along(a.velocity - b.velocity).length();
    (slip, (passes - slip).max(0.0))
}

/// One contact point that carried an impulse.
struct Point {
    position: Vec3,
    impulse: f32,
    /// Closing speed at the instant of touch.
    closing: f32,
    /// That instant, from the start of the step.
    after_s: f32,
}

fn points<'m>(
    manifold: &'m ContactManifold,
    a: &'m BodyState,
    b: &'m BodyState,
) -> impl Iterator<Item = Point> + 'm {
    let normal = manifold.data.normal;
    let loaded = manifold.points.iter().filter(|point| point.data.impulse > 0.0);
    loaded.map(move |point| {
        let position = a.place_of(manifold, point.local_p1);
        let acceleration = (a.acceleration - b.acceleration).dot(normal);
        let closing = (a.velocity_at(position) - b.velocity_at(position)).dot(normal) + acceleration * LAG_S;
        let after_s = time_to_close(point.dist, closing, acceleration);
        Point { position, impulse: point.data.impulse, closing: closing + acceleration * after_s, after_s }
    })
}

/// Solves gap = v·s + a·s²/2 for the time s; negative when the gap is already overrun. Never further away than a
/// few steps: what closes too slowly to say counts as now.
pub(crate) fn time_to_close(gap: f32, speed: f32, acceleration: f32) -> f32 {
    const LIMIT_S: f32 = 2.0 * STEP_S as f32;
    if speed < 0.5 * AUDIBLE_M_S {
        return 0.0;
    }
    let discriminant = speed * speed + 2.0 * acceleration * gap;
    let time_s = if discriminant > 0.0 { 2.0 * gap / (speed + discriminant.sqrt()) } else { gap / speed };
    time_s.clamp(-LIMIT_S, LIMIT_S)
}

/// Turns touches, step after step, into hits.
#[derive(Default)]
pub(crate) struct Strikes {
    contacts: Vec<Contact>,
    latest: BTreeMap<[u32; 2], usize>,
}

impl Strikes {
    /// Takes in a touch. Touches come in order of their steps.
    pub(crate) fn hear(&mut self, touch: Touch) {
        if touch.closing_m_s < AUDIBLE_M_S {
            return;
        }
        let latest = self.latest.get(&touch.objects).map(|index| &mut self.contacts[*index]);
        if let Some(hit) = latest.filter(|hit| touch.time_s - hit.time_s < SAME_HIT_S) {
            hit.impulse_n_s += touch.impulse_n_s;
            hit.closing_speed_m_s = hit.closing_speed_m_s.max(touch.closing_m_s);
            return;
        }
        self.latest.insert(touch.objects, self.contacts.len());
        self.contacts.push(Contact {
            time_s: touch.time_s,
            position_m: touch.position_m,
            objects: touch.objects,
            materials: touch.materials,
            bodies: touch.bodies,
            impulse_n_s: touch.impulse_n_s,
            closing_speed_m_s: touch.closing_m_s,
        });
    }

    /// Hits in the order of the steps that made them.
    pub(crate) fn contacts(&self) -> &[Contact] {
        &self.contacts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instant_of_touch_follows_from_gap_speed_and_gravity() {
        let exact = 0.003f32;
        let gap = 4.0 * exact + 0.5 * 9.81 * exact * exact;
        assert!((time_to_close(gap, 4.0, 9.81) - exact).abs() < 1e-6);
        assert!((time_to_close(-0.004, 4.0, 0.0) + 0.001).abs() < 1e-6);
    }

    fn touch_at(time_s: f64, closing_m_s: f32) -> Touch {
        Touch {
            time_s,
            objects: [1, 2],
            materials: Default::default(),
            position_m: Vec3::ZERO,
            bodies: Default::default(),
            impulse_n_s: 1.0,
            closing_m_s,
            slip_m_s: 0.0,
            travel_m_s: 0.0,
        }
    }

    #[test]
    fn corners_that_land_together_are_one_hit_and_a_later_bounce_is_another() {
        let mut strikes = Strikes::default();
        for (time_s, speed) in [(1.0, 3.0), (1.004, 1.0), (1.1, 0.05), (1.3, 2.0)] {
            strikes.hear(touch_at(time_s, speed));
        }
        let heard: Vec<(f64, f32)> = strikes.contacts().iter().map(|c| (c.time_s, c.impulse_n_s)).collect();
        assert_eq!(heard, [(1.0, 2.0), (1.3, 1.0)]);
    }
}
