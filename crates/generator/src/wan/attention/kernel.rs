//! One of the ways to compute attention, as a value that a model holds.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::chunked::attention;

/// What a kernel turns into what: `softmax(query · keyᵀ / √channels) · value`, all `[batch, head, token, channel]`, or
/// nothing for shapes it cannot take.
type Attend<B> = fn([Tensor<B, 4>; 3]) -> Option<Tensor<B, 4>>;

/// How attention is computed.
#[derive(Clone, Debug)]
pub(crate) struct Kernel<B: Backend> {
    name: &'static str,
    attend: Attend<B>,
}

impl<B: Backend> Kernel<B> {
    /// In chunks of queries: right everywhere.
    pub(crate) fn chunked() -> Self {
        Self::new("chunks of queries", |inputs| Some(chunked(inputs)))
    }

    /// By whatever function; in chunks where it gives nothing.
    pub(super) fn new(name: &'static str, attend: Attend<B>) -> Self {
        Self { name, attend }
    }

    /// What it is called, for people.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// `softmax(query · keyᵀ / √channels) · value`, all `[batch, head, token, channel]`.
    pub(crate) fn attend(&self, query: Tensor<B, 4>, key: Tensor<B, 4>, value: Tensor<B, 4>) -> Tensor<B, 4> {
        let inputs = [query, key, value];
        self.alone(inputs.clone()).unwrap_or_else(|| chunked(inputs))
    }

    /// The same, without chunks to help out: nothing for shapes it cannot take.
    pub(super) fn alone(&self, inputs: [Tensor<B, 4>; 3]) -> Option<Tensor<B, 4>> {
        (self.attend)(inputs)
    }
}

fn chunked<B: Backend>([query, key, value]: [Tensor<B, 4>; 3]) -> Tensor<B, 4> {
    let scale = (query.dims()[3] as f64).sqrt().recip();
    attention(query, key, value, scale, None)
}
