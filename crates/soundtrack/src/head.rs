//! Head-related impulse responses of a SOFA file (AES69) to filters and delays for any direction.
//!
//! Each measured response is taken apart: the delay of the ear, and a short minimum-phase filter with the rest. Filters
//! of neighbouring directions can then be mixed without combing, and the delay moves on its own, between samples. The
//! measurements are brought to an even grid of 5°, between whose points both are bilinear: continuous in direction, so
//! that nothing clicks when a head turns.

use std::{path::Path, sync::Arc};

use glam::Vec3;
use maquette_conditioning::SAMPLE_RATE_HZ;
use rayon::prelude::*;
use realfft::{RealFftPlanner, num_complex::Complex};

use crate::Error;

/// Length of a filter: 10.7 ms, as long as the measurements are: their far ears are noise at 16 kHz, and noise cannot be shortened.
pub(crate) const HEAD_TAPS: usize = 512;
const GRID_DEG: f32 = 5.0;
const AZIMUTHS: usize = 72;
const ELEVATIONS: usize = 37;
/// Transform for phases: long against any response.
const FINE: usize = 4096;
/// Largest file that is read.
const MOST_BYTES: u64 = 256 << 20;
/// Longest response that is understood, and most directions.
const MOST_TAPS: usize = 16_384;
const MOST_DIRECTIONS: usize = 65_536;

/// Somebody's ears, as measured.
#[derive(Clone, PartialEq)]
pub struct Head {
    /// By elevation from −90°, then azimuth from 0° ahead, to the right.
    grid: Vec<[Ear; 2]>,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("directions", &self.grid.len()).finish()
    }
}

/// What one ear hears of one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ear {
    /// Minimum-phase response; the last tap first, so that a dot product convolves.
    pub(crate) taps: [f32; HEAD_TAPS],
    /// Later than at the middle of the head, in seconds; negative is earlier.
    pub(crate) later_s: f32,
}

impl Head {
    /// Reads a SOFA file of head-related impulse responses.
    ///
    /// # Errors
    ///
    /// [`Error::Head`] when it cannot be read, or does not hold two ears' responses from many directions.
    pub fn read(path: &Path) -> Result<Arc<Self>, Error> {
        let wrong = |reason: String| Error::Head { path: path.into(), reason };
        let size = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
        if size > MOST_BYTES {
            return Err(wrong(format!("{size} bytes are too many; {MOST_BYTES} are read")));
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        Self::of_sofa(&bytes).map_err(wrong)
    }

    /// The KEMAR dummy head with the normal pinna, measured by Bill Gardner and Keith Martin, MIT Media Lab, 1994.
    ///
    /// # Errors
    ///
    /// [`Error::Head`] when the set that is built in cannot be read.
    pub fn kemar() -> Result<Arc<Self>, Error> {
        const SOFA: &[u8] = include_bytes!("../../../assets/hrir/MIT_KEMAR_normal_pinna.sofa");
        Self::of_sofa(SOFA)
            .map_err(|reason| Error::Head { path: "MIT_KEMAR_normal_pinna.sofa".into(), reason })
    }

    fn of_sofa(bytes: &[u8]) -> Result<Arc<Self>, String> {
        let measured = measured(bytes)?;
        Ok(Arc::new(Self { grid: gridded(&measured) }))
    }

    /// What both ears hear of a direction in the listener's space.
    pub(crate) fn ears(&self, direction: Vec3) -> [Ear; 2] {
        let azimuth = direction.x.atan2(-direction.z).to_degrees().rem_euclid(360.0) / GRID_DEG;
        let elevation = (direction.y.clamp(-1.0, 1.0).asin().to_degrees() + 90.0) / GRID_DEG;
        let (column, row) = (azimuth.floor() as usize, (elevation.floor() as usize).min(ELEVATIONS - 2));
        let (across, up) = (azimuth - column as f32, elevation - row as f32);
        let at = |row: usize, column: usize| &self.grid[row * AZIMUTHS + column % AZIMUTHS];
        let corners = [
            (at(row, column), (1.0 - up) * (1.0 - across)),
            (at(row, column + 1), (1.0 - up) * across),
            (at(row + 1, column), up * (1.0 - across)),
            (at(row + 1, column + 1), up * across),
        ];
        [0, 1].map(|ear| mixed(corners.iter().map(|(ears, share)| (&ears[ear], *share))))
    }
}

fn mixed<'a>(parts: impl Iterator<Item = (&'a Ear, f32)>) -> Ear {
    let mut sum = Ear { taps: [0.0; HEAD_TAPS], later_s: 0.0 };
    for (ear, share) in parts.filter(|(_, share)| *share > 0.0) {
        sum.taps.iter_mut().zip(&ear.taps).for_each(|(to, tap)| *to += share * tap);
        sum.later_s += share * ear.later_s;
    }
    sum
}

