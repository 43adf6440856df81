//! An image to its mip pyramid: each level half as large, each texel the mean of the four below it.
//!
//! Colours are averaged as light, not as encoded bytes. An odd side drops its last row or column, which is a
//! texel's worth of shift at most; images for surfaces are powers of two with few exceptions.

use std::borrow::Cow;

use super::{MOST_LEVELS, SRGB_TABLE, tables};

/// All levels, the image itself first. Ends at one texel or at [`MOST_LEVELS`].
pub(super) fn pyramid(
    image: &[[u8; 4]],
    width: usize,
    height: usize,
    is_srgb: bool,
) -> Vec<Cow<'_, [[u8; 4]]>> {
    let mut levels = vec![Cow::Borrowed(image)];
    let (mut width, mut height) = (width, height);
    while (width > 1 || height > 1) && levels.len() < MOST_LEVELS {
        let below = &levels[levels.len() - 1];
        let half = halved(below, width, height, is_srgb);
        (width, height) = ((width / 2).max(1), (height / 2).max(1));
        levels.push(Cow::Owned(half));
    }
    levels
}

fn halved(image: &[[u8; 4]], width: usize, height: usize, is_srgb: bool) -> Vec<[u8; 4]> {
    let (columns, rows) = ((width / 2).max(1), (height / 2).max(1));
    let texel = |x: usize, y: usize| image[y.min(height - 1) * width + x.min(width - 1)];
    let mean = |x: usize, y: usize| {
        let four = [
            texel(2 * x, 2 * y),
            texel(2 * x + 1, 2 * y),
            texel(2 * x, 2 * y + 1),
            texel(2 * x + 1, 2 * y + 1),
        ];
        std::array::from_fn(|c| {
            let decodes = is_srgb && c < 3;
            let sum: f32 = four.iter().map(|t| decoded(t[c], decodes)).sum();
            encoded(0.25 * sum, decodes)
        })
    };
    (0..columns * rows).map(|i| mean(i % columns, i / columns)).collect()
}

fn decoded(byte: u8, is_srgb: bool) -> f32 {
    if is_srgb { tables()[SRGB_TABLE + byte as usize] } else { f32::from(byte) / 255.0 }
}

fn encoded(value: f32, is_srgb: bool) -> u8 {
    let value = match is_srgb {
        true if value <= 0.003_130_8 => 12.92 * value,
        true => 1.055 * value.powf(1.0 / 2.4) - 0.055,
        false => value,
    };
    (255.0 * value).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_average_to_half_the_light() {
        let image = [[0, 0, 0, 0], [255; 4], [255; 4], [0, 0, 0, 0]];
        let levels = pyramid(&image, 2, 2, true);
        assert_eq!(levels.len(), 2);
        assert_eq!(levels[1][0], [188, 188, 188, 128]);
        assert_eq!(pyramid(&image, 2, 2, false)[1][0], [128; 4]);
    }

    #[test]
    fn a_pyramid_ends_at_one_texel() {
        let levels = pyramid(&[[9; 4]; 24], 8, 3, true);
        assert_eq!(levels.iter().map(|l| l.len()).collect::<Vec<_>>(), [24, 4, 2, 1]);
        assert_eq!(levels[3][0], [9; 4]);
    }
}
