//! What a validator found, as sentences.

use c2pa::{
    Reader, ValidationState,
    validation_status::{
        ASSERTION_BMFFHASH_MISMATCH, ASSERTION_BOXHASH_MISMATCH, ASSERTION_DATAHASH_MISMATCH,
        ASSERTION_HASHEDURI_MISMATCH, ASSERTION_MISSING, CLAIM_SIGNATURE_MISMATCH,
        CLAIM_SIGNATURE_OUTSIDE_VALIDITY, SIGNING_CREDENTIAL_EXPIRED, SIGNING_CREDENTIAL_INVALID,
        SIGNING_CREDENTIAL_UNTRUSTED, ValidationStatus,
    },
};

/// Everything that is wrong with a credential or with the file it speaks of; nothing where it is valid. Who signed it
/// is another question.
pub(super) fn findings(reader: &Reader) -> Vec<String> {
    let Some(results) = reader.validation_results() else {
        return vec!["its credential could not be checked".to_owned()];
    };
    let own = results.active_manifest().into_iter().flat_map(|codes| codes.failure());
    let inputs = results.ingredient_deltas().into_iter().flatten();
    let inputs = inputs.flat_map(|delta| delta.validation_deltas().failure());
    let told = |status: &&ValidationStatus| status.code() != SIGNING_CREDENTIAL_UNTRUSTED;
    let mut findings: Vec<_> = own.filter(told).map(sentence).collect();
    findings.extend(inputs.filter(told).map(|status| format!("of an input: {}", sentence(status))));
    findings.sort();
    findings.dedup();
    if findings.is_empty() && results.validation_state() == ValidationState::Invalid {
        findings.push("its signature could not be checked".to_owned());
    }
    findings
}

fn sentence(status: &ValidationStatus) -> String {
    let words = match status.code() {
        ASSERTION_DATAHASH_MISMATCH | ASSERTION_BMFFHASH_MISMATCH | ASSERTION_BOXHASH_MISMATCH => {
            "the file was changed after it was signed, or the credential belongs to another file"
        }
        ASSERTION_HASHEDURI_MISMATCH | ASSERTION_MISSING => {
            "a statement in the credential was changed or removed"
        }
        CLAIM_SIGNATURE_MISMATCH => "the credential was changed: its signature does not fit",
        CLAIM_SIGNATURE_OUTSIDE_VALIDITY | SIGNING_CREDENTIAL_EXPIRED => {
            "the signer's certificate was not valid at the time"
        }
        SIGNING_CREDENTIAL_INVALID => "the signer's certificate is not one that may sign",
        _ => return format!("{} ({})", status.explanation().unwrap_or("not as it should be"), status.code()),
    };
    words.to_owned()
}
