//! A recording as a grant names it: one movie or sound file, or a numbered sequence of pictures, by its SHA-256.

use std::{
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use super::{Error, Hash};

/// A recording as it was when its hash was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Where it lies, links resolved; of a sequence the pattern (`maya.%04d.png`) in its resolved folder.
    pub path: PathBuf,
    /// SHA-256 of the file; of a sequence that of each file's number and SHA-256, in order.
    pub sha256: Hash,
    files: Vec<(PathBuf, Traces)>,
}

/// What changes when a file is written or replaced.
#[derive(Clone, Debug, PartialEq)]
struct Traces {
    size: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and the time of the last change, which no program can set.
    #[cfg(unix)]
    place: (u64, u64, i64, i64),
}

impl Traces {
    fn of(data: &Metadata) -> Self {
        Self {
            size: data.len(),
            modified: data.modified().ok(),
            #[cfg(unix)]
            place: {
                use std::os::unix::fs::MetadataExt;
                (data.dev(), data.ino(), data.ctime(), data.ctime_nsec())
            },
        }
    }
}

impl Recording {
    /// Reads and hashes a recording.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let resolved = resolved(path).map_err(Error::file("read", path))?;
        let numbered = numbered_files(&resolved).map_err(Error::file("read the folder of", path))?;
        let (sha256, files) = match numbered {
            None => {
                let (hash, traces) = hashed(&resolved)?;
                (hash, vec![(resolved.clone(), traces)])
            }
            Some(numbered) if numbered.is_empty() => {
                return Err(Error::invalid(
                    path,
                    "no picture has this name",
                    "Write maya.%04d.png for maya.0001.png",
                ));
            }
            Some(numbered) => hashed_sequence(numbered)?,
        };
        Ok(Self { path: resolved, sha256, files })
    }

    /// Its file; of a sequence the first, or the pattern while there is none.
    pub fn first_file(&self) -> &Path {
        self.files.first().map_or(&self.path, |(path, _)| path)
    }

    /// Whether no file of it was written, replaced, added or taken away since. A look at the folder, not at the content; even
    /// an unchanged file counts as touched when its rights or names changed.
    pub(crate) fn is_untouched(&self) -> bool {
        let Ok(numbered) = numbered_files(&self.path) else { return false };
        let same_number = numbered.is_none_or(|files| files.len() == self.files.len());
        let untouched = |(path, traces): &(PathBuf, Traces)| {
            fs::metadata(path).is_ok_and(|data| Traces::of(&data) == *traces)
        };
        same_number && self.files.iter().all(untouched)
    }
}

/// First number of a sequence (`maya.%04d.png`); none for a single file, or when there is none.
pub(crate) fn first_number(path: &Path) -> Option<u32> {
    numbered_files(&resolved(path).ok()?).ok()??.first().map(|(number, _)| *number)
}

/// Resolves links: what a link points to later does not matter.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    match (pattern(path), path.file_name()) {
        (Some(_), Some(name)) => Ok(folder_of(path).canonicalize()?.join(name)),
        _ => path.canonicalize(),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `maya.%04d.png` as what is before the number, its digits at least, and what is after it.
fn pattern(path: &Path) -> Option<(String, usize, String)> {
    let name = path.file_name()?.to_str()?;
    let (before, rest) = name.split_once('%')?;
    let (digits, after) = rest.split_once('d')?;
    let width = if digits.is_empty() { 1 } else { digits.parse().ok()? };
    Some((before.to_owned(), width, after.to_owned()))
}

/// The files of a sequence by number; none for what is no sequence.
fn numbered_files(path: &Path) -> io::Result<Option<Vec<(u32, PathBuf)>>> {
    let Some((before, width, after)) = pattern(path) else { return Ok(None) };
    let number = |name: &str| {
        let digits = name.strip_prefix(&before)?.strip_suffix(&after)?;
        let numeric = digits.len() >= width && digits.bytes().all(|digit| digit.is_ascii_digit());
        numeric.then(|| digits.parse::<u32>().ok()).flatten()
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder_of(path))? {
        let entry = entry?;
        if let Some(number) = entry.file_name().to_str().and_then(number) {
            files.push((number, entry.path()));
        }
    }
    files.sort();
    Ok(Some(files))
}

fn hashed_sequence(numbered: Vec<(u32, PathBuf)>) -> Result<(Hash, Vec<(PathBuf, Traces)>), Error> {
    let mut all = Sha256::new_with_prefix(b"maquette numbered sequence\n");
    let mut files = Vec::new();
    for (number, path) in numbered {
        let (hash, traces) = hashed(&path)?;
        all.update(number.to_be_bytes());
        all.update(hash.0);
        files.push((path, traces));
    }
    Ok((super::hash::Bytes(all.finalize().into()), files))
}

/// A file's hash and traces, both through one handle, so that they belong to the same file.
fn hashed(path: &Path) -> Result<(Hash, Traces), Error> {
    let cannot = |source| Error::File { action: "read", path: path.to_owned(), source };
    let mut file = File::open(path).map_err(cannot)?;
    let traces = Traces::of(&file.metadata().map_err(cannot)?);
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(cannot)?;
    Ok((super::hash::Bytes(hasher.finalize().into()), traces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_file_has_its_own_hash_and_a_swap_behind_a_link_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maya.mp4");
        fs::write(&path, b"abc").unwrap();
        let recording = Recording::read(&path).unwrap();
        assert_eq!(recording.sha256, Hash::of(b"abc"));
        assert!(recording.is_untouched());
        fs::rename(&path, folder.path().join("old")).unwrap();
        assert!(!recording.is_untouched(), "taken away");
        fs::write(&path, b"abd").unwrap();
        assert!(!recording.is_untouched(), "replaced by one of the same size");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_resolved_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), b"a").unwrap();
        fs::write(at("b"), b"b").unwrap();
        std::os::unix::fs::symlink(at("a"), at("link")).unwrap();
        let recording = Recording::read(&at("link")).unwrap();
        fs::remove_file(at("link")).unwrap();
        std::os::unix::fs::symlink(at("b"), at("link")).unwrap();
        assert_eq!(recording.path, at("a").canonicalize().unwrap());
        assert!(recording.is_untouched());
    }

    #[test]
    fn a_sequence_is_its_numbered_files_in_order_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, content) in [("m.0009.png", "x"), ("m.0010.png", "y"), ("m.txt", "z"), ("m.000a.png", "z")]
        {
            fs::write(at(name), content).unwrap();
        }
        let pattern = at("m.%04d.png");
        let recording = Recording::read(&pattern).unwrap();
        assert_eq!(recording.files.len(), 2);
        assert_eq!(first_number(&pattern), Some(9));
        fs::write(at("m.0011.png"), "w").unwrap();
        assert!(!recording.is_untouched(), "a picture more");
        assert_ne!(Recording::read(&pattern).unwrap().sha256, recording.sha256);
        assert!(Recording::read(&at("n.%04d.png")).is_err(), "no pictures");
    }
}
