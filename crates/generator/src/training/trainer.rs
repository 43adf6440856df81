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

/// Side of the blocks over which errors are averaged before they are squared: errors that neighbours share, a shadow that
/// lags, are seen more than those of single pixels.
const SCALES: [usize; 2] = [1, 4];
/// Weight of the change of the error since the frame before, which is what flickers.
const FLICKER: f32 = 2.0;
/// Errors count up to this many times the answer's brightness: lamps' rims would drown all else.
const LARGEST: f32 = 3.0;

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
        let logits: Tensor<Flex, 4> = Tensor::zeros([batch.len(), CANDIDATES, height, width], &device());
        loss(logits, batch).into_scalar()
    }

    /// The loss of the head, without learning.
    pub(crate) fn judge(&self, batch: &[Example]) -> f32 {
        let model = self.model.valid();
        loss(model.forward(tensor(batch, CHANNELS, |example| &example.evidence)), batch).into_scalar()
    }
}

/// Mean squared error of the mixed picture against the independent render, and of its change.
fn loss<B: Backend<FloatElem = f32>>(logits: Tensor<B, 4>, batch: &[Example]) -> Tensor<B, 1> {
    let [count, _, height, width] = logits.dims();
    let plain = tensor(batch, CANDIDATES, |example| &example.plain);
    let gate = tensor(batch, 1, |example| &example.gate);
    let weights =
        activation::softmax(logits * gate + plain, 1).reshape([count, CANDIDATES, 1, height * width]);
    let candidates = tensor(batch, 3 * CANDIDATES, |example| &example.candidates).reshape([
        count,
        CANDIDATES,
        3,
        height * width,
    ]);
    let mixed = (weights * candidates).sum_dim(1).reshape([count, 3, height, width]);
    let error = mixed - tensor(batch, 3, |example| &example.target);
    let change = (error.clone() - tensor(batch, 3, |example| &example.past_error))
        * tensor(batch, 1, |example| &example.known);
    let mut total = mean_square(change.clamp(-LARGEST, LARGEST)) * FLICKER;
    let error = error.clamp(-LARGEST, LARGEST);
    for side in SCALES {
        total =
            total + mean_square(avg_pool2d(error.clone(), [side, side], [side, side], [0, 0], true, false));
    }
    total
}

fn mean_square<B: Backend>(x: Tensor<B, 4>) -> Tensor<B, 1> {
    (x.clone() * x).mean()
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
