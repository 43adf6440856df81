//! The steps before a render, each a function: ask, grant, accept, approve, take back.
//!
//! 1. The project asks: a request, its plain-language text, and a slate.
//! 2. The person records themself with the slate, reads, and grants.
//! 3. The project watches the recording and accepts.
//! 4. If they agreed on it, the person approves a draft.
//! 5. At any time, the person takes the grant back.
//!
//! Project and person have a home folder each, on a machine each.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;

use super::{
    AcceptedGrant, Approval, Challenge, Error, Event, Hash, Log, Recording, Refusal, Request, RevocationList,
    Role, SignedGrant, SignedRequest, Terms, file,
    hash::Bytes,
    home::{desk_folder, own_list},
    key::Did,
    refusal,
    slate::{find_slate, slate_png},
    text::{plain_text, text_hash},
    time::Time,
};

/// What [`ask`] wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// For `sign`: NAME.request.
    pub request: PathBuf,
    /// To read: NAME.txt.
    pub text: PathBuf,
    /// To hold before the camera: NAME.slate.png.
    pub slate: PathBuf,
    /// What is asked.
    pub signed: SignedRequest,
}

/// Asks a person: writes a request, its text and its slate beside `request`, whose name should end in `.request`.
pub fn ask(terms: Terms, minutes: u64, request: &Path, home: &Path, now: Time) -> Result<Asked, Error> {
    terms.check()?;
    let (text_path, slate) = (request.with_extension("txt"), request.with_extension("slate.png"));
    [request, &text_path, &slate].into_iter().try_for_each(file::check_new)?;
    let key = Role::Project.key(home)?;
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(Error::Random)?;
    let challenge = Challenge { nonce: Bytes(nonce), from: now, until: now.plus(minutes * 60) };
    let text = plain_text(&terms, &challenge);
    let slate_picture = slate_png(&challenge, &terms.project)?;
    let text_sha256 = text_hash(&terms, &challenge);
    let signed = Request { terms, project_key: Did::of(&key), challenge, text_sha256 };
    let signed = SignedRequest::sign(signed, &key).ok_or_else(|| unsignable(request))?;
    let mut log = open_log(home, now)?;
    log.append(now, Event::Asked { challenge: challenge.nonce })?;
    file::write(&text_path, text.as_bytes())?;
    file::write(&slate, &slate_picture)?;
    file::write(request, signed.bytes())?;
    Ok(Asked { request: request.to_owned(), text: text_path, slate, signed })
}

/// The text that a request's signature covers.
///
/// # Errors
///
/// `consent/changed-text`.
pub fn text_of(path: &Path, signed: &SignedRequest) -> Result<String, Error> {
    let Request { terms, challenge, text_sha256, .. } = &signed.request;
    let text = plain_text(terms, challenge);
    match Hash::of(text.as_bytes()) == *text_sha256 {
        true => Ok(text),
        false => {
            let what = format!("{} names another text than its terms give", path.display());
            Err(refusal::CHANGED_TEXT.refusal(what).into())
        }
    }
}

/// The person grants: checks the recording, signs, and writes the grant and a first revocation list beside it.
///
/// `also` are further recordings that the grant covers, without a slate of their own.
///
/// # Errors
///
/// `consent/changed-text`, `consent/challenge-expired`, `consent/no-slate`.
pub fn grant(
    request: &Path,
    recording: &Path,
    also: &[PathBuf],
    out: &Path,
    home: &Path,
    now: Time,
) -> Result<SignedGrant, Error> {
    let signed = SignedRequest::read(request)?;
    text_of(request, &signed)?;
    let challenge = signed.request.challenge;
    if !(challenge.from..=challenge.until).contains(&now) {
        let what = format!(
            "the challenge is valid from {} until {}, and it is {now}",
            challenge.from, challenge.until
        );
        return Err(refusal::CHALLENGE_EXPIRED.refusal(what).into());
    }
    let sha256 = hash_with_slate(recording, &challenge)?;
    let also = also.iter().map(|path| Ok(Recording::read(path)?.sha256)).collect::<Result<_, Error>>()?;
    let key = Role::Subject.key(home)?;
    let granted = SignedGrant::sign(signed, (sha256, also), now, &key).ok_or_else(|| unsignable(out))?;
    file::write_new(out, granted.bytes())?;
    issue_list(&[], &out.with_extension("revocations"), home, now)?;
    Ok(granted)
}

