//! What the tests of this crate share: a frame with telling values, and outside programs that may be absent.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's helper may fail the test, and says what it skips"
)]

use std::process::{Command, Output};

use glam::{Affine3A, Quat, Vec3};
use maquette_conditioning::{Camera, Conditioning, Frame, GBuffer, Lens, Light, Moving, Plane};

pub(crate) fn plane<const N: usize>(width: usize, height: usize, scale: f32) -> Plane<[f32; N]> {
    let data = (0..width * height)
        .map(|i| std::array::from_fn(|c| scale * (((i * 7 + c * 3) % 23) as f32 - 5.0) / 7.0))
        .collect();
    Plane::from_vec(width, height, data).unwrap()
}

pub(crate) fn scalar(width: usize, height: usize, scale: f32) -> Plane<f32> {
    plane::<1>(width, height, scale).map(|v| v[0])
}

/// Every plane differs from every other; depth holds a miss, ids are beyond what a float can count.
pub(crate) fn conditioning(width: usize, height: usize) -> Conditioning {
    let mut depth = scalar(width, height, 3.0);
    depth.data[0] = f32::INFINITY;
    let mut object_id = Plane::new(width, height);
    object_id.data.iter_mut().enumerate().for_each(|(i, id)| *id = i as u32 % 5);
    let mut material_id = object_id.map(|id: &u32| id * 2 + 1);
    *material_id.data.last_mut().unwrap() = u32::MAX - 1;
    let image_id = material_id.map(|id: &u32| id.wrapping_add(1));
    let turned = Affine3A::from_rotation_translation(
        Quat::from_euler(glam::EulerRot::YXZ, 0.3, -0.2, 0.1),
        Vec3::new(0.1, 1.6, -2.7),
    );
    Conditioning {
        frame: 1042,
        camera: Camera {
            lens: Lens {
                sensor_width_m: 0.02489,
                focal_length_m: 0.032,
                f_stop: Some(2.8),
                focus_distance_m: 3.3,
                blades: 7,
                blade_turn_rad: 0.2,
            },
            world_from_camera: Moving {
                open: turned,
                close: turned * Affine3A::from_translation(Vec3::X * 0.01),
                previous: turned * Affine3A::from_translation(Vec3::NEG_X * 0.02),
            },
            ev100: None,
        },
        ev100: 5.3,
        gbuffer: GBuffer {
            depth,
            distance: scalar(width, height, 3.1),
            position: plane(width, height, 10.0),
            normal: plane(width, height, 0.9),
            albedo: plane(width, height, 0.2),
            roughness: scalar(width, height, 0.3),
            metallic: scalar(width, height, 0.1),
            motion: plane(width, height, -4.0),
            object_id,
            material_id,
            image_position: plane(width, height, 7.0),
            image_normal: plane(width, height, 0.7),
            image_motion: plane(width, height, -5.0),
            image_id,
            lamp_light: plane(width, height, 12.0),
            albedo_mean: plane(width, height, 0.21),
            normal_mean: plane(width, height, 0.8),
        },
        light: Light {
            emitted: plane(width, height, 1.0e6),
            direct_diffuse: plane(width, height, 11.0),
            direct_specular: plane(width, height, 13.0),
            indirect_diffuse: plane(width, height, 17.0),
            indirect_specular: plane(width, height, 19.0),
            samples: 64,
        },
    }
}

pub(crate) fn frame(width: usize, height: usize) -> Frame {
    Frame { number: 1042, color: plane(width, height, 0.9), ev100: 5.3 }
}

/// Runs a program; `None`, with a printed line, when it is not installed.
pub(crate) fn run_or_skip(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("SKIPPED: {program} is not here ({error})");
            None
        }
    }
}
