//! The sun's light after its way through clear air.

use crate::black_body::{linear_rec709, planck, xyz};

/// Illuminance by the sun outside the atmosphere, at its mean distance (CIE S 011: 133.8 klx).
const OUTSIDE_LX: f64 = 133_800.0;
/// The sun as a black body.
const SUN_K: f64 = 5778.0;

/// Illuminance by the sun on a plane that faces it, linear Rec.709 lux, for its height above the horizon and the air's
/// turbidity (1 to 10). Nothing below the horizon.
///
/// Rayleigh and aerosol extinction after Preetham, Shirley and Smits, "A Practical Analytic Model for Daylight",
/// SIGGRAPH 1999, appendix A.1; relative air mass after Kasten and Young, Applied Optics 28 (1989). Ozone and water
/// vapour, a few per cent, are left out.
pub fn sunlight_lux(elevation_rad: f32, turbidity: f32) -> [f32; 3] {
    let elevation = f64::from(elevation_rad);
    if elevation <= 0.0 {
        return [0.0; 3];
    }
    let degrees = elevation.to_degrees();
    let mass = 1.0 / (elevation.sin() + 0.505_72 * (degrees + 6.079_95).powf(-1.6364));
    let aerosols = (0.046_08 * f64::from(turbidity) - 0.045_86).max(0.0);
    let through = |nanometres: f64| {
        let micrometres = nanometres / 1000.0;
        let rayleigh = 0.008_735 * micrometres.powf(-4.08);
        let aerosol = aerosols * micrometres.powf(-1.3);
        (-(rayleigh + aerosol) * mass).exp()
    };
    let outside = xyz(|nanometres| planck(nanometres, SUN_K))[1];
    let arrives = xyz(|nanometres| planck(nanometres, SUN_K) * through(nanometres));
    // A red sun is beyond Rec.709: its negative blue is cut.
    linear_rec709(arrives).map(|channel| (channel.max(0.0) * OUTSIDE_LX / outside) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::luminance;

    #[test]
    fn clear_noon_is_near_a_hundred_thousand_lux_and_sunset_is_red() {
        let lux = |degrees: f32, turbidity: f32| sunlight_lux(degrees.to_radians(), turbidity);
        // Handbooks give 100 klx for a high sun in clear air, of which the sky is a tenth.
        let noon = luminance(lux(60.0, 2.5));
        assert!((85_000.0..105_000.0).contains(&noon), "{noon}");
        let low = lux(3.0, 3.0);
        assert!(low[0] > 2.0 * low[1] && low[1] > 2.0 * low[2], "{low:?}");
        assert!(luminance(lux(60.0, 6.0)) < luminance(lux(60.0, 3.0)), "haze dims");
        assert_eq!(lux(-1.0, 3.0), [0.0; 3]);
    }

    #[test]
    fn without_air_the_sun_is_a_black_body() {
        // Straight up, with nothing but Rayleigh scattering: 0.0965 optical depths at 555 nm.
        let through = luminance(sunlight_lux(std::f32::consts::FRAC_PI_2, 0.0)) / OUTSIDE_LX as f32;
        assert!((through - (-0.0965f32).exp()).abs() < 0.01, "{through}");
    }
}
