//! Proportions and shapes of a body of any height.
//!
//! Joint heights and segment lengths over stature are those of Drillis and Contini (1966) as drawn in Winter,
//! Biomechanics and Motor Control of Human Movement, 2009, fig. 4.1; girths are drawn after them by eye.
//! All lengths here are shares of stature. −Z is the front, limbs hang along −Y from their joint.

use glam::{Quat, Vec2, Vec3};
use maquette_conditioning::Mesh;

use crate::shape::{Ring, loft, smooth_normals};

pub(super) const SIDES: usize = 2;

/// Number of rigid parts.
pub(crate) const SEGMENTS: usize = 19;

pub(super) const PELVIS: usize = 0;
pub(super) const CHEST: usize = 1;
pub(super) const NECK: usize = 2;
pub(super) const HEAD: usize = 3;
/// Left, then right, here and below.
pub(super) const UPPER_ARMS: [usize; SIDES] = [4, 5];
pub(super) const FOREARMS: [usize; SIDES] = [6, 7];
pub(super) const HANDS: [usize; SIDES] = [8, 9];
pub(super) const THIGHS: [usize; SIDES] = [10, 11];
pub(super) const SHINS: [usize; SIDES] = [12, 13];
pub(super) const FEET: [usize; SIDES] = [14, 15];
pub(super) const TOES: [usize; SIDES] = [16, 17];
pub(super) const JAW: usize = 18;

pub(super) const ANKLE: f32 = 0.039;
pub(super) const SHIN: f32 = 0.246;
pub(super) const THIGH: f32 = 0.245;
pub(super) const HIP_HEIGHT: f32 = ANKLE + SHIN + THIGH;
pub(super) const UPPER_ARM: f32 = 0.186;
pub(super) const FOREARM: f32 = 0.146;

/// From the middle between the hips.
pub(super) const HIPS: [Vec3; SIDES] = [Vec3::new(-0.05, 0.0, 0.0), Vec3::new(0.05, 0.0, 0.0)];
pub(super) const WAIST: Vec3 = Vec3::new(0.0, 0.07, 0.004);
/// From the waist.
pub(super) const SHOULDERS: [Vec3; SIDES] = [Vec3::new(-0.108, 0.202, 0.004), Vec3::new(0.108, 0.202, 0.004)];
pub(super) const NECK_BASE: Vec3 = Vec3::new(0.0, 0.238, 0.006);
/// From the neck's base.
pub(super) const SKULL_BASE: Vec3 = Vec3::new(0.0, 0.067, -0.008);
/// From the skull's base.
pub(crate) const MOUTH: Vec3 = Vec3::new(0.0, -0.018, -0.062);

/// The same: nose, eyes and ears; of pairs the left one.
pub(super) const NOSE: Vec3 = Vec3::new(0.0, 0.002, -0.068);
pub(super) const EYES: [Vec3; SIDES] = [Vec3::new(-0.018, 0.031, -0.055), Vec3::new(0.018, 0.031, -0.055)];
pub(super) const EARS: [Vec3; SIDES] = [Vec3::new(-0.043, 0.015, 0.0), Vec3::new(0.043, 0.015, 0.0)];

/// From the skull's base: where the jaw turns, just ahead of the ear.
pub(super) const JAW_JOINT: Vec3 = Vec3::new(0.0, 0.002, -0.004);
/// How far a jaw turns in speech when it is wide open: about 20 mm at the teeth, of the 50 mm it can.
pub(super) const WIDE_OPEN_RAD: f32 = 0.22;

/// From the ankle: where the heel and the ball of the foot touch the floor, and where the toes bend.
pub(super) const HEEL: Vec3 = Vec3::new(0.0, -ANKLE, 0.034);
pub(super) const BALL: Vec3 = Vec3::new(0.0, -ANKLE, -0.072);
pub(super) const TOE_JOINT: Vec3 = Vec3::new(0.0, -0.027, -0.072);

/// Meshes of all segments for a stature.
pub(super) fn meshes(height_m: f32) -> Vec<Mesh> {
    let pair = |mesh: Mesh| [mesh.clone(), mesh];
    let mut all = vec![pelvis(), chest(), neck(), head()];
    for limb in [upper_arm(), forearm(), hand(), thigh(), shin(), foot(), toes()] {
        all.extend(pair(limb));
    }
    all.push(jaw());
    all.into_iter().map(|mesh| scaled(mesh, height_m)).collect()
}

/// A cross-section: height, half width, front, back, shift ahead.
fn ring(y: f32, half_width: f32, front: f32, back: f32, ahead: f32) -> Ring {
    Ring { y, half_width, front, back, ahead }
}

