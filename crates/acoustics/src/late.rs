//! A timeline to the moments at which its late field is traced.
//!
//! The late field changes slowly: a few moments a second are enough where something moves, one where nothing does, and
//! one for each contact, at the grid's moment at or before it. All sources that need a moment share its rays.

use std::collections::BTreeMap;

use glam::Vec3;
use maquette_conditioning::Late;
use maquette_geometry::Ray;
use rayon::prelude::*;

use crate::{
    chance::even_direction,
    emitter::Emitter,
    late_field::LateField,
    listener::Listener,
    motion::{placement_at, position_at},
    obstacle::{Meeting, Surroundings},
    propagate::World,
    receiver::Receiver,
};

/// Radius of a source's ball as a share of the mean distance that the listener sees: one ray in about a hundred crosses
/// it between two reflections.
const BALL: f32 = 0.2;
/// Smallest and largest radius.
const BALL_M: [f32; 2] = [0.2, 2.0];
/// A hit is moved this far towards the listener, off what was hit.
const OFF_HIT_M: f64 = 0.1;
/// Rays that look around from the listener.
const LOOKS: usize = 256;
/// What most of the listener's looks meet nearer than this, it is in.
const IN_HEAD_M: f32 = 0.3;

/// All that tracing needs at any moment.
pub(crate) struct LateWorld<'a> {
    /// What holds throughout.
    pub(crate) world: &'a World<'a>,
    /// Per still thing and triangle, the plane of the medium it belongs to.
    pub(crate) owner: &'a [Vec<Option<usize>>],
}

impl LateWorld<'_> {
    /// The late field of each emitter at its moments; `moments` names them by their place on the grid.
    pub(crate) fn traced(&self, emitters: &[Emitter], moments: &[Vec<i64>]) -> Vec<Vec<Late>> {
        let mut by_moment: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (emitter, moments) in moments.iter().enumerate() {
            moments.iter().for_each(|&moment| by_moment.entry(moment).or_default().push(emitter));
        }
        let by_moment: Vec<(i64, Vec<usize>)> = by_moment.into_iter().collect();
        let traced: Vec<Vec<Late>> =
            by_moment.par_iter().map(|(moment, heard)| self.moment(*moment, emitters, heard)).collect();
        let mut late = vec![Vec::new(); emitters.len()];
        for ((_, heard), fields) in by_moment.iter().zip(traced) {
            heard.iter().zip(fields).for_each(|(&emitter, field)| late[emitter].push(field));
        }
        late
    }

    fn moment(&self, moment: i64, emitters: &[Emitter], heard: &[usize]) -> Vec<Late> {
        let time_s = moment as f64 * self.world.settings.late_step_s;
        let listener = Listener::new(&placement_at(&self.world.timeline.listener, time_s));
        let moving = self.world.obstacles.moving_at(time_s);
        let surroundings = Surroundings { still: &self.world.obstacles.still, moving: &moving };
        let look = Look::around(&listener, &surroundings);
        let receiver = |&index: &usize| receiver(&emitters[index], time_s, &listener, &look, &surroundings);
        let receivers: Vec<Receiver> = heard.iter().map(receiver).collect();
        let is_mirror = |met: &Meeting<'_>| {
            if surroundings.is_moving(met) {
                self.world.moving_planes.has(met.body_index, met.triangle)
            } else {
                self.owner[met.body_index][met.triangle as usize].is_some()
            }
        };
        let field = LateField {
            listener: &listener,
            own: look.own,
            surroundings,
            is_mirror: &is_mirror,
            max_order: self.world.settings.max_order,
            rays: self.world.settings.late_rays as usize,
            seed: self.world.settings.seed,
            length_s: self.world.settings.late_s,
            speed_m_s: self.world.medium.speed_m_s,
            air_db_per_m: self.world.medium.air_db_per_m,
        };
        field.traced(&receivers, time_s)
    }
}

fn receiver(
    emitter: &Emitter,
    time_s: f64,
    listener: &Listener,
    look: &Look,
    surroundings: &Surroundings<'_>,
) -> Receiver {
    let place = position_at(&emitter.position, time_s);
    let (place, own) = match emitter.struck {
        Some(objects) => {
            let off = (listener.position - place).normalize_or_zero() * OFF_HIT_M;
            (place + off, surroundings.struck_bodies(objects))
        }
        None => (place, surroundings.bodies_around(place, emitter.carrier)),
    };
    Receiver::new(place.as_vec3(), look.ball_m, own, emitter.carrier, surroundings)
}

/// What the listener sees around.
struct Look {
    /// Things it is in: a head.
    own: Vec<u32>,
    ball_m: f32,
}

impl Look {
    /// Looks in all directions.
    fn around(listener: &Listener, surroundings: &Surroundings<'_>) -> Self {
        let from = listener.position.as_vec3();
        let own = heads(from, surroundings);
        let look = |index: usize| {
            let ray = Ray::new(from, even_direction(index, LOOKS, [0.5, 0.5]));
            surroundings.closest_but(ray, &own).map(|met| met.distance_m)
        };
        let distances: Vec<f32> = (0..LOOKS).filter_map(look).collect();
        let mean_m = distances.iter().sum::<f32>() / distances.len().max(1) as f32;
        let ball_m = if distances.is_empty() { 0.5 } else { (BALL * mean_m).clamp(BALL_M[0], BALL_M[1]) };
        Self { own, ball_m }
    }
}

/// Things that surround a point closely.
pub(crate) fn heads(from: Vec3, surroundings: &Surroundings<'_>) -> Vec<u32> {
    const GLANCES: usize = 32;
    let mut met: BTreeMap<u32, usize> = BTreeMap::new();
    for index in 0..GLANCES {
        let ray = Ray { t_max: IN_HEAD_M, ..Ray::new(from, even_direction(index, GLANCES, [0.5, 0.5])) };
        let hit = surroundings.closest(ray);
        hit.into_iter().for_each(|hit| *met.entry(hit.body.object_id).or_default() += 1);
    }
    met.into_iter().filter(|(_, count)| 2 * count > GLANCES).map(|(object, _)| object).collect()
}
