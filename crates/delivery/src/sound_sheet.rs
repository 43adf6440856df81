//! Sound to a picture one can listen to with the eyes: waveform, spectrogram, what happened when, decay per band.
//!
//! Time runs to the right in the first two panels, on one axis; frequency rises by octaves, so that a formant, a fan and
//! a footstep each have room. The decay panel shows the energy still to come after each instant (Schroeder's backward
//! integral), one line a band.

use font8x8::legacy::BASIC_LEGACY;
use maquette_conditioning::{Mix, Plane, SAMPLE_RATE_HZ};
use realfft::RealFftPlanner;

use crate::{Error, grade::Image8};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Seconds from the start of the sound.
    pub time_s: f64,
    /// A few words.
    pub label: String,
}

/// How a band dies away after an impulse.
#[derive(Clone, Debug, PartialEq)]
pub struct Decay {
    /// "1 kHz".
    pub label: String,
    /// Level of what is still to come, in dB re the start, at even steps.
    pub levels_db: Vec<f32>,
    /// Time between levels.
    pub step_s: f64,
}

/// What a sheet shows.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundSheet {
    /// Head line.
    pub title: String,
    /// Time of the first sample on the world's clock, for the axis.
    pub from_s: f64,
    /// Events; where labels would overlap, later ones go to the next of three lines or are left out.
    pub marks: Vec<Mark>,
    /// Decay curves; without any, the panel is left out.
    pub decays: Vec<Decay>,
}

const WIDTH: usize = 1280;
const LEFT: usize = 72;
const RIGHT: usize = 24;
const TITLE: usize = 40;
const LABELS: usize = 66;
const WAVE: usize = 160;
const SPECTROGRAM: usize = 320;
const DECAYS: usize = 220;
const GAP: usize = 34;
/// Longest sound that is drawn.
const MOST_SAMPLES: usize = SAMPLE_RATE_HZ as usize * 3600;

const GROUND: [u8; 3] = [18, 19, 23];
const PANEL: [u8; 3] = [28, 30, 36];
const RULE: [u8; 3] = [58, 62, 72];
const TEXT: [u8; 3] = [214, 218, 226];
const WAVE_COLOUR: [u8; 3] = [122, 190, 255];
const MARK_COLOUR: [u8; 3] = [255, 190, 92];
/// From low bands to high.
const BANDS: [[u8; 3]; 8] = [
    [122, 96, 220],
    [84, 128, 240],
    [64, 176, 230],
    [70, 206, 160],
    [150, 214, 92],
    [226, 206, 80],
    [244, 150, 70],
    [238, 96, 96],
];
/// Level range of the spectrogram, dB.
const RANGE_DB: f32 = 80.0;
/// No sound at all.
const SILENT: f32 = 1e-9;
/// A line of the transform that is at most this loud, a tone at −100 dBFS, is never the brightest.
const FAINT_DB: f32 = -40.0;
/// Frequencies from bottom to top.
const LOWEST_HZ: f64 = 40.0;
const HIGHEST_HZ: f64 = 20_000.0;

/// Draws a sound.
///
/// # Errors
///
/// [`Error::Limit`] when it is longer than an hour.
pub fn sound_sheet(mix: &Mix, sheet: &SoundSheet) -> Result<Image8, Error> {
    if mix.samples.len() > MOST_SAMPLES {
        let (value, limit) = (mix.samples.len() as u64, MOST_SAMPLES as u64);
        return Err(Error::Limit {
            path: (&sheet.title).into(),
            field: "samples of the sound",
            value,
            limit,
        });
    }
    let decays = if sheet.decays.is_empty() { 0 } else { DECAYS + 2 * GAP };
    let wave_top = TITLE + LABELS;
    let spectrogram_top = wave_top + WAVE + 14;
    let decay_top = spectrogram_top + SPECTROGRAM + 2 * GAP;
    let height = spectrogram_top + SPECTROGRAM + GAP + decays;
    let mut page = Page { picture: Plane::new(WIDTH, height).map(|_: &[u8; 3]| GROUND) };
    page.write(LEFT, 12, 2, &sheet.title, TEXT);
    let seconds = (mix.samples.len() as f64 / f64::from(SAMPLE_RATE_HZ)).max(1e-3);
    page.waveform(mix, wave_top);
    page.spectrogram(mix, spectrogram_top);
    page.times(sheet.from_s, seconds, spectrogram_top + SPECTROGRAM);
    page.marks(&sheet.marks, seconds, wave_top, spectrogram_top + SPECTROGRAM);
    if decays > 0 {
        page.decays(&sheet.decays, decay_top);
    }
    Ok(page.picture)
}

