//! A payload to gains over time and frequency, applied to a mix.
//!
//! The gains follow what the sound does anyway: where levels of neighbouring tiles differ much, as in noise, a pair is moved
//! by up to [`MOST_DB`], where a tone stands still by no more than [`LEAST_DB`]. So the change stays below the ear's threshold for
//! modulation, which is raised by modulation that is already there, and is a fixed part of what the detector takes for noise.

use realfft::{RealFftPlanner, num_complex::Complex};

use super::{
    pattern::{CHIPS, PAIRS, Pattern},
    payload::{Payload, Symbol},
    peak,
    spectrogram::{self, BANDS, Bands, Differences, FRAME, HOP, PAIR, TILE},
};
use crate::mark::{InstallKey, PublicKey};

/// Change of a tile's level, at most. 0.3 to 1; more survives more and is heard sooner.
const MOST_DB: f32 = 1.5;
/// Change of a steady tile's level, at most.
const LEAST_DB: f32 = 0.3;
/// Change of the difference of a pair, as a part of what is usual there.
const PART: f32 = 1.2;
/// Strength of a symbol within a period, in standard deviations of chance, that is aimed at.
const AIM: f32 = 20.0;
/// The least part of the allowed change that is made even where the sound itself speaks for the symbol: a codec may silence it.
const ALWAYS: f32 = 0.5;
/// Band powers below this stay as they are: a sine of −84 dB full scale.
const SILENCE: f32 = 4e-9;

/// Samples of a millisecond, and the part of the loudest of them and their neighbours that a change may be: seldom reached but
/// just before a hit.
const NEAR: usize = 48;
const NEAR_PART: f32 = 0.3;

/// Nepers of power by which a pair's difference moves when one tile rises by a neper of amplitude and the other falls by one.
const PAIR_PER_TILE: f32 = 4.0;

/// Writes one id into mixes. Equal keys and ids give equal marks.
pub struct AudioMark {
    payload: Payload,
    pattern: Pattern,
}

impl AudioMark {
    /// A mark with the lower [`ID_BITS`](super::ID_BITS) bits of `id`, signed with `key`, to be found with the published key.
    pub fn new(key: &InstallKey, id: u32) -> Self {
        Self { payload: Payload::new(key, id), pattern: Pattern::of(PublicKey::SOUND) }
    }

    /// Marks a mastered mix in place: `channels` of equal length at 48 kHz, full scale ±1, of any layout.
    ///
    /// All channels get the same gains. No true peak rises, samples that are zero stay zero, and the same samples give the same
    /// result.
    pub fn embed(&self, channels: &mut [Vec<f32>]) {
        let powers = spectrogram::powers(channels, 1.0);
        let gains = self.gains(&powers);
        let mut changes: Vec<_> = channels.iter().map(|channel| change(channel, &gains)).collect();
        peak::keep(channels, &mut changes);
        for (channel, change) in channels.iter_mut().zip(&changes) {
            channel.iter_mut().zip(change).for_each(|(sample, change)| *sample += change);
        }
    }

    /// Gains of each frame, in nepers of amplitude.
    fn gains(&self, powers: &[Bands]) -> Vec<Bands> {
        let differences = spectrogram::differences(powers);
        let mut gains = vec![[0.0; BANDS]; powers.len()];
        for first in (0..differences.usual.len()).step_by(PAIRS * PAIR) {
            for (symbol, chips) in self.payload.symbols().iter().zip(self.pattern.0.chunks(CHIPS)) {
                let moves = moves(*symbol, chips, first, powers, &differences);
                let part = part(&moves);
                for one in &moves {
                    for frame in 0..PAIR {
                        let gain = if frame < TILE { one.gain } else { -one.gain };
                        gains[one.frame + frame][one.band] = part * gain;
                    }
                }
            }
        }
        keep_loudness(&mut gains, powers);
        gains
    }
}

/// Shifts all gains by so much that the programme's loudness stays.
fn keep_loudness(gains: &mut [Bands], powers: &[Bands]) {
    let weights: Bands = std::array::from_fn(spectrogram::loudness_weight);
    let (mut before, mut after) = (0.0f64, 0.0f64);
    for (pair, powers) in gains.windows(2).zip(powers) {
        for band in (0..BANDS).filter(|&band| pair[0][band] != 0.0) {
            let power = f64::from(powers[band] * weights[band]);
            let [here, next] = [pair[0][band], pair[1][band]].map(|gain| f64::from(gain).exp());
            before += power;
            // Where frames cross over with cos² and sin², the square of the sum is less than the sum of the squares.
            after += power * (here * here - (here - next).powi(2) / 8.0);
        }
    }
    if before > 0.0 {
        let shift = (-0.5 * (after / before).ln()) as f32;
        gains.iter_mut().flatten().filter(|gain| **gain != 0.0).for_each(|gain| *gain += shift);
    }
}

/// What one chip would do to one pair.
struct Move {
    band: usize,
    frame: usize,
    /// The gain of its first tile, in nepers of amplitude.
    gain: f32,
    /// What the sound itself says for the chip.
    host: f32,
    /// What the gain adds to that.
    push: f32,
}

