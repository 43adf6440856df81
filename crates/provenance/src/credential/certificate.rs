//! A certificate chain of one installation: a root that signs one leaf and is then forgotten.
//!
//! Validators refuse a leaf that signed itself (C2PA 2.2, §14.5.1), so there are two certificates; nothing else will
//! ever be signed by the root, so its key is not kept. Names carry no person and no machine: the installation is a
//! number that follows from its key. Ed25519, because its signatures need no randomness and its certificates are the
//! smallest that validators accept.

use std::time::{Duration, SystemTime};

use ed25519_dalek::{
    Signer as _, SigningKey, VerifyingKey,
    pkcs8::{EncodePrivateKey, spki::der::pem},
};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SerialNumber, SignatureAlgorithm,
};
use sha2::{Digest, Sha256};

/// How long a chain is valid. Without a timestamp a signature is only as good as its certificate is on the day of the
/// check, and a film is looked at for longer than a year.
const VALIDITY: Duration = Duration::from_secs(10 * 365 * 86_400);

/// How far the chain reaches back, so that a machine whose clock is a little behind accepts it.
const BACKDATED: Duration = Duration::from_secs(86_400);

/// A new key and the chain that vouches for it, as PEM.
pub(super) struct Chain {
    /// The leaf's private key, PKCS#8.
    pub(super) key: String,
    /// Leaf, then root.
    pub(super) certificates: String,
}

/// Why a chain could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChainError {
    #[error("the system gives no random numbers ({0})")]
    Random(#[from] getrandom::Error),
    #[error("{0}")]
    Certificate(#[from] rcgen::Error),
    #[error("{0}")]
    Key(#[from] ed25519_dalek::pkcs8::Error),
    #[error("{0}")]
    Pem(pem::Error),
}

/// Makes a chain that is valid from a day before `now`.
pub(super) fn make_chain(now: SystemTime) -> Result<Chain, ChainError> {
    let (root_key, leaf_key) = (KeyPair::random()?, KeyPair::random()?);
    let number = leaf_key.identifier()[..4].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut root = root_key.params(&format!("Maquette installation {number}, root"), now);
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut leaf = leaf_key.params(&format!("Maquette installation {number}"), now);
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    leaf.use_authority_key_identifier_extension = true;
    let root_certificate = root.self_signed(&root_key)?;
    let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::from_params(&root, &root_key))?;
    Ok(Chain {
        key: leaf_key.secret.to_pkcs8_pem(pem::LineEnding::LF)?.to_string(),
        certificates: pem_of(&leaf_certificate)? + &pem_of(&root_certificate)?,
    })
}

fn pem_of(certificate: &Certificate) -> Result<String, ChainError> {
    pem::encode_string("CERTIFICATE", pem::LineEnding::LF, certificate.der()).map_err(ChainError::Pem)
}

/// A key in the form that certificates are made with.
struct KeyPair {
    secret: SigningKey,
    public: VerifyingKey,
}

impl KeyPair {
    fn random() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let secret = SigningKey::from_bytes(&seed);
        Ok(Self { public: secret.verifying_key(), secret })
    }

    /// The leading 20 bytes of the public key's SHA-256 (RFC 7093, method 1).
    fn identifier(&self) -> Vec<u8> {
        Sha256::digest(self.public.as_bytes())[..20].to_vec()
    }

    fn params(&self, name: &str, now: SystemTime) -> CertificateParams {
        let mut params = CertificateParams::default();
        let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970.saturating_sub(BACKDATED);
        params.not_after = rcgen::date_time_ymd(1970, 1, 1) + (since_1970 + VALIDITY);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Maquette, self-issued");
        params.distinguished_name.push(DnType::CommonName, name);
        let identifier = self.identifier();
        // A serial number is positive and of at most 20 octets (RFC 5280, §4.1.2.2).
        let mut serial = identifier[..16].to_vec();
        serial[0] = serial[0] & 0x7f | 1;
        params.serial_number = Some(SerialNumber::from(serial));
        params.key_identifier_method = KeyIdMethod::PreSpecified(identifier);
        params
    }
}

impl PublicKeyData for KeyPair {
    fn der_bytes(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl rcgen::SigningKey for KeyPair {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.secret.sign(message).to_vec())
    }
}
