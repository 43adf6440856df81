//! Figures as coloured sticks: the picture of a pose that video models were trained on.
//!
//! Drawn as DWPose does (Yang et al., "Effective Whole-body Pose Estimation with Two-stages Distillation", 2023), in the colours
//! of OpenPose (Cao et al. 2019): limbs as ellipses at three fifths of their colour, joints as discs on them. It finds joints in
//! pictures; here they are projected, and one is left out where something hides it.

use std::ops::Range;

use glam::{Vec2, Vec3, vec2};
use maquette_conditioning::{Camera, Figure, GBuffer, JOINTS, Plane};

use super::GuideFrame;

/// Pixels from the picture's left and top to each joint that can be seen.
pub(super) type Pose = [Option<[f32; 2]>; JOINTS];

/// What lies this much before a joint hides it; less is the body around it, or what it holds.
const BODY_M: f32 = 0.15;
/// Half the width of a limb, and the radius of a joint.
const THICK_PX: f32 = 4.0;
/// Of a limb's colour against its joints'.
const SHADE: f32 = 0.6;

/// The joints between which there are limbs; later ones are drawn over earlier ones.
const LIMBS: [[usize; 2]; 17] = [
    [1, 2],
    [1, 5],
    [2, 3],
    [3, 4],
    [5, 6],
    [6, 7],
    [1, 8],
    [8, 9],
    [9, 10],
    [1, 11],
    [11, 12],
    [12, 13],
    [1, 0],
    [0, 14],
    [14, 16],
    [0, 15],
    [15, 17],
];

/// Of each limb, and of each joint.
const COLORS: [[u8; 3]; JOINTS] = [
    [255, 0, 0],
    [255, 85, 0],
    [255, 170, 0],
    [255, 255, 0],
    [170, 255, 0],
    [85, 255, 0],
    [0, 255, 0],
    [0, 255, 85],
    [0, 255, 170],
    [0, 255, 255],
    [0, 170, 255],
    [0, 85, 255],
    [0, 0, 255],
    [85, 0, 255],
    [170, 0, 255],
    [255, 0, 255],
    [255, 0, 170],
    [255, 0, 85],
];

/// What a camera sees of a figure.
pub(super) fn seen(figure: &Figure, camera: &Camera, gbuffer: &GBuffer) -> Pose {
    let (width, height) = (gbuffer.depth.width() as f32, gbuffer.depth.height() as f32);
    let camera_from_world = camera.world_from_camera.open.inverse();
    let pixels_a_metre = 0.5 * width / camera.lens.half_width_at_one_metre();
    figure.joints_m.map(|joint| {
        let Vec3 { x, y, z } = camera_from_world.transform_point3(joint);
        let at = 0.5 * vec2(width, height) + pixels_a_metre * vec2(x, -y) / -z;
        let inside = z < 0.0 && at.x >= 0.0 && at.y >= 0.0 && at.x < width && at.y < height;
        if !inside {
            return None;
        }
        let pixel = (at.x as usize, at.y as usize);
        let own = *gbuffer.object_id.at(pixel.0, pixel.1) == figure.object_id;
        (own || *gbuffer.depth.at(pixel.0, pixel.1) > -z - BODY_M).then_some(at.to_array())
    })
}

/// All figures on black, display values 0 to 1.
pub(crate) fn pose(guide: &GuideFrame) -> Plane<[f32; 3]> {
    let mut picture = Plane::new(guide.width(), guide.height());
    for pose in guide.poses() {
        for (limb, color) in LIMBS.iter().zip(COLORS) {
            if let [Some(from), Some(to)] = limb.map(|joint| pose[joint]) {
                draw_limb(
                    &mut picture,
                    from.into(),
                    to.into(),
                    color.map(|code| SHADE * f32::from(code) / 255.0),
                );
            }
        }
    }
    // Joints of all lie over limbs of all.
    for pose in guide.poses() {
        for (joint, color) in pose.iter().zip(COLORS) {
            let Some(at) = joint else { continue };
            let at = Vec2::from(*at).floor();
            draw(&mut picture, at, THICK_PX, color.map(|code| f32::from(code) / 255.0), |away| {
                away.length_squared() <= THICK_PX * THICK_PX
            });
        }
    }
    picture
}

/// An ellipse as long as the limb.
fn draw_limb(picture: &mut Plane<[f32; 3]>, from: Vec2, to: Vec2, color: [f32; 3]) {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let length = half.length().max(1.0);
    let along = half.normalize_or(Vec2::X);
    draw(picture, middle.floor(), length.max(THICK_PX), color, |away| {
        let (along, across) = (away.dot(along) / length, away.perp_dot(along) / THICK_PX);
        along * along + across * across <= 1.0
    });
}

