//! Moments whose light has a closed form, measured as one number, for either executor.

use std::f32::consts::PI;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{LampKind, Moment};

use super::{Set, floor, looking, matte};

/// A moment and the luminance that all of its picture shows.
pub struct Reading {
    /// What it measures.
    pub name: &'static str,
    /// The moment.
    pub moment: Moment,
    /// In nits.
    pub wanted: f32,
    /// Relative.
    pub tolerance: f32,
}

/// A white floor seen through a lens so narrow that what is measured is the luminance of the origin.
pub fn white_floor(from: Vec3) -> Set {
    let card = floor(20.0);
    Set::new().look(from, Vec3::ZERO).field_of_view(0.1).mesh(card, matte(Vec3::ONE), Affine3A::IDENTITY)
}

/// Irradiance under the middle of a parallel rectangle with half sides a, b at height h (Howell, configuration C-11).
pub fn under_rectangle(nits: f32, a: f32, b: f32, h: f32) -> f32 {
    let (x, y) = (a / h, b / h);
    let half = |x: f32, y: f32| x / (1.0 + x * x).sqrt() * (y / (1.0 + x * x).sqrt()).atan();
    4.0 * nits * 0.5 * (half(x, y) + half(y, x))
}

/// Rectangles, inverse squares, and lux on a card.
pub fn readings() -> Vec<Reading> {
    let mut readings = Vec::new();
    for (a, b, h) in [(0.2, 0.3, 2.0), (1.0, 2.0, 1.0), (3.0, 0.1, 0.5)] {
        let rect = LampKind::Rect { half_width_m: a, half_height_m: b };
        let pose = looking(Vec3::new(0.0, h, 0.0), Vec3::ZERO);
        // From below the lamp, past its edge.
        let moment = white_floor(Vec3::new(0.0, 0.4 * h, 0.3)).lamp(rect, Vec3::splat(50.0), pose).moment;
        let wanted = under_rectangle(50.0, a, b, h) / PI;
        readings.push(Reading { name: "rectangle", moment, wanted, tolerance: 3e-3 });
    }
    for (radius_m, height) in [(0.0, 1.0f32), (0.0, 7.0), (0.2, 1.0), (0.2, 2.0), (0.5, 4.0)] {
        let pose = Affine3A::from_translation(Vec3::new(0.0, height, 0.0));
        let lamp = LampKind::Point { radius_m };
        let moment = white_floor(Vec3::new(3.0, 4.0, 0.0)).lamp(lamp, Vec3::splat(100.0), pose).moment;
        readings.push(Reading {
            name: "inverse square",
            moment,
            wanted: 100.0 / (height * height) / PI,
            tolerance: 1e-3,
        });
    }
    for half_angle_rad in [0.0, 0.00465, 0.2] {
        let sun = LampKind::Sun { half_angle_rad };
        let moment = white_floor(Vec3::new(0.3, 5.0, 0.0))
            .lamp(sun, Vec3::splat(1000.0), looking(Vec3::Y, Vec3::ZERO))
            .moment;
        readings.push(Reading { name: "lux to nits", moment, wanted: 1000.0 / PI, tolerance: 1e-3 });
    }
    readings
}
