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
use crate::topology::{BASE, LARGE, Topology};
use crate::vector::LANES;

/// The published networks' headers have 3 kB.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// The largest published network has 8 MB.
const MAX_FILE_BYTES: u64 = 64 << 20;
const OUTPUT_CHANNELS: usize = 3;

/// A network's parameters.
#[derive(Debug)]
pub(crate) struct Weights {
    /// The network's shape.
    pub(crate) topology: &'static Topology,
    /// Channels of its input.
    pub(crate) inputs: usize,
    /// One a step.
    pub(crate) layers: Vec<LayerWeights>,
}

/// One 3×3 convolution's parameters.
#[derive(Clone, Debug)]
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
    /// Reads a file of at most 64 MiB with a network of so many input channels.
    pub(crate) fn read(path: &Path, inputs: usize) -> Result<Self, Error> {
        Self::parse(&path.display().to_string(), &read_file(path)?, inputs)
    }

    /// Parses safetensors with a network of so many input channels; `file` is for messages.
    pub(crate) fn parse(file: &str, bytes: &[u8], inputs: usize) -> Result<Self, Error> {
        let tensors = parse_tensors(file, bytes)?;
        let large = tensors.tensor("enc_conv1b.weight").is_ok();
        let topology = if large { &LARGE } else { &BASE };
        let mut channels = vec![inputs];
        let mut layers: Vec<LayerWeights> = Vec::with_capacity(topology.steps.len());
        for step in topology.steps {
            let inputs = step.sources.iter().map(|source| channels[source.map()]);
            let layer = LayerWeights::parse(file, &tensors, step.name, inputs.sum())?;
            channels.push(layer.outputs);
            layers.push(layer);
        }
        let last = &topology.steps[topology.steps.len() - 1];
        if channels.last() != Some(&OUTPUT_CHANNELS) {
            let problem = format!("has not {OUTPUT_CHANNELS} output channels");
            return Err(unfit(file, &format!("{}.weight", last.name), problem));
        }
        Ok(Self { topology, inputs, layers })
    }

    /// How many numbers the network learned.
    pub(crate) fn parameters(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights.len() + layer.bias.len()).sum()
    }

    /// The most channels of a tensor at the picture's full size.
    pub(crate) fn widest(&self) -> usize {
        let halvings = self.topology.halvings();
        let full = self.layers.iter().zip(&halvings[1..]).filter(|(_, halvings)| **halvings == 0);
        full.map(|(layer, _)| layer.outputs.max(layer.inputs)).max().unwrap_or(1)
    }

    /// The values a pixel needs at once while the network runs on maps of whole vectors.
    pub(crate) fn values_a_pixel(&self) -> usize {
        let channels = std::iter::once(self.inputs).chain(self.layers.iter().map(|layer| layer.outputs));
        let channels: Vec<usize> = channels.map(|count| count.next_multiple_of(LANES)).collect();
        self.topology.values_a_pixel(&channels)
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
    use crate::network::{ALBEDO, NORMAL};
    use crate::{Guides, Network, Size};

    fn small() -> &'static [u8] {
        Network::SMALL.file().bytes
    }

    fn parse(bytes: &[u8]) -> Result<Weights, Error> {
        Weights::parse("test", bytes, 9)
    }

    /// The small network with `from` replaced by `to`, of the same length, once in its header.
    fn altered(from: &str, to: &str) -> Vec<u8> {
        let mut bytes = small().to_vec();
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        bytes
    }

    #[test]
    fn built_in_networks_have_the_published_sizes() {
        for guides in [Guides::Noisy, Guides::Clean] {
            for (size, parameters) in [(Size::Small, 320_035), (Size::Base, 919_811)] {
                let file = Network { size, guides }.file();
                assert_eq!(parse(file.bytes).unwrap().parameters(), parameters, "{}", file.name);
            }
        }
        let large = Network { size: Size::Large, guides: Guides::Clean }.file();
        assert_eq!(parse(large.bytes).unwrap().parameters(), 3_848_387);
        for file in [ALBEDO, NORMAL] {
            let weights = Weights::parse(file.name, file.bytes, 3).unwrap();
            assert_eq!(weights.parameters(), 914_627, "{}", file.name);
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        let bytes = small();
        for length in [0, 7, 8, 100, 2000, 5000, bytes.len() / 2, bytes.len() - 1] {
            let error = parse(&bytes[..length]).unwrap_err();
            assert!(matches!(error, Error::Format { .. }), "{length}: {error}");
        }
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused_before_it_is_parsed() {
        let mut bytes = small().to_vec();
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
    fn a_network_for_another_number_of_channels_is_refused() {
        let message = parse(ALBEDO.bytes).unwrap_err().to_string();
        assert!(message.contains("[32, 3, 3, 3] instead of [channels, 9, 3, 3]"), "{message}");
    }

    #[test]
    fn a_value_that_is_not_finite_is_refused() {
        let mut bytes = small().to_vec();
        let last = bytes.len() - 2;
        bytes[last..].copy_from_slice(&f16::NAN.to_le_bytes());
        assert!(parse(&bytes).unwrap_err().to_string().contains("holds NaN"));
    }
}