/// Pixels within `reach` of a middle for which `inside` is true of the way there.
fn draw(
    picture: &mut Plane<[f32; 3]>,
    middle: Vec2,
    reach: f32,
    color: [f32; 3],
    inside: impl Fn(Vec2) -> bool,
) {
    let span = |middle: f32, count: usize| -> Range<usize> {
        let [first, last] = [middle - reach, middle + reach + 1.0].map(|end| end.clamp(0.0, count as f32));
        first as usize..last.ceil() as usize
    };
    let width = picture.width();
    for y in span(middle.y, picture.height()) {
        for x in span(middle.x, width) {
            if inside(vec2(x as f32, y as f32) - middle) {
                picture.data[y * width + x] = color;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::{Affine3A, Quat};
    use maquette_conditioning::{Lens, Moving};
    use safetensors::SafeTensors;

    use super::super::frame::tests::{Shown, set};
    use super::*;

    /// A wall of this depth and id.
    fn before(size: (usize, usize), depth: f32, id: u32) -> GuideFrame {
        set(size.0, size.1, |_, _| Shown { depth, id, normal: [0.0, 0.0, 1.0], light: [0.5; 3] })
    }

    #[test]
    fn figures_are_drawn_as_dwpose_draws_them() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pose.safetensors");
        let bytes = std::fs::read(path).unwrap();
        let fixture = SafeTensors::deserialize(&bytes).unwrap();
        let (poses, expected) = (fixture.tensor("poses").unwrap(), fixture.tensor("picture").unwrap());
        let [height, width] = [expected.shape()[0], expected.shape()[1]];
        let joints: Vec<f32> =
            poses.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let joint = |at: &[f32; 2]| at.iter().all(|number| number.is_finite()).then_some(*at);
        let mut guide = before((width, height), 4.0, 1);
        guide.poses = joints
            .as_chunks::<{ 2 * JOINTS }>()
            .0
            .iter()
            .map(|pose| {
                let joints = pose.as_chunks::<2>().0;
                std::array::from_fn(|index| joint(&joints[index]))
            })
            .collect();
        let found = pose(&guide);
        let expected = expected.data().as_chunks::<3>().0;
        let apart = |(found, expected): (&[f32; 3], &[u8; 3])| {
            found.iter().zip(expected).any(|(a, &b)| (255.0 * a - f32::from(b)).abs() > 2.0)
        };
        let inked = expected.iter().filter(|code| **code != [0; 3]).count();
        let different = found.data.iter().zip(expected).filter(|pair| apart(*pair)).count();
        println!("{different} of {inked} drawn pixels differ");
        // Its polygons have whole corners: outlines lie up to a pixel off.
        assert!(inked > 3000 && different * 10 < inked, "{different} of {inked}");
    }

    fn camera() -> Camera {
        let lens = Lens {
            sensor_width_m: 0.036,
            focal_length_m: 0.036,
            f_stop: None,
            focus_distance_m: 4.0,
            blades: 0,
            blade_turn_rad: 0.0,
        };
        // It stands 4 m before the origin on +X and looks back at it.
        let turn = Quat::from_rotation_arc(Vec3::NEG_Z, Vec3::NEG_X);
        let pose = Affine3A::from_rotation_translation(turn, 4.0 * Vec3::X);
        Camera { lens, world_from_camera: Moving::still(pose), ev100: None }
    }

    fn found(depth: f32, id: u32, joint: Vec3) -> Option<[f32; 2]> {
        let mut gbuffer = GBuffer::new(100, 60);
        gbuffer.depth.data.fill(depth);
        gbuffer.object_id.data.fill(id);
        seen(&Figure { object_id: 7, joints_m: [joint; JOINTS] }, &camera(), &gbuffer)[3]
    }

    #[test]
    fn joints_lie_where_the_camera_sees_them() {
        let at = |joint: Vec3| found(9.0, 1, joint).map(|at| at.map(f32::round));
        // A pixel is 4 cm wide 4 m away; the camera's right is -Z here.
        assert_eq!(at(Vec3::ZERO), Some([50.0, 30.0]));
        assert_eq!(at(Vec3::new(0.0, 0.4, -1.0)), Some([75.0, 20.0]));
        assert_eq!(at(Vec3::new(0.0, 0.0, -2.1)), None);
        assert_eq!(at(Vec3::new(4.5, 0.0, 0.0)), None);
    }

    #[test]
    fn what_stands_before_a_joint_hides_it_and_its_own_body_does_not() {
        assert!(found(3.0, 1, Vec3::ZERO).is_none());
        assert!(found(3.0, 7, Vec3::ZERO).is_some());
        assert!(found(3.9, 1, Vec3::ZERO).is_some());
    }
}
