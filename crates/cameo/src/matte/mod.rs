//! A picture before a backdrop to alpha and the person's own colours.
//!
//! 1. `screen`: the backdrop's colour at every pixel, from a clean plate or from what is seen of it;
//! 2. `coarse`: a first alpha by colour difference (green, blue) or distance and guided filter (grey, white);
//! 3. `regions`: what is backdrop, what is person, and the band between;
//! 4. `unmix`: the band's alpha from the backdrop's colour and the nearest of the person's, then the colours themselves;
//! 5. `despill`: the screen's light taken off the person;
//! 6. masks, and `steady`: the same alpha where nothing moved.
//!
//! All of it in linear light, where a mixed pixel is a weighted mean.

mod coarse;
mod despill;
mod regions;
mod steady;
mod unmix;

pub use steady::REACH;
pub(crate) use steady::{Sight, steadied};

use maquette_conditioning::Plane;

use self::regions::{Inside, Region};
use crate::{
    Backdrop, Mask, Picture,
    backdrop::{self, colour_difference},
    screen::{LEAST_SHARE, Screen, screen},
};

/// How a plate is keyed.
#[derive(Clone, Debug, PartialEq)]
pub struct Keying {
    /// What the person stands before.
    pub backdrop: Backdrop,
    /// How much of a coloured screen's light is taken off the person: 0 none, 1 (default) all.
    pub despill: f32,
    /// What is known beforehand; later ones have the last word.
    pub masks: Vec<Mask>,
}

impl Keying {
    /// The defaults for a backdrop.
    pub fn of(backdrop: Backdrop) -> Self {
        Self { backdrop, despill: 1.0, masks: Vec::new() }
    }
}

/// A frame of a plate, keyed.
#[derive(Clone, Debug, PartialEq)]
pub struct Matte {
    /// The person's own colour: straight (not multiplied by alpha), linear Rec.709. Around the person it goes on from
    /// their edge, so that a filtered lookup finds no fringe.
    pub foreground: Plane<[f32; 3]>,
    /// Share of the pixel that is person, 0 to 1.
    pub alpha: Plane<f32>,
    /// Standard deviation of the plate's noise on the backdrop, linear; 0 for plates with alpha.
    pub noise: f32,
}

/// Keys one picture by itself. `clean` is the empty set at the same size. An error is the share of the picture, 0 to 1, that
/// looks like the backdrop, when that is too little to work with.
pub fn key(picture: &Picture, keying: &Keying, clean: Option<&Plane<[f32; 3]>>) -> Result<Matte, f64> {
    if keying.backdrop == Backdrop::Alpha {
        return Ok(given(picture, keying));
    }
    let screen = screen(&picture.color, keying.backdrop, clean);
    if screen.share < LEAST_SHARE {
        return Err(screen.share);
    }
    let coarse = coarse::coarse(&picture.color, &screen, keying.backdrop);
    let regions = regions::regions(&coarse.evidence, inside(&screen, keying.backdrop));
    let nearest = unmix::Nearest::of(&picture.color, &regions);
    let mut alpha = unmix::alpha(&picture.color, &screen, &regions, &coarse.alpha, &nearest);
    keying.masks.iter().for_each(|mask| mask.apply(&mut alpha));
    let mut foreground = unmix::foreground(&picture.color, &screen, &alpha, &nearest);
    if let Some(channels) = backdrop::channels(keying.backdrop) {
        despill::despill(&mut foreground, &screen.color, channels, keying.despill);
    }
    Ok(Matte { foreground, alpha, noise: screen.noise })
}

/// A plate with an alpha of its own.
fn given(picture: &Picture, keying: &Keying) -> Matte {
    let mut alpha = picture.alpha.clone();
    keying.masks.iter().for_each(|mask| mask.apply(&mut alpha));
    let regions = alpha.map(|&alpha| if alpha > 0.5 { Region::Person } else { Region::Backdrop });
    let nearest = unmix::Nearest::of(&picture.color, &regions);
    let mut foreground = picture.color.clone();
    let width = alpha.width();
    for (i, color) in foreground.data.iter_mut().enumerate().filter(|&(i, _)| alpha.data[i] < 0.02) {
        *color = nearest.at(i % width, i / width);
    }
    Matte { foreground, alpha, noise: 0.0 }
}

/// What noise and likeness leave in doubt.
fn inside(screen: &Screen, backdrop: Backdrop) -> Inside {
    let Some(channels) = backdrop::channels(backdrop) else { return Inside::grey() };
    let colors = screen.color.data.iter().step_by(97);
    let mut differences: Vec<f32> = colors.map(|&color| colour_difference(color, channels)).collect();
    let typical = crate::screen::quantile(&mut differences, 0.5).max(1e-3);
    Inside::coloured((4.0 * screen.noise / typical).clamp(0.03, 0.3))
}