struct Page {
    picture: Image8,
}

fn width() -> usize {
    WIDTH - LEFT - RIGHT
}

impl Page {
    fn put(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.picture.width() && y < self.picture.height() {
            let width = self.picture.width();
            self.picture.data[y * width + x] = colour;
        }
    }

    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: [u8; 3]) {
        for y in top..top + height {
            (left..left + width).for_each(|x| self.put(x, y, colour));
        }
    }

    /// Text in 8 × 8 letters, enlarged; what is not ASCII becomes a question mark.
    fn write(&mut self, left: usize, top: usize, size: usize, text: &str, colour: [u8; 3]) {
        for (n, letter) in text.chars().enumerate() {
            let rows = BASIC_LEGACY.get(letter as usize).unwrap_or(&BASIC_LEGACY[b'?' as usize]);
            for (y, row) in rows.iter().enumerate() {
                for x in (0..8).filter(|x| row >> x & 1 == 1) {
                    self.fill(left + (8 * n + x) * size, top + y * size, size, size, colour);
                }
            }
        }
    }

    /// A label that ends at a place.
    fn write_to(&mut self, right: usize, top: usize, text: &str) {
        self.write(right.saturating_sub(8 * text.len()), top, 1, text, TEXT);
    }

    /// Highest and lowest value of each column, left and right channel together, on a scale that its peak fills.
    fn waveform(&mut self, mix: &Mix, top: usize) {
        self.fill(LEFT, top, width(), WAVE, PANEL);
        let peak = mix.samples.iter().flatten().fold(SILENT, |most, s| s.abs().max(most));
        let middle = top + WAVE / 2;
        self.fill(LEFT, middle, width(), 1, RULE);
        let y = |value: f32| (middle as f32 - value / peak * (WAVE / 2 - 2) as f32).round() as usize;
        for column in 0..width() {
            let [from, to] = [column, column + 1].map(|c| c * mix.samples.len() / width());
            let stretch = mix.samples[from..to.max(from + 1).min(mix.samples.len())].as_flattened();
            let (low, high) =
                stretch.iter().fold((0.0f32, 0.0f32), |(low, high), s| (low.min(*s), high.max(*s)));
            if !stretch.is_empty() {
                self.fill(LEFT + column, y(high), 1, y(low) - y(high) + 1, WAVE_COLOUR);
            }
        }
        if peak > SILENT {
            self.write_to(LEFT - 6, top, &format!("{:+.1}", 20.0 * peak.log10()));
            self.write_to(LEFT - 6, top + 12, "dBFS");
        } else {
            self.write_to(LEFT - 6, top, "silent");
        }
    }

    fn spectrogram(&mut self, mix: &Mix, top: usize) {
        self.fill(LEFT, top, width(), SPECTROGRAM, PANEL);
        let columns = spectra(mix, width());
        let loudest = columns.iter().flatten().fold(FAINT_DB, |most, level| most.max(*level));
        for (x, column) in columns.iter().enumerate() {
            for (row, level) in column.iter().enumerate() {
                let share = 1.0 - (loudest - level) / RANGE_DB;
                self.put(LEFT + x, top + SPECTROGRAM - 1 - row, heat(share));
            }
        }
        for hz in [63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0f64] {
            let share = (hz / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln();
            let y = top + SPECTROGRAM - 1 - (share * SPECTROGRAM as f64) as usize;
            let text = if hz < 1000.0 { format!("{hz:.0} Hz") } else { format!("{:.0} kHz", hz / 1000.0) };
            self.write_to(LEFT - 8, y.saturating_sub(3), &text);
            self.fill(LEFT - 5, y, 5, 1, TEXT);
        }
    }

    fn times(&mut self, from_s: f64, seconds: f64, top: usize) {
        let step = nice(seconds / 10.0);
        let mut time_s = (from_s / step).ceil() * step;
        while time_s <= from_s + seconds {
            let x = LEFT + ((time_s - from_s) / seconds * width() as f64) as usize;
            self.fill(x, top, 1, 6, TEXT);
            let text = format!("{} s", rounded(time_s, step));
            self.write(x.saturating_sub(4 * text.len()), top + 10, 1, &text, TEXT);
            time_s += step;
        }
    }

    fn marks(&mut self, marks: &[Mark], seconds: f64, top: usize, bottom: usize) {
        const LINES: usize = 4;
        let mut taken = [0usize; LINES];
        for mark in marks.iter().filter(|mark| (0.0..=seconds).contains(&mark.time_s)) {
            let x = LEFT + (mark.time_s / seconds * width() as f64) as usize;
            for y in (top..bottom).filter(|y| y % 6 < 2) {
                self.put(x, y, MARK_COLOUR);
            }
            let wide = 8 * mark.label.chars().count();
            let left = x.min(WIDTH.saturating_sub(wide + 4));
            if let Some(line) = (0..LINES).find(|line| taken[*line] <= left) {
                let y = top - 14 - 14 * line;
                self.write(left, y, 1, &mark.label, MARK_COLOUR);
                self.fill(x, y + 9, 1, top.saturating_sub(y + 9), MARK_COLOUR);
                taken[line] = left + wide + 12;
            }
        }
    }

    fn decays(&mut self, decays: &[Decay], top: usize) {
        self.write(LEFT, top - 16, 1, "decay: energy still to come, dB", TEXT);
        self.fill(LEFT, top, width(), DECAYS, PANEL);
        const FLOOR_DB: f32 = -70.0;
        let y = |level_db: f32| top + (level_db / FLOOR_DB * (DECAYS - 1) as f32) as usize;
        for level_db in [0.0, -20.0, -40.0, -60.0f32] {
            self.fill(LEFT, y(level_db), width(), 1, RULE);
            self.write_to(LEFT - 8, y(level_db).saturating_sub(3), &format!("{level_db:.0}"));
        }
        let ends_s = |decay: &Decay| {
            let audible = decay.levels_db.iter().take_while(|level| **level > FLOOR_DB).count();
            audible as f64 * decay.step_s
        };
        let seconds = decays.iter().map(ends_s).fold(0.05, f64::max);
        for (n, decay) in decays.iter().enumerate() {
            let colour = BANDS[n % BANDS.len()];
            let mut last: Option<usize> = None;
            for column in 0..width() {
                let at = (column as f64 / width() as f64 * seconds / decay.step_s) as usize;
                let level = decay.levels_db.get(at).copied().filter(|level| *level > FLOOR_DB);
                let Some(level) = level else { break };
                let now = y(level.min(0.0));
                let from = last.map_or(now, |last| last.min(now));
                self.fill(LEFT + column, from, 2, now - from + 2, colour);
                last = Some(now);
            }
            let right = WIDTH - RIGHT - 90;
            self.fill(right - 20, top + 10 + 14 * n, 14, 4, colour);
            self.write(right, top + 8 + 14 * n, 1, &decay.label, colour);
        }
        self.times(0.0, seconds, top + DECAYS);
    }
}

