//! Cleans a guide of its own noise, so that the network that sees the light can rely on it.

use std::path::Path;

use maquette_conditioning::Plane;

use crate::device::{Device, Executor};
use crate::features::{Encoding, Feature};
use crate::network::{ALBEDO, BuiltIn, NORMAL};
use crate::pass::{checked_size, pass};
use crate::weights::Weights;
use crate::{DeviceChoice, Error};

/// What a prefilter cleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guide {
    /// Albedo, 0 to 1.
    Albedo,
    /// Normals, −1 to 1 in any space.
    Normal,
}

/// One of the auxiliary prefilters of Open Image Denoise, ready to run.
pub struct Prefilter {
    guide: Guide,
    executor: Executor,
}

impl Guide {
    fn file(self) -> BuiltIn {
        match self {
            Self::Albedo => ALBEDO,
            Self::Normal => NORMAL,
        }
    }

    fn encoding(self) -> Encoding {
        match self {
            Self::Albedo => Encoding::Srgb,
            Self::Normal => Encoding::Direction,
        }
    }
}

impl Prefilter {
    /// The built-in network for a guide.
    pub fn new(guide: Guide, device: DeviceChoice) -> Result<Self, Error> {
        Self::on(guide, &Device::open(device))
    }

    /// A network from a safetensors file, such as `rt_alb_large` or `rt_nrm_large`. At most 64 MiB, its header at most
    /// 1 MiB.
    pub fn from_file(guide: Guide, path: &Path, device: DeviceChoice) -> Result<Self, Error> {
        let weights = Weights::read(path, 3)?;
        Ok(Self { guide, executor: Device::open(device).executor(&weights)? })
    }

    pub(crate) fn on(guide: Guide, device: &Device) -> Result<Self, Error> {
        let BuiltIn { name, bytes } = guide.file();
        Ok(Self { guide, executor: device.executor(&Weights::parse(name, bytes, 3)?)? })
    }

    /// The guide without its noise, of the same size. NaN counts as 0 and values out of range as the nearest in it.
    pub fn clean(&self, plane: &Plane<[f32; 3]>) -> Result<Plane<[f32; 3]>, Error> {
        checked_size(&[("guide", plane)])?;
        let feature = Feature { plane, encoding: self.guide.encoding() };
        pass(&self.executor, &[feature], self.executor.max_tile_pixels())
    }
}
