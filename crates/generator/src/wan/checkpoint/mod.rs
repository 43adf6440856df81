//! Safetensors from a user's disk to a model's parameters: by name, one tensor at a time, checked before anything large
//! is read.
//!
//! 1. `folder` finds the files: one, or shards with their index.
//! 2. `header` reads what each file says it holds, and does not believe it.
//! 3. `names` turns the names of Wan's original files into those of `diffusers`, which the models use.
//! 4. `parameters` hands a model its tensors. A model is built twice: first from names and shapes alone, so that
//!    everything that is missing, unknown or misshapen is said at once and in a moment; then from the values.
//! 5. `lora` changes tensors that a user's LoRAs change.
//! 6. `element` widens or narrows the values while they are read, a piece at a time.
//!
//! No file is ever in memory as a whole: beside the model there is at most one tensor and a piece of a megabyte.

mod element;
mod folder;
mod header;
mod lora;
mod names;
mod parameters;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use burn::tensor::TensorData;
use burn::tensor::backend::Backend;
use safetensors::Dtype;

pub(crate) use element::Precision;
pub(crate) use names::Names;
pub(crate) use parameters::Parameters;

use crate::Error;

/// Bytes of a tensor that are converted at once.
const PIECE_BYTES: usize = 1 << 20;

/// Open files of one model and what they hold.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    /// What the user named, for messages.
    path: PathBuf,
    files: Vec<(PathBuf, File)>,
    /// By the name that `diffusers` gives.
    tensors: BTreeMap<String, Entry>,
    /// What the files say beside that.
    metadata: BTreeMap<String, String>,
    loras: Vec<lora::Lora>,
}

/// Where a tensor lies.
#[derive(Clone, Debug)]
struct Entry {
    /// Index among the files.
    file: usize,
    /// Byte at which its values begin.
    start: u64,
    kind: Dtype,
    shape: Vec<usize>,
}

impl Entry {
    /// A row of a table, if it has so many.
    fn row(&self, row: usize) -> Option<Self> {
        let [rows, columns] = self.shape[..] else { return None };
        let start = self.start + (columns * self.kind.bitsize() / 8 * row) as u64;
        (row < rows).then(|| Self { start, shape: vec![1, columns], ..*self })
    }

    /// The same values in another shape of as many.
    fn reshaped(&self, shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), ..*self }
    }
}

/// What the writer of a file said of it. Reads the header only.
pub(crate) fn metadata(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    Ok(header::read(path)?.metadata)
}

impl Checkpoint {
    /// Opens a folder with one safetensors file, or with shards and their index; or a file. Reads headers only.
    pub(crate) fn open(path: &Path, names: Names) -> Result<Self, Error> {
        let mut checkpoint = Self {
            path: path.to_owned(),
            files: Vec::new(),
            tensors: BTreeMap::new(),
            metadata: BTreeMap::new(),
            loras: Vec::new(),
        };
        let mut entries = Vec::new();
        for path in folder::files(path)? {
            let header::Contents { file, tensors, metadata } = header::read(&path)?;
            checkpoint.metadata.extend(metadata);
            entries.extend(tensors.into_iter().map(|header::Listed { name, start, info }| {
                let entry =
                    Entry { file: checkpoint.files.len(), start, kind: info.dtype, shape: info.shape };
                (name, entry)
            }));
            checkpoint.files.push((path, file));
        }
        let rename = names.renaming(entries.iter().map(|(name, _)| name.as_str()));
        for (name, entry) in entries {
            let name = rename(&name);
            if checkpoint.tensors.contains_key(&name) {
                return Err(checkpoint.unfit(&name, "is there twice"));
            }
            checkpoint.tensors.insert(name, entry);
        }
        Ok(checkpoint)
    }

    /// A tensor's shape, by its name in `diffusers`.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|entry| &entry.shape[..])
    }

    /// Values of all tensors together.
    pub(crate) fn values(&self) -> u64 {
        self.tensors.values().map(|entry| entry.shape.iter().product::<usize>() as u64).sum()
    }

    /// Builds a model from the tensors. `build` runs twice and must ask for the same tensors both times; the first time
    /// it gets placeholders of the right shapes, whose values mean nothing.
    pub(crate) fn load<B: Backend, M>(
        &self,
        device: &B::Device,
        precision: Precision,
        build: impl Fn(&Parameters<'_, B>) -> Result<M, Error>,
    ) -> Result<M, Error> {
        self.check(device, &build)?;
        build(&self.parameters(device, precision))
    }

    /// Names whatever is missing, misshapen, or left over for a model that asks for its tensors as `build` does.
    pub(crate) fn check<B: Backend, M>(
        &self,
        device: &B::Device,
        build: impl Fn(&Parameters<'_, B>) -> Result<M, Error>,
    ) -> Result<(), Error> {
        Parameters::survey(self, device, build)
    }

    /// The tensors' values, for a model that is checked, and perhaps never in memory as a whole.
    pub(crate) fn parameters<'a, B: Backend>(
        &'a self,
        device: &'a B::Device,
        precision: Precision,
    ) -> Parameters<'a, B> {
        Parameters::reading(self, device, precision)
    }

    /// A tensor's values, all finite in the wanted precision.
    fn read(&self, name: &str, entry: &Entry, precision: Precision) -> Result<TensorData, Error> {
        let count: usize = entry.shape.iter().product();
        let mut values = precision.collector(count);
        let (path, mut file) = (&self.files[entry.file].0, &self.files[entry.file].1);
        let failed = |source| Error::Read { path: path.clone(), source };
        file.seek(SeekFrom::Start(entry.start)).map_err(failed)?;
        let mut left = count * entry.kind.bitsize() / 8;
        let mut piece = vec![0; PIECE_BYTES.min(left)];
        while left > 0 {
            let bytes = &mut piece[..PIECE_BYTES.min(left)];
            file.read_exact(bytes).map_err(failed)?;
            values.push(entry.kind, bytes).map_err(|problem| self.unfit(name, &problem))?;
            left -= bytes.len();
        }
        Ok(values.finish(&entry.shape))
    }

    fn unfit(&self, tensor: &str, problem: &str) -> Error {
        let file = self.path.display().to_string();
        Error::Tensor { file, tensor: tensor.to_owned(), problem: problem.to_owned() }
    }
}