/// Levels in dB by column and by row of the spectrogram, from the lowest frequency up. Each row takes the loudest line
/// it covers, of both channels' mean.
fn spectra(mix: &Mix, columns: usize) -> Vec<Vec<f32>> {
    const LENGTH: usize = 4096;
    let mut planner = RealFftPlanner::<f32>::new();
    let forward = planner.plan_fft_forward(LENGTH);
    let mut time = forward.make_input_vec();
    let mut lines = forward.make_output_vec();
    let window: Vec<f32> = (0..LENGTH)
        .map(|n| (std::f32::consts::PI * (n as f32 + 0.5) / LENGTH as f32).sin().powi(2))
        .collect();
    let bin = |row: usize| {
        let share = row as f64 / SPECTROGRAM as f64;
        let hz = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ).powf(share);
        (hz * LENGTH as f64 / f64::from(SAMPLE_RATE_HZ)) as usize
    };
    let mut all = Vec::with_capacity(columns);
    for column in 0..columns {
        let middle = (column as f64 + 0.5) / columns as f64 * mix.samples.len() as f64;
        let first = middle as i64 - LENGTH as i64 / 2;
        for (n, value) in time.iter_mut().enumerate() {
            let at = usize::try_from(first + n as i64).ok().and_then(|at| mix.samples.get(at));
            *value = at.map_or(0.0, |[left, right]| 0.5 * (left + right)) * window[n];
        }
        // The lengths are the transform's own.
        let _ = forward.process(&mut time, &mut lines);
        let level = |row: usize| {
            let (from, to) = (bin(row), bin(row + 1).max(bin(row) + 1));
            let power = lines[from..to].iter().map(|line| line.norm_sqr()).fold(0.0, f32::max);
            10.0 * (power + 1e-20).log10()
        };
        all.push((0..SPECTROGRAM).map(level).collect());
    }
    all
}

