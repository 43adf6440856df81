//! A LoRA file to changes of a model's tensors, made while these are read.
//!
//! Hu et al., "LoRA: Low-rank adaptation of large language models", 2022: a weight W `[outputs, inputs]` becomes
//! `W + strength · α/r · B·A`, with A `[r, inputs]` and B `[outputs, r]`. Some files hold whole differences too, of
//! weights or of offsets. Models know nothing of it, and beside the tensor that is read there is only its change. The
//! sum is made in single precision, whatever the model computes in.

mod layout;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};

use self::layout::{Adapter, Part};
use super::element::is_weight;
use super::{Checkpoint, Entry, Names, Precision};
use crate::Error;

/// A LoRA file that fits the model.
#[derive(Debug)]
pub(super) struct Lora {
    file: Checkpoint,
    /// By the tensor of the model.
    changes: BTreeMap<String, Vec<Change>>,
}

/// What is added to a tensor.
#[derive(Debug)]
struct Change {
    /// Matrices with their names in the file: B and A, or one that is as large as the tensor. Their product is added,
    factors: Vec<(String, Entry)>,
    /// so many times.
    scale: f64,
}

/// The names in the file of what belongs to one layer.
type Module = BTreeMap<Part, String>;

impl Checkpoint {
    /// Lets a LoRA change what is read from now on: with `strength` 1 as it was trained, 0 not at all, below 0 the
    /// other way. Several add up. Takes a file, or a folder with one, in any layout that `layout` knows; reads
    /// headers only, and names whatever does not fit the model.
    pub(crate) fn add_lora(&mut self, path: &Path, strength: f64) -> Result<(), Error> {
        let file = Self::open(path, Names::Diffusers)?;
        let (modules, mut problems) = file.modules();
        let adapter = Adapter::read(&file.metadata).unwrap_or_else(|problem| {
            problems.push(problem);
            Adapter::default()
        });
        let mut changes = BTreeMap::<String, Vec<Change>>::new();
        for (name, module) in &modules {
            match (Fit { model: self, file: &file, adapter: &adapter, name, module }).changes() {
                Ok(found) => found.into_iter().for_each(|(target, change)| {
                    let change = Change { scale: change.scale * strength, ..change };
                    changes.entry(target).or_default().push(change);
                }),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(Error::Unfit { file: path.display().to_string(), problems });
        }
        self.loras.push(Lora { file, changes });
        Ok(())
    }

    /// A LoRA's layers by name, and what is no part of one.
    fn modules(&self) -> (BTreeMap<String, Module>, Vec<String>) {
        let (mut modules, mut problems) = (BTreeMap::<String, Module>::new(), Vec::new());
        for (key, Entry { kind, shape, .. }) in &self.tensors {
            let Some((module, part)) = layout::split(key).filter(|_| is_weight(*kind)) else {
                problems.push(format!("`{key}` {kind:?} {shape:?} is no part of a LoRA that is known here"));
                continue;
            };
            if let Some(other) = modules.entry(module).or_default().insert(part, key.clone()) {
                problems.push(format!("`{key}` and `{other}` are the same"));
            }
        }
        (modules, problems)
    }

    /// Whether a LoRA changes the tensor.
    pub(super) fn is_changed(&self, name: &str) -> bool {
        self.loras.iter().any(|lora| lora.changes.contains_key(name))
    }

    /// The tensor, of single precision, with all changes.
    pub(super) fn changed<B: Backend, const D: usize>(
        &self,
        name: &str,
        mut tensor: Tensor<B, D>,
    ) -> Result<Tensor<B, D>, Error> {
        for Lora { file, changes } in &self.loras {
            for Change { factors, scale } in changes.get(name).into_iter().flatten() {
                let (shape, device) = (tensor.dims(), tensor.device());
                let read = |(name, entry): &(String, Entry)| {
                    let data = file.read(name, entry, Precision::Single)?;
                    Ok(Tensor::<B, 2>::from_data(data, (&device, DType::F32)))
                };
                let factors = factors.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
                if let Some(product) = factors.into_iter().reduce(Tensor::matmul) {
                    tensor = tensor + product.reshape(shape) * *scale;
                }
            }
        }
        Ok(tensor)
    }
}

/// One layer of a LoRA, to be fitted to the model.
struct Fit<'a> {
    model: &'a Checkpoint,
    file: &'a Checkpoint,
    adapter: &'a Adapter,
    name: &'a str,
    module: &'a Module,
}