fn pelvis() -> Mesh {
    let rings = [
        ring(0.092, 0.073, 0.051, 0.043, 0.000),
        ring(0.070, 0.077, 0.053, 0.047, 0.000),
        ring(0.040, 0.087, 0.056, 0.056, 0.000),
        ring(0.005, 0.096, 0.055, 0.064, 0.000),
        ring(-0.030, 0.092, 0.048, 0.064, 0.000),
        ring(-0.052, 0.066, 0.036, 0.048, 0.000),
    ];
    loft(&rings, [0.004, 0.016])
}

/// Ribs, belly and shoulders; its lower end is hidden in the pelvis.
fn chest() -> Mesh {
    let rings = [
        ring(0.248, 0.028, 0.024, 0.026, -0.008),
        ring(0.236, 0.050, 0.028, 0.034, -0.006),
        ring(0.219, 0.086, 0.036, 0.042, -0.003),
        ring(0.196, 0.103, 0.046, 0.050, -0.001),
        ring(0.165, 0.102, 0.058, 0.054, 0.000),
        ring(0.130, 0.094, 0.063, 0.052, 0.000),
        ring(0.085, 0.083, 0.059, 0.048, 0.000),
        ring(0.040, 0.075, 0.053, 0.044, 0.000),
        ring(0.010, 0.074, 0.051, 0.043, 0.000),
        ring(-0.020, 0.066, 0.044, 0.038, 0.000),
    ];
    loft(&rings, [0.010, 0.020])
}

fn neck() -> Mesh {
    let rings = [
        ring(0.066, 0.028, 0.027, 0.030, 0.010),
        ring(0.030, 0.029, 0.028, 0.030, 0.004),
        ring(-0.006, 0.036, 0.032, 0.034, 0.000),
    ];
    loft(&rings, [0.01, 0.012])
}

fn head() -> Mesh {
    let skull = [
        ring(0.089, 0.019, 0.024, 0.024, 0.004),
        ring(0.078, 0.030, 0.039, 0.039, 0.004),
        ring(0.060, 0.039, 0.051, 0.051, 0.004),
        ring(0.034, 0.0435, 0.056, 0.056, 0.004),
        ring(0.010, 0.042, 0.056, 0.052, 0.005),
        ring(-0.010, 0.038, 0.053, 0.040, 0.008),
        ring(-0.0145, 0.0365, 0.0515, 0.036, 0.009),
        // Behind the jaw, so that an open mouth is a gap.
        ring(-0.016, 0.030, 0.042, 0.034, 0.008),
        ring(-0.028, 0.022, 0.028, 0.022, 0.011),
    ];
    // A hint of a nose tells at a glance which way someone looks.
    let nose = [
        ring(0.016, 0.004, 0.005, 0.012, 0.055),
        ring(0.004, 0.006, 0.010, 0.016, 0.056),
        ring(-0.004, 0.009, 0.013, 0.018, 0.056),
    ];
    joined(&[loft(&skull, [0.006, 0.006]), loft(&nose, [0.006, 0.006])])
}

/// From its joint: cheeks to chin, closed under the skull as one face.
fn jaw() -> Mesh {
    let rings = [
        ring(-0.0155, 0.0363, 0.0512, 0.010, 0.009),
        ring(-0.026, 0.0315, 0.048, 0.014, 0.013),
        ring(-0.034, 0.026, 0.042, 0.012, 0.018),
        ring(-0.040, 0.016, 0.030, 0.008, 0.025),
    ];
    let mesh = loft(&rings, [0.0006, 0.003]);
    rebuilt(mesh.positions.iter().map(|p| *p - JAW_JOINT).collect(), mesh.triangles)
}

fn upper_arm() -> Mesh {
    let rings = [
        ring(0.008, 0.024, 0.027, 0.027, 0.0),
        ring(-0.012, 0.029, 0.033, 0.032, 0.0),
        ring(-0.040, 0.029, 0.033, 0.032, 0.0),
        ring(-0.090, 0.025, 0.029, 0.027, 0.0),
        ring(-0.140, 0.022, 0.024, 0.024, 0.0),
        ring(-0.186, 0.021, 0.022, 0.022, 0.0),
    ];
    loft(&rings, [0.014, 0.020])
}

fn forearm() -> Mesh {
    let rings = [
        ring(0.000, 0.022, 0.022, 0.022, 0.0),
        ring(-0.030, 0.024, 0.025, 0.023, 0.0),
        ring(-0.080, 0.020, 0.022, 0.019, 0.0),
        ring(-0.125, 0.014, 0.018, 0.016, 0.0),
        ring(-0.146, 0.013, 0.017, 0.015, 0.0),
    ];
    loft(&rings, [0.018, 0.010])
}

