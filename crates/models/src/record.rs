//! Hashes of files for which none was found published: noted at the first download, held against from then on.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::Error;

const NAME: &str = "hashes.json";

/// Path in the model's folder to SHA-256, as a file in that folder.
#[derive(Debug, Default)]
pub(crate) struct Record {
    path: PathBuf,
    hashes: BTreeMap<String, String>,
}

impl Record {
    /// What was noted in a model's folder so far.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NAME);
        let hashes = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Error::Index {
                path: path.clone(),
                problem: format!("not a list of hashes: {error}"),
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(Error::disk(&path)(error)),
        };
        Ok(Self { path, hashes })
    }

    pub(crate) fn get(&self, file: &str) -> Option<&str> {
        self.hashes.get(file).map(String::as_str)
    }

    /// Notes a hash, on disk too.
    pub(crate) fn note(&mut self, file: &str, sha256: String) -> Result<(), Error> {
        self.hashes.insert(file.to_owned(), sha256);
        let text = serde_json::to_vec_pretty(&self.hashes).map_err(io::Error::from);
        let temporary = self.path.with_extension("new");
        text.and_then(|text| fs::write(&temporary, text))
            .and_then(|()| fs::rename(&temporary, &self.path))
            .map_err(Error::disk(&self.path))
    }

    /// Whether a path in a model's folder is the record itself.
    pub(crate) fn is(path: &str) -> bool {
        path == NAME
    }
}
