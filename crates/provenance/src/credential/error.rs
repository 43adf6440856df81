//! What can go wrong around a credential. A file that fails its check is not an error: that is a finding.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A file that could not be signed or looked into, or a key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "read", "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The environment names no folder to keep keys in.
    #[error("there is no folder to keep keys in: set MAQUETTE_HOME to one that only you can read")]
    NoHome,
    /// A key that more than its owner can read.
    #[error("{} can be read by others than its owner: run `chmod 600` on it", path.display())]
    OpenKey {
        /// The key file.
        path: PathBuf,
    },
    /// A file that holds no private key that C2PA takes.
    #[error("{}: {why}. The key of a certificate is wanted: `openssl pkcs8 -topk8 -nodes` writes it", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key and certificates whose signatures nobody would accept.
    #[error("{} cannot sign: {why}. {hint}", path.display())]
    Identity {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// The certificates of a trust list.
    #[error("{}: {why}. A trust list is a text file of PEM certificates", path.display())]
    TrustList {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A name without a file name's ending, from which its kind could be told.
    #[error("{}: its name does not say what kind of file it is; credentials go with files such as .png or .mp4", path.display())]
    Nameless {
        /// The file.
        path: PathBuf,
    },
    /// The library of content credentials refused a file.
    #[error("cannot sign {}: {why}", path.display())]
    Sign {
        /// The file to sign.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The credential of an input could not be carried over.
    #[error("the credential of {} cannot be kept: {why}", path.display())]
    Input {
        /// The plate or reference picture.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }

    pub(crate) fn identity(path: &Path, hint: &'static str) -> impl FnOnce(String) -> Self {
        move |why| Self::Identity { path: path.to_owned(), why, hint }
    }

    pub(crate) fn sign(path: &Path) -> impl FnOnce(c2pa::Error) -> Self {
        move |why| Self::Sign { path: path.to_owned(), why: why.to_string() }
    }
}
