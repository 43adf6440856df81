//! What a person agrees to: the terms, the request that carries them, the grant and its acceptance.
//!
//! Two people sign, one after the other: the project signs the request, the person signs the grant that contains it, and the
//! project signs the acceptance that contains the person's signed bytes. Each layer is a COSE_Sign1 around the one before, so a
//! later signature covers the earlier ones, and a signature cannot be lifted off and put under other terms. (COSE_Sign, the
//! form for several signers of one payload, lets each be removed or exchanged without the others noticing.)

use std::path::Path;

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{
    Error, Refusal, file,
    hash::{Blob, Bytes, Hash},
    key::Did,
    refusal,
    signed::{self, Record},
    time::{DAY_S, Time},
};

/// Longest validity: ten years, leap days included.
pub const LONGEST_VALIDITY_S: u64 = 3653 * DAY_S;

/// Whether the subject lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A real person.
    Person,
    /// A performer made by a program; its maker signs.
    Synthetic,
}

/// What may be done with the recorded voice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Speech {
    /// The voice may not be heard.
    None,
    /// Only these lines, word by word: SHA-256 of each, as [`line_hash`] gives it.
    Lines(Vec<Hash>),
    /// As the scene needs it.
    Free,
}

/// SHA-256 of a spoken line, its white space reduced to single spaces.
pub fn line_hash(line: &str) -> Hash {
    Hash::of(line.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes())
}

/// What the project asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How the person is called here.
    pub subject_name: String,
    /// Whether the subject lives.
    pub subject_kind: SubjectKind,
    /// Name of the production, as in the scene's `project`.
    pub project: String,
    /// Titles of the scenes allowed; none allows every scene of the project.
    pub scenes: Option<Vec<String>>,
    /// Names of the shots allowed; none allows every shot.
    pub shots: Option<Vec<String>>,
    /// What the film may be for, and what of a sensitive kind may happen in a shot with the person.
    pub uses_allowed: Vec<String>,
    /// What the film may not be for, and what may not happen in a shot with the person.
    pub uses_denied: Vec<String>,
    /// What may be done with the voice.
    pub speech: Speech,
    /// Whether the recording may train a model.
    pub training: bool,
    /// Whether the person must approve a draft of a scene before it is finished.
    pub draft_approval: bool,
    /// First moment.
    pub valid_from: Time,
    /// Last moment, at most ten years later.
    pub valid_until: Time,
}

/// Names, titles and tags are short; this many of them are many.
const MOST_NAMES: usize = 1000;
const LONGEST_NAME: usize = 200;

impl Terms {
    /// Says what a grant cannot hold.
    pub fn check(&self) -> Result<(), Refusal> {
        let wrong = |what: String, hint| Err(refusal::BAD_TERMS.refusal_with(what, hint));
        if self.valid_until <= self.valid_from || self.valid_until.0 - self.valid_from.0 > LONGEST_VALIDITY_S
        {
            let what = format!("validity from {} until {}", self.valid_from, self.valid_until);
            return wrong(what, "A grant ends after it begins, and after ten years at most");
        }
        if self.uses_allowed.is_empty() {
            return wrong("no use is allowed".to_owned(), "Say what the film is for: --use festival");
        }
        let none = Vec::new();
        let lists = [&self.uses_allowed, &self.uses_denied];
        let lists =
            lists.into_iter().chain([&self.scenes, &self.shots].map(|list| list.as_ref().unwrap_or(&none)));
        let names = lists.flatten().chain([&self.subject_name, &self.project]);
        // A control character could make the plain-language text show something else than what is signed.
        let bad =
            |name: &&String| name.trim().is_empty() || name.len() > LONGEST_NAME || name.chars().any(hides);
        if let Some(name) = names.clone().find(bad) {
            return wrong(format!("{name:?} as a name"), "Names have 1 to 200 visible characters");
        }
        match names.count() > MOST_NAMES {
            true => wrong(format!("more than {MOST_NAMES} names"), "Ask for several grants"),
            false => Ok(()),
        }
    }
}

/// Control characters, and those that turn the direction of text or are not seen at all.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A number that is used once, and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// 128 random bits.
    pub nonce: Bytes<16>,
    /// When it was given out.
    pub from: Time,
    /// Until when it must be recorded and signed.
    pub until: Time,
}

impl Challenge {
    /// Six digits to be spoken.
    pub fn digits(&self) -> String {
        let hash = Hash::of(&[b"spoken digits", &self.nonce.0[..]].concat());
        let number = u32::from_be_bytes([hash.0[0], hash.0[1], hash.0[2], hash.0[3]]) % 1_000_000;
        format!("{:03} {:03}", number / 1000, number % 1000)
    }

    /// What the slate's QR code says.
    pub fn code(&self) -> String {
        format!("MAQUETTE:CONSENT:1:{}:{}", self.nonce.to_string().to_uppercase(), self.until.0)
    }
}

/// Terms with a challenge, signed by the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What is asked for.
    pub terms: Terms,
    /// Who asks.
    pub project_key: Did,
    /// What must be in the recording.
    pub challenge: Challenge,
    /// SHA-256 of the plain-language text shown to the person.
    pub text_sha256: Hash,
}

