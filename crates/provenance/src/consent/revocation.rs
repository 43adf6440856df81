//! What a person has taken back: one list a person, signed by them, numbered and only ever longer.
//!
//! "Not revoked" can only be told from a fresh list, so a person signs the list again now and then, even without a new entry,
//! and a list older than a week counts as none.

use std::path::Path;

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{
    Error, Hash, Refusal, cbor, file,
    key::Did,
    refusal,
    signed::{self, Record},
    time::{DAY_S, Time},
};

/// How long a list speaks for the present.
pub const FRESH_FOR_S: u64 = 7 * DAY_S;

/// Clocks of two machines may differ so much.
pub(crate) const CLOCKS_DIFFER_S: u64 = 120;

/// A person's revocations at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationList {
    /// Whose list it is, and who signs it.
    pub subject_key: Did,
    /// 1 for the first list, one more each time it is signed again.
    pub issue: u64,
    /// When it was signed.
    pub issued_at: Time,
    /// What was taken back, the oldest first.
    pub entries: Vec<Revocation>,
}

/// A grant taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// 1 for the first entry, then 2, without a gap.
    pub number: u64,
    /// [`SignedGrant::id`](super::SignedGrant::id).
    pub grant: Hash,
    /// When.
    pub at: Time,
}

impl Record for RevocationList {
    const KIND: &'static str = "application/x.maquette.consent-revocations+cbor";
}

impl RevocationList {
    /// A person's list before the first issue.
    pub fn new(subject_key: Did) -> Self {
        Self { subject_key, issue: 0, issued_at: Time(0), entries: Vec::new() }
    }

    /// The next issue, with these grants taken back as well.
    pub(crate) fn next(mut self, grants: &[Hash], now: Time) -> Self {
        for grant in grants {
            if !self.revokes(grant) {
                self.entries.push(Revocation {
                    number: self.entries.len() as u64 + 1,
                    grant: *grant,
                    at: now,
                });
            }
        }
        Self { issue: self.issue + 1, issued_at: now, ..self }
    }

    pub(crate) fn sign(&self, key: &SigningKey) -> Option<Vec<u8>> {
        signed::sign(self, key)
    }

    /// Whether it takes a grant back.
    pub fn revokes(&self, grant: &Hash) -> bool {
        self.entries.iter().any(|entry| entry.grant == *grant)
    }

    /// Reads a list that its subject signed and that has no gap.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let list = Self::open(&file::read(path)?);
        let what = || format!("{} is not a list that its subject signed", path.display());
        list.ok_or_else(|| refusal::LIST_TAMPERED.refusal(what()).into())
    }

    /// The list of `subject` beside a grant.
    pub(crate) fn beside(grant: &Path, subject: &Did) -> Result<Self, Refusal> {
        let path = grant.with_extension("revocations");
        let Ok(bytes) = file::read(&path) else {
            return refusal::LIST_MISSING.refuse(format!("{} is not there", path.display()));
        };
        let list = Self::open(&bytes).filter(|list| list.subject_key == *subject);
        let what = || format!("{} is not a list that {subject} signed", path.display());
        list.ok_or_else(|| refusal::LIST_TAMPERED.refusal(what()))
    }

    /// Whether it speaks for the present.
    pub(crate) fn check_fresh(&self, now: Time) -> Result<(), Refusal> {
        let what = format!("the revocation list is of {}, and it is {now}", self.issued_at);
        if self.issued_at > now.plus(CLOCKS_DIFFER_S) {
            return refusal::LIST_FUTURE.refuse(what);
        }
        match now > self.issued_at.plus(FRESH_FOR_S) {
            true => refusal::LIST_STALE.refuse(what),
            false => Ok(()),
        }
    }

    /// SHA-256 of the first `count` entries; none if there are fewer.
    pub(crate) fn start(&self, count: u64) -> Option<Hash> {
        let entries = self.entries.get(..usize::try_from(count).ok()?)?;
        cbor::encode(&entries).map(|bytes| Hash::of(&bytes))
    }

    fn open(bytes: &[u8]) -> Option<Self> {
        let (list, signer) = signed::open::<Self>(bytes)?;
        let numbered = (1..).zip(&list.entries).all(|(number, entry)| entry.number == number);
        let ordered = list.entries.is_sorted_by_key(|entry| entry.at);
        let past = list.entries.last().is_none_or(|entry| entry.at <= list.issued_at);
        (signer == list.subject_key && list.issue >= 1 && numbered && ordered && past).then_some(list)
    }
}
