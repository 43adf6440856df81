//! A person's yes to one scene, after seeing a draft of it.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{
    Error, Hash, Recording, SignedGrant, file,
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

/// What names a scene: SHA-256 of its file; of a scene with further files, of each one's SHA-256 in order.
///
/// `files` are the scene's own file and all that it names, as they were loaded.
pub fn scene_hash(files: &[PathBuf]) -> Result<Hash, Error> {
    let hash = |path: &PathBuf| Ok(Recording::read(path)?.sha256);
    let hashes = files.iter().map(hash).collect::<Result<Vec<_>, Error>>()?;
    match hashes[..] {
        [only] => Ok(only),
        _ => Ok(Hash::of(&hashes.iter().flat_map(|hash| hash.0).collect::<Vec<_>>())),
    }
}
