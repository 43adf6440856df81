//! Two pictures to how different they look when one flips between them: ꟻLIP, 0 (alike) to 1 a pixel.
//!
//! Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström, Fairchild, "FLIP: A Difference Evaluator for Alternating
//! Images", HPG 2020; Andersson, Nilsson, Shirley, Akenine-Möller, "Visualizing Errors in Rendered High Dynamic Range
//! Images", Eurographics 2021. The steps:
//!
//! 1. `exposure`, for scene-linear pictures only: the exposures worth looking at, each tone mapped; the largest error wins.
//! 2. `opponent`: display light to an achromatic, a red-green and a blue-yellow channel.
//! 3. `color`: what the eye's contrast sensitivity leaves of the channels, and how far apart the colours then are.
//! 4. `feature`: edges and points that one picture has and the other lacks make the colour difference count more.
//!
//! Written anew rather than bound to the authors' C++, so that it builds wherever the rest does; the tests hold it to
//! their program's answers.

mod color;
mod exposure;
mod feature;
mod filter;
mod opponent;

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::{
    Error,
    error::{comparable, same_size},
};

/// What the authors assume: a 0.7 m wide 3840-pixel screen seen from 0.7 m.
const PIXELS_PER_DEGREE: f64 = 0.7 * 3840.0 / 0.7 * std::f64::consts::PI / 180.0;

/// How different two pictures look.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Mean over pixels, 0 to 1. Below 0.05 takes a close look; above 0.2 is seen at once.
    pub mean: f64,
    /// Pixel by pixel, 0 to 1.
    pub map: Plane<f32>,
}

/// LDR-ꟻLIP of sRGB-encoded pictures.
///
/// Errors: sizes differ, no pixels.
pub fn ldr_flip(image: &Plane<[u8; 3]>, reference: &Plane<[u8; 3]>) -> Result<Flip, Error> {
    same_size(image, reference)?;
    let decoded: Vec<f32> = (0..256).map(|code| linear_from_srgb(code as f32 / 255.0)).collect();
    let linear = |picture: &Plane<[u8; 3]>| picture.map(|color| color.map(|code| decoded[usize::from(code)]));
    Ok(summed_up(display_flip(&linear(image), &linear(reference))))
}

/// HDR-ꟻLIP of scene-linear Rec.709 pictures in any one unit: the largest LDR-ꟻLIP of each pixel over a range of
/// exposures, which the reference decides, with the ACES curve. Negative values count as 0.
///
/// Where more than half of the reference is black, the authors' program finds no darkest exposure; here the median of
/// what is not black decides it.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn hdr_flip(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> Result<Flip, Error> {
    comparable(image, reference)?;
    let mut largest = Plane::<f32>::new(image.width(), image.height());
    for exposure in exposure::exposures(image, reference) {
        let shown = |picture: &Plane<[f32; 3]>| exposure::developed(picture, exposure);
        let map = display_flip(&shown(image), &shown(reference));
        largest.data.iter_mut().zip(&map.data).for_each(|(largest, &value)| *largest = largest.max(value));
    }
    Ok(summed_up(largest))
}

fn summed_up(map: Plane<f32>) -> Flip {
    let mean = map.data.iter().map(|&value| f64::from(value)).sum::<f64>() / map.data.len() as f64;
    Flip { mean, map }
}

/// ꟻLIP of display light, linear Rec.709 from 0 to 1.
fn display_flip(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> Plane<f32> {
    let (image, reference) = (opponent::channels(image), opponent::channels(reference));
    let mut error = color::differences(&image, &reference);
    let feature = feature::differences(&image[0], &reference[0]);
    error.data.par_iter_mut().zip(&feature.data).for_each(|(error, feature)| {
        *error = error.powf(1.0 - feature);
    });
    error
}

fn linear_from_srgb(code: f32) -> f32 {
    if code <= 0.04045 { code / 12.92 } else { ((code + 0.055) / 1.055).powf(2.4) }
}
