//! A safetensors file to the network's parameters, checked.
//!
//! A file may come from a user, so nothing is believed: the header's length is capped before it is parsed, every
//! tensor's shape must follow from the layers before it, and every value must be finite. Half precision, as
//! published, widens to single exactly.

use std::io::Read;
use std::path::Path;

use burn::tensor::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::Error;

/// The published networks' headers have 3 kB.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// The largest published network of this shape has 2 MB.
const MAX_FILE_BYTES: u64 = 64 << 20;
const INPUT_CHANNELS: usize = 9;
const OUTPUT_CHANNELS: usize = 3;

/// What a layer reads.
#[derive(Clone, Copy)]
enum Source {
    /// The network's input.
    Picture,
    /// The output of the layer at this place of `LAYERS`.
    Layer(usize),
}
use Source::{Layer, Picture};

/// Each layer's name, and what it reads, joined in this order.
const LAYERS: [(&str, &[Source]); 16] = [
    ("enc_conv0", &[Picture]),
    ("enc_conv1", &[Layer(0)]),
    ("enc_conv2", &[Layer(1)]),
    ("enc_conv3", &[Layer(2)]),
    ("enc_conv4", &[Layer(3)]),
    ("enc_conv5a", &[Layer(4)]),
    ("enc_conv5b", &[Layer(5)]),
    ("dec_conv4a", &[Layer(6), Layer(3)]),
    ("dec_conv4b", &[Layer(7)]),
    ("dec_conv3a", &[Layer(8), Layer(2)]),
    ("dec_conv3b", &[Layer(9)]),
    ("dec_conv2a", &[Layer(10), Layer(1)]),
    ("dec_conv2b", &[Layer(11)]),
    ("dec_conv1a", &[Layer(12), Picture]),
    ("dec_conv1b", &[Layer(13)]),
    ("dec_conv0", &[Layer(14)]),
];

/// The layers that work at the picture's full size.
const FULL_SIZE: [usize; 5] = [0, 1, 13, 14, 15];

/// A network's parameters.
#[derive(Debug)]
pub(crate) struct Weights {
    /// In the order of the network.
    pub(crate) layers: [LayerWeights; LAYERS.len()],
}

/// One 3×3 convolution's parameters.
#[derive(Debug)]
pub(crate) struct LayerWeights {
    /// Channels in.
    pub(crate) inputs: usize,
    /// Channels out.
    pub(crate) outputs: usize,
    /// `[output channel, input channel, 3, 3]`.
    pub(crate) weights: Vec<f32>,
    /// `[output channel]`.
    pub(crate) bias: Vec<f32>,
}

impl Weights {
    /// Reads a file of at most 64 MiB.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&path.display().to_string(), &read_file(path)?)
    }

    /// Parses safetensors; `file` is for messages.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        let tensors = parse_tensors(file, bytes)?;
        let mut layers: Vec<LayerWeights> = Vec::with_capacity(LAYERS.len());
        for (name, sources) in LAYERS {
            let channels = sources.iter().map(|source| match *source {
                Picture => INPUT_CHANNELS,
                Layer(at) => layers[at].outputs,
            });
            layers.push(LayerWeights::parse(file, &tensors, name, channels.sum())?);
        }
        let Ok(layers) = <[LayerWeights; LAYERS.len()]>::try_from(layers) else {
            unreachable!("one for each name")
        };
        let last = layers[LAYERS.len() - 1].outputs;
        if last != OUTPUT_CHANNELS {
            let problem = format!("has {last} output channels instead of {OUTPUT_CHANNELS}");
            return Err(unfit(file, "dec_conv0.weight", problem));
        }
        Ok(Self { layers })
    }

    /// How many numbers the network learned.
    pub(crate) fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights.len() + layer.bias.len()).sum()
    }

    /// The most channels of a tensor at the picture's full size.
    pub(crate) fn widest(&self) -> usize {
        self.full_size().map(|layer| layer.inputs.max(layer.outputs)).max().unwrap_or(1)
    }

    /// An upper bound of the values a pixel needs while the network runs: a layer's bordered inputs, with either the
    /// inputs themselves or its outputs, and what waits for later layers.
    pub(crate) fn values_a_pixel(&self) -> usize {
        const WAITING: usize = 24;
        self.full_size()
            .map(|layer| layer.inputs + layer.inputs.max(layer.outputs) + WAITING)
            .max()
            .unwrap_or(1)
    }

    fn full_size(&self) -> impl Iterator<Item = &LayerWeights> {
        FULL_SIZE.iter().map(|&at| &self.layers[at])
    }
}

/// A weights file's bytes, if it has at most 64 MiB and its header at most 1 MiB.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    check_size(&path.display().to_string(), "file", bytes.len() as u64, MAX_FILE_BYTES)?;
    Ok(bytes)
}

