//! Rays from the listener to the energy that reaches it late, by source, band, time and direction.
//!
//! The law is that of an energetic ray Monte Carlo: at each surface 1−α of the energy goes on, of which the share 1−s is
//! mirrored and the share s leaves by Lambert's law. By reciprocity the rays run backwards, from the listener, so one set
//! serves all sources and the direction of arrival is known exactly. One decision a hit, mirrored or scattered, serves
//! all eight bands; each band's weight makes up for the difference between its own odds and those of the decision.
//!
//! Every way from source to listener is counted once, by what the ray did last:
//! - mirrored only, up to the order and off the planes of the image sources: theirs, not counted here;
//! - scattered last, away from the source: by connecting each hit to the source ("diffuse rain": Schröder 2011, 5.3),
//!   which finds the source from every hit;
//! - everything else: by the ball around the source ([`Receiver`]).
//!
//! Rays weaker than 30 dB below the start play Russian roulette, which keeps the mean.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{Late, LateBin};
use maquette_geometry::Ray;
use rayon::prelude::*;

use crate::{
    chance::{Chance, even_direction},
    listener::Listener,
    obstacle::{Meeting, PAST_SURFACE_M, Surroundings},
    receiver::Receiver,
};

/// Length of a bin.
const BIN_S: f64 = 0.002;
/// Rays are traced in this many portions, whose sums are added in order: the same on any number of threads.
const PORTIONS: usize = 16;
/// Roulette begins at this share of a ray's energy.
const WEAK: f32 = 1e-3;
/// At its first partition at least this share of rays goes through, that rooms behind doors get rays at all. At later ones
/// it falls with the square of the count: what stays makes up for what goes, and over many reflections that would grow
/// without bound.
const LEAST_THROUGH: f32 = 0.1;
/// A hit nearer to a source than this many radii does not rain on it: 1/d² would flash.
const RAIN_RADII: f32 = 2.0;
/// A hit rains on a quarter of the sources, and on a lone one every fourth time: every hit adds a little, so this part of
/// the field is smooth long before what crosses balls is, and each connection costs as much as a leg. Every second time
/// would take 9 % longer and spread no less.
const LEAST_PICKED_AMONG: usize = 4;
/// Bins are kept while more than this share of a band's energy is still to come: −80 dB.
const LEAST_LEFT: f64 = 1e-8;

/// What holds for one tracing.
pub(crate) struct LateField<'a> {
    /// The ear.
    pub(crate) listener: &'a Listener,
    /// Things that the ear is in.
    pub(crate) own: Vec<u32>,
    /// What rays meet.
    pub(crate) surroundings: Surroundings<'a>,
    /// Whether a triangle belongs to a plane of the image sources.
    pub(crate) is_mirror: &'a (dyn Fn(&Meeting<'_>) -> bool + Sync),
    /// Most reflections of the image sources.
    pub(crate) max_order: u32,
    /// How many rays.
    pub(crate) rays: usize,
    /// Which random numbers.
    pub(crate) seed: u64,
    /// How late.
    pub(crate) length_s: f64,
    /// Speed of sound.
    pub(crate) speed_m_s: f64,
    /// Air absorption by band.
    pub(crate) air_db_per_m: [f64; 8],
}

/// A bin while it is filled.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    energy: [f32; 8],
    /// Energy of all bands times direction.
    flow: Vec3,
}

/// Bins by source, as far as they are filled.
type Sums = Vec<Vec<Sum>>;

/// A ray on its way.
#[derive(Clone, Copy)]
struct Walk {
    /// Where it left the listener to, in the world.
    start: Vec3,
    place: Vec3,
    direction: Vec3,
    /// Hits before this distance are the surface it leaves.
    clear_m: f32,
    travelled_m: f32,
    weight: [f32; 8],
    /// Reflections so far.
    order: u32,
    /// Nothing but mirrored off planes of the image sources so far.
    is_mirrored: bool,
    /// Scattered last, if at all straight through things since then.
    is_scattered: bool,
    /// Where.
    scattered_at: Vec3,
}

