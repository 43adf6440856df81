//! Lamps: rectangles, balls, points, spots and suns.

use std::f32::consts::PI;

use glam::{Vec2, Vec3, Vec4};
use maquette_geometry::Ray;

use super::{
    frame::{Frame, cap_height, cone},
    texture::bilinear,
};
use crate::world::{LAMP_BALL, LAMP_POINT, LAMP_RECT, LAMP_SUN, LampBalls, LampRecord, NONE, Surfaces};

/// A direction towards a light, and what comes from there.
#[derive(Clone, Copy)]
pub(crate) struct LightSample {
    /// Point on the light, or a unit direction when `distant`.
    pub(crate) point: Vec3,
    /// Normal of the light there, for leaving its surface; zero for lamps.
    pub(crate) normal: Vec3,
    /// Whether `point` is a direction.
    pub(crate) distant: bool,
    /// Nits, or lux when `delta`.
    pub(crate) radiance: Vec3,
    /// Over solid angle; 1 when `delta`; 0 when nothing comes.
    pub(crate) pdf: f32,
    /// Whether chance can never hit it.
    pub(crate) unseen: bool,
}

impl LightSample {
    /// The way there from a place; of a distant light its direction.
    #[inline(always)]
    pub(crate) fn way_from(&self, from: Vec3) -> Vec3 {
        if self.distant { self.point } else { self.point - from }
    }

    /// Nothing comes.
    pub(crate) const DARK: Self = Self {
        point: Vec3::ZERO,
        normal: Vec3::ZERO,
        distant: false,
        radiance: Vec3::ZERO,
        pdf: 0.0,
        unseen: false,
    };
}

/// Distance along the ray to a rectangle's shining side or a ball's outside, or −1.
#[inline(always)]
pub(crate) fn lamp_distance(lamp: &LampRecord, ray: Ray) -> f32 {
    match lamp.kind {
        LAMP_RECT => rect_distance(lamp, ray),
        _ => ball_distance(lamp, ray),
    }
}

/// A bit for each ball that the ray goes through before `limit`.
#[inline(always)]
pub(crate) fn met_balls(balls: &LampBalls, ray: &Ray, limit: f32) -> u32 {
    let (origin, along) = (ray.origin.to_array(), ray.direction.to_array());
    let [x, y, z] = [0, 1, 2].map(|axis| balls.centre[axis] - origin[axis]);
    let middle = x * along[0] + y * along[1] + z * along[2];
    let (x, y, z) = (x - middle * along[0], y - middle * along[1], z - middle * along[2]);
    let near = (x * x + y * y + z * z).cmple(balls.within);
    let before = (middle - balls.radius).cmple(Vec4::splat(limit));
    (near & before & middle.cmpge(-balls.radius)).bitmask()
}

#[inline(always)]
fn rect_distance(lamp: &LampRecord, ray: Ray) -> f32 {
    let against = ray.direction.dot(lamp.toward);
    if against >= 0.0 {
        return -1.0;
    }
    let to_centre = lamp.position - ray.origin;
    let t = to_centre.dot(lamp.toward) / against;
    let across = ray.direction * t - to_centre;
    let inside =
        across.dot(lamp.right).abs() <= lamp.half_width && across.dot(lamp.up).abs() <= lamp.half_height;
    if inside { t } else { -1.0 }
}

/// By the ray's nearest point to the centre, which keeps its digits far from a small ball (Haines et al., "Precision
/// Improvements for Ray/Sphere Intersection", Ray Tracing Gems 2019).
#[inline(always)]
fn ball_distance(lamp: &LampRecord, ray: Ray) -> f32 {
    let to_centre = lamp.position - ray.origin;
    let middle = to_centre.dot(ray.direction);
    let off_axis = (to_centre - ray.direction * middle).length_squared();
    let square = lamp.radius * lamp.radius - off_axis;
    if square < 0.0 { -1.0 } else { middle - square.sqrt() }
}

/// Whether it shines from infinitely far.
#[inline(always)]
pub(crate) fn is_sun(lamp: &LampRecord) -> bool {
    lamp.kind == LAMP_SUN
}

