//! A model folder's `config.json` to sizes, checked before anything is allocated from them.

use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::Error;

/// Published files have 1 kB.
const MAX_BYTES: u64 = 1 << 16;

/// Reads a file of at most 64 kB; `check` says what is wrong with the values in it.
pub(crate) fn read<C: DeserializeOwned>(
    path: &Path,
    check: fn(&C) -> Result<(), String>,
) -> Result<C, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut text).map_err(failed)?;
    parse(&path.display().to_string(), &text, check)
}

/// Parses the text of one; `file` is for messages.
pub(crate) fn parse<C: DeserializeOwned>(
    file: &str,
    text: &[u8],
    check: fn(&C) -> Result<(), String>,
) -> Result<C, Error> {
    let refuse = |problem| Error::Config { file: file.to_owned(), problem };
    if text.len() as u64 > MAX_BYTES {
        return Err(refuse(format!("has more than {MAX_BYTES} bytes")));
    }
    let config = serde_json::from_slice(text).map_err(|error| refuse(error.to_string()))?;
    check(&config).map_err(refuse)?;
    Ok(config)
}
