//! What can go wrong between a finished frame and its file.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A file that could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "write", "read", "rename".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A path that names no file.
    #[error("{} has no file name", path.display())]
    NoFileName {
        /// The path.
        path: PathBuf,
    },
    /// An encoder or decoder gave up.
    #[error("{}: {format}: {detail}", path.display())]
    Codec {
        /// The file.
        path: PathBuf,
        /// "PNG", "OpenEXR", "WAV".
        format: &'static str,
        /// The codec's own words.
        detail: String,
    },
    /// Planes or frames that should be of one size are not.
    #[error("{}: {what} is {}×{} pixels, expected {}×{}", path.display(), got.0, got.1, expected.0, expected.1)]
    Size {
        /// The file that was being made.
        path: PathBuf,
        /// The plane or frame.
        what: String,
        /// Its width and height.
        got: (usize, usize),
        /// The first one's width and height.
        expected: (usize, usize),
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
    /// An OpenEXR file that is not saved conditioning.
    #[error("{} is not a saved conditioning: {problem}", path.display())]
    NotConditioning {
        /// The file.
        path: PathBuf,
        /// What is missing or different.
        problem: String,
    },
    /// An OpenEXR file without red, green and blue.
    #[error("{} has no colour channels R, G and B; it has {channels}", path.display())]
    NoColor {
        /// The file.
        path: PathBuf,
        /// What it has instead.
        channels: String,
    },
    /// Nothing to make the file from.
    #[error("{}: no frames to write", path.display())]
    NoFrames {
        /// The file.
        path: PathBuf,
    },
    /// A frame rate no movie has.
    #[error("{}: {numerator}/{denominator} frames a second; it must be over 0 and at most {fastest}", path.display())]
    FrameRate {
        /// The movie.
        path: PathBuf,
        /// Frames.
        numerator: u32,
        /// In so many seconds.
        denominator: u32,
        /// The fastest accepted.
        fastest: u32,
    },
    /// A file could not be signed.
    #[error(transparent)]
    Credential(#[from] maquette_provenance::credential::Error),
    /// The key of marks could not be read or made.
    #[error(transparent)]
    MarkKey(#[from] maquette_provenance::mark::KeyError),
    /// `ffmpeg` is not there, or failed.
    #[error(transparent)]
    Media(#[from] maquette_media::Error),
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }

    pub(crate) fn codec(path: &Path, format: &'static str) -> impl FnOnce(String) -> Self {
        move |detail| Self::Codec { path: path.to_owned(), format, detail }
    }
}
