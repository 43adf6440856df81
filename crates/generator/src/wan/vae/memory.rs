//! What causal layers remember of a video from one piece to the next.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The latest frames that each causal layer saw, in the order in which the layers run: every piece of a video runs them
/// all, in one order.
#[derive(Debug)]
pub(crate) struct Memory<B: Backend> {
    layers: Vec<Option<Tensor<B, 4>>>,
    next: usize,
    started: bool,
}

impl<B: Backend> Memory<B> {
    /// Of a video that has not begun.
    pub(crate) fn new() -> Self {
        Self { layers: Vec::new(), next: 0, started: false }
    }

    /// What the layer that runs now remembers.
    pub(crate) fn layer(&mut self) -> &mut Option<Tensor<B, 4>> {
        if self.next == self.layers.len() {
            self.layers.push(None);
        }
        self.next += 1;
        &mut self.layers[self.next - 1]
    }

    /// Whether the video's first frame is in the present piece.
    pub(crate) fn at_start(&self) -> bool {
        !self.started
    }

    /// Ends a piece.
    pub(crate) fn advance(&mut self) {
        (self.next, self.started) = (0, true);
    }
}
