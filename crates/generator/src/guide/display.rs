//! Scene-linear light to the display's code values and back: what the video model sees, and what it makes.
//!
//! Up to a knee the light is itself; above it a logarithm bends it towards 1, with the slope of 1 where they meet:
//!
//! y = x for x ≤ k, and k + c·ln(1 + (x − k)/c) above,
//!
//! and the sRGB transfer (IEC 61966-2-1) makes it a code value. A logarithm, because the model's frames carry noise of about a
//! code value of 8 bits, and the inverse must not blow that up: a step of 1/255 at white is 9 % of the light there, where
//! Reinhard's curve, x/(1 + x), would turn it into any value up to infinity. Eight times diffuse white is code 1; brighter light
//! comes back from the set, see `relock`.

use maquette_conditioning::Plane;

use crate::transfer::{srgb_forward, srgb_inverse};

/// The largest light that comes back: 3 stops above diffuse white.
pub(crate) const DISPLAY_LIMIT: f32 = 8.0;
/// Where the curve leaves the identity.
const KNEE: f32 = 0.6;
/// Solves k + c·ln(1 + (8 − k)/c) = 1.
const SOFTNESS: f32 = 0.090_601_614;

/// Scene-linear exposed light, any value, to code values 0 to 1, channel by channel. NaN and negative light are 0.
pub(crate) fn encode(light: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    light.map(|light| light.map(code))
}

/// Code values to scene-linear light, 0 to [`DISPLAY_LIMIT`]; values out of range count as the nearest in it, NaN as 0.
pub(crate) fn decode(codes: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    codes.map(|codes| codes.map(linear))
}

fn code(light: f32) -> f32 {
    let light = light.max(0.0);
    let bent = if light <= KNEE { light } else { KNEE + SOFTNESS * ((light - KNEE) / SOFTNESS).ln_1p() };
    srgb_forward(bent.min(1.0))
}

#[expect(clippy::manual_clamp, reason = "clamp would keep NaN")]
fn linear(code: f32) -> f32 {
    let bent = srgb_inverse(code.max(0.0).min(1.0));
    if bent <= KNEE {
        bent
    } else {
        (KNEE + SOFTNESS * ((bent - KNEE) / SOFTNESS).exp_m1()).min(DISPLAY_LIMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_the_knee_it_is_srgb_and_comes_back_to_a_hundred_thousandth() {
        for step in 0..=6000 {
            let light = step as f32 / 10_000.0;
            assert_eq!(code(light), srgb_forward(light));
            assert!((linear(code(light)) - light).abs() <= 1e-5 * light, "{light}: {}", linear(code(light)));
        }
    }

    #[test]
    fn above_it_light_comes_back_to_a_thousandth_up_to_the_limit() {
        for step in 600..=8000 {
            let light = step as f32 / 1000.0;
            assert!((linear(code(light)) - light).abs() <= 1e-3 * light, "{light}: {}", linear(code(light)));
        }
    }

    #[test]
    fn codes_rise_with_light_and_reach_one_at_the_limit() {
        let codes: Vec<f32> = (0..=1600).map(|step| code(step as f32 / 200.0)).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((codes[1600] - 1.0).abs() < 1e-6, "{}", codes[1600]);
        assert_eq!([f32::NAN, -3.0].map(code), [0.0; 2]);
        assert!([1e9, f32::INFINITY].map(code).iter().all(|code| (code - 1.0).abs() < 1e-6));
        assert_eq!([f32::NAN, -0.2].map(linear), [0.0; 2]);
        assert!((linear(1.7) - DISPLAY_LIMIT).abs() < 1e-4, "{}", linear(1.7));
    }

    #[test]
    fn a_step_of_eight_bits_is_at_most_a_tenth_of_the_light_above_the_knee() {
        for step in 205..=255 {
            let [below, above] = [step - 1, step].map(|code: u16| linear(f32::from(code) / 255.0));
            assert!(above / below < 1.105, "{step}: {below} to {above}");
        }
    }
}
