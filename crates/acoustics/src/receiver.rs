//! A source to the ball in which late rays find it.
//!
//! Energy density at a point is estimated as its mean over a ball around the point: a ray that spends ℓ metres in a ball
//! of volume V leaves its energy times ℓ/V (Xiangyang et al., "On the accuracy of the ray-tracing algorithms based on
//! various sound receiver models", 2003). Only what the source itself can see of the ball counts, in ℓ and in V, so a
//! source near a wall is not robbed by the part behind it.

use glam::{DVec3, Vec3};
use maquette_geometry::Ray;

use crate::{
    chance::even_direction,
    obstacle::{PAST_SURFACE_M, Surroundings},
};

/// Rays that measure what is visible of a ball.
const RADII: usize = 128;
/// Below this share of the ball, a source is taken to be inside something, and the whole ball counts.
const LEAST_VISIBLE: f32 = 0.02;

/// What of a ray, up to `far_m`, lies inside a closed body: the sum of its stretches' cubes of distance, far less near.
fn solid(ray: Ray, far_m: f32, body: u32, surroundings: &Surroundings<'_>) -> f32 {
    const MOST: usize = 16;
    let mut ray = Ray { t_max: f32::INFINITY, ..ray };
    let mut faces = Vec::new();
    while let Some(met) = surroundings.closest_of(ray, body).filter(|_| faces.len() < MOST) {
        faces.push((met.distance_m, if met.normal.dot(ray.direction) < 0.0 { 1 } else { -1 }));
        ray.t_min = met.distance_m + PAST_SURFACE_M;
    }
    // Nothing is inside at the far end.
    let mut depth: i32 = -faces.iter().map(|(_, turn)| turn).sum::<i32>();
    let (mut sum, mut from_m) = (0.0, 0.0f32);
    for (at_m, turn) in faces {
        let to_m = at_m.min(far_m);
        sum += if depth > 0 { to_m.powi(3) - from_m.powi(3) } else { 0.0 };
        (depth, from_m) = (depth + turn, to_m);
    }
    sum
}

/// Where one source is heard by rays from the listener.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    /// The source.
    pub(crate) position: Vec3,
    /// Radius of its ball.
    pub(crate) radius_m: f32,
    /// Volume of what it sees of the ball.
    pub(crate) volume_m3: f32,
    /// Whether it sees all of it.
    pub(crate) is_whole: bool,
    /// Things that do not hide it.
    pub(crate) own: Vec<u32>,
}

impl Receiver {
    /// Looks around from a source. Inside the body that carries it no ray comes.
    pub(crate) fn new(
        position: Vec3,
        radius_m: f32,
        own: Vec<u32>,
        carrier: Option<u32>,
        surroundings: &Surroundings<'_>,
    ) -> Self {
        let free = |index: usize| {
            let direction = even_direction(index, RADII, [0.5, 0.0]);
            let ray = Ray { t_max: radius_m, ..Ray::new(position, direction) };
            let far_m = surroundings.closest_but(ray, &own).map_or(radius_m, |met| met.distance_m);
            let solid_m3 = carrier.map_or(0.0, |body| solid(ray, far_m, body, surroundings));
            (far_m.powi(3) - solid_m3) / radius_m.powi(3)
        };
        let visible = (0..RADII).map(free).sum::<f32>() / RADII as f32;
        let ball_m3 = 4.0 / 3.0 * std::f32::consts::PI * radius_m.powi(3);
        let is_whole = !(LEAST_VISIBLE..1.0).contains(&visible);
        let volume_m3 = if is_whole { ball_m3 } else { visible * ball_m3 };
        Self { position, radius_m, volume_m3, is_whole, own }
    }

    /// Where a ray enters and leaves the ball, at most `most_m` away; and where it is nearest.
    #[inline]
    pub(crate) fn crossing(&self, from: Vec3, direction: Vec3, most_m: f32) -> Option<Crossing> {
        let towards = self.position - from;
        let nearest = towards.dot(direction);
        let off = towards.length_squared() - nearest * nearest;
        let half = self.radius_m * self.radius_m - off;
        if half <= 0.0 {
            return None;
        }
        let half = half.sqrt();
        let (enter, leave) = ((nearest - half).max(0.0), (nearest + half).min(most_m));
        (leave > enter).then_some(Crossing { length_m: leave - enter, middle_m: 0.5 * (enter + leave) })
    }

    /// Whether the source sees a point of its ball.
    #[inline]
    pub(crate) fn sees(&self, point: Vec3, surroundings: &Surroundings<'_>) -> bool {
        self.is_whole || surroundings.is_free(point.as_dvec3(), self.place(), [0.0, 0.0], &self.own)
    }

    /// The source, in double precision.
    pub(crate) fn place(&self) -> DVec3 {
        self.position.as_dvec3()
    }
}

/// A ray's way through a ball.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    /// How long it is inside.
    pub(crate) length_m: f32,
    /// How far away its middle is.
    pub(crate) middle_m: f32,
}