impl LateField<'_> {
    /// The late field of each receiver.
    pub(crate) fn traced(&self, receivers: &[Receiver], time_s: f64) -> Vec<Late> {
        let portions: Vec<Sums> =
            (0..PORTIONS).into_par_iter().map(|portion| self.portion(portion, receivers)).collect();
        let late = |source: usize| {
            let parts: Vec<&[Sum]> = portions.iter().map(|portion| portion[source].as_slice()).collect();
            Late { time_s, bin_s: BIN_S, seed: self.seed, bins: self.bins(&parts) }
        };
        (0..receivers.len()).map(late).collect()
    }

    fn portion(&self, portion: usize, receivers: &[Receiver]) -> Sums {
        let mut sums = vec![Vec::new(); receivers.len()];
        let offset = Chance::new(self.seed, u64::MAX).pair();
        for ray in (portion..self.rays).step_by(PORTIONS) {
            let direction = even_direction(ray, self.rays, offset);
            self.follow(direction, Chance::new(self.seed, ray as u64), receivers, &mut sums);
        }
        sums
    }

    fn follow(&self, start: Vec3, mut chance: Chance, receivers: &[Receiver], sums: &mut Sums) {
        let most_m = (self.length_s * self.speed_m_s) as f32;
        let mut walk = Walk::new(self.listener.position.as_vec3(), start);
        loop {
            let ray = Ray { t_min: walk.clear_m, ..Ray::new(walk.place, walk.direction) };
            let met = if walk.travelled_m == 0.0 && !self.own.is_empty() {
                self.surroundings.closest_but(ray, &self.own)
            } else {
                self.surroundings.closest(ray)
            };
            let free_m = met.map_or(f32::INFINITY, |met| met.distance_m);
            self.cross(&walk, free_m, receivers, sums);
            let Some(met) = met else { return };
            walk.travelled_m += free_m;
            if walk.travelled_m > most_m || !self.meet(&mut walk, &met, &mut chance, receivers, sums) {
                return;
            }
        }
    }

    /// Counts a free stretch in the balls it crosses.
    #[inline]
    fn cross(&self, walk: &Walk, free_m: f32, receivers: &[Receiver], sums: &mut Sums) {
        if walk.order == 0 || walk.is_mirrored && walk.order <= self.max_order {
            return;
        }
        for (receiver, sums) in receivers.iter().zip(sums) {
            let Some(crossing) = receiver.crossing(walk.place, walk.direction, free_m) else { continue };
            if walk.is_scattered && rains_on(receiver, walk.scattered_at) {
                continue;
            }
            let middle = walk.place + crossing.middle_m * walk.direction;
            if receiver.sees(middle, &self.surroundings) {
                let share = crossing.length_m / receiver.volume_m3;
                self.add(sums, walk, walk.travelled_m + crossing.middle_m, &[share; 8]);
            }
        }
    }

    /// What becomes of a ray at a surface. False when it ends.
    #[inline]
    fn meet(
        &self,
        walk: &mut Walk,
        met: &Meeting<'_>,
        chance: &mut Chance,
        receivers: &[Receiver],
        sums: &mut Sums,
    ) -> bool {
        let skin = &met.body.skin;
        let facing = if met.normal.dot(walk.direction) > 0.0 { -met.normal } else { met.normal };
        let reached = walk.place + met.distance_m * walk.direction;
        if let Some(through) = skin.transmitted_late() {
            let odds = odds_through(walk, &skin.reflected, &through);
            if chance.one() < odds {
                walk.weigh(|band| through[band] / odds);
                self.go_through(walk, met);
                return self.goes_on(walk, chance);
            }
            // What the rain counts must not depend on this choice, so it is weighed, too.
            walk.weigh(|_| 1.0 / (1.0 - odds));
        }
        walk.weigh(|band| skin.reflected[band]);
        walk.place = reached;
        walk.clear_m = 0.0;
        if skin.scatters {
            self.rain(walk, facing, &skin.scattering, chance, receivers, sums);
        }

        walk.order += 1;
        let odds = if skin.scatters { mean_scattering(&walk.weight, &skin.scattering) } else { 0.0 };
        walk.is_scattered = odds > 0.0 && chance.one() < odds;
        if walk.is_scattered {
            walk.weigh(|band| skin.scattering[band] / odds);
            walk.direction = chance.lambert(facing);
            walk.is_mirrored = false;
            walk.scattered_at = reached;
        } else {
            if odds > 0.0 {
                let makes_up = 1.0 / (1.0 - odds);
                walk.weigh(|band| (1.0 - skin.scattering[band]) * makes_up);
            }
            walk.direction -= 2.0 * walk.direction.dot(facing) * facing;
            walk.is_mirrored = walk.is_mirrored && walk.order <= self.max_order && (self.is_mirror)(met);
        }
        // Off the surface, by the precision of the place.
        walk.place += facing * (1e-5 + 2e-7 * walk.place.abs().max_element());
        self.goes_on(walk, chance)
    }

    /// Straight on, behind the thing; its other face is part of the same partition.
    fn go_through(&self, walk: &mut Walk, met: &Meeting<'_>) {
        let entry = met.distance_m + PAST_SURFACE_M;
        let inside = Ray { t_min: entry, ..Ray::new(walk.place, walk.direction) };
        let exit = self.surroundings.behind(inside, met.body.object_id).unwrap_or(entry);
        walk.place += exit * walk.direction;
        walk.travelled_m += exit - met.distance_m;
        walk.clear_m = 0.0;
        walk.is_mirrored = false;
    }

    /// Connects a hit to sources: what a surface scatters reaches them with cosθ/(π·d²).
    #[inline]
    fn rain(
        &self,
        walk: &Walk,
        facing: Vec3,
        scattering: &[f32; 8],
        chance: &mut Chance,
        receivers: &[Receiver],
        sums: &mut Sums,
    ) {
        if receivers.is_empty() {
            return;
        }
        let picked = 1 + (receivers.len() - 1) / 4;
        let among = receivers.len().max(LEAST_PICKED_AMONG);
        let odds = picked as f32 / among as f32;
        for _ in 0..picked {
            let index = (chance.one() * among as f32) as usize;
            let Some(receiver) = receivers.get(index).filter(|receiver| rains_on(receiver, walk.place))
            else {
                continue;
            };
            let way = receiver.position - walk.place;
            let distance_m = way.length();
            let cosine = facing.dot(way) / distance_m;
            if cosine <= 0.0 {
                continue;
            }
            let clear = [f64::from(PAST_SURFACE_M), 0.0];
            let from = (walk.place + facing * PAST_SURFACE_M).as_dvec3();
            let passed = self.surroundings.passing(from, receiver.place(), clear, &receiver.own);
            let Some(passed) = passed else { continue };
            let spread = cosine / (std::f32::consts::PI * distance_m * distance_m * odds);
            let share = std::array::from_fn(|band| spread * scattering[band] * passed[band]);
            self.add(&mut sums[index], walk, walk.travelled_m + distance_m, &share);
        }
    }

    #[inline]
    fn add(&self, sums: &mut Vec<Sum>, walk: &Walk, travelled_m: f32, share: &[f32; 8]) {
        let bin = (f64::from(travelled_m) / (self.speed_m_s * BIN_S)) as usize;
        if bin as f64 * BIN_S >= self.length_s {
            return;
        }
        if sums.len() <= bin {
            sums.resize(bin + 1, Sum::default());
        }
        let energy: [f32; 8] = std::array::from_fn(|band| walk.weight[band] * share[band]);
        let sum = &mut sums[bin];
        (0..8).for_each(|band| sum.energy[band] += energy[band]);
        sum.flow += energy.iter().sum::<f32>() * walk.start;
    }

    /// Roulette.
    #[inline]
    fn goes_on(&self, walk: &mut Walk, chance: &mut Chance) -> bool {
        if walk.weight.iter().any(|weight| *weight >= WEAK) {
            return true;
        }
        let strongest = walk.weight.iter().copied().fold(0.0, f32::max);
        let odds = strongest / WEAK;
        walk.weigh(|_| 1.0 / odds);
        chance.one() < odds
    }

    /// Adds the portions up; then air takes its share, directions turn to the listener's, and the end is cut.
    fn bins(&self, portions: &[&[Sum]]) -> Arc<[LateBin]> {
        let length = portions.iter().map(|sums| sums.len()).max().unwrap_or(0);
        // A ray carries what a source of 1/d² sends into its share of the sphere.
        let power = 4.0 * std::f64::consts::PI / self.rays.max(1) as f64;
        let bin = |index: usize| {
            let sum =
                portions.iter().filter_map(|sums| sums.get(index)).fold(Sum::default(), |mut sum, part| {
                    (0..8).for_each(|band| sum.energy[band] += part.energy[band]);
                    sum.flow += part.flow;
                    sum
                });
            let travelled_m = (index as f64 + 0.5) * BIN_S * self.speed_m_s;
            let total: f32 = sum.energy.iter().sum();
            LateBin {
                energy: std::array::from_fn(|band| {
                    let air = 10f64.powf(-0.1 * self.air_db_per_m[band] * travelled_m);
                    (f64::from(sum.energy[band]) * power * air) as f32
                }),
                flow: if total > 0.0 { self.listener.turned(sum.flow / total) } else { Vec3::ZERO },
            }
        };
        let mut bins: Vec<LateBin> = (0..length).map(bin).collect();
        bins.truncate(last_that_matters(&bins));
        bins.into()
    }
}

