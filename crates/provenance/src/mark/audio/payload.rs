//! An id and its checks to four symbols of ten bits, a symbol to 512 chips, and back.
//!
//! A symbol is a row of a Hadamard matrix or its negative: 1024 words that are opposite or orthogonal, all of them compared with what
//! was received by one fast transform, which no binary code of this length beats at this noise.

use sha2::{Digest, Sha256};

use super::pattern::{CHIPS, SYMBOLS};
use crate::mark::InstallKey;

/// Bits of an id that a mark carries: the lower ones.
pub const ID_BITS: u32 = 24;

/// Bits of a symbol: one for each halving of the chips, one for the sign.
const SYMBOL_BITS: u32 = CHIPS.ilog2() + 1;

/// Natural logarithm of the number of code words that pass the open check.
pub(crate) const LN_WORDS: f64 = (ID_BITS + 8) as f64 * std::f64::consts::LN_2;

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    /// 24 bits.
    pub id: u32,
    /// Eight bits that only the install key gives.
    pub signature: u8,
}

/// A row of the Hadamard matrix, or its negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// Which of the [`CHIPS`] rows.
    pub row: usize,
    /// Whether all its signs are turned.
    pub negative: bool,
}

impl Symbol {
    /// The sign of a chip, 1 or −1.
    pub(crate) fn chip(self, index: usize) -> f32 {
        let odd = (self.row & index).count_ones() % 2 == 1;
        if odd == self.negative { 1.0 } else { -1.0 }
    }
}

impl Payload {
    pub(crate) fn new(key: &InstallKey, id: u32) -> Self {
        let id = id & ((1 << ID_BITS) - 1);
        Self { id, signature: signature(key, id) }
    }

    pub(crate) fn is_by(self, key: &InstallKey) -> bool {
        self.signature == signature(key, self.id)
    }

    pub(crate) fn symbols(self) -> [Symbol; SYMBOLS] {
        let word = u64::from(self.id) << 16 | u64::from(self.signature) << 8 | u64::from(self.check());
        std::array::from_fn(|symbol| {
            let bits = (word >> (SYMBOL_BITS as usize * symbol)) as usize;
            Symbol { row: bits % CHIPS, negative: bits / CHIPS % 2 == 1 }
        })
    }

    /// What the symbols say, unless their check fails.
    pub(crate) fn of(symbols: [Symbol; SYMBOLS]) -> Option<Self> {
        let word = symbols.iter().rev().fold(0u64, |word, symbol| {
            word << SYMBOL_BITS | (usize::from(symbol.negative) * CHIPS + symbol.row) as u64
        });
        let payload = Self { id: (word >> 16) as u32, signature: (word >> 8) as u8 };
        (payload.check() == word as u8).then_some(payload)
    }

    /// Eight bits that anybody can compare.
    fn check(self) -> u8 {
        let hash = Sha256::new().chain_update(b"audio mark, check").chain_update(self.id.to_le_bytes());
        hash.chain_update([self.signature]).finalize()[0]
    }
}

fn signature(key: &InstallKey, id: u32) -> u8 {
    key.check("audio mark", &id.to_le_bytes())[0]
}

/// Correlations of `chips` with all rows, in place: the fast Walsh and Hadamard transform.
pub(crate) fn transform(chips: &mut [f32; CHIPS]) {
    let mut half = 1;
    while half < CHIPS {
        for block in chips.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back() {
        let key = InstallKey([7; 32]);
        for id in (0..1 << ID_BITS).step_by(9973) {
            let payload = Payload::new(&key, id);
            assert_eq!(Payload::of(payload.symbols()), Some(payload));
            assert!(payload.is_by(&key));
        }
    }

    #[test]
    fn a_wrong_symbol_is_noticed() {
        let symbols = Payload::new(&InstallKey([7; 32]), 123_456).symbols();
        let wrong = (0..CHIPS).filter(|row| {
            let mut symbols = symbols;
            symbols[2].row ^= row;
            *row > 0 && Payload::of(symbols).is_some()
        });
        // Eight bits let one in 256 pass.
        assert!(wrong.count() <= 8);
    }

    #[test]
    fn another_install_key_signs_differently() {
        let payload = Payload::new(&InstallKey([7; 32]), 5);
        let others = (0..200u8).filter(|&n| n != 7 && payload.is_by(&InstallKey([n; 32])));
        assert!(others.count() <= 4);
    }

    #[test]
    fn the_transform_finds_a_row() {
        let symbol = Symbol { row: 345, negative: true };
        let mut chips: [f32; CHIPS] = std::array::from_fn(|index| symbol.chip(index));
        transform(&mut chips);
        for (row, correlation) in chips.iter().enumerate() {
            assert_eq!(*correlation, if row == 345 { -(CHIPS as f32) } else { 0.0 });
        }
    }
}
