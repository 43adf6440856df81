//! A claim to show somebody becomes a [`Permit`], or a refusal that names its rule.
//!
//! 1. clock and log;
//! 2. papers: signatures, terms, dates, attestation, replay, revocation list;
//! 3. scope: project, scene, shots, uses, tags, voice, training, approval;
//! 4. the recording itself.
//!
//! The same steps run when the permit is given, at every batch of frames, and before a film is finished: nothing is remembered
//! as "was fine" but, between batches, the hash of a recording whose file nobody touched.

use std::path::{Path, PathBuf};

use super::{
    AcceptedGrant, Event, Hash, Log, Permit, Recording, Refusal, RevocationList, Role, SignedGrant,
    flow::check_attested, home::desk_folder, key::Did, refusal, scope::Scope, time::Time,
};

/// Who is in a recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Person {
    /// Who signed the grant in this file.
    Grant(PathBuf),
    /// Nobody: it was made. Who made it, and how.
    NotReal(String),
}

/// A shot that a person is in.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedShot {
    /// Its name.
    pub name: String,
    /// What happens in it.
    pub tags: Vec<String>,
}

/// What somebody wants to show of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Who.
    pub person: Person,
    /// The plate, or the recorded voice; a sequence as `maya.%04d.png`.
    pub recording: PathBuf,
    /// Name of the production.
    pub project: String,
    /// The scene's title.
    pub scene: String,
    /// SHA-256 of the scene's files, see [`scene_hash`](super::scene_hash).
    pub scene_sha256: Hash,
    /// The shots, at least one.
    pub shots: Vec<ClaimedShot>,
    /// What the film is for.
    pub uses: Vec<String>,
    /// Whether the recorded voice is heard.
    pub voice: bool,
    /// The words that are heard, line by line, where a grant allows only certain ones.
    pub lines: Vec<String>,
    /// Whether a model is trained on it.
    pub training: bool,
    /// Whether this is only a draft, to be shown to the person and nobody else.
    pub draft: bool,
}

/// Where permits are asked for.
#[derive(Clone, Debug)]
pub struct Desk {
    folder: PathBuf,
    project_key: Option<Did>,
    sensitive_tags: Vec<String>,
}

/// What a successful check found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) granted: Option<AcceptedGrant>,
    pub(super) recording: Recording,
}

impl Desk {
    /// The desk of a home folder, see [`data_folder`](crate::home::data_folder). `sensitive_tags` are those
    /// of a shot that a grant must name: [`Policy::sensitive_tags`](crate::policy::Policy::sensitive_tags).
    ///
    /// # Errors
    ///
    /// `consent/log-tampered`, `consent/clock-set-back`.
    pub fn open(home: &Path, sensitive_tags: &[String], now: Time) -> Result<Self, Refusal> {
        let folder = desk_folder(home);
        Log::open(&folder)?.check_clock(now)?;
        Ok(Self { folder, project_key: Role::Project.did(home), sensitive_tags: sensitive_tags.to_owned() })
    }

    /// Checks a claim. The decision, either way, is in the log when this returns.
    ///
    /// # Errors
    ///
    /// Any rule of [`RULES`](super::RULES).
    pub fn permit(&self, claim: Claim, now: Time) -> Result<Permit, Refusal> {
        let found = self.check(&claim, None, now)?;
        Permit::new(self.clone(), claim, found, now)
    }

    /// Checks a grant's papers, and a recording against it, without asking for a permit or writing to the log.
    ///
    /// # Errors
    ///
    /// As [`permit`](Self::permit), but for scope.
    pub fn verify(
        &self,
        grant: &Path,
        recording: Option<&Path>,
        now: Time,
    ) -> Result<AcceptedGrant, Refusal> {
        let log = self.log()?;
        log.check_clock(now)?;
        let granted = check_papers(grant, now)?;
        check_known(&log, &granted)?;
        log.check_list(&check_revocation(grant, &granted, now)?)?;
        recording.map_or(Ok(()), |path| check_recording(&read_recording(path)?, &granted))?;
        Ok(granted)
    }

    /// Writes down what was refused before anybody was asked for, by a policy say; the refusals stand whether or not that succeeds.
    pub fn note(home: &Path, refusals: &[Refusal], now: Time) {
        let Ok(mut log) = Log::open(&desk_folder(home)) else { return };
        for refusal in refusals {
            let _ = log.append(now, Event::Refused { rule: refusal.rule.clone(), grant: None });
        }
    }

    pub(super) fn log(&self) -> Result<Log, Refusal> {
        Log::open(&self.folder)
    }

    /// All checks of a claim; a refusal is in the log when this returns. `known` is a recording that need not be read again.
    pub(super) fn check(
        &self,
        claim: &Claim,
        known: Option<&Recording>,
        now: Time,
    ) -> Result<Found, Refusal> {
        let mut log = self.log()?;
        self.checked(&mut log, claim, known, now).inspect_err(|refusal| {
            // The refusal stands whether or not it can be written down.
            let _ = log
                .append(now, Event::Refused { rule: refusal.rule.clone(), grant: claim.person.grant_id() });
        })
    }

