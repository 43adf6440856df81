//! A traced and finished frame to what guiding and relocking need of it.
//!
//! A video model sees a whole shot, and all planes of 81 frames would be 20 GB at 832×480: here a pixel takes 30 bytes, with 16
//! bits where more could not be seen; and a shot comes frame by frame.

use std::borrow::Cow;

use glam::{Mat3A, Vec3A};
use half::f16;
use maquette_conditioning::{Conditioning, Figure, Frame, FrameNumber, Plane};

use super::pose::{self, Pose};
use crate::Error;

/// One frame of the set, as a guide: geometry, surfaces and finished light.
#[derive(Clone, Debug, PartialEq)]
pub struct GuideFrame {
    pub(super) number: FrameNumber,
    /// Metres along the view axis; a miss is infinitely far.
    pub(super) depth: Plane<f32>,
    /// Which thing; 0 is none.
    pub(super) object_id: Plane<u32>,
    /// Shading normal, unit: +x right, +y up, +z towards the camera. Zero where there is no surface.
    pub(super) normal: Plane<[f16; 3]>,
    /// Base colour, linear, 0 to 1.
    pub(super) albedo: Plane<[f16; 3]>,
    /// Perceptual roughness and metallic, 0 to 1.
    pub(super) finish: Plane<[f16; 2]>,
    /// The finished picture, scene-linear and exposed, 0 to 65 504.
    pub(super) light: Plane<[f16; 3]>,
    /// Who can be seen, as joints.
    pub(super) poses: Vec<Pose>,
}

impl GuideFrame {
    /// The guide of a frame: its geometry from `conditioning`, its light from the `finished` picture of it, and who stands in it.
    ///
    /// Errors: planes of different sizes, a picture without pixels.
    pub fn new(conditioning: &Conditioning, finished: &Frame, figures: &[Figure]) -> Result<Self, Error> {
        let gbuffer = &conditioning.gbuffer;
        let size = (finished.color.width(), finished.color.height());
        check("depth", &gbuffer.depth, size)?;
        check("object id", &gbuffer.object_id, size)?;
        check("normal", &gbuffer.normal, size)?;
        check("albedo", &gbuffer.albedo, size)?;
        check("roughness", &gbuffer.roughness, size)?;
        check("metallic", &gbuffer.metallic, size)?;
        let camera_from_world = conditioning.camera.world_from_camera.open.matrix3.transpose();
        let poses = figures.iter().map(|figure| pose::seen(figure, &conditioning.camera, gbuffer));
        let mut surface = gbuffer.roughness.data.iter().zip(&gbuffer.metallic.data);
        Ok(Self {
            number: finished.number,
            depth: gbuffer.depth.clone(),
            object_id: gbuffer.object_id.clone(),
            normal: gbuffer.normal.map(|&normal| turned(camera_from_world, normal)),
            albedo: gbuffer.albedo.map(|albedo| albedo.map(|value| half(value, 1.0))),
            finish: gbuffer.depth.map(|_| {
                let (&roughness, &metallic) = surface.next().unwrap_or((&0.0, &0.0));
                [half(roughness, 1.0), half(metallic, 1.0)]
            }),
            light: finished.color.map(|light| light.map(|value| half(value, 65504.0))),
            poses: poses.filter(|pose: &Pose| pose.iter().any(Option::is_some)).collect(),
        })
    }

    /// Its number within the shot.
    pub fn number(&self) -> FrameNumber {
        self.number
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.depth.width()
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.depth.height()
    }

    /// The finished picture: scene-linear Rec.709, exposed; within a half float's precision of what was given.
    pub fn light(&self) -> Plane<[f32; 3]> {
        self.light.map(|light| light.map(f16::to_f32))
    }

    /// Which thing a pixel shows; 0 is none.
    pub fn object_id(&self) -> &Plane<u32> {
        &self.object_id
    }

    /// Who can be seen, as joints.
    pub(crate) fn poses(&self) -> &[Pose] {
        &self.poses
    }
}

/// The guides of a shot, one at a time: hundreds of them need not be in memory.
pub trait GuideFrames {
    /// How many there are.
    fn count(&self) -> usize;

    /// The one of an index below that. It is asked for more than once.
    ///
    /// Errors: it cannot be read.
    fn guide(&self, index: usize) -> Result<Cow<'_, GuideFrame>, Error>;
}

impl GuideFrames for Vec<GuideFrame> {
    fn count(&self) -> usize {
        self.len()
    }

    fn guide(&self, index: usize) -> Result<Cow<'_, GuideFrame>, Error> {
        Ok(Cow::Borrowed(&self[index]))
    }
}

fn check<T>(
    name: &'static str,
    plane: &Plane<T>,
    (expected_width, expected_height): (usize, usize),
) -> Result<(), Error> {
    let (width, height) = (plane.width(), plane.height());
    if (width, height) != (expected_width, expected_height) {
        return Err(Error::Size { plane: name, width, height, expected_width, expected_height });
    }
    if width == 0 || height == 0 { Err(Error::Empty { width, height }) } else { Ok(()) }
}

