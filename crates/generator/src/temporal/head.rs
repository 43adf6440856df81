//! The temporal head: evidence in, weights of the candidates out.
//!
//! A U-Net of nine 3×3 convolutions over four sizes, 0.18 million parameters. Its last layer has no maximum with zero
//! and starts at zero, so that an untrained head changes nothing.

use std::{collections::HashMap, path::Path, sync::Arc};

use burn::tensor::f16;
use safetensors::{Dtype, SafeTensorError, tensor::TensorView};

use super::{
    blend::{Answer, CANDIDATES},
    evidence::{CHANNELS, Evidence},
};
use crate::{
    Error, TEMPORAL_HEAD,
    cpu::Cpu,
    pool::Pool,
    topology::HEAD,
    unet::Unet,
    weights::{LayerWeights, Weights, parse_tensors, read_file},
};
use maquette_conditioning::Plane;

/// Sides of the head's input are multiples of this.
pub(crate) const ALIGNMENT: usize = 8;
const OUTPUTS: usize = CANDIDATES;

/// Each layer's name, its inputs and its outputs; what reads what says [`HEAD`].
pub(crate) const LAYERS: [(&str, usize, usize); 9] = [
    ("enc0", CHANNELS, 24),
    ("enc1", 24, 32),
    ("enc2", 32, 48),
    ("enc3", 48, 64),
    ("bottom", 64, 64),
    ("dec2", 64 + 48, 48),
    ("dec1", 48 + 32, 32),
    ("dec0", 32 + 24, 24),
    ("weights", 24, OUTPUTS),
];

/// The head, ready to run. On the CPU beside any device: it is small, and what it looks at is there.
pub(crate) struct Head(Unet<Cpu>);

/// The head's parameters, in the order of [`LAYERS`].
pub(crate) struct HeadWeights(pub(crate) Vec<LayerWeights>);

impl HeadWeights {
    /// The head that comes with the program.
    pub(crate) fn built_in() -> Result<Self, Error> {
        Self::parse(TEMPORAL_HEAD.name, TEMPORAL_HEAD.bytes)
    }

    /// Reads a file that [`to_safetensors`](Self::to_safetensors) made.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&path.display().to_string(), &read_file(path)?)
    }

    /// Reads safetensors; `file` is for messages.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        let tensors = parse_tensors(file, bytes)?;
        let layer = |&(name, inputs, outputs): &(&str, usize, usize)| {
            let layer = LayerWeights::parse(file, &tensors, name, inputs)?;
            match layer.outputs == outputs {
                true => Ok(layer),
                false => Err(Error::Tensor {
                    file: file.to_owned(),
                    tensor: format!("{name}.weight"),
                    problem: format!("has {} output channels instead of {outputs}", layer.outputs),
                }),
            }
        };
        LAYERS.iter().map(layer).collect::<Result<_, _>>().map(Self)
    }

    /// Safetensors in half precision, with `recipe` in the header.
    pub(crate) fn to_safetensors(&self, recipe: HashMap<String, String>) -> Result<Vec<u8>, Error> {
        let halves = |values: &[f32]| -> Vec<u8> {
            values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
        };
        let mut tensors = Vec::new();
        for (layer, (name, ..)) in self.0.iter().zip(LAYERS) {
            let shape = vec![layer.outputs, layer.inputs, 3, 3];
            tensors.push((format!("{name}.weight"), shape, halves(&layer.weights)));
            tensors.push((format!("{name}.bias"), vec![layer.outputs], halves(&layer.bias)));
        }
        let failed = |error: SafeTensorError| Error::Format {
            file: "the trained head".to_owned(),
            problem: error.to_string(),
        };
        let mut views = Vec::with_capacity(tensors.len());
        for (name, shape, bytes) in &tensors {
            let view = TensorView::new(Dtype::F16, shape.clone(), bytes).map_err(failed)?;
            views.push((name.clone(), view));
        }
        safetensors::serialize(views, Some(recipe)).map_err(failed)
    }
}

impl Head {
    pub(crate) fn new(weights: &HeadWeights, pool: Arc<Pool>) -> Self {
        let weights = Weights { topology: &HEAD, inputs: CHANNELS, layers: weights.0.clone() };
        Self(Unet::new(&weights, Cpu::new(pool)))
    }

    /// The head's answer to the evidence.
    pub(crate) fn answer(&self, evidence: &Plane<Evidence>) -> Result<Answer, Error> {
        let size = [evidence.width(), evidence.height()].map(|side| side.next_multiple_of(ALIGNMENT));
        Ok(Answer { values: self.answer_planes(planes(evidence, size), size)?, size })
    }

    /// The same for planes of a size that the head takes.
    pub(crate) fn answer_planes(&self, evidence: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, Error> {
        let failed = |problem| Error::Readback { place: "the temporal head".to_owned(), problem };
        self.0.run(evidence, size).map_err(failed)
    }
}

/// Channels as planes of `size`; the padding repeats the border.
pub(crate) fn planes(evidence: &Plane<Evidence>, [width, height]: [usize; 2]) -> Vec<f32> {
    let mut planes = vec![0.0; CHANNELS * width * height];
    for (channel, plane) in planes.chunks_mut(width * height).enumerate() {
        for (y, row) in plane.chunks_mut(width).enumerate() {
            let y = y.min(evidence.height() - 1);
            for (x, value) in row.iter_mut().enumerate() {
                *value = evidence.at(x.min(evidence.width() - 1), y)[channel];
            }
        }
    }
    planes
}
