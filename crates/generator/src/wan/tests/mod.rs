//! What the model's tests share: the CPU backend, and values that diffusers computed (`scripts/oracles/wan_*.py`).

use std::path::PathBuf;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use safetensors::SafeTensors;

use super::checkpoint::{Checkpoint, Names};
use super::{Euler, Guidance, Levels, Sampler, Schedule, Transformer, UniPc, Video};

pub(crate) mod devices;
pub(crate) mod runs;

/// Where tests compute: the unit tests on the CPU, `tests/wan_gpu.rs` on a GPU.
pub(crate) use crate::test_backend::TestBackend;
/// The same.
pub(crate) type Cpu = TestBackend;

/// A file of values that the oracle wrote.
pub(crate) struct Fixture {
    bytes: Vec<u8>,
}

impl Fixture {
    /// The file of that name.
    pub(crate) fn open(name: &str) -> Self {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wan")).join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { bytes }
    }

    /// A tensor of the file.
    pub(crate) fn tensor<const D: usize>(&self, name: &str) -> Tensor<Cpu, D> {
        Tensor::from_data(self.data(name), &Default::default())
    }

    /// The same as a video.
    pub(crate) fn video(&self, name: &str) -> Video {
        Tensor::from_data(self.data(name), &Default::default())
    }

    fn data(&self, name: &str) -> TensorData {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let tensor = tensors.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let values: Vec<f32> =
            tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        TensorData::new(values, tensor.shape().to_vec())
    }
}

/// A file or folder that the oracle wrote.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wan")).join(name)
}

/// The weights in a folder that the oracle wrote.
pub(crate) fn checkpoint(folder: &str) -> Checkpoint {
    Checkpoint::open(&path(folder), Names::Diffusers).unwrap()
}

/// The largest difference, relative to the largest expected value; infinite where a value is not finite. Found in plain
/// Rust: a GPU's own kernels must not judge themselves.
pub(crate) fn difference<const D: usize>(
    found: Tensor<impl Backend, D>,
    expected: Tensor<impl Backend, D>,
) -> f32 {
    assert_eq!(found.dims(), expected.dims());
    let (found, expected) = (values(found), values(expected));
    let largest = expected.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    let pairs = found.iter().zip(&expected);
    if !found.iter().all(|value| value.is_finite()) {
        return f32::INFINITY;
    }
    pairs.fold(0.0, |worst: f32, (found, expected)| worst.max((found - expected).abs())) / largest
}

/// A tensor's values in single precision, in order.
pub(crate) fn values<const D: usize>(tensor: Tensor<impl Backend, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec().unwrap()
}

/// Fails where the difference, relative to the largest expected value, is above the limit.
#[track_caller]
pub(crate) fn assert_close<const D: usize>(
    name: &str,
    found: Tensor<impl Backend, D>,
    expected: Tensor<impl Backend, D>,
    limit: f32,
) {
    let difference = difference(found, expected);
    println!("{name}: {difference:.1e}");
    assert!(difference <= limit, "{name}: {difference:e} away, the limit is {limit:e}");
}

/// UniPC over so many spaced levels, of which it goes a share.
pub(crate) fn unipc(steps: usize, shift: f64, share: f64) -> UniPc<Cpu> {
    UniPc::new(Schedule::unipc(&Levels::Spaced(steps), shift).beginning_at(share))
}

/// The same by Euler's method.
pub(crate) fn euler(steps: usize, shift: f64, share: f64) -> Euler {
    Euler::new(Schedule::euler(&Levels::Spaced(steps), shift).beginning_at(share))
}

/// All of the sampler's steps that are not done, from latents at the next level, `[batch, channel, frame, row,
/// column]`.
pub(crate) fn sample<B: Backend>(
    transformer: &Transformer<B>,
    sampler: &mut dyn Sampler<B>,
    guidance: &Guidance<'_, B>,
    mut latents: Tensor<B, 5>,
) -> Tensor<B, 5> {
    let left = sampler.schedule().timesteps[sampler.done()..].to_vec();
    for time in left {
        let velocity = guidance.velocity(transformer, latents.clone(), time);
        latents = sampler.step(velocity, latents);
    }
    latents
}
