//! Who made it and which one: 32 bits of identity and a check, to the 127 bits that a video mark carries, and back.
//!
//! Everybody can read the identity. The check is keyed with the maker's own secret, so that only that installation can
//! write marks which it later recognises as its own: an identity copied into another maker's mark does not verify.

use super::{bch::Bch, key::InstallKey};

/// Bits of the keyed check: a foreign mark passes for one's own once in 2048.
const CHECK_BITS: usize = 11;
/// GF(2^7): words of 127 bits.
const FIELD: usize = 7;
/// Errors corrected; leaves 43 = 32 + 11 bits.
const ERRORS: usize = 14;
/// Bits of identity and check.
pub(super) const DATA_BITS: usize = 32 + CHECK_BITS;

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payload {
    /// The delivered take.
    pub id: u32,
    /// The first 11 bits of SHA-256 over the install key, a label and the identity.
    pub check: u32,
}

impl Payload {
    /// The payload that `key` writes for `id`.
    pub fn new(key: &InstallKey, id: u32) -> Self {
        let [a, b, c, d, ..] = key.check("mark check", &id.to_be_bytes());
        Self { id, check: u32::from_be_bytes([a, b, c, d]) >> (32 - CHECK_BITS) }
    }

    /// Whether the installation with `key` made this mark.
    pub fn is_by(self, key: &InstallKey) -> bool {
        self == Self::new(key, self.id)
    }

    /// The 127 bits on the picture.
    pub(super) fn word(self) -> Vec<bool> {
        let id = (0..32).map(|i| self.id >> i & 1 == 1);
        let check = (0..CHECK_BITS).map(|i| self.check >> i & 1 == 1);
        code().encode(&id.chain(check).collect::<Vec<_>>())
    }

    /// The likeliest payload of 127 uncertain bits (positive: a one; magnitude: how sure). There always is one: whether to
    /// believe it is for the caller, by how well [`word`](Self::word) agrees.
    pub(super) fn read(soft: &[f32]) -> Self {
        let code = code();
        let word = code.decode_soft(soft);
        let number = |bits: &[bool]| bits.iter().rev().fold(0, |sum, &bit| sum << 1 | u32::from(bit));
        let (id, check) = code.data(&word).split_at(32);
        Self { id: number(id), check: number(check) }
    }
}

fn code() -> Bch {
    Bch::new(FIELD, ERRORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soft(word: &[bool]) -> Vec<f32> {
        word.iter().map(|&bit| if bit { 1.0 } else { -1.0 }).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let key = InstallKey([7; 32]);
        for id in [0, 1, 0xdead_beef, u32::MAX] {
            let payload = Payload::new(&key, id);
            assert_eq!(Payload::read(&soft(&payload.word())), payload);
            assert!(payload.is_by(&key));
        }
    }

    #[test]
    fn another_install_does_not_pass() {
        let payload = Payload::new(&InstallKey([7; 32]), 5);
        assert!(!payload.is_by(&InstallKey([8; 32])));
        assert!(!Payload { id: 6, ..payload }.is_by(&InstallKey([7; 32])));
    }

    #[test]
    fn ten_wrong_bits_do_no_harm() {
        let payload = Payload::new(&InstallKey([1; 32]), 99);
        let mut soft = soft(&payload.word());
        for bit in soft.iter_mut().step_by(13) {
            *bit = -*bit;
        }
        assert_eq!(Payload::read(&soft), payload);
    }
}
