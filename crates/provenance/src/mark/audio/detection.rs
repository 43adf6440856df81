//! A sound to the mark in it, with a bound on the chance that there is none.
//!
//! The bound needs no model of sounds. A key's signs are independent of every sound that was made without it; so a sum of `n` values
//! with these signs exceeds `z` times the root of the sum of their squares with a probability below exp(−z²/2) (Hoeffding,
//! "Probability inequalities for sums of bounded random variables", 1963), for any values. All offsets, speeds, stretches and
//! words tried multiply it.

use super::{
    pattern::{CHIPS, PAIRS, Pattern, SYMBOLS},
    payload::{LN_WORDS, Payload, Symbol, transform},
    spectrogram::{self, BANDS, Bands, HOP, PAIR},
};
use crate::mark::{InstallKey, PublicKey};

/// The highest chance that a mark is found in a sound without one.
pub const CHANCE: f64 = 1e-6;

/// Frames after which the pattern repeats.
const PERIOD: usize = PAIRS * PAIR;
/// Frames of the stretches tried on their own, three periods or 16 s: a sound whose clock is off by 0.2 % has slipped by less than
/// a tile over so long.
const STRETCH: usize = 3 * PERIOD;
/// Playback speeds that are tried: as marked, and what conversions between 23.976, 24 and 25 frames a second make.
const SPEEDS: [f64; 5] = [1.0, 25.0 / 24.0, 24.0 / 25.0, 25.0 * 1001.0 / 24_000.0, 24_000.0 / 25_025.0];

/// A mark that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The lower [`ID_BITS`](super::ID_BITS) bits of the id it was made with.
    pub id: u32,
    /// 1 less the chance that a sound without a mark gives as much: at least 1 − 1e-6.
    pub confidence: f64,
    /// Correlation with the mark, in standard deviations of chance.
    pub correlation_z: f64,
    /// Playback speed against the marked original.
    pub speed: f64,
    /// The stretch of the sound that gave it, in seconds.
    pub stretch_s: (f64, f64),
    signature: u8,
}

impl Found {
    /// Whether the mark was made with this install key. Of other keys, one in 256 passes.
    pub fn is_by(&self, key: &InstallKey) -> bool {
        Payload { id: self.id, signature: self.signature }.is_by(key)
    }
}

/// Looks for a mark in `channels`, of equal length at 48 kHz.
///
/// The whole is tried first, then stretches of 16 s, then both at other speeds.
pub fn detect(channels: &[Vec<f32>], key: PublicKey) -> Option<Found> {
    let pattern = Pattern::of(key);
    let samples = channels.iter().map(Vec::len).max().unwrap_or(0);
    let tries = SPEEDS.len() * PERIOD * (1 + stretches(spectrogram::frames(samples, HOP as f64)).len());
    SPEEDS.into_iter().find_map(|speed| at_speed(channels, &pattern, speed, tries))
}

/// The strongest correlation of the whole sound with any mark at normal speed, in standard deviations of chance; for
/// measuring what sounds without a mark give.
pub fn strongest(channels: &[Vec<f32>], keys: &[PublicKey]) -> Vec<f64> {
    let differences = spectrogram::differences(&spectrogram::powers(channels, 1.0)).relative;
    let folded = folded(&differences);
    keys.iter().map(|key| best(&folded, &Pattern::of(*key)).z).collect()
}

fn at_speed(channels: &[Vec<f32>], pattern: &Pattern, speed: f64, tries: usize) -> Option<Found> {
    let differences = spectrogram::differences(&spectrogram::powers(channels, speed)).relative;
    let whole = std::iter::once((0, differences.len()));
    whole.chain(stretches(differences.len())).find_map(|(from, to)| {
        let fit = best(&folded(&differences[from..to]), pattern);
        let chance = (LN_WORDS + (tries as f64).ln() - 0.5 * fit.z * fit.z).exp();
        let payload = Payload::of(fit.symbols).filter(|_| chance <= CHANCE)?;
        let second = HOP as f64 / speed / spectrogram::SAMPLE_RATE_HZ;
        Some(Found {
            id: payload.id,
            confidence: 1.0 - chance,
            correlation_z: fit.z,
            speed,
            stretch_s: (from as f64 * second, to as f64 * second),
            signature: payload.signature,
        })
    })
}

/// Half-overlapping stretches of a sound longer than one.
fn stretches(frames: usize) -> Vec<(usize, usize)> {
    let starts = (0..frames.saturating_sub(STRETCH / 2)).step_by(STRETCH / 2);
    let all = starts.map(|from| (from, (from + STRETCH).min(frames)));
    if frames > STRETCH { all.collect() } else { Vec::new() }
}

/// Sums over all periods, for each frame of the period.
fn folded(differences: &[Bands]) -> Vec<Bands> {
    let mut folded = vec![[0.0; BANDS]; PERIOD];
    for (h, bands) in differences.iter().enumerate() {
        folded[h % PERIOD].iter_mut().zip(bands).for_each(|(sum, value)| *sum += value);
    }
    folded
}

/// The word that fits best at one of the offsets.
struct Fit {
    z: f64,
    symbols: [Symbol; SYMBOLS],
}

fn best(folded: &[Bands], pattern: &Pattern) -> Fit {
    let mut best = Fit { z: 0.0, symbols: [Symbol { row: 0, negative: false }; SYMBOLS] };
    for phase in 0..PAIR {
        let cells = Cells::new(folded, phase);
        if cells.norm == 0.0 {
            continue;
        }
        for offset in 0..PAIRS {
            let fit = cells.fit(pattern, offset);
            if fit.z > best.z {
                best = fit;
            }
        }
    }
    best
}

/// The pairs of one period that start at one phase of the frames, band after band, each twice: an offset is then a shift.
struct Cells {
    values: Vec<f32>,
    norm: f64,
}

impl Cells {
    fn new(folded: &[Bands], phase: usize) -> Self {
        let at = |cell: usize| folded[cell % PAIRS * PAIR + phase][cell / (2 * PAIRS)];
        let values: Vec<f32> = (0..BANDS * 2 * PAIRS).map(at).collect();
        let twice: f64 = values.iter().map(|value| f64::from(value * value)).sum();
        Self { values, norm: (0.5 * twice).sqrt() }
    }

    fn fit(&self, pattern: &Pattern, offset: usize) -> Fit {
        let mut sum = 0.0;
        let symbols = std::array::from_fn(|symbol| {
            let chips = &pattern.0[symbol * CHIPS..][..CHIPS];
            let mut received: [f32; CHIPS] = std::array::from_fn(|index| {
                let chip = chips[index];
                chip.sign * self.values[chip.band * 2 * PAIRS + chip.pair + offset]
            });
            transform(&mut received);
            let row = strongest_row(&received);
            sum += f64::from(received[row].abs());
            Symbol { row, negative: received[row] < 0.0 }
        });
        Fit { z: sum / self.norm, symbols }
    }
}

fn strongest_row(correlations: &[f32; CHIPS]) -> usize {
    let mut best = 0;
    for (row, correlation) in correlations.iter().enumerate() {
        if correlation.abs() > correlations[best].abs() {
            best = row;
        }
    }
    best
}
