//! A claim against a grant's terms: project, scene, shots and their tags, uses, voice, training, approval.

use super::{
    AcceptedGrant, Approval, Claim, ClaimedShot, Person, Refusal, Request,
    grant::{Speech, Terms, line_hash},
    key::Did,
    refusal,
};

/// A claim, and what else its answer depends on.
pub(super) struct Scope<'a> {
    /// The key of the production that renders here.
    pub(super) project_key: Option<Did>,
    /// Tags of a shot that a grant must name.
    pub(super) sensitive_tags: &'a [String],
    pub(super) claim: &'a Claim,
}

impl AcceptedGrant {
    /// Whether the person wants to see a draft of the scene first, and has not approved it.
    pub(super) fn awaits_approval(&self, claim: &Claim) -> bool {
        let Person::Grant(path) = &claim.person else { return false };
        let approved = || Approval::is_beside(path, &self.signed, &claim.scene_sha256);
        self.signed.request.terms.draft_approval && !approved()
    }
}

impl Scope<'_> {
    /// Refuses the first thing that the grant does not cover.
    pub(super) fn check(&self, granted: &AcceptedGrant) -> Result<(), Refusal> {
        let (claim, request) = (self.claim, &granted.signed.request);
        let terms = &request.terms;
        let whose = format!("the grant of {}", terms.subject_name);
        self.check_project(&whose, request)?;
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
        if !claim.draft && granted.awaits_approval(claim) {
            return refusal::NOT_APPROVED.refuse(format!("{whose} asks for a draft of \"{}\"", claim.scene));
        }
        Ok(())
    }

    fn check_tags(&self, whose: &str, terms: &Terms, shot: &ClaimedShot) -> Result<(), Refusal> {
        for tag in &shot.tags {
            let denied = among(&terms.uses_denied, tag);
            if denied || (among(self.sensitive_tags, tag) && !among(&terms.uses_allowed, tag)) {
                let how = if denied { "denies" } else { "does not name" };
                return refusal::WRONG_TAG
                    .refuse(format!("{whose} {how} \"{tag}\", a tag of shot \"{}\"", shot.name));
            }
        }
        Ok(())
    }

    fn check_project(&self, whose: &str, request: &Request) -> Result<(), Refusal> {
        let (terms, claim) = (&request.terms, self.claim);
        if terms.project != claim.project || self.project_key != Some(request.project_key) {
            let here = self.project_key.map_or("none".to_owned(), |key| key.to_string());
            return refusal::WRONG_PROJECT.refuse(format!(
                "{whose} is for \"{}\" and key {}; this is \"{}\" and key {here}",
                terms.project, request.project_key, claim.project
            ));
        }
        Ok(())
    }
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

/// Tags and uses are the same whatever their case, and with a hyphen for a space.
pub(crate) fn among(names: &[String], name: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], " ").trim().to_owned();
    names.iter().any(|other| plain(other) == plain(name))
}
