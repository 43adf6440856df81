//! Where keys, lists and the log lie on this machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Error, file, key::Did, load_or_make_key};

/// A production signs requests and acceptances; a person signs grants and revocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who asks.
    Project,
    /// Who grants.
    Subject,
}

impl Role {
    /// The key file of this role: `keys/project.pem`, `keys/subject.pem`.
    pub fn key_path(self, home: &Path) -> PathBuf {
        home.join(match self {
            Self::Project => "keys/project.pem",
            Self::Subject => "keys/subject.pem",
        })
    }

    /// Where the key's public half is written for machines that only check: the same name, ending in `did`.
    pub fn public_path(self, home: &Path) -> PathBuf {
        self.key_path(home).with_extension("did")
    }

    /// This role's key, made at first use, its public half beside it.
    pub fn key(self, home: &Path) -> Result<ed25519_dalek::SigningKey, Error> {
        let key = load_or_make_key(&self.key_path(home))?;
        let public = format!("{}\n", Did::of(&key));
        let public_path = self.public_path(home);
        if fs::read(&public_path).ok().as_deref() != Some(public.as_bytes()) {
            file::write(&public_path, public.as_bytes())?;
        }
        Ok(key)
    }

    /// This role's public key; none where there is none.
    pub fn did(self, home: &Path) -> Option<Did> {
        let bytes = file::read(&self.public_path(home)).ok()?;
        Did::parse(std::str::from_utf8(&bytes).ok()?.trim())
    }
}

/// The folder of the log.
pub(crate) fn desk_folder(home: &Path) -> PathBuf {
    home.join("consent")
}

/// The person's own copy of their revocation list.
pub(crate) fn own_list(home: &Path) -> PathBuf {
    desk_folder(home).join("mine.revocations")
}
