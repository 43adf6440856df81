//! Coded values to linear light.
//!
//! Keying adds and divides light, which coded values are not: half a strand of hair before a screen is the mean of both in
//! linear light only.

/// How a recording's values stand for light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// IEC 61966-2-1: still images.
    Srgb,
    /// The camera curve of ITU-R BT.709 (and BT.601), inverted: movies.
    Bt709,
    /// Values are light: OpenEXR.
    Linear,
}

impl Transfer {
    /// What a codec's pictures usually hold, by ffmpeg's name of it: stills sRGB, OpenEXR light, movies BT.709.
    pub fn of_codec(codec: &str) -> Self {
        match codec {
            "png" | "mjpeg" | "webp" | "tiff" | "bmp" | "targa" | "gif" | "apng" => Self::Srgb,
            "exr" | "hdr" | "pfm" => Self::Linear,
            _ => Self::Bt709,
        }
    }

    /// Linear light of a coded value, both 0 to 1.
    pub fn linear(self, coded: f32) -> f32 {
        match self {
            Self::Srgb if coded <= 0.040_45 => coded / 12.92,
            Self::Srgb => ((coded + 0.055) / 1.055).powf(2.4),
            Self::Bt709 if coded < 0.081 => coded / 4.5,
            Self::Bt709 => ((coded + 0.099) / 1.099).powf(1.0 / 0.45),
            Self::Linear => coded,
        }
    }

    /// [`linear`](Self::linear) of every 16-bit value.
    pub(crate) fn table(self) -> Vec<f32> {
        (0..=u16::MAX).map(|value| self.linear(f32::from(value) / f32::from(u16::MAX))).collect()
    }
}

/// The sRGB byte of linear light.
pub(crate) fn srgb_byte(linear: f32) -> u8 {
    let coded = match linear {
        low if low <= 0.003_130_8 => 12.92 * low.max(0.0),
        high => 1.055 * high.powf(1.0 / 2.4) - 0.055,
    };
    (coded * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_meet_their_standards_at_known_points() {
        // BT.709: L = 0.018 is coded 0.081; sRGB: mid grey 0.5 is 0.2140 (IEC 61966-2-1).
        assert!((Transfer::Bt709.linear(0.081) - 0.018).abs() < 1e-4);
        assert!((Transfer::Srgb.linear(0.5) - 0.214_04).abs() < 1e-4);
        for transfer in [Transfer::Srgb, Transfer::Bt709, Transfer::Linear] {
            assert_eq!(transfer.table().len(), 65_536);
            assert!((transfer.linear(1.0) - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn every_srgb_byte_comes_back() {
        for byte in 0..=255u8 {
            assert_eq!(srgb_byte(Transfer::Srgb.linear(f32::from(byte) / 255.0)), byte);
        }
    }
}
