//! Colours as written to linear Rec.709, and to the tint of a light.
//!
//! A light's amount is photometric; its colour only says how the amount is spread over the channels. So every tint
//! is scaled to luminance 1, and a lamp of 800 lumen stays one whatever its colour.

use crate::{
    black_body::black_body_linear_rec709,
    document::{Color, Emission, Output, Sky},
};

/// Luminance of linear Rec.709 primaries (the Y row of IEC 61966-2-1's matrix).
const LUMINANCE: [f32; 3] = [0.212_639, 0.715_169, 0.072_192];

impl Color {
    /// Linear Rec.709. A hexadecimal colour goes through the sRGB curve; a malformed one is black.
    pub fn linear(&self) -> [f32; 3] {
        match self {
            Self::Hex(hex) => hex_channels(hex).map_or([0.0; 3], |channels| channels.map(srgb_to_linear)),
            Self::Linear((red, green, blue)) => [*red, *green, *blue],
        }
    }
}

impl Output {
    /// Linear Rec.709 of luminance 1; white unless `color` or `kelvin` says otherwise.
    pub fn tint(&self) -> [f32; 3] {
        tint(self.color.as_ref(), self.kelvin)
    }
}

impl Emission {
    /// Linear Rec.709 of luminance 1; white unless `color` or `kelvin` says otherwise.
    pub fn tint(&self) -> [f32; 3] {
        tint(self.color.as_ref(), self.kelvin)
    }

    /// Emitted light by channel, in nits.
    pub fn radiance_nit(&self) -> [f32; 3] {
        self.tint().map(|channel| channel * self.nit)
    }
}

impl Sky {
    /// Linear Rec.709 of luminance 1; white unless `color` or `kelvin` says otherwise.
    pub fn tint(&self) -> [f32; 3] {
        tint(self.color.as_ref(), self.kelvin)
    }

    /// The sky's light by channel, in nits.
    pub fn radiance_nit(&self) -> [f32; 3] {
        self.tint().map(|channel| channel * self.nit)
    }
}

/// Luminance of a linear Rec.709 colour.
pub fn luminance(linear: [f32; 3]) -> f32 {
    linear.iter().zip(LUMINANCE).map(|(channel, weight)| channel * weight).sum()
}

fn tint(color: Option<&Color>, kelvin: Option<f32>) -> [f32; 3] {
    match (color, kelvin) {
        (Some(color), _) => normalised(color.linear()),
        (None, Some(kelvin)) => black_body_linear_rec709(kelvin),
        (None, None) => [1.0; 3],
    }
}

/// Scaled to luminance 1. Black stays black.
pub(crate) fn normalised(linear: [f32; 3]) -> [f32; 3] {
    let luminance = luminance(linear);
    if luminance > 0.0 { linear.map(|channel| channel / luminance) } else { [0.0; 3] }
}

fn hex_channels(hex: &str) -> Option<[f32; 3]> {
    let digits = hex.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    Some([value >> 16, value >> 8, value].map(|byte| (byte & 0xff) as f32 / 255.0))
}

/// The sRGB transfer function (IEC 61966-2-1).
fn srgb_to_linear(encoded: f32) -> f32 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_follows_the_srgb_curve() {
        let grey = Color::Hex("#808080".to_owned()).linear();
        // (128/255 + 0.055)/1.055 to the 2.4.
        assert!(grey.iter().all(|channel| (channel - 0.215_861).abs() < 1e-5), "{grey:?}");
        assert_eq!(Color::Hex("#ff0000".to_owned()).linear(), [1.0, 0.0, 0.0]);
        assert_eq!(Color::Hex("#000001".to_owned()).linear()[2], 1.0 / 255.0 / 12.92);
    }

    #[test]
    fn every_tint_has_luminance_one() {
        let colors = [Some(Color::Hex("#ff2200".to_owned())), Some(Color::Linear((0.0, 0.0, 3.0))), None];
        for color in colors {
            for kelvin in [None, Some(1000.0), Some(3200.0), Some(40_000.0)] {
                let output = Output { color: color.clone(), kelvin, ..Output::default() };
                assert!((luminance(output.tint()) - 1.0).abs() < 1e-4, "{output:?}");
            }
        }
    }

    #[test]
    fn emission_of_a_colour_keeps_its_nits() {
        let emission = Emission { nit: 400.0, color: Some(Color::Linear((0.1, 0.2, 0.9))), kelvin: None };
        assert!((luminance(emission.radiance_nit()) - 400.0).abs() < 0.01);
    }
}
