//! Two sounds to how much one differs, as far as ears tell.

use std::error::Error;

use ebur128::{EbuR128, Mode};
use realfft::RealFftPlanner;

/// What a mark changes.
pub(crate) struct Quality {
    /// Mean over frames and Bark bands of noise over masking threshold; below −10 dB is taken as inaudible (ITU-R BS.1387).
    pub noise_to_mask_db: f64,
    /// Mean over frames of 20 ms of change over sound, both whole-band.
    pub noise_to_signal_db: f64,
    /// Integrated loudness after less before.
    pub loudness_lu: f64,
    /// True peak after less before.
    pub true_peak_db: f64,
}

const FRAME: usize = 2048;

/// Compares channels at 48 kHz.
pub(crate) fn quality(before: &[Vec<f32>], after: &[Vec<f32>]) -> Result<Quality, Box<dyn Error>> {
    let change: Vec<Vec<f32>> =
        before.iter().zip(after).map(|(b, a)| b.iter().zip(a).map(|(b, a)| a - b).collect()).collect();
    let (loud, peak) = loudness(before)?;
    let (loud_after, peak_after) = loudness(after)?;
    Ok(Quality {
        noise_to_mask_db: noise_to_mask(before, &change)?,
        noise_to_signal_db: segmental(before, &change),
        loudness_lu: loud_after - loud,
        true_peak_db: peak_after - peak,
    })
}

fn loudness(channels: &[Vec<f32>]) -> Result<(f64, f64), Box<dyn Error>> {
    let mut meter = EbuR128::new(channels.len() as u32, 48_000, Mode::I | Mode::TRUE_PEAK)?;
    meter.add_frames_planar_f32(&channels.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
    let peaks: Result<Vec<f64>, _> = (0..channels.len() as u32).map(|c| meter.true_peak(c)).collect();
    Ok((meter.loudness_global()?, 20.0 * peaks?.into_iter().fold(1e-9, f64::max).log10()))
}

fn segmental(before: &[Vec<f32>], change: &[Vec<f32>]) -> f64 {
    let power = |samples: &[f32]| samples.iter().map(|s| f64::from(s * s)).sum::<f64>();
    let ratios: Vec<f64> = before
        .iter()
        .zip(change)
        .flat_map(|(b, c)| b.chunks(960).zip(c.chunks(960)))
        .map(|(b, c)| (power(b), power(c)))
        .filter(|(b, c)| *b > 960.0 * 1e-7 && *c > 0.0)
        .map(|(b, c)| 10.0 * (c / b).log10())
        .collect();
    ratios.iter().sum::<f64>() / ratios.len().max(1) as f64
}

/// After Brandenburg, "Evaluation of quality for audio encoding at low bit rates" (1987): energies in Bark bands spread by 27 dB a Bark
/// downwards and 24 upwards, less the offset of BS.1387.
fn noise_to_mask(before: &[Vec<f32>], change: &[Vec<f32>]) -> Result<f64, Box<dyn Error>> {
    let mut total = (0.0, 0usize);
    for (before, change) in before.iter().zip(change) {
        let frames = before.len().saturating_sub(FRAME) / (FRAME / 2);
        for frame in 0..frames {
            let at = frame * FRAME / 2;
            let (signal, noise) = (barks(&before[at..at + FRAME])?, barks(&change[at..at + FRAME])?);
            if signal.iter().sum::<f64>() < 1e-7 {
                continue;
            }
            total.0 += (0..24).map(|z| noise[z] / mask(&signal, z)).sum::<f64>() / 24.0;
            total.1 += 1;
        }
    }
    Ok(10.0 * (total.0 / total.1.max(1) as f64).log10())
}

fn mask(signal: &[f64; 24], band: usize) -> f64 {
    let spread: f64 = (0..24)
        .map(|from| {
            signal[from]
                * 10f64.powf(-0.1 * if from > band { 27.0 } else { 24.0 } * band.abs_diff(from) as f64)
        })
        .sum();
    let offset = if band < 12 { 3.0 } else { 0.25 * band as f64 };
    // Below: a quiet room, 90 dB under full scale.
    spread * 10f64.powf(-0.1 * offset) + 1e-9
}

fn barks(samples: &[f32]) -> Result<[f64; 24], Box<dyn Error>> {
    let transform = RealFftPlanner::<f32>::new().plan_fft_forward(FRAME);
    let mut input: Vec<f32> = samples
        .iter()
        .enumerate()
        .map(|(n, s)| s * (0.5 - 0.5 * (std::f32::consts::TAU * n as f32 / FRAME as f32).cos()))
        .collect();
    let mut spectrum = transform.make_output_vec();
    transform.process(&mut input, &mut spectrum)?;
    let mut bands = [0.0; 24];
    for (bin, value) in spectrum.iter().enumerate().skip(1) {
        let hz = bin as f64 * 48_000.0 / FRAME as f64;
        // Zwicker and Terhardt (1980).
        let bark = 13.0 * (0.00076 * hz).atan() + 3.5 * (hz / 7500.0).powi(2).atan();
        bands[(bark as usize).min(23)] +=
            f64::from(value.norm_sqr()) * 8.0 / 3.0 / (FRAME * FRAME) as f64 * 2.0;
    }
    Ok(bands)
}
