//! A file's new content under its old name, whole or not at all.
//!
//! The temporary name follows from the final one, as for every other delivered file: what a killed run leaves behind is
//! overwritten by the next.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

const SUFFIX: &str = ".maquette.tmp";

/// A file under its temporary name. Dropped without [`publish`](Self::publish), it is removed.
pub(crate) struct Pending {
    temporary: PathBuf,
    target: PathBuf,
}

impl Pending {
    /// Chooses the temporary name and opens an empty file of it.
    pub(crate) fn create(target: &Path) -> io::Result<(Self, File)> {
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(SUFFIX);
        let pending = Self { temporary: target.with_file_name(name), target: target.to_owned() };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let file = options.open(&pending.temporary)?;
        Ok((pending, file))
    }

    /// Gives the file, which must be synced, its final name.
    pub(crate) fn publish(self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.target)?;
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
        // Once it is published there is nothing under this name any more.
        let _ = fs::remove_file(&self.temporary);
    }
}
