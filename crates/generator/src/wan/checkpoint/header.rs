//! A safetensors file to what its header says it holds, checked against the file's length.
//!
//! The header is parsed here, entry by entry, because the `safetensors` crate wants the whole file in memory and lets a
//! second tensor of one name replace the first. Its types, and its check that tensors lie side by side without gaps,
//! are used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::tensor::{Metadata, TensorInfo};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use crate::Error;

/// The 14-billion model's header has about 0.2 MB.
pub(super) const MAX_HEADER_BYTES: u64 = 16 << 20;
/// The 14-billion model with control blocks has fewer than 1500.
const MAX_TENSORS: usize = 1 << 16;
/// The header's length, before the header.
const LENGTH_BYTES: u64 = 8;

/// A tensor as its file's header describes it.
pub(super) struct Listed {
    pub(super) name: String,
    /// The byte in the file at which its values begin.
    pub(super) start: u64,
    pub(super) info: TensorInfo,
}

/// An open file and what its header says.
pub(super) struct Contents {
    pub(super) file: File,
    pub(super) tensors: Vec<Listed>,
    /// Whatever its writer wanted to say.
    pub(super) metadata: BTreeMap<String, String>,
}

/// Opens a file and lists its tensors.
pub(super) fn read(path: &Path) -> Result<Contents, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let malformed = |problem: String| Error::Format { file: path.display().to_string(), problem };
    let mut file = open_regular(path)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let short = |least| malformed(format!("it ends inside its header: {bytes} bytes of at least {least}"));
    if bytes < LENGTH_BYTES {
        return Err(short(LENGTH_BYTES));
    }
    let mut length = [0; LENGTH_BYTES as usize];
    file.read_exact(&mut length).map_err(failed)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER_BYTES {
        let (file, part) = (path.display().to_string(), "header");
        return Err(Error::TooLarge { file, part, bytes: length, limit: MAX_HEADER_BYTES });
    }
    let start = LENGTH_BYTES + length;
    if start > bytes {
        return Err(short(start));
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header).map_err(failed)?;
    let Entries { tensors, metadata } = parse(&header).map_err(malformed)?;
    let end = tensors.last().map_or(start, |(_, last)| start.saturating_add(last.data_offsets.1 as u64));
    if end != bytes {
        return Err(malformed(format!("it has {bytes} bytes, and its header promises {end}")));
    }
    let listed = tensors.into_iter().map(|(name, info)| {
        let start = start + info.data_offsets.0 as u64;
        Listed { name, start, info }
    });
    Ok(Contents { file, tensors: listed.collect(), metadata })
}

/// Opens what is a file and nothing else: a pipe would wait forever.
pub(super) fn open_regular(path: &Path) -> Result<File, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(failed(std::io::Error::other("not a file")));
    }
    File::open(path).map_err(failed)
}

/// A header's tensors in the order of their values, which lie side by side from byte 0 after the header.
fn parse(header: &[u8]) -> Result<Entries, String> {
    let mut entries: Entries = serde_json::from_slice(header).map_err(|error| error.to_string())?;
    entries.tensors.sort_by_key(|(_, info)| info.data_offsets);
    Metadata::new(None, entries.tensors.clone()).map_err(|error| error.to_string())?;
    Ok(entries)
}

/// The header's entries.
#[derive(Default)]
struct Entries {
    tensors: Vec<(String, TensorInfo)>,
    metadata: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("tensors by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let (mut entries, mut names) = (Entries::default(), BTreeSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                entries.metadata = map.next_value()?;
                continue;
            }
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("tensor `{name}` is there twice")));
            }
            if names.len() > MAX_TENSORS {
                return Err(A::Error::custom(format!("more than {MAX_TENSORS} tensors")));
            }
            entries.tensors.push((name, map.next_value()?));
        }
        Ok(entries)
    }
}
