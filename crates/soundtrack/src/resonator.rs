//! Forces to the sound of modes, each an exact damped oscillation.
//!
//! A mode is one complex number that turns and shrinks by e^{sΔ} a sample, s = −δ + iω: exact for free decay, whatever
//! the frequency. A blow is a half-sine of force where bodies spring back, and 1 − cos (van den Doel, Kry and Pai, FoleyAutomatic,
//! SIGGRAPH 2001) where they give way: the half-sine's corners would click where something soft lands. What it adds between
//! two samples is known in closed form, so that a contact of a hundredth of a millisecond is as right as one of ten.

use std::f64::consts::{PI, TAU};

use maquette_conditioning::SAMPLE_RATE_HZ;
use realfft::num_complex::Complex;

use crate::mode::{Mode, RHO_C, SOUND_M_S};

const STEP_S: f64 = 1.0 / SAMPLE_RATE_HZ as f64;

/// A damped oscillation of velocity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resonator {
    pole: Complex<f64>,
    gain: f64,
    /// Joule that stay in it after a blow of one newton second.
    energy_j: f64,
}

/// A force that comes and goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blow {
    pub(crate) start_s: f64,
    pub(crate) length_s: f64,
    /// Force integrated over time, newton seconds.
    pub(crate) impulse_n_s: f64,
    /// Share of it in a half-sine; the rest is one period of 1 − cos.
    pub(crate) springs: f64,
}

impl Resonator {
    /// A mode. `sign` is −1 for the body that is pushed the other way.
    pub(crate) fn of(mode: &Mode, sign: f64) -> Self {
        let decay = 1000f64.ln() / mode.t60_s;
        Self {
            pole: Complex::new(-decay, TAU * mode.frequency_hz),
            gain: sign * mode.gain,
            energy_j: mode.energy_j,
        }
    }

    /// The push that a free body's sudden start gives to the air: a rigid sphere of its volume, whose far field is
    /// p = cos ϑ·ρ·a·c/m·s/(s² + 2s·c/a + 2(c/a)²)·F at one metre (Morse and Ingard, 7.2; Koss and Alfredson, J. Sound
    /// Vib. 27, 1973), averaged over directions. It happens to have the form of a mode.
    pub(crate) fn push(radius_m: f64, mass_kg: f64) -> Self {
        const LEAST_M: f64 = 4e-3;
        let rate = SOUND_M_S / radius_m.max(LEAST_M);
        Self {
            pole: Complex::new(-rate, rate),
            gain: RHO_C * radius_m / (3f64.sqrt() * mass_kg),
            energy_j: 0.0,
        }
    }

    /// Pascals a newton second can at most make: for levels before anything is rendered.
    pub(crate) fn loudest(&self) -> f64 {
        self.gain.abs()
    }

    /// Joule that a blow leaves in it: the force's spectrum decides how much.
    pub(crate) fn takes_j(&self, blow: &Blow) -> f64 {
        let cycles = self.pole.im / TAU * blow.length_s;
        let share = blow.springs * half_sine(cycles) + (1.0 - blow.springs) * swell(cycles);
        self.energy_j * (blow.impulse_n_s * share).powi(2)
    }

    /// As loud times a factor.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self { gain: self.gain * factor, ..self }
    }

    /// Time to fall by a number of decibels.
    pub(crate) fn falls_s(&self, decibels: f64) -> f64 {
        decibels.max(0.0) / 20.0 * 10f64.ln() / -self.pole.re
    }

    /// Adds the sound of blows, from time 0.
    pub(crate) fn strike(&self, blows: &[Blow], samples: &mut [f64]) {
        let turn = (self.pole * STEP_S).exp();
        let last = blows.iter().map(|blow| blow.start_s + blow.length_s).fold(0.0, f64::max);
        let struck = ((last / STEP_S).ceil() as usize + 1).min(samples.len());
        let mut state = Complex::new(0.0, 0.0);
        let slant = self.pole.re / self.pole.im;
        for (n, sample) in samples.iter_mut().enumerate() {
            if n > 0 {
                state *= turn;
            }
            if n > 0 && n < struck {
                let end_s = n as f64 * STEP_S;
                state +=
                    blows.iter().map(|blow| self.gathered(blow, end_s - STEP_S, end_s)).sum::<Complex<f64>>();
            }
            *sample += self.gain * (state.re + slant * state.im);
        }
    }

    /// Adds the sound of a force sampled at 48 kHz.
    pub(crate) fn drive(&self, force_n: &[f64], samples: &mut [f64]) {
        let turn = (self.pole * STEP_S).exp();
        let slant = self.pole.re / self.pole.im;
        let mut state = Complex::new(0.0, 0.0);
        for (force, sample) in force_n.iter().zip(samples) {
            state = state * turn + force * STEP_S;
            *sample += self.gain * (state.re + slant * state.im);
        }
    }

    /// ∫F(u)·e^{s(t−u)}du over a stretch that ends at t.
    fn gathered(&self, blow: &Blow, from_s: f64, to_s: f64) -> Complex<f64> {
        let (from, to) = (from_s.max(blow.start_s), to_s.min(blow.start_s + blow.length_s));
        if from >= to {
            return Complex::new(0.0, 0.0);
        }
        let (springs, gives) = (blow.springs * PI / 2.0, 1.0 - blow.springs);
        let (half, omega) = (PI / blow.length_s, TAU / blow.length_s);
        let primitive = |time_s: f64| {
            let (half_sin, half_cos) = (half * (time_s - blow.start_s)).sin_cos();
            let (sin, cos) = (omega * (time_s - blow.start_s)).sin_cos();
            let square = self.pole * self.pole;
            let sprung = -(half * half_cos + self.pole * half_sin) / (square + half * half);
            let given = (self.pole * cos - omega * sin) / (square + omega * omega) - self.pole.inv();
            springs * sprung + gives * given
        };
        let grown = primitive(to) - (self.pole * (to - from)).exp() * primitive(from);
        (self.pole * (to_s - to)).exp() * grown * (blow.impulse_n_s / blow.length_s)
    }
}