/// A measured direction.
struct Measured {
    direction: Vec3,
    ears: [Ear; 2],
}

fn measured(bytes: &[u8]) -> Result<Vec<Measured>, String> {
    let mut options = sofar::reader::OpenOptions::new();
    options.sample_rate(SAMPLE_RATE_HZ as f32).normalized(false);
    let file = options.open_data(bytes).map_err(|error| error.to_string())?;
    let hrtf = file.hrtf();
    let (directions, taps, receivers) = (hrtf.m() as usize, hrtf.n() as usize, hrtf.r() as usize);
    if receivers != 2 {
        return Err(format!("it has {receivers} receivers; two ears are needed"));
    }
    let sizes = (1..=MOST_TAPS).contains(&taps) && (4..=MOST_DIRECTIONS).contains(&directions);
    let complete = hrtf.data_ir.values.len() == directions * 2 * taps
        && hrtf.source_position.values.len() >= directions * 3;
    if !sizes || !complete || hrtf.data_ir.values.iter().any(|tap| !tap.is_finite()) {
        return Err(format!("{directions} directions of {taps} taps are not a usable set"));
    }
    // Delays may stand apart from the responses, for each measurement or for all.
    let delays = &hrtf.data_delay.values;
    let delay = |index: usize, ear: usize| {
        let own = delays.get(2 * index + ear).or_else(|| delays.get(ear));
        own.copied().unwrap_or(0.0)
    };
    let one = |index: usize| {
        let at = &hrtf.source_position.values[3 * index..];
        // SOFA: +X ahead, +Y left, +Z up.
        let direction = Vec3::new(-at[1], at[2], -at[0]).normalize_or(Vec3::NEG_Z);
        let ears = [0, 1].map(|ear| {
            let from = (2 * index + ear) * taps;
            taken_apart(&hrtf.data_ir.values[from..from + taps], delay(index, ear))
        });
        Measured { direction, ears }
    };
    let mut all: Vec<Measured> = (0..directions).into_par_iter().map(one).collect();
    centre(&mut all);
    Ok(all)
}

/// Delays from the head's middle, and as loud as without a head: mean power 1 over all directions below 1 kHz, where a
/// head is small against the waves.
fn centre(all: &mut [Measured]) {
    let count = 2.0 * all.len() as f64;
    let middle = all.iter().flat_map(|m| &m.ears).map(|ear| f64::from(ear.later_s)).sum::<f64>() / count;
    let probes = [250.0, 400.0, 630.0, 1000.0];
    let power = |ear: &Ear| probes.iter().map(|&hz| power_at(ear, hz)).sum::<f64>() / probes.len() as f64;
    let mean = all.iter().flat_map(|m| &m.ears).map(power).sum::<f64>() / count;
    let gain = (1.0 / mean.max(1e-30).sqrt()) as f32;
    for ear in all.iter_mut().flat_map(|m| &mut m.ears) {
        ear.later_s -= middle as f32;
        ear.taps.iter_mut().for_each(|tap| *tap *= gain);
    }
}

fn power_at(ear: &Ear, hz: f64) -> f64 {
    let turn = std::f64::consts::TAU * hz / f64::from(SAMPLE_RATE_HZ);
    let sum: Complex<f64> =
        ear.taps.iter().enumerate().map(|(n, tap)| Complex::cis(turn * n as f64) * f64::from(*tap)).sum();
    sum.norm_sqr()
}

