//! Signing keys: PKCS#8 files that only their owner reads, and their public halves as did:key.
//!
//! A did:key holds the public key itself, so a grant names its signers without any register to ask.

use std::{fmt, fs, path::Path};

use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Error;
use crate::home::{is_readable_by_others, write_secret};

/// A public key, written as `did:key:z…`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Did(VerifyingKey);

/// Multicodec ed25519-pub as a varint; `z` is multibase for base58btc (W3C CCG, "The did:key Method").
const ED25519_PUB: [u8; 2] = [0xed, 0x01];
const PREFIX: &str = "did:key:z";

impl Did {
    /// The public half of a key.
    pub fn of(key: &SigningKey) -> Self {
        Self(key.verifying_key())
    }

    /// From its text. None if it is no Ed25519 key, or one that any signature would fit.
    pub fn parse(text: &str) -> Option<Self> {
        // An Ed25519 did:key has 56 characters; a long text would take base58 long.
        let digits = text.strip_prefix(PREFIX).filter(|digits| digits.len() < 64)?;
        let bytes = bs58::decode(digits).into_vec().ok()?;
        let key: [u8; 32] = bytes.strip_prefix(&ED25519_PUB)?.try_into().ok()?;
        VerifyingKey::from_bytes(&key).ok().filter(|key| !key.is_weak()).map(Self)
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = signature.try_into() else { return false };
        self.0.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&ED25519_PUB[..], self.0.as_bytes()].concat();
        write!(f, "{PREFIX}{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Did {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Did {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not an Ed25519 did:key"))
    }
}

/// The key in a file; a new one if there is none.
pub fn load_or_make_key(path: &Path) -> Result<SigningKey, Error> {
    if !path.exists() {
        make_key(path)?;
    }
    load_key(path)
}

/// Makes a key file that only its owner can read. A file that exists is never overwritten.
pub fn make_key(path: &Path) -> Result<SigningKey, Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Error::Random)?;
    let key = SigningKey::from_bytes(&secret);
    let pem = key.to_pkcs8_pem(LineEnding::LF);
    let pem =
        pem.map_err(|error| Error::invalid(path, error.to_string(), "This is a fault of the program"))?;
    write_secret(path, pem.as_bytes()).map_err(Error::file("write the key", path))?;
    Ok(key)
}

/// The key in a PKCS#8 file in PEM.
pub fn load_key(path: &Path) -> Result<SigningKey, Error> {
    if is_readable_by_others(path).map_err(Error::file("read the key", path))? {
        let what = "others than its owner can read this key";
        return Err(Error::invalid(path, what, "Take that right away (chmod 600), or make a new key"));
    }
    let pem = fs::read_to_string(path).map_err(Error::file("read the key", path))?;
    let wrong = "is not an Ed25519 key in PKCS#8 PEM";
    SigningKey::from_pkcs8_pem(&pem)
        .map_err(|_| Error::invalid(path, wrong, "`maquette consent key` makes one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_is_the_one_of_the_method_s_own_test_vector() {
        // did:key method, test vectors: ed25519-x25519.json.
        let did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
        let key = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
        let bytes = crate::consent::Hash::of_hex(key).unwrap().0;
        assert_eq!(Did::of(&SigningKey::from_bytes(&[0; 32])).0.as_bytes(), &bytes);
        assert_eq!(Did::parse(did).unwrap().0.as_bytes(), &bytes);
        assert_eq!(Did::parse(did).unwrap().to_string(), did);
    }

    #[test]
    fn what_is_no_ed25519_key_is_no_did() {
        let weak = [&ED25519_PUB[..], &[1], &[0; 31]].concat();
        let weak = format!("{PREFIX}{}", bs58::encode(weak).into_string());
        let long = format!("{PREFIX}{}", "1".repeat(100_000));
        // A P-256 key of the same method, a weak point, nonsense.
        let p256 = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
        for text in [p256, &weak, &long, "did:key:z", "did:web:example.org", ""] {
            assert!(Did::parse(text).is_none(), "{text:.80}");
        }
    }

    #[test]
    fn a_key_file_is_its_owner_s_alone_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/subject.pem");
        let key = load_or_make_key(&path).unwrap();
        assert_eq!(load_or_make_key(&path).unwrap(), key);
        assert!(make_key(&path).is_err());
        assert_eq!(load_key(&path).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(load_key(&path).unwrap_err().to_string().contains("chmod 600"));
        }
    }
}
