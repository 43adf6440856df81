//! A noisy voice to one without its steady noise: short spectra, each frequency lowered by how much of it is noise.
//!
//! Wiener gains with the decision-directed estimate of Ephraim and Malah (IEEE TASSP 32(6), 1984, equation 51), which keeps single bins
//! from twinkling. Windows are square-rooted Hann at half overlap: they add up to 1.

use realfft::{RealFftPlanner, num_complex::Complex};

/// Samples of a spectrum: 21 ms.
pub(super) const WINDOW: usize = 1024;
/// Samples between spectra.
pub(super) const HOP: usize = WINDOW / 2;
/// Weight of the last spectrum in the estimate of how much is voice.
const MEMORY: f32 = 0.96;
/// Least gain, −20 dB: a little noise left hides what the estimate gets wrong; pauses are silenced as a whole.
const LEAST: f32 = 0.1;

/// What comes out.
pub(super) struct Cleaned {
    /// As many samples as went in.
    pub samples: Vec<f32>,
    /// By spectrum, power over the noise's, as heard: 1 is noise alone.
    pub activity: Vec<f32>,
    /// RMS of the noise, full scale 1.
    pub tone: f32,
}

pub(super) fn cleaned(samples: &[f32]) -> Cleaned {
    let spectra = spectra(samples);
    let noise = learnt(&spectra);
    let activity = spectra.iter().map(|spectrum| activity(spectrum, &noise)).collect();
    // Power of a bin is that of WINDOW samples under a window whose squares average to a half.
    let power = 2.0 * noise.iter().sum::<f32>() / (WINDOW * WINDOW) as f32 / 0.5;
    Cleaned { samples: resynthesised(spectra, &noise, samples.len()), activity, tone: power.sqrt() }
}

fn window() -> Vec<f32> {
    (0..WINDOW).map(|i| (std::f32::consts::PI * (i as f32 + 0.5) / WINDOW as f32).sin()).collect()
}

/// One spectrum a hop; the first begins a hop before the recording.
fn spectra(samples: &[f32]) -> Vec<Vec<Complex<f32>>> {
    let plan = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW);
    let window = window();
    let count = samples.len().div_ceil(HOP) + 1;
    let at = |i: usize| if i < HOP { 0.0 } else { samples.get(i - HOP).copied().unwrap_or(0.0) };
    let spectrum = |frame: usize| {
        let mut input: Vec<f32> = (0..WINDOW).map(|i| window[i] * at(frame * HOP + i)).collect();
        let mut output = plan.make_output_vec();
        // Fails on lengths that differ from the plan's only.
        let _ = plan.process(&mut input, &mut output);
        output
    };
    (0..count).map(spectrum).collect()
}

/// Mean power of every frequency over the quietest twentieth of the recording, and no less than six spectra; digital
/// silence does not count.
fn learnt(spectra: &[Vec<Complex<f32>>]) -> Vec<f32> {
    let bins = WINDOW / 2 + 1;
    let power = |spectrum: &Vec<Complex<f32>>| spectrum.iter().map(Complex::norm_sqr).sum::<f32>();
    // The ends are half empty.
    let inner = spectra.get(1..spectra.len().saturating_sub(2)).unwrap_or_default();
    let mut order: Vec<(f32, usize)> = inner.iter().map(power).zip(0..).filter(|&(p, _)| p > 1e-9).collect();
    if order.len() * 10 < 6 * inner.len().max(1) {
        // Mostly digital silence: nothing was recorded between the words.
        return vec![0.0; bins];
    }
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let count = (order.len() / 20).max(6).min(order.len());
    let mut mean = vec![0.0; bins];
    for &(_, frame) in &order[..count] {
        mean.iter_mut().zip(&inner[frame]).for_each(|(m, bin)| *m += bin.norm_sqr() / count as f32);
    }
    let near = |i: usize| &mean[i.saturating_sub(2)..(i + 3).min(bins)];
    // The quietest are quieter than the rest: 1 dB more is their typical level.
    (0..bins).map(|i| 1.26 * near(i).iter().sum::<f32>() / near(i).len() as f32).collect()
}

/// Mean over voice frequencies (100 Hz to 8 kHz) of power over noise, each bin at most 40 dB.
fn activity(spectrum: &[Complex<f32>], noise: &[f32]) -> f32 {
    let bin = |hz: usize| hz * WINDOW / super::VOICE_RATE_HZ as usize;
    let bins = bin(100)..bin(8000);
    let count = bins.len() as f32;
    bins.map(|i| (spectrum[i].norm_sqr() / (noise[i] + 1e-9)).min(1e4)).sum::<f32>() / count
}

fn resynthesised(mut spectra: Vec<Vec<Complex<f32>>>, noise: &[f32], length: usize) -> Vec<f32> {
    let plan = RealFftPlanner::<f32>::new().plan_fft_inverse(WINDOW);
    let window = window();
    let mut result = vec![0.0; spectra.len() * HOP + WINDOW];
    let mut voice = vec![0.0; noise.len()];
    let mut output = plan.make_output_vec();
    for (frame, spectrum) in spectra.iter_mut().enumerate() {
        for ((bin, &noise), voice) in spectrum.iter_mut().zip(noise).zip(&mut voice) {
            let power = bin.norm_sqr();
            if noise > 0.0 {
                let over = (power / noise - 1.0).max(0.0);
                let estimate = MEMORY * *voice / noise + (1.0 - MEMORY) * over;
                let prior = estimate.max(0.7 * over);
                *bin *= (prior / (1.0 + prior)).max(LEAST);
            }
            *voice = bin.norm_sqr();
        }
        // A real signal's first and last bins are real; rounding may have left otherwise.
        let last = spectrum.len() - 1;
        spectrum[0].im = 0.0;
        spectrum[last].im = 0.0;
        let _ = plan.process(spectrum, &mut output);
        let place = &mut result[frame * HOP..frame * HOP + WINDOW];
        let terms = place.iter_mut().zip(&output).zip(&window);
        terms.for_each(|((sum, &value), &weight)| *sum += value * weight / WINDOW as f32);
    }
    result[HOP..HOP + length].to_vec()
}
