//! The two keys of a mark: one that everybody has and finds it with, one that stays on the machine that made it.
//!
//! The published key says where in a picture or a sound to look. The install key signs the id found there: whoever has it can tell
//! whether this installation wrote the mark, and nobody without it can write one that passes.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::home::write_secret;

/// What an installation signs its marks with. Equal keys give equal marks.
#[derive(Clone, PartialEq, Eq)]
pub struct InstallKey(pub [u8; 32]);

/// What marks are found with. It is no secret: it is what makes a mark differ from noise. The program always uses the two below;
/// others serve to measure how often a mark is found where none is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; 32]);

/// An install key that cannot be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system refused.
    #[error("cannot {action} the install key {}: {source}", path.display())]
    File {
        /// "read", "write".
        action: &'static str,
        /// The key's file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of another length.
    #[error(
        "{} is not an install key: it has to be 32 bytes long. Put the right file back from a backup, or remove it to get a new key \
         (older marks are then no longer recognised as made here)",
        path.display()
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
}

impl PublicKey {
    /// The key of every mark in a picture that this program makes.
    pub const PICTURE: Self = Self(*b"maquette picture mark, version 1");
    /// The key of every mark in a sound that this program makes.
    pub const SOUND: Self = Self(*b"maquette: this mark is for all  ");
}

impl InstallKey {
    /// The key in `path`; when nothing is there, a new random one, readable by its owner only.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or made, or is not 32 bytes long.
    pub fn read_or_make(path: &Path) -> Result<Self, KeyError> {
        match File::open(path) {
            Ok(file) => Self::read(file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(path),
            Err(source) => Err(KeyError::File { action: "read", path: path.to_owned(), source }),
        }
    }

    /// Where it lies in an installation's data folder.
    pub fn path_in(home: &Path) -> PathBuf {
        home.join("marks").join("install.key")
    }

    /// The number that marks of a production carry. The same for the same key and name; nobody else can tell whose it is.
    pub fn identity(&self, production: &str) -> u32 {
        let [a, b, c, d, ..] = self.check("production", production.as_bytes());
        u32::from_be_bytes([a, b, c, d])
    }

    /// Bytes that only the key's owner can compute for `message`; `purpose` keeps different marks apart.
    pub(crate) fn check(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(self.0).chain_update(purpose).chain_update(message).finalize().into()
    }

    fn read(file: File, path: &Path) -> Result<Self, KeyError> {
        let mut bytes = Vec::new();
        // One byte more than a key shows that a file is too long.
        let read = file.take(33).read_to_end(&mut bytes);
        read.map_err(|source| KeyError::File { action: "read", path: path.to_owned(), source })?;
        bytes.try_into().map(Self).map_err(|_| KeyError::NotAKey { path: path.to_owned() })
    }

    fn make(path: &Path) -> Result<Self, KeyError> {
        let mut key = [0; 32];
        let filled = getrandom::fill(&mut key).map_err(io::Error::other);
        let written = filled.and_then(|()| write_secret(path, &key));
        match written {
            Ok(()) => Ok(Self(key)),
            // Another run was quicker: its key is the key.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::read_or_make(path),
            Err(source) => Err(KeyError::File { action: "write", path: path.to_owned(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_use_makes_a_key_and_later_ones_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/install.key");
        let first = InstallKey::read_or_make(&path).unwrap();
        assert!(first == InstallKey::read_or_make(&path).unwrap());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let other = InstallKey::read_or_make(&folder.path().join("other.key")).unwrap();
        assert!(first != other);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_a_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("install.key");
        InstallKey::read_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_of_another_length_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("install.key");
        for wrong in [31, 33] {
            fs::write(&path, vec![7; wrong]).unwrap();
            let Err(error) = InstallKey::read_or_make(&path) else { panic!("read {wrong} bytes") };
            assert!(error.to_string().contains("32 bytes"), "{error}");
            assert_eq!(fs::read(&path).unwrap().len(), wrong);
        }
    }
}
