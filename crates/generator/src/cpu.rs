//! A network's steps on the CPU.

use std::sync::Arc;

use crate::convolution::{Input, convolve};
use crate::filter::{Filter, Kernel};
use crate::instructions::Instructions;
use crate::map::Map;
use crate::pool::Pool;
use crate::topology::Finish;
use crate::unet::Steps;
use crate::weights::LayerWeights;

/// All cores, with one set of instructions.
pub(crate) struct Cpu {
    /// What the layers are packed for.
    instructions: Instructions,
    /// Shared by the networks that run one after the other.
    pool: Arc<Pool>,
}

impl Cpu {
    /// With the widest instructions of this machine.
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self { instructions: Instructions::available()[0], pool }
    }
}

impl Steps for Cpu {
    type Layer = Filter;
    type Map = Map;

    fn layer(&self, weights: &LayerWeights, inputs: &[usize]) -> Filter {
        let kernel = Kernel { weights: &weights.weights, bias: &weights.bias };
        Filter::new(self.instructions, kernel, inputs)
    }

    fn enter(&self, planes: Vec<f32>, channels: usize, size: [usize; 2]) -> Map {
        Map::from_planes(&self.pool, &planes, channels, size)
    }

    fn convolve(&self, layer: &Filter, inputs: &[Input<'_, Map>], finish: Finish) -> Map {
        convolve(&self.pool, layer, inputs, finish)
    }

    fn halve(&self, map: &Map) -> Map {
        map.halved(&self.pool)
    }

    fn leave(&self, map: Map) -> Result<Vec<f32>, String> {
        let planes = map.to_planes();
        self.recycle(map);
        Ok(planes)
    }

    fn recycle(&self, map: Map) {
        self.pool.give(map.vectors);
    }
}
