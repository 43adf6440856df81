//! The world during one frame's shutter interval.

use std::sync::Arc;

use glam::Vec3;

use crate::{Camera, FrameNumber, Haze, Instance, Lamp, Material, Mesh, Profile, Texture};

/// A value at the three times a frame needs it.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Moving<T> {
    /// At shutter open: geometry planes show this instant.
    pub open: T,
    /// At shutter close: between the two lies motion blur.
    pub close: T,
    /// At the previous frame's shutter open: motion vectors point there.
    pub previous: T,
}

impl<T: Clone> Moving<T> {
    /// The same value at all three times.
    pub fn still(value: T) -> Self {
        Self { open: value.clone(), close: value.clone(), previous: value }
    }
}

/// The frame's interval on the world's clock, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shutter {
    /// Shutter opens.
    pub open_s: f64,
    /// Shutter closes; equal to `open_s` for a frozen frame.
    pub close_s: f64,
    /// The previous frame's shutter opened.
    pub previous_open_s: f64,
}

/// The world at one shutter interval: all a tracer needs, and nothing else.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The frame's number within its shot, from 1001.
    pub frame: FrameNumber,
    /// When it is.
    pub shutter: Shutter,
    /// Who looks.
    pub camera: Camera,
    /// What is seen; sorted by `object_id`.
    pub instances: Vec<Instance>,
    /// Shapes the instances refer to by index.
    pub meshes: Vec<Arc<Mesh>>,
    /// Surfaces the instances refer to by index.
    pub materials: Vec<Arc<Material>>,
    /// Images the materials refer to by index.
    pub textures: Vec<Arc<Texture>>,
    /// Lamps that are on, and the sun.
    pub lamps: Vec<Lamp>,
    /// What the lamps refer to by index.
    pub profiles: Vec<Arc<Profile>>,
    /// What surrounds the set.
    pub environment: Environment,
    /// What hangs in the air; `None` is clear.
    pub haze: Option<Haze>,
    /// Object names; the thing with `object_id` n is called `object_names[n - 1]`.
    pub object_names: Arc<[String]>,
}

/// What surrounds the set.
#[derive(Clone, Debug)]
pub enum Environment {
    /// The same luminance from everywhere, linear Rec.709 nits. Black is no sky.
    Even(Vec3),
    /// An equirectangular panorama: the image's centre is −Z, its top +Y, its right +X.
    Panorama {
        /// Linear texels; the product with `nits_per_unit` is nits.
        image: Arc<Texture>,
        /// Nits for a texel of 1.
        nits_per_unit: f32,
        /// Turn about +Y, counter-clockwise seen from above.
        yaw_rad: f32,
    },
}
