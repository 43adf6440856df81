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
    AcceptedGrant, Approval, Event, Hash, Log, Permit, Recording, Refusal, RevocationList, Role, SignedGrant,
    flow::check_attested,
    grant::{Speech, Terms, line_hash},
    home::desk_folder,
    key::Did,
    refusal,
    time::Time,
};
use crate::policy::Policy;

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
    /// SHA-256 of the scene file.
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
    /// The desk of a home folder, see [`home`](super::home()). The policy says which tags of a shot a grant must name.
    ///
    /// # Errors
    ///
    /// `consent/log-tampered`, `consent/clock-set-back`.
    pub fn open(home: &Path, policy: &Policy, now: Time) -> Result<Self, Refusal> {
        let folder = desk_folder(home);
        Log::open(&folder)?.check_clock(now)?;
        Ok(Self { folder, project_key: Role::Project.did(home), sensitive_tags: policy.sensitive_tags() })
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
                self.check_scope(path, &granted, claim)?;
                Some(granted)
            }
        };
        let recording = known.map_or_else(|| read_recording(&claim.recording), |known| Ok(known.clone()))?;
        if let Some(granted) = &granted {
            check_recording(&recording, granted)?;
        }
        Ok(Found { granted, recording })
    }

    fn check_scope(&self, path: &Path, granted: &AcceptedGrant, claim: &Claim) -> Result<(), Refusal> {
        let request = &granted.signed.request;
        let terms = &request.terms;
        let whose = format!("the grant of {}", terms.subject_name);
        if terms.project != claim.project || self.project_key != Some(request.project_key) {
            let here = self.project_key.map_or("none".to_owned(), |key| key.to_string());
            return refusal::WRONG_PROJECT.refuse(format!(
                "{whose} is for \"{}\" and key {}; this is \"{}\" and key {here}",
                terms.project, request.project_key, claim.project
            ));
        }
        if terms.scenes.as_ref().is_some_and(|scenes| !scenes.contains(&claim.scene)) {
            return refusal::WRONG_SCENE
                .refuse(format!("{whose} does not name the scene \"{}\"", claim.scene));
        }
        for shot in &claim.shots {
            if terms.shots.as_ref().is_some_and(|shots| !shots.contains(&shot.name)) {
                return refusal::WRONG_SHOT
                    .refuse(format!("{whose} does not name the shot \"{}\"", shot.name));
            }
            self.check_tags(&whose, terms, shot)?;
        }
        check_uses(&whose, terms, &claim.uses)?;
        check_speech(&whose, &terms.speech, claim)?;
        if claim.training && !terms.training {
            return refusal::TRAINING.refuse(format!("{whose} allows no training"));
        }
        let approved = || Approval::is_beside(path, &granted.signed, &claim.scene_sha256);
        if terms.draft_approval && !claim.draft && !approved() {
            return refusal::NOT_APPROVED.refuse(format!("{whose} asks for a draft of \"{}\"", claim.scene));
        }
        Ok(())
    }

    fn check_tags(&self, whose: &str, terms: &Terms, shot: &ClaimedShot) -> Result<(), Refusal> {
        for tag in &shot.tags {
            let denied = among(&terms.uses_denied, tag);
            if denied || (among(&self.sensitive_tags, tag) && !among(&terms.uses_allowed, tag)) {
                let how = if denied { "denies" } else { "does not name" };
                return refusal::WRONG_TAG
                    .refuse(format!("{whose} {how} \"{tag}\", a tag of shot \"{}\"", shot.name));
            }
        }
        Ok(())
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
    if let Err(error) = terms.check() {
        return refusal::BAD_TERMS.refuse(format!("{whose}: {error}"));
    }
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

fn check_uses(whose: &str, terms: &Terms, uses: &[String]) -> Result<(), Refusal> {
    if uses.is_empty() {
        return refusal::NO_USE.refuse(format!("{whose} allows {} only", terms.uses_allowed.join(", ")));
    }
    match uses.iter().find(|usage| !among(&terms.uses_allowed, usage) || among(&terms.uses_denied, usage)) {
        Some(usage) => refusal::WRONG_USE.refuse(format!("{whose} does not allow \"{usage}\"")),
        None => Ok(()),
    }
}

fn check_speech(whose: &str, speech: &Speech, claim: &Claim) -> Result<(), Refusal> {
    match speech {
        _ if !claim.voice => Ok(()),
        Speech::Free => Ok(()),
        Speech::None => refusal::SPEECH.refuse(format!("{whose} allows no voice")),
        Speech::Lines(_) if claim.lines.is_empty() => refusal::SPEECH
            .refuse(format!("{whose} allows certain lines only, and the scene does not say which are heard")),
        Speech::Lines(allowed) => match claim.lines.iter().find(|line| !allowed.contains(&line_hash(line))) {
            Some(line) => refusal::SPEECH.refuse(format!("{whose} does not have the line \"{line}\"")),
            None => Ok(()),
        },
    }
}

fn read_recording(path: &Path) -> Result<Recording, Refusal> {
    Recording::read(path).map_err(|error| refusal::NO_RECORDING.refusal(error.to_string()))
}

fn check_recording(recording: &Recording, granted: &AcceptedGrant) -> Result<(), Refusal> {
    let grant = &granted.signed.grant;
    match recording.sha256 == grant.recording || grant.also.contains(&recording.sha256) {
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

/// Tags and uses are the same whatever their case, and with a hyphen for a space.
pub(crate) fn among(names: &[String], name: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], " ").trim().to_owned();
    names.iter().any(|other| plain(other) == plain(name))
}
