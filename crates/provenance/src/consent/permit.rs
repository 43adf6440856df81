//! Leave to show somebody: the only way to the recording's path.
//!
//! A permit cannot be made but by [`Desk::permit`](super::Desk::permit), and holds only as long as asking again would give it.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::Serialize;

use super::{
    Claim, Desk, Event, Hash, LogHead, Person, Recording, Refusal, Rule, SubjectKind, desk::Found, refusal,
    revocation::CLOCKS_DIFFER_S, time::Time,
};

/// Leave to show somebody in the shots that were claimed.
#[derive(Debug)]
pub struct Permit {
    desk: Desk,
    claim: Claim,
    recording: Recording,
    /// Hashes of all recordings that the grant is for.
    granted: Vec<Hash>,
    is_draft: bool,
    statement: Statement,
    latest: AtomicU64,
}

/// What a credential says of a permit: nothing about the person but that there is one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statement {
    /// The grant's id, SHA-256 of what the person signed; none for a declaration.
    pub grant_sha256: Option<Hash>,
    /// Whether the subject lives.
    pub subject: SubjectKind,
    /// What the film is for.
    pub uses: Vec<String>,
    /// Whether the recording may train models.
    pub training: bool,
    /// Who vouches for what.
    pub assurance: String,
    /// The log of decisions when this was said.
    pub log: LogHead,
}

const ATTESTED: &str =
    "Face and spoken digits were attested by an operator of the production, not verified by the program.";
const SYNTHETIC: &str =
    "The maker of a synthetic performer granted it; that no real person is shown is the maker's word.";

impl Permit {
    /// Writes the permit down and gives it.
    pub(super) fn new(desk: Desk, claim: Claim, found: Found, now: Time) -> Result<Self, Refusal> {
        let mut log = desk.log()?;
        log.append(now, permitted(&claim, &found))?;
        let statement = statement(&claim, &found, log.head());
        let Found { recording, granted } = found;
        let is_draft = granted.as_ref().is_some_and(|granted| granted.awaits_approval(&claim));
        let granted = granted.map(|granted| granted.signed.recordings()).unwrap_or_default();
        drop(log);
        Ok(Self { desk, claim, recording, granted, is_draft, statement, latest: AtomicU64::new(now.0) })
    }

    /// The recording, its links resolved; of a sequence the pattern.
    pub fn recording(&self) -> &Path {
        &self.recording.path
    }

    /// Whether a recording with this hash is among those that its grant is for.
    pub fn is_granted(&self, sha256: Hash) -> bool {
        self.granted.contains(&sha256)
    }

    /// Whether the person has yet to approve the scene: what is made is for their eyes only.
    pub fn is_draft(&self) -> bool {
        self.is_draft
    }

    /// The recording's file; of a sequence the first.
    pub fn first_file(&self) -> &Path {
        self.recording.first_file()
    }

    /// The recording for its voice; none when no voice was claimed.
    pub fn voice(&self) -> Option<&Path> {
        self.claim.voice.then_some(self.recording())
    }

    /// SHA-256 of the recording, for caches of what is made from it.
    pub fn recording_sha256(&self) -> Hash {
        self.recording.sha256
    }

    /// The shots it is for.
    pub fn covers(&self, shot: &str) -> bool {
        self.claim.shots.iter().any(|claimed| claimed.name == shot)
    }

    /// What the production says it is, where it declares that nobody real is shown.
    pub fn declared(&self) -> Option<&str> {
        match &self.claim.person {
            Person::NotReal(reason) => Some(reason),
            Person::Grant(_) => None,
        }
    }

    /// What a credential says, with the log as it was when the permit was given.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Checks everything again, and that nobody touched the recording. For every batch of frames.
    ///
    /// # Errors
    ///
    /// Any rule of [`RULES`](super::RULES): stop, and publish nothing.
    pub fn still_holds(&self, now: Time) -> Result<(), Refusal> {
        self.check_again(Some(&self.recording), now).map(drop)
    }

    /// Checks everything again, the recording's hash too, and notes that the film is finished. Before it is published.
    ///
    /// # Errors
    ///
    /// As [`still_holds`](Self::still_holds).
    pub fn seal(&self, now: Time) -> Result<Statement, Refusal> {
        self.check_again(None, now)?;
        let mut log = self.desk.log()?;
        log.append(
            now,
            Event::Sealed { grant: self.statement.grant_sha256, recording: self.recording.sha256 },
        )?;
        Ok(Statement { log: log.head(), ..self.statement.clone() })
    }

    fn check_again(&self, known: Option<&Recording>, now: Time) -> Result<(), Refusal> {
        // The log hears only of decisions; in between, the permit itself remembers the time.
        let latest = Time(self.latest.fetch_max(now.0, Ordering::Relaxed));
        if now.plus(CLOCKS_DIFFER_S) < latest {
            return self.refuse(
                &refusal::CLOCK,
                now,
                format!("the clock shows {now}, this render has seen {latest}"),
            );
        }
        self.desk.log()?.grew_from(&self.statement.log)?;
        // By its resolved path: where a link points by now is not what was read.
        let claim = Claim { recording: self.recording.path.clone(), ..self.claim.clone() };
        let found = self.desk.check(&claim, known, now)?;
        if found.granted.map(|granted| granted.signed.id()) != self.statement.grant_sha256 {
            return self.refuse(
                &refusal::TAMPERED,
                now,
                "another grant took this one's place during the render".to_owned(),
            );
        }
        // Its content may be right again, but who knows what was there in between.
        match found.recording == self.recording && self.recording.is_untouched() {
            true => Ok(()),
            false => {
                let what = format!(
                    "{} was written, replaced or moved during the render",
                    self.recording.path.display()
                );
                self.refuse(&refusal::SWAPPED, now, what)
            }
        }
    }

    fn refuse(&self, rule: &Rule, now: Time, what: String) -> Result<(), Refusal> {
        // The refusal stands whether or not it can be written down.
        let event = Event::Refused { rule: rule.id.to_owned(), grant: self.statement.grant_sha256 };
        let _ = self.desk.log().and_then(|mut log| log.append(now, event));
        rule.refuse(what)
    }
}

fn permitted(claim: &Claim, found: &Found) -> Event {
    let declared = match &claim.person {
        Person::NotReal(reason) => Some(reason.clone()),
        Person::Grant(_) => None,
    };
    Event::Permitted {
        grant: found.granted.as_ref().map(|granted| granted.signed.id()),
        declared,
        recording: found.recording.sha256,
        scene: claim.scene_sha256,
        shots: claim.shots.iter().map(|shot| shot.name.clone()).collect(),
        uses: claim.uses.clone(),
    }
}

fn statement(claim: &Claim, found: &Found, log: LogHead) -> Statement {
    let terms = found.granted.as_ref().map(|granted| &granted.signed.request.terms);
    let subject = terms.map_or(SubjectKind::Synthetic, |terms| terms.subject_kind);
    let assurance = match (&claim.person, subject) {
        (Person::NotReal(reason), _) => {
            format!("Declared not to be a real person, by the production: {reason}")
        }
        (Person::Grant(_), SubjectKind::Person) => ATTESTED.to_owned(),
        (Person::Grant(_), SubjectKind::Synthetic) => SYNTHETIC.to_owned(),
    };
    Statement {
        grant_sha256: found.granted.as_ref().map(|granted| granted.signed.id()),
        subject,
        uses: claim.uses.clone(),
        training: terms.is_some_and(|terms| terms.training),
        assurance,
        log,
    }
}
