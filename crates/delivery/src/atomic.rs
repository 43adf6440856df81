//! Content to a file that has its final name only when it is complete.
//!
//! A temporary name in the same folder, sync, rename: a reader, and a resumed take, never see half a file.
//! The temporary name follows from the final one, so a killed run's leftover is overwritten by the next run
//! instead of piling up.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use crate::Error;

const SUFFIX: &str = ".maquette.tmp";
/// How the name of a file begins that is not signed yet.
pub(crate) const UNSIGNED: &str = ".unsigned.";

/// Writes a whole file at once: for receipts, journals and the like.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with(path, |file| file.write_all(bytes).map_err(Error::file("write", path)))
}

/// [`write_file`] for files that several runs of the program may write at once, such as those of a cache: the last one wins.
pub fn write_shared_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let own = Pending::with_suffix(path, &format!(".{}{SUFFIX}", std::process::id()))?;
    fill_pending(own, |file| file.write_all(bytes).map_err(Error::file("write", path)))
}

/// Runs `fill` on a new file; the final name appears only if it succeeds.
pub(crate) fn write_with<T>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<T, Error>,
) -> Result<T, Error> {
    fill_pending(Pending::new(path)?, fill)
}

fn fill_pending<T>(pending: Pending, fill: impl FnOnce(&mut File) -> Result<T, Error>) -> Result<T, Error> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(pending.path())
        .map_err(Error::file("write", &pending.target))?;
    let value = fill(&mut file)?;
    drop(file);
    pending.commit()?;
    Ok(value)
}

/// A file under its temporary name. Dropped without [`commit`](Self::commit), it is removed.
pub(crate) struct Pending {
    temporary: PathBuf,
    target: PathBuf,
}

impl Pending {
    /// Makes the folder and chooses the temporary name; the file itself is the caller's to create.
    pub(crate) fn new(target: &Path) -> Result<Self, Error> {
        Self::with_suffix(target, SUFFIX)
    }

    /// A second temporary file for the same target, as for a movie still without sound.
    pub(crate) fn part(target: &Path, part: &str) -> Result<Self, Error> {
        Self::with_suffix(target, &format!(".{part}{SUFFIX}"))
    }

    fn with_suffix(target: &Path, suffix: &str) -> Result<Self, Error> {
        let name = target.file_name().ok_or_else(|| Error::NoFileName { path: target.to_owned() })?;
        let folder = folder_of(target);
        fs::create_dir_all(folder).map_err(Error::file("create the folder", folder))?;
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(suffix);
        Ok(Self { temporary: folder.join(temporary), target: target.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Syncs the content and gives the file its final name.
    pub(crate) fn commit(self) -> Result<(), Error> {
        // Windows flushes only through a handle that may write.
        let file = OpenOptions::new().write(true).open(&self.temporary);
        file.and_then(|file| file.sync_all()).map_err(Error::file("write", &self.target))?;
        fs::rename(&self.temporary, &self.target).map_err(Error::file("rename", &self.target))?;
        // The name itself reaches the disk with the folder; not every system can open one, and then it need not.
        if let Ok(folder) = File::open(folder_of(&self.target)) {
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

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failing_writer_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shot/beauty.1001.png");
        let outcome = write_with(&path, |file| {
            file.write_all(b"half of it").unwrap();
            Err::<(), _>(Error::file("write", &path)(io::Error::other("disk full")))
        });
        assert!(outcome.unwrap_err().to_string().contains("disk full"));
        assert_eq!(names(&folder.path().join("shot")), Vec::<String>::new());
    }

    #[test]
    fn a_failing_writer_keeps_the_older_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.json");
        write_file(&path, b"old").unwrap();
        let failed = write_with(&path, |_| Err::<(), _>(Error::NoFrames { path: path.clone() }));
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_file(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn the_final_name_is_absent_while_writing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_with(&path, |_| {
            assert!(!path.exists());
            Ok(())
        })
        .unwrap();
        assert_eq!(names(folder.path()), ["a.bin"]);
    }

    #[test]
    fn a_killed_writers_leftover_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let leftover = folder.path().join(".a.bin.maquette.tmp");
        fs::write(&leftover, b"longer than what comes next").unwrap();
        write_file(&folder.path().join("a.bin"), b"short").unwrap();
        assert_eq!(fs::read(folder.path().join("a.bin")).unwrap(), b"short");
        assert_eq!(names(folder.path()), ["a.bin"]);
    }

    #[test]
    fn another_runs_unfinished_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let others = folder.path().join(".a.json.maquette.tmp");
        fs::write(&others, b"half").unwrap();
        write_shared_file(&folder.path().join("a.json"), b"whole").unwrap();
        assert_eq!(fs::read(&others).unwrap(), b"half");
        assert_eq!(names(folder.path()), [".a.json.maquette.tmp", "a.json"]);
    }

    #[test]
    fn a_path_without_a_file_name_is_an_error() {
        assert!(matches!(write_file(Path::new("/"), b""), Err(Error::NoFileName { .. })));
    }
}
