//! A seed to white noise of even energy over time, octave by octave.
//!
//! Energy that noise carries over a short time is a matter of luck: in the octave at 125 Hz, that of 50 ms spreads by a
//! half between seeds. Low-noise noise (Pumplin, "Low-noise noise", J. Acoust. Soc. Am. 78, 1985) has the same flat
//! spectrum and phases at which its envelope hardly moves. They are found as by Kohlrausch et al. ("Detection of tones in
//! low-noise noise", Acustica 83, 1997): divide by the envelope, restore the spectrum, and so on.

use realfft::{RealFftPlanner, num_complex::Complex};

use crate::noise::finalised;

/// Lowest edge of the octaves that are made even, in Hz: that of the octave at 62.5 Hz.
const FROM_HZ: f64 = 44.194;
/// So many octaves, up to that at 2 kHz. Above, noise is even enough by itself.
const OCTAVES: i32 = 6;
/// How often the envelope is divided out: 10 ms of work. More gain little.
const ROUNDS: usize = 20;

/// The spectrum, from 0 Hz to half the rate, of noise of power 1 that repeats after `period` samples at `rate_hz`. An
/// inverse transform without a factor gives the samples.
pub(crate) fn spectrum(seed: u64, period: usize, rate_hz: f64) -> Vec<Complex<f32>> {
    let scale = 1.0 / (period as f32).sqrt();
    let mut lines: Vec<Complex<f32>> = (0..=period / 2).map(|line| scale * phase(seed, line)).collect();
    for octave in 0..OCTAVES {
        let edge = |octave: i32| (FROM_HZ * 2f64.powi(octave) * period as f64 / rate_hz).round() as usize;
        let (from, to) = (edge(octave), edge(octave + 1));
        even(&mut lines[from..to], scale);
    }
    // A real signal has no imaginary part at 0 Hz and at half the rate.
    lines[0] = Complex::default();
    lines[period / 2].im = 0.0;
    lines
}

/// One of four, by chance.
fn phase(seed: u64, line: usize) -> Complex<f32> {
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let signs =
        finalised(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(line as u64 / 32)) >> (line % 32 * 2);
    let [re, im] = [signs & 1, signs >> 1 & 1].map(|sign| if sign == 0 { half } else { -half });
    Complex::new(re, im)
}

/// Turns the phases of neighbouring lines, of magnitude `scale`, until the envelope of what they make is even. An envelope
/// depends on how far apart lines are, not on where: they may stand anywhere in a shorter transform.
fn even(lines: &mut [Complex<f32>], scale: f32) {
    let length = (4 * lines.len()).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
    let from = lines.len() / 2;
    let mut spectrum = inverse.make_input_vec();
    let [mut wave, mut quarter] = [(); 2].map(|()| inverse.make_output_vec());
    for _ in 0..ROUNDS {
        for (turn, samples) in [(Complex::new(1.0, 0.0), &mut wave), (Complex::new(0.0, -1.0), &mut quarter)]
        {
            spectrum.fill(Complex::default());
            spectrum[from..].iter_mut().zip(&*lines).for_each(|(to, line)| *to = turn * line);
            let result = inverse.process(&mut spectrum, samples);
            debug_assert!(result.is_ok(), "lengths come from the transform itself");
        }
        let flattened = |(wave, quarter): (&mut f32, &f32)| *wave /= wave.hypot(*quarter).max(1e-12);
        wave.iter_mut().zip(&quarter).for_each(flattened);
        let result = forward.process(&mut wave, &mut spectrum);
        debug_assert!(result.is_ok(), "lengths come from the transform itself");
        lines
            .iter_mut()
            .zip(&spectrum[from..])
            .for_each(|(line, to)| *line = to * (scale / to.norm().max(1e-12)));
    }
}
