//! What can go wrong between a media file and its frames.

use std::{io, path::PathBuf, process::ExitStatus};

/// A movie or a sound that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The `ffmpeg` program is not there.
    #[error(
        "cannot start `{program}` ({source}): movies need the ffmpeg program. Install it (Debian and Ubuntu: \
         apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg) or name it in the \
         environment variable MAQUETTE_FFMPEG"
    )]
    NoFfmpeg {
        /// The program that was tried.
        program: String,
        /// Why it did not start.
        source: io::Error,
    },
    /// `ffmpeg` started and failed.
    #[error("{}: {program} ended with {status}:\n{tail}", path.display())]
    Ffmpeg {
        /// The movie or sound.
        path: PathBuf,
        /// `ffmpeg` or `ffprobe`.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines it said.
        tail: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "read", "wait for ffmpeg reading".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file without what was asked for.
    #[error("{} has no {what}", path.display())]
    Lacks {
        /// The file.
        path: PathBuf,
        /// "picture", "sound".
        what: &'static str,
    },
    /// A number in a file beyond what this program accepts.
    #[error("{}: {field} is {value}, the limit is {limit}", path.display())]
    Limit {
        /// The file.
        path: PathBuf,
        /// Which number.
        field: &'static str,
        /// Its value.
        value: u64,
        /// The largest accepted.
        limit: u64,
    },
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }
}
