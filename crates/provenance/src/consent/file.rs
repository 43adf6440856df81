//! Small files, read with a limit and written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::Error;
use crate::pending::Pending;

/// Largest record, list or text that is read. A grant is about a kilobyte.
const MOST_BYTES: u64 = 1 << 20;

/// All of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Error::file("read", path))?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(Error::file("read", path))?;
    match bytes.len() as u64 <= MOST_BYTES {
        true => Ok(bytes),
        false => Err(Error::invalid(path, "is larger than 1 MiB", "Is it the right file?")),
    }
}

/// Replaces a file: a temporary name in the same folder, sync, rename.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = folder_of(path);
    fs::create_dir_all(&folder).map_err(Error::file("create the folder", &folder))?;
    fill(path, bytes).map_err(Error::file("write", path))
}

fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (pending, mut file) = Pending::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    pending.publish()
}

/// Writes a file that must not exist yet.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    check_new(path)?;
    write(path, bytes)
}

/// Refuses a name that is taken.
pub(crate) fn check_new(path: &Path) -> Result<(), Error> {
    match path.exists() {
        true => Err(Error::invalid(path, "exists already", "Name another file, or move that one away")),
        false => Ok(()),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