impl Fit<'_> {
    /// Which tensor of the model is changed how; or what does not fit.
    fn changes(&self) -> Result<Vec<(String, Change)>, String> {
        let mut changes = Vec::new();
        let mut scale = 1.0;
        match [Part::Down, Part::Up, Part::Alpha].map(|part| self.module.get(&part)) {
            [Some(down), Some(up), alpha] => {
                let rank = self.file.tensors[down].shape.first().copied().unwrap_or_default();
                scale = match alpha {
                    Some(alpha) => self.number(alpha)? / rank as f64,
                    None => self.adapter.scale(self.name, rank),
                };
                let (target, outputs, inputs) = self.target("weight", up)?;
                let factors = self.factors(&[(up, [outputs, rank]), (down, [rank, inputs])], &target)?;
                changes.push((target, Change { factors, scale }));
            }
            [None, None, None] => {}
            parts => {
                let keys: Vec<_> = parts.into_iter().flatten().collect();
                return Err(format!("{keys:?} lack the rest of their product"));
            }
        }
        for (part, kind, scale) in
            [(Part::Weight, "weight", 1.0), (Part::Bias, "bias", 1.0), (Part::UpBias, "bias", scale)]
        {
            if let Some(key) = self.module.get(&part) {
                let (target, outputs, inputs) = self.target(kind, key)?;
                let factors = self.factors(&[(key, [outputs, inputs])], &target)?;
                changes.push((target, Change { factors, scale }));
            }
        }
        Ok(changes)
    }

    /// The tensor of the model that is meant, and the sides of the matrix it is.
    fn target(&self, kind: &str, key: &str) -> Result<(String, usize, usize), String> {
        let names = layout::candidates(self.name, kind);
        let Some((name, entry)) = names.iter().find_map(|name| self.model.tensors.get_key_value(name)) else {
            let shape = &self.file.tensors[key].shape;
            return Err(format!("`{key}` {shape:?} is for a part that this model has not"));
        };
        let outputs = entry.shape.first().copied().unwrap_or(1);
        Ok((name.clone(), outputs, entry.shape.iter().skip(1).product()))
    }

    /// Tensors of the file as matrices of these sides.
    fn factors(
        &self,
        wanted: &[(&String, [usize; 2])],
        target: &str,
    ) -> Result<Vec<(String, Entry)>, String> {
        let fits = |(key, [rows, columns]): &(&String, [usize; 2])| {
            let shape = &self.file.tensors[*key].shape;
            let first = shape.first().copied().unwrap_or(1);
            *rows > 0 && first == *rows && shape.iter().skip(1).product::<usize>() == *columns
        };
        if !wanted.iter().all(fits) {
            let shapes: Vec<_> = wanted
                .iter()
                .map(|(key, _)| format!("`{key}` {:?}", self.file.tensors[*key].shape))
                .collect();
            let expected = &self.model.tensors[target].shape;
            return Err(format!(
                "{} cannot change `{target}` {expected:?}: made for another model",
                shapes.join(" · ")
            ));
        }
        let factor =
            |(key, sides): &(&String, [usize; 2])| ((*key).clone(), self.file.tensors[*key].reshaped(sides));
        Ok(wanted.iter().map(factor).collect())
    }

    /// A tensor's only value.
    fn number(&self, key: &str) -> Result<f64, String> {
        let entry = &self.file.tensors[key];
        if entry.shape.iter().product::<usize>() != 1 {
            return Err(format!("`{key}` has shape {:?}, it must be one number", entry.shape));
        }
        let data = self.file.read(key, entry, Precision::Single).map_err(|error| error.to_string())?;
        Ok(data.iter::<f64>().sum())
    }
}
