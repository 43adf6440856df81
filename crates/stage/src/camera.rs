//! A shot's camera keys to optics and poses.

use glam::{EulerRot, Quat, Vec3};
use maquette_conditioning::{Camera, Lens, Moving, Shutter};
use maquette_scene::document::{Aim, CameraKey, Exposure, Focus, Shot};

use crate::{
    Error, document, easing,
    pose::{Pose, rotation, turn_between, vec3},
};

/// Distance of the sharp plane when nothing says what is sharp.
const DEFAULT_FOCUS_M: f32 = 3.0;

/// Nothing nearer can be focused on.
const NEAREST_FOCUS_M: f32 = 0.01;

/// Where things are that a camera looks at: name and world time to place.
pub(crate) type Whereabouts<'a> = dyn FnMut(&str, f64) -> Result<Vec3, Error> + 'a;

/// The camera of a shot during a shutter interval.
pub(crate) fn camera(shot: &Shot, shutter: &Shutter, find: &mut Whereabouts) -> Result<Camera, Error> {
    let open = pose(shot, shutter.open_s, find)?;
    let world_from_camera = Moving {
        open: open.affine(),
        close: pose(shot, shutter.close_s, find)?.affine(),
        previous: pose(shot, shutter.previous_open_s, find)?.affine(),
    };
    let lens = Lens {
        sensor_width_m: document::sensor_width_m(&shot.camera.sensor, &shot.name)?,
        focal_length_m: shot.camera.focal_length_mm / 1000.0,
        f_stop: shot.camera.f_stop,
        focus_distance_m: focus_m(shot, &open, shutter.open_s, find)?,
        blades: shot.camera.blades.unwrap_or(0),
        blade_turn_rad: shot.camera.blade_turn_deg.to_radians(),
    };
    let ev100 = match shot.camera.exposure {
        Exposure::Auto => None,
        Exposure::Ev100(ev100) => Some(ev100),
    };
    Ok(Camera { lens, world_from_camera, ev100 })
}

/// Where the camera is and how it is turned.
pub(crate) fn pose(shot: &Shot, time_s: f64, find: &mut Whereabouts) -> Result<Pose, Error> {
    let (a, b, share) = keys(shot, time_s);
    let at = vec3(a.at_m).lerp(vec3(b.at_m), share);
    let roll = turn_between(a.turn_deg, b.turn_deg, share).roll.to_radians();
    let rotation = match (target(a, time_s, find)?, target(b, time_s, find)?) {
        (Some(from), Some(to)) => looking(at, from.lerp(to, share), roll),
        (None, None) => rotation(turn_between(a.turn_deg, b.turn_deg, share)),
        (from, to) => {
            let end = |key: &CameraKey, aim: Option<Vec3>| match aim {
                Some(aim) => looking(at, aim, key.turn_deg.roll.to_radians()),
                None => rotation(key.turn_deg),
            };
            end(a, from).slerp(end(b, to), share)
        }
    };
    Ok(Pose::new(rotation, at))
}

fn keys(shot: &Shot, time_s: f64) -> (&CameraKey, &CameraKey, f32) {
    easing::around(&shot.camera.keys, time_s - shot.from_s, |key| (key.t_s, key.ease))
}

fn target(key: &CameraKey, time_s: f64, find: &mut Whereabouts) -> Result<Option<Vec3>, Error> {
    match &key.aim {
        None => Ok(None),
        Some(Aim::At(point)) => Ok(Some(vec3(*point))),
        Some(Aim::On(name)) => find(name, time_s).map(Some),
    }
}

/// Turned so that −Z points from `eye` to `target`, level but for a roll.
pub(crate) fn looking(eye: Vec3, target: Vec3, roll: f32) -> Quat {
    let way = (target - eye).normalize_or(Vec3::NEG_Z);
    let yaw = if way.x == 0.0 && way.z == 0.0 { 0.0 } else { (-way.x).atan2(-way.z) };
    Quat::from_euler(EulerRot::YXZ, yaw, way.y.clamp(-1.0, 1.0).asin(), roll)
}

/// Distance of the sharp plane along the view axis.
fn focus_m(shot: &Shot, pose: &Pose, time_s: f64, find: &mut Whereabouts) -> Result<f32, Error> {
    let along = |target: Vec3| (target - pose.translation).dot(pose.rotation * Vec3::NEG_Z);
    let distance = match &shot.camera.focus {
        Some(Focus::DistanceM(distance)) => *distance,
        Some(Focus::On(name)) => along(find(name, time_s)?),
        None => {
            let (a, b, share) = keys(shot, time_s);
            match (target(a, time_s, find)?, target(b, time_s, find)?) {
                (Some(from), Some(to)) => along(from.lerp(to, share)),
                (Some(one), None) | (None, Some(one)) => along(one),
                (None, None) => DEFAULT_FOCUS_M,
            }
        }
    };
    Ok(distance.max(NEAREST_FOCUS_M))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_points_the_view_axis_at_the_target_and_keeps_level() {
        let (eye, target) = (Vec3::new(1.0, 2.0, 3.0), Vec3::new(-4.0, 0.5, 2.0));
        let turned = looking(eye, target, 0.0);
        assert!((turned * Vec3::NEG_Z).abs_diff_eq((target - eye).normalize(), 1e-5));
        assert!((turned * Vec3::X).y.abs() < 1e-6);
    }

    #[test]
    fn looking_straight_down_is_defined() {
        let turned = looking(Vec3::Y, Vec3::ZERO, 0.0);
        assert!((turned * Vec3::NEG_Z).abs_diff_eq(Vec3::NEG_Y, 1e-3));
    }
}
