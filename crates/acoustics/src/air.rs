//! Air to the sound it swallows.

use maquette_conditioning::{Air, BAND_CENTRES_HZ};

/// Pure-tone attenuation by the atmosphere at one frequency, in dB per metre (ISO 9613-1:1993, equations 3 to 5 and
/// annex B). Valid for −20 to 50 °C and 10 to 100 % humidity; `absorbs` is not looked at.
pub fn air_absorption_db_per_m(air: &Air, frequency_hz: f64) -> f64 {
    const REFERENCE_PA: f64 = 101_325.0;
    const REFERENCE_K: f64 = 293.15;
    const TRIPLE_POINT_K: f64 = 273.16;
    let pressure = f64::from(air.pressure_pa) / REFERENCE_PA;
    let kelvin = f64::from(air.temperature_k);
    let warmth = kelvin / REFERENCE_K;
    let saturation = 10f64.powf(-6.8346 * (TRIPLE_POINT_K / kelvin).powf(1.261) + 4.6151);
    let vapour_percent = 100.0 * f64::from(air.humidity) * saturation / pressure;

    let oxygen_hz =
        pressure * (24.0 + 4.04e4 * vapour_percent * (0.02 + vapour_percent) / (0.391 + vapour_percent));
    let nitrogen_hz = pressure
        * warmth.powf(-0.5)
        * (9.0 + 280.0 * vapour_percent * (-4.170 * (warmth.powf(-1.0 / 3.0) - 1.0)).exp());
    let squared = frequency_hz * frequency_hz;
    let classical = 1.84e-11 / pressure * warmth.sqrt();
    let oxygen = 0.01275 * (-2239.1 / kelvin).exp() / (oxygen_hz + squared / oxygen_hz);
    let nitrogen = 0.1068 * (-3352.0 / kelvin).exp() / (nitrogen_hz + squared / nitrogen_hz);
    8.686 * squared * (classical + warmth.powf(-2.5) * (oxygen + nitrogen))
}

/// The eight bands' attenuation in dB per metre; zero where the air is told not to absorb.
pub(crate) fn band_absorption_db_per_m(air: &Air) -> [f64; 8] {
    if air.absorbs { BAND_CENTRES_HZ.map(|hz| air_absorption_db_per_m(air, f64::from(hz))) } else { [0.0; 8] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_air_leaves_sound_alone() {
        assert_eq!(band_absorption_db_per_m(&Air { absorbs: false, ..Air::default() }), [0.0; 8]);
    }

    #[test]
    fn dry_air_swallows_more_treble_than_damp_air() {
        let at = |humidity| air_absorption_db_per_m(&Air { humidity, ..Air::default() }, 8000.0);
        assert!(at(0.2) > 1.5 * at(0.8), "{} {}", at(0.2), at(0.8));
    }
}
