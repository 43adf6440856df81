//! Two surfaces that rub or roll to the noise they make.
//!
//! The roughness of a surface that passes under a point is a noise whose highest frequency is speed over grain size; it
//! wrings a force that grows with what presses the bodies together, and that force drives their modes (after van den
//! Doel, Kry and Pai, SIGGRAPH 2001). Rolling averages over the patch of contact: slower, rounder noise, and much less.

use maquette_conditioning::{SAMPLE_RATE_HZ, Slide, Track};

use crate::{
    noise::{bell, seed_of},
    strike::resonators,
    substance::Substance,
};

/// RMS of the wrung force over the normal force when rubbing, and when rolling.
const RUB: f64 = 0.6;
const ROLL: f64 = 0.06;
/// Rolling averages over this many grains.
const PATCH_GRAINS: f64 = 4.0;

/// Pascals at one metre from the tracks' start to their end.
pub(crate) fn slide(slide: &Slide, name: &str) -> Vec<f32> {
    let substances = [0, 1].map(|side| Substance::named(&slide.materials[side]));
    let grain_m = substances[0].grain_m.max(substances[1].grain_m);
    let rub = wrung(&slide.slip_m_s, &slide.force_n, grain_m, RUB, seed_of(name));
    let roll = wrung(&slide.travel_m_s, &slide.force_n, PATCH_GRAINS * grain_m, ROLL, seed_of(name) ^ 1);
    let force: Vec<f64> = rub.iter().zip(&roll).map(|(rub, roll)| rub + roll).collect();
    let mut samples = vec![0.0; force.len()];
    resonators(&slide.bodies, &substances).iter().for_each(|r| r.drive(&force, &mut samples));
    samples.into_iter().map(|sample| sample as f32).collect()
}

/// A force: noise of unit power below speed over grain, times the normal force and a share.
fn wrung(speed: &Track<f32>, force: &Track<f32>, grain_m: f64, share: f64, seed: u64) -> Vec<f64> {
    let rate = f64::from(SAMPLE_RATE_HZ);
    let seconds = (force.samples.len() - 1) as f64 * force.step_s;
    let mut rough = 0.0;
    (0..(seconds * rate) as usize)
        .map(|n| {
            let time_s = force.start_s + n as f64 / rate;
            let speed_m_s = f64::from(speed.at(time_s)).abs();
            let highest_hz = (speed_m_s / grain_m).min(0.4 * rate);
            let keep = (-std::f64::consts::TAU * highest_hz / rate).exp();
            // A profile that falls by 6 dB an octave beyond its grain, as ground and worn surfaces do. The power of a
            // one-pole filter on white noise is (1−k)/(1+k).
            rough = keep * rough + (1.0 - keep) * bell(seed, n as u64);
            let power = (1.0 - keep) / (1.0 + keep);
            // What hardly moves does not sound, however hard it presses.
            let awake = (speed_m_s / 0.02).min(1.0);
            share * awake * f64::from(force.at(time_s)).max(0.0) * rough / power.max(1e-12).sqrt()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use maquette_conditioning::Body;

    use super::*;

    fn track(value: f32) -> Track<f32> {
        Track { start_s: 0.0, step_s: 0.01, samples: vec![value; 101] }
    }

    fn dragged(materials: [&str; 2], slip: f32, travel: f32, force: f32) -> Vec<f32> {
        let floor = Body { size_m: Vec3::new(8.0, 0.15, 8.0), fixed: true, ..Body::default() };
        let bar = Body { size_m: Vec3::new(0.3, 0.02, 0.04), mass_kg: 1.9, ..Body::default() };
        let slid = Slide {
            materials: materials.map(Into::into),
            bodies: [floor, bar],
            slip_m_s: track(slip),
            travel_m_s: track(travel),
            force_n: track(force),
        };
        slide(&slid, "drag")
    }

    fn level_db(samples: &[f32]) -> f64 {
        let power = samples[4_800..].iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / 43_200.0;
        10.0 * (power / 4e-10).log10()
    }

    fn brightness(samples: &[f32]) -> f64 {
        let rise: f64 = samples.windows(2).map(|w| f64::from(w[1] - w[0]).powi(2)).sum();
        rise / samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>()
    }

    #[test]
    fn twice_the_force_is_six_decibels_more() {
        let [soft, hard] =
            [5.0, 10.0].map(|force| level_db(&dragged(["concrete", "steel"], 1.0, 0.0, force)));
        println!("steel dragged over concrete at 1 m/s with 10 N: {hard:.1} dB");
        assert!((hard - soft - 6.02).abs() < 0.01);
        assert!((55.0..90.0).contains(&hard), "{hard}");
    }

    #[test]
    fn faster_is_brighter_and_louder() {
        let [slow, fast] = [0.1, 1.0].map(|slip| dragged(["concrete", "steel"], slip, 0.0, 10.0));
        assert!(brightness(&fast) > 1.5 * brightness(&slow) && level_db(&fast) > level_db(&slow) + 3.0);
    }

    #[test]
    fn rolling_is_softer_than_rubbing_and_rest_is_silence() {
        let rub = level_db(&dragged(["wood", "steel"], 1.0, 0.0, 10.0));
        let roll = level_db(&dragged(["wood", "steel"], 0.0, 1.0, 10.0));
        assert!(roll < rub - 10.0, "{roll} {rub}");
        assert!(dragged(["wood", "steel"], 0.0, 0.0, 10.0).iter().all(|s| *s == 0.0));
        assert!(dragged(["wood", "steel"], 1.0, 0.0, 0.0).iter().all(|s| *s == 0.0));
    }
}