/// The part of a ray that a lamp can light: before a rectangle, within a spot's outer cone. Empty when it ends before
/// it begins.
#[inline(always)]
pub(crate) fn lit_span(lamp: &LampRecord, ray: Ray) -> (f32, f32) {
    if lamp.kind == LAMP_RECT {
        let height = (ray.origin - lamp.position).dot(lamp.toward);
        let rise = ray.direction.dot(lamp.toward);
        let rise = if rise.abs() < 1e-9 { 1e-9 } else { rise };
        let crossing = -height / rise;
        return if rise > 0.0 { (crossing, f32::MAX) } else { (0.0, crossing) };
    }
    match lamp.cos_outer > 0.0 {
        true => cone_span(lamp, ray),
        false => (0.0, f32::MAX),
    }
}

/// Within the cone around a ball's beam: with its apex as far behind the ball that the cone touches it.
#[inline(always)]
fn cone_span(lamp: &LampRecord, ray: Ray) -> (f32, f32) {
    let square = lamp.cos_outer * lamp.cos_outer;
    let apex = lamp.position - lamp.toward * (lamp.radius / (1.0 - square).max(1e-6).sqrt());
    let from = ray.origin - apex;
    let (height, rise) = (from.dot(lamp.toward), ray.direction.dot(lamp.toward));
    let a = rise * rise - square;
    let b = height * rise - square * from.dot(ray.direction);
    let c = height * height - square * from.length_squared();
    let discriminant = b * b - a * c;
    if discriminant < 0.0 {
        return (0.0, -1.0);
    }
    // Without cancellation: the larger root first.
    let q = -(b + discriminant.sqrt().copysign(b));
    let (first, second) = (q / a, c / q);
    let (low, high) = (first.min(second), first.max(second));
    match (a > 0.0, rise > 0.0) {
        (true, true) => (high, f32::MAX),
        (true, false) => (0.0, low),
        // Both crossings are on one of the cone's two halves.
        (false, _) => {
            if height + 0.5 * (low + high) * rise > 0.0 {
                (low, high)
            } else {
                (0.0, -1.0)
            }
        }
    }
}

/// Normal of a lamp where a ray met it.
#[inline(always)]
pub(crate) fn lamp_normal(lamp: &LampRecord, point: Vec3) -> Vec3 {
    match lamp.kind {
        LAMP_RECT => lamp.toward,
        _ => (point - lamp.position).normalize(),
    }
}

/// What a lamp that a ray met sends back along it.
#[inline(always)]
pub(crate) fn lamp_radiance(surfaces: &Surfaces, lamp: &LampRecord, direction: Vec3) -> Vec3 {
    match lamp.kind {
        LAMP_RECT => lamp.strength,
        _ => ball_radiance(surfaces, lamp, direction),
    }
}

/// A ball of radius r shines with I/(π·r²) along every direction, I being the intensity along that direction: so its
/// illuminance at distance d is exactly I/d² where I is even.
#[inline(always)]
fn ball_radiance(surfaces: &Surfaces, lamp: &LampRecord, direction: Vec3) -> Vec3 {
    lamp.strength * (share(surfaces, lamp, -direction) / (PI * lamp.radius * lamp.radius))
}

/// Solid-angle density of choosing the point that a ray met at distance `t`, given that its lamp was chosen.
#[inline(always)]
pub(crate) fn lamp_pdf(lamp: &LampRecord, ray: Ray, t: f32) -> f32 {
    match lamp.kind {
        LAMP_RECT => rect_pdf(lamp, ray.direction, t),
        _ => 1.0 / (2.0 * PI * cap_height(lamp.radius / lamp.position.distance(ray.origin))),
    }
}

#[inline(always)]
fn rect_pdf(lamp: &LampRecord, direction: Vec3, t: f32) -> f32 {
    let area = 4.0 * lamp.half_width * lamp.half_height;
    t * t / (area * -direction.dot(lamp.toward)).max(1e-20)
}

/// Chooses a point on a lamp as seen from `from`.
#[inline(always)]
pub(crate) fn sample_lamp(surfaces: &Surfaces, lamp: &LampRecord, from: Vec3, u: Vec2) -> LightSample {
    match lamp.kind {
        LAMP_RECT => sample_rect(lamp, from, u),
        LAMP_BALL => sample_ball(surfaces, lamp, from, u),
        LAMP_POINT => sample_point(surfaces, lamp, from),
        _ => sample_sun(lamp, u),
    }
}

fn sample_rect(lamp: &LampRecord, from: Vec3, u: Vec2) -> LightSample {
    let at = 2.0 * u - 1.0;
    let point = lamp.position + lamp.right * (at.x * lamp.half_width) + lamp.up * (at.y * lamp.half_height);
    let to = point - from;
    let distance = to.length();
    let direction = to / distance;
    if direction.dot(lamp.toward) >= 0.0 {
        return LightSample::DARK;
    }
    let pdf = rect_pdf(lamp, direction, distance);
    LightSample { point, radiance: lamp.strength, pdf, ..LightSample::DARK }
}

