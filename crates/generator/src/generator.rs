//! The generator itself: owns a network on a device and turns conditioning into frames.

use std::path::Path;

use burn_flex::{Flex, FlexDevice};
use maquette_conditioning::{Conditioning, Frame, Plane, exposure_factor};
use maquette_gpu::Gpu;

use crate::device::Executor;
use crate::features::{Picture, Tone, features, place};
use crate::temporal::{Gathered, Head, HeadWeights, History, doubt};
use crate::tile::tiles;
use crate::transfer::Transfer;
use crate::weights::Weights;
use crate::{DeviceChoice, Error, Network, exposure};

/// A network ready to run. Costly to make on a GPU, cheap to use: keep one for a whole sequence.
pub struct Generator {
    executor: Executor,
    /// On the CPU on any device: it is small, and what it looks at is there.
    head: Head<Flex>,
    description: String,
}

impl Generator {
    /// Puts one of the built-in networks on a device.
    pub fn new(network: Network, device: DeviceChoice) -> Result<Self, Error> {
        let weights = Weights::parse(network.name(), network.bytes())?;
        Self::with_executor(network.name(), &weights, Executor::new(&weights, device)?)
    }

    /// Puts one of the built-in networks on a GPU that is already open, and shares it. Takes software adapters too,
    /// which are slower than the CPU: those are for tests.
    pub fn on_gpu(network: Network, gpu: &Gpu) -> Result<Self, Error> {
        let weights = Weights::parse(network.name(), network.bytes())?;
        Self::with_executor(network.name(), &weights, Executor::on_gpu(&weights, gpu)?)
    }

    /// Puts a network from a safetensors file on a device: one with the layers and names of the built-in ones,
    /// such as `rt_hdr_calb_cnrm` for noise-free albedo and normal. At most 64 MiB, its header at most 1 MiB.
    pub fn from_file(path: &Path, device: DeviceChoice) -> Result<Self, Error> {
        let weights = Weights::read(path)?;
        Self::with_executor(&path.display().to_string(), &weights, Executor::new(&weights, device)?)
    }

    /// Uses a temporal head that `maquette train` wrote, instead of the built-in one.
    pub fn with_head(self, path: &Path) -> Result<Self, Error> {
        Ok(Self { head: Head::new(&HeadWeights::read(path)?, FlexDevice), ..self })
    }

    pub(crate) fn with_executor(name: &str, weights: &Weights, executor: Executor) -> Result<Self, Error> {
        let millions = weights.parameters() as f64 / 1e6;
        let description = format!("{name} ({millions:.2} M parameters) on {}", executor.place());
        Ok(Self { executor, head: Head::new(&HeadWeights::built_in()?, FlexDevice), description })
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
    /// that is cleaned, so that frames hold still. A history that does not end at the frame before starts anew.
    ///
    /// Runs the network twice: where the frame cleaned by itself disproves the memory, it is used instead and the memory
    /// dropped.
    pub fn generate_next(&self, conditioning: &Conditioning, history: &mut History) -> Result<Frame, Error> {
        let Conditioning { gbuffer, light, .. } = conditioning;
        let alone = self.denoise(&light.total(), &gbuffer.albedo_mean, &gbuffer.normal_mean)?;
        let Gathered { color, albedo, normal } = history.gather(conditioning, Some(&self.head))?;
        let mut nits = self.denoise(&color, &albedo, &normal)?;
        let doubt = doubt(&nits, &alone);
        history.forget(&doubt);
        for ((pixel, alone), doubt) in nits.data.iter_mut().zip(&alone.data).zip(&doubt.data) {
            pixel.iter_mut().zip(alone).for_each(|(value, alone)| *value += (alone - *value) * doubt);
        }
        Ok(exposed(nits, conditioning))
    }

    /// Cleans `color` (scene-linear, any unit, ≥ 0) of noise, guided by `albedo` (0 to 1) and `normal` (−1 to 1,
    /// any space), which may be noisy too. All three have one size, any but empty; NaN counts as 0 and values out
    /// of range as the nearest in it. The result has `color`'s unit.
    ///
    /// Working memory stays under 1.5 GiB: pictures for which that is too little (above 1920×1080 with the base network)
    /// go in overlapping tiles, with the same result.
    pub fn denoise(
        &self,
        color: &Plane<[f32; 3]>,
        albedo: &Plane<[f32; 3]>,
        normal: &Plane<[f32; 3]>,
    ) -> Result<Plane<[f32; 3]>, Error> {
        self.denoise_in_tiles(Picture { color, albedo, normal }, self.executor.max_tile_pixels())
    }

    fn denoise_in_tiles(
        &self,
        picture: Picture<'_>,
        max_tile_pixels: usize,
    ) -> Result<Plane<[f32; 3]>, Error> {
        let (width, height) = checked_size(picture)?;
        let tone = Tone { transfer: Transfer::new(), scale: exposure::input_scale(picture.color) };
        let mut denoised = Plane::new(width, height);
        for tile in tiles(width, height, max_tile_pixels) {
            let output = self.executor.run(features(picture, &tile, tone), tile.padded())?;
            place(&output, &tile, tone, &mut denoised);
        }
        Ok(denoised)
    }
}

fn exposed(nits: Plane<[f32; 3]>, conditioning: &Conditioning) -> Frame {
    let factor = exposure_factor(conditioning.ev100);
    let color = nits.map(|pixel| pixel.map(|value| value * factor));
    Frame { number: conditioning.frame, color, ev100: conditioning.ev100 }
}

fn checked_size(picture: Picture<'_>) -> Result<(usize, usize), Error> {
    let (expected_width, expected_height) = (picture.color.width(), picture.color.height());
    for (name, plane) in [("albedo", picture.albedo), ("normal", picture.normal)] {
        let (width, height) = (plane.width(), plane.height());
        if (width, height) != (expected_width, expected_height) {
            return Err(Error::Size { plane: name, width, height, expected_width, expected_height });
        }
    }
    if expected_width == 0 || expected_height == 0 {
        return Err(Error::Empty { width: expected_width, height: expected_height });
    }
    Ok((expected_width, expected_height))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// On the CPU without `Generator::new`, which would have the GPU kernels compiled for these tests again: minutes.
    fn generator(network: Network) -> Generator {
        let weights = Weights::parse(network.name(), network.bytes()).unwrap();
        Generator::with_executor(network.name(), &weights, Executor::on_cpu(&weights)).unwrap()
    }

    #[test]
    fn tiled_picture_equals_the_untiled_one_to_the_bit() {
        let [color, albedo, normal] = [1, 2, 3].map(|seed| picture(530, 270, seed));
        let picture = Picture { color: &color, albedo: &albedo, normal: &normal };
        let generator = generator(Network::Small);
        let limit = 80_000;
        assert!(tiles(530, 270, limit).len() >= 4);
        let tiled = generator.denoise_in_tiles(picture, limit).unwrap();
        assert!(tiled == generator.denoise(&color, &albedo, &normal).unwrap());
    }

    #[test]
    fn full_hd_is_one_tile_of_the_base_network_and_4k_is_several() {
        let generator = generator(Network::Base);
        assert_eq!(tiles(1920, 1080, generator.executor.max_tile_pixels()).len(), 1);
        assert!(tiles(3840, 2160, generator.executor.max_tile_pixels()).len() > 1);
    }
}
