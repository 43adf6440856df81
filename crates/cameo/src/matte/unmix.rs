//! A pixel that shows both person and backdrop to how much of each, and to the person's colour in it.
//!
//! A mixed pixel lies on the line from the backdrop's colour to the person's (Smith and Blinn, "Blue Screen Matting", 1996, equation
//! 1). The backdrop's is known; the person's is that of the nearest pixels that are nothing else. Where a pixel lies off
//! that line (hair unlike the skin beside it) the first alpha counts instead.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::regions::Region;
use crate::{
    pyramid::{Known, bilinear, filled, mixed},
    screen::Screen,
};

/// Pixels of the picture across one of the person's colours that are kept.
const SHRINK: usize = 2;

/// The person's colours, carried from where nothing else is seen to everywhere.
pub(crate) struct Nearest(Plane<[f32; 3]>);

impl Nearest {
    pub(crate) fn of(picture: &Plane<[f32; 3]>, regions: &Plane<Region>) -> Self {
        let (width, height) = (picture.width().div_ceil(SHRINK), picture.height().div_ceil(SHRINK));
        let mut known: Plane<Known> = Plane::new(width, height);
        known.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
            row.iter_mut().enumerate().for_each(|(x, value)| {
                *value = own_color(picture, regions, x * SHRINK, y * SHRINK);
            });
        });
        Self(filled(known))
    }

    #[inline]
    pub(crate) fn at(&self, x: usize, y: usize) -> [f32; 3] {
        let place = |pixel: usize| (pixel as f32 + 0.5) / SHRINK as f32 - 0.5;
        bilinear(&self.0, place(x), place(y))
    }
}

/// Mean over the person's pixels of a small square.
fn own_color(picture: &Plane<[f32; 3]>, regions: &Plane<Region>, x: usize, y: usize) -> Known {
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for row in y..(y + SHRINK).min(picture.height()) {
        for column in x..(x + SHRINK).min(picture.width()) {
            if *regions.at(column, row) == Region::Person {
                let color = picture.at(column, row);
                (0..3).for_each(|c| sum[c] += color[c]);
                count += 1.0;
            }
        }
    }
    if count > 0.0 { (sum.map(|s| s / count), 1.0) } else { ([0.0; 3], 0.0) }
}

/// Alpha of every pixel of the band; 0 and 1 outside it.
pub(crate) fn alpha(
    picture: &Plane<[f32; 3]>,
    screen: &Screen,
    regions: &Plane<Region>,
    coarse: &Plane<f32>,
    nearest: &Nearest,
) -> Plane<f32> {
    let width = picture.width();
    let mut alpha = Plane::new(width, picture.height());
    alpha.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        for (x, alpha) in row.iter_mut().enumerate() {
            let i = y * width + x;
            *alpha = match regions.data[i] {
                Region::Backdrop => 0.0,
                Region::Person => 1.0,
                Region::Band => {
                    let backdrop = screen.color.data[i];
                    share(picture.data[i], backdrop, nearest.at(x, y), coarse.data[i], screen.noise)
                }
            };
        }
    });
    alpha
}

/// Where `seen` lies between backdrop and person: the nearest point of that line, as far as the pixel lies on it.
fn share(seen: [f32; 3], backdrop: [f32; 3], person: [f32; 3], coarse: f32, noise: f32) -> f32 {
    let away: [f32; 3] = std::array::from_fn(|c| person[c] - backdrop[c]);
    let from: [f32; 3] = std::array::from_fn(|c| seen[c] - backdrop[c]);
    let dot = |a: &[f32; 3], b: &[f32; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let square = dot(&away, &away);
    let along = (dot(&from, &away) / square.max(1e-8)).clamp(0.0, 1.0);
    let off: f32 = (0..3).map(|c| (from[c] - along * away[c]).powi(2)).sum();
    // A tenth of the way between the two is as far as shading strays within a neighbourhood.
    let strays = 4.0 * noise * noise + 0.01 * square;
    let told_apart = square / (square + 25.0 * noise * noise);
    let trust = (-off / (2.0 * strays).max(1e-12)).exp() * told_apart;
    trust * along + (1.0 - trust) * coarse
}

/// The person's own colour in every pixel: the backdrop's part taken away and what is left scaled up, leaning on the
/// neighbourhood's colour where little is left to scale (Tikhonov).
pub(crate) fn foreground(
    picture: &Plane<[f32; 3]>,
    screen: &Screen,
    alpha: &Plane<f32>,
    nearest: &Nearest,
) -> Plane<[f32; 3]> {
    let width = picture.width();
    let lean = (screen.noise / 0.12).powi(2).max(0.004);
    let mut result = picture.clone();
    result.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        for (x, color) in row.iter_mut().enumerate() {
            let i = y * width + x;
            let alpha = alpha.data[i];
            if alpha < 0.998 {
                let (near, backdrop) = (nearest.at(x, y), screen.color.data[i]);
                *color = unmixed(*color, backdrop, near, alpha, lean);
            }
        }
    });
    result
}

fn unmixed(seen: [f32; 3], backdrop: [f32; 3], near: [f32; 3], alpha: f32, lean: f32) -> [f32; 3] {
    let own: [f32; 3] =
        std::array::from_fn(|c| ((seen[c] - (1.0 - alpha) * backdrop[c]) / alpha.max(1e-4)).max(0.0));
    mixed(near, own, alpha * alpha / (alpha * alpha + lean))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREEN: [f32; 3] = [0.05, 0.4, 0.08];
    const SKIN: [f32; 3] = [0.45, 0.28, 0.2];

    #[test]
    fn a_mixture_of_two_known_colours_is_told_apart() {
        for alpha in [0.0, 0.1, 0.5, 0.93, 1.0] {
            let seen = mixed(GREEN, SKIN, alpha);
            let found = share(seen, GREEN, SKIN, 0.33, 1e-3);
            assert!((found - alpha).abs() < 0.01, "{found} for {alpha}");
            let own = unmixed(seen, GREEN, [0.9; 3], alpha, 0.004);
            assert!(alpha < 0.5 || (0..3).all(|c| (own[c] - SKIN[c]).abs() < 0.02), "{own:?}");
        }
    }

    #[test]
    fn a_colour_off_the_line_leaves_the_first_alpha() {
        let white_hair = mixed(GREEN, [0.9; 3], 0.5);
        assert!((share(white_hair, GREEN, SKIN, 0.5, 1e-3) - 0.5).abs() < 0.03);
    }
}
