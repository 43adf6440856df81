//! Energy over time to the figures a room is known by.
//!
//! ISO 3382-1:2009: the decay is the energy still to come (Schroeder's backward integral), slopes are straight lines
//! through it, early and late are counted from the direct sound. Computed figures and those measured in a rendered
//! response go through the same lines, so they can be compared. Time runs in whole steps from when the source sounds: the
//! silence before the direct sound is part of the decay, at 0 dB, and early energy ends with the step that its time
//! falls in.

use crate::{Arrival, Late, Via};

/// Resolution of the decay: half a bin of 1 ms.
const STEP_S: f64 = 5e-4;
/// Beyond the lower end of a slope there must be this much more decay (ISO 3382-1, 5.3.3: noise lies 10 dB below it).
const HEADROOM_DB: f64 = 10.0;
/// Most energy after the end, in multiples of that of the last tenth: a fall of 1.8 dB a tenth.
const MOST_LEFT: f64 = 2.0;
/// What counts as direct in a response, from its onset on.
const DIRECT_S: f64 = 0.0025;

/// Figures in the eight octave bands.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomFigures {
    /// One a band, 125 Hz first.
    pub bands: [BandFigures; 8],
}

/// What one band decays like. `None` where the decay does not reach far enough down to tell, or there is no sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BandFigures {
    /// Early decay time in seconds: six times that from 0 to −10 dB.
    pub edt_s: Option<f64>,
    /// Reverberation time in seconds from −5 to −25 dB.
    pub t20_s: Option<f64>,
    /// Reverberation time in seconds from −5 to −35 dB.
    pub t30_s: Option<f64>,
    /// Clarity: energy of the first 50 ms over the rest, in dB.
    pub c50_db: Option<f64>,
    /// Clarity: energy of the first 80 ms over the rest, in dB.
    pub c80_db: Option<f64>,
    /// Definition: the share of the first 50 ms in all energy.
    pub d50: Option<f64>,
    /// Direct sound over all other, in dB.
    pub drr_db: Option<f64>,
    /// How far down the decay is known, in dB.
    pub range_db: f64,
}

/// Energy over time, in eight bands, from when the source sounds.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyDecay {
    /// Travel time of the first arrival.
    onset_s: f64,
    steps: Vec<[f64; 8]>,
    direct: [f64; 8],
}

impl EnergyDecay {
    /// From the paths at an instant and the late field.
    pub fn of(arrivals: &[Arrival], late: Option<&Late>) -> Self {
        let first_s = arrivals.iter().map(|a| a.delay_s).fold(f64::INFINITY, f64::min);
        let late_from_s = late.and_then(|late| {
            late.bins.iter().position(|bin| bin.energy != [0.0; 8]).map(|bin| bin as f64 * late.bin_s)
        });
        let onset_s = if first_s.is_finite() { first_s } else { late_from_s.unwrap_or(0.0) };
        let mut decay = Self { onset_s, steps: Vec::new(), direct: [0.0; 8] };
        for arrival in arrivals {
            let energy = arrival.gain.map(|gain| f64::from(gain).powi(2));
            decay.add(arrival.delay_s, energy);
            if arrival.via != Via::Reflected {
                (0..8).for_each(|band| decay.direct[band] += energy[band]);
            }
        }
        if let Some(late) = late {
            decay.add_late(late);
        }
        decay
    }

    /// From a response split into bands that were filtered without delay, at `rate_hz`; `onset_s` is when the direct
    /// sound arrives. What comes within 2.5 ms of it counts as direct, and so does what the filters put before it.
    pub fn of_response(bands: &[[f32; 8]], rate_hz: f64, onset_s: f64) -> Self {
        let mut decay = Self { onset_s, steps: Vec::new(), direct: [0.0; 8] };
        for (index, sample) in bands.iter().enumerate() {
            let time_s = (index as f64 + 0.5) / rate_hz;
            let energy = sample.map(|x| f64::from(x).powi(2));
            decay.add(time_s, energy);
            if time_s < onset_s + DIRECT_S {
                (0..8).for_each(|band| decay.direct[band] += energy[band]);
            }
        }
        decay
    }

    /// The figures.
    pub fn figures(&self) -> RoomFigures {
        RoomFigures { bands: std::array::from_fn(|band| self.band(band)) }
    }

    /// Energy still to come, in dB below all of it, every [`step_s`](Self::step_s). Ends where nothing is left.
    pub fn decay_db(&self, band: usize) -> Vec<f64> {
        let (left, _) = self.cut_off(band);
        let mut to_come: Vec<f64> = self.steps.iter().map(|step| step[band]).collect();
        let mut sum = left;
        for energy in to_come.iter_mut().rev() {
            sum += *energy;
            *energy = sum;
        }
        to_come.retain(|&energy| energy > 0.0);
        to_come.into_iter().map(|energy| 10.0 * (energy / sum).log10()).collect()
    }

    /// Time between the values of [`decay_db`](Self::decay_db).
    pub fn step_s(&self) -> f64 {
        STEP_S
    }

    fn add(&mut self, time_s: f64, energy: [f64; 8]) {
        let step = (time_s / STEP_S).max(0.0) as usize;
        if self.steps.len() <= step {
            self.steps.resize(step + 1, [0.0; 8]);
        }
        (0..8).for_each(|band| self.steps[step][band] += energy[band]);
    }

