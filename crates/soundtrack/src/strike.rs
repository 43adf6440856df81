//! A hit to the sound of what was hit.
//!
//! Both bodies ring: each is a few decaying partials, pitched by its substance and by the mass that took part, dulled by
//! how long the softer of the two keeps touching. The level follows from energy: a fixed share of ½·impulse·speed leaves
//! as sound, spread over a sphere. A modal model of the real shapes is to replace this.

use std::f64::consts::{PI, TAU};

use maquette_conditioning::{Contact, SAMPLE_RATE_HZ};

use crate::substance::Substance;

/// Characteristic impedance of air.
const RHO_C: f64 = 413.0;
/// No partial rings longer; real props are held, screwed down or lie on something.
const LONGEST_T60_S: f64 = 1.6;
/// Partials above are left out.
const HIGHEST_HZ: f64 = 18_000.0;
/// The loudest hit at one metre: 130 dB peak. Physics sometimes invents an impulse.
const MOST_PEAK_PA: f64 = 63.0;
/// What rings on below this share of the peak is cut: −90 dB.
const TAIL: f64 = 3e-5;

/// Pascals at one metre, from the instant of the hit. Empty for a touch without energy.
pub(crate) fn strike(contact: &Contact) -> Vec<f32> {
    let (impulse, speed) = (f64::from(contact.impulse_n_s), f64::from(contact.closing_speed_m_s));
    let energy_j = 0.5 * impulse * speed;
    if !energy_j.is_finite() || energy_j < 1e-9 || impulse < 0.0 {
        return Vec::new();
    }
    let mass_kg = (impulse / speed).clamp(1e-4, 1e3);
    let bodies = [0, 1].map(|i| Substance::named(&contact.materials[i]));
    let touch_s = bodies[0].touch_s.max(bodies[1].touch_s);
    let partials: Vec<Partial> =
        bodies.iter().flat_map(|body| Partial::of(body, mass_kg, touch_s, energy_j)).collect();
    rendered(&partials)
}

/// One decaying sine.
#[derive(Clone, Copy, Debug)]
struct Partial {
    frequency_hz: f64,
    t60_s: f64,
    amplitude_pa: f64,
}

impl Partial {
    /// The partials of a body, with ∫p²dt·4π/(ρc) = efficiency · energy before the softness of the touch takes its share.
    fn of(body: &Substance, mass_kg: f64, touch_s: f64, energy_j: f64) -> Vec<Self> {
        let lowest_hz = body.lowest_hz * mass_kg.powf(-1.0 / 3.0);
        let audible = body.ratios.iter().map(|ratio| ratio * lowest_hz).filter(|&f| f < HIGHEST_HZ);
        let mut partials: Vec<Self> = audible
            .enumerate()
            .map(|(index, frequency_hz)| Self {
                frequency_hz,
                t60_s: (2.2 / (frequency_hz * body.loss)).min(LONGEST_T60_S),
                amplitude_pa: 1.0 / (1.0 + index as f64).sqrt(),
            })
            .collect();
        let radiated = partials.iter().map(Self::radiated_j).sum::<f64>();
        // A body smaller than the waves it makes pushes the air around it aside instead of away: less leaves it.
        let radiation = mass_kg.powf(1.0 / 3.0).min(1.0);
        let gain = (radiation * body.efficiency * energy_j / radiated.max(1e-30)).sqrt();
        for partial in &mut partials {
            partial.amplitude_pa *= gain * touch(partial.frequency_hz * touch_s);
        }
        partials
    }

    /// Energy through the sphere of one metre: a²/(4δ)·4π/(ρc), with δ = ln(1000)/T60.
    fn radiated_j(&self) -> f64 {
        PI * self.amplitude_pa.powi(2) * self.t60_s / (RHO_C * 1000f64.ln())
    }
}