/// Palm towards the thigh, fingers half closed.
fn hand() -> Mesh {
    let palm = [
        ring(0.002, 0.012, 0.016, 0.015, 0.000),
        ring(-0.022, 0.013, 0.022, 0.020, 0.000),
        ring(-0.048, 0.014, 0.024, 0.020, 0.001),
        ring(-0.070, 0.012, 0.020, 0.018, 0.003),
        ring(-0.088, 0.009, 0.013, 0.013, 0.006),
    ];
    let thumb = [
        ring(-0.014, 0.008, 0.008, 0.010, 0.018),
        ring(-0.034, 0.008, 0.007, 0.008, 0.027),
        ring(-0.052, 0.006, 0.006, 0.006, 0.030),
    ];
    joined(&[loft(&palm, [0.012, 0.008]), loft(&thumb, [0.006, 0.006])])
}

fn thigh() -> Mesh {
    let rings = [
        ring(0.020, 0.043, 0.042, 0.050, 0.0),
        ring(-0.030, 0.048, 0.048, 0.053, 0.0),
        ring(-0.100, 0.045, 0.048, 0.046, 0.0),
        ring(-0.170, 0.037, 0.041, 0.036, 0.0),
        ring(-0.225, 0.031, 0.034, 0.030, 0.0),
        ring(-0.250, 0.030, 0.033, 0.029, 0.0),
    ];
    loft(&rings, [0.035, 0.024])
}

fn shin() -> Mesh {
    let rings = [
        ring(0.004, 0.030, 0.032, 0.029, 0.0),
        ring(-0.035, 0.030, 0.027, 0.036, 0.0),
        ring(-0.080, 0.032, 0.026, 0.043, 0.0),
        ring(-0.135, 0.027, 0.023, 0.034, 0.0),
        ring(-0.195, 0.019, 0.019, 0.022, 0.0),
        ring(-0.246, 0.018, 0.020, 0.021, 0.0),
    ];
    loft(&rings, [0.024, 0.014])
}

/// Lofted from ball to heel, then laid down: a ring's front is its sole.
fn foot() -> Mesh {
    let rings = [
        ring(0.072, 0.0290, 0.020, 0.014, 0.026),
        ring(0.050, 0.0275, 0.026, 0.024, 0.022),
        ring(0.020, 0.0245, 0.028, 0.036, 0.018),
        ring(-0.006, 0.0225, 0.030, 0.040, 0.018),
        ring(-0.026, 0.0210, 0.030, 0.028, 0.020),
    ];
    with_sole(laid_down(loft(&rings, [0.004, 0.016])), -ANKLE)
}

fn toes() -> Mesh {
    let rings = [
        ring(0.030, 0.0210, 0.014, 0.006, 0.002),
        ring(0.018, 0.0265, 0.018, 0.010, 0.000),
        ring(0.000, 0.0290, 0.020, 0.013, 0.000),
    ];
    with_sole(laid_down(loft(&rings, [0.010, 0.012])), TOE_JOINT.y.abs() - ANKLE)
}

/// +Y becomes ahead (−Z), the front becomes down.
fn laid_down(mesh: Mesh) -> Mesh {
    let turn = Quat::from_rotation_x(-std::f32::consts::FRAC_PI_2);
    rebuilt(mesh.positions.iter().map(|p| turn * *p).collect(), mesh.triangles)
}

/// Cut flat underneath.
fn with_sole(mesh: Mesh, lowest: f32) -> Mesh {
    rebuilt(mesh.positions.iter().map(|p| p.with_y(p.y.max(lowest))).collect(), mesh.triangles)
}

fn scaled(mesh: Mesh, by: f32) -> Mesh {
    rebuilt(mesh.positions.iter().map(|p| *p * by).collect(), mesh.triangles)
}

fn joined(meshes: &[Mesh]) -> Mesh {
    let (mut positions, mut triangles) = (Vec::new(), Vec::new());
    for mesh in meshes {
        let first = positions.len() as u32;
        positions.extend(&mesh.positions);
        triangles.extend(mesh.triangles.iter().map(|t| t.map(|i| i + first)));
    }
    rebuilt(positions, triangles)
}

fn rebuilt(positions: Vec<Vec3>, triangles: Vec<[u32; 3]>) -> Mesh {
    let normals = smooth_normals(&positions, &triangles);
    let uvs = positions.iter().map(|p| Vec2::new(p.x, -p.y)).collect();
    #[allow(clippy::expect_used)] // the triangles are those of the mesh it is rebuilt from
    Mesh::new(positions, normals, uvs, triangles).expect("lists have equal lengths")
}
