//! A scene-linear frame to the picture a screen shows.
//!
//! The last step that changes pixels: tone map, sRGB encoding, eight bits.

use maquette_conditioning::{Frame, Plane};
use rayon::prelude::*;

use crate::{agx::agx, dither::threshold, transfer::srgb_from_linear};

/// An sRGB picture, eight bits a channel, row 0 on top.
pub type Image8 = Plane<[u8; 3]>;

/// How scene light becomes display light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ToneMap {
    /// Film-like: 16.5 stops, highlights pale instead of clipping (see [`agx`]). Dithered to eight bits.
    #[default]
    Agx,
    /// Clipped to 0–1 and encoded, rounded, nothing else: for measuring.
    Linear,
}

/// Grades a frame to sRGB.
///
/// A frame value of 1 is diffuse white. Dither depends on pixel and frame number only, and is the same for the three
/// channels, so a grey stays grey.
pub fn grade(frame: &Frame, tone_map: ToneMap) -> Image8 {
    let (width, height) = (frame.color.width(), frame.color.height());
    let mut image = Image8::new(width, height);
    let rows = image.data.par_chunks_mut(width.max(1)).zip(frame.color.data.par_chunks(width.max(1)));
    rows.enumerate().for_each(|(y, (codes, colors))| {
        for (x, (code, &color)) in codes.iter_mut().zip(colors).enumerate() {
            *code = match tone_map {
                ToneMap::Agx => quantize(agx(color), threshold(x, y, frame.number)),
                ToneMap::Linear => quantize(color.map(srgb_from_linear), 0.5),
            };
        }
    });
    image
}

/// Display values, 0 to 1, rounded to eight bits.
pub fn eight_bits(picture: &Plane<[f32; 3]>) -> Image8 {
    picture.map(|&codes| quantize(codes.map(|code| code.clamp(0.0, 1.0)), 0.5))
}

/// Code values 0–1 to 0–255, rounding up where the fraction exceeds 1 − `threshold`.
fn quantize(codes: [f32; 3], threshold: f32) -> [u8; 3] {
    codes.map(|code| (255.0 * code + threshold) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: usize, height: usize, f: impl Fn(usize, usize) -> [f32; 3]) -> Frame {
        let data = (0..width * height).map(|i| f(i % width, i / width)).collect();
        Frame { number: 1001, color: Plane::from_vec(width, height, data).unwrap(), ev100: 0.0 }
    }

    #[test]
    fn linear_is_exactly_the_rounded_srgb_encoding() {
        let frame = frame(256, 1, |x, _| [x as f32 / 255.0; 3]);
        for (x, code) in grade(&frame, ToneMap::Linear).data.iter().enumerate() {
            let linear = x as f64 / 255.0;
            let exact =
                if linear <= 0.0031308 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
            assert_eq!(*code, [(255.0 * exact).round() as u8; 3]);
        }
    }

    #[test]
    fn out_of_range_light_is_clamped() {
        let frame = frame(4, 1, |x, _| [[-1.0, f32::NAN, 7.0, f32::INFINITY][x]; 3]);
        for tone_map in [ToneMap::Linear, ToneMap::Agx] {
            let codes = grade(&frame, tone_map).data;
            assert_eq!([codes[0], codes[1], codes[3]], [[0; 3], [0; 3], [255; 3]], "{tone_map:?}");
        }
    }

    #[test]
    fn a_grey_ramp_stays_grey() {
        let frame = frame(300, 40, |x, _| [(x as f32 / 20.0 - 10.0).exp2(); 3]);
        for [r, g, b] in grade(&frame, ToneMap::Agx).data {
            assert!(r == g && g == b, "{r} {g} {b}");
        }
    }

    #[test]
    fn dither_keeps_a_gradients_mean_between_code_values() {
        // A field whose code value lies between two integers averages to that value.
        let scene = 0.1234;
        let exact = 255.0 * f64::from(agx([scene; 3])[0]);
        let image = grade(&frame(128, 128, |_, _| [scene; 3]), ToneMap::Agx);
        let mean = image.data.iter().map(|c| f64::from(c[0])).sum::<f64>() / 16384.0;
        assert!((mean - exact).abs() < 0.02, "{mean} for {exact}");
        assert!(image.data.iter().all(|c| (f64::from(c[0]) - exact).abs() < 1.0));
    }

    #[test]
    fn a_pixel_does_not_depend_on_the_rest_of_the_picture() {
        let whole = grade(&frame(16, 8, |x, y| [x as f32 * 0.1, y as f32 * 0.2, 0.3]), ToneMap::Agx);
        let part = grade(&frame(5, 3, |x, y| [x as f32 * 0.1, y as f32 * 0.2, 0.3]), ToneMap::Agx);
        assert_eq!(whole.at(4, 2), part.at(4, 2));
    }

    #[test]
    fn an_empty_frame_gives_an_empty_picture() {
        assert_eq!(grade(&frame(0, 0, |_, _| [0.0; 3]), ToneMap::Agx).data.len(), 0);
    }
}
