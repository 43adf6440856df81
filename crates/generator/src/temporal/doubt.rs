//! Where memory must be wrong: the cleaned picture with it and the cleaned picture without it disagree.
//!
//! Raw light of a few samples is too noisy to show that a shadow has moved a little. Cleaned, the same light is good to a
//! few hundredths, and memory that lags by more shows. There the frame's own picture is used, and the memory starts anew.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{evidence::luminance, pyramid::Pyramid};

/// Relative difference, over blocks of 4 and of 8 pixels, that per-frame cleaning reaches by chance.
const CHANCE: [f32; 2] = [0.115, 0.07];
/// And the one from which memory is not believed at all.
const CERTAIN: [f32; 2] = [0.23, 0.14];
/// Share of the picture's mean below which darkness hides differences.
const DARKEST: f32 = 0.03;

/// How far memory is doubted, 0 to 1 a pixel. `remembering` and `alone` are the cleaned pictures.
pub(crate) fn doubt(remembering: &Plane<[f32; 3]>, alone: &Plane<[f32; 3]>) -> Plane<f32> {
    let (width, height) = (alone.width(), alone.height());
    let mut lanes = Plane::new(width, height);
    let pairs = remembering.data.par_iter().zip(&alone.data);
    lanes.data.par_iter_mut().zip(pairs).for_each(|(lanes, (with, without)): (&mut [f32; 2], _)| {
        *lanes = [luminance(with) - luminance(without), luminance(without)];
    });
    let mean = lanes.data.iter().map(|lanes| lanes[1]).sum::<f32>() / lanes.data.len().max(1) as f32;
    let pyramid = Pyramid::new(lanes, 3);
    let mut doubt = Plane::new(width, height);
    doubt.data.par_iter_mut().enumerate().for_each(|(i, doubt)| {
        let at = |level: usize| {
            let [difference, light] = pyramid.at(level, i % width, i / width);
            let relative = difference.abs() / (light + DARKEST * mean + 1e-20);
            let (chance, certain) = (CHANCE[level - 2], CERTAIN[level - 2]);
            ((relative - chance) / (certain - chance)).clamp(0.0, 1.0)
        };
        *doubt = at(2).max(at(3));
    });
    doubt
}
