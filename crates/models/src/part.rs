//! A file that is not complete yet: `<name>.part` beside it, held by one program at a time.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    path::{Path, PathBuf},
};

use crate::Error;

/// What came of a file so far, open at its end.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    /// Where the part of a file lies.
    pub(crate) fn path_of(target: &Path) -> PathBuf {
        let mut name = target.as_os_str().to_owned();
        name.push(".part");
        name.into()
    }

    /// The part as it was left, or a new one.
    pub(crate) fn open(target: &Path) -> Result<Self, Error> {
        let path = Self::path_of(target);
        let file = OpenOptions::new().append(true).create(true).open(&path).map_err(Error::disk(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy { path }),
            Err(TryLockError::Error(error)) => Err(Error::disk(&path)(error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn bytes(&self) -> Result<u64, Error> {
        Ok(self.file.metadata().map_err(Error::disk(&self.path))?.len())
    }

    pub(crate) fn append(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.file.write_all(piece).map_err(Error::disk(&self.path))
    }

    /// Throws away what came.
    pub(crate) fn restart(&self) -> Result<(), Error> {
        self.file.set_len(0).map_err(Error::disk(&self.path))
    }

    /// Removes the file.
    pub(crate) fn discard(self) -> Result<(), Error> {
        fs::remove_file(&self.path).map_err(Error::disk(&self.path))
    }

    /// Makes it the file, on the disk itself before it gets the name.
    pub(crate) fn complete(self, target: &Path) -> Result<(), Error> {
        self.file.sync_all().map_err(Error::disk(&self.path))?;
        fs::rename(&self.path, target).map_err(Error::disk(target))
    }
}
