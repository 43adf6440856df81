//! What is said of a model's files: hashes for credentials, words for the policy. Gigabytes are hashed once: until a file's
//! size or time changes its hash stays noted.

use std::{collections::BTreeMap, fs, path::Path, time::UNIX_EPOCH};

use maquette_generator::{ModelFiles, weights_metadata};

use crate::{Error, consent::home, journal::hash};

/// BLAKE3 of every file of a model, by its name.
pub(crate) fn hashes(files: &ModelFiles) -> Result<BTreeMap<String, String>, Error> {
    let place = home()?.join("cache").join("hashes.json");
    let known = fs::read(&place).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let mut known: BTreeMap<String, String> = known.unwrap_or_default();
    let before = known.len();
    let mut hashes = BTreeMap::new();
    for (name, file) in files.files()? {
        let key = trace(&file)?;
        if !known.contains_key(&key) {
            known.insert(key.clone(), hash(&file)?);
        }
        hashes.insert(name, known[&key].clone());
    }
    if known.len() > before {
        let text = serde_json::to_vec_pretty(&known).unwrap_or_default();
        maquette_delivery::write_shared_file(&place, &text)?;
    }
    Ok(hashes)
}

/// What the makers of a safetensors file wrote about it: names and captions, with their keys. Nothing where it cannot be read;
/// whoever loads it says why.
pub(crate) fn words(file: &Path) -> String {
    if file.extension().is_none_or(|ending| ending != "safetensors") {
        return String::new();
    }
    let said = weights_metadata(file).unwrap_or_default();
    said.into_iter().map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(" ")
}

/// A model's place, and its name with all that its makers wrote into its files.
pub(crate) fn said(files: &ModelFiles) -> Result<(String, String), Error> {
    let place = format!("model {}", files.transformer.display());
    let folder = files.transformer.components().rev().take(2);
    let names = folder.map(|part| part.as_os_str().to_string_lossy().into_owned());
    let said = files.files()?.into_iter().map(|(_, file)| words(&file));
    Ok((place, names.chain(said).collect::<Vec<_>>().join(" ")))
}

/// Path, size and time of change.
fn trace(file: &Path) -> Result<String, Error> {
    let io = |source| Error::Io { path: file.to_owned(), source };
    let path = fs::canonicalize(file).map_err(io)?;
    let metadata = fs::metadata(&path).map_err(io)?;
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(format!("{} {} {}", path.display(), metadata.len(), changed.unwrap_or_default().as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_own_words_are_read_and_damage_says_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("style.safetensors");
        let header = br#"{"__metadata__":{"ss_tag_frequency":"{\"a famous face\": 12}"}}"#;
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header].concat();
        fs::write(&path, &bytes).expect("written");
        assert!(words(&path).contains("a famous face"));
        fs::write(&path, &bytes[..20]).expect("cut");
        assert_eq!(words(&path), "");
        assert_eq!(words(Path::new("nowhere.safetensors")), "");
    }
}
