//! Where a mouth points to how loud each way out is.
//!
//! Averages of human talkers (Chu and Warnock, Detailed Directivity of Sound Fields Around Human Talkers, NRC Canada
//! IRC-RR-104, 2002; Monson, Hunter and Story, J. Acoust. Soc. Am. 132, 2012): behind the head a voice is weaker than
//! ahead by 4 dB at 125 Hz, 15 dB at 2 kHz and more than 20 dB at 8 kHz. A cardioid raised to a power a band follows
//! them within about 2 dB. Power over all directions is kept, so that turning around darkens and does not dim a voice.

use glam::Vec3;
use maquette_conditioning::{Arrival, SoundSource, Track};

/// Level straight behind, against straight ahead, by octave band from 125 Hz.
const BEHIND_DB: [f32; 8] = [-4.0, -5.5, -7.5, -10.0, -15.0, -18.0, -21.0, -25.0];

/// Where a mouth points.
pub(crate) struct Voice<'a> {
    mouth: &'a Track<Vec3>,
}

impl<'a> Voice<'a> {
    /// Of a source that has a mouth.
    pub(crate) fn of(source: &'a SoundSource) -> Option<Self> {
        Some(Self { mouth: source.mouth.as_ref()? })
    }

    /// An arrival's gains with the mouth's direction in them, when it sent what arrives at `time_s`. The late field has
    /// the mean of all directions, which is 1.
    pub(crate) fn shaped(&self, arrival: &Arrival, time_s: f64) -> [f32; 8] {
        if arrival.departure == Vec3::ZERO {
            return arrival.gain;
        }
        let mouth = self.mouth.at(time_s - arrival.delay_s).normalize_or_zero();
        let shape = directivity(mouth.dot(arrival.departure));
        std::array::from_fn(|band| arrival.gain[band] * shape[band])
    }
}

/// Pressure against the mean over all directions, by the cosine of the angle to the mouth's axis.
pub(crate) fn directivity(ahead: f32) -> [f32; 8] {
    BEHIND_DB.map(|behind_db| {
        // g = 1 − d + d·cos, with g(−1)/g(1) = 1 − 2d; its mean power is (1 − d)² + d²/3.
        let dip = 0.5 * (1.0 - 10f32.powf(behind_db / 20.0));
        let mean = ((1.0 - dip).powi(2) + dip * dip / 3.0).sqrt();
        (1.0 - dip + dip * ahead.clamp(-1.0, 1.0)) / mean
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_is_weaker_by_the_published_averages() {
        let (front, back) = (directivity(1.0), directivity(-1.0));
        for band in 0..8 {
            let fall_db = 20.0 * (back[band] / front[band]).log10();
            assert!((fall_db - BEHIND_DB[band]).abs() < 0.01, "band {band}: {fall_db} dB");
        }
    }

    #[test]
    fn turning_keeps_the_power() {
        let n = 2_000;
        for band in 0..8 {
            let power = |i: usize| directivity(2.0 * (i as f32 + 0.5) / n as f32 - 1.0)[band].powi(2);
            let mean = (0..n).map(power).sum::<f32>() / n as f32;
            assert!((mean - 1.0).abs() < 1e-3, "{mean}");
        }
    }
}
