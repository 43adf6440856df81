//! Examples to a better head: one step of Adam at a time.

use burn::{
    backend::Autodiff,
    module::AutodiffModule,
    optim::{Adam, AdamConfig, GradientsParams, Optimizer, adaptor::OptimizerAdaptor},
    tensor::{Tensor, TensorData, activation, backend::Backend, module::avg_pool2d},
};
use burn_flex::{Flex, FlexDevice};

use super::{example::Example, model::Model};
use crate::temporal::{CANDIDATES, CHANNELS};

/// The backend with gradients.
pub(crate) type Differentiable = Autodiff<Flex>;

/// Side of the blocks over which errors are averaged before they are squared, and the weight of each.
///
/// The denoiser averages over neighbours after us: noise of single pixels vanishes there, an error that neighbours share
/// (a shadow that lags) stays.
const SCALES: [(usize, f32); 4] = [(1, 0.02), (2, 0.1), (4, 0.5), (8, 1.0)];

/// A head in training.
pub(crate) struct Trainer {
    pub(crate) model: Model<Differentiable>,
    pub(crate) optimizer: OptimizerAdaptor<Adam, Model<Differentiable>, Differentiable>,
}

impl Trainer {
    pub(crate) fn new(model: Model<Differentiable>) -> Self {
        Self { model, optimizer: AdamConfig::new().init() }
    }

    /// A step on a batch of examples of one size. Returns the loss before it.
    pub(crate) fn step(&mut self, batch: &[Example], rate: f64) -> f32 {
        let logits = self.model.forward(tensor(batch, CHANNELS, |example| &example.evidence));
        let loss = loss(logits, batch);
        let value = loss.clone().into_scalar();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        self.model = self.optimizer.step(rate, self.model.clone(), gradients);
        value
    }

    /// The loss of plain accumulation.
    pub(crate) fn plain_loss(&self, batch: &[Example]) -> f32 {
        let [width, height] = batch[0].size;
        let logits: Tensor<Flex, 4> = Tensor::zeros([batch.len(), 2 * CANDIDATES, height, width], &device());
        loss(logits, batch).into_scalar()
    }

    /// The loss without learning: of the head, and of plain accumulation.
    pub(crate) fn judge(&self, batch: &[Example]) -> [f32; 2] {
        let model = self.model.valid();
        let logits = model.forward(tensor(batch, CHANNELS, |example| &example.evidence));
        [loss(logits, batch).into_scalar(), self.plain_loss(batch)]
    }
}

/// Mean squared error of the mixed light against the independent render, over several scales.
fn loss<B: Backend<FloatElem = f32>>(logits: Tensor<B, 4>, batch: &[Example]) -> Tensor<B, 1> {
    let [count, _, height, width] = logits.dims();
    let split = |tensor: Tensor<B, 4>| tensor.reshape([count, 2, CANDIDATES, height * width]);
    let plain = tensor(batch, 2 * CANDIDATES, |example| &example.plain);
    let gate = tensor(batch, 2, |example| &example.gate).reshape([count, 2, 1, height * width]);
    let weights = activation::softmax(split(logits) * gate + split(plain), 2);
    let candidates = split(tensor(batch, 2 * CANDIDATES, |example| &example.candidates));
    let mixed = (weights * candidates).sum_dim(2).reshape([count, 2, height, width]);
    let error = mixed - tensor(batch, 2, |example| &example.target);
    let mut total = Tensor::zeros([1], &error.device());
    for (side, weight) in SCALES {
        let pooled = match side {
            1 => error.clone(),
            _ => avg_pool2d(error.clone(), [side, side], [side, side], [0, 0], true, false),
        };
        total = total + (pooled.clone() * pooled).mean() * weight;
    }
    total
}

fn tensor<B: Backend>(
    batch: &[Example],
    channels: usize,
    planes: impl Fn(&Example) -> &Vec<f32>,
) -> Tensor<B, 4> {
    let [width, height] = batch[0].size;
    let values: Vec<f32> = batch.iter().flat_map(|example| planes(example).iter().copied()).collect();
    Tensor::from_data(TensorData::new(values, [batch.len(), channels, height, width]), &B::Device::default())
}

/// The device of training: the CPU.
pub(crate) fn device() -> FlexDevice {
    FlexDevice
}
