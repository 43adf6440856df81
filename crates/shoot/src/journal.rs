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

use crate::{Error, losses::Losses, writer::Contents};

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
    /// Hash of what is in a file but for its credential.
    #[serde(default)]
    contents: BTreeMap<PathBuf, String>,
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

    /// What was noted of a frame if it is complete: `files`, named relative to the folder, are its files, untouched since.
    pub(crate) fn complete(&self, fingerprint: &str, files: &[PathBuf]) -> Option<(Losses, Contents)> {
        let entry = self.entries.get(fingerprint)?;
        let untouched = |file: &PathBuf| {
            let now = hash(&self.folder.join(file)).ok();
            now.is_some() && now.as_ref() == entry.files.get(&name(file))
        };
        let of = |(kept_nits, removed_nits)| Clamped { kept_nits, removed_nits };
        let losses = Losses { clamp: of(entry.clamped), history: of(entry.limited) };
        let is_complete = entry.files.len() == files.len() && files.iter().all(untouched);
        is_complete.then(|| (losses, entry.contents.clone()))
    }

    /// Notes a frame whose files have their final names.
    pub(crate) fn note(
        &mut self,
        fingerprint: String,
        files: &[PathBuf],
        losses: Losses,
        contents: &Contents,
    ) -> Result<(), Error> {
        let hashes = files.iter().map(|file| Ok((name(file), hash(&self.folder.join(file))?)));
        self.append(Entry {
            fingerprint,
            files: hashes.collect::<Result<_, Error>>()?,
            contents: contents.clone(),
            clamped: (losses.clamp.kept_nits, losses.clamp.removed_nits),
            limited: (losses.history.kept_nits, losses.history.removed_nits),
        })
    }

    /// Hands every note over to the journal of the folder that the files go to.
    pub(crate) fn hand_over(self, to: &mut Self) -> Result<(), Error> {
        let path = self.folder.join(FILE_NAME);
        self.entries.into_values().try_for_each(|entry| to.append(entry))?;
        fs::remove_file(&path).map_err(|source| Error::Io { path, source })
    }

    fn append(&mut self, entry: Entry) -> Result<(), Error> {
        let io = |source| Error::Io { path: self.folder.join(FILE_NAME), source };
        let mut line = serde_json::to_string(&entry).map_err(|error| io(error.into()))?;
        line.push('\n');
        self.log.write_all(line.as_bytes()).and_then(|()| self.log.sync_data()).map_err(io)?;
        self.entries.insert(entry.fingerprint.clone(), entry);
        Ok(())
    }
}

fn name(file: &Path) -> String {
    file.to_string_lossy().into_owned()
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
        let files = [PathBuf::from("a.exr")];
        let contents = Contents::from([(files[0].clone(), "content".to_owned())]);
        let mut journal = Journal::open(folder.path()).expect("a journal");
        assert_eq!(journal.complete("f", &files), None);
        let clamp = Clamped { kept_nits: 0.1 + 0.2, removed_nits: 1e-3 };
        let losses = Losses { clamp, history: Clamped { kept_nits: 0.2, ..clamp } };
        journal.note("f".into(), &files, losses, &contents).expect("noted");
        let again = Journal::open(folder.path()).expect("a journal");
        assert_eq!(again.complete("f", &files), Some((losses, contents)));
        assert_eq!(again.complete("g", &files), None);
        assert_eq!(again.complete("f", &[PathBuf::from("b.exr")]), None, "nobody wrote this one");
        fs::write(&file, "pixel").expect("written");
        assert_eq!(again.complete("f", &files), None);
    }

    #[test]
    fn what_waited_is_complete_where_it_went() {
        let folder = tempfile::tempdir().expect("a folder");
        let waiting = folder.path().join("waiting");
        let files = [PathBuf::from("a.exr")];
        let mut published = Journal::open(folder.path()).expect("a journal");
        let mut journal = Journal::open(&waiting).expect("a journal");
        fs::write(waiting.join(&files[0]), "pixels").expect("written");
        journal.note("f".into(), &files, Losses::default(), &Contents::new()).expect("noted");
        journal.hand_over(&mut published).expect("handed over");
        assert_eq!(published.complete("f", &files), None, "the file is not there yet");
        fs::rename(waiting.join(&files[0]), folder.path().join(&files[0])).expect("moved");
        assert!(Journal::open(folder.path()).expect("a journal").complete("f", &files).is_some());
    }

    #[test]
    fn a_line_cut_short_costs_only_its_frame() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.exr");
        fs::write(&file, "pixels").expect("written");
        let files = [PathBuf::from("a.exr")];
        let note = |journal: &mut Journal, key: &str| {
            journal.note(key.into(), &files, Losses::default(), &Contents::new()).expect("noted");
        };
        let mut journal = Journal::open(folder.path()).expect("a journal");
        note(&mut journal, "one");
        drop(journal);
        let path = folder.path().join(FILE_NAME);
        let text = fs::read_to_string(&path).expect("a journal");
        fs::write(&path, format!("{text}{{\"fingerprint\":\"two\",\"fi")).expect("written");
        let mut journal = Journal::open(folder.path()).expect("a journal");
        note(&mut journal, "three");
        let journal = Journal::open(folder.path()).expect("a journal");
        let complete = ["one", "two", "three"].map(|key| journal.complete(key, &files).is_some());
        assert_eq!(complete, [true, false, true]);
    }
}