/// Parses safetensors, after its header's claimed length is checked; `file` is for messages.
pub(crate) fn parse_tensors<'a>(file: &str, bytes: &'a [u8]) -> Result<SafeTensors<'a>, Error> {
    if let Some(&length) = bytes.first_chunk::<8>() {
        check_size(file, "header", u64::from_le_bytes(length), MAX_HEADER_BYTES)?;
    }
    SafeTensors::deserialize(bytes)
        .map_err(|error| Error::Format { file: file.to_owned(), problem: error.to_string() })
}

impl LayerWeights {
    /// The layer's parameters out of a file, checked.
    pub(crate) fn parse(
        file: &str,
        tensors: &SafeTensors<'_>,
        layer: &str,
        inputs: usize,
    ) -> Result<Self, Error> {
        let name = format!("{layer}.weight");
        let (shape, weights) = values(file, tensors, &name)?;
        let outputs = match shape[..] {
            [outputs, found, 3, 3] if found == inputs && outputs > 0 => outputs,
            _ => {
                return Err(unfit(
                    file,
                    &name,
                    format!("has shape {shape:?} instead of [channels, {inputs}, 3, 3]"),
                ));
            }
        };
        let name = format!("{layer}.bias");
        let (shape, bias) = values(file, tensors, &name)?;
        if shape != [outputs] {
            return Err(unfit(file, &name, format!("has shape {shape:?} instead of [{outputs}]")));
        }
        Ok(Self { inputs, outputs, weights, bias })
    }
}

/// A tensor's shape and its values in single precision.
fn values(file: &str, tensors: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f32>), Error> {
    let tensor = tensors.tensor(name).map_err(|_| unfit(file, name, "is missing".into()))?;
    let values = widen(&tensor)
        .ok_or_else(|| unfit(file, name, format!("has type {:?} instead of F16 or F32", tensor.dtype())))?;
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(unfit(file, name, format!("holds {value}")));
    }
    Ok((tensor.shape().to_vec(), values))
}

fn widen(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let bytes = tensor.data();
    match tensor.dtype() {
        Dtype::F16 => {
            Some(bytes.as_chunks().0.iter().map(|&half| f16::from_le_bytes(half).to_f32()).collect())
        }
        Dtype::F32 => Some(bytes.as_chunks().0.iter().map(|&single| f32::from_le_bytes(single)).collect()),
        _ => None,
    }
}

fn check_size(file: &str, part: &'static str, bytes: u64, limit: u64) -> Result<(), Error> {
    if bytes > limit {
        return Err(Error::TooLarge { file: file.to_owned(), part, bytes, limit });
    }
    Ok(())
}

fn unfit(file: &str, tensor: &str, problem: String) -> Error {
    Error::Tensor { file: file.to_owned(), tensor: tensor.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Network;

    fn parse(bytes: &[u8]) -> Result<Weights, Error> {
        Weights::parse("test", bytes)
    }

    /// The small network with `from` replaced by `to`, of the same length, once in its header.
    fn altered(from: &str, to: &str) -> Vec<u8> {
        let mut bytes = Network::Small.bytes().to_vec();
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        bytes
    }

    #[test]
    fn built_in_networks_have_the_published_sizes() {
        assert_eq!(parse(Network::Small.bytes()).unwrap().parameters(), 320_035);
        assert_eq!(parse(Network::Base.bytes()).unwrap().parameters(), 919_811);
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        let bytes = Network::Small.bytes();
        for length in [0, 7, 8, 100, 2000, 5000, bytes.len() / 2, bytes.len() - 1] {
            let error = parse(&bytes[..length]).unwrap_err();
            assert!(matches!(error, Error::Format { .. }), "{length}: {error}");
        }
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused_before_it_is_parsed() {
        let mut bytes = Network::Small.bytes().to_vec();
        bytes[..8].copy_from_slice(&99_000_000u64.to_le_bytes());
        let error = parse(&bytes).unwrap_err();
        assert!(matches!(error, Error::TooLarge { part: "header", bytes: 99_000_000, .. }), "{error}");
    }

    #[test]
    fn a_missing_misshapen_or_wrongly_typed_tensor_is_named() {
        for (from, to, says) in [
            ("dec_conv2b.bias", "dec_conv2b.bios", "`dec_conv2b.bias` is missing"),
            ("[64,96,3,3]", "[96,64,3,3]", "instead of [channels, 96, 3, 3]"),
            (r#"enc_conv0.bias":{"dtype":"F16""#, r#"enc_conv0.bias":{"dtype":"I16""#, "type I16"),
        ] {
            let message = parse(&altered(from, to)).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
    }

    #[test]
    fn a_value_that_is_not_finite_is_refused() {
        let mut bytes = Network::Small.bytes().to_vec();
        let last = bytes.len() - 2;
        bytes[last..].copy_from_slice(&f16::NAN.to_le_bytes());
        assert!(parse(&bytes).unwrap_err().to_string().contains("holds NaN"));
    }
}
