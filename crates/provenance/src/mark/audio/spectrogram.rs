//! Samples to levels of 32 bands over time, and to how neighbouring tiles differ.
//!
//! Bands are 100 Hz wide at the bottom and 260 Hz at the top, about as codecs divide the spectrum: those keep the energy of a band
//! where they give up its waveform.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

/// Samples a second and channel that everything here expects.
pub(crate) const SAMPLE_RATE_HZ: f64 = 48_000.0;
/// Samples in a transform.
pub(crate) const FRAME: usize = 1024;
/// Samples between transforms.
pub(crate) const HOP: usize = FRAME / 2;
/// Transforms in a tile: 43 ms.
pub(crate) const TILE: usize = 4;
/// Transforms in a pair of tiles.
pub(crate) const PAIR: usize = 2 * TILE;
/// Bands.
pub(crate) const BANDS: usize = 32;

const LOWEST_HZ: f64 = 300.0;
const HIGHEST_HZ: f64 = 5600.0;
/// Below this frequency bands have nearly equal widths, above it they are nearly a fixed fraction of an octave.
const CORNER_HZ: f64 = 3000.0;
/// What is added to every band's power: silence then has no level to differ in. A sine of −84 dB full scale.
const FLOOR: f32 = 4e-9;
/// Bands on either side that tell what is usual around a pair.
const AROUND: usize = 2;
/// Half of the time, in transforms, that tells it.
const WHILE: usize = 12;
/// Differences count up to this multiple of what is usual; beyond, they are events and not marks.
const LIMIT: f32 = 1.2;

/// One value a band.
pub(crate) type Bands = [f32; BANDS];

/// The frequency of the lower edge of `band`; of the upper one of the last for [`BANDS`].
fn edge_hz(band: usize) -> f64 {
    let ratio: f64 = (HIGHEST_HZ + CORNER_HZ) / (LOWEST_HZ + CORNER_HZ);
    (LOWEST_HZ + CORNER_HZ) * ratio.powf(band as f64 / BANDS as f64) - CORNER_HZ
}

/// What a band's power counts for loudness: the shelf of ITU-R BS.1770's K-weighting, 4 dB above about 1.5 kHz.
pub(crate) fn loudness_weight(band: usize) -> f32 {
    const SHELF_HZ: f64 = 1500.0;
    let hz = 0.5 * (edge_hz(band) + edge_hz(band + 1));
    (1.0 + 1.5 * hz * hz / (hz * hz + SHELF_HZ * SHELF_HZ)) as f32
}

/// First bins of the bands, and behind the last, of a sound that plays `speed` times as fast as it was marked.
pub(crate) fn edges(speed: f64) -> [usize; BANDS + 1] {
    std::array::from_fn(|band| (edge_hz(band) * speed * FRAME as f64 / SAMPLE_RATE_HZ).round() as usize)
}

/// Square root of a Hann window: applied twice, half-overlapping frames add up to the signal.
pub(crate) fn window() -> [f32; FRAME] {
    std::array::from_fn(|n| (std::f64::consts::PI * (n as f64 + 0.5) / FRAME as f64).sin() as f32)
}

/// The samples of frame `index`, windowed; the first frame is centred on the first sample. `hop` is [`HOP`] at normal speed.
pub(crate) fn cut(channel: &[f32], index: usize, hop: f64, window: &[f32; FRAME], frame: &mut [f32]) {
    let start = (index as f64 * hop).round() as isize - HOP as isize;
    for (n, (to, weight)) in frame.iter_mut().zip(window).enumerate() {
        let sample = usize::try_from(start + n as isize).ok().and_then(|at| channel.get(at));
        *to = sample.copied().unwrap_or(0.0) * weight;
    }
}

/// How many frames cover `samples`.
pub(crate) fn frames(samples: usize, hop: f64) -> usize {
    (samples as f64 / hop).ceil() as usize + 1
}

