//! A published key to the waves of the mark: which spatial frequencies, at which phase, carrying what.
//!
//! The mark is one square tile, repeated: a sum of waves of equal strength whose frequencies fit the tile a whole number of
//! times, 7.7 to 25.6 times in any direction. At 512 pixels a tile that is 0.015–0.05 cycles a pixel, coarse enough to
//! outlive halving and video coding; at 192 it is 0.04–0.13, fine enough to hide in texture. The key decides the phases. A third of the waves is
//! always the same and finds the mark (its place, scale and rotation); the others carry 127 bits, five waves a bit, as
//! the sign of the wave. Every bit has a wave in each of five rings of frequency, so that none is lost to blur alone.

use std::f32::consts::TAU;

use rustfft::num_complex::Complex32;
use sha2::{Digest, Sha256};

use crate::mark::PublicKey;

/// Cycles a tile of the coarsest and the finest waves.
const BAND: (f32, f32) = (7.68, 25.6);
/// Rings of equal count; a bit has one wave in each.
const RINGS: usize = 5;
/// Bits carried.
pub(super) const BITS: usize = 127;

/// What a wave says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Always the same: here is a mark.
    Sync,
    /// The sign of this bit.
    Bit(usize),
}

/// One wave of the tile: cos(2π (u·x + v·y) + phase), x and y in tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wave {
    pub u: i32,
    pub v: i32,
    /// Its phase, as a point on the unit circle.
    pub phase: Complex32,
    pub role: Role,
}

/// Every wave of a key, from coarse to fine: one of each pair ±(u, v).
pub(super) fn waves(key: PublicKey) -> Vec<Wave> {
    let mut random = numbers(key);
    let frequencies = frequencies();
    let ring = frequencies.len() / RINGS;
    let mut waves = Vec::with_capacity(frequencies.len());
    for ring in frequencies.chunks(ring) {
        let roles = shuffled_roles(ring.len(), &mut random);
        waves.extend(ring.iter().zip(roles).map(|(&(u, v), role)| {
            let phase = Complex32::from_polar(1.0, TAU * random() as f32 / 2_f32.powi(32));
            Wave { u, v, phase, role }
        }));
    }
    waves
}

/// The half plane of frequencies in the band, by rising magnitude.
fn frequencies() -> Vec<(i32, i32)> {
    let last = BAND.1 as i32;
    let all = (0..=last).flat_map(|u| (-last..=last).map(move |v| (u, v)));
    let magnitude = |&(u, v): &(i32, i32)| u * u + v * v;
    let mut half: Vec<_> = all
        .filter(|&(u, v)| u > 0 || v > 0)
        .filter(|wave| (BAND.0..=BAND.1).contains(&(magnitude(wave) as f32).sqrt()))
        .collect();
    half.sort_by_key(|wave| (magnitude(wave), *wave));
    half
}

/// One wave for each bit, the rest for finding; the few waves left over by the rings all find.
fn shuffled_roles(count: usize, random: &mut impl FnMut() -> u32) -> Vec<Role> {
    let bits = if count < BITS { 0 } else { BITS };
    let mut roles: Vec<Role> = (0..count).map(|i| if i < bits { Role::Bit(i) } else { Role::Sync }).collect();
    for i in (1..count).rev() {
        roles.swap(i, random() as usize % (i + 1));
    }
    roles
}

/// Random numbers of a key: SHA-256 in counter mode.
fn numbers(key: PublicKey) -> impl FnMut() -> u32 {
    let start = Sha256::new().chain_update(key.0).chain_update(b"video");
    let (mut counter, mut block) = (0_u64, Vec::new());
    move || {
        if block.is_empty() {
            let digest = start.clone().chain_update(counter.to_be_bytes()).finalize();
            block.extend(digest.as_chunks::<4>().0.iter().map(|&bytes| u32::from_be_bytes(bytes)));
            counter += 1;
        }
        block.pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_has_a_wave_in_each_ring() {
        let waves = waves(PublicKey::PICTURE);
        let mut counts = [0; BITS];
        for wave in &waves {
            if let Role::Bit(bit) = wave.role {
                counts[bit] += 1;
            }
        }
        assert_eq!(counts, [RINGS; BITS]);
        let finding = waves.iter().filter(|wave| wave.role == Role::Sync).count();
        assert!((250..350).contains(&finding), "{finding}");
    }
}
