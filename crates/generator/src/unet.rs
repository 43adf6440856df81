//! Runs a network, whatever its table says, on whatever executes its steps.

use crate::convolution::Input;
use crate::topology::{Source, Topology};
use crate::weights::{LayerWeights, Weights};

/// What a network needs of a device.
pub(crate) trait Steps {
    /// A layer's parameters on the device.
    type Layer;
    /// A feature map on the device.
    type Map;

    /// Puts a layer's parameters on the device.
    fn layer(&self, weights: &LayerWeights) -> Self::Layer;

    /// Puts planes of `size` (width and height), one after the other, on the device.
    fn enter(&self, planes: Vec<f32>, channels: usize, size: [usize; 2]) -> Self::Map;

    /// max(0, layer ∗ inputs joined), same size, zero beyond the border; then the maximum of each 2×2 if `halved`.
    fn convolve(&self, layer: &Self::Layer, inputs: &[Input<'_, Self::Map>], halved: bool) -> Self::Map;

    /// Takes a map back as planes. `Err` has the device's words.
    fn leave(&self, map: Self::Map) -> Result<Vec<f32>, String>;

    /// Takes back the memory of a map that nothing reads any more.
    fn recycle(&self, map: Self::Map) {
        drop(map);
    }
}

/// A network on a device.
pub(crate) struct Unet<S: Steps> {
    steps: S,
    topology: &'static Topology,
    inputs: usize,
    layers: Vec<S::Layer>,
}

impl<S: Steps> Unet<S> {
    /// Puts the weights on the device.
    pub(crate) fn new(weights: &Weights, steps: S) -> Self {
        let layers = weights.layers.iter().map(|layer| steps.layer(layer)).collect();
        Self { steps, topology: weights.topology, inputs: weights.inputs, layers }
    }

    /// Runs the network on planes of `size`, both sides multiples of 16; the result has three. `Err` says what the
    /// device said when the result could not be read back.
    pub(crate) fn run(&self, planes: Vec<f32>, size: [usize; 2]) -> Result<Vec<f32>, String> {
        self.steps.leave(self.forward(self.steps.enter(planes, self.inputs, size)))
    }

    /// Each map is freed after its last reader.
    fn forward(&self, picture: S::Map) -> S::Map {
        let mut maps = vec![Some(picture)];
        for (at, (step, layer)) in self.topology.steps.iter().zip(&self.layers).enumerate() {
            let input = |source: &Source| {
                Some(Input { map: maps[source.map()].as_ref()?, doubled: source.doubled() })
            };
            let inputs: Vec<_> = step.sources.iter().filter_map(input).collect();
            let result = self.steps.convolve(layer, &inputs, step.halved);
            maps.push(Some(result));
            for (map, held) in maps.iter_mut().enumerate() {
                if self.topology.last_reader(map) <= at {
                    held.take().into_iter().for_each(|map| self.steps.recycle(map));
                }
            }
        }
        maps.pop().flatten().unwrap_or_else(|| unreachable!("nothing reads the last map"))
    }
}
