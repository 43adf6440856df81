//! A record and a signature in one: COSE_Sign1 (RFC 9052, section 4.2) with Ed25519 (RFC 9053, section 2.2).
//!
//! The protected header says who signed (the did:key) and what kind of record it is, so that a signature under one kind is
//! none under another. Nothing stays outside the signature: the unprotected header is empty, and the whole file must be the
//! one that signing the same values writes.

use coset::{CoseSign1, CoseSign1Builder, Header, HeaderBuilder, TaggedCborSerializable, iana};
use ed25519_dalek::{Signer, SigningKey};
use serde::{Serialize, de::DeserializeOwned};

use super::{cbor, key::Did};

/// What can be signed.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Its media type, in the protected header.
    const KIND: &'static str;
}

/// Signs a record.
pub(crate) fn sign<T: Record>(record: &T, key: &SigningKey) -> Option<Vec<u8>> {
    let builder =
        CoseSign1Builder::new().protected(header::<T>(&Did::of(key))).payload(cbor::encode(record)?);
    builder
        .create_signature(&[], |message| key.sign(message).to_bytes().to_vec())
        .build()
        .to_tagged_vec()
        .ok()
}

/// The record in `bytes`, and who signed it; none if anything at all is wrong with it.
pub(crate) fn open<T: Record>(bytes: &[u8]) -> Option<(T, Did)> {
    let sign1 = CoseSign1::from_tagged_slice(bytes).ok()?;
    let signer = Did::parse(std::str::from_utf8(&sign1.protected.header.key_id).ok()?)?;
    sign1
        .verify_signature(&[], |signature, message| {
            signer.verifies(message, signature).then_some(()).ok_or(())
        })
        .ok()?;
    let payload = sign1.payload?;
    let builder = CoseSign1Builder::new().protected(header::<T>(&signer)).payload(payload.clone());
    let same = builder.signature(sign1.signature).build().to_tagged_vec().ok()? == bytes;
    same.then(|| cbor::decode(&payload)).flatten().map(|record| (record, signer))
}

fn header<T: Record>(signer: &Did) -> Header {
    let builder = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA);
    builder.content_type(T::KIND.to_owned()).key_id(signer.to_string().into_bytes()).build()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        text: String,
    }

    impl Record for Note {
        const KIND: &'static str = "application/x-note";
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Other {
        text: String,
    }

    impl Record for Other {
        const KIND: &'static str = "application/x-other";
    }

    fn note() -> (Note, Vec<u8>) {
        let note = Note { text: "yes".to_owned() };
        let bytes = sign(&note, &SigningKey::from_bytes(&[7; 32])).unwrap();
        (note, bytes)
    }

    #[test]
    fn a_record_comes_back_with_its_signer() {
        let (note, bytes) = note();
        assert_eq!(open(&bytes), Some((note, Did::of(&SigningKey::from_bytes(&[7; 32])))));
    }

    #[test]
    fn no_bit_of_a_signed_record_can_change() {
        let (_, bytes) = note();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(open::<Note>(&changed), None, "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_signature_under_one_kind_of_record_is_none_under_another() {
        assert_eq!(open::<Other>(&note().1), None);
    }

    #[test]
    fn what_a_signature_does_not_cover_may_not_be_there() {
        let (_, bytes) = note();
        let mut sign1 = CoseSign1::from_tagged_slice(&bytes).unwrap();
        sign1.unprotected.key_id = b"someone".to_vec();
        assert_eq!(open::<Note>(&sign1.to_tagged_vec().unwrap()), None);
        assert_eq!(open::<Note>(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(open::<Note>(&bytes[1..]), None, "without its tag");
    }
}
