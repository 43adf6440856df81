//! Runs a network, whatever its table says, on whatever executes its steps.

use crate::convolution::Input;
use crate::topology::{Finish, Source, Step, Topology};
use crate::weights::{LayerWeights, Weights};

/// What a network needs of a device.
pub(crate) trait Steps {
    /// A layer's parameters on the device.
    type Layer;
    /// A feature map on the device.
    type Map;

    /// Puts a layer's parameters on the device; `inputs` are the channels of each map it reads.
    fn layer(&self, weights: &LayerWeights, inputs: &[usize]) -> Self::Layer;

    /// Puts planes of `size` (width and height), one after the other, on the device.
    fn enter(&self, planes: Vec<f32>, channels: usize, size: [usize; 2]) -> Self::Map;

    /// layer ∗ inputs joined, zero beyond the border, finished.
    fn convolve(&self, layer: &Self::Layer, inputs: &[Input<'_, Self::Map>], finish: Finish) -> Self::Map;

    /// The maximum of each 2×2.
    fn halve(&self, map: &Self::Map) -> Self::Map;

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
        let Weights { topology, inputs, layers } = weights;
        let mut channels = vec![*inputs];
        let mut placed = Vec::with_capacity(layers.len());
        for (step, layer) in topology.steps.iter().zip(layers) {
            let inputs: Vec<usize> = step.sources.iter().map(|source| channels[source.map()]).collect();
            placed.push(steps.layer(layer, &inputs));
            channels.push(layer.outputs);
        }
        Self { steps, topology, inputs: *inputs, layers: placed }
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
            let result = self.step(step, layer, &maps);
            maps.push(Some(result));
            for (map, held) in maps.iter_mut().enumerate() {
                if self.topology.last_reader(map) <= at {
                    held.take().into_iter().for_each(|map| self.steps.recycle(map));
                }
            }
        }
        maps.pop().flatten().unwrap_or_else(|| unreachable!("nothing reads the last map"))
    }

    fn step(&self, step: &Step, layer: &S::Layer, maps: &[Option<S::Map>]) -> S::Map {
        let halved = |source: &Source| match source {
            Source::Halved(_) => maps[source.map()].as_ref().map(|map| self.steps.halve(map)),
            _ => None,
        };
        let halved: Vec<Option<S::Map>> = step.sources.iter().map(halved).collect();
        let mut inputs = Vec::with_capacity(step.sources.len());
        for (source, halved) in step.sources.iter().zip(&halved) {
            let map = halved.as_ref().or(maps[source.map()].as_ref());
            inputs.extend(map.map(|map| Input { map, doubled: source.doubled() }));
        }
        let result = self.steps.convolve(layer, &inputs, step.finish);
        halved.into_iter().flatten().for_each(|map| self.steps.recycle(map));
        result
    }
}