/// A request with the recordings it is granted for, signed by the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// What was asked, as the project signed it.
    request: Blob,
    /// Who grants.
    pub subject_key: Did,
    /// SHA-256 of the recording in which the slate is shown.
    pub recording: Hash,
    /// SHA-256 of other recordings of the same person that the grant covers.
    pub also: Vec<Hash>,
    /// When it was signed.
    pub signed_at: Time,
}

/// A grant with what an operator attests, signed by the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The grant, as the person signed it.
    grant: Blob,
    /// Who watched the recording.
    pub operator: String,
    /// The operator says: the face is the person's.
    pub face_matches: bool,
    /// The operator says: the person speaks the slate's digits.
    pub digits_spoken: bool,
    /// When.
    pub accepted_at: Time,
}

impl Record for Request {
    const KIND: &'static str = "application/x.maquette.consent-request+cbor";
}

impl Record for Grant {
    const KIND: &'static str = "application/x.maquette.consent-grant+cbor";
}

impl Record for Acceptance {
    const KIND: &'static str = "application/x.maquette.consent-acceptance+cbor";
}

/// A request whose signature fits, with the bytes that were signed.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedRequest {
    /// What is asked.
    pub request: Request,
    bytes: Blob,
}

impl SignedRequest {
    pub(crate) fn sign(request: Request, key: &SigningKey) -> Option<Self> {
        let bytes = Blob(signed::sign(&request, key)?);
        Some(Self { request, bytes })
    }

    /// Reads a request file.
    ///
    /// # Errors
    ///
    /// `consent/tampered`, `consent/bad-terms`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let what = || format!("{} is not a request whose signature fits", path.display());
        let signed = Self::open(Blob(file::read(path)?)).ok_or_else(|| refusal::TAMPERED.refusal(what()))?;
        signed.request.terms.check()?;
        Ok(signed)
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes.0
    }

    fn open(bytes: Blob) -> Option<Self> {
        let (request, signer) = signed::open::<Request>(&bytes.0)?;
        (signer == request.project_key).then_some(Self { request, bytes })
    }
}

/// A grant that the person has signed.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedGrant {
    /// What was asked.
    pub request: Request,
    /// What was granted.
    pub grant: Grant,
    bytes: Blob,
}

impl SignedGrant {
    pub(crate) fn sign(
        request: SignedRequest,
        recordings: (Hash, Vec<Hash>),
        signed_at: Time,
        key: &SigningKey,
    ) -> Option<Self> {
        let (recording, also) = recordings;
        let subject_key = Did::of(key);
        let grant = Grant { request: request.bytes, subject_key, recording, also, signed_at };
        let bytes = Blob(signed::sign(&grant, key)?);
        Some(Self { request: request.request, grant, bytes })
    }

    /// Hashes of all recordings that it is for.
    pub fn recordings(&self) -> Vec<Hash> {
        [&[self.grant.recording], &self.grant.also[..]].concat()
    }

    /// Reads a `.signed` file, or the grant in an accepted `.grant` file.
    ///
    /// # Errors
    ///
    /// `consent/tampered`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = Blob(file::read(path)?);
        let what = || format!("{} is not a grant whose signatures fit", path.display());
        let found = Self::open(bytes.clone()).or_else(|| Some(AcceptedGrant::open(&bytes.0)?.signed));
        found.ok_or_else(|| refusal::TAMPERED.refusal(what()).into())
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes.0
    }

    /// What names this grant everywhere: SHA-256 of the bytes the person signed.
    pub fn id(&self) -> Hash {
        Hash::of(&self.bytes.0)
    }

    /// Whether it was signed while its challenge was valid.
    pub(crate) fn in_time(&self) -> bool {
        let Challenge { from, until, .. } = self.request.challenge;
        (from..=until).contains(&self.grant.signed_at)
    }

    fn open(bytes: Blob) -> Option<Self> {
        let (grant, signer) = signed::open::<Grant>(&bytes.0)?;
        let request = SignedRequest::open(grant.request.clone())?.request;
        // Nobody grants to themself.
        let two = signer != request.project_key;
        (signer == grant.subject_key && two).then_some(Self { request, grant, bytes })
    }
}

/// A grant that both have signed.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptedGrant {
    /// What the person signed.
    pub signed: SignedGrant,
    /// What the project's operator attests.
    pub acceptance: Acceptance,
}

impl AcceptedGrant {
    /// Signs the acceptance; gives the file's bytes.
    pub(crate) fn sign(
        signed: &SignedGrant,
        operator: &str,
        (face_matches, digits_spoken): (bool, bool),
        accepted_at: Time,
        key: &SigningKey,
    ) -> Option<Vec<u8>> {
        let (grant, operator) = (signed.bytes.clone(), operator.to_owned());
        signed::sign(&Acceptance { grant, operator, face_matches, digits_spoken, accepted_at }, key)
    }

    /// Reads a `.grant` file.
    ///
    /// # Errors
    ///
    /// `consent/no-grant`, `consent/tampered`.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let bytes = file::read(path).map_err(|error| refusal::NO_GRANT.refusal(error.to_string()))?;
        let what = || format!("{} is not a grant that both signed", path.display());
        Self::open(&bytes).ok_or_else(|| refusal::TAMPERED.refusal(what()))
    }

    fn open(bytes: &[u8]) -> Option<Self> {
        let (acceptance, signer) = signed::open::<Acceptance>(bytes)?;
        let signed = SignedGrant::open(acceptance.grant.clone())?;
        (signer == signed.request.project_key).then_some(Self { signed, acceptance })
    }
}
