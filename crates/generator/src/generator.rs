//! The generator itself: owns a network on a device and turns conditioning into frames.

use std::path::Path;
use std::sync::Arc;

use maquette_conditioning::{Conditioning, Frame, Plane, exposure_factor};

use crate::device::{Device, Executor};
use crate::features::{Encoding, Feature};
use crate::network::BuiltIn;
use crate::pass::{checked_size, pass};
use crate::pool::Pool;
use crate::temporal::{Gathered, Head, HeadWeights, History, Views};
use crate::transfer::Transfer;
use crate::weights::Weights;
use crate::{DeviceChoice, Error, Guide, Guides, Network, Prefilter, exposure};

/// Light, albedo and normal.
const CHANNELS: usize = 9;

/// A network ready to run. Costly to make on a GPU, cheap to use: keep one for a whole sequence.
pub struct Generator {
    executor: Executor,
    /// For albedo and for normals.
    prefilters: Option<[Prefilter; 2]>,
    head: Head,
    /// What the head works in.
    pool: Arc<Pool>,
    description: String,
}

impl Generator {
    /// Puts one of the built-in networks on a device.
    pub fn new(network: Network, device: DeviceChoice) -> Result<Self, Error> {
        Self::on(network, &Device::open(device))
    }

    /// Puts a network from a safetensors file on a device: one with the layers and names of the built-in ones. At most
    /// 64 MiB, its header at most 1 MiB. Guides go in as they are; see [`Self::prefiltered`].
    pub fn from_file(path: &Path, device: DeviceChoice) -> Result<Self, Error> {
        let weights = Weights::read(path, CHANNELS)?;
        Self::with_weights(&path.display().to_string(), &weights, &Device::open(device))
    }

    /// Uses a temporal head that `maquette train` wrote, instead of the built-in one.
    pub fn with_head(self, path: &Path) -> Result<Self, Error> {
        Ok(Self { head: Head::new(&HeadWeights::read(path)?, self.pool.clone()), ..self })
    }

    /// Cleans albedo and normal by these before the network sees them.
    pub fn prefiltered(mut self, albedo: Prefilter, normal: Prefilter) -> Self {
        if self.prefilters.replace([albedo, normal]).is_none() {
            self.description.push_str(", guides prefiltered");
        }
        self
    }

    fn on(network: Network, device: &Device) -> Result<Self, Error> {
        let BuiltIn { name, bytes } = network.file();
        let weights = Weights::parse(name, bytes, CHANNELS)?;
        let generator = Self::with_weights(name, &weights, device)?;
        if network.guides != Guides::Prefiltered {
            return Ok(generator);
        }
        let [albedo, normal] = [Guide::Albedo, Guide::Normal].map(|guide| Prefilter::on(guide, device));
        Ok(generator.prefiltered(albedo?, normal?))
    }

    fn with_weights(name: &str, weights: &Weights, device: &Device) -> Result<Self, Error> {
        let (executor, pool) = (device.executor(weights)?, device.pool());
        let millions = weights.parameters() as f64 / 1e6;
        let description = format!("{name} ({millions:.2} M parameters) on {}", executor.place());
        let head = Head::new(&HeadWeights::built_in()?, pool.clone());
        Ok(Self { executor, prefilters: None, head, pool, description })
    }

    /// The network, its size, and what it runs on, for people.
    pub fn describe(&self) -> String {
        self.description.clone()
    }

    /// The finished frame, by itself: the light cleaned of noise, times [`exposure_factor`] of the frame's exposure.
    pub fn generate(&self, conditioning: &Conditioning) -> Result<Frame, Error> {
        let Conditioning { gbuffer, light, .. } = conditioning;
        let nits = self.denoise(&light.total(), &gbuffer.albedo_mean, &gbuffer.normal_mean)?;
        Ok(exposed(nits, conditioning))
    }

    /// The next finished frame of a shot: what `history` remembers of its surfaces joins the frame's own light before
    /// that is cleaned, and the last finished frame joins the result, so that frames hold still. A history that does not
    /// end at the frame before starts anew.
    ///
    /// Runs the network twice: the frame cleaned by itself tells where the past has become wrong.
    pub fn generate_next(&self, conditioning: &Conditioning, history: &mut History) -> Result<Frame, Error> {
        let views = self.views(conditioning, history)?;
        Ok(exposed(history.finish(&views, Some(&self.head))?, conditioning))
    }

