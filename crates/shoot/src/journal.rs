//! Which frames of a take are complete: existence is not completion.
//!
//! One line of JSON a finished frame, appended after its files have their final names. A frame is kept when its
//! fingerprint is noted and its files still have the noted hashes, so an interrupted or edited take goes on where
//! it must and nowhere else.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use maquette_tracer::Clamped;
use serde::{Deserialize, Serialize};

use crate::{Error, losses::Losses};

const FILE_NAME: &str = "journal.jsonl";

/// The journal of a take's folder.
pub(crate) struct Journal {
    folder: PathBuf,
    log: File,
    entries: BTreeMap<String, Entry>,
}

/// A finished frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    /// Hash by file, relative to the take's folder.
    files: BTreeMap<String, String>,
    /// What a clamp left of its light and took, in nits.
    #[serde(default)]
    clamped: (f64, f64),
    /// The same of the limit in the history.
    #[serde(default)]
    limited: (f64, f64),
}

impl Journal {
    /// Opens or starts the journal of `folder`. Lines cut short by an interruption are passed over.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE_NAME);
        let io = |source| Error::Io { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(io(error)),
        };
        let read = |line: &str| serde_json::from_str::<Entry>(line).ok();
        let entries = text.lines().filter_map(read).map(|e| (e.fingerprint.clone(), e)).collect();
        let mut log = OpenOptions::new().create(true).append(true).open(&path).map_err(io)?;
        if !text.is_empty() && !text.ends_with('\n') {
            log.write_all(b"\n").map_err(io)?;
        }
        Ok(Self { folder: folder.to_owned(), log, entries })
    }

    /// Whether the frame is complete: noted, and `files` are its files, untouched since.
    pub(crate) fn is_complete(&self, fingerprint: &str, files: &[PathBuf]) -> bool {
        let Some(entry) = self.entries.get(fingerprint) else { return false };
        let untouched = |file: &PathBuf| entry.files.get(&self.relative(file)) == hash(file).ok().as_ref();
        entry.files.len() == files.len() && files.iter().all(untouched)
    }

    /// What was taken from a frame that was noted.
    pub(crate) fn losses(&self, fingerprint: &str) -> Losses {
        let of = |field: fn(&Entry) -> (f64, f64)| {
            let (kept_nits, removed_nits) = self.entries.get(fingerprint).map(field).unwrap_or_default();
            Clamped { kept_nits, removed_nits }
        };
        Losses { clamp: of(|entry| entry.clamped), history: of(|entry| entry.limited) }
    }

    /// Notes a frame whose files have their final names.
    pub(crate) fn note(
        &mut self,
        fingerprint: String,
        files: &[PathBuf],
        losses: Losses,
    ) -> Result<(), Error> {
        let hashes = files.iter().map(|file| Ok((self.relative(file), hash(file)?)));
        let entry = Entry {
            fingerprint: fingerprint.clone(),
            files: hashes.collect::<Result<_, Error>>()?,
            clamped: (losses.clamp.kept_nits, losses.clamp.removed_nits),
            limited: (losses.history.kept_nits, losses.history.removed_nits),
        };
        let io = |source| Error::Io { path: self.folder.join(FILE_NAME), source };
        let mut line = serde_json::to_string(&entry).map_err(|error| io(error.into()))?;
        line.push('\n');
        self.log.write_all(line.as_bytes()).and_then(|()| self.log.sync_data()).map_err(io)?;
        self.entries.insert(fingerprint, entry);
        Ok(())
    }

    fn relative(&self, file: &Path) -> String {
        file.strip_prefix(&self.folder).unwrap_or(file).to_string_lossy().into_owned()
    }
}

/// BLAKE3 of a file.
pub(crate) fn hash(file: &Path) -> Result<String, Error> {
    let io = |source| Error::Io { path: file.to_owned(), source };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(file).map_err(io)?).map_err(io)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_complete_only_while_its_files_are_untouched() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.exr");
        fs::write(&file, "pixels").expect("written");
        let files = [file.clone()];
        let mut journal = Journal::open(folder.path()).expect("a journal");
        assert!(!journal.is_complete("f", &files));
        let clamp = Clamped { kept_nits: 0.1 + 0.2, removed_nits: 1e-3 };
        let losses = Losses { clamp, history: Clamped { kept_nits: 0.2, ..clamp } };
        journal.note("f".into(), &files, losses).expect("noted");
        let again = Journal::open(folder.path()).expect("a journal");
        assert_eq!(again.losses("f"), losses);
        assert!(again.is_complete("f", &files));
        assert!(!again.is_complete("g", &files));
        fs::write(&file, "pixel").expect("written");
        assert!(!again.is_complete("f", &files));
    }

    #[test]
    fn a_line_cut_short_costs_only_its_frame() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.exr");
        fs::write(&file, "pixels").expect("written");
        let files = [file];
        let mut journal = Journal::open(folder.path()).expect("a journal");
        journal.note("one".into(), &files, Losses::default()).expect("noted");
        drop(journal);
        let path = folder.path().join(FILE_NAME);
        let text = fs::read_to_string(&path).expect("a journal");
        fs::write(&path, format!("{text}{{\"fingerprint\":\"two\",\"fi")).expect("written");
        let mut journal = Journal::open(folder.path()).expect("a journal");
        journal.note("three".into(), &files, Losses::default()).expect("noted");
        let journal = Journal::open(folder.path()).expect("a journal");
        assert!(journal.is_complete("one", &files));
        assert!(!journal.is_complete("two", &files));
        assert!(journal.is_complete("three", &files));
    }
}