impl Walk {
    fn new(place: Vec3, direction: Vec3) -> Self {
        Self {
            start: direction,
            place,
            direction,
            clear_m: 0.0,
            travelled_m: 0.0,
            weight: [1.0; 8],
            order: 0,
            is_mirrored: true,
            is_scattered: false,
            scattered_at: place,
        }
    }

    #[inline]
    fn weigh(&mut self, factor: impl Fn(usize) -> f32) {
        (0..8).for_each(|band| self.weight[band] *= factor(band));
    }
}

#[inline]
fn rains_on(receiver: &Receiver, place: Vec3) -> bool {
    place.distance_squared(receiver.position) > (RAIN_RADII * receiver.radius_m).powi(2)
}

/// How likely a ray is scattered: the scattered share of all its bands' energy.
#[inline]
fn mean_scattering(weight: &[f32; 8], scattering: &[f32; 8]) -> f32 {
    let (mut scattered, mut all) = (0.0, 0.0);
    for band in 0..8 {
        scattered += weight[band] * scattering[band];
        all += weight[band];
    }
    if all > 0.0 { (scattered / all).min(1.0) } else { 0.0 }
}

/// How likely a ray goes through.
#[inline]
fn odds_through(walk: &Walk, reflected: &[f32; 8], through: &[f32; 8]) -> f32 {
    let (mut passed, mut back) = (0.0, 0.0);
    for band in 0..8 {
        passed += walk.weight[band] * through[band];
        back += walk.weight[band] * reflected[band];
    }
    if passed <= 0.0 {
        return 0.0;
    }
    let least = LEAST_THROUGH / (1.0 + walk.order as f32).powi(2);
    (passed / (passed + back)).clamp(least, 1.0 - LEAST_THROUGH)
}

/// How many bins to keep.
fn last_that_matters(bins: &[LateBin]) -> usize {
    let sum = |bins: &[LateBin], band: usize| bins.iter().map(|bin| f64::from(bin.energy[band])).sum::<f64>();
    let total: [f64; 8] = std::array::from_fn(|band| sum(bins, band));
    let mut left = [0.0; 8];
    for (index, bin) in bins.iter().enumerate().rev() {
        (0..8).for_each(|band| left[band] += f64::from(bin.energy[band]));
        if (0..8).any(|band| left[band] > LEAST_LEFT * total[band]) {
            return index + 1;
        }
    }
    0
}
