//! The camera as optics and a moving pose.

use glam::Affine3A;

use crate::Moving;

/// A camera during one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Its optics.
    pub lens: Lens,
    /// Rigid pose; the camera looks along its local −Z, +X right, +Y up.
    pub world_from_camera: Moving<Affine3A>,
    /// Fixed exposure, or `None` for one automatic value a shot.
    pub ev100: Option<f32>,
}

/// A thin lens in front of a sensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    /// Sensor width; with the focal length it fixes the horizontal field of view.
    pub sensor_width_m: f32,
    /// Focal length.
    pub focal_length_m: f32,
    /// Aperture; `None` is a pinhole.
    pub f_stop: Option<f32>,
    /// Distance of the sharp plane along the view axis.
    pub focus_distance_m: f32,
    /// Blades of the iris: out-of-focus lights become polygons of so many sides. Fewer than 3 is a round opening.
    pub blades: u32,
    /// Turn of the iris about the view axis, counter-clockwise as the camera sees it; at 0 a corner points right.
    pub blade_turn_rad: f32,
}

impl Lens {
    /// Half the picture's width at depth 1: tan of half the horizontal field of view.
    pub fn half_width_at_one_metre(&self) -> f32 {
        0.5 * self.sensor_width_m / self.focal_length_m
    }

    /// Radius of the round entrance pupil, f/(2N); 0 for a pinhole. A bladed one has the same area.
    pub fn aperture_radius_m(&self) -> f32 {
        self.f_stop.map_or(0.0, |n| 0.5 * self.focal_length_m / n)
    }
}