/// What an operator says after watching the recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Attestation {
    /// Who watched.
    pub operator: String,
    /// The face is the person's.
    pub face_matches: bool,
    /// The person speaks the slate's digits.
    pub digits_spoken: bool,
}

/// The project accepts a signed grant: checks it, its challenge and all its recordings, and writes the grant that renders ask
/// for. What nobody here has cannot have been watched: `also` has to hold every further recording that was granted.
///
/// # Errors
///
/// `consent/bad-terms`, `consent/challenge-expired`, `consent/replayed`, `consent/wrong-project`, `consent/no-slate`,
/// `consent/swapped-recording`, `consent/not-attested`.
pub fn accept(
    signed: &Path,
    recording: &Path,
    also: &[PathBuf],
    attestation: &Attestation,
    out: &Path,
    home: &Path,
    now: Time,
) -> Result<AcceptedGrant, Error> {
    let granted = SignedGrant::read(signed)?;
    let Attestation { operator, face_matches, digits_spoken } = attestation;
    let key = Role::Project.key(home)?;
    check_acceptable(&granted, attestation, &Did::of(&key))?;
    if hash_with_slate(recording, &granted.request.challenge)? != granted.grant.recording {
        let what = format!("{} is not what {} was signed for", recording.display(), signed.display());
        return Err(refusal::SWAPPED.refusal(what).into());
    }
    check_further(&granted, signed, also)?;
    let mut log = open_log(home, now)?;
    let challenge = granted.request.challenge.nonce;
    // Never given out here, or used for another grant.
    if log.use_of(&challenge).is_none_or(|used| used.is_some_and(|grant| grant != granted.id())) {
        let what = format!("{} answers a challenge that is not open here", signed.display());
        return Err(refusal::REPLAYED.refusal(what).into());
    }
    let bytes = AcceptedGrant::sign(&granted, operator, (*face_matches, *digits_spoken), now, &key);
    log.append(now, Event::Accepted { challenge, grant: granted.id() })?;
    file::write_new(out, &bytes.ok_or_else(|| unsignable(out))?)?;
    bring_list(signed, out)?;
    Ok(AcceptedGrant::read(out)?)
}

/// The person approves a scene after seeing a draft of it; writes NAME.approval for the project.
///
/// # Errors
///
/// `consent/not-yours`.
pub fn approve(grant: &Path, scene: Hash, out: &Path, home: &Path, now: Time) -> Result<(), Error> {
    let granted = SignedGrant::read(grant)?;
    let key = subject_key(&granted, grant, home)?;
    let approval = Approval { grant: granted.id(), scene, at: now };
    file::write(out, &approval.sign(&key).ok_or_else(|| unsignable(out))?)
}

/// The person takes grants back, or none, and signs their list again; writes it to `out`, too.
///
/// # Errors
///
/// `consent/not-yours`, `consent/clock-set-back`.
pub fn revoke(grants: &[PathBuf], out: &Path, home: &Path, now: Time) -> Result<RevocationList, Error> {
    let mut ids = Vec::new();
    for path in grants {
        let granted = SignedGrant::read(path)?;
        subject_key(&granted, path, home)?;
        ids.push(granted.id());
    }
    issue_list(&ids, out, home, now)
}

fn issue_list(grants: &[Hash], out: &Path, home: &Path, now: Time) -> Result<RevocationList, Error> {
    let key = Role::Subject.key(home)?;
    let own = own_list(home);
    let list = if own.exists() { RevocationList::read(&own)? } else { RevocationList::new(Did::of(&key)) };
    if list.subject_key != Did::of(&key) {
        let what = "is the list of another key";
        return Err(Error::invalid(&own, what, "Put back the key it was made with, or move the list away"));
    }
    if list.issued_at > now {
        let what = format!("the clock shows {now}, your list was signed at {}", list.issued_at);
        return Err(refusal::CLOCK.refusal(what).into());
    }
    let list = list.next(grants, now);
    let bytes = list.sign(&key).ok_or_else(|| unsignable(out))?;
    file::write(&own, &bytes)?;
    file::write(out, &bytes)?;
    Ok(list)
}

fn subject_key(granted: &SignedGrant, path: &Path, home: &Path) -> Result<SigningKey, Error> {
    let key = Role::Subject.key(home)?;
    let (granter, own) = (&granted.grant.subject_key, Did::of(&key));
    match *granter == own {
        true => Ok(key),
        false => {
            let what = format!("{} was granted by {granter}, this machine's key is {own}", path.display());
            Err(refusal::NOT_YOURS.refusal(what).into())
        }
    }
}

