//! A grant as a consent record after ISO/IEC TS 27560:2023, for other systems' eyes.
//!
//! Field names are those that public sources give: the W3C Data Privacy Vocabulary group's guide to the specification. What
//! nobody here can know (a postal address, a jurisdiction) is left out, not invented.

use serde_json::{Value, json};

use super::{AcceptedGrant, Speech, SubjectKind};

/// The record; it holds the person's name and is not for publication.
pub fn consent_record(granted: &AcceptedGrant) -> Value {
    let (signed, acceptance) = (&granted.signed, &granted.acceptance);
    let (terms, grant) = (&signed.request.terms, &signed.grant);
    json!({
        "schema_version": "ISO/IEC TS 27560:2023",
        "record_id": format!("urn:sha256:{}", signed.id()),
        "pii_principal_id": grant.subject_key,
        "privacy_notice": format!("urn:sha256:{}", signed.request.text_sha256),
        "language": "en",
        "purposes": terms.uses_allowed.iter().map(|usage| purpose(usage, granted)).collect::<Vec<_>>(),
        "party_identification": [
            { "party_id": grant.subject_key, "party_name": terms.subject_name, "party_role": "pii_principal" },
            { "party_id": signed.request.project_key, "party_name": terms.project, "party_role": "pii_controller" },
        ],
        "events": [{
            "event_time": grant.signed_at.rfc3339(),
            "validity_duration": format!("{}/{}", terms.valid_from.rfc3339(), terms.valid_until.rfc3339()),
            "entity_id": grant.subject_key,
            "event_type": "explicit consent",
            "event_state": "consent given",
        }],
        "extension": {
            "project": terms.project,
            "scenes": terms.scenes,
            "shots": terms.shots,
            "uses_denied": terms.uses_denied,
            "training": terms.training,
            "draft_approval": terms.draft_approval,
            "challenge": signed.request.challenge.nonce,
            "recording_sha256": grant.recording,
            "also_sha256": grant.also,
            "attested_by_operator": acceptance.operator,
            "face_attested": acceptance.face_matches,
            "digits_attested": acceptance.digits_spoken,
            "accepted_at": acceptance.accepted_at.rfc3339(),
        },
    })
}

fn purpose(usage: &str, granted: &AcceptedGrant) -> Value {
    let terms = &granted.signed.request.terms;
    let mut pii =
        vec![json!({ "pii_type": "recorded picture of the person", "sensitive_pii_category": true })];
    if terms.speech != Speech::None {
        pii.push(json!({ "pii_type": "recorded voice of the person", "sensitive_pii_category": true }));
    }
    json!({
        "purpose": usage,
        "purpose_type": "appearance in a generated film",
        "lawful_basis": "consent",
        "pii_information": if terms.subject_kind == SubjectKind::Person { pii } else { Vec::new() },
        "pii_controllers": [granted.signed.request.project_key],
        "collection_method": "recorded by the person with a slate shown and digits spoken",
        "processing_method": "keyed, relit and rendered into a scene on the controller's own machine",
        "storage_locations": ["the controller's own machine"],
        "retention_period": format!("until {}", terms.valid_until.rfc3339()),
        "withdrawal_method": "maquette consent revoke",
    })
}
