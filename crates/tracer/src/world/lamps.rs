//! Lamps at each time slice.

use std::f32::consts::PI;

use glam::{Affine3A, Vec3, Vec4};
use maquette_conditioning::{Lamp, LampKind, Moment};

use super::{LAMP_BALL, LAMP_POINT, LAMP_RECT, LAMP_SUN, LampRecord, NONE, Slice, Surfaces};
use crate::{
    Error,
    transport::{luminance, texel},
};

/// All lamps for each slice, and for the previous frame's shutter open: rectangles, then balls, then points, then suns.
pub(super) fn lamps(
    moment: &Moment,
    surfaces: &Surfaces,
    slices: &[Slice],
) -> Result<Vec<LampRecord>, Error> {
    for (item, lamp) in moment.lamps.iter().enumerate() {
        let pose = &lamp.world_from_lamp;
        if !lamp.strength.is_finite() || !pose.open.is_finite() || !pose.close.is_finite() {
            return Err(Error::NotFinite { field: "lamp", item });
        }
        if let Some(index) = lamp.profile
            && index >= moment.profiles.len()
        {
            let count = moment.profiles.len();
            return Err(Error::Reference { field: "profile", item, index, count });
        }
    }
    let mut order: Vec<&Lamp> = moment.lamps.iter().collect();
    order.sort_by_key(|lamp| kind(&lamp.kind));
    let at_slice = |slice: &Slice| {
        let pose = |lamp: &Lamp| slice.pose(&lamp.world_from_lamp.open, &lamp.world_from_lamp.close);
        let lit = |lamp: &Lamp| lamp.strength * slice.share(lamp.lit);
        order.iter().map(|lamp| record(surfaces, lamp, pose(lamp), lit(lamp))).collect::<Vec<_>>()
    };
    let previous =
        order.iter().map(|lamp| record(surfaces, lamp, lamp.world_from_lamp.previous, lamp.strength));
    Ok(slices.iter().flat_map(at_slice).chain(previous).collect())
}

fn kind(kind: &LampKind) -> u32 {
    match kind {
        LampKind::Rect { .. } => LAMP_RECT,
        LampKind::Point { radius_m } | LampKind::Spot { radius_m, .. } if *radius_m > 0.0 => LAMP_BALL,
        LampKind::Point { .. } | LampKind::Spot { .. } => LAMP_POINT,
        LampKind::Sun { .. } => LAMP_SUN,
    }
}

fn record(surfaces: &Surfaces, lamp: &Lamp, pose: Affine3A, strength: Vec3) -> LampRecord {
    let axis = |v: glam::Vec3A| Vec3::from(v).normalize_or_zero();
    let record = LampRecord {
        position: pose.translation.into(),
        kind: kind(&lamp.kind),
        strength,
        right: axis(pose.matrix3.x_axis),
        up: axis(pose.matrix3.y_axis),
        toward: -axis(pose.matrix3.z_axis),
        object_id: lamp.object_id,
        // Cosines below −1: a point shines everywhere.
        cos_inner: -2.0,
        cos_outer: -3.0,
        light: NONE,
        profile: lamp.profile.map_or(NONE, |profile| surfaces.first_profile + profile as u32),
        ..LampRecord::default()
    };
    let record = match lamp.kind {
        LampKind::Sun { half_angle_rad } => LampRecord { sin_half: half_angle_rad.sin(), ..record },
        LampKind::Point { radius_m } => LampRecord { radius: radius_m, ..record },
        LampKind::Spot { cos_inner, cos_outer, radius_m } => {
            LampRecord { radius: radius_m, cos_inner, cos_outer, ..record }
        }
        LampKind::Rect { half_width_m, half_height_m } => {
            LampRecord { half_width: half_width_m, half_height: half_height_m, ..record }
        }
    };
    LampRecord { power: power(surfaces, &record), ..record }
}

fn power(surfaces: &Surfaces, lamp: &LampRecord) -> f32 {
    let strength = luminance(lamp.strength);
    let power = match lamp.kind {
        LAMP_RECT => PI * 4.0 * lamp.half_width * lamp.half_height * strength,
        LAMP_SUN => strength,
        _ => {
            let cosine = 0.5 * (lamp.cos_inner.max(-1.0) + lamp.cos_outer.max(-1.0));
            2.0 * PI * (1.0 - cosine) * strength * mean_factor(surfaces, lamp.profile)
        }
    };
    if power.is_finite() { power.max(0.0) } else { 0.0 }
}

/// Mean of a profile over the sphere; a little more, so that none is 0 that shines between its rows.
fn mean_factor(surfaces: &Surfaces, profile: u32) -> f32 {
    if profile == NONE {
        return 1.0;
    }
    let image = &surfaces.textures[profile as usize];
    let row = |y: u32| {
        let sum: f32 = (0..image.width)
            .map(|x| texel(surfaces, image.format, image.firsts[0], y * image.width + x).x)
            .sum();
        let polar = PI * y as f32 / (image.height - 1) as f32;
        (sum / image.width as f32, polar.sin() + 1e-3)
    };
    let rows: Vec<(f32, f32)> = (0..image.height).map(row).collect();
    rows.iter().map(|(mean, weight)| mean * weight).sum::<f32>() / rows.iter().map(|r| r.1).sum::<f32>()
}

/// With more lamps that rays can meet, rays look for them in the tree.
const MOST_BALLS: usize = 32;

/// Balls around some of a slice's lamps that rays can meet, lane by lane; unused lanes hold balls that no ray meets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LampBalls {
    pub(crate) centre: [Vec4; 3],
    pub(crate) radius: Vec4,
    /// Radius squared.
    pub(crate) within: Vec4,
}

impl LampBalls {
    /// How many.
    pub(crate) const COUNT: usize = 4;

    fn new(lamps: &[LampRecord]) -> Self {
        let mut balls = Self { centre: [Vec4::ZERO; 3], radius: Vec4::ZERO, within: Vec4::NEG_ONE };
        for (lane, lamp) in lamps.iter().enumerate() {
            (0..3).for_each(|axis| balls.centre[axis][lane] = lamp.position[axis]);
            let radius = match lamp.kind {
                LAMP_RECT => lamp.half_width.hypot(lamp.half_height),
                _ => lamp.radius,
            };
            // Rounded up, as rays are tested against it.
            balls.radius[lane] = radius * 1.0001 + 1e-4;
            balls.within[lane] = balls.radius[lane] * balls.radius[lane];
        }
        balls
    }
}

/// Balls around each slice's lamps, of which the first `solid` of `count` can be met. Nothing if they are many.
pub(super) fn lamp_balls(lamps: &[LampRecord], count: usize, solid: usize) -> Vec<LampBalls> {
    if solid == 0 || solid > MOST_BALLS {
        return Vec::new();
    }
    let slices = lamps.chunks(count);
    slices.flat_map(|slice| slice[..solid].chunks(LampBalls::COUNT)).map(LampBalls::new).collect()
}