fn turned(camera_from_world: Mat3A, normal: [f32; 3]) -> [f16; 3] {
    (camera_from_world * Vec3A::from_array(normal)).to_array().map(f16::from_f32)
}

/// NaN becomes 0.
fn half(value: f32, largest: f32) -> f16 {
    f16::from_f32(value.max(0.0).min(largest))
}

#[cfg(test)]
pub(super) mod tests {
    use glam::{Affine3A, Quat, Vec3};
    use maquette_conditioning::{Camera, GBuffer, Lens, Light, Moving};

    use super::*;

    /// What a pixel of a hand-written set shows.
    #[derive(Clone, Copy)]
    pub(crate) struct Shown {
        pub(crate) depth: f32,
        pub(crate) id: u32,
        pub(crate) normal: [f32; 3],
        pub(crate) light: [f32; 3],
    }

    /// A set seen by a camera at rest, pixel by pixel.
    pub(crate) fn set(width: usize, height: usize, shown: impl Fn(usize, usize) -> Shown) -> GuideFrame {
        let (conditioning, finished) = frame(width, height, shown);
        GuideFrame::new(&conditioning, &finished, &[]).unwrap()
    }

    /// A wall 4 m away with some light.
    pub(crate) fn lit(width: usize, height: usize, light: impl Fn(usize, usize) -> [f32; 3]) -> GuideFrame {
        set(width, height, |x, y| Shown { depth: 4.0, id: 1, normal: [0.0, 0.0, 1.0], light: light(x, y) })
    }

    pub(crate) fn frame(
        width: usize,
        height: usize,
        shown: impl Fn(usize, usize) -> Shown,
    ) -> (Conditioning, Frame) {
        let lens = Lens {
            sensor_width_m: 0.036,
            focal_length_m: 0.035,
            f_stop: None,
            focus_distance_m: 4.0,
            blades: 0,
            blade_turn_rad: 0.0,
        };
        let world_from_camera = Moving::still(Affine3A::IDENTITY);
        let mut gbuffer = GBuffer::new(width, height);
        let mut color = Plane::new(width, height);
        for i in 0..width * height {
            let Shown { depth, id, normal, light } = shown(i % width, i / width);
            gbuffer.depth.data[i] = depth;
            gbuffer.object_id.data[i] = id;
            gbuffer.normal.data[i] = normal;
            color.data[i] = light;
        }
        gbuffer.albedo.data.fill([0.25, 0.5, 1.0]);
        gbuffer.roughness.data.fill(0.5);
        gbuffer.metallic.data.fill(1.0);
        let camera = Camera { lens, world_from_camera, ev100: None };
        let light = Light::new(width, height);
        let frame = Frame { number: 1007, color, ev100: 5.0 };
        (Conditioning { frame: 1007, camera, ev100: 5.0, gbuffer, light }, frame)
    }

    #[test]
    fn a_pixel_takes_at_most_34_bytes() {
        let bytes = size_of::<f32>() + size_of::<u32>() + 3 * size_of::<[f16; 3]>() + size_of::<[f16; 2]>();
        assert!(bytes <= 34, "{bytes}");
    }

    #[test]
    fn normals_are_as_the_camera_sees_them() {
        let shown = Shown { depth: 2.0, id: 1, normal: [1.0, 0.0, 0.0], light: [0.5; 3] };
        let (mut conditioning, finished) = frame(4, 2, |_, _| shown);
        // The camera looks along −X, so what faces it faces +X.
        let turn = Quat::from_rotation_arc(Vec3::NEG_Z, Vec3::NEG_X);
        conditioning.camera.world_from_camera = Moving::still(Affine3A::from_quat(turn));
        let guide = GuideFrame::new(&conditioning, &finished, &[]).unwrap();
        let seen = guide.normal.at(3, 1).map(f16::to_f32);
        assert!((Vec3::from_array(seen) - Vec3::Z).length() < 1e-3, "{seen:?}");
    }

    #[test]
    fn light_keeps_its_value_to_half_a_thousandth_and_rubbish_becomes_black() {
        let values = [0.0, 1e-3, 0.18, 1.0, 17.3, 40_000.0, 1e9, f32::NAN];
        let guide = lit(8, 1, |x, _| [values[x], -1.0, f32::INFINITY]);
        for (x, &value) in values.iter().enumerate() {
            let [red, green, blue] = *guide.light().at(x, 0);
            let expected = if value.is_nan() { 0.0 } else { value.min(65504.0) };
            assert!((red - expected).abs() <= 5e-4 * expected, "{value}");
            assert_eq!((green, blue), (0.0, 65504.0));
        }
    }

    #[test]
    fn planes_of_another_size_are_named() {
        let shown = Shown { depth: 2.0, id: 1, normal: [0.0; 3], light: [0.5; 3] };
        let (mut conditioning, finished) = frame(4, 2, |_, _| shown);
        conditioning.gbuffer.roughness = Plane::new(4, 3);
        let problem = GuideFrame::new(&conditioning, &finished, &[]).unwrap_err().to_string();
        assert!(problem.contains("roughness") && problem.contains("4×3"), "{problem}");
    }
}
