//! A checkpoint's tensors by name, for a model that is being built.

use std::cell::RefCell;
use std::collections::BTreeSet;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::element::is_weight;
use super::{Checkpoint, Entry, Precision};
use crate::Error;
use crate::wan::layout::in_rows;

/// Where a model, or a part of one, gets its tensors.
#[derive(Debug)]
pub(crate) struct Parameters<'a, B: Backend> {
    checkpoint: &'a Checkpoint,
    device: &'a B::Device,
    /// Before every name, with its dot.
    prefix: String,
    source: Source<'a>,
}

/// What a tensor is made of.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    /// Placeholders; notes what was asked for.
    Survey(&'a RefCell<Notes>),
    /// The values.
    Values(Precision),
}

/// What a model asked for, and what is wrong with it.
#[derive(Debug, Default)]
struct Notes {
    asked: BTreeSet<String>,
    problems: Vec<String>,
}

impl<'a, B: Backend> Parameters<'a, B> {
    /// Builds with placeholders, and names whatever is missing, misshapen, or left over.
    pub(super) fn survey<M>(
        checkpoint: &Checkpoint,
        device: &B::Device,
        build: impl Fn(&Parameters<'_, B>) -> Result<M, Error>,
    ) -> Result<(), Error> {
        let notes = RefCell::default();
        build(&Parameters { checkpoint, device, prefix: String::new(), source: Source::Survey(&notes) })?;
        let Notes { asked, mut problems } = notes.into_inner();
        let unknown = checkpoint.tensors.iter().filter(|(name, _)| !asked.contains(*name));
        problems.extend(
            unknown.map(|(name, entry)| format!("`{name}` {:?} is not part of this model", entry.shape)),
        );
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::Unfit { file: checkpoint.path.display().to_string(), problems })
    }

    /// Reads values.
    pub(super) fn reading(checkpoint: &'a Checkpoint, device: &'a B::Device, precision: Precision) -> Self {
        Self { checkpoint, device, prefix: String::new(), source: Source::Values(precision) }
    }

    /// The same, with every name after `<name>.`.
    pub(crate) fn within(&self, name: &str) -> Self {
        Self { prefix: format!("{}{name}.", self.prefix), ..*self }
    }

    /// The tensor of that name, which must have this shape.
    pub(crate) fn tensor<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Tensor<B, D>, Error> {
        let name = format!("{}{name}", self.prefix);
        match self.source {
            Source::Survey(notes) => {
                let mut notes = notes.borrow_mut();
                notes.problems.extend(self.checkpoint.misfit(&name, &shape));
                notes.asked.insert(name);
                // One value seen everywhere: takes no memory whatever the shape.
                Ok(Tensor::<B, D>::zeros([1; D], self.device).expand(shape))
            }
            Source::Values(precision) => {
                let entry = self.checkpoint.entry(&name)?;
                if !self.checkpoint.is_changed(&name) {
                    return self.read(&name, entry, precision);
                }
                let tensor = self.read(&name, entry, Precision::Single)?;
                let tensor = self.checkpoint.changed(&name, tensor)?.cast(precision.kind());
                match tensor.clone().is_finite().all().into_data().iter::<bool>().next() {
                    Some(true) => Ok(tensor),
                    _ => Err(self
                        .checkpoint
                        .unfit(&name, "is no longer finite once the LoRAs are added to it")),
                }
            }
        }
    }

    /// The tensor of that name as a matrix of the other axes by the first, in rows: what is on disk as `[output, …]`
    /// becomes `[input, output]`.
    pub(crate) fn matrix<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
    ) -> Result<Tensor<B, 2>, Error> {
        let (outputs, inputs) = (shape[0], shape[1..].iter().product());
        let tensor = self.tensor(name, shape)?;
        Ok(match self.source {
            Source::Survey(_) => Tensor::<B, 2>::zeros([1, 1], self.device).expand([inputs, outputs]),
            Source::Values(_) => in_rows(tensor.reshape([outputs, inputs]).transpose()),
        })
    }

    /// Some rows of a table `[row, column]` that may be too large to be in memory.
    pub(crate) fn rows(&self, name: &str, shape: [usize; 2], rows: &[u32]) -> Result<Tensor<B, 2>, Error> {
        let Source::Values(precision) = self.source else {
            return Ok(self.tensor(name, shape)?.narrow(0, 0, 1).expand([rows.len(), shape[1]]));
        };
        let name = format!("{}{name}", self.prefix);
        let table = self.checkpoint.entry(&name)?;
        let read = |&row: &u32| {
            let problem = || self.checkpoint.unfit(&name, &format!("has no row {row}, only {}", shape[0]));
            self.read(&name, &table.row(row as usize).ok_or_else(problem)?, precision)
        };
        Ok(Tensor::cat(rows.iter().map(read).collect::<Result<_, _>>()?, 0))
    }

    /// Lets a tensor be there that the model does not need.
    pub(crate) fn ignore(&self, name: &str) {
        if let Source::Survey(notes) = self.source {
            notes.borrow_mut().asked.insert(format!("{}{name}", self.prefix));
        }
    }

    fn read<const D: usize>(
        &self,
        name: &str,
        entry: &Entry,
        precision: Precision,
    ) -> Result<Tensor<B, D>, Error> {
        let data = self.checkpoint.read(name, entry, precision)?;
        Ok(Tensor::from_data(data, (self.device, precision.kind())))
    }

    /// Numbers that do not come from the checkpoint, on the same device and of the same precision.
    pub(crate) fn constant(&self, values: &[f32]) -> Tensor<B, 1> {
        let precision = match self.source {
            Source::Survey(_) => Precision::Single,
            Source::Values(precision) => precision,
        };
        Tensor::from_data(values, (self.device, precision.kind()))
    }
}

impl Checkpoint {
    fn entry(&self, name: &str) -> Result<&Entry, Error> {
        self.tensors.get(name).ok_or_else(|| self.unfit(name, "is missing"))
    }

    /// What keeps a tensor from being used.
    fn misfit(&self, name: &str, shape: &[usize]) -> Option<String> {
        let Some(entry) = self.tensors.get(name) else {
            return Some(format!("`{name}` {shape:?} is missing"));
        };
        if entry.shape != shape {
            return Some(format!("`{name}` has shape {:?} instead of {shape:?}", entry.shape));
        }
        if !is_weight(entry.kind) {
            return Some(format!(
                "`{name}` has type {:?} instead of F32, F16, BF16, F8_E4M3 or F8_E5M2",
                entry.kind
            ));
        }
        None
    }
}
