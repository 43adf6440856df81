//! Where a kind of file keeps its credential: inside, or in a sidecar.
//!
//! The sidecar of `beauty.1001.exr` is `beauty.1001.c2pa`, the name at which other tools look for it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::Error;

/// Ending of a sidecar's name.
pub(super) const SIDECAR: &str = "c2pa";

/// Where a file's credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inside,
    Beside,
}

/// A kind of file: the name of its media type, and where its credential is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Container {
    pub(super) mime: &'static str,
    pub(super) place: Place,
}

impl Container {
    /// Told from the name's ending. A kind unknown here gets a sidecar: any bytes can have one.
    pub(super) fn of(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        let ending = ending.ok_or_else(|| Error::Nameless { path: path.to_owned() })?;
        let (mime, place) = match ending.as_str() {
            "png" => ("image/png", Place::Inside),
            "jpg" | "jpeg" => ("image/jpeg", Place::Inside),
            "wav" => ("audio/wav", Place::Inside),
            "mp3" => ("audio/mpeg", Place::Inside),
            "mp4" | "m4v" => ("video/mp4", Place::Inside),
            "mov" => ("video/quicktime", Place::Inside),
            "m4a" => ("audio/mp4", Place::Inside),
            "exr" => ("image/x-exr", Place::Beside),
            "json" => ("application/json", Place::Beside),
            "csv" => ("text/csv", Place::Beside),
            _ => ("application/octet-stream", Place::Beside),
        };
        Ok(Self { mime, place })
    }

    pub(super) fn is_picture(self) -> bool {
        self.mime.starts_with("image/")
    }

    pub(super) fn is_movie(self) -> bool {
        self.mime.starts_with("video/")
    }
}

/// Where the credential of a file that cannot hold one is, or would be.
pub fn sidecar_of(path: &Path) -> PathBuf {
    path.with_extension(SIDECAR)
}
