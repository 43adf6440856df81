//! A part's folder to the files it lacks.
//!
//! Weights are one safetensors file, or shards that an index names. The index came from elsewhere, so it may name only
//! plain files beside itself; the generator asks the same of it when it loads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::Error;

/// Published ones have a tenth of a megabyte.
const MAX_INDEX_BYTES: u64 = 16 << 20;
const INDEX: &str = ".safetensors.index.json";
const FILE: &str = ".safetensors";
const SHARD: &str = "-of-";

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// What a folder of weights lacks of its configuration and its weights; a lone file lacks nothing. Where nothing in the folder tells which
/// weights, they are those of the `published` names.
pub(crate) fn missing(folder: &Path, published: &[&str]) -> Result<Vec<PathBuf>, Error> {
    if folder.is_file() {
        return Ok(Vec::new());
    }
    let names = names(folder);
    let weights: Vec<_> = names.iter().filter(|name| name.ends_with(FILE)).collect();
    let expected: Vec<String> = match names.iter().find(|name| name.ends_with(INDEX)) {
        Some(index) => shards(&folder.join(index))?.into_iter().collect(),
        None if weights.len() == 1 && !weights[0].contains(SHARD) => Vec::new(),
        None if published.is_empty() => vec![format!("*{FILE}")],
        None => published.iter().map(|&name| name.to_owned()).collect(),
    };
    let all = BTreeSet::from_iter(expected).into_iter().chain(["config.json".to_owned()]);
    let absent: BTreeSet<_> = all.filter(|name| !names.contains(name)).collect();
    Ok(absent.into_iter().map(|name| folder.join(name)).collect())
}

/// Names of a folder's files; none where there is no such folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
    files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Names of the files that an index spreads its tensors over.
fn shards(path: &Path) -> Result<BTreeSet<String>, Error> {
    let wrong = |problem| Error::Index { path: path.to_owned(), problem };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(Error::disk(path))?;
    file.take(MAX_INDEX_BYTES + 1).read_to_end(&mut bytes).map_err(Error::disk(path))?;
    if bytes.len() as u64 > MAX_INDEX_BYTES {
        return Err(wrong(format!("longer than {MAX_INDEX_BYTES} bytes, which no index of shards is")));
    }
    let index: Index =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("not an index of shards: {error}")))?;
    let shards = BTreeSet::from_iter(index.weight_map.into_values());
    match shards.iter().find(|name| !is_plain(name)) {
        Some(name) => {
            Err(wrong(format!("it names {name:?}, which is not a plain file name ending in {FILE}")))
        }
        None => Ok(shards),
    }
}

/// Whether a name stays in its folder on every system: no separators, no drives; with its ending it is no parent.
fn is_plain(name: &str) -> bool {
    name.ends_with(FILE) && !name.contains(['/', '\\', ':', '\0'])
}