fn moves(
    symbol: Symbol,
    chips: &[super::pattern::Chip],
    first: usize,
    powers: &[Bands],
    differences: &Differences,
) -> Vec<Move> {
    let neper = |db: f32| db * std::f32::consts::LN_10 / 20.0;
    let (least, most) = (neper(LEAST_DB), neper(MOST_DB));
    let mut moves = Vec::with_capacity(CHIPS);
    for (index, chip) in chips.iter().enumerate() {
        let (frame, band) = (first + chip.pair * PAIR, chip.band);
        let Some(relative) = differences.relative.get(frame) else { continue };
        let usual = differences.usual[frame][band];
        let quiet = powers[frame..frame + PAIR].iter().all(|powers| powers[band] < SILENCE);
        let strength = if quiet { 0.0 } else { (PART * usual / PAIR_PER_TILE).clamp(least, most) };
        let sign = chip.sign * symbol.chip(index);
        let push = PAIR_PER_TILE * strength / usual;
        moves.push(Move { band, frame, gain: sign * strength, host: sign * relative[band], push });
    }
    moves
}

/// The part of the allowed change that brings a symbol to [`AIM`]: less where the sound helps, all where it hinders.
fn part(moves: &[Move]) -> f32 {
    let host: f32 = moves.iter().map(|one| one.host).sum();
    let push: f32 = moves.iter().map(|one| one.push).sum();
    let chance = moves.iter().map(|one| one.host * one.host).sum::<f32>().sqrt();
    if push > 0.0 { ((AIM * chance - host) / push).clamp(ALWAYS, 1.0) } else { 0.0 }
}

/// What gains add to a channel.
fn change(channel: &[f32], gains: &[Bands]) -> Vec<f32> {
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(FRAME), planner.plan_fft_inverse(FRAME));
    let (window, edges) = (spectrogram::window(), spectrogram::edges(1.0));
    let mut frame = forward.make_input_vec();
    let mut spectrum = forward.make_output_vec();
    let mut change = vec![0.0; channel.len()];
    for (index, gains) in gains.iter().enumerate().filter(|(_, gains)| **gains != [0.0; BANDS]) {
        spectrogram::cut(channel, index, HOP as f64, &window, &mut frame);
        let done = forward.process(&mut frame, &mut spectrum).is_ok()
            && inverse.process(amplify(&mut spectrum, gains, &edges), &mut frame).is_ok();
        if done {
            add(&mut change, index, &frame, &window);
        }
    }
    no_echo(&mut change, channel);
    change
}

/// Keeps the change of a hit from being heard before it: nowhere is it more than a part of what sounds within two milliseconds.
/// Digital silence stays so.
fn no_echo(change: &mut [f32], channel: &[f32]) {
    let loudest: Vec<f32> =
        channel.chunks(NEAR).map(|near| near.iter().fold(0.0, |most, x| x.abs().max(most))).collect();
    for (block, change) in change.chunks_mut(NEAR).enumerate() {
        let around = &loudest[block.saturating_sub(1)..(block + 2).min(loudest.len())];
        let most = NEAR_PART * around.iter().copied().fold(0.0, f32::max);
        change.iter_mut().for_each(|change| *change = change.clamp(-most, most));
    }
    let silent = change.iter_mut().zip(channel).filter(|(_, sample)| **sample == 0.0);
    silent.for_each(|(change, _)| *change = 0.0);
}

/// Leaves of a spectrum what gains add to it.
fn amplify<'a>(
    spectrum: &'a mut [Complex<f32>],
    gains: &Bands,
    edges: &[usize; BANDS + 1],
) -> &'a mut [Complex<f32>] {
    spectrum[..edges[0]].fill(Complex::ZERO);
    spectrum[edges[BANDS]..].fill(Complex::ZERO);
    for (band, gain) in gains.iter().enumerate() {
        let added = gain.exp_m1() / FRAME as f32;
        spectrum[edges[band]..edges[band + 1]].iter_mut().for_each(|bin| *bin *= added);
    }
    spectrum
}

fn add(change: &mut [f32], index: usize, frame: &[f32], window: &[f32]) {
    let skipped = HOP.saturating_sub(index * HOP);
    let start = (index * HOP).saturating_sub(HOP);
    let Some(to) = change.get_mut(start..) else { return };
    for (to, (sample, weight)) in to.iter_mut().zip(frame.iter().zip(window).skip(skipped)) {
        *to += sample * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_of_a_hit_is_not_heard_before_it() {
        let noise = |n: usize| ((n as f32 * 12.9898).sin() * 43_758.547).fract();
        let channel: Vec<f32> = (0..48_000).map(|n| noise(n) * if n < 24_000 { 1e-4 } else { 0.5 }).collect();
        let gains = vec![std::array::from_fn(|band| if band % 2 == 0 { 0.17 } else { -0.17 }); 48_000 / HOP];
        let change = change(&channel, &gains);
        let loudest =
            |range: std::ops::Range<usize>| change[range].iter().fold(0.0f32, |most, x| x.abs().max(most));
        assert!(loudest(24_000..25_000) > 0.02, "{}", loudest(24_000..25_000));
        assert!(loudest(20_000..24_000 - 2 * NEAR) < 1e-4, "{}", loudest(20_000..24_000 - 2 * NEAR));
    }
}
