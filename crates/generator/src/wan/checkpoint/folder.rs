//! A folder to the safetensors files in it.
//!
//! The index of a sharded model names files. It came from elsewhere, so it may name only plain files beside itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::header::{MAX_HEADER_BYTES, open_regular};
use crate::Error;

/// Published models have about a dozen shards.
const MAX_FILES: usize = 1024;
const INDEX: &str = ".safetensors.index.json";
const FILE: &str = ".safetensors";

/// What an index says: which file holds which tensor. The files' own headers say it again, and better; so only their
/// names count.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The files of a model at `path`: the file itself, a folder's only one, or the shards in a folder's index.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return if name(path).ends_with(INDEX) { shards(path) } else { Ok(vec![path.to_owned()]) };
    }
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let mut found = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    found.sort();
    let ending =
        |ending: &str| found.iter().filter(|path| name(path).ends_with(ending)).cloned().collect::<Vec<_>>();
    let (indices, files) = (ending(INDEX), ending(FILE));
    match (indices.as_slice(), files.as_slice()) {
        ([index], _) => shards(index),
        ([], [_]) => Ok(files),
        ([], []) => Err(lost(path, format!("the folder has no file that ends in {FILE}"))),
        ([], several) | (several, _) => {
            let several: Vec<_> = several.iter().map(|path| name(path)).collect();
            Err(lost(path, format!("the folder holds several models; name one of {}", several.join(", "))))
        }
    }
}

/// The files that an index names.
fn shards(index: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Read { path: index.to_owned(), source };
    let mut bytes = Vec::new();
    open_regular(index)?.take(MAX_HEADER_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_HEADER_BYTES {
        let (file, part) = (index.display().to_string(), "index");
        return Err(Error::TooLarge { file, part, bytes: bytes.len() as u64, limit: MAX_HEADER_BYTES });
    }
    let parsed: Index = serde_json::from_slice(&bytes)
        .map_err(|error| lost(index, format!("not an index of shards: {error}")))?;
    let names: BTreeSet<_> = parsed.weight_map.into_values().collect();
    if names.len() > MAX_FILES {
        return Err(lost(index, format!("the index names {} files, the limit is {MAX_FILES}", names.len())));
    }
    if let Some(name) = names.iter().find(|name| !is_plain(name)) {
        return Err(lost(
            index,
            format!("the index names {name:?}, which is not a plain file name ending in {FILE}"),
        ));
    }
    Ok(names.iter().map(|name| index.with_file_name(name)).collect())
}

/// Whether a name stays in its folder on every system: no separators, drives, or parents.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let single =
        matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    single && name.ends_with(FILE) && !name.contains(['/', '\\', ':', '\0'])
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn lost(path: &Path, problem: String) -> Error {
    Error::Folder { file: path.display().to_string(), problem }
}