    /// What the next frame of a shot shows by itself and together with the light that `history` gathered.
    pub(crate) fn views(&self, conditioning: &Conditioning, history: &mut History) -> Result<Views, Error> {
        let Conditioning { gbuffer, light, .. } = conditioning;
        let alone = self.denoise(&light.total(), &gbuffer.albedo_mean, &gbuffer.normal_mean)?;
        let Gathered { color, albedo, normal, variance } = history.gather(conditioning);
        let together = self.denoise(&color, &albedo, &normal)?;
        Ok(Views::new(gbuffer, alone, together, &variance))
    }

    /// Cleans `color` (scene-linear, any unit, ≥ 0) of noise, guided by `albedo` (0 to 1) and `normal` (−1 to 1,
    /// any space), which may be noisy too. All three have one size, any but empty; NaN counts as 0 and values out
    /// of range as the nearest in it. The result has `color`'s unit.
    ///
    /// Working memory stays under 1.75 GiB beside the planes: pictures for which that is too little (above 1920×1080
    /// with the large network) go in overlapping tiles, with the same result.
    pub fn denoise(
        &self,
        color: &Plane<[f32; 3]>,
        albedo: &Plane<[f32; 3]>,
        normal: &Plane<[f32; 3]>,
    ) -> Result<Plane<[f32; 3]>, Error> {
        checked_size(&[("color", color), ("albedo", albedo), ("normal", normal)])?;
        let light = Encoding::Light { transfer: Transfer::new(), scale: exposure::input_scale(color) };
        let Some([albedo_filter, normal_filter]) = &self.prefilters else {
            return self.finish(light, [color, albedo, normal], self.executor.max_tile_pixels());
        };
        let (albedo, normal) = (albedo_filter.clean(albedo)?, normal_filter.clean(normal)?);
        self.finish(light, [color, &albedo, &normal], self.executor.max_tile_pixels())
    }

    fn finish(
        &self,
        light: Encoding,
        planes: [&Plane<[f32; 3]>; 3],
        max_tile_pixels: usize,
    ) -> Result<Plane<[f32; 3]>, Error> {
        let encodings = [light, Encoding::Reflectance, Encoding::Direction];
        let feature = |(plane, encoding)| Feature { plane, encoding };
        let features: Vec<_> = planes.into_iter().zip(encodings).map(feature).collect();
        pass(&self.executor, &features, max_tile_pixels)
    }
}

fn exposed(nits: Plane<[f32; 3]>, conditioning: &Conditioning) -> Frame {
    let factor = exposure_factor(conditioning.ev100);
    let color = nits.map(|pixel| pixel.map(|value| value * factor));
    Frame { number: conditioning.frame, color, ev100: conditioning.ev100 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;
    use crate::tile::tiles;

    /// A ramp with a pattern of no period.
    fn picture(width: usize, height: usize, seed: u32) -> Plane<[f32; 3]> {
        let mut state = seed;
        Plane::new(width, height).map(|_: &[f32; 3]| {
            std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0
            })
        })
    }

    #[test]
    fn tiled_picture_equals_the_untiled_one_to_the_bit() {
        let [color, albedo, normal] = [1, 2, 3].map(|seed| picture(790, 410, seed));
        let light = Encoding::Light { transfer: Transfer::new(), scale: exposure::input_scale(&color) };
        for network in [Network::SMALL, Network { size: Size::Large, guides: Guides::Clean }] {
            let generator = Generator::on(network, &Device::cpu()).unwrap();
            let limit = 160_000;
            assert!(tiles(790, 410, limit, generator.executor.receptive_field()).len() >= 4);
            let tiled = generator.finish(light, [&color, &albedo, &normal], limit).unwrap();
            assert!(tiled == generator.denoise(&color, &albedo, &normal).unwrap(), "{network:?}");
        }
    }

    #[test]
    fn full_hd_is_one_tile_of_every_network_and_4k_is_several() {
        for size in [Size::Small, Size::Base, Size::Large] {
            let generator = Generator::on(Network { size, guides: Guides::Clean }, &Device::cpu()).unwrap();
            let count = |width, height| tiles(width, height, generator.executor.max_tile_pixels(), 202).len();
            assert_eq!(count(1920, 1080), 1, "{size:?}");
            assert!((2..=6).contains(&count(3840, 2160)), "{size:?}");
        }
    }
}