/// Spectrum of a half-sine force of length T over its value at 0, by f·T: |cos(πfT)/(1 − 4f²T²)|, with its zeros filled in.
fn touch(cycles: f64) -> f64 {
    if cycles < 0.6 {
        let below = 1.0 - 4.0 * cycles * cycles;
        return if below.abs() < 1e-3 { PI / 4.0 } else { ((PI * cycles).cos() / below).abs() };
    }
    touch(0.59) * (0.59 / cycles).powi(2)
}

fn rendered(partials: &[Partial]) -> Vec<f32> {
    let peak: f64 = partials.iter().map(|p| p.amplitude_pa).sum();
    if peak <= 0.0 {
        return Vec::new();
    }
    let gain = (MOST_PEAK_PA / peak).min(1.0);
    let decays = |p: &Partial| p.t60_s * (p.amplitude_pa / (peak * TAIL)).max(1.0).log10() / 3.0;
    let length_s = partials.iter().map(decays).fold(0.0, f64::max);
    let rate = f64::from(SAMPLE_RATE_HZ);
    let mut samples = vec![0.0f64; (length_s * rate).ceil() as usize];
    for partial in partials {
        let decay_per_sample = (-(1000f64.ln()) / (partial.t60_s * rate)).exp();
        let mut level = gain * partial.amplitude_pa;
        for (i, sample) in samples.iter_mut().enumerate() {
            *sample += level * (TAU * partial.frequency_hz * i as f64 / rate).sin();
            level *= decay_per_sample;
        }
    }
    samples.into_iter().map(|sample| sample as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(materials: [&str; 2], impulse_n_s: f32, closing_speed_m_s: f32) -> Vec<f32> {
        strike(&Contact {
            time_s: 0.0,
            position_m: glam::Vec3::ZERO,
            objects: [1, 2],
            materials: materials.map(Into::into),
            impulse_n_s,
            closing_speed_m_s,
        })
    }

    fn energy(samples: &[f32]) -> f64 {
        samples.iter().map(|&s| f64::from(s).powi(2)).sum()
    }

    fn peak_db(samples: &[f32]) -> f64 {
        20.0 * (f64::from(samples.iter().fold(0.0f32, |m, s| m.max(s.abs()))) / 20e-6).log10()
    }

    #[test]
    fn a_dropped_tool_is_loud_and_a_dropped_pen_is_not() {
        let tool = peak_db(&hit(["sealed concrete", "brushed steel"], 3.5, 5.4));
        let pen = peak_db(&hit(["sealed concrete", "plastic"], 0.05, 4.4));
        println!("tool {tool:.1} dB, pen {pen:.1} dB");
        assert!((85.0..105.0).contains(&tool), "{tool}");
        assert!((60.0..82.0).contains(&pen), "{pen}");
    }

    #[test]
    fn energy_follows_impulse_and_speed() {
        let ratio = energy(&hit(["oak", "oak"], 2.0, 4.0)) / energy(&hit(["oak", "oak"], 1.0, 2.0));
        assert!((ratio - 4.0).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn metal_rings_wood_knocks_and_rubber_thuds() {
        let [metal, wood, rubber] = ["steel", "wood", "rubber"].map(|m| hit([m, m], 1.0, 2.0));
        assert!(metal.len() > 4 * wood.len() && wood.len() > rubber.len());
        let rise = |s: &[f32]| s.windows(2).map(|w| f64::from(w[1] - w[0]).powi(2)).sum::<f64>() / energy(s);
        assert!(rise(&metal) > rise(&wood) && rise(&wood) > 4.0 * rise(&rubber), "bright to dull");
    }

    #[test]
    fn a_touch_without_energy_is_silent() {
        for (impulse, speed) in [(0.0, 1.0), (1.0, 0.0), (-1.0, -1.0), (f32::NAN, 1.0), (f32::INFINITY, 1.0)]
        {
            assert!(hit(["steel", "steel"], impulse, speed).is_empty());
        }
    }

    #[test]
    fn an_absurd_impulse_stays_bearable() {
        assert!(peak_db(&hit(["steel", "steel"], 1e6, 1e3)) < 130.1);
    }
}
