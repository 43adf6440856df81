//! What can go wrong while consent is asked for, given or kept.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::Refusal;

/// A step of the flow that did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "read", "write".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that is not what it should be.
    #[error("{}: {what}. {hint}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// A movie or a picture that could not be decoded.
    #[error(transparent)]
    Media(#[from] maquette_media::Error),
    /// The system gave no random numbers.
    #[error("the system gives no random numbers for keys and challenges: {0}")]
    Random(getrandom::Error),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }

    pub(crate) fn invalid(path: &Path, what: impl Into<String>, hint: &'static str) -> Self {
        Self::Invalid { path: path.to_owned(), what: what.into(), hint }
    }
}
