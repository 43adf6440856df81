//! A person's yes to one scene, after seeing a draft of it.

use std::path::Path;

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{
    Hash, SignedGrant, file,
    signed::{self, Record},
    time::Time,
};

/// Signed by the person, beside the grant as NAME.approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The grant's id.
    pub grant: Hash,
    /// SHA-256 of the scene.
    pub scene: Hash,
    /// When.
    pub at: Time,
}

impl Record for Approval {
    const KIND: &'static str = "application/x.maquette.consent-approval+cbor";
}

impl Approval {
    pub(crate) fn sign(&self, key: &SigningKey) -> Option<Vec<u8>> {
        signed::sign(self, key)
    }

    /// Whether the approval beside a grant is for this scene.
    pub(crate) fn is_beside(grant: &Path, granted: &SignedGrant, scene: &Hash) -> bool {
        let bytes = file::read(&grant.with_extension("approval")).unwrap_or_default();
        signed::open::<Self>(&bytes).is_some_and(|(approval, signer)| {
            signer == granted.grant.subject_key && approval.grant == granted.id() && approval.scene == *scene
        })
    }
}
