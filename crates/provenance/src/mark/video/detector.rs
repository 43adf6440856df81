//! Frames, one after the other, to what their mark says.

use rayon::prelude::*;

use super::{
    Layer,
    agreement::Agreement,
    fold::{Folding, Geometry},
    pattern::{Wave, waves},
    residual::{Plane, Residual},
    search::{self, Match},
};
use crate::mark::{
    PublicKey,
    payload::{DATA_BITS, Payload},
};

/// Chance of a mark found where none is.
const FALSE_ALARMS: f64 = 1e-6;

/// Correlation from which on no number was seen to be read wrong.
const READ_Z: f32 = 14.0;

/// A mark that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// What it says; [`Payload::is_by`] tells whether one's own installation made it.
    pub payload: Payload,
    /// One less the chance that a picture without a mark correlates as well: at least 0.999 999.
    pub confidence: f64,
    /// Correlation with the mark, in standard deviations of chance: 11.2 at least, 43 at most.
    pub correlation_z: f32,
    /// Size of the mark against that of a whole frame: 1 if nothing was cropped, 1.11 if nine tenths of each side are left, less
    /// than 1 behind black bars.
    pub scale: f32,
    /// Degrees that the picture was turned, clockwise.
    pub rotation_deg: f32,
}

impl Found {
    /// Whether the number can be relied on without the key that wrote it. Below, a mark is there, but with so little of it a
    /// wrong number may fit as well: none of those that were read wrong reached this.
    pub fn is_read(&self) -> bool {
        self.correlation_z >= READ_Z
    }
}

/// Finds the mark in frames of one movie, or in one image.
///
/// [`add`](Self::add) what there is, then ask. Some seconds of film are better than one frame.
pub struct Detector {
    waves: Vec<Wave>,
    residuals: [Residual; 2],
    folding: Folding,
}

impl Detector {
    /// Looks for marks of `key`; those of this program have [`PublicKey::PICTURE`].
    pub fn new(key: PublicKey) -> Self {
        Self { waves: waves(key), residuals: Layer::ALL.map(Residual::new), folding: Folding::new() }
    }

    /// Adds a frame's luma, `width` full-range codes a row. Frames of another size than the first are left out.
    pub fn add(&mut self, luma: &[u8], width: usize, height: usize) {
        self.residuals.par_iter_mut().for_each(|residual| residual.add(luma, width, height));
    }

    /// What the mark says, if there is one: at most one picture in a million without a mark seems to have one.
    pub fn finish(&self) -> Option<Found> {
        [search::upright, search::turned].into_iter().find_map(|search| {
            let read = self.layers().flat_map(|planes| {
                let matches = search(planes, &self.waves, &self.folding);
                matches.into_iter().filter_map(|found| self.read(&found, planes[0].period()))
            });
            read.max_by(|a, b| a.correlation_z.total_cmp(&b.correlation_z))
        })
    }

    /// How well other keys' marks correlate at a known scale and rotation, the best over shifts and payloads: each a trial of
    /// a measurement of false alarms. Keys take turns with the layers and sums of frames. Below the threshold, it is a bound.
    pub fn correlations_of(&self, keys: &[PublicKey], scale: f32, rotation_deg: f32) -> Vec<f32> {
        let readings: Vec<Match> = self
            .layers()
            .flat_map(|planes| {
                let geometry =
                    Geometry { period: scale * planes[0].period(), angle: rotation_deg.to_radians() };
                search::at(planes, geometry, &self.waves, &self.folding)
            })
            .collect();
        let one = |(number, &key): (usize, &PublicKey)| {
            let waves = waves(key);
            let reading = readings.get(number % readings.len().max(1))?;
            let found = search::other_key(reading, &waves, &self.folding);
            let agreement = Agreement::new(&waves, &found);
            let bound = agreement.bound();
            Some(if bound < Self::threshold() { bound } else { agreement.read().1 })
        };
        keys.par_iter().enumerate().filter_map(one).collect()
    }

    /// The correlation that [`finish`](Self::finish) demands.
    ///
    /// Were the key chosen after the picture, every wave would add c·cos θ with θ uniform, and E exp(λ c cos θ) = I₀(λc) ≤
    /// exp(λ²c²/4): in any picture, one correlation exceeds z deviations with probability at most exp(−z²/2). The search
    /// makes some hundred million of them, three readings of the planes among them, with the best of 2⁴³ payloads each; the threshold allows for all.
    pub fn threshold() -> f32 {
        (2.0 * (ln_trials() - FALSE_ALARMS.ln())).sqrt() as f32
    }

    /// What is searched: the sums of frames of each layer.
    fn layers(&self) -> impl Iterator<Item = &[Plane]> {
        self.residuals.iter().map(Residual::planes).filter(|planes| !planes.is_empty())
    }

    /// What a match says, if that cannot be chance. `expected` is the side of its tile, had nothing been cropped.
    fn read(&self, found: &Match, expected: f32) -> Option<Found> {
        let agreement = Agreement::new(&self.waves, found);
        if agreement.bound() < Self::threshold() {
            return None;
        }
        let (payload, z) = agreement.read();
        (z >= Self::threshold()).then_some(Found {
            payload,
            confidence: 1.0 - (ln_trials() - 0.5 * f64::from(z).powi(2)).exp(),
            correlation_z: z,
            scale: found.geometry.period / expected,
            rotation_deg: found.geometry.angle.to_degrees(),
        })
    }
}

/// Logarithm of the count of correlations in a search, each with every payload.
fn ln_trials() -> f64 {
    Layer::ALL.map(search::trials).iter().sum::<f64>().ln() + DATA_BITS as f64 * 2_f64.ln()
}
