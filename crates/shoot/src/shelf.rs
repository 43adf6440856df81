//! Where a take's files are: in its folder, or, while it is not yet certain that they may be shown, in a folder of their own.
//!
//! With recorded people in it, nothing of a take is published before the last check of their grants and recordings: files wait in
//! `.unpublished` and are moved when all is well, or deleted.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::Error;

const WAITING: &str = ".unpublished";
/// What is kept of filmed shots, for later runs.
const FILM: &str = ".film";

/// A take's folder, and where its new files go.
pub(crate) struct Shelf {
    folder: PathBuf,
    waiting: Option<PathBuf>,
    forgets: bool,
}

impl Shelf {
    /// `waits` where a take may still be refused; `forgets` where nothing of filmed shots may stay for later runs.
    pub(crate) fn new(folder: &Path, waits: bool, forgets: bool) -> Self {
        Self { folder: folder.to_owned(), waiting: waits.then(|| folder.join(WAITING)), forgets }
    }

    /// Makes the folder where files wait, for the eyes of its owner only.
    pub(crate) fn open(&self) -> Result<(), Error> {
        let Some(waiting) = &self.waiting else { return Ok(()) };
        let io = |source| Error::Io { path: waiting.clone(), source };
        fs::create_dir_all(waiting).map_err(io)?;
        #[cfg(unix)]
        fs::set_permissions(waiting, std::os::unix::fs::PermissionsExt::from_mode(0o700)).map_err(io)?;
        Ok(())
    }

    /// Whether new files wait.
    pub(crate) fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// The take's own folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where new files go.
    pub(crate) fn desk(&self) -> &Path {
        self.waiting.as_ref().unwrap_or(&self.folder)
    }

    /// Where a new file of the take is written.
    pub(crate) fn place(&self, name: &Path) -> PathBuf {
        self.desk().join(name)
    }

    /// Where a file of the take is: the new one, or the one of an earlier call.
    pub(crate) fn find(&self, name: &Path) -> PathBuf {
        let new = self.place(name);
        if new.exists() { new } else { self.folder.join(name) }
    }

    /// Moves what was made, and checked, into the take's folder, and deletes what else waits: an earlier run may have left it.
    pub(crate) fn publish(&self, made: &BTreeSet<PathBuf>) -> Result<(), Error> {
        let Some(waiting) = &self.waiting else { return Ok(()) };
        for name in files_below(waiting, Path::new(""))?.into_iter().filter(|name| made.contains(name)) {
            let target = self.folder.join(&name);
            let io = |source| Error::Io { path: target.clone(), source };
            target.parent().map_or(Ok(()), fs::create_dir_all).map_err(io)?;
            fs::rename(waiting.join(&name), &target).map_err(io)?;
        }
        self.discard()
    }

    /// Where a filmed shot's set and sampling are.
    pub(crate) fn film(&self, shot: &str) -> PathBuf {
        let folder = if self.forgets { self.desk() } else { &self.folder };
        folder.join(FILM).join(shot)
    }

    /// Deletes what need not be remembered of a filmed shot once it is finished.
    pub(crate) fn finish_film(&self, shot: &str) -> Result<(), Error> {
        let path = self.film(shot);
        let gone = if self.forgets { fs::remove_dir_all(&path) } else { Ok(()) };
        gone.map_err(|source| Error::Io { path, source })
    }

    /// Deletes what earlier runs kept of filmed shots.
    pub(crate) fn forget_film(&self) -> Result<(), Error> {
        let path = self.folder.join(FILM);
        match fs::remove_dir_all(&path) {
            Err(source) if path.exists() => Err(Error::Io { path, source }),
            _ => Ok(()),
        }
    }

    /// Deletes what waits.
    pub(crate) fn discard(&self) -> Result<(), Error> {
        match &self.waiting {
            Some(waiting) if waiting.exists() => {
                fs::remove_dir_all(waiting).map_err(|source| Error::Io { path: waiting.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

/// Names of all files in a folder and those below, relative to it, sorted.
fn files_below(folder: &Path, name: &Path) -> Result<Vec<PathBuf>, Error> {
    let path = folder.join(name);
    let io = |source| Error::Io { path: path.clone(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(&path).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = name.join(entry.file_name());
        match entry.file_type().map_err(io)?.is_dir() {
            true => files.extend(files_below(folder, &name)?),
            false => files.push(name),
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "x").expect("written");
    }

    #[test]
    fn nothing_is_in_the_take_before_it_is_published() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::new(folder.path(), true, true);
        let name = Path::new("010/beauty.1001.png");
        write(&shelf.place(name));
        assert!(!folder.path().join(name).exists());
        assert_eq!(shelf.find(name), shelf.place(name));
        let left = Path::new("020/beauty.1001.png");
        write(&shelf.place(left));
        shelf.publish(&BTreeSet::from([name.to_owned()])).expect("published");
        assert!(folder.path().join(name).exists() && !folder.path().join(WAITING).exists());
        assert!(!folder.path().join(left).exists(), "nobody was asked about this one");
        assert_eq!(shelf.find(name), folder.path().join(name));
    }

    #[test]
    fn what_is_refused_is_gone_and_what_was_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::new(folder.path(), true, true);
        let [old, new] = [Path::new("010/old.png"), Path::new("010/new.png")];
        write(&folder.path().join(old));
        write(&shelf.place(new));
        shelf.discard().expect("discarded");
        assert!(folder.path().join(old).exists() && !shelf.find(new).exists());
        assert_eq!(files_below(folder.path(), Path::new("")).expect("read"), [old]);
    }

    #[test]
    fn what_was_kept_of_filmed_shots_goes_with_a_refusal() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::new(folder.path(), true, true);
        let [kept, taken] = [Path::new(".film/010/1001.guide"), Path::new("010/beauty.1001.png")];
        write(&folder.path().join(kept));
        write(&folder.path().join(taken));
        shelf.forget_film().expect("forgotten");
        shelf.forget_film().expect("nothing to forget");
        assert_eq!(files_below(folder.path(), Path::new("")).expect("read"), [taken]);
    }
}