/// Powers of the bands, all channels together, frame after frame; a sine of full scale has 1.
pub(crate) fn powers(channels: &[Vec<f32>], speed: f64) -> Vec<Bands> {
    let hop = HOP as f64 / speed;
    let length = channels.iter().map(Vec::len).max().unwrap_or(0);
    let transform: Arc<dyn RealToComplex<f32>> = RealFftPlanner::new().plan_fft_forward(FRAME);
    let (window, edges) = (window(), edges(speed));
    let mut frame = transform.make_input_vec();
    let mut spectrum = transform.make_output_vec();
    // Four over the square of the window's sum, halved for a sine's two lines and its power.
    let scale = 8.0 / (FRAME * FRAME) as f32;
    (0..frames(length, hop))
        .map(|index| {
            let mut bands = [0.0; BANDS];
            for channel in channels {
                cut(channel, index, hop, &window, &mut frame);
                if transform.process(&mut frame, &mut spectrum).is_ok() {
                    add_powers(&spectrum, &edges, scale, &mut bands);
                }
            }
            bands
        })
        .collect()
}

fn add_powers(spectrum: &[Complex<f32>], edges: &[usize; BANDS + 1], scale: f32, bands: &mut Bands) {
    for (band, power) in bands.iter_mut().enumerate() {
        let bins = &spectrum[edges[band]..edges[band + 1]];
        *power += scale * bins.iter().map(Complex::norm_sqr).sum::<f32>();
    }
}

/// How the tile that starts at each frame differs from the next one.
pub(crate) struct Differences {
    /// Natural logarithm of the ratio of powers less its mean over neighbouring bands, over what is usual there, limited.
    pub relative: Vec<Bands>,
    /// What is usual: root of the mean square nearby, in nepers of power.
    pub usual: Vec<Bands>,
}

/// The differences of pairs that start at each frame.
pub(crate) fn differences(powers: &[Bands]) -> Differences {
    let tiles = sums(powers, TILE);
    let count = tiles.len().saturating_sub(TILE);
    let raw: Vec<Bands> = (0..count)
        .map(|h| without_neighbours(std::array::from_fn(|b| log_ratio(tiles[h][b], tiles[h + TILE][b]))))
        .collect();
    let usual = usual(&raw);
    let relative = raw.iter().zip(&usual);
    let relative = relative
        .map(|(raw, usual)| std::array::from_fn(|b| (raw[b] / usual[b]).clamp(-LIMIT, LIMIT)))
        .collect();
    Differences { relative, usual }
}

fn log_ratio(first: f32, second: f32) -> f32 {
    let floor = FLOOR * TILE as f32;
    ((first + floor) / (second + floor)).ln()
}

/// An onset raises all bands: what neighbours share says nothing of the mark.
fn without_neighbours(bands: Bands) -> Bands {
    std::array::from_fn(|b| bands[b] - mean(&bands[around(b)]))
}

fn around(band: usize) -> std::ops::Range<usize> {
    band.saturating_sub(AROUND)..(band + AROUND + 1).min(BANDS)
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

/// Sums over `count` frames, from each on.
fn sums(values: &[Bands], count: usize) -> Vec<Bands> {
    values
        .windows(count)
        .map(|window| std::array::from_fn(|b| window.iter().map(|bands| bands[b]).sum()))
        .collect()
}

fn usual(raw: &[Bands]) -> Vec<Bands> {
    // Even a steady tone is not steadier than this after a codec.
    const LEAST: f32 = 0.05;
    let squares: Vec<Bands> = raw.iter().map(|bands| bands.map(|d| d * d)).collect();
    let squares: Vec<Bands> =
        squares.iter().map(|bands| std::array::from_fn(|b| mean(&bands[around(b)]))).collect();
    let mut total = [0.0f64; BANDS];
    let mut totals = vec![total];
    for bands in &squares {
        total = std::array::from_fn(|b| total[b] + f64::from(bands[b]));
        totals.push(total);
    }
    (0..raw.len())
        .map(|h| {
            let (from, to) = (h.saturating_sub(WHILE), (h + WHILE + 1).min(raw.len()));
            std::array::from_fn(|b| {
                let mean = (totals[to][b] - totals[from][b]) / (to - from) as f64;
                (mean as f32 + LEAST * LEAST).sqrt()
            })
        })
        .collect()
}
