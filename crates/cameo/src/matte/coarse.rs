//! A picture and its backdrop to a first alpha, right in the large and rough at the edges.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use crate::{
    Backdrop,
    backdrop::{channels, colour_difference},
    guided::guided,
    screen::Screen,
};

/// The first alpha, and the evidence it comes from.
pub(crate) struct Coarse {
    /// 0 to 1.
    pub alpha: Plane<f32>,
    /// Like alpha, but beyond 1 for what differs even more from the backdrop: along a blurred edge it still rises where
    /// alpha has reached 1.
    pub evidence: Plane<f32>,
}

/// By colour difference before a coloured screen, by distance from it otherwise.
pub(crate) fn coarse(picture: &Plane<[f32; 3]>, screen: &Screen, backdrop: Backdrop) -> Coarse {
    match channels(backdrop) {
        Some(channels) => by_colour_difference(picture, screen, channels),
        None => by_distance(picture, screen),
    }
}

/// 1 − d(picture)/d(screen): exact where the foreground has no more of the screen's channel than of its strongest other
/// and no less.
fn by_colour_difference(picture: &Plane<[f32; 3]>, screen: &Screen, channels: (usize, [usize; 2])) -> Coarse {
    let evidence = paired(picture, screen, |seen, screen| {
        let full = colour_difference(screen, channels).max(1e-3);
        (1.0 - colour_difference(seen, channels) / full).max(0.0)
    });
    Coarse { alpha: evidence.map(|evidence| evidence.min(1.0)), evidence }
}

/// From no alpha at three deviations of the noise to all of it a few steps of lightness on; then led to the picture's
/// edges by the guided filter.
fn by_distance(picture: &Plane<[f32; 3]>, screen: &Screen) -> Coarse {
    let evidence = paired(picture, screen, |seen, screen_color| {
        let square: f32 = (0..3).map(|c| (seen[c] - screen_color[c]).powi(2)).sum();
        let size = screen_color.iter().fold(0.0f32, |a, &b| a.max(b));
        let least = 3.0 * screen.noise + 0.02 * size;
        ((square.sqrt() - least) / (0.22 * size).max(1e-3)).max(0.0)
    });
    // Square roots of light: steps in the dark weigh what they look like.
    let lightness = picture.map(|c| (0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]).max(0.0).sqrt());
    let rough = evidence.map(|evidence| evidence.min(1.0));
    let alpha = guided(&lightness, &rough, (picture.height() / 180).max(2), 2e-4);
    let alpha = alpha.map(|alpha| alpha.clamp(0.0, 1.0));
    Coarse { alpha, evidence }
}

fn paired(
    picture: &Plane<[f32; 3]>,
    screen: &Screen,
    f: impl Fn([f32; 3], [f32; 3]) -> f32 + Sync,
) -> Plane<f32> {
    let mut result = Plane::new(picture.width(), picture.height());
    let pixels = result.data.par_iter_mut().zip(&picture.data).zip(&screen.color.data);
    pixels.with_min_len(4096).for_each(|((alpha, &seen), &screen)| *alpha = f(seen, screen));
    result
}
