//! Who signs: a private key and the certificates that vouch for it, in files.
//!
//! The installation's own identity is one file, so that key and chain cannot disagree after an interruption. The
//! certificates stand beside it once more, without the key, for whoever wants to trust this installation.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use c2pa::SigningAlg;
use ed25519_dalek::pkcs8::{PrivateKeyInfo, spki::der::SecretDocument};

use super::{Error, certificate::make_chain};
use crate::home;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// The file of the installation's private key and chain.
pub(super) fn key_file(home: &Path) -> PathBuf {
    home.join("credential/key.pem")
}

/// The file of the installation's certificates, without the key.
pub(super) fn certificates_file(home: &Path) -> PathBuf {
    home.join("credential/certificates.pem")
}

/// A private key and its certificates.
pub(super) struct Identity {
    /// Certificates, PEM, leaf first.
    pub(super) chain: String,
    /// Private key, PKCS#8 PEM.
    pub(super) key: String,
    pub(super) algorithm: SigningAlg,
}

impl Identity {
    /// The installation's own; made where there is none, never overwritten.
    pub(super) fn of_home(home: &Path, now: SystemTime) -> Result<Self, Error> {
        let path = key_file(home);
        if !path.exists() {
            make(&path, now)?;
        }
        let pem = read_key(&path)?;
        let chain = &pem[pem.find(CERTIFICATE).unwrap_or(pem.len())..];
        let certificates = certificates_file(home);
        if fs::read_to_string(&certificates).ok().as_deref() != Some(chain) {
            fs::write(&certificates, chain).map_err(Error::file("write", &certificates))?;
        }
        Self::of_pem(chain, &pem, &path)
    }

    /// A user's own, from two files.
    pub(super) fn own(chain: &Path, key: &Path) -> Result<Self, Error> {
        let certificates = fs::read_to_string(chain).map_err(Error::file("read", chain))?;
        Self::of_pem(&certificates, &read_key(key)?, key)
    }

    fn of_pem(chain: &str, key: &str, path: &Path) -> Result<Self, Error> {
        let refuse = |why: String| Error::Key { path: path.to_owned(), why };
        let key =
            key_block(key).ok_or_else(|| refuse("it holds no unencrypted PKCS#8 private key".to_owned()))?;
        let algorithm = algorithm_of(&key).map_err(refuse)?;
        Ok(Self { chain: chain.to_owned(), key, algorithm })
    }
}

fn make(path: &Path, now: SystemTime) -> Result<(), Error> {
    let chain = make_chain(now).map_err(|why| Error::Key { path: path.to_owned(), why: why.to_string() })?;
    match home::write_secret(path, (chain.key + &chain.certificates).as_bytes()) {
        // Another process was first; its key is as good.
        Err(taken) if taken.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written.map_err(Error::file("write", path)),
    }
}

fn read_key(path: &Path) -> Result<String, Error> {
    if home::is_readable_by_others(path).map_err(Error::file("read", path))? {
        return Err(Error::OpenKey { path: path.to_owned() });
    }
    fs::read_to_string(path).map_err(Error::file("read", path))
}

/// The private key of a PEM text that may hold certificates, too.
fn key_block(pem: &str) -> Option<String> {
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let (body, _) = pem.split_once(begin)?.1.split_once(end)?;
    Some(format!("{begin}{body}{end}\n"))
}

/// The signature a key is for, from the identifier in its PKCS#8 wrapping (RFC 5958; RFC 5480 and 8410 for curves).
fn algorithm_of(key: &str) -> Result<SigningAlg, String> {
    let damaged = "its private key is damaged";
    let (_, document) = SecretDocument::from_pem(key).map_err(|why| format!("{damaged} ({why})"))?;
    let info: PrivateKeyInfo<'_> = document.decode_msg().map_err(|why| format!("{damaged} ({why})"))?;
    let curve = info.algorithm.parameters_oid().map(|oid| oid.to_string()).unwrap_or_default();
    match (info.algorithm.oid.to_string().as_str(), curve.as_str()) {
        ("1.3.101.112", _) => Ok(SigningAlg::Ed25519),
        ("1.2.840.10045.2.1", "1.2.840.10045.3.1.7") => Ok(SigningAlg::Es256),
        ("1.2.840.10045.2.1", "1.3.132.0.34") => Ok(SigningAlg::Es384),
        ("1.2.840.10045.2.1", "1.3.132.0.35") => Ok(SigningAlg::Es512),
        ("1.2.840.113549.1.1.1", _) => Ok(SigningAlg::Ps256),
        (kind, curve) => Err(format!("its key is of a kind that C2PA does not take ({kind} {curve})")),
    }
}