/// From the panel's grey over violet and orange to a light yellow.
fn heat(share: f32) -> [u8; 3] {
    const STOPS: [[f32; 3]; 5] = [
        [28.0, 30.0, 36.0],
        [58.0, 38.0, 110.0],
        [168.0, 52.0, 104.0],
        [242.0, 134.0, 58.0],
        [253.0, 244.0, 176.0],
    ];
    let at = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f32;
    let first = (at as usize).min(STOPS.len() - 2);
    let part = at - first as f32;
    std::array::from_fn(|c| (STOPS[first][c] + part * (STOPS[first + 1][c] - STOPS[first][c])) as u8)
}

/// The nearest 1, 2 or 5 times a power of ten above.
fn nice(step: f64) -> f64 {
    let power = 10f64.powf(step.max(1e-6).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|n| *n >= step).unwrap_or(10.0 * power)
}

fn rounded(time_s: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).max(0.0) as usize;
    format!("{time_s:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep() -> Mix {
        let sample = |n: usize| {
            let t = n as f32 / 48_000.0;
            let value = 0.5 * (std::f32::consts::TAU * 1000.0 * t).sin();
            [if n > 24_000 { value } else { 0.0 }; 2]
        };
        Mix { samples: (0..48_000).map(sample).collect() }
    }

    fn sheet() -> SoundSheet {
        SoundSheet {
            title: "corridor 010: stereo, -23.0 LUFS".into(),
            from_s: 2.0,
            marks: vec![Mark { time_s: 0.5, label: "wrench on floor".into() }],
            decays: vec![Decay {
                label: "1 kHz".into(),
                levels_db: (0..60).map(|n| -n as f32).collect(),
                step_s: 0.02,
            }],
        }
    }

    #[test]
    fn silence_is_dark_and_says_so() {
        let silent = sound_sheet(&Mix { samples: vec![[0.0; 2]; 48_000] }, &sheet()).expect("drawn");
        let bright = |picture: &Image8| picture.data.iter().filter(|p| p[0] > 240 && p[1] > 200).count();
        assert!(bright(&silent) < 5_000, "{}", bright(&silent));
        let told = Page { picture: silent.clone() };
        let mut again = Page { picture: silent };
        again.write_to(LEFT - 6, TITLE + LABELS, "silent");
        assert_eq!(told.picture.data, again.picture.data);
    }

    #[test]
    fn a_tone_is_a_bright_line_at_its_frequency_and_in_its_time() {
        let picture = sound_sheet(&sweep(), &sheet()).expect("drawn");
        let top = TITLE + LABELS + WAVE + 14;
        let brightest = |x: usize| {
            let sum = |y: &usize| picture.at(x, *y).iter().map(|c| u32::from(*c)).sum::<u32>();
            (top..top + SPECTROGRAM).max_by_key(sum).map(|y| (y, sum(&y))).unwrap()
        };
        let (row, level) = brightest(LEFT + width() * 3 / 4);
        let share = (1000.0 / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln();
        let expected = top + SPECTROGRAM - 1 - (share * SPECTROGRAM as f64) as usize;
        assert!(row.abs_diff(expected) <= 3 && level > 500, "{row} {expected} {level}");
        assert!(brightest(LEFT + width() / 4).1 < 150);
    }

    #[test]
    fn empty_sounds_and_odd_labels_draw() {
        for samples in [vec![], vec![[0.0; 2]], vec![[f32::MIN_POSITIVE; 2]; 10]] {
            let odd = SoundSheet { title: "Tür — 門".into(), ..sheet() };
            assert_eq!(sound_sheet(&Mix { samples }, &odd).expect("drawn").width(), WIDTH);
        }
    }
}