    /// Spreads each bin evenly over the steps it covers.
    fn add_late(&mut self, late: &Late) {
        let pieces = (late.bin_s / STEP_S).ceil().max(1.0) as usize * 2;
        for (index, bin) in late.bins.iter().enumerate() {
            let energy = bin.energy.map(|energy| f64::from(energy) / pieces as f64);
            for piece in 0..pieces {
                let share = (piece as f64 + 0.5) / pieces as f64;
                self.add((index as f64 + share) * late.bin_s, energy);
            }
        }
    }

    /// Energy after the end, were the decay to go on as it ends (the constant C of ISO 3382-1, 5.3.3), and all energy.
    fn cut_off(&self, band: usize) -> (f64, f64) {
        let tenth = self.steps.len() / 10;
        let sum = |steps: &[[f64; 8]]| steps.iter().map(|step| step[band]).sum::<f64>();
        let total = sum(&self.steps);
        if tenth < 4 {
            return (0.0, total);
        }
        let end = self.steps.len();
        let (before, last) =
            (sum(&self.steps[end - 2 * tenth..end - tenth]), sum(&self.steps[end - tenth..]));
        // The end of a traced decay is a few rays; no more than this is made up for.
        let left = (last * last / (before - last).max(1e-9 * last)).min(MOST_LEFT * last);
        let left = if left.is_finite() { left } else { 0.0 };
        (left, total + left)
    }

    fn band(&self, band: usize) -> BandFigures {
        let (left, total) = self.cut_off(band);
        if total <= 0.0 {
            return BandFigures::default();
        }
        let range_db = if left > 0.0 { -10.0 * (left / total).log10() } else { f64::INFINITY };
        let decay_db = self.decay_db(band);
        let slope = |from_db: f64, to_db: f64| {
            let reaches = range_db >= HEADROOM_DB - to_db;
            reaches.then(|| reverberation_s(&decay_db, from_db, to_db)).flatten()
        };
        let early = |window_s: f64| {
            let steps = (self.onset_s / STEP_S) as usize + (window_s / STEP_S).round() as usize + 1;
            self.steps.iter().take(steps).map(|step| step[band]).sum::<f64>()
        };
        let ratio_db = |part: f64| {
            (part > 0.0 && total > part * (1.0 + 1e-9)).then(|| 10.0 * (part / (total - part)).log10())
        };
        BandFigures {
            edt_s: slope(0.0, -10.0),
            t20_s: slope(-5.0, -25.0),
            t30_s: slope(-5.0, -35.0),
            c50_db: ratio_db(early(0.05)),
            c80_db: ratio_db(early(0.08)),
            d50: Some(early(0.05) / total),
            drr_db: ratio_db(self.direct[band]),
            range_db,
        }
    }
}

/// Time to fall by 60 dB along the least-squares line between two levels.
fn reverberation_s(decay_db: &[f64], from_db: f64, to_db: f64) -> Option<f64> {
    let within = |&(_, &db): &(usize, &f64)| db <= from_db && db >= to_db;
    let points: Vec<(f64, f64)> =
        decay_db.iter().enumerate().filter(within).map(|(i, &db)| (i as f64 * STEP_S, db)).collect();
    let count = points.len() as f64;
    let (mean_s, mean_db) =
        points.iter().fold((0.0, 0.0), |(s, d), (time, db)| (s + time / count, d + db / count));
    let (mut across, mut along) = (0.0, 0.0);
    for (time_s, db) in &points {
        across += (time_s - mean_s) * (db - mean_db);
        along += (time_s - mean_s).powi(2);
    }
    (points.len() >= 4 && across < 0.0).then(|| -60.0 * along / across)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LateBin;

    fn exponential(reverberation_s: f64, length_s: f64) -> Late {
        let fall = |time_s: f64| 10f64.powf(-6.0 * time_s / reverberation_s);
        let bins = (0..(length_s / 0.002) as usize).map(|bin| {
            let energy = fall(bin as f64 * 0.002) - fall((bin + 1) as f64 * 0.002);
            LateBin { energy: [energy as f32; 8], ..LateBin::default() }
        });
        Late { time_s: 0.0, bin_s: 0.002, seed: 0, bins: bins.collect() }
    }

    #[test]
    fn an_exponential_decay_has_one_reverberation_time_and_known_clarity() {
        let figures = EnergyDecay::of(&[], Some(&exponential(1.2, 1.2))).figures().bands[3];
        for time_s in [figures.edt_s, figures.t20_s, figures.t30_s] {
            assert!((time_s.unwrap() / 1.2 - 1.0).abs() < 1e-3, "{figures:?}");
        }
        let late = 10f64.powf(-6.0 * 0.0505 / 1.2);
        assert!((figures.d50.unwrap() - (1.0 - late)).abs() < 1e-3);
        assert!((figures.c50_db.unwrap() - 10.0 * ((1.0 - late) / late).log10()).abs() < 0.01);
    }

    #[test]
    fn a_decay_cut_short_gives_no_late_slope() {
        let figures = EnergyDecay::of(&[], Some(&exponential(1.0, 0.55))).figures().bands[0];
        assert!(figures.t20_s.is_none() && figures.t30_s.is_none() && figures.edt_s.is_some(), "{figures:?}");
        assert!((figures.range_db - 33.0).abs() < 1.0, "{figures:?}");
        let longer = EnergyDecay::of(&[], Some(&exponential(1.0, 0.8))).figures().bands[0];
        assert!((longer.t30_s.unwrap() - 1.0).abs() < 2e-3, "the end is made up for: {longer:?}");
    }

    #[test]
    fn silence_has_no_figures() {
        assert_eq!(EnergyDecay::of(&[], None).figures().bands, [BandFigures::default(); 8]);
    }
}
