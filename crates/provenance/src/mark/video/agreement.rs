//! A match's waves to how well they agree with the key, and to the payload that they agree with best.

use super::{
    pattern::{BITS, Role, Wave},
    search::{Match, aligned, deviation},
};
use crate::mark::payload::Payload;

/// How a match's waves stand to the key's, in standard deviations of the sum over all of them.
pub(super) struct Agreement {
    finding: f32,
    bits: [f32; BITS],
}

impl Agreement {
    /// Of all waves, at the match's shift.
    pub(super) fn new(waves: &[Wave], found: &Match) -> Self {
        let deviation = deviation(found.strengths.iter());
        let mut agreement = Self { finding: 0.0, bits: [0.0; BITS] };
        for (wave, &strength) in waves.iter().zip(&found.strengths) {
            let aligned = aligned(wave, strength, found.shift) / deviation;
            match wave.role {
                Role::Sync => agreement.finding += aligned,
                Role::Bit(bit) => agreement.bits[bit] += aligned,
            }
        }
        agreement
    }

    /// What no payload can exceed: quick to know, and nearly always too little where there is no mark.
    pub(super) fn bound(&self) -> f32 {
        self.finding + self.bits.iter().map(|bit| bit.abs()).sum::<f32>()
    }

    /// The likeliest payload, and how well all waves agree with it.
    pub(super) fn read(&self) -> (Payload, f32) {
        let payload = Payload::read(&self.bits);
        let word = payload.word();
        let signed = self.bits.iter().zip(word).map(|(soft, one)| if one { *soft } else { -soft });
        (payload, self.finding + signed.sum::<f32>())
    }
}
