//! A temperature to the colour of a glowing body.

use crate::color::normalised;

/// Linear Rec.709 colour of a black body, scaled to luminance 1.
///
/// Planck's spectrum from 360 to 830 nm is weighed with the CIE 1931 observer and turned into Rec.709 primaries with
/// a D65 white, so 6504 K is almost white. Below about 1900 K the colour is redder than Rec.709 can show; its
/// negative blue is cut to 0. Meant for 1000 to 40 000 K.
pub fn black_body_linear_rec709(kelvin: f32) -> [f32; 3] {
    let linear = linear_rec709(xyz(|nanometres| planck(nanometres, f64::from(kelvin))));
    normalised(linear.map(|channel| channel.max(0.0) as f32))
}

/// XYZ to linear sRGB, IEC 61966-2-1 (inverse of its RGB to XYZ matrix, to seven digits).
pub(crate) fn linear_rec709([x, y, z]: [f64; 3]) -> [f64; 3] {
    [
        3.240_970 * x - 1.537_383 * y - 0.498_611 * z,
        -0.969_244 * x + 1.875_968 * y + 0.041_555 * z,
        0.055_630 * x - 0.203_977 * y + 1.056_972 * z,
    ]
}

/// A spectrum in CIE XYZ, up to a factor: the sum from 360 to 830 nm in steps of 5.
pub(crate) fn xyz(power: impl Fn(f64) -> f64) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for step in 0..=94 {
        let nanometres = 360.0 + 5.0 * f64::from(step);
        let observer = observer(nanometres);
        (0..3).for_each(|axis| sum[axis] += power(nanometres) * observer[axis]);
    }
    sum
}

/// Planck's law up to a factor: λ⁻⁵ / (exp(hc/λkT) − 1), with hc/k = 14 387 769 nm·K (CODATA 2018).
/// The exponent is taken relative to the one at 555 nm, so that no temperature underflows.
pub(crate) fn planck(nanometres: f64, kelvin: f64) -> f64 {
    const C2: f64 = 14_387_768.775;
    let exponent = C2 / (nanometres * kelvin);
    let at_555 = C2 / (555.0 * kelvin);
    (555.0 / nanometres).powi(5) * (at_555 - exponent).exp() / (1.0 - (-exponent).exp())
}

/// The CIE 1931 two-degree observer by the multi-lobe fit of Wyman, Sloan and Shirley, "Simple Analytic
/// Approximations to the CIE XYZ Color Matching Functions", JCGT 2(2), 2013, equation 4.
fn observer(nanometres: f64) -> [f64; 3] {
    let lobe = |height: f64, centre: f64, below: f64, above: f64| {
        let width = if nanometres < centre { below } else { above };
        height * (-0.5 * ((nanometres - centre) / width).powi(2)).exp()
    };
    [
        lobe(1.056, 599.8, 37.9, 31.0) + lobe(0.362, 442.0, 16.0, 26.7) + lobe(-0.065, 501.1, 20.4, 26.2),
        lobe(0.821, 568.8, 46.9, 40.5) + lobe(0.286, 530.9, 16.3, 31.1),
        lobe(1.217, 437.0, 11.8, 36.0) + lobe(0.681, 459.0, 26.0, 13.8),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::luminance;

    /// Chromaticities of the Planckian locus by Kim et al.'s cubic (US patent 7024034, 2002), an approximation made
    /// from the tabulated observer and independent of the fit above.
    fn locus(kelvin: f64) -> (f64, f64) {
        let t = 1e3 / kelvin;
        let x = if kelvin < 4000.0 {
            -0.266_123_9 * t.powi(3) - 0.234_358_9 * t.powi(2) + 0.877_695_6 * t + 0.179_910
        } else {
            -3.025_846_9 * t.powi(3) + 2.107_037_9 * t.powi(2) + 0.222_634_7 * t + 0.240_390
        };
        let y = if kelvin < 2222.0 {
            -1.106_381_4 * x.powi(3) - 1.348_110_2 * x.powi(2) + 2.185_558_32 * x - 0.202_196_83
        } else if kelvin < 4000.0 {
            -0.954_947_6 * x.powi(3) - 1.374_185_93 * x.powi(2) + 2.091_370_15 * x - 0.167_488_67
        } else {
            3.081_758 * x.powi(3) - 5.873_386_7 * x.powi(2) + 3.751_129_97 * x - 0.370_014_83
        };
        (x, y)
    }

    #[test]
    fn colours_lie_on_the_planckian_locus() {
        for kelvin in [1700.0, 2856.0, 4000.0, 5000.0, 6500.0, 10_000.0, 25_000.0] {
            let [x, y, z] = xyz(|nanometres| planck(nanometres, kelvin));
            let sum = x + y + z;
            let (wanted_x, wanted_y) = locus(kelvin);
            let distance = (x / sum - wanted_x).hypot(y / sum - wanted_y);
            assert!(distance < 5e-3, "{kelvin} K is {distance} off");
        }
    }

    #[test]
    fn daylight_is_nearly_white_and_candles_are_red() {
        let day = black_body_linear_rec709(6504.0);
        assert!(day.iter().all(|channel| (channel - 1.0).abs() < 0.06), "{day:?}");
        let candle = black_body_linear_rec709(1900.0);
        assert!(candle[0] > 2.5 * candle[1] && candle[1] > 5.0 * candle[2], "{candle:?}");
    }

    #[test]
    fn any_temperature_is_finite_and_of_luminance_one() {
        for kelvin in [1000.0, 1500.0, 3200.0, 40_000.0] {
            let color = black_body_linear_rec709(kelvin);
            assert!(color.iter().all(|channel| channel.is_finite() && *channel >= 0.0));
            assert!((luminance(color) - 1.0).abs() < 1e-5);
        }
    }
}