/// A response to its minimum-phase twin (by the real cepstrum: Oppenheim and Schafer, Discrete-Time Signal Processing,
/// 13.5) and the delay that lines the two up best (Nam, Abel and Smith, AES 125, 2008).
fn taken_apart(response: &[f32], delay_samples: f32) -> Ear {
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(FINE), planner.plan_fft_inverse(FINE));
    let mut time = forward.make_input_vec();
    let mut spectrum = forward.make_output_vec();
    time.iter_mut().zip(response).for_each(|(to, tap)| *to = f64::from(*tap));
    // These lengths always fit: the vectors come from the transforms.
    let _ = forward.process(&mut time, &mut spectrum);
    let loudest = spectrum.iter().map(|bin| bin.norm()).fold(1e-12, f64::max);
    let mut logs: Vec<Complex<f64>> =
        spectrum.iter().map(|bin| bin.norm().max(1e-4 * loudest).ln().into()).collect();
    let _ = inverse.process(&mut logs, &mut time);
    for (n, value) in time.iter_mut().enumerate() {
        let fold = if n == 0 || n == FINE / 2 {
            1.0
        } else if n < FINE / 2 {
            2.0
        } else {
            0.0
        };
        *value *= fold / FINE as f64;
    }
    let mut minimal = forward.make_output_vec();
    let _ = forward.process(&mut time, &mut minimal);
    minimal.iter_mut().for_each(|bin| *bin = bin.exp());
    let later_s = (delay_between(&spectrum, &minimal) + f64::from(delay_samples)) / f64::from(SAMPLE_RATE_HZ);
    minimal[0].im = 0.0;
    minimal[FINE / 2].im = 0.0;
    let _ = inverse.process(&mut minimal, &mut time);
    Ear { taps: shortened(&time), later_s: later_s as f32 }
}

/// Samples by which the first spectrum is behind the second: the peak of their cross-correlation below 3 kHz, where the
/// ear compares times, refined by a parabola on eight times as many points.
fn delay_between(spectrum: &[Complex<f64>], minimal: &[Complex<f64>]) -> f64 {
    const FINER: usize = 8;
    let mut planner = RealFftPlanner::<f64>::new();
    let inverse = planner.plan_fft_inverse(FINE * FINER);
    let mut cross = inverse.make_input_vec();
    let top = 3000 * FINE / SAMPLE_RATE_HZ as usize;
    for (bin, to) in cross.iter_mut().enumerate().take(top) {
        let weight = (0.5 * std::f64::consts::PI * bin as f64 / top as f64).cos().powi(2);
        *to = spectrum[bin] * minimal[bin].conj() * weight;
    }
    cross[0] = 0.0.into();
    let mut correlation = inverse.make_output_vec();
    let _ = inverse.process(&mut cross, &mut correlation);
    let half = correlation.len() / 2;
    let peak = (0..half).max_by(|&a, &b| correlation[a].total_cmp(&correlation[b])).unwrap_or(0);
    let at =
        |offset: isize| correlation[(peak as isize + offset).rem_euclid(correlation.len() as isize) as usize];
    let curve = at(-1) - 2.0 * at(0) + at(1);
    let shift = if curve.abs() > 0.0 { 0.5 * (at(-1) - at(1)) / curve } else { 0.0 };
    (peak as f64 + shift) / FINER as f64
}

/// The first taps, the last eighth of them fading, in reverse.
fn shortened(time: &[f64]) -> [f32; HEAD_TAPS] {
    const FADE: usize = HEAD_TAPS / 8;
    std::array::from_fn(|reversed| {
        let n = HEAD_TAPS - 1 - reversed;
        let left = (HEAD_TAPS - n) as f64 / FADE as f64;
        let window = if left < 1.0 { 0.5 - 0.5 * (std::f64::consts::PI * left).cos() } else { 1.0 };
        (time[n] / FINE as f64 * window) as f32
    })
}

/// An even grid: each point takes the four nearest measurements by the inverse square of their angle.
fn gridded(measured: &[Measured]) -> Vec<[Ear; 2]> {
    let point = |index: usize| {
        let (row, column) = (index / AZIMUTHS, index % AZIMUTHS);
        let elevation = (row as f32 * GRID_DEG - 90.0).to_radians();
        let azimuth = (column as f32 * GRID_DEG).to_radians();
        let level = elevation.cos();
        let direction = Vec3::new(level * azimuth.sin(), elevation.sin(), -level * azimuth.cos());
        let mut near: Vec<(f32, usize)> =
            measured.iter().enumerate().map(|(i, m)| (m.direction.distance(direction), i)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(4);
        // Closer than a quarter of a degree is the same direction.
        if near[0].0 < 0.004 {
            near.truncate(1);
        }
        let total: f32 = near.iter().map(|(away, _)| away.max(1e-4).powi(-2)).sum();
        let shares = || near.iter().map(|(away, i)| (&measured[*i].ears, away.max(1e-4).powi(-2) / total));
        [0, 1].map(|ear| mixed(shares().map(|(ears, share)| (&ears[ear], share))))
    };
    (0..AZIMUTHS * ELEVATIONS).into_par_iter().map(point).collect()
}
