//! A file's new content under its old name, whole or not at all.
//!
//! The temporary name follows from the final one, as for every other delivered file: what a killed run leaves behind
//! is overwritten by the next, or swept with the rest.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

use super::Error;

const SUFFIX: &str = ".maquette.tmp";

/// A file under its temporary name. Dropped without [`commit`](Self::commit), it is removed.
pub(super) struct Pending {
    temporary: PathBuf,
    target: PathBuf,
}

impl Pending {
    /// Chooses the temporary name and opens an empty file of it.
    pub(super) fn create(target: &Path) -> Result<(Self, File), Error> {
        let mut name = std::ffi::OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(SUFFIX);
        let pending = Self { temporary: target.with_file_name(name), target: target.to_owned() };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&pending.temporary)
            .map_err(Error::file("write", target))?;
        Ok((pending, file))
    }

    /// Syncs the content and gives the file its final name.
    pub(super) fn commit(self, file: File) -> Result<(), Error> {
        file.sync_all().map_err(Error::file("write", &self.target))?;
        drop(file);
        fs::rename(&self.temporary, &self.target).map_err(Error::file("rename", &self.target))?;
        // The name itself reaches the disk with the folder; not every system can open one, and then it need not.
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // After a commit there is nothing under this name any more.
        let _ = fs::remove_file(&self.temporary);
    }
}
