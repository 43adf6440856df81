//! What lies in a model's folder, against what was published.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Error, File, Model, hash, installed, record::Record};

/// A file and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Where it lies, or should.
    pub path: PathBuf,
    /// What is to be said of it.
    pub state: State,
}

/// What can be said of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It is the published one.
    Published,
    /// It is the one that was first downloaded; no hash of it was found published.
    AsFirstFetched,
    /// Nothing is known to hold it against. Its SHA-256.
    Unknown(String),
    /// It is another file.
    Differs {
        /// SHA-256 it should have.
        expected: String,
        /// SHA-256 it has.
        found: String,
    },
    /// It ends early.
    CutShort {
        /// Bytes it has.
        has: u64,
        /// Bytes it should have.
        of: u64,
    },
    /// A download that was not finished.
    Unfinished,
    /// It is not there.
    Missing,
}

impl State {
    /// Whether the file can be used: nothing is known against it.
    pub fn is_sound(&self) -> bool {
        matches!(self, Self::Published | Self::AsFirstFetched | Self::Unknown(_))
    }
}

/// Hashes every file in a model's own folder. `on_bytes` hears of each file and how many more bytes of it were read.
///
/// # Errors
/// [`Error::Disk`] where a file cannot be read, [`Error::Index`] where the noted hashes cannot.
pub fn verify(
    home: &Path,
    model: &Model,
    on_bytes: &mut dyn FnMut(&Path, u64),
) -> Result<Vec<Checked>, Error> {
    let folder = installed::folder(home, model);
    let record = Record::open(&folder)?;
    let mut paths = Vec::new();
    list(&folder, String::new(), &mut paths)?;
    paths.extend(model.files.iter().map(|file| file.path.to_owned()));
    paths.sort();
    paths.dedup();
    let checked = paths.into_iter().filter(|path| !Record::is(path)).map(|name| {
        let path = folder.join(&name);
        let published = model.files.iter().find(|file| file.path == name);
        let state = state(&path, published, record.get(&name), &mut |bytes| on_bytes(&path, bytes))?;
        Ok(Checked { path, state })
    });
    checked.collect()
}

fn state(
    path: &Path,
    published: Option<&File>,
    recorded: Option<&str>,
    on_bytes: &mut dyn FnMut(u64),
) -> Result<State, Error> {
    if path.extension().is_some_and(|extension| extension == "part") {
        return Ok(State::Unfinished);
    }
    let Ok(about) = fs::metadata(path) else { return Ok(State::Missing) };
    let hash = published.and_then(|file| Some((file.bytes, file.sha256?)));
    if let Some((of, _)) = hash.filter(|(bytes, _)| about.len() < *bytes) {
        return Ok(State::CutShort { has: about.len(), of });
    }
    let found = hash::sha256(path, on_bytes)?;
    Ok(match (hash, recorded) {
        (Some((_, expected)), _) if found == expected => State::Published,
        (None, Some(expected)) if found == expected => State::AsFirstFetched,
        (Some((_, expected)), _) | (None, Some(expected)) => {
            State::Differs { expected: expected.to_owned(), found }
        }
        (None, None) => State::Unknown(found),
    })
}

/// Paths of all files below a folder, with `/`; none where there is no such folder. Links to folders are not followed.
fn list(folder: &Path, below: String, into: &mut Vec<String>) -> Result<(), Error> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(Error::disk(folder))?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        match entry.file_type().map_err(Error::disk(folder))?.is_dir() {
            true => list(&entry.path(), name + "/", into)?,
            false => into.push(name),
        }
    }
    Ok(())
}
