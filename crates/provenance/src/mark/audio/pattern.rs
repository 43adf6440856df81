//! A key to the order and the signs in which pairs of tiles carry the chips of symbols.

use sha2::{Digest, Sha256};

use super::spectrogram::BANDS;
use crate::mark::PublicKey;

/// Pairs of tiles after which the pattern repeats: 5.5 s.
pub(crate) const PAIRS: usize = 64;
/// Symbols in a code word.
pub(crate) const SYMBOLS: usize = 4;
/// Chips in a symbol.
pub(crate) const CHIPS: usize = BANDS * PAIRS / SYMBOLS;

/// Where a chip lies, and its sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Chip {
    /// Band.
    pub band: usize,
    /// Pair of tiles within the period.
    pub pair: usize,
    /// 1 or −1.
    pub sign: f32,
}

/// The chips of all symbols, one symbol after the other.
pub(crate) struct Pattern(pub Vec<Chip>);

impl Pattern {
    pub(crate) fn of(key: PublicKey) -> Self {
        let mut stream = Stream { key, counter: 0, block: [0; 32], used: 32 };
        let mut chips: Vec<Chip> = (0..BANDS * PAIRS)
            .map(|cell| Chip { band: cell / PAIRS, pair: cell % PAIRS, sign: 1.0 })
            .collect();
        // Fisher and Yates' shuffle.
        for last in (1..chips.len()).rev() {
            chips.swap(last, stream.below(last + 1));
        }
        for chip in &mut chips {
            chip.sign = if stream.below(2) == 0 { 1.0 } else { -1.0 };
        }
        Self(chips)
    }
}

/// SHA-256 of the key and a counter, as random numbers.
struct Stream {
    key: PublicKey,
    counter: u32,
    block: [u8; 32],
    used: usize,
}

impl Stream {
    fn below(&mut self, limit: usize) -> usize {
        // 32 bits leave a bias of less than 1e-6 for limits of a few thousand.
        let value = u32::from_le_bytes(std::array::from_fn(|_| self.byte()));
        (value as usize) % limit
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let hash = Sha256::new().chain_update(self.key.0).chain_update(b"audio mark");
            self.block = hash.chain_update(self.counter.to_le_bytes()).finalize().into();
            self.counter += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_carries_one_chip_and_signs_balance() {
        let pattern = Pattern::of(PublicKey::SOUND);
        let mut seen = [[false; PAIRS]; BANDS];
        for chip in &pattern.0 {
            assert!(!std::mem::replace(&mut seen[chip.band][chip.pair], true));
        }
        assert_eq!(pattern.0.len(), BANDS * PAIRS);
        let sum: f32 = pattern.0.iter().map(|chip| chip.sign).sum();
        assert!(sum.abs() < 5.0 * ((BANDS * PAIRS) as f32).sqrt(), "{sum}");
    }

    #[test]
    fn keys_are_unlike() {
        let (a, b) = (Pattern::of(PublicKey([1; 32])), Pattern::of(PublicKey([2; 32])));
        let alike = a.0.iter().zip(&b.0).filter(|(a, b)| a == b).count();
        assert!(alike < 10, "{alike}");
    }
}