fn check_acceptable(granted: &SignedGrant, said: &Attestation, project: &Did) -> Result<(), Error> {
    granted.request.terms.check()?;
    if granted.request.project_key != *project {
        let what =
            format!("the request is from {}, this machine's key is {project}", granted.request.project_key);
        return Err(refusal::WRONG_PROJECT.refusal(what).into());
    }
    if !granted.in_time() {
        let what = format!(
            "it was signed at {}, the challenge ended at {}",
            granted.grant.signed_at, granted.request.challenge.until
        );
        return Err(refusal::CHALLENGE_EXPIRED.refusal(what).into());
    }
    check_attested(granted, said.face_matches && said.digits_spoken, &said.operator).map_err(Error::from)
}

fn check_further(granted: &SignedGrant, signed: &Path, also: &[PathBuf]) -> Result<(), Error> {
    let given =
        also.iter().map(|path| Ok(Recording::read(path)?.sha256)).collect::<Result<Vec<_>, Error>>()?;
    match granted.grant.also.iter().find(|hash| !given.contains(hash)) {
        None => Ok(()),
        Some(hash) => {
            let what = format!("{} covers a recording with hash {hash}, which is not here", signed.display());
            let hint = "Watch and name every recording that the person granted: --also FILE";
            Err(refusal::SWAPPED.refusal_with(what, hint).into())
        }
    }
}

/// A person's grant needs an operator's word for face and digits; a synthetic performer has neither to compare.
pub(crate) fn check_attested(granted: &SignedGrant, both: bool, operator: &str) -> Result<(), Refusal> {
    let needs = granted.request.terms.subject_kind == super::SubjectKind::Person;
    match operator.trim().is_empty() || (needs && !both) {
        true => refusal::NOT_ATTESTED
            .refuse(format!("the grant of {} lacks an operator's word", granted.request.terms.subject_name)),
        false => Ok(()),
    }
}

fn hash_with_slate(recording: &Path, challenge: &Challenge) -> Result<Hash, Error> {
    let read = Recording::read(recording)?;
    let found = find_slate(&read.path, challenge)?;
    let what = || format!("{} does not show the slate of this request", recording.display());
    found.map(|_| read.sha256).ok_or_else(|| refusal::NO_SLATE.refusal(what()).into())
}

/// The list that came with a signed grant goes with the accepted one.
fn bring_list(signed: &Path, out: &Path) -> Result<(), Error> {
    let (from, to) = (signed.with_extension("revocations"), out.with_extension("revocations"));
    if from == to || !from.exists() {
        return Ok(());
    }
    file::write(&to, &fs::read(&from).map_err(Error::file("read", &from))?)
}

fn open_log(home: &Path, now: Time) -> Result<Log, Error> {
    let log = Log::open(&desk_folder(home))?;
    log.check_clock(now)?;
    Ok(log)
}

fn unsignable(path: &Path) -> Error {
    Error::invalid(path, "cannot be encoded", "This is a fault of the program")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::{Speech, SubjectKind};

    #[test]
    fn a_request_cannot_be_signed_under_kinder_words_than_its_terms() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let (from, until) = (Time(1_800_000_000), Time(1_800_001_800));
        let terms = Terms {
            subject_name: "Maya".to_owned(),
            subject_kind: SubjectKind::Person,
            project: "Corridor".to_owned(),
            scenes: None,
            shots: None,
            uses_allowed: vec!["festival".to_owned()],
            uses_denied: Vec::new(),
            speech: Speech::None,
            training: true,
            draft_approval: false,
            valid_from: from,
            valid_until: until,
        };
        let challenge = Challenge { nonce: Bytes([7; 16]), from, until };
        let signed = |terms: &Terms| {
            let text_sha256 = text_hash(&Terms { training: false, ..terms.clone() }, &challenge);
            let request =
                Request { terms: terms.clone(), project_key: Did::of(&key), challenge, text_sha256 };
            SignedRequest::sign(request, &key).expect("signed")
        };
        let path = Path::new("maya.request");
        let refused = text_of(path, &signed(&terms)).expect_err("another text").to_string();
        assert!(refused.contains("consent/changed-text"), "{refused}");
        let honest = Terms { training: false, ..terms };
        assert!(text_of(path, &signed(&honest)).is_ok());
    }
}
