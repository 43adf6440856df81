//! Why something is refused: one table of rules, and what a refusal says.
//!
//! The ids are stable: scripts and records depend on them. The table is printed in `docs/consent.md`.

use std::fmt;

use serde::Serialize;

/// A rule that can refuse.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name.
    pub id: &'static str,
    /// When it refuses.
    pub refuses: &'static str,
    /// What to do then.
    pub hint: &'static str,
}

/// A rule that said no, and to what.
#[derive(Clone, Debug, PartialEq, Serialize, thiserror::Error)]
pub struct Refusal {
    /// The rule: `consent/expired`.
    pub rule: String,
    /// What was refused, and which limit it met.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused by {}: {}. {}", self.rule, self.what, self.hint)
    }
}

impl Rule {
    /// A refusal by this rule.
    pub(crate) fn refusal(&self, what: impl Into<String>) -> Refusal {
        Refusal { rule: self.id.to_owned(), what: what.into(), hint: self.hint.to_owned() }
    }

    /// A refusal by this rule that says more exactly what to do.
    pub(crate) fn refusal_with(&self, what: impl Into<String>, hint: &str) -> Refusal {
        Refusal { hint: hint.to_owned(), ..self.refusal(what) }
    }

    /// A refusal by this rule, as the end of a check.
    pub(crate) fn refuse<T>(&self, what: impl Into<String>) -> Result<T, Refusal> {
        Err(self.refusal(what))
    }
}

macro_rules! rules {
    ($($name:ident = $id:literal, $refuses:literal, $hint:literal;)*) => {
        $(pub(crate) const $name: Rule = Rule { id: $id, refuses: $refuses, hint: $hint };)*
        /// Every rule of consent.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    NO_GRANT = "consent/no-grant", "the grant file is not there or cannot be read",
        "Name the .grant file that `maquette consent accept` wrote";
    TAMPERED = "consent/tampered", "a signature does not fit, or a record is not exactly what was signed",
        "Get the file again from the person who signed it";
    CHANGED_TEXT = "consent/changed-text", "a request names another text than its terms give",
        "Ask for the request again; both sides need the same version of maquette";
    NO_SLATE = "consent/no-slate", "the recording does not show the slate of its request within its first ten minutes",
        "Hold the slate still and near for three seconds, well lit, without glare";
    CHALLENGE_EXPIRED = "consent/challenge-expired", "the grant was signed outside the minutes its challenge was valid",
        "Ask again with `maquette consent request` and record the new slate";
    REPLAYED = "consent/replayed", "the challenge belongs to another grant, or was never given out here",
        "Each challenge serves one grant: ask again with `maquette consent request`";
    NOT_ATTESTED = "consent/not-attested", "no operator attests that the face and the spoken digits are the person's",
        "Watch the recording and accept again with --face-matches and --digits-spoken";
    BAD_TERMS = "consent/bad-terms", "the grant would be valid for longer than ten years, or holds other terms that no grant can",
        "Ask again within the limits";
    NOT_YET = "consent/not-yet-valid", "the grant begins later",
        "Wait for its first day, or ask for an earlier one";
    EXPIRED = "consent/expired", "the grant has ended",
        "Ask the person for a new grant";
    WRONG_PROJECT = "consent/wrong-project", "the grant is for another production or another production's key",
        "Ask for a grant for this project, or set the scene's `project` and this machine's project key right";
    WRONG_SCENE = "consent/wrong-scene", "the grant does not name this scene",
        "Ask for a grant that includes it";
    WRONG_SHOT = "consent/wrong-shot", "the grant does not name this shot",
        "Take the person out of the shot, or ask for a grant that includes it";
    NO_USE = "consent/no-use", "the scene does not say what the film is for",
        "Write it into the scene: uses: [\"festival\"]";
    WRONG_USE = "consent/wrong-use", "the grant does not allow, or denies, what the film is for",
        "Ask for a grant that allows it";
    WRONG_TAG = "consent/wrong-tag", "the grant denies, or does not expressly allow, what happens in the shot",
        "Ask for a grant that allows it by name";
    SPEECH = "consent/speech", "the recorded voice or the words are not what the grant allows",
        "Leave the voice out, or ask for a grant that allows it";
    TRAINING = "consent/training", "the recording would train a model and the grant says no",
        "Leave the recording out of training";
    NOT_APPROVED = "consent/not-approved", "the person wants to see a draft first and has not approved this scene",
        "Render a draft, show it, and put the .approval file of `maquette consent approve` beside the grant";
    NO_RECORDING = "consent/no-recording", "the recording is not there or cannot be read",
        "Put the recording where the scene says";
    SWAPPED = "consent/swapped-recording", "the recording is not the one that was signed",
        "Use the recording the grant was signed for";
    LIST_MISSING = "consent/list-missing", "the person's revocation list is not beside the grant",
        "Ask for the .revocations file and put it beside the grant, under the grant's name";
    LIST_TAMPERED = "consent/list-tampered", "the revocation list is not signed by the person, or has a gap",
        "Ask the person for the list again";
    LIST_STALE = "consent/list-stale", "the revocation list is older than seven days",
        "Ask the person for a new one: `maquette consent refresh`";
    LIST_FUTURE = "consent/list-from-future", "the revocation list is from a time that has not come",
        "Set this machine's clock right, or ask the person to set theirs";
    LIST_ROLLED_BACK = "consent/list-rolled-back", "a newer list was here before, or entries have gone",
        "Put the person's newest list beside every grant of theirs, under each grant's name";
    REVOKED = "consent/revoked", "the person has taken the grant back",
        "Take the person out of the film, or ask for a new grant";
    CLOCK = "consent/clock-set-back", "the clock shows less than the log has already seen",
        "Set the clock right and try again";
    LOG = "consent/log-tampered", "the log of decisions was changed or cut, or cannot be written",
        "Bring the log back from a backup; docs/consent.md says how to start a new one";
    NOT_YOURS = "consent/not-yours", "a grant would be taken back or a scene approved by somebody else than who granted",
        "Only who granted can do this, with the same key";
    NO_REASON = "consent/no-reason", "a person is declared not to be real without saying who made them and how",
        "Write a sentence: NotReal(\"made by … with …\")";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_hints_begin_a_sentence() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
        for rule in RULES {
            assert!(rule.id.starts_with("consent/") && !rule.refuses.ends_with('.'), "{}", rule.id);
            assert!(rule.hint.starts_with(char::is_uppercase) && !rule.hint.ends_with('.'), "{}", rule.id);
        }
    }
}