fn sample_point(surfaces: &Surfaces, lamp: &LampRecord, from: Vec3) -> LightSample {
    let to = lamp.position - from;
    let square = to.length_squared();
    let intensity = lamp.strength * share(surfaces, lamp, -to / square.sqrt());
    LightSample {
        point: lamp.position,
        radiance: intensity / square,
        pdf: 1.0,
        unseen: true,
        ..LightSample::DARK
    }
}

/// The cone that a ball fills is sampled evenly. From inside it is dark.
fn sample_ball(surfaces: &Surfaces, lamp: &LampRecord, from: Vec3, u: Vec2) -> LightSample {
    let to = lamp.position - from;
    let square = to.length_squared();
    let distance = square.sqrt();
    if distance <= lamp.radius {
        return LightSample::DARK;
    }
    let height = cap_height(lamp.radius / distance);
    let local = cone(u, height);
    let direction = Frame::new(to / distance).world(local);
    // Nearest point of the ball along the direction.
    let middle = distance * local.z;
    let off_axis = square * (1.0 - local.z * local.z).max(0.0);
    let half_chord = (lamp.radius * lamp.radius - off_axis).max(0.0).sqrt();
    LightSample {
        point: from + direction * (middle - half_chord),
        radiance: ball_radiance(surfaces, lamp, direction),
        pdf: 1.0 / (2.0 * PI * height),
        ..LightSample::DARK
    }
}

/// Intensity along a direction over the lamp's strength.
#[inline(always)]
fn share(surfaces: &Surfaces, lamp: &LampRecord, direction: Vec3) -> f32 {
    let beam = spot_share(lamp, direction);
    if lamp.profile == NONE || beam <= 0.0 { beam } else { beam * profile_factor(surfaces, lamp, direction) }
}

/// Rows from straight ahead to straight behind, columns around.
fn profile_factor(surfaces: &Surfaces, lamp: &LampRecord, direction: Vec3) -> f32 {
    let image = &surfaces.textures[lamp.profile as usize];
    let polar = direction.dot(lamp.toward).clamp(-1.0, 1.0).acos() / PI;
    let azimuth = direction.dot(lamp.up).atan2(direction.dot(lamp.right)) / (2.0 * PI);
    let at = Vec2::new(azimuth * image.width as f32, polar * (image.height - 1) as f32);
    bilinear(surfaces, image, 0, at).x
}

/// Smoothstep of the cosine from outer to inner cone.
#[inline(always)]
fn spot_share(lamp: &LampRecord, direction: Vec3) -> f32 {
    let cosine = direction.dot(lamp.toward);
    let span = (lamp.cos_inner - lamp.cos_outer).max(1e-6);
    let x = ((cosine - lamp.cos_outer) / span).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

fn sample_sun(lamp: &LampRecord, u: Vec2) -> LightSample {
    let to_sun = -lamp.toward;
    if lamp.sin_half <= 0.0 {
        let dark = LightSample::DARK;
        return LightSample {
            point: to_sun,
            distant: true,
            radiance: lamp.strength,
            pdf: 1.0,
            unseen: true,
            ..dark
        };
    }
    let point = Frame::new(to_sun).world(cone(u, cap_height(lamp.sin_half)));
    let radiance = sun_radiance(lamp);
    LightSample { point, distant: true, radiance, pdf: sun_pdf(lamp), ..LightSample::DARK }
}

/// Lux over the disc's projected solid angle.
#[inline(always)]
pub(crate) fn sun_radiance(lamp: &LampRecord) -> Vec3 {
    lamp.strength / (PI * lamp.sin_half * lamp.sin_half)
}

/// Density of directions within the disc.
#[inline(always)]
pub(crate) fn sun_pdf(lamp: &LampRecord) -> f32 {
    1.0 / (2.0 * PI * cap_height(lamp.sin_half))
}

/// Whether a direction points into the sun's disc. By the sine: a cosine this near 1 has no digits left.
#[inline(always)]
pub(crate) fn is_in_sun(lamp: &LampRecord, direction: Vec3) -> bool {
    let off = direction.cross(lamp.toward);
    direction.dot(lamp.toward) < 0.0 && off.length_squared() < lamp.sin_half * lamp.sin_half
}