    fn checked(
        &self,
        log: &mut Log,
        claim: &Claim,
        known: Option<&Recording>,
        now: Time,
    ) -> Result<Found, Refusal> {
        log.check_clock(now)?;
        if claim.shots.is_empty() {
            return refusal::WRONG_SHOT.refuse("the claim names no shot");
        }
        let granted = match &claim.person {
            Person::NotReal(reason) => check_reason(reason).map(|()| None)?,
            Person::Grant(path) => {
                let granted = check_papers(path, now)?;
                check_known(log, &granted)?;
                if let Some(news) = log.check_list(&check_revocation(path, &granted, now)?)? {
                    log.append(now, news)?;
                }
                let (project_key, sensitive_tags) = (self.project_key, &self.sensitive_tags);
                Scope { project_key, sensitive_tags, claim }.check(&granted)?;
                Some(granted)
            }
        };
        let recording = known.map_or_else(|| read_recording(&claim.recording), |known| Ok(known.clone()))?;
        if let Some(granted) = &granted {
            check_recording(&recording, granted)?;
        }
        Ok(Found { granted, recording })
    }
}

impl Person {
    fn grant_id(&self) -> Option<Hash> {
        match self {
            Self::Grant(path) => SignedGrant::read(path).ok().map(|signed| signed.id()),
            Self::NotReal(_) => None,
        }
    }
}

/// What the papers say by themselves, whatever they are used for.
fn check_papers(path: &Path, now: Time) -> Result<AcceptedGrant, Refusal> {
    let granted = AcceptedGrant::read(path)?;
    let terms = &granted.signed.request.terms;
    let whose = format!("the grant of {} in {}", terms.subject_name, path.display());
    terms.check().map_err(|refusal| Refusal { what: format!("{whose}: {}", refusal.what), ..refusal })?;
    if !granted.signed.in_time() {
        let until = granted.signed.request.challenge.until;
        return refusal::CHALLENGE_EXPIRED.refuse(format!(
            "{whose} was signed at {}, its challenge ended at {until}",
            granted.signed.grant.signed_at
        ));
    }
    let acceptance = &granted.acceptance;
    check_attested(
        &granted.signed,
        acceptance.face_matches && acceptance.digits_spoken,
        &acceptance.operator,
    )?;
    if now < terms.valid_from {
        return refusal::NOT_YET.refuse(format!("{whose} begins at {}, it is {now}", terms.valid_from));
    }
    if now > terms.valid_until {
        return refusal::EXPIRED.refuse(format!("{whose} ended at {}, it is {now}", terms.valid_until));
    }
    Ok(granted)
}

/// A challenge that this log gave out must have been used for this grant. One that it never saw, on a machine that only
/// renders, is judged by the project's signature alone.
fn check_known(log: &Log, granted: &AcceptedGrant) -> Result<(), Refusal> {
    let nonce = granted.signed.request.challenge.nonce;
    match log.use_of(&nonce) {
        Some(used) if used != Some(granted.signed.id()) => {
            let name = &granted.signed.request.terms.subject_name;
            refusal::REPLAYED.refuse(format!("the challenge in the grant of {name} was not accepted for it"))
        }
        _ => Ok(()),
    }
}

fn check_revocation(path: &Path, granted: &AcceptedGrant, now: Time) -> Result<RevocationList, Refusal> {
    let list = RevocationList::beside(path, &granted.signed.grant.subject_key)?;
    // Before freshness: a revocation never grows old.
    if list.revokes(&granted.signed.id()) {
        let name = &granted.signed.request.terms.subject_name;
        return refusal::REVOKED.refuse(format!("{name} took {} back", path.display()));
    }
    list.check_fresh(now)?;
    Ok(list)
}

fn read_recording(path: &Path) -> Result<Recording, Refusal> {
    Recording::read(path).map_err(|error| refusal::NO_RECORDING.refusal(error.to_string()))
}

fn check_recording(recording: &Recording, granted: &AcceptedGrant) -> Result<(), Refusal> {
    let grant = &granted.signed.grant;
    match granted.signed.recordings().contains(&recording.sha256) {
        true => Ok(()),
        false => refusal::SWAPPED.refuse(format!(
            "{} has hash {}, the grant of {} is for {}",
            recording.path.display(),
            recording.sha256.short(),
            granted.signed.request.terms.subject_name,
            grant.recording.short()
        )),
    }
}

/// A sentence, not a word: it is all that a viewer will ever learn.
fn check_reason(reason: &str) -> Result<(), Refusal> {
    match reason.split_whitespace().count() < 3 {
        true => refusal::NO_REASON.refuse(format!("NotReal({reason:?}) says too little")),
        false => Ok(()),
    }
}
