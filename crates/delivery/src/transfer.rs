//! Linear light to sRGB code values and back.

/// The sRGB encoding, IEC 61966-2-1: linear 0 to 1 to code value 0 to 1. Values outside are clamped, NaN is 0.
#[expect(clippy::manual_clamp, reason = "clamp would keep NaN")]
pub fn srgb_from_linear(linear: f32) -> f32 {
    let linear = linear.max(0.0).min(1.0);
    if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// The inverse of [`srgb_from_linear`].
#[expect(clippy::manual_clamp, reason = "clamp would keep NaN")]
pub fn linear_from_srgb(code: f32) -> f32 {
    let code = code.max(0.0).min(1.0);
    if code <= 0.040_45 { code / 12.92 } else { ((code + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_meets_the_standards_points() {
        // 18 % grey is code value 117.65 of 255; half is 187.52.
        for (linear, code) in [(0.0, 0.0), (1.0, 255.0), (0.18, 117.65), (0.5, 187.52)] {
            let got = 255.0 * srgb_from_linear(linear);
            assert!((got - code).abs() < 0.01, "{linear} gives {got}, not {code}");
        }
        assert_eq!(srgb_from_linear(f32::NAN), 0.0);
    }

    #[test]
    fn every_code_value_survives_the_round_trip() {
        for code in 0..=255u8 {
            let linear = linear_from_srgb(f32::from(code) / 255.0);
            assert_eq!((255.0 * srgb_from_linear(linear)).round() as u8, code);
        }
    }
}
