//! Camera rays through a thin lens, and points back onto the picture.

use glam::{Vec2, Vec3};
use maquette_geometry::Ray;

use super::frame::{disc, polygon};
use crate::world::{FrameRecord, PoseRecord};

/// A pose within the shutter: rotation by normalised interpolation, which at a shutter's small angles is as even as
/// the true arc.
#[inline(always)]
fn pose_at(frame: &FrameRecord, time: f32) -> PoseRecord {
    let (open, close) = (&frame.camera_open, &frame.camera_close);
    let near = if open.rotation.dot(close.rotation) < 0.0 { -close.rotation } else { close.rotation };
    PoseRecord {
        rotation: (open.rotation + (near - open.rotation) * time).normalize(),
        position: open.position + (close.position - open.position) * time,
        padding: 0.0,
    }
}

#[inline(always)]
fn rotate(rotation: glam::Vec4, v: Vec3) -> Vec3 {
    let q = rotation.truncate();
    let t = 2.0 * q.cross(v);
    v + rotation.w * t + q.cross(t)
}

/// Direction in the camera's space through a picture point, in pixels from the top left; 1 deep.
#[inline(always)]
fn through(frame: &FrameRecord, at: Vec2) -> Vec3 {
    let x = 2.0 * at.x / frame.width as f32 - 1.0;
    let y = 1.0 - 2.0 * at.y / frame.height as f32;
    Vec3::new(x * frame.half_width, y * frame.half_height, -1.0)
}

/// A point of the opening: a disc, or a polygon of the same area.
#[inline(always)]
fn pupil(frame: &FrameRecord, u: Vec2) -> Vec2 {
    match frame.blades {
        0 => disc(u) * frame.aperture_radius,
        blades => polygon(u, blades, frame.blade_turn) * frame.blade_radius,
    }
}

/// The ray of one light sample: through `at`, from the lens point `lens`, at `time`.
#[inline(always)]
pub(crate) fn lens_ray(frame: &FrameRecord, at: Vec2, lens: Vec2, time: f32) -> Ray {
    let pose = pose_at(frame, time);
    let ahead = through(frame, at);
    let from = pupil(frame, lens).extend(0.0);
    let direction = match frame.aperture_radius > 0.0 {
        true => ahead * frame.focus_distance - from,
        false => ahead,
    };
    let origin = pose.position + rotate(pose.rotation, from);
    Ray::new(origin, rotate(pose.rotation, direction.normalize()))
}

/// The pinhole ray through a picture point at shutter open.
#[inline(always)]
pub(crate) fn pinhole_ray(frame: &FrameRecord, at: Vec2) -> Ray {
    let pose = &frame.camera_open;
    Ray::new(pose.position, rotate(pose.rotation, through(frame, at).normalize()))
}

/// Depth of a world point along the view axis at shutter open.
#[inline(always)]
pub(crate) fn depth(frame: &FrameRecord, point: Vec3) -> f32 {
    let pose = &frame.camera_open;
    (point - pose.position).dot(rotate(pose.rotation, Vec3::NEG_Z))
}

/// Where a world point (`weight` 1) or direction (`weight` 0) stood in the previous frame's picture, in pixels;
/// `None` behind the camera.
#[inline(always)]
pub(crate) fn previous_pixel(frame: &FrameRecord, point: Vec3, weight: f32) -> Option<Vec2> {
    let pose = &frame.camera_previous;
    let back = (-pose.rotation.truncate()).extend(pose.rotation.w);
    let seen = rotate(back, point - weight * pose.position);
    let depth = -seen.z;
    if depth <= 1e-6 {
        return None;
    }
    let x = seen.x / (depth * frame.half_width);
    let y = seen.y / (depth * frame.half_height);
    Some(Vec2::new(0.5 * (x + 1.0) * frame.width as f32, 0.5 * (1.0 - y) * frame.height as f32))
}