/// Spectrum of a half-sine, by cycles in its length: cos(πx)/(1 − 4x²).
fn half_sine(cycles: f64) -> f64 {
    let below = 1.0 - 4.0 * cycles * cycles;
    if below.abs() < 1e-6 { PI / 4.0 } else { (PI * cycles).cos() / below }
}

/// Spectrum of a period of 1 − cos: sin(πx)/(πx·(1 − x²)).
fn swell(cycles: f64) -> f64 {
    let below = cycles * (1.0 - cycles * cycles);
    match below.abs() < 1e-6 {
        true if cycles > 0.5 => 0.5,
        true => 1.0,
        false => (PI * cycles).sin() / (PI * below),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some of both.
    const SPRINGS: f64 = 0.3;

    fn mode(frequency_hz: f64, t60_s: f64) -> Resonator {
        Resonator::of(&Mode { frequency_hz, t60_s, gain: 1.0, energy_j: 0.0 }, 1.0)
    }

    fn struck(resonator: &Resonator, length_s: f64, seconds: f64) -> Vec<f64> {
        let mut samples = vec![0.0; (seconds / STEP_S) as usize];
        resonator
            .strike(&[Blow { start_s: 0.0, length_s, impulse_n_s: 1.0, springs: SPRINGS }], &mut samples);
        samples
    }

    #[test]
    fn a_mode_falls_by_sixty_decibels_in_its_time() {
        let samples = struck(&mode(1000.0, 0.5), 1e-5, 1.0);
        let rms = |at: usize| (samples[at..at + 480].iter().map(|s| s * s).sum::<f64>() / 480.0).sqrt();
        let fall_db = 20.0 * (rms(4_800) / rms(28_800)).log10();
        assert!((fall_db - 60.0).abs() < 0.01, "{fall_db}");
    }

    #[test]
    fn a_blow_is_the_integral_of_its_force() {
        let (resonator, length_s) = (mode(700.0, 0.1), 1.7e-3);
        let exact = struck(&resonator, length_s, 0.01);
        // A sum over steps a hundred times finer.
        let fine = STEP_S / 200.0;
        let slant = resonator.pole.re / resonator.pole.im;
        for n in [20, 81, 82, 300] {
            let end_s = n as f64 * STEP_S;
            let sum: Complex<f64> = (0..(end_s.min(length_s) / fine) as usize)
                .map(|k| {
                    let at_s = (k as f64 + 0.5) * fine;
                    let turn = PI * at_s / length_s;
                    let (half, swell) = (0.5 * PI * turn.sin(), 1.0 - (2.0 * turn).cos());
                    let force = (SPRINGS * half + (1.0 - SPRINGS) * swell) / length_s;
                    (resonator.pole * (end_s - at_s)).exp() * force * fine
                })
                .sum();
            let expected = sum.re + slant * sum.im;
            assert!((exact[n] - expected).abs() < 1e-3, "{n}: {} {expected}", exact[n]);
        }
    }

    #[test]
    fn a_short_blow_excites_all_and_a_long_one_only_what_is_slow() {
        let loud = |hz: f64, length_s: f64| {
            struck(&mode(hz, 1e3), length_s, 0.05)[1500..].iter().fold(0.0f64, |m, s| m.max(s.abs()))
        };
        assert!((loud(5000.0, 1e-5) - 1.0).abs() < 0.02);
        assert!((loud(100.0, 1e-3) - 1.0).abs() < 0.02);
        assert!(loud(5000.0, 1e-3) < 0.02);
    }

    #[test]
    fn nothing_sounds_before_the_blow() {
        let mut samples = vec![0.0; 100];
        let blow = Blow { start_s: 50.0 * STEP_S, length_s: 1e-4, impulse_n_s: 1.0, springs: 1.0 };
        mode(1000.0, 0.1).strike(&[blow], &mut samples);
        assert!(samples[..=50].iter().all(|s| *s == 0.0) && samples[51] != 0.0);
    }
}
